"""Whether a picture and its repetition agree, and whether they were to."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from aiart.params.plain import clipped
from aiart.recorded import Record, read_record


def verdict(picture: str, original: bytes, record: Record, repeated: bytes, output: str) -> str:
    """One sentence. original: the file's bytes before anything was written. output: the repetition's file."""
    if original == repeated:
        return f"{picture}: repeated, and all {len(original):,} bytes agree."
    _, anew = read_record(output)
    return f"{picture}: repeated, and bytes differ: {_pixels(original, repeated)}; {_expected(record, anew)}."


def _pixels(original: bytes, repeated: bytes) -> str:
    before, after = (
        np.asarray(Image.open(io.BytesIO(file)).convert("RGBA"), np.int16) for file in (original, repeated)
    )
    if before.shape != after.shape:
        return "{}×{} pixels became {}×{}".format(*before.shape[1::-1], *after.shape[1::-1])
    apart = np.abs(before - after).max(axis=2)
    if not apart.any():
        return "all pixels agree, but not what the file says of itself or how it is packed"
    return f"{100 * np.mean(apart > 0):.2g} % of the pixels, by {apart.max()} of 255 levels at most"


def made_otherwise(record: Record, here: Mapping[str, Any]) -> str:
    """What of that which is known here the picture was made with otherwise, by name; nothing where it is the same."""
    made_with = record["made_with"]
    return "; ".join(
        f"{name} {clipped(str(made_with.get(name)))}, here {here[name]}"
        for name in sorted(here)
        if made_with.get(name) != here[name]
    )


def _expected(record: Record, anew: Record) -> str:
    if others := made_otherwise(record, dict.fromkeys(record["made_with"]) | anew["made_with"]):
        return f"that was to be expected, for it was made with {others}"
    if record["made_with"]["threads"] == 0:
        return (
            "that can be, for it was made with as many threads as there were processors, and their number is not kept"
        )
    return "that was not to be expected, for its record names the same versions, processor, seed and threads as here"
