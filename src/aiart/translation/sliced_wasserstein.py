"""The sliced Wasserstein distance of two sets of pictures, which rests on no network (Karras et al. 2018, §5).

Patches of 7 × 7 pixels are taken from every level of a Laplacian pyramid, so that each level compares structure of one
scale. As in the authors' code the patches of a set are normalised to zero mean and unit deviation of each colour
channel: a tint alone is no distance, what remains is what strokes and textures look like. In units of 10⁻³.

Large products are TensorFlow's, for those of NumPy differ by its BLAS.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import tensorflow as tf

PATCH_SIDE = 7
PATCHES = 128  # of each picture, on each level
DIRECTIONS = 512
SMALLEST_SIDE = 16  # of a level
UNIT = 1e3
BLOCKS = 10  # of pictures, each left out once for the standard error
_TAPS = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)


@dataclass(frozen=True)
class Projected:
    """The patches of a set on one level, seen along the random directions: in ascending order along each, and which
    block of pictures each is from; both (directions, pictures × patches)."""

    values: np.ndarray
    blocks: np.ndarray

    def without(self, block: int) -> np.ndarray:
        """The values, less those of a block of pictures."""
        kept = self.blocks != block
        return self.values[kept].reshape(len(self.values), -1)


def project(pictures: np.ndarray, seed: int = 0) -> list[Projected]:
    """The levels of a set, the finest first. pictures: (n, S, S, 3), of any unit; S at least 16.

    Sets of equal size are seen at the same places along the same directions, both drawn from `seed`.
    """
    # By chance, since what pictures show may follow their order.
    blocks = np.random.default_rng(seed).permutation(len(pictures)) % BLOCKS
    levels = []
    for number, level in enumerate(laplacian_pyramid(np.asarray(pictures, np.float32))):
        rng = np.random.default_rng([seed, number])
        directions = rng.standard_normal((PATCH_SIDE**2 * 3, DIRECTIONS)).astype(np.float32)
        directions /= np.sqrt(np.square(directions).sum(axis=0))
        patches = _patches(level, rng)
        mean, deviation = patches.mean(axis=(0, 1), dtype=np.float64), patches.std(axis=(0, 1), dtype=np.float64)
        # A set without any contrast on this level has nothing to scale.
        patches = (patches - mean.astype(np.float32)) / np.where(deviation > 0, deviation, 1).astype(np.float32)
        with tf.device("CPU"):
            flat = patches.reshape(len(patches), -1)
            along = tf.matmul(directions, flat, transpose_a=True, transpose_b=True).numpy()
        order = np.argsort(along, axis=1, kind="stable")
        levels.append(Projected(np.take_along_axis(along, order, axis=1), blocks[order // PATCHES]))
    return levels


def sliced_distance(one: list[Projected], other: list[Projected]) -> float:
    """The mean over the levels of two sets that `project` saw; both of equally many pictures of equal side."""
    return _mean([np.abs(a.values - b.values).mean(dtype=np.float64) for a, b in zip(one, other, strict=True)])


def sliced_distances_without(one: list[Projected], other: list[Projected]) -> np.ndarray:
    """The distances when each of ten blocks of pictures is left out of both sets, (10,); NaN below ten pictures."""
    if one[0].blocks.max() + 1 < BLOCKS:
        return np.full(BLOCKS, np.nan)
    pairs = list(zip(one, other, strict=True))
    return np.array(
        [
            _mean([np.abs(a.without(block) - b.without(block)).mean(dtype=np.float64) for a, b in pairs])
            for block in range(BLOCKS)
        ]
    )


def laplacian_pyramid(pictures: np.ndarray) -> list[np.ndarray]:
    """The band-pass levels of pictures (n, S, S, 3), and last what is left; halved as long as 16 pixels remain."""
    levels = []
    while pictures.shape[1] % 2 == 0 and pictures.shape[1] >= 2 * SMALLEST_SIDE:
        smaller = _blurred(pictures)[:, ::2, ::2]
        spread = np.zeros_like(pictures)
        spread[:, ::2, ::2] = smaller
        levels.append(pictures - 4 * _blurred(spread))
        pictures = smaller
    return [*levels, pictures]


def _blurred(pictures: np.ndarray) -> np.ndarray:
    """By the five taps along either side, mirrored at the borders."""
    side = pictures.shape[1]
    padded = np.pad(pictures, ((0, 0), (2, 2), (0, 0), (0, 0)), mode="reflect")
    pictures = sum(np.float32(tap) * padded[:, place : place + side] for place, tap in enumerate(_TAPS))
    padded = np.pad(pictures, ((0, 0), (0, 0), (2, 2), (0, 0)), mode="reflect")
    return sum(np.float32(tap) * padded[:, :, place : place + side] for place, tap in enumerate(_TAPS))


def _patches(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Random patches: (n × 128, 49, 3)."""
    count, side = len(pictures), pictures.shape[1]
    top, left = rng.integers(0, side - PATCH_SIDE + 1, (2, count * PATCHES))
    inside = np.arange(PATCH_SIDE)
    rows = top[:, None] + np.repeat(inside, PATCH_SIDE)
    columns = left[:, None] + np.tile(inside, PATCH_SIDE)
    return pictures[np.arange(count).repeat(PATCHES)[:, None], rows, columns]


def _mean(levels: list[float]) -> float:
    return UNIT * float(np.mean(levels))
