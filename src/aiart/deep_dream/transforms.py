"""What is done to the picture before each look of the network, and undone to the gradient after it.

All of it is linear, so that the gradient goes back through the transpose: exactly, in one order, whatever the tiles.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from aiart.params.deep_dream import DeepDream


class Resampling(NamedTuple):
    """A picture of `shape` (height, width) turned and scaled around its centre, bilinearly; its size stays."""

    shape: tuple[int, int]
    sources: list[np.ndarray]
    """For each pixel, row by row, the indices of the four pixels that it is mixed of."""
    shares: list[np.ndarray]
    """Of those, the shares, float32; they sum to 1."""

    def apply(self, picture: np.ndarray) -> np.ndarray:
        """The transformed picture, of (height, width, 3) as `picture`."""
        flat = picture.reshape(-1, 3)
        mixed = [share[:, np.newaxis] * flat[source] for source, share in zip(self.sources, self.shares, strict=True)]
        return sum(mixed[1:], mixed[0]).reshape(picture.shape)

    def pull_back(self, gradient: np.ndarray) -> np.ndarray:
        """The gradient with respect to the picture, of that with respect to the transformed one."""
        flat = gradient.reshape(-1, 3)
        count = len(flat)
        found = np.zeros((count, 3))
        for source, share in zip(self.sources, self.shares, strict=True):
            for colour in range(3):
                found[:, colour] += np.bincount(source, share * flat[:, colour], count)
        return found.reshape(gradient.shape).astype(gradient.dtype)


def random_resampling(shape: tuple[int, int], settings: DeepDream, random: np.random.Generator) -> Resampling | None:
    """A scale and an angle within the settings' bounds; None, and nothing drawn, where both are 0."""
    if not settings.random_scale and not settings.random_rotation:
        return None
    scale = 1 + settings.random_scale * random.uniform(-1, 1)
    return resampling(shape, scale, settings.random_rotation * random.uniform(-1, 1))


def resampling(shape: tuple[int, int], scale: float, degrees: float) -> Resampling:
    """Enlarge by `scale` and turn by `degrees`; what comes in from outside is the picture mirrored."""
    height, width = shape
    cosine, sine = math.cos(math.radians(degrees)) / scale, math.sin(math.radians(degrees)) / scale
    down = (np.arange(height) - (height - 1) / 2)[:, np.newaxis]
    right = (np.arange(width) - (width - 1) / 2)[np.newaxis]
    rows, row_shares = _neighbours(cosine * down + sine * right + (height - 1) / 2, height)
    columns, column_shares = _neighbours(cosine * right - sine * down + (width - 1) / 2, width)
    sources, shares = [], []
    for row, row_share in zip(rows, row_shares, strict=True):
        for column, column_share in zip(columns, column_shares, strict=True):
            sources.append((row * width + column).ravel())
            shares.append((row_share * column_share).ravel().astype(np.float32))
    return Resampling(shape, sources, shares)


def _neighbours(position: np.ndarray, length: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The two pixels around each position along an axis, mirrored at its ends, and their shares."""
    first = np.floor(position)
    share = position - first
    return [_mirrored(first, length), _mirrored(first + 1, length)], [1 - share, share]


def _mirrored(index: np.ndarray, length: int) -> np.ndarray:
    """…2 1 0 0 1 2 …: each end stands twice, so that an axis of one pixel has a mirror too."""
    inside = index.astype(np.int64) % (2 * length)
    return np.where(inside < length, inside, 2 * length - 1 - inside)
