"""What every job does before and around its work."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiart import __version__
from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.params.plain import clipped

if TYPE_CHECKING:
    import pandas as pd


def add_job_arguments(parser: argparse.ArgumentParser, *, threads: bool = True) -> None:
    """Options of commands that compute; without `threads` where they are one of the settings."""
    group = parser.add_argument_group("job")
    group.add_argument("--seed", type=SEED, default=1, help="everything random derives from it")
    if threads:
        group.add_argument(
            "--threads",
            type=WholeNumber(0, 1024),
            default=0,
            help="threads for the computation, 0 for all; the number changes the last bits of a result",
        )
    group.add_argument(
        "--gpus", type=WholeNumber(0, 64), default=None, help="0 computes on the CPU even where there is a GPU"
    )


def add_record_arguments(parser: argparse.ArgumentParser) -> None:
    """Files that a picture can have beside it."""
    parser.add_argument("--history", help="also write the losses of every evaluation or iteration, .csv")
    parser.add_argument("--metrics", help="also write the figures that were reached, and the settings, .json")
    parser.add_argument("--timings", help="also write seconds and memory, .json")


@dataclass(frozen=True)
class WholeNumber:
    """For argparse: an integer within bounds."""

    least: int
    most: int

    def __call__(self, text: str) -> int:
        # Python reads no integer of more than 4,300 digits, and takes more time for each.
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", text) or not self.least <= int(text) <= self.most:
            raise argparse.ArgumentTypeError(
                f"{clipped(text)} is no whole number from {self.least} to {self.most:,}; give one"
            )
        return int(text)


SEED = WholeNumber(0, 2**31 - 1)


def print_command() -> None:
    """Print the exact command line, so that a log can be pasted and rerun."""
    print(shlex.join(["aiart", *sys.argv[1:]]), flush=True)


def start_job(options: argparse.Namespace) -> None:
    """Print the command and set TensorFlow up for equal results on every run.

    Raises UserError when TensorFlow is not installed.
    """
    print_command()
    if options.threads:
        # Read when TensorFlow's and NumPy's libraries start.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(options.threads)
    try:
        import tensorflow as tf
    except ModuleNotFoundError:
        raise UserError(
            "TensorFlow is not installed; run `pip install -r requirements.lock`, or install aiart[cpu] or aiart[gpu]."
        ) from None
    gpus = tf.config.list_physical_devices("GPU")
    if options.gpus == 0:
        tf.config.set_visible_devices([], "GPU")
    else:
        for gpu in gpus:
            # Otherwise the first job would take all of the card's memory from those beside it.
            tf.config.experimental.set_memory_growth(gpu, True)
    if options.threads:
        tf.config.threading.set_intra_op_parallelism_threads(options.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    tf.random.set_seed(options.seed)


def provenance(options: argparse.Namespace, **more: Any) -> dict[str, Any]:
    """What a result was made with: versions, seed and threads, without dates or absolute paths."""
    return {
        "aiart": __version__,
        "tensorflow": _version("tensorflow_cpu") or _version("tensorflow"),
        "seed": options.seed,
        "threads": options.threads,
        **more,
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def write_records(
    options: argparse.Namespace, history: pd.DataFrame, report: dict[str, Any], timings: dict[str, Any]
) -> None:
    """Write the files of `add_record_arguments` that were asked for, and print the job's last line.

    report: what stands in --metrics, with the keys measured, settings and made_with. timings: differ from run to
    run, so they have a file of their own.
    """
    if options.history:
        with atomic_write(options.history) as temporary:
            history.to_csv(temporary, index=False, lineterminator="\n")
    if options.metrics:
        write_json(options.metrics, report)
    if options.timings:
        write_json(options.timings, timings)
    print(
        f"{options.output}: {timings['seconds_total']:.1f} s, {timings['peak_memory_mb']:.0f} MB, "
        f"{report['settings']['network']} in {report['made_with']['precision']}"
    )


def check_suffix(path: str, allowed: tuple[str, ...]) -> None:
    """UserError when a file to be written has a name that does not say one of these formats."""
    if Path(path).suffix.lower() not in allowed:
        raise UserError(f"{path}: cannot be written; use a name that ends in {' or '.join(allowed)}.")


def write_json(path: str | Path, value: Any) -> None:
    """Sorted, indented JSON, never half-written."""
    with atomic_write(path) as temporary:
        text = json.dumps(value, indent=2, sort_keys=True, allow_nan=False)
        Path(temporary).write_text(text + "\n", encoding="utf-8")
