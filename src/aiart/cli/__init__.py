"""The `aiart` command line: every job of the workflow is one of these commands."""

from __future__ import annotations

import argparse
import fcntl
import importlib
import os
import sys
from typing import NoReturn

from aiart import __version__, pixel_limit
from aiart.cli.argument_files import arguments_of_files
from aiart.cli.gpus import claim_gpus
from aiart.cli.guard import guarded
from aiart.errors import one_line

# One module of this package for each command; only the one in use is imported, since TensorFlow takes
# seconds to start.
COMMANDS = {
    "stylize": "Paint a photograph in the manner of one or more paintings.",
    "dream": "Let a network magnify what it sees in a photograph.",
    "train": "Train a model that translates pictures, on a folder of them.",
    "evaluate": "Judge a trained model on held-out pictures.",
    "translate": "Apply a trained model to pictures.",
    "import": "Take in a generator that PyTorch trained.",
    "export": "Write a model or a feature network as .onnx or .safetensors, with a model card.",
    "repeat": "Make a picture again from what it says of itself, as it was or changed.",
    "picture": "Write a built-in photograph or painting to a file.",
    "grid": "Lay pictures out as a labelled grid.",
    "curves": "Plot loss histories.",
    "scatter": "Plot one figure of pictures against another, with the pictures as points.",
    "figures": "Gather the figures of all results for `dvc metrics` and `dvc plots`.",
    "page": "Make the page of results, to look at and compare everything that was made.",
    "show": "Open the page of results in a browser.",
    "crate": "Pack results with inputs, settings, code and what made each of them, to publish.",
    "tidy": "Remove results that params.yaml no longer asks for, as `snakemake --cores 1 tidy` does.",
    "networks": "List feature networks, their layers, and where their weights are.",
    "fetch": "Download weights or pictures, checked against their hashes.",
    "dataset": "Write or check a dataset to train on.",
    "distill": "Train the slim network from VGG-19 or other teachers.",
    "adopt": "Let a training go on that other code began.",
    "params": "Check params.yaml, or print its schema.",
    "doctor": "Say what a report of a fault needs: versions, processor, GPUs, locks, weights; no secrets.",
}
# Those that are given as many files as there are results: `@FILE` stands for the arguments in a file, one a line.
OF_ALL_RESULTS = {"grid", "curves", "scatter", "figures"}
# Those that do not share a GPU with one another.
TRAININGS = {"train", "distill"}


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run one command under the guard; exits with its status, or 2 for wrong usage."""
    arguments = sys.argv[1:] if arguments is None else arguments
    named = next((a for a in arguments if not a.startswith("-")), "")
    sys.exit(guarded(named if named in COMMANDS else "", lambda: _run(named, arguments)))


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(one_line(message))


def _run(named: str, arguments: list[str]) -> None:
    parser = _Parser(
        prog="aiart",
        description="A reproducible AI-art studio. `aiart COMMAND --help` explains one command.",
        epilog="Everything at once, as params.yaml says: snakemake --cores all",
    )
    parser.add_argument("--version", action="version", version=f"aiart {__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        epilog = "@FILE stands for the arguments in that file, one a line." if name in OF_ALL_RESULTS else None
        subparser = subparsers.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=epilog,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )
        if name == named:
            command = importlib.import_module(f"aiart.cli.{name}")
            command.add_arguments(subparser)
            subparser.set_defaults(run=command.run)
    options = parser.parse_args(arguments_of_files(arguments) if named in OF_ALL_RESULTS else arguments)
    # TensorFlow's start-up notices would bury our own output; a user's own setting wins.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    _hold_jobs_lock()
    if getattr(options, "max_megapixels", None):
        pixel_limit.allow(options.max_megapixels)
    if getattr(options, "gpus", None):
        claim_gpus(options.gpus, training=named in TRAININGS)
    options.run(options)


def _hold_jobs_lock() -> None:
    """Let Snakemake see that this job is at work, even when it outlives the Snakemake that started it; to the end
    of the process (workflow/rules/one_run.smk)."""
    if path := os.environ.get("AIART_JOBS_LOCK"):
        fcntl.flock(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), fcntl.LOCK_SH)
