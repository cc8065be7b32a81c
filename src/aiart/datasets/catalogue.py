"""What can be downloaded: network weights, pictures for style transfer, paired and unpaired datasets.

The facts and where they come from are in `catalogue.toml` beside this module, and those of weights in
`params/feature_networks.py`.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib import resources
from typing import Any, Literal, TypeVar

from aiart.errors import UserError
from aiart.params.feature_networks import NETWORKS
from aiart.remote_file import RemoteFile

Entry = TypeVar("Entry")


@dataclass(frozen=True)
class Picture:
    """A real picture for style transfer: its file, what it shows, and the part it usually plays."""

    file: RemoteFile
    role: Literal["content", "style"]
    shows: str


@dataclass(frozen=True)
class Dataset:
    """Pictures to train on, in one archive whose only top folder bears its name; the terms are its licence.

    kind: `paired` (side by side in one picture) or `unpaired` (a folder for each side).
    counts: pictures in each folder, as in {"train": 400}; empty where none are verified.
    unpacked_limit: the most bytes that they may take unpacked.
    """

    file: RemoteFile
    kind: Literal["paired", "unpaired"]
    counts: Mapping[str, int]
    unpacked_limit: int

    @property
    def file_limit(self) -> int:
        """The most entries the archive may have: some more than the pictures, for folders and stray files."""
        return 2 * sum(self.counts.values()) + 100 if self.counts else 500_000


def find_weights(name: str) -> RemoteFile:
    """Weights of a network by its name. Raises UserError, with the nearest valid name, when there are none."""
    return _look_up(WEIGHTS, name, "weights are")


def find_picture(name: str) -> Picture:
    """A picture by its name. Raises UserError, with the nearest valid name, when there is none."""
    return _look_up(PICTURES, name, "picture is")


def find_dataset(name: str) -> Dataset:
    """A dataset by its name. Raises UserError, with the nearest valid name, when there is none."""
    return _look_up(DATASETS, name, "dataset is")


def _look_up(table: Mapping[str, Entry], name: str, what: str) -> Entry:
    if name in table:
        return table[name]
    nearest = difflib.get_close_matches(name, table, n=1, cutoff=0)[0]
    raise UserError(
        f"No {what} called {name!r}; the nearest name is {nearest!r}, and `aiart fetch --list` shows them all."
    )


def _remote_file(facts: dict[str, Any]) -> RemoteFile:
    """Takes the keys of a file out of `facts`, leaving the others to the caller."""
    known = {field.name: facts.pop(field.name) for field in fields(RemoteFile) if field.name in facts}
    return RemoteFile(**known | {"urls": tuple(known["urls"])})


def _dataset(facts: dict[str, Any]) -> Dataset:
    file = _remote_file(facts)
    if "unpacked_limit" not in facts:
        # JPEG hardly shrinks in an archive, so three times its size is room enough.
        facts["unpacked_limit"] = 3 * file.size + (64 << 20)
    return Dataset(file, **facts)


_TABLES = tomllib.loads((resources.files("aiart.datasets") / "catalogue.toml").read_text(encoding="utf-8"))

WEIGHTS: dict[str, RemoteFile] = {name: facts.weights for name, facts in NETWORKS.items() if facts.weights}
PICTURES: dict[str, Picture] = {
    name: Picture(_remote_file(facts), **facts) for name, facts in _TABLES["pictures"].items()
}
DATASETS: dict[str, Dataset] = {name: _dataset(facts) for name, facts in _TABLES["datasets"].items()}
