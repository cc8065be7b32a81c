"""aiart distill --pictures '[photographs, paintings]' -o vgg19_slim.npz"""

from __future__ import annotations

import argparse

from aiart.cli.outputs import check_outputs
from aiart.cli.runtime import add_job_arguments, start_job
from aiart.cli.settings import add_settings, read_settings
from aiart.errors import UserError
from aiart.params.networks import Distill


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", required=True, help="weights to write, .npz")
    parser.add_argument("--state", required=True, help="checkpoint of the unfinished run, .npz; deleted at the end")
    parser.add_argument("--weights", help="VGG-19 weights for teachers that name none")
    parser.add_argument("--history", help="also write the losses, .csv")
    parser.add_argument("--report", help="also write the errors per layer, .csv")
    add_job_arguments(parser)
    add_settings(parser, Distill, "distillation")


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, Distill)
    for path in (options.output, options.state):
        if not path.endswith(".npz"):
            raise UserError(f"{path}: cannot be written; use a name that ends in .npz.")
    check_outputs(options.output, options.state, options.history, options.report, inputs=[options.weights])
    start_job(options)
    from aiart.networks.distillation.distill import distill

    table = distill(
        settings,
        options.output,
        seed=options.seed,
        state=options.state,
        vgg19_weights=options.weights,
        history=options.history,
        report=options.report,
    )
    print(table.to_string(index=False, float_format="%.4g"))
