"""aiart evaluate facades.npz --dataset data/datasets/facades -o facades.json --grid facades.png"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aiart.cli.runtime import add_job_arguments, check_suffix, provenance, start_job, write_json
from aiart.cli.settings import add_settings, read_settings
from aiart.datasets.files import file_digest
from aiart.gallery import draw_grid, write_table
from aiart.images import write_image
from aiart.params.training import Evaluation

if TYPE_CHECKING:
    from aiart.translation.evaluate import Judgement
    from aiart.translation.model_file import Model

CELL_SIDE = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="trained model, .npz, of `aiart train`")
    parser.add_argument("--dataset", required=True, help="folder of pictures; `aiart dataset check` explains it")
    parser.add_argument("--manifest", help="list of the dataset's files; its hash is noted beside the figures")
    parser.add_argument("-o", "--output", required=True, help="figures to write, .json")
    parser.add_argument("--table", help="also write the figures of each held-out picture, .csv")
    parser.add_argument("--grid", help="also write a grid of held-out pictures, .png or .jpg")
    parser.add_argument("--strip", help="also write the grid's translations under each other, .png or .jpg")
    parser.add_argument("--strip-inputs", help="also write what they were made from in the same way, .png or .jpg")
    parser.add_argument("--title", default="", help="printed over the grid")
    parser.add_argument("--caption", default="", help="printed under the grid, before what was measured")
    parser.add_argument(
        "--domains", nargs=2, default=["A", "B"], metavar=("A", "B"), help="what the grid calls the two domains"
    )
    parser.add_argument("--weights", help="weights file of the feature network; `aiart networks` says where it is")
    add_job_arguments(parser)
    add_settings(parser, Evaluation, "evaluation")


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, Evaluation)
    check_suffix(options.output, (".json",))
    for picture in filter(None, (options.grid, options.strip, options.strip_inputs)):
        check_suffix(picture, (".png", ".jpg", ".jpeg"))
    if options.table:
        check_suffix(options.table, (".csv",))
    start_job(options)
    from aiart.translation.evaluate import evaluate_cyclegan, evaluate_pix2pix
    from aiart.translation.features import load_features
    from aiart.translation.model_file import load_model

    model = load_model(options.model)
    features = load_features(settings, options.weights)
    if model.method == "pix2pix":
        judgement = evaluate_pix2pix(model, options.dataset, settings, features, seed=options.seed)
    else:
        judgement = evaluate_cyclegan(model, options.dataset, settings, features)
    made_with = provenance(options, model=file_digest(options.model))
    if options.manifest:
        made_with["dataset"] = file_digest(options.manifest)
    facts = caption_facts(model, Path(options.dataset).name, judgement.measured, options.domains)
    if options.grid:
        caption = f"{options.caption}\n{facts}".strip()
        if model.method == "pix2pix":
            page = draw_pairs(judgement, options.title, caption)
        else:
            page = draw_cycles(judgement, options.title, caption, options.domains)
        write_image(options.grid, page, metadata={"title": options.title, "caption": caption})
    if options.strip:
        write_image(options.strip, draw_strip(judgement, ("generated", "translated")))
    if options.strip_inputs:
        write_image(options.strip_inputs, draw_strip(judgement, ("source", "real")))
    if options.table:
        write_table(options.table, judgement.rows)
    write_json(
        options.output,
        {"measured": judgement.measured, "settings": settings.model_dump(), "made_with": made_with},
    )
    print(facts)


def draw_pairs(judgement: Judgement, title: str, caption: str) -> np.ndarray:
    """Held-out pictures as rows of generated, truth and input."""
    (shown,) = judgement.shown.values()
    return draw_grid(
        [[picture.pictures[kind] for kind in ("generated", "truth", "source")] for picture in shown],
        column_labels=["generated", "truth", "input"],
        row_labels=[picture.row["picture"] for picture in shown],
        cell_notes=[[f"SSIM {picture.row['ssim']:.2f}", "", ""] for picture in shown],
        title=title,
        caption=caption,
        cell_long_side=CELL_SIDE,
    )


def draw_cycles(judgement: Judgement, title: str, caption: str, domains: list[str]) -> np.ndarray:
    """Two blocks, one for each direction, with held-out pictures as columns."""
    kinds = ("real", "translated", "reconstructed", "identity")
    columns = max(len(shown) for shown in judgement.shown.values())
    blocks = []
    for number, (direction, shown) in enumerate(judgement.shown.items()):
        source, target = domains if direction == "a_to_b" else reversed(domains)
        # A domain with few held-out pictures leaves places blank, so that both blocks are equally wide.
        blank = columns - len(shown)
        blocks.append(
            draw_grid(
                [[picture.pictures[kind] for picture in shown] + [None] * blank for kind in kinds],
                column_labels=[picture.row["picture"] for picture in shown] + [""] * blank,
                row_labels=kinds,
                column_title=f"{source} → {target}",
                title=title if number == 0 else "",
                caption=caption if number == len(judgement.shown) - 1 else "",
                cell_long_side=CELL_SIDE,
            )
        )
    return np.concatenate(blocks)


def draw_strip(judgement: Judgement, kinds: tuple[str, str]) -> np.ndarray:
    """The grid's pictures of one kind under each other: one column of a sweep's grid. kinds: its names in the two
    methods."""
    shown = [picture.pictures for of_direction in judgement.shown.values() for picture in of_direction]
    return np.concatenate([pictures[kind] for pictures in shown for kind in kinds if kind in pictures]).astype(
        "float32"
    )


def caption_facts(model: Model, dataset: str, measured: dict[str, Any], domains: list[str]) -> str:
    """How a model was trained and the figures that it should be judged by, as lines of sentences."""
    over = f"{measured['features']['network']} {measured['features']['layer']}"
    best = f", the best of them at step {model.facts['best_step']:,}" if "best_step" in model.facts else ""
    epochs = f"{model.settings.epochs} epochs" if model.settings.epochs > 1 else "1 epoch"
    lines = [
        f"Trained at {model.settings.image_side} px for {epochs} "
        f"({model.facts['steps']:,} steps{best}); judged on held-out pictures of {dataset}."
    ]
    if model.method == "cyclegan":
        a, b = domains
        ways = [(a, b, measured["a_to_b"]), (b, a, measured["b_to_a"])]
        lines += [_way(source, target, figures, over) for source, target, figures in ways]
        return "\n".join([*lines, "Identity: the picture through the other direction, which should leave it as it is."])
    lines.append(
        f"Means of {measured['pictures']} pictures: {_against_truth(measured)}. The input itself: "
        f"{_against_truth(measured['source'])}; the mean training picture: {_against_truth(measured['mean_picture'])}."
    )
    lines.append(
        f"KID over {over}: {_kid(measured)}; the input itself {_kid(measured['source'])}, real training pictures "
        f"{_kid(measured['training_pictures'])}."
    )
    return "\n".join(lines)


def _way(source: str, target: str, figures: dict[str, Any], over: str) -> str:
    change, cycle, mean = (_number(figures[f"{kind}_l1"], ".1f") for kind in ("change", "cycle", "mean_picture"))
    return (
        f"{source} → {target}, means of {figures['pictures']} pictures: changed by L1 {change}, reconstructed to L1 "
        f"{cycle} (the mean picture: {mean}), diversity {_number(figures['diversity_ratio'], '.2f')} of the inputs'. "
        f"KID to {target} over {over}: {_kid(figures)}; untranslated {_kid(figures['untranslated'])}, "
        f"real training pictures {_kid(figures['training_pictures'])}."
    )


def _against_truth(figures: dict[str, Any]) -> str:
    return f"L1 {_number(figures['l1'], '.1f')}, SSIM {_number(figures['ssim'], '.2f')}"


def _kid(figures: dict[str, Any]) -> str:
    error = "" if figures["kid_error"] is None else f" ± {_number(figures['kid_error'], '.2g')}"
    return f"{_number(figures['kid'], '.3g')}{error}"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form).replace("-", "−")
