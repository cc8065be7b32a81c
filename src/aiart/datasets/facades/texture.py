"""Noise and masonry, reproducible to the last bit."""

from __future__ import annotations

from math import ceil

import numpy as np
from PIL import Image


def clouds(rng: np.random.Generator, size: int, cell: tuple[float, float]) -> np.ndarray:
    """Smooth noise in −1 … 1: float32 (size, size); cell: (vertical, horizontal) lattice spacing in pixels.

    The lattice holds bytes, because Pillow interpolates bytes in integers, alike on every machine; floats may
    differ in the last bit.
    """
    rows, columns = max(ceil(size / cell[0]), 1) + 3, max(ceil(size / cell[1]), 1) + 3
    lattice = Image.fromarray(rng.integers(0, 256, (rows, columns), np.uint8))
    region = (1.0, 1.0, 1.0 + size / cell[1], 1.0 + size / cell[0])
    layer = lattice.resize((size, size), Image.Resampling.BICUBIC, box=region)
    return np.asarray(layer, np.float32) / np.float32(127.5) - np.float32(1.0)


def grain(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Noise without correlation in −1 … 1, triangular: float32."""
    bytes_ = rng.integers(0, 256, (2, *shape), np.uint8).astype(np.float32)
    return (bytes_[0] + bytes_[1] - np.float32(255.0)) / np.float32(255.0)


def masonry(
    rng: np.random.Generator, size: int, foot: int, block: tuple[int, int], joint: int
) -> tuple[np.ndarray, np.ndarray]:
    """Blocks in running bond upon the row `foot`: tone −1 … 1 of each pixel's block, and which pixels are joints.

    block: (height, width) in pixels with the joint. Returns float32 and bool (size, size).
    """
    height, width = block
    y = foot - 1 - np.arange(size)
    row = y // height
    x = np.arange(size)[None] + (row[:, None] % 2) * (width // 2)
    column = x // width
    tones = grain(rng, (64, 64))
    tone = tones[(row % 64)[:, None], column % 64]
    joints = (y % height >= height - joint)[:, None] | (x % width < joint)
    return tone, joints
