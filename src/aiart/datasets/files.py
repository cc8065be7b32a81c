"""What a download must turn out to be: its name, where it lies, its size and its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiart.errors import UserError

# Digits of a hash by algorithm; the longer is the stronger one and goes first.
DIGITS = {"sha256": 64, "md5": 32}


@dataclass(frozen=True)
class RemoteFile:
    """A file that servers hold.

    name: its file name. urls: its mirrors, in the order to try; none when no server may give it.
    sha256, md5: of the whole file, in lower-case hexadecimal. size: in bytes. Those unknown are None.
    licence, credit: what its use is bound to, and whom to name. note: what a person who has to get it by
    hand should know, as a clause without a full stop.
    """

    name: str
    urls: tuple[str, ...]
    size: int | None = None
    sha256: str | None = None
    md5: str | None = None
    licence: str = ""
    credit: str = ""
    note: str = ""

    @property
    def known_hash(self) -> tuple[str, str] | None:
        """Algorithm and digest of the strongest hash on record."""
        for algorithm in DIGITS:
            digest = getattr(self, algorithm)
            if digest:
                return algorithm, digest
        return None

    def described(self) -> str:
        """What tells an intact copy, as in `md5 e2e2… (30,168,306 bytes)`."""
        parts = [" ".join(self.known_hash)] if self.known_hash else []
        parts += [f"({self.size:,} bytes)" if parts else f"{self.size:,} bytes"] if self.size is not None else []
        return " ".join(parts)


def parse_hash(text: str) -> dict[str, str]:
    """`md5:e2e2…` → {"md5": "e2e2…"}. Raises UserError when it is no such hash."""
    algorithm, _, digest = text.lower().partition(":")
    if len(digest) != DIGITS.get(algorithm) or set(digest) - set("0123456789abcdef"):
        raise UserError(f"{text!r} is not a hash; write sha256: and 64 hexadecimal digits, or md5: and 32.")
    return {algorithm: digest}


def file_digest(path: str | Path, algorithm: str = "sha256") -> str:
    """Hash of a file's bytes, in hexadecimal."""
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
