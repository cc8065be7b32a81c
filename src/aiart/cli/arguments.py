"""Options that several commands have."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from aiart.errors import UserError
from aiart.params.plain import check_plain, clipped
from aiart.pixel_limit import DEFAULT, MOST, VARIABLE


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
    add_limit(group)


def add_limit(group: argparse._ActionsContainer) -> None:
    """The option for the largest picture that is read, which `aiart.cli` sets before the command runs."""
    group.add_argument(
        "--max-megapixels",
        type=WholeNumber(1, MOST),
        default=None,
        help=f"the largest picture that is read, in millions of pixels; without it {VARIABLE}, or else {DEFAULT}",
    )


@dataclass(frozen=True)
class WholeNumber:
    """For argparse: an integer within bounds, or a word that may stand for one."""

    least: int
    most: int
    word: str = ""

    def __call__(self, text: str) -> int | str:
        if self.word and text == self.word:
            return text
        # Python reads no integer of more than 4,300 digits, and takes more time for each.
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", text) or not self.least <= int(text) <= self.most:
            raise argparse.ArgumentTypeError(
                f"{clipped(text)} is no whole number from {self.least} to {self.most:,}; give one"
                f"{f' or {self.word}' if self.word else ''}"
            )
        return int(text)


@dataclass(frozen=True)
class ShortText:
    """For argparse: text of so many characters at most, as its field in params.yaml has it."""

    most: int

    def __call__(self, text: str) -> str:
        if len(text) > self.most:
            raise argparse.ArgumentTypeError(
                f"{clipped(text)} has {len(text):,} characters, more than {self.most:,}; shorten it"
            )
        try:
            check_plain(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        return text


SEED = WholeNumber(0, 2**31 - 1)


class Once(argparse.Action):
    """For argparse: a value that may be given once. argparse itself would keep the last of several unseen."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"argument {option_string}: is given twice; give one")
        setattr(namespace, self.dest, values)


def print_command() -> None:
    """Print the exact command line, so that a log can be pasted and rerun."""
    print(shlex.join(["aiart", *sys.argv[1:]]), flush=True)


def check_suffix(path: str, allowed: tuple[str, ...]) -> None:
    """UserError when a file to be written has a name that does not say one of these formats."""
    if Path(path).suffix.lower() not in allowed:
        raise UserError(f"{path}: cannot be written; use a name that ends in {' or '.join(allowed)}.")
