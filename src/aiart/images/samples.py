"""Samples of every type and range, placed on 0 to 255."""

from __future__ import annotations

import numpy as np

from aiart.errors import UserError

# Between these, floating-point samples are neither 0 to 1 nor believably 0 to 255: taken as either, the picture
# would come out white or black.
_TOP_OF_UNIT, _LEAST_OF_BYTES = 1, 16


def white_level(samples: np.ndarray, path) -> int:
    """The sample value that is white: 65535 for integers; 1 or 255 for floating-point samples, by the largest.

    Raises UserError where a sample lies outside 0 to that value, is NaN, or where the floating-point samples
    are of some other range.
    """
    top = 65535
    if samples.dtype.kind == "f":
        largest = samples.max()
        top = 1 if largest <= _TOP_OF_UNIT else 255
        if _TOP_OF_UNIT < largest < _LEAST_OF_BYTES:
            raise UserError(
                f"{path}: has floating-point samples up to {largest:.4g}, which are neither 0 to 1 nor 0 to 255; "
                "scale them to 0 to 1, or save it with 8 or 16 bits per sample."
            )
    # Written so that NaN fails too.
    if not (samples.min() >= 0 and samples.max() <= top):
        raise UserError(f"{path}: has samples outside 0 to {top}; save it with 8 or 16 bits per sample, without NaN.")
    return top


def full_range(samples: np.ndarray, bits: int) -> np.ndarray:
    """Integers of `bits` bits as unsigned ones of 8 or 16.

    Signed samples of which one is negative have their black at the lowest value of their type. Those of 32 bits
    within 0 to 65535 count as 16 bits; others have the type's full range, unless they span less than one of 256
    levels of it: then they come back as they are, int64, for `white_level` to refuse.
    """
    if bits == 32:
        low, high = int(samples.min()), int(samples.max())
        if low >= 0 and high <= 65535:
            return samples.astype(np.uint16)
        if high - low < 1 << 24:
            return samples.astype(np.int64)
    if samples.dtype.kind == "i":
        unsigned = samples.view(f"u{samples.dtype.itemsize}")
        samples = unsigned ^ unsigned.dtype.type(1 << (bits - 1)) if samples.min() < 0 else unsigned
    if bits > 16:
        return (samples >> (bits - 16)).astype(np.uint16)
    if bits in (8, 16):
        return samples
    return np.rint(samples * (65535 / ((1 << bits) - 1))).astype(np.uint16)
