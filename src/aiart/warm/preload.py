"""What is imported before a job of a command is there, and whether that is still what the job would import."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from aiart.cli import COMMANDS
from aiart.cli.runtime import without_startup_lines

SOURCES = Path(__file__).resolve().parents[1]

# What takes time of what commands import when they run, beside their own module. A job imports what is missing here.
NETWORKS = ("tensorflow", "aiart.networks.precision", "aiart.networks.registry", "aiart.networks.vgg")
TRAININGS = (*NETWORKS, "aiart.translation.model_file", "aiart.networks.unet", "aiart.networks.resnet")
LATE = {
    "stylize": (
        *(*NETWORKS, "aiart.networks.googlenet"),
        *("aiart.style_transfer.estimate", "aiart.style_transfer.judging", "aiart.style_transfer.paint"),
    ),
    "dream": (*NETWORKS, "aiart.deep_dream.dream", "aiart.deep_dream.zoom"),
    "train": (*TRAININGS, "aiart.networks.states", "aiart.translation.trainer"),
    "evaluate": (*TRAININGS, "aiart.translation.features", "aiart.translation.judging"),
    "translate": (*TRAININGS, "aiart.translation.translate"),
    "distill": (*NETWORKS, "aiart.networks.distillation.distill"),
    "picture": ("aiart.cli.picture.painting", "aiart.cli.picture.photograph", "scipy.ndimage", "scipy.interpolate"),
    "dataset": ("aiart.datasets.brush", "scipy.ndimage", "scipy.interpolate"),
}


def command_of(arguments: list[str]) -> str | None:
    """The command that a command line names."""
    named = next((argument for argument in arguments if not argument.startswith("-")), None)
    return named if named in COMMANDS else None


def preload(command: str) -> bool:
    """Import what a command needs; whether the process is one that children can go on from, as if they had imported it
    all themselves: of one thread, with no file, device or GPU open that was not before, and without a word, which would
    be missing in each job's log."""
    before = _files()
    # As in aiart.cli; each job decides anew.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    try:
        with without_startup_lines():
            for module in (f"aiart.cli.{command}", *LATE.get(command, ())):
                importlib.import_module(module)
    except BaseException:  # SystemExit too: the job that starts by itself says it
        return False
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    quiet = not any(os.fstat(number).st_size for number in (1, 2))
    return quiet and _files() == before and len(os.listdir("/proc/self/task")) == 1


def _files() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


def state_of_sources() -> dict[str, tuple[int, ...]]:
    """What would change when somebody edits, replaces, adds or deletes a file below src/aiart."""
    return dict(_states(str(SOURCES)))


def _states(folder: str) -> Iterator[tuple[str, tuple[int, ...]]]:
    for entry in os.scandir(folder):
        if entry.name == "__pycache__":
            continue
        if entry.is_dir():
            yield from _states(entry.path)
        else:
            found = entry.stat()
            yield entry.path, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
