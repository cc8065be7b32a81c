"""What an archive of unknown make may hold, and how much of it is read before that is known."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO

from aiart.errors import UserError

NAME_BYTES = 200  # of an entry, on average, with what else a header says of it
_DEEPEST = 64  # folders
_LONGEST_NAME, _LONGEST_PART = 1000, 255  # bytes; a part of 255 is what file systems allow
_SHOWN = 40  # letters of a name in a message


class Guard:
    """Looks at each entry before it is unpacked.

    limit_bytes: the most bytes all files together may have unpacked. limit_files: the most entries.
    """

    def __init__(self, archive: Path, limit_bytes: int, limit_files: int):
        self.archive = archive
        self.limit_bytes = limit_bytes
        self.limit_files = limit_files
        self.bytes = 0
        self.entries = 0
        self.name_bytes = 0
        self.files: set[PurePosixPath] = set()
        self.folders: set[PurePosixPath] = set()

    def admit(self, name: str, size: int, kind: str) -> None:
        """kind: `file`, `folder`, or what else it is. Raises UserError for what does not belong."""
        self._check_length(name)
        path = PurePosixPath(name)
        windows = PureWindowsPath(name)
        # An archive is judged alike on every system.
        if path.is_absolute() or windows.drive or windows.root:
            raise self.refusal(f"has an absolute name, {name!r}")
        if ".." in windows.parts:
            raise self.refusal(f"has a name that leads out of its folder, {name!r}")
        if "\\" in name or "\0" in name:
            raise self.refusal(f"has a name with a backslash or a zero in it, {name!r}")
        if kind == "file" and not path.parts:
            raise self.refusal(f"has a file without a name, {name!r}")
        if kind not in ("file", "folder"):
            raise self.refusal(f"holds {kind}, {name!r}")
        self._count(size)
        if kind == "folder":
            taken = path in self.files
            self.folders.add(path)
        else:
            taken = path in self.files or path in self.folders
            self.files.add(path)
        if taken or any(parent in self.files for parent in path.parents):
            raise self.refusal(f"holds two entries called {name!r}")
        self.folders.update(path.parents)

    def _check_length(self, name: str) -> None:
        try:
            length = len(name.encode())
        except UnicodeEncodeError:
            raise self.refusal(f"has a name that is not UTF-8, {name[:_SHOWN]!r}") from None
        parts = name.split("/")
        if length > _LONGEST_NAME or any(len(part.encode()) > _LONGEST_PART for part in parts):
            raise self.refusal(f"has a name of {length:,} bytes, {name[:_SHOWN]!r}…")
        if len(parts) > _DEEPEST:
            raise self.refusal(f"nests folders {len(parts)} deep, {name[:_SHOWN]!r}…")
        self.name_bytes += length
        if self.name_bytes > NAME_BYTES * (self.limit_files + _DEEPEST):
            raise self.refusal(f"has names of more than {self.name_bytes:,} bytes together")

    def _count(self, size: int) -> None:
        self.entries += 1
        # Folders that no entry names are made too.
        if self.entries > self.limit_files or len(self.folders) > self.limit_files + _DEEPEST:
            raise self.refusal(f"holds more than {self.limit_files:,} entries")
        self.bytes += max(size, 0)  # a header may state a negative one
        if self.bytes > self.limit_bytes:
            raise self.refusal(f"unpacks to more than {self.limit_bytes:,} bytes")

    def refusal(self, what: str) -> UserError:
        """The one sentence about the archive; `what` says what it has, holds or does."""
        return UserError(f"{self.archive}: {what}, so it was not unpacked; get the archive from a source you trust.")


class BoundedReader:
    """A file of which no more may be read at once, and none in all, than `budget` bytes, where that is a number."""

    def __init__(self, file: BinaryIO, guard: Guard, budget: int | None):
        self.file, self.guard, self.budget = file, guard, budget

    def __getattr__(self, name: str):
        return getattr(self.file, name)

    def read(self, size: int = -1) -> bytes:
        if self.budget is None:
            return self.file.read(size)
        content = self.file.read(self.budget + 1 if size < 0 or size > self.budget else size)
        if len(content) > self.budget:
            raise self.guard.refusal("has headers larger than any that belong to files")
        self.budget -= len(content)
        return content
