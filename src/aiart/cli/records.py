"""Records: what a result was made of and with, and what was measured, as JSON."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from aiart import __version__
from aiart.datasets.files import file_digest
from aiart.digits import rounded
from aiart.errors import NonFiniteError, UserError
from aiart.images import atomic_write
from aiart.params.plain import clipped
from aiart.plain_files import read_text


def provenance(options: argparse.Namespace, precision: str) -> dict[str, Any]:
    """What a result was made with, as far as its bytes depend on it: versions, seed, threads, precision (as the setting
    says it, or resolved) and the processor's instructions; no dates or absolute paths. Starts TensorFlow."""
    from aiart.networks.precision import instructions, resolve_precision

    resolved = resolve_precision(precision)
    return {
        "aiart": __version__,
        "tensorflow": tensorflow_version(),
        "seed": options.seed,
        "threads": options.threads,
        "precision": resolved,
        "instructions": instructions(resolved),
    }


def made_of(**inputs: str | Path | Iterable[str | Path] | None) -> dict[str, Any]:
    """Name and sha256 of the files that a result is made of, by the part that they play; those not given are left
    out. Names are without folders, so that records do not depend on where the files lie."""
    return {
        part: _identity(files) if isinstance(files, str | Path) else [_identity(file) for file in files]
        for part, files in inputs.items()
        if files
    }


def _identity(file: str | Path) -> dict[str, str]:
    return {"name": readable(Path(file).name), "sha256": file_digest(file)}


def readable(name: str) -> str:
    """The name of a file as text; bytes of it that are none as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def tensorflow_version() -> str | None:
    """Of what is installed, without starting it."""
    return _version("tensorflow_cpu") or _version("tensorflow")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def read_record(path: str | Path, key: str, kind: type) -> Any:
    """What a record of ours, a JSON object in a file, has under `key`. Raises UserError where it is no such record."""
    try:
        found = json.loads(read_text(path))[key]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise UserError(
            f"{path}: cannot be read as a record with {key} ({clipped(str(error))}); make it again."
        ) from None
    if not isinstance(found, kind):
        raise UserError(f"{path}: holds something else under {key} than a record does; make it again.")
    return found


def figure_of(path: str | Path, measured: dict[str, Any], name: str) -> float:
    """A figure of what a record says was measured; `a.b` is the figure `b` of the group `a`. path: of the record, for
    the UserError where it has no such figure."""
    found: Any = measured
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, bool) or not isinstance(found, int | float):
        known = ", ".join(key for key, value in measured.items() if isinstance(value, int | float))
        raise UserError(f"{path}: has no figure {name}; choose another ({known}), or make it again.")
    return float(found)


def write_report(path: str | Path, measured: dict[str, Any], settings: dict[str, Any], **said: Any) -> None:
    """A record of what was measured, rounded to the digits that mean something, of the settings, and of what else is
    `said`."""
    write_json(path, {"measured": rounded(measured), "settings": settings, **said})


def write_json(path: str | Path, value: Any) -> None:
    """Sorted, indented JSON, never half-written."""
    try:
        text = json.dumps(value, indent=2, sort_keys=True, allow_nan=False)
    except ValueError:
        raise NonFiniteError(f"a figure of {path} is NaN or infinity") from None
    with atomic_write(path) as temporary:
        Path(temporary).write_text(text + "\n", encoding="utf-8")
