"""Sizes of the octaves, and the detail that is carried from one to the next."""

from __future__ import annotations

import numpy as np
from skimage.transform import resize

from aiart.errors import UserError


def octave_sizes(
    height: int, width: int, *, octaves: int, scale: float, smallest_side: int
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(height, width) of the octaves that the network can see, smallest first, and of those it cannot.

    Every size is the original divided by a power of `scale`, rounded once, so the last is the original.
    Raises UserError when even that is below `smallest_side`.
    """
    powers = range(octaves - 1, -1, -1)
    sizes = [(round(height / scale**power), round(width / scale**power)) for power in powers]
    usable = [size for size in sizes if min(size) >= smallest_side]
    if not usable:
        raise UserError(
            f"The picture is {width}×{height} pixels at its size in the network, which needs at least "
            f"{smallest_side} on the shorter side; raise long_side or use a larger picture."
        )
    return usable, [size for size in sizes if min(size) < smallest_side]


def enlarge_detail(detail: np.ndarray, height: int, width: int) -> np.ndarray:
    """A difference of pictures, (height, width, 3) from -255 to 255, in another size (bilinear)."""
    return resize(detail, (height, width), order=1, preserve_range=True, anti_aliasing=False).astype(np.float32)
