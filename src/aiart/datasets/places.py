"""Where the workflow's datasets lie: those that it makes in an output of DVC, those that people bring outside of any.

DVC takes from the folder of an output whatever is in no version, without a question at `dvc exp run` and
`dvc exp apply`.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Collection, Iterator
from pathlib import Path

from aiart.datasets.catalogue import DATASETS
from aiart.datasets.paintings import PAINTERS
from aiart.datasets.photographs import PHOTOGRAPHS
from aiart.datasets.synthetic import SYNTHETIC
from aiart.errors import UserError

PREPARED = Path("data/prepared")
OWN = Path("data/own/datasets")
# What was in versions of this project an output that also held people's own datasets.
FORMER = Path("data/datasets")


def is_own(name: str) -> bool:
    """Whether a dataset is one that somebody brought; it goes before one of the same name that the workflow makes."""
    return os.path.lexists(OWN / name) or not (name in SYNTHETIC or name in DATASETS)


def dataset_folder(name: str) -> Path:
    """The folder of a dataset's pictures, relative to the checkout."""
    return (OWN if is_own(name) else PREPARED) / name


def check_places(recorded: Collection[str]) -> None:
    """Raises UserError about the first thing in a folder of what the workflow makes that somebody brought.

    recorded: paths of which Snakemake has a record, so those that another version of this project made.
    """
    made = [*SYNTHETIC, *DATASETS]
    strangers = [
        *_strangers("data/photographs", [*(f"{name}.png" for name in PHOTOGRAPHS), *recorded], "data/content"),
        *_strangers("data/paintings", [*(f"{name}.png" for name in PAINTERS), *recorded], "data/style"),
        *_strangers(PREPARED, made, OWN),
        *_strangers(FORMER, made, OWN),
    ]
    for path, right in strangers:
        raise misplaced(path, right)


def misplaced(path: Path, right: str | Path) -> UserError:
    """What is said of a thing in a folder of what the workflow makes. right: the folder where it should lie."""
    return UserError(
        f"{path}: lies where only the workflow puts things and DVC may delete them; move it out by "
        f"`{shlex.join(['mv', str(path), f'{right}/'])}`."
    )


def _strangers(folder: str | Path, made: Collection[str], right: str | Path) -> Iterator[tuple[Path, str | Path]]:
    """What is not made, by name or path, and where it should lie; manifests pass, since own datasets have them too."""
    for path in sorted(Path(folder).iterdir()) if os.path.isdir(folder) else ():
        if not (path.name in made or str(path) in made or path.name.startswith(".") or path.suffix == ".tsv"):
            yield path, right
