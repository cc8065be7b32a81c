"""aiart evaluate facades.npz --dataset data/prepared/facades -o facades.json --grid facades.png"""

from __future__ import annotations

import argparse
from itertools import chain
from pathlib import Path

from aiart.cli.arguments import ShortText, add_job_arguments, check_suffix
from aiart.cli.marks import source_of_method
from aiart.cli.outputs import check_outputs, write_each
from aiart.cli.records import made_of, provenance, write_report
from aiart.cli.runtime import start_job
from aiart.cli.settings import add_settings, read_settings
from aiart.datasets.folders import pictures_below
from aiart.errors import UserError
from aiart.gallery import write_table
from aiart.images import COMPOSITE, write_image, xmp_packet
from aiart.memory import NETWORK_SIDES, fitting
from aiart.networks.files import existing_weights_file
from aiart.params import canonical_json
from aiart.params.training import Evaluation, Training


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="trained model, .npz or .safetensors, of `aiart train` or `aiart import`")
    parser.add_argument("--dataset", required=True, help="folder of pictures; `aiart dataset check` explains it")
    parser.add_argument("--manifest", help="list of the dataset's files; its hash is noted beside the figures")
    parser.add_argument("-o", "--output", required=True, help="figures to write, .json")
    parser.add_argument("--table", help="also write the figures of each held-out picture, .csv")
    parser.add_argument("--grid", help="also write a grid of held-out pictures, .png or .jpg")
    parser.add_argument("--strip", help="also write the grid's translations under each other, .png or .jpg")
    parser.add_argument("--strip-inputs", help="also write what they were made from in the same way, .png or .jpg")
    parser.add_argument("--title", type=ShortText(200), default="", help="printed over the grid")
    parser.add_argument(
        "--caption", type=ShortText(2000), default="", help="printed under the grid, before what was measured"
    )
    parser.add_argument(
        "--domains",
        nargs=2,
        type=ShortText(200),
        default=["A", "B"],
        metavar=("A", "B"),
        help="what the grid calls the two domains",
    )
    parser.add_argument(
        "--weights", nargs="+", help="weights files of the feature network(s), in order; `aiart networks` says where"
    )
    add_job_arguments(parser)
    add_settings(parser, Evaluation, "evaluation")


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, Evaluation)
    check_suffix(options.output, (".json",))
    for picture in filter(None, (options.grid, options.strip, options.strip_inputs)):
        check_suffix(picture, (".png", ".jpg", ".jpeg"))
    if options.table:
        check_suffix(options.table, (".csv",))
    check_outputs(
        *(options.output, options.table, options.grid, options.strip, options.strip_inputs),
        inputs=chain([options.model, options.manifest, *(options.weights or [])], pictures_below(options.dataset)),
    )
    start_job(options)
    from aiart.translation.features import load_judges
    from aiart.translation.judging import describe_training, draw_strip
    from aiart.translation.methods import part
    from aiart.translation.model_file import load_model

    weights = _weights(settings, options.weights)
    model = load_model(options.model)
    said = {
        "made_with": provenance(options, model.settings.precision),
        "made_of": made_of(model=options.model, dataset=options.manifest, weights=weights),
    }
    if adopted := model.facts.get("adopted"):
        said["trained_with"] = {"adopted": adopted, "made_with": model.facts.get("made_with")}
    judges = load_judges(settings, weights)
    method = part(model.method, "judge")
    sides = [side for side in NETWORK_SIDES if side < model.settings.image_side]
    smaller = {"a model of image_side": (sides, lambda side: _takes(model.settings, side))}
    with fitting("the evaluation", _takes(model.settings, model.settings.image_side), smaller):
        judgement = method.judge(model, options.dataset, settings, judges, options.seed)
    trained = describe_training(model, Path(options.dataset).name)
    facts = "\n".join([trained, *method.describe(judgement, options.domains)])
    source = source_of_method(model.method)
    writers = []
    if options.grid:
        caption = f"{options.caption}\n{facts}".strip()
        page = method.draw_page(judgement, options.title, caption, options.domains)
        metadata = {"title": options.title, "caption": caption, "aiart": canonical_json(said)}
        writers.append(lambda: write_image(options.grid, page, metadata=metadata, xmp=xmp_packet(COMPOSITE)))
    if options.strip:
        writers.append(
            lambda: write_image(options.strip, draw_strip(judgement, judgement.made), xmp=xmp_packet(source))
        )
    if options.strip_inputs:
        writers.append(lambda: write_image(options.strip_inputs, draw_strip(judgement, judgement.made_from)))
    if options.table:
        writers.append(lambda: write_table(options.table, judgement.rows))
    write_each(*writers, lambda: write_report(options.output, judgement.measured, settings.model_dump(), **said))
    print(facts)


def _weights(settings: Evaluation, given: list[str] | None) -> list[Path]:
    """The weights file of each network."""
    files = given or [None] * len(settings.networks)
    if len(files) != len(settings.networks):
        raise UserError(
            f"--weights: {len(files)} for {len(settings.networks)} networks; give a file for each, or leave it out."
        )
    return [existing_weights_file(network, file) for network, file in zip(settings.networks, files, strict=True)]


def _takes(trained: Training, side: int) -> int:
    return trained.model_copy(update={"image_side": side}).evaluation_mb * 10**6
