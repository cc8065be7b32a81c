"""How much memory a job may have, on this machine or in its container, and what is said of one that needs more."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import psutil

from aiart.errors import UserError, library_says

CGROUPS = Path("/sys/fs/cgroup")
OWN_CGROUPS = Path("/proc/self/cgroup")
# Files of a control group, version 2 and 1: the limit, what is used, and what of that is only cached, in memory.stat.
CGROUP_FORMS = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
# How TensorFlow, oneDNN and the C++ library name a lack of memory in errors of other classes.
OUT_OF_MEMORY = ("OOM when allocating", "bad_alloc", "out of memory", "MemoryError", "Unable to allocate")

# Sides of networks' pictures to choose among, legal for all of them.
NETWORK_SIDES = (16, 32, 64, 128, 256, 512, 1024)

Value = TypeVar("Value")
Choices = Mapping[str, tuple[Sequence[int], Callable[[int], int]]]
"""Options that make a job smaller: their values, smallest first, and the job's bytes with each."""


def free_memory() -> tuple[int, int]:
    """Bytes that can be had now, and bytes in all: of the machine, or of a container that allows less."""
    machine = psutil.virtual_memory()
    found = [(machine.available, machine.total), *_limits()]
    return min(free for free, _ in found), min(total for _, total in found)


def _limits() -> Iterator[tuple[int, int]]:
    for group in _cgroups():
        for limit, used, cached in CGROUP_FORMS:
            try:
                allowed, taken = (int((group / name).read_text()) for name in (limit, used))
                statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
                # Cached files make room for whoever needs it.
                yield max(allowed - taken + int(statistics[cached]), 0), allowed
            except (OSError, ValueError, KeyError):  # the other version, or no limit, `max`
                continue


def _cgroups() -> Iterator[Path]:
    """Folders of the control groups that bind this process: its own, and those above it."""
    try:
        lines = OWN_CGROUPS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = CGROUPS / "memory" if controllers else CGROUPS
        group = root / path.lstrip("/")
        yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(root))


def too_large() -> str:
    """The beginning of a sentence about memory."""
    free, total = free_memory()
    return f"there is not enough memory ({free / 1e9:.1f} of {total / 1e9:.1f} GB are free now)"


def is_lack_of_memory(error: BaseException) -> bool:
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "ResourceExhaustedError"
        or library_says(error, OUT_OF_MEMORY)
    )


@contextmanager
def fitting(what: str, needed: int, choices: Choices) -> Iterator[None]:
    """Refuse `what`, such as "the painting", before the body begins when it takes more than can be had, and where
    memory runs out in the body; either sentence says what would fit. needed: bytes of the whole process at its peak.

    Linux would grant the memory and kill the process when it is used. GPUs have their own and refuse.
    """
    if not _on_gpu() and needed > _may_take():
        raise UserError(f"{too_large()}; {what} takes {needed / 1e9:.1f} GB{what_fits(choices)}.")
    try:
        yield
    except Exception as error:
        if not is_lack_of_memory(error):
            raise
        if _on_gpu():
            raise UserError(f"the GPU has not enough memory for {what}; lower {' or '.join(choices)}.") from error
        raise UserError(f"{too_large()}; {what} needs more{what_fits(choices)}.") from error


def what_fits(choices: Choices) -> str:
    """The end of a sentence: the largest value of each option with which the job fits, as far as there is one."""
    room, found = _may_take(), []
    for option, (values, takes) in choices.items():
        if count := bisect_right(values, room, key=takes):
            found.append(f"{option} {values[count - 1]}")
    return f", and {' or '.join(found)} would fit" if found else ", and none that is smaller would fit; free some"


def fits(needed: int) -> bool:
    """Whether a process that takes so many bytes can have them. GPUs have their own memory."""
    return _on_gpu() or needed <= _may_take()


def most_that_fits(values: Sequence[int], takes: Callable[[int], int]) -> int:
    """The largest of `values`, smallest first, with which the whole process fits; the smallest where none does. takes:
    its bytes with one of them. GPUs have their own memory, and get the largest."""
    return first_that_fits(values[::-1], takes)


def first_that_fits(values: Sequence[Value], takes: Callable[[Value], int], room: int | None = None) -> Value:
    """The first of `values`, best first, with which the whole process fits; the last where none does. takes: its bytes
    with one of them. room: bytes that it may take, where that is not what can be had. GPUs have their own memory, and
    get the first."""
    if room is None and _on_gpu():
        return values[0]
    room = _may_take() if room is None else room
    return next((value for value in values if takes(value) <= room), values[-1])


def _may_take() -> int:
    """Bytes that this process may have in all: what it has already is no longer free."""
    return free_memory()[0] + in_use()


def in_use() -> int:
    """Bytes that this process has now."""
    return psutil.Process().memory_info().rss


def _on_gpu() -> bool:
    tensorflow = sys.modules.get("tensorflow")
    return bool(tensorflow and tensorflow.config.get_visible_devices("GPU"))
