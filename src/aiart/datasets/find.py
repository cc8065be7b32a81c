"""Finding a file again by what it holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from aiart.datasets.files import file_digest
from aiart.errors import UserError

# Where inputs of the workflow are; what else lies below a folder is looked at after these.
FIRST = ("data", "results")
MOST_FILES = 100_000
MOST_BYTES = 2 * 10**9
PROJECT = "params.yaml"


def project_of(folder: Path) -> Path:
    """The nearest folder above, or this one, that has a params.yaml; else the folder itself."""
    folder = Path(os.path.abspath(folder))
    return next((above for above in (folder, *folder.parents) if (above / PROJECT).is_file()), folder)


def find_file(name: str, sha256: str, folders: Iterable[Path]) -> tuple[Path | None, Path | None]:
    """A file of this hash below `folders`, and one of this name but another hash, where there are such.

    Files of the name are looked at before others of its suffix, smaller before larger ones; in each folder its `data`
    and `results` before the rest. Hidden folders and links to folders are left out. At most 100,000 files are looked
    at and 2 GB read, so that a home folder takes no longer than a checkout.
    """
    files = dict.fromkeys(path for folder in folders for path in _files(folder, Path(name).suffix))
    named = [path for path in files if path.name == name]
    others = sorted((path for path in files if path.name != name), key=_size)
    budget, other = MOST_BYTES, None
    for path in (*named, *others):
        budget -= _size(path)
        if budget < 0:
            break
        if _digest(path) == sha256:
            return path, None
        if path.name == name:
            other = other or path
    return None, other


def _files(folder: Path, suffix: str) -> Iterator[Path]:
    seen, left = set(), MOST_FILES
    for top in (*(folder / name for name in FIRST), folder):
        for place, folders, names in os.walk(top):
            if place in seen:
                folders.clear()
                continue
            seen.add(place)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            left -= len(names) + 1
            if left < 0:
                return
            yield from (Path(place, name) for name in sorted(names) if Path(name).suffix == suffix)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _digest(path: Path) -> str | None:
    try:
        return file_digest(path)
    except (OSError, UserError):  # a pipe, or one that may not be read: not the file that is looked for
        return None
