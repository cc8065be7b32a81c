"""aiart train pix2pix --dataset data/prepared/facades -o facades.npz"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from aiart.cli.runtime import add_job_arguments, check_suffix, provenance, start_job
from aiart.cli.settings import add_settings, read_settings
from aiart.datasets.files import file_digest
from aiart.datasets.manifest import write_manifest
from aiart.images import atomic_write, write_image
from aiart.params import canonical_json
from aiart.translation.methods import METHODS, part


def add_arguments(parser: argparse.ArgumentParser) -> None:
    methods = parser.add_subparsers(title="methods", metavar="METHOD", dest="method", required=True)
    for name, room in METHODS.items():
        summary = (room.settings_model.__doc__ or "").splitlines()[0]
        method = methods.add_parser(
            name, help=summary, description=summary, formatter_class=argparse.ArgumentDefaultsHelpFormatter
        )
        method.add_argument("--dataset", required=True, help="folder of pictures; `aiart dataset check` explains it")
        method.add_argument("-o", "--output", required=True, help="trained model to write, .npz")
        method.add_argument("--manifest", help="list of the dataset's files with their hashes, from `aiart dataset`")
        method.add_argument("--history", help="also write the losses, .csv")
        method.add_argument("--progress", help="also write a grid of held-out pictures over the training, .png or .jpg")
        method.add_argument("--state", help="checkpoint, .npz; without it beside the model, as NAME.state.npz")
        method.add_argument("--logs", help="folder for TensorBoard, DVCLive and sample pictures while it runs")
        add_job_arguments(method, threads=False)
        add_settings(method, room.settings_model, name)


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, METHODS[options.method].settings_model)
    output = Path(options.output)
    check_suffix(options.output, (".npz",))
    if options.progress:
        check_suffix(options.progress, (".png", ".jpg", ".jpeg"))
    data_digest = _digest(options)
    options.threads = settings.threads
    start_job(options)

    from aiart.translation.batches import reading_errors
    from aiart.translation.checkpoint import Checkpoint
    from aiart.translation.devices import choose_strategy, writes_files
    from aiart.translation.model_file import save_model
    from aiart.translation.recorder import Recorder
    from aiart.translation.show import draw_progress, show_sample
    from aiart.translation.trainer import train

    strategy = choose_strategy(settings.devices)
    with strategy.scope():
        learner = part(options.method, "learner").build_learner(settings, options.seed)
    data = part(options.method, "data").open_data(options.dataset, settings, options.seed)
    made_with = provenance(options)
    begun_with = canonical_json(
        {"method": options.method, "settings": settings.model_dump(), "data": data_digest, "made_with": made_with}
    )
    checkpoint = Checkpoint(options.state or output.with_suffix(".state.npz"), begun_with)
    first = writes_files(strategy)
    logs = options.logs if first else None
    recorder = Recorder(logs, partial(show_sample, logs, settings, data) if logs else None)
    with reading_errors():
        progress = train(learner, data, settings, checkpoint=checkpoint, recorder=recorder, strategy=strategy)
    if not first:
        return
    if options.history:
        with atomic_write(options.history) as temporary:
            progress.history.to_csv(temporary, index=False, lineterminator="\n")
    if options.progress and progress.samples:
        title = f"The making of {output.stem}"
        write_image(options.progress, draw_progress(settings, data, progress.samples, title))
    # The model names its data by content, not by where it lay.
    facts = {"steps": progress.step, "pictures_seen": progress.step * settings.batch, "dataset": data_digest}
    if settings.keep == "best":
        facts["best_step"] = progress.best_step
    save_model(output, options.method, learner.generators(), settings.model_dump(), made_with=made_with, **facts)
    checkpoint.delete()
    print(f"{output}: {progress.step} steps, {settings.epochs} epochs of {data.steps_per_epoch}")


def _digest(options: argparse.Namespace) -> str:
    """What the dataset is, by the content of its files."""
    if options.manifest:
        return file_digest(options.manifest)
    with tempfile.TemporaryDirectory() as folder:
        write_manifest(options.dataset, Path(folder, "manifest.tsv"))
        return file_digest(Path(folder, "manifest.tsv"))
