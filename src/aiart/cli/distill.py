"""aiart distill --pictures '[photographs, paintings]' -o vgg19_slim.npz"""

from __future__ import annotations

import argparse
from pathlib import Path

from aiart.cli.arguments import add_job_arguments, check_suffix
from aiart.cli.outputs import check_outputs, write_each
from aiart.cli.records import provenance
from aiart.cli.runtime import start_job
from aiart.cli.settings import add_settings, read_settings
from aiart.gallery import write_frame
from aiart.memory import Choices, fitting
from aiart.networks.array_files import SUFFIXES
from aiart.params.networks import Distill


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", required=True, help="weights to write, .npz or .safetensors")
    parser.add_argument(
        "--state", required=True, help="where its states are kept, .npz; each distillation adds a key of its own"
    )
    parser.add_argument("--weights", help="VGG-19 weights for teachers that name none")
    parser.add_argument("--history", help="also write the losses, .csv")
    parser.add_argument("--report", help="also write the errors per layer, .csv")
    add_job_arguments(parser)
    add_settings(parser, Distill, "distillation")


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, Distill)
    check_suffix(options.output, SUFFIXES)
    check_suffix(options.state, (".npz",))
    files = (options.output, options.state, options.history, options.report)
    read = [options.weights, settings.start, *(teacher.weights for teacher in settings.teachers)]
    read += [path for folder in (*settings.pictures, *settings.held_out) for path in Path(folder).glob("*")]
    check_outputs(*files, inputs=read)
    start_job(options)
    from aiart.networks.distillation.distill import distill

    with fitting("the distillation", settings.memory_mb * 10**6, _smaller(settings)):
        made = distill(
            settings,
            seed=options.seed,
            state=options.state,
            made_with=provenance(options, settings.precision),
            vgg19_weights=options.weights,
        )
    write_each(
        lambda: made.write(options.output),
        lambda: options.history and write_frame(options.history, made.history),
        lambda: options.report and write_frame(options.report, made.report),
    )
    print(made.report.to_string(index=False, float_format="%.4g"))


def _smaller(settings: Distill) -> Choices:
    """What could be made smaller, and the memory that a distillation takes then."""

    def takes(**smaller: int) -> int:
        return settings.model_copy(update=smaller).memory_mb * 10**6

    return {
        "--batch": (range(2, settings.batch), lambda batch: takes(batch=batch)),
        "--crop": (range(32, settings.crop, 16), lambda crop: takes(crop=crop)),
    }
