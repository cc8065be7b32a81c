"""aiart train pix2pix --dataset data/datasets/facades -o facades.npz"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from aiart.cli.runtime import add_job_arguments, check_suffix, provenance, start_job
from aiart.cli.settings import add_settings, read_settings
from aiart.datasets.files import file_digest
from aiart.datasets.manifest import write_manifest
from aiart.images import atomic_write, write_image
from aiart.params import canonical_json
from aiart.params.cyclegan import CycleGAN
from aiart.params.pix2pix import Pix2Pix
from aiart.params.training import Training

if TYPE_CHECKING:
    from aiart.translation.trainer import Learner, TrainingData

METHODS = {"pix2pix": Pix2Pix, "cyclegan": CycleGAN}
# Validation and samples use the first ones of the held-out split; `aiart evaluate` uses all.
HELD_OUT_PICTURES = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    methods = parser.add_subparsers(title="methods", metavar="METHOD", dest="method", required=True)
    for name, model in METHODS.items():
        summary = (model.__doc__ or "").splitlines()[0]
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
        add_settings(method, model, name)


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, METHODS[options.method])
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
    from aiart.translation.trainer import train

    strategy = choose_strategy(settings.devices)
    with strategy.scope():
        learner = _learner(options.method, settings, options.seed)
    data = _data(options, settings)
    made_with = provenance(options)
    begun_with = canonical_json(
        {"method": options.method, "settings": settings.model_dump(), "data": data_digest, "made_with": made_with}
    )
    checkpoint = Checkpoint(options.state or output.with_suffix(".state.npz"), begun_with)
    first = writes_files(strategy)
    recorder = Recorder(options.logs if first else None, partial(_live_samples, options, settings, data))
    with reading_errors():
        progress = train(learner, data, settings, checkpoint=checkpoint, recorder=recorder, strategy=strategy)
    if not first:
        return
    if options.history:
        with atomic_write(options.history) as temporary:
            progress.history.to_csv(temporary, index=False, lineterminator="\n")
    if options.progress and progress.samples:
        title = f"The making of {output.stem}"
        write_image(options.progress, _progress_grid(settings, data, progress.samples, title))
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


def _learner(method: str, settings: Training, seed: int) -> Learner:
    if method == "pix2pix":
        from aiart.translation.pix2pix import Pix2PixLearner

        return Pix2PixLearner(settings, seed)
    from aiart.translation.cyclegan import CycleGANLearner

    return CycleGANLearner(settings, seed)


def _data(options: argparse.Namespace, settings: Training) -> TrainingData:
    from aiart.datasets.folders import open_pairs, open_pictures
    from aiart.translation import batches
    from aiart.translation.trainer import TrainingData

    if options.method == "pix2pix":
        pairs, held_out = (open_pairs(options.dataset, split) for split in ("train", "test"))
        made = partial(batches.paired_batches, pairs, settings, options.seed)
        shown = batches.held_out_pairs(held_out, settings, HELD_OUT_PICTURES)
        count = len(pairs)
    else:
        a, b = (open_pictures(options.dataset, domain, "train") for domain in "AB")
        made = partial(batches.unpaired_batches, a, b, settings, options.seed)
        shown = tuple(
            batches.held_out_pictures(open_pictures(options.dataset, domain, "test"), settings, HELD_OUT_PICTURES)
            for domain in "AB"
        )
        count = max(len(a), len(b))
    count = min(count, settings.picture_limit or count)
    return TrainingData(made, batches.steps_per_epoch(count, settings.batch), shown)


def _live_samples(options: argparse.Namespace, settings: Training, data: TrainingData, step: int, pictures) -> None:
    """A sample as soon as it is there, for whoever watches."""
    if options.logs:
        write_image(
            Path(options.logs, "samples", f"{step:07}.png"),
            _progress_grid(settings, data, {step: pictures}, f"Step {step}"),
        )


def _progress_grid(settings: Training, data: TrainingData, samples: dict[int, np.ndarray], title: str) -> np.ndarray:
    """Held-out pictures in columns, what the generators made of them in rows, by step."""
    from aiart.gallery import draw_grid
    from aiart.translation.trainer import to_bytes

    inputs = [pictures[: settings.sample_pictures] for pictures in data.held_out]
    # Pix2Pix translates the first of the two arrays, CycleGAN both.
    directions = [settings.direction] if isinstance(settings, Pix2Pix) else ["a_to_b", "b_to_a"]
    shown = dict(zip(directions, inputs, strict=False))
    labels = [f"{name.replace('_to_', ' → ')}  {i + 1}" for name, of in shown.items() for i in range(len(of))]
    first = to_bytes(np.concatenate(list(shown.values())))
    return draw_grid(
        [list(row.astype(np.float32)) for row in (first, *samples.values())],
        column_labels=labels,
        row_labels=["input", *(f"{step:,}" for step in samples)],
        title=title,
        row_title="steps",
        cell_long_side=min(settings.image_side, 160),
    )
