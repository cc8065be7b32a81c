"""A painted street at night: by moonlight, by what shines, and by what that lights.

As in `facades.light` all operations are rounded alike on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aiart.datasets.facades.surface import Surface
from aiart.datasets.streets.lamps import Lamp

MOONLIGHT = np.array((0.19, 0.25, 0.43), np.float32)  # share of the day's light in each channel
LAMPLIGHT = np.array((255, 178, 92), np.float32)
# What shines is spread out: how far (metres), how much of it falls on what is around, how much strays in the eye.
SPREAD = ((0.45, 0.55, 0.16), (2.2, 0.75, 0.12))
ON_WALLS, ON_PAVEMENT = 1.0, 0.9  # of a lamp, where it is nearest
GROUND = 2.2  # how much more light lies on the ground, which faces it
HALO = np.array((96, 66, 30), np.float32)


def at_night(surface: Surface, lamps: Sequence[Lamp], ground: float) -> np.ndarray:
    """The picture (size, size, 3) of a surface by night. ground: where the pavement begins, in metres."""
    lamplight, halo = _lamps(surface, lamps, ground)
    light, stray = lamplight * LAMPLIGHT, halo * HALO
    for reach, on_surfaces, in_eye in SPREAD:
        spread = _spread(surface.glow, surface.pixels(reach))
        light += np.float32(on_surfaces) * spread
        stray += np.float32(in_eye) * spread
    light[surface.pixels(ground, 0) :] *= np.float32(GROUND)
    seen = surface.colour * (MOONLIGHT + light / np.float32(255))
    return np.where(surface.glow.any(axis=-1, keepdims=True), surface.glow, seen) + stray


def _spread(field: np.ndarray, reach: int) -> np.ndarray:
    """A field (h, w, 3) blurred over so many pixels: three running means are nearly a Gaussian."""
    from scipy.ndimage import uniform_filter

    for _ in range(3):
        field = uniform_filter(field, (reach, reach, 1), mode="nearest")
    return field


def _lamps(surface: Surface, lamps: Sequence[Lamp], ground: float) -> tuple[np.ndarray, np.ndarray]:
    """How much light of the lamps falls on each place, and their haloes: both (size, size, 1)."""
    metres = (np.arange(surface.size, dtype=np.float32) + np.float32(0.5)) / np.float32(surface.scale)
    light, halo = (np.zeros((surface.size, surface.size), np.float32) for _ in range(2))
    on_ground = (metres >= np.float32(ground))[:, None]
    for lamp in lamps:
        x, y = lamp.lantern
        square = (metres - np.float32(x))[None] ** 2 + (metres - np.float32(y))[:, None] ** 2
        pool = ((metres - np.float32(x)) / np.float32(2.4))[None] ** 2
        pool = pool + ((metres - np.float32(lamp.y)) / np.float32(0.9))[:, None] ** 2
        on_wall = np.float32(ON_WALLS) / (1 + square / np.float32(2.0**2)) ** 2
        light += np.where(on_ground, np.float32(ON_PAVEMENT) / (1 + pool) ** 2, on_wall)
        halo += 1 / (1 + square / np.float32(0.7**2))
    return light[..., None], halo[..., None]
