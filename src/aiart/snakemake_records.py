"""Snakemake's notes about files, as they lie in the folder .snakemake of a checkout."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode
from contextlib import suppress
from pathlib import Path

METADATA = Path(".snakemake/metadata")
"""How each file was made."""
INCOMPLETE = Path(".snakemake/incomplete")
"""Which files a job is at work on, or was when it was killed."""


def noted_files(folder: Path) -> dict[str, Path]:
    """The note about each file, by the file's path."""
    found = {}
    for note in (Path(root, name) for root, _, names in os.walk(folder) for name in names):
        # Named after the path in base64; parts of a long name are folders, marked with @.
        name = "".join(part.removeprefix("@") for part in note.relative_to(folder).parts)
        with suppress(ValueError):  # something else
            found[urlsafe_b64decode(name).decode()] = note
    return found
