"""An archive that is the same to the byte whenever its files are."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path

from aiart.images import atomic_write

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first date that a .zip can say: files have no others here."""


def write_archive(path: str | Path, files: Iterable[str], folders: Iterable[str], texts: dict[str, str]) -> None:
    """Pack files of the working folder, links as links, and texts by their names, sorted, as .zip; folders, of which
    the files are among `files`, have entries of their own.

    Nothing is compressed: another zlib would write other bytes, and pictures and models gain nothing. Raises UserError
    where the archive cannot be written.
    """
    with atomic_write(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(folders):
            archive.writestr(_entry(f"{name}/", stat.S_IFDIR | 0o755), b"")
        for name in sorted({*files, *texts}):
            if name in texts:
                archive.writestr(_entry(name, stat.S_IFREG | 0o644), texts[name])
            elif os.path.islink(name):
                archive.writestr(_entry(name, stat.S_IFLNK | 0o777), os.readlink(name))
            else:
                _pack(archive, name)


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.create_system = 3  # Unix, also where it is written elsewhere: it says what the mode means
    entry.external_attr = mode << 16
    return entry


def _pack(archive: zipfile.ZipFile, name: str) -> None:
    status = os.stat(name)
    entry = _entry(name, stat.S_IFREG | (0o755 if status.st_mode & 0o100 else 0o644))
    entry.file_size = status.st_size
    with open(name, "rb") as source, archive.open(entry, "w") as target:
        shutil.copyfileobj(source, target, 1 << 20)
