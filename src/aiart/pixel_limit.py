"""The largest picture that is read: a small file can claim to hold a huge one, which would fill the memory."""

from __future__ import annotations

import os

from aiart.errors import UserError

VARIABLE = "AIART_MAX_MEGAPIXELS"
DEFAULT, MOST = 100, 10_000
"""Millions of pixels: without a setting, and the most that it can say."""


def most_pixels() -> int:
    """Pixels of the largest picture that is read, as the environment says; UserError where it says no such number."""
    text = os.environ.get(VARIABLE, str(DEFAULT))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 1 <= int(text) <= MOST):
        raise UserError(f"{VARIABLE}: {text[:20]!r} is no whole number of megapixels from 1 to {MOST:,}; set one.")
    return int(text) * 10**6


def allow(megapixels: int) -> None:
    """Have this process, and those that it starts, read pictures of up to so many millions of pixels."""
    os.environ[VARIABLE] = str(megapixels)


def too_large(path: str | os.PathLike, width: int, height: int) -> UserError:
    """What is said of a picture with more pixels."""
    needed = -(-width * height // 10**6)
    found = f"{path}: has {width:,}×{height:,} pixels ({needed:,} megapixels), more than are read"
    if needed > MOST:
        return UserError(f"{found}; save a smaller copy of it.")
    return UserError(
        f"{found}; save a smaller copy of it, or allow them by --max-megapixels {needed} or {VARIABLE}={needed}."
    )
