"""Many pictures by one command: which there are, where each goes, and one that fails leaves the others alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from aiart.cli.guard import explain
from aiart.datasets.folders import SUFFIXES
from aiart.errors import NonFiniteError, UnwritableError, UserError
from aiart.memory import is_lack_of_memory
from aiart.stopping import Stopped

if TYPE_CHECKING:
    from tqdm import tqdm


def picture_files(paths: Sequence[str], done: str) -> tuple[list[Path], list[str]]:
    """The files that are named, and those in the folders that are named, sorted by name; each file once. With a line
    for each folder that holds anything else, which is passed over. done: what is done to pictures, such as
    "translated"."""
    files, passed_over = [], []
    for path in map(Path, paths):
        if not path.is_dir():
            if not path.is_file():
                what = "is a pipe or a device, not a file" if path.exists() else "no such file"
                raise UserError(f"{path}: {what}; check the path.")
            files.append(path)
            continue
        visible = sorted(file for file in path.iterdir() if not file.name.startswith("."))
        found = [file for file in visible if file.suffix.lower() in SUFFIXES and file.is_file()]
        others = _described([file for file in visible if file not in set(found)], done)
        if not found:
            raise UserError(
                f"{path}: holds no pictures{f' but {others}' if others else ''}; give a folder with files in "
                f"{', '.join(SUFFIXES)}."
            )
        if others:
            passed_over.append(f"{path}: passed over {others}.")
        files += found
    return list(dict.fromkeys(files)), passed_over


def _described(others: Sequence[Path], done: str) -> str:
    """What lies beside the pictures of a folder, counted by why it is no picture of it."""
    folders = [path for path in others if path.is_dir()]
    inside = sum(
        Path(name).suffix.lower() in SUFFIXES for folder in folders for _, _, names in os.walk(folder) for name in names
    )
    files = [path for path in others if path.is_file()]
    broken = [path for path in others if path not in set(folders) | set(files)]
    parts = [
        (folders, "folders", f"with {inside} pictures, which are {done} when the folder is named"),
        (files, "files", "that are no pictures"),
        (broken, "links or devices", "that lead to no file"),
    ]
    return ", ".join(f"{what} {why} ({_some(paths)})" for paths, what, why in parts if paths)


def _some(paths: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in paths[:3])
    return f"{len(paths)}: {names}, …" if len(paths) > 3 else f"{len(paths)}: {names}"


def output_files(inputs: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Where what is made of each input goes.

    Raises UserError when two inputs would be written to one file, or an output would overwrite an input.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file, but pictures are written into a folder; choose another name.")
    if not folder.exists() and folder.suffix.lower() in SUFFIXES:
        raise UserError(f"{folder}: is the name of a picture, but pictures are written into a folder; name a folder.")
    sources, by_output = {file.resolve() for file in inputs}, {}
    for file in inputs:
        output = folder / f"{file.stem}.png"
        # Compared without case, since some file systems do.
        first = by_output.setdefault(output.name.casefold(), file)
        if first is not file:
            raise UserError(f"{first} and {file}: would both be written to {output}; rename one, or use two folders.")
        if output.resolve() in sources:
            raise UserError(f"{output}: would overwrite a picture that is read; choose another folder.")
    return {file: folder / f"{file.stem}.png" for file in inputs}


def make_each(
    outputs: Mapping[Path, Path], make: Callable[[Path, Path], object], bar: tqdm, stopped: Sequence[int]
) -> list[str]:
    """`make(source, output)` of each; returns what is wrong with those that could not be made. Where one cannot be
    written, the others are not made either: UserError.

    bar: moves on by its share after each. stopped: signals that came; then Stopped is raised before the next.
    """
    faults = []
    share = (bar.total or 0) / max(len(outputs), 1)
    for number, (source, output) in enumerate(outputs.items()):
        if stopped:
            raise Stopped(stopped[0], _reached(number, len(outputs)))
        try:
            make(source, output)
        except UnwritableError as error:
            raise UserError(f"{str(error).rstrip('.')}; {_reached(number, len(outputs))}.") from error
        except Stopped as error:
            raise Stopped(error.number, f"{error}; {_reached(number + 1, len(outputs))}") from None
        except Exception as error:
            if not _is_of_one(error, source):
                raise
            says, _ = explain(error)
            # What is wrong with one of many pictures must say with which.
            faults.append(says if str(source) in says else f"{source}: {says}")
        bar.update(round((number + 1) * share) - bar.n)
    bar.close()
    return faults


def _is_of_one(error: Exception, source: Path) -> bool:
    """Whether other pictures can do without this error."""
    if isinstance(error, OSError):
        return error.filename == str(source)
    return isinstance(error, UserError | NonFiniteError) or is_lack_of_memory(error)


def _reached(number: int, asked: int) -> str:
    return f"{number} of {asked} pictures were looked at, the rest is left out"


def report(faults: Sequence[str], asked: int, done: str) -> None:
    """Print what is wrong with pictures, a line each. Raises UserError where anything is."""
    if len(faults) == 1:
        raise UserError(faults[0])
    for fault in faults:
        print(fault)
    if faults:
        raise UserError(f"{len(faults)} of {asked} pictures could not be {done}, as listed; mend or leave out those.")
