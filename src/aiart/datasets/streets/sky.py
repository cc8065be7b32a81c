"""The sky at night: dark blue above, lighter towards the roofs, with stars, a moon and the day's clouds."""

from __future__ import annotations

import numpy as np

from aiart.datasets.facades.draws import between
from aiart.datasets.facades.geometry import Box, nearest
from aiart.datasets.facades.style import Style
from aiart.datasets.facades.surface import down

ZENITH = np.array((8, 14, 44), np.float32)
HORIZON = np.array((34, 52, 104), np.float32)
CLOUD = np.array((58, 70, 112), np.float32)
STAR = np.array((236, 238, 255), np.float32)
MOON = np.array((222, 216, 196), np.float32)
MOONSHINE = np.array((96, 104, 128), np.float32)
STARS = 140  # over a whole picture
STAR_SIDE = 0.07  # metres
MOON_RADIUS = 0.6  # metres
MOON_HEIGHT = 1.5  # metres below the picture's top
# Dark seas on it: how far from the middle (right, down), and radius, in radii of the moon.
SEAS = ((-0.35, -0.3, 0.42), (0.25, -0.42, 0.3), (0.4, 0.05, 0.34), (-0.15, 0.45, 0.26))


def night_sky(
    sky: Box, clouds: np.ndarray, style: Style, *, extent: float, side: int, rng: np.random.Generator
) -> np.ndarray:
    """The colour of a sky (h, w, 3) with clouds (h, w, 1) in 0..1, for a picture of `extent` metres and `side` pixels.
    The moon stands where the sun stood."""
    scale, pixel = sky.width / extent, sky.width // side
    colour = down(sky, ZENITH, HORIZON).copy()
    _stars(colour, clouds, scale, pixel, rng)
    colour += clouds * np.float32(0.75) * (CLOUD - colour)
    beside = 0.16 + 0.2 * abs(style.light_side)
    x = (0.5 + (beside if style.light_side > 0 else -beside)) * extent
    return _moon(colour, x * scale, MOON_HEIGHT * scale, scale)


def _stars(colour: np.ndarray, clouds: np.ndarray, scale: float, pixel: int, rng: np.random.Generator) -> None:
    """Small squares of at least one pixel of the finished picture, and where its pixels are."""
    height, width = colour.shape[:2]
    star = pixel * max(nearest(STAR_SIDE * scale / pixel), 1)
    for _ in range(STARS * height // width):
        x, y = (int(between(rng, 0, length)) // pixel * pixel for length in (width, height))
        bright = np.float32(between(rng, 0.3, 1.0) * between(rng, 0.3, 1.0))
        place = colour[y : y + star, x : x + star]
        place += bright * (STAR - place)


def _moon(colour: np.ndarray, x: float, y: float, scale: float) -> np.ndarray:
    """A full moon in its shine."""
    radius = MOON_RADIUS * scale
    square = _square_distance(colour, x, y, radius)
    seas = np.zeros_like(square)
    for right, below, size in SEAS:
        seas += np.clip(1 - _square_distance(colour, x + right * radius, y + below * radius, size * radius), 0, 1)
    shine = 1 / (1 + square / np.float32(1.6**2))
    return np.where(square < 1, MOON * (1 - np.float32(0.2) * seas), colour + shine * MOONSHINE)


def _square_distance(colour: np.ndarray, x: float, y: float, unit: float) -> np.ndarray:
    """Of every pixel from a point, (h, w, 1); all in pixels, and in units of `unit` pixels."""
    height, width = colour.shape[:2]
    across = (np.arange(width, dtype=np.float32) + np.float32(0.5 - x)) / np.float32(unit)
    down_ = (np.arange(height, dtype=np.float32) + np.float32(0.5 - y)) / np.float32(unit)
    return (across[None] ** 2 + down_[:, None] ** 2)[..., None]
