"""What a download must turn out to be: its name, where it lies, its size and its hash."""

from __future__ import annotations

from dataclasses import dataclass

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
