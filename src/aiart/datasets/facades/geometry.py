"""Boxes and shapes on a grid of pixels, with arithmetic that rounds alike on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import NamedTuple

import numpy as np


def nearest(value: float) -> int:
    """The nearest whole number; halves go up, so that abutting edges meet."""
    return floor(value + 0.5)


class Box(NamedTuple):
    """Pixels x0 … x1 − 1 across and y0 … y1 − 1 down; it may reach outside the picture."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    def inset(self, across: int, down: int | None = None) -> Box:
        """The box without a border, `across` wide at the sides and `down` at top and bottom; at least one pixel."""
        down = across if down is None else down
        across, down = min(across, (self.width - 1) // 2), min(down, (self.height - 1) // 2)
        return Box(self.x0 + across, self.y0 + down, self.x1 - across, self.y1 - down)

    def part(self, left: float, top: float, right: float, bottom: float) -> Box:
        """A part of the box given in fractions of its sides; at least one pixel."""
        x0 = min(self.x0 + nearest(left * self.width), self.x1 - 1)
        y0 = min(self.y0 + nearest(top * self.height), self.y1 - 1)
        x1, y1 = self.x0 + nearest(right * self.width), self.y0 + nearest(bottom * self.height)
        return Box(x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))

    def scaled(self, factor: int) -> Box:
        return Box(*(factor * edge for edge in self))


def outline_mask(outline: str, box: Box) -> np.ndarray | None:
    """Which pixels of a box (h, w) belong to a shape inscribed in it; None for all of them.

    `rectangle`; `arch`: a half ellipse on a rectangle, at most half as high as wide; `triangle`: a pediment on
    a low base; `segment`: a flat arc; `disc`: an ellipse.
    """
    if outline == "rectangle":
        return None
    x = (2 * np.arange(box.width, dtype=np.float32) + 1) / box.width - 1.0  # −1 … 1 between the edges
    y = np.arange(box.height, dtype=np.float32) + 0.5
    if outline == "arch":
        rise = min(0.5 * box.width, 0.6 * box.height)
        up = np.maximum(1.0 - y / rise, 0.0)
        return x[None] ** 2 + up[:, None] ** 2 <= 1.0
    down = y[:, None] / box.height
    if outline == "triangle":
        return (down >= 0.75) | (np.abs(x)[None] <= down / 0.75)
    if outline == "segment":
        return down >= 0.7 * x[None] ** 2
    if outline == "disc":
        return x[None] ** 2 + (2.0 * down - 1.0) ** 2 <= 1.0
    raise ValueError(f"no outline is called {outline!r}")


def inside(points: Sequence[tuple[float, float]], size: int, scale: float) -> np.ndarray:
    """Which pixel centres of a square picture lie in a polygon (even-odd rule): bool (size, size).

    points: (x, y) in units of `scale` pixels.
    """
    mask = np.zeros((size, size), bool)
    top = max(floor(min(y for _, y in points) * scale) - 1, 0)
    bottom = min(floor(max(y for _, y in points) * scale) + 2, size)
    y = ((np.arange(top, bottom) + 0.5) / scale)[:, None]
    x = ((np.arange(size) + 0.5) / scale)[None]
    for (xa, ya), (xb, yb) in zip(points, [*points[1:], points[0]], strict=True):
        if ya != yb:
            crosses = (ya <= y) != (yb <= y)
            mask[top:bottom] ^= crosses & (x < xa + (y - ya) * ((xb - xa) / (yb - ya)))
    return mask


def window(box: Box, size: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """The part of a box inside a square picture: its index in the picture, and in an array of the box's shape."""
    x0, y0 = min(max(box.x0, 0), size), min(max(box.y0, 0), size)
    x1, y1 = max(min(box.x1, size), x0), max(min(box.y1, size), y0)
    return (slice(y0, y1), slice(x0, x1)), (slice(y0 - box.y0, y1 - box.y0), slice(x0 - box.x0, x1 - box.x0))
