"""Hashes of files, and whether a download is what it must be."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from aiart.errors import UserError
from aiart.plain_files import refuse_pipe
from aiart.remote_file import DIGITS, RemoteFile


def parse_hash(text: str) -> dict[str, str]:
    """`md5:e2e2…` → {"md5": "e2e2…"}. Raises UserError when it is no such hash."""
    algorithm, _, digest = text.lower().partition(":")
    if len(digest) != DIGITS.get(algorithm) or set(digest) - set("0123456789abcdef"):
        raise UserError(f"{text!r} is not a hash; write sha256: and 64 hexadecimal digits, or md5: and 32.")
    return {algorithm: digest}


def file_digest(path: str | Path, algorithm: str = "sha256") -> str:
    """Hash of a file's bytes, in hexadecimal. Raises UserError for a pipe or a device."""
    refuse_pipe(path)
    with Path(path).open("rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def files_digest(files: Mapping[str, Iterable[Path]]) -> str:
    """What lists of files hold, in their order and whatever the files are called: a sha256 of their hashes."""
    hashes = {name: [file_digest(path) for path in paths] for name, paths in files.items()}
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()


def defect(path: Path, entry: RemoteFile) -> str | None:
    """How the file differs from what is on record, or None when it is intact."""
    size = path.stat().st_size
    if entry.size is not None and size != entry.size:
        return f"has {size:,} bytes instead of {entry.size:,}"
    if entry.known_hash:
        algorithm, expected = entry.known_hash
        found = file_digest(path, algorithm)
        if found != expected:
            return f"has {algorithm} {found}"
    return None
