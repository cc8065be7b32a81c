"""Damaging good files at random, and reading what comes of it in a process that may neither crash, hang nor swell.

A test names the reader, which must either succeed or raise one UserError that names the file:

    check_mutants("aiart.images:read_image", [path], count=40, seed=1, peak=300 << 20)
"""

from __future__ import annotations

import importlib
import json
import random
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from aiart.errors import UserError
from helpers.measured import run_measured

# What readers do with lengths, offsets and counts depends on values like these.
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_TESTS = Path(__file__).resolve().parents[1]


def mutants(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """`count` damaged copies of `content`; equal arguments give equal bytes.

    Half of the damage falls into the first and the last 256 bytes, where formats have headers and directories.
    """
    draw = random.Random(seed)
    for _ in range(count):
        mutant = bytearray(content)
        for _ in range(draw.choice((1, 1, 1, 2, 4))):
            if mutant:
                draw.choice((_flip, _flip, _set_number, _set_number, _cut, _blank, _repeat))(mutant, draw)
        yield bytes(mutant)


def _place(mutant: bytearray, draw: random.Random) -> int:
    last = len(mutant) - 1
    edge = min(last, 255)
    return draw.choice((draw.randint(0, edge), draw.randint(last - edge, last), *2 * [draw.randint(0, last)]))


def _flip(mutant: bytearray, draw: random.Random) -> None:
    mutant[_place(mutant, draw)] ^= 1 << draw.randrange(8)


def _set_number(mutant: bytearray, draw: random.Random) -> None:
    place, length = _place(mutant, draw), draw.choice((1, 2, 4))
    number = draw.choice(_NUMBERS) & ((1 << 8 * length) - 1)
    mutant[place : place + length] = number.to_bytes(length, draw.choice(("little", "big")))


def _cut(mutant: bytearray, draw: random.Random) -> None:
    del mutant[_place(mutant, draw) :]


def _blank(mutant: bytearray, draw: random.Random) -> None:
    place = _place(mutant, draw)
    length = min(draw.randrange(1, 64), len(mutant) - place)
    mutant[place : place + length] = bytes(length)


def _repeat(mutant: bytearray, draw: random.Random) -> None:
    place = _place(mutant, draw)
    mutant[place:place] = mutant[place : place + draw.randrange(1, 64)]


def check_mutants(
    reader: str,
    good: Iterable[Path],
    *,
    count: int,
    seed: int,
    peak: int,
    seconds_each: float = 5,
    finish: str = "",
    options: dict[str, Any] | None = None,
) -> dict[str, dict[str, int]]:
    """Read `count` mutants of each file of `good` with the function `reader`, "module:name", all in one process.

    finish: "module:name" of a function of the good file's path and a mutant's bytes that makes these a file again,
    such as one that compresses them. options: keyword arguments of the reader. peak: the most bytes of memory that
    the process may take. Returns, by the files' names, how many mutants were read and how many refused. Fails at
    the first mutant on which the reader does anything else, and leaves it beside the good file.
    """
    job = {
        "reader": reader,
        "good": [str(path) for path in good],
        "count": count,
        "seed": seed,
        "seconds": seconds_each,
        "finish": finish,
        "options": options or {},
    }
    code = (
        f"import sys; sys.path.insert(0, {str(_TESTS)!r})\n"
        "from helpers.mutations import read_mutants\n"
        "read_mutants(sys.argv[1])"
    )
    ended = run_measured(code, json.dumps(job), seconds=120 + len(job["good"]) * count * seconds_each)
    assert ended.status == 0, f"{reader} ended with {ended.status}:\n{ended.output}\n{ended.errors}"
    assert ended.errors == "", f"{reader} wrote to standard error:\n{ended.errors}"
    assert ended.peak <= peak, f"{reader} took {ended.peak >> 20} MiB"
    return json.loads(ended.output)


def read_mutants(text: str) -> None:
    """The inside of the process that `check_mutants` starts."""
    job = json.loads(text)
    reader, finish = _find(job["reader"]), _find(job["finish"]) if job["finish"] else None
    signal.signal(signal.SIGALRM, _too_slow)
    outcomes = {}
    for good in map(Path, job["good"]):
        counts = outcomes[good.name] = {"read": 0, "refused": 0}
        for number, mutant in enumerate(mutants(good.read_bytes(), job["count"], job["seed"])):
            path = good.with_name(f"{number}-{good.name}")
            path.write_bytes(finish(good, mutant) if finish else mutant)
            signal.setitimer(signal.ITIMER_REAL, job["seconds"])
            counts["read" if _succeeds(reader, path, job["options"]) else "refused"] += 1
            signal.setitimer(signal.ITIMER_REAL, 0)
            path.unlink()
    print(json.dumps(outcomes))


def _succeeds(reader: Callable, path: Path, options: dict[str, Any]) -> bool:
    try:
        reader(path, **options)
        return True
    except UserError as error:
        assert str(path) in str(error), f"{error} does not name {path}"
        assert "\n" not in str(error), f"{error} is more than one line"
        return False


def _too_slow(*_: object) -> None:
    raise TimeoutError("a mutant took too long")


def _find(name: str) -> Any:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)
