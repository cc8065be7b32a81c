"""The files below a folder, those behind links too: the one way in which a folder is gone through."""

from __future__ import annotations

import os
from pathlib import Path

from aiart.errors import UserError

# Links can make a few folders look like endlessly many.
MOST_FOLDERS = 100_000


def files_below(folder: str | Path) -> list[Path]:
    """Every file below a folder in the order of paths, without those whose names, or whose folders', begin with a dot.

    Links to files and folders are followed, but none into a folder that it lies in. Raises UserError when there is no
    such folder or one cannot be listed, at a link that leads nowhere, at what is no file (a pipe), and when there are
    more than MOST_FOLDERS folders.
    """
    found, count = [], 0
    to_list = [(existing_folder(folder), frozenset())]
    while to_list:
        here, above = to_list.pop()
        status = os.stat(here)
        if (identity := (status.st_dev, status.st_ino)) in above:
            continue
        if (count := count + 1) > MOST_FOLDERS:
            raise UserError(f"{folder}: holds more than {MOST_FOLDERS:,} folders, links followed; give a smaller one.")
        for path in listed(here):
            if path.name.startswith("."):
                continue
            if os.path.isdir(path):
                to_list.append((path, above | {identity}))
            elif os.path.isfile(path):
                found.append(path)
            else:
                check_link(path)
                raise UserError(f"{path}: is neither a file nor a folder; take it out.")
    return sorted(found)


def existing_folder(folder: str | Path) -> Path:
    """The folder. Raises UserError when there is none."""
    folder = Path(folder)
    if not os.path.isdir(folder):
        check_link(folder)
        what = "is a file" if os.path.exists(folder) else "no such folder"
        raise UserError(f"{folder}: {what}; give the folder of a dataset.")
    return folder


def check_named(folder: str | Path) -> None:
    """Raises UserError for `.`, `..` and the like, which cannot appear by a rename."""
    if Path(folder).name in ("", ".."):
        raise UserError(f"{folder}: is a folder to be in, not one to make; give a name for a new one.")


def listed(folder: Path) -> list[Path]:
    """What lies in a folder, in the order of names. Raises UserError when it cannot be listed."""
    try:
        return sorted(folder.iterdir(), key=lambda path: path.name)
    except OSError as error:
        raise UserError(f"{folder}: cannot be listed ({error.strerror}); give yourself permission for it.") from error


def check_link(path: Path) -> None:
    """Raises UserError when the path is a link that leads nowhere."""
    if os.path.islink(path) and not os.path.exists(path):
        raise UserError(f"{path}: is a link to {os.readlink(path)}, where nothing is; set it right or take it out.")
