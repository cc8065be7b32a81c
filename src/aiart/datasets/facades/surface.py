"""The facade under work: its colour, its relief and what shines at night, drawn together on an enlarged grid.

The relief is a height field in metres above the wall. Light and shadow are computed from it once everything
is drawn, so whatever protrudes casts its shadow and whatever recedes lies in one. By day nobody sees the glow.
"""

from __future__ import annotations

import numpy as np

from aiart.datasets.facades.geometry import Box, nearest, window

Colour = np.ndarray  # float32 (3,), or (h, w, 3) of the filled box
DARK = np.zeros(3, np.float32)


class Surface:
    """Colour (size, size, 3), 0..255, glow (size, size, 3), the colour that a pixel shines with at night, 0 where it
    does not, and height (size, size), metres; float32; `scale` pixels a metre."""

    def __init__(self, size: int, scale: float):
        self.size = size
        self.scale = scale
        self.colour = np.zeros((size, size, 3), np.float32)
        self.glow = np.zeros((size, size, 3), np.float32)
        self.height = np.zeros((size, size), np.float32)
        self.all = Box(0, 0, size, size)

    def pixels(self, metres: float, least: int = 1) -> int:
        """A length in pixels, at least `least`."""
        return max(nearest(metres * self.scale), least)

    def fill(
        self,
        box: Box,
        colour: Colour | None = None,
        height: float | np.ndarray | None = None,
        mask: np.ndarray | None = None,
        opacity: float = 1.0,
        glow: Colour = DARK,
    ) -> None:
        """Paint a box: colour and glow (3,) or (h, w, 3), height a number or (h, w), mask bool (h, w) of what is
        painted. A colour covers what shines behind it, as far as it is opaque."""
        at, within = window(box, self.size)
        where = True if mask is None else mask[within]
        if colour is not None:
            for layer, paint in ((self.colour, colour), (self.glow, glow)):
                target = layer[at]
                paint = paint if paint.ndim == 1 else paint[within]
                if opacity < 1.0:
                    paint = target + np.float32(opacity) * (paint - target)
                np.copyto(target, paint, where=where if mask is None else where[..., None])
        if height is not None:
            relief = height[within] if isinstance(height, np.ndarray) else np.float32(height)
            np.copyto(self.height[at], relief, where=where)


def down(box: Box, top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """A vertical gradient over a box: float32 (h, w, 3)."""
    t = ((np.arange(box.height, dtype=np.float32) + 0.5) / box.height)[:, None, None]
    return np.broadcast_to(top + t * (bottom - top), (box.height, box.width, 3))


def across(box: Box, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """A horizontal gradient over a box: float32 (h, w, 3)."""
    t = ((np.arange(box.width, dtype=np.float32) + 0.5) / box.width)[None, :, None]
    return np.broadcast_to(left + t * (right - left), (box.height, box.width, 3))


def rows(box: Box, period: int, thickness: int) -> np.ndarray:
    """Level stripes over a box, from its top edge: bool (h, w)."""
    return np.broadcast_to((np.arange(box.height) % period < thickness)[:, None], (box.height, box.width))


def columns(box: Box, period: int, thickness: int) -> np.ndarray:
    """Upright stripes over a box, from its left edge: bool (h, w)."""
    return np.broadcast_to((np.arange(box.width) % period < thickness)[None], (box.height, box.width))
