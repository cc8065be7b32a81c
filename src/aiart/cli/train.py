"""aiart train pix2pix --dataset data/prepared/facades -o facades.npz"""

from __future__ import annotations

import argparse
from functools import partial
from itertools import chain
from pathlib import Path

from aiart.cli.arguments import add_job_arguments, check_suffix
from aiart.cli.outputs import check_outputs, write_each
from aiart.cli.records import provenance
from aiart.cli.runtime import start_job
from aiart.cli.settings import add_settings, read_settings
from aiart.datasets.files import file_digest, files_digest
from aiart.datasets.folders import pictures_below
from aiart.errors import UserError
from aiart.gallery import write_frame
from aiart.images import COMPOSITE, write_image, xmp_packet
from aiart.memory import NETWORK_SIDES, Choices, fitting
from aiart.networks.array_files import SUFFIXES
from aiart.networks.files import existing_weights_file
from aiart.params.canonical import canonical_json
from aiart.params.training import Training
from aiart.translation.methods import METHODS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    methods = parser.add_subparsers(title="methods", metavar="METHOD", dest="method", required=True)
    for name, room in METHODS.items():
        summary = (room.settings_model.__doc__ or "").splitlines()[0]
        method = methods.add_parser(
            name, help=summary, description=summary, formatter_class=argparse.ArgumentDefaultsHelpFormatter
        )
        method.add_argument("--dataset", required=True, help="folder of pictures; `aiart dataset check` explains it")
        method.add_argument("-o", "--output", required=True, help="trained model to write, .npz or .safetensors")
        method.add_argument("--history", help="also write the losses, .csv")
        method.add_argument("--progress", help="also write a grid of held-out pictures over the training, .png or .jpg")
        method.add_argument("--state", help="where its states are kept, .npz; each training adds a key of its own")
        method.add_argument("--logs", help="folder for TensorBoard, DVCLive and sample pictures while it runs")
        method.add_argument(
            "--weights", help="weights file of the feature network, where a loss uses one; `aiart networks` says where"
        )
        add_job_arguments(method, threads=False)
        add_settings(method, room.settings_model, name)


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, METHODS[options.method].settings_model)
    output = Path(options.output)
    place = Path(options.state or output.with_suffix(".state.npz"))
    check_suffix(options.output, SUFFIXES)
    check_suffix(place, (".npz",))
    if options.progress:
        check_suffix(options.progress, (".png", ".jpg", ".jpeg"))
    files = (output, options.history, options.progress, place)
    weights = _weights(settings, options.weights)
    check_outputs(*files, folders=[options.logs], inputs=chain([weights], pictures_below(options.dataset)))
    options.threads = settings.threads
    start_job(options)

    from aiart.networks.states import States
    from aiart.translation.batches import reading_errors
    from aiart.translation.begin import build_learner, code_of, open_data
    from aiart.translation.devices import choose_strategy, writes_files
    from aiart.translation.model_file import save_model
    from aiart.translation.recorder import Recorder
    from aiart.translation.show import draw_progress, show_sample
    from aiart.translation.trainer import train

    strategy = choose_strategy(settings.devices)
    takes, smaller = settings.training_mb * 10**6, _smaller(settings)
    with strategy.scope(), fitting("the training", takes, smaller):
        learner = build_learner(options.method, settings, options.seed, weights)
    data = open_data(options.method, options.dataset, settings, options.seed)
    pictures = files_digest(data.files)
    made_with = provenance(options, settings.precision)
    # Without a feature network, as states were before there was one.
    of_network = {"weights": file_digest(weights)} if weights else {}
    begun_with = {
        "method": options.method,
        "settings": settings.model_dump(),
        "data": pictures,
        "made_with": made_with,
        "code": code_of(options.method, settings),
        **of_network,
    }
    states = States(place, begun_with)
    first = writes_files(strategy)
    logs = options.logs if first else None
    recorder = Recorder(logs, partial(show_sample, logs, settings, data) if logs else None)
    with reading_errors(), fitting("the training", takes, smaller):
        progress = train(learner, data, settings, states=states, recorder=recorder, strategy=strategy)
    if not first:
        return

    def write_history() -> None:
        if options.history:
            write_frame(options.history, progress.history)

    def write_progress() -> None:
        if options.progress:
            title = f"The making of {output.stem}"
            page, tiles = draw_progress(settings, data, progress.samples, title)
            metadata = {"tiles": canonical_json(tiles)}
            write_image(options.progress, page, metadata=metadata, xmp=xmp_packet(COMPOSITE))

    def write_model() -> None:
        # The model names its data by content, not by where it lay.
        facts = {
            "steps": progress.step,
            "pictures_seen": progress.step * settings.batch,
            "dataset": pictures,
            **of_network,
        }
        if settings.keep == "best":
            facts["best_step"] = progress.best_step
        if states.adopted:
            facts["adopted"] = states.adopted
        save_model(output, options.method, learner.generators(), settings.model_dump(), made_with=made_with, **facts)

    write_each(write_model, write_history, write_progress)
    states.finish()
    print(f"{output}: {progress.step} steps, {settings.epochs} epochs of {data.steps_per_epoch}; {states.what_stays()}")


def _weights(settings: Training, given: str | None) -> Path | None:
    """The weights file of the feature network; None for a training that has no loss over one."""
    if settings.frozen_network:
        return existing_weights_file(settings.frozen_network, given)
    if given:
        raise UserError(f"--weights: no loss uses {given}; leave it out, or give a loss over features some weight.")
    return None


def _smaller(settings: Training) -> Choices:
    """What could be made smaller, and the memory that a training takes then."""

    def takes(**smaller: int) -> int:
        return settings.model_copy(update=smaller).training_mb * 10**6

    # A discriminator that sees much more than a picture has no logit for it.
    sides = [side for side in NETWORK_SIDES if settings.receptive_field / 2 < side < settings.image_side]
    return {
        "--batch": (range(settings.devices, settings.batch, settings.devices), lambda batch: takes(batch=batch)),
        "--image-side": (sides, lambda side: takes(image_side=side)),
        "--generator-width": (range(1, settings.generator_width), lambda width: takes(generator_width=width)),
    }
