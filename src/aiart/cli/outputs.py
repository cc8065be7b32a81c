"""What a command is going to write: looked at before its work begins, and written as far as it can be after it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from aiart.cli.arguments import check_suffix
from aiart.errors import UnwritableError, UserError
from aiart.images import FORMATS

AnyPath = str | os.PathLike


def check_outputs(
    *files: AnyPath | None, folders: Iterable[AnyPath | None] = (), inputs: Iterable[AnyPath | None] = ()
) -> None:
    """Find out whether `files` can be written, and files within `folders`, before hours are spent on them.

    None stands for an option that was not given. inputs: files that the command reads, which no output may replace;
    gone through only when there is something to replace. Nothing is created. Raises UserError for the first path that
    is a folder where a file belongs or the other way round, lies where nothing can be written, is named twice, or is
    an input.
    """
    replacing = any(path is not None and os.path.isfile(path) for path in files)
    read = {os.path.realpath(path) for path in inputs if path is not None} if replacing else set()
    written: set[str] = set()
    for path in files:
        if path is not None:
            _check_file(path)
            _check_once(path, written, read)
    for path in folders:
        if path is not None:
            _check_folder(path)


def check_picture_name(path: str, bits: int = 8) -> None:
    """UserError when a picture to be written has a name of no format, or of one that has not so many bits."""
    check_suffix(path, tuple(FORMATS))
    if bits > 8 and FORMATS[Path(path).suffix.lower()] == "JPEG":
        raise UserError(
            f"{path}: JPEG has 8 bits per sample, and bits is {bits}; name a .png or .tif, or leave bits out."
        )


def write_each(*writers: Callable[[], object]) -> None:
    """Call all of `writers`: what one cannot write keeps no other from it. Their UserErrors are raised at the end,
    as one."""
    failures = []
    for write in writers:
        try:
            write()
        except UserError as error:
            failures.append(error)
    if failures:
        kind = UnwritableError if any(isinstance(error, UnwritableError) for error in failures) else UserError
        raise kind(" ".join(map(str, failures)))


def _check_file(path: AnyPath) -> None:
    if os.path.isdir(path) or not Path(path).name or os.fspath(path).endswith(os.sep):
        raise UserError(f"{path or '(no name)'}: is a folder; give the name of a file to write.")
    if os.path.exists(path) and not os.path.isfile(path):
        raise UserError(f"{path}: is a device, pipe or socket; give the name of an ordinary file to write.")
    _check_place(path, Path(path).parent)


def _check_folder(path: AnyPath) -> None:
    if not os.fspath(path):
        raise UserError("(no name): cannot be written to; give the name of a folder.")
    _check_place(path, Path(path))


def _check_place(path: AnyPath, folder: Path) -> None:
    """Whether files can be made in a folder, or the folder itself in the nearest one that exists."""
    try:
        _exists(path)  # asked for its own sake: the file system refuses names that are too long
        while not _exists(folder):
            folder = folder.parent
        if not folder.is_dir():
            what = "is no folder" if folder.exists() else "is a link that leads nowhere"
            raise UserError(f"{path}: cannot be written, for {folder} {what}; choose another path.")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"{path}: cannot be written ({reason}); make room or permission for it, or choose another path."
        ) from None


def _exists(path: AnyPath) -> bool:
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _check_once(path: AnyPath, written: set[str], read: set[str]) -> None:
    # The folder's links are followed, the file's are not: writing replaces a link and leaves alone what it leads to.
    target = os.path.join(os.path.realpath(Path(path).parent), Path(path).name)
    if target in written:
        raise UserError(f"{path}: is named for two results; give each a name of its own.")
    if target in read:
        raise UserError(f"{path}: is read by this command and would be replaced; give the result another name.")
    written.add(target)
