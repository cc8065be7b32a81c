"""What the mutation tests call by name, in a process of its own."""

from __future__ import annotations

import gzip
import shutil
import struct
import zlib
from pathlib import Path

from aiart.datasets.archives import unpack
from aiart.errors import UserError
from aiart.networks.array_files import open_arrays
from aiart.networks.arrays import ArraysError


def unpack_and_remove(archive: Path, **limits: int) -> None:
    """Unpack beside the archive. Raises AssertionError where something is left of an archive that was refused."""
    folder = archive.with_name("unpacked")
    before = {path.name for path in archive.parent.iterdir()}
    try:
        unpack(archive, folder, **limits)
        shutil.rmtree(folder)
    finally:
        left = {path.name for path in archive.parent.iterdir()} - before
        assert not left, f"{left} were left behind"


def read_every_array(path: Path) -> None:
    """Read all that a file of arrays holds. Raises UserError where it is none."""
    try:
        with open_arrays(path) as file:
            for name in file.names:
                file[name]
    except (OSError, ArraysError) as error:
        raise UserError(f"{path}: {error}.") from error


def finish(good: Path, mutant: bytes) -> bytes:
    """Let damage reach the reader, and not the checksums before it."""
    if good.suffix == ".png":
        return _with_checksums(mutant)
    return gzip.compress(mutant, 1) if good.suffix in (".gz", ".tgz") else mutant


def _with_checksums(png: bytes) -> bytes:
    """A PNG whose chunks have right checksums again, as far as it still consists of chunks."""
    parts, place = [png[:8]], 8
    while place + 12 <= len(png):
        (length,) = struct.unpack(">I", png[place : place + 4])
        chunk = png[place + 4 : place + 8 + length]
        parts += [png[place : place + 4], chunk, struct.pack(">I", zlib.crc32(chunk))]
        place += 12 + length
    return b"".join([*parts, png[place:]])
