"""Whether a picture and its repetition agree, and whether they were to."""

from __future__ import annotations

import io

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


def _expected(record: Record, anew: Record) -> str:
    with_then, with_now = record["made_with"], anew["made_with"]
    others = [
        f"{name} {clipped(str(with_then.get(name)))}, here {with_now.get(name)}"
        for name in sorted({*with_then, *with_now})
        if with_then.get(name) != with_now.get(name)
    ]
    if others:
        return f"that was to be expected, for it was made with {'; '.join(others)}"
    if with_then["threads"] == 0:
        return (
            "that can be, for it was made with as many threads as there were processors, and their number is not kept"
        )
    return "that was not to be expected, for its record names the same versions, processor, seed and threads as here"
