"""Evaluating a large picture tile by tile, so that memory is bounded by the tile."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from aiart.deep_dream.objective import Objective

# Tiles begin at multiples of the networks' largest stride: their maps then lie on the grid of the whole
# picture's map, and pooling joins the same pixels.
STRIDE = 32


class Span(NamedTuple):
    """Pixels from `start` to `stop` along one axis, and the part of them that counts."""

    start: int
    stop: int
    core_start: int
    core_stop: int


def tile_spans(length: int, tile: int, overlap: int) -> list[Span]:
    """Spans of at most `tile` pixels that share at least `overlap` with the next; cores meet in the middle
    of what is shared, and together cover 0..length exactly once. tile 0: one span."""
    if not tile or length <= tile:
        return [Span(0, length, 0, length)]
    step = (tile - overlap) // STRIDE * STRIDE
    last = -(-(length - tile) // STRIDE) * STRIDE
    starts = [*range(0, last, step), last]
    stops = [min(start + tile, length) for start in starts]
    borders = [(start + stop) // 2 for start, stop in zip(starts[1:], stops[:-1], strict=True)]
    return [Span(*s) for s in zip(starts, stops, [0, *borders], [*borders, length], strict=True)]


def differing_share(height: int, width: int, *, tile: int, overlap: int, field: int) -> float:
    """Share of a picture's pixels whose gradient the tiles may change, with layers that see `field` pixels: those
    nearer than that to an edge of their tile inside the picture."""
    same = 1.0
    for length in (height, width):
        pixels = 0
        for span in tile_spans(length, tile, overlap):
            first = span.start + field if span.start else 0
            last = span.stop - field if span.stop < length else length
            pixels += max(0, min(last, span.core_stop) - max(first, span.core_start))
        same *= pixels / length
    return 1 - same


class PictureEvaluation(NamedTuple):
    """`Evaluation` of a whole picture, as NumPy arrays; the gradient is (height, width, 3)."""

    values: np.ndarray
    references: np.ndarray
    density: np.ndarray
    """Positions of each layer's map per pixel."""
    gradient: np.ndarray


def evaluate_picture(
    objective: Objective,
    picture: np.ndarray,
    scales: np.ndarray,
    *,
    tile: int,
    overlap: int,
    guide: np.ndarray | None = None,
) -> PictureEvaluation:
    """Evaluate `picture` (height, width, 3; RGB 0..255) in tiles, or at once with tile 0; where the objective is that
    of a caricature, beside the same tiles of `guide`, shaped like the picture.

    Each pixel's gradient is that of the tile whose core it is in. At the edge of a tile activations are
    wrong for half a receptive field, and so are gradients for a whole one: with an overlap of two, the
    gradient is that of the untiled picture. `values` are means of the tiles', weighted by their cores.
    """
    height, width = picture.shape[:2]
    gradient = np.empty_like(picture)
    values = references = 0.0
    density = None
    for row in tile_spans(height, tile, overlap):
        for column in tile_spans(width, tile, overlap):
            seen = [
                tf.constant(whole[np.newaxis, row.start : row.stop, column.start : column.stop])
                for whole in (picture, guide)
                if whole is not None
            ]
            found = objective(seen[0], tf.constant(scales, tf.float32), *seen[1:])
            if density is None:
                density = found.positions.numpy() / (seen[0].shape[1] * seen[0].shape[2])
            inner = found.gradient.numpy()[0][
                row.core_start - row.start : row.core_stop - row.start,
                column.core_start - column.start : column.core_stop - column.start,
            ]
            gradient[row.core_start : row.core_stop, column.core_start : column.core_stop] = inner
            share = inner.shape[0] * inner.shape[1] / (height * width)
            values = values + share * found.values.numpy()
            references = references + share * found.references.numpy()
    return PictureEvaluation(values, references, density, gradient)
