"""Lists of files with their hashes, which stand for a folder wherever a workflow wants one file to watch.

A manifest is tab-separated text with the header `path sha256 bytes`, sorted by path, UTF-8, LF: equal folders
give equal bytes.
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass
from pathlib import Path

from aiart.datasets.files import file_digest
from aiart.datasets.tree import files_below
from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.plain_files import refuse_pipe

_COLUMNS = ["path", "sha256", "bytes"]


@dataclass(frozen=True)
class ManifestEntry:
    """A file: its path relative to the folder, with `/`; its sha256; its size in bytes."""

    path: str
    sha256: str
    bytes: int


def write_manifest(source: str | Path, path: str | Path) -> None:
    """List every file of a folder, or one single file, in `path`; never half-written.

    Links are followed. Names that begin with a dot are left out, files and folders alike, since tools drop their own
    marks there (Snakemake's `.snakemake_timestamp`), and so is the manifest itself.
    Raises UserError when the source is absent or holds no file, when a link in it leads nowhere, or `path` cannot be
    written.
    """
    source, path = Path(source), Path(path)
    if source.is_file():
        files = {source.name: source}
    elif source.is_dir():
        files = {file.relative_to(source).as_posix(): file for file in files_below(source)}
        files.pop(Path(os.path.relpath(path, source)).as_posix(), None)
    else:
        raise UserError(f"{source}: no such file or folder, so no manifest of it can be written.")
    if not files:
        raise UserError(f"{source}: holds no files, so no manifest of it can be written; put its files there first.")
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(_COLUMNS)
    for name in sorted(files):
        writer.writerow([name, file_digest(files[name]), files[name].stat().st_size])
    try:
        content = text.getvalue().encode("utf-8")
    except UnicodeEncodeError as error:
        raise UserError(f"{source}: holds a file whose name is not UTF-8; rename it.") from error
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)


def read_manifest(path: str | Path) -> list[ManifestEntry]:
    """The entries of a manifest, in its order. Raises UserError when it is absent or no manifest."""
    try:
        refuse_pipe(path)
        with Path(path).open(encoding="utf-8", newline="") as stream:
            rows = list(csv.reader(stream, delimiter="\t", strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as a manifest ({error}); make it again.") from error
    if not rows or rows[0] != _COLUMNS:
        raise UserError(f"{path}: is not a manifest, for it lacks the header `path sha256 bytes`; make it again.")
    entries = []
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != 3 or len(row[1]) != 64 or not row[2].isdigit():
            raise UserError(f"{path}: row {number} is damaged; make the manifest again.")
        entries.append(ManifestEntry(row[0], row[1], int(row[2])))
    return entries
