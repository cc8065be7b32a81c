"""Files that may be opened: at a pipe, reading waits until somebody writes, and a device has no end."""

from __future__ import annotations

import os
import stat

from aiart.errors import UserError


def refuse_pipe(path: str | os.PathLike) -> None:
    """Raise UserError where `path` leads to a pipe, socket or device; OSError as `os.stat` does."""
    kind = os.stat(path).st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise UserError(f"{path}: is a pipe or a device, not a file; save its content to a file and give that.")


def read_text(path: str | os.PathLike) -> str:
    """The UTF-8 text of a file. Raises UserError for a pipe or a device, OSError and ValueError as reading does."""
    refuse_pipe(path)
    with open(path, encoding="utf-8") as file:
        return file.read()
