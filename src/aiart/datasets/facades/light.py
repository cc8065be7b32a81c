"""Light and shadow from the relief, and the camera.

Only correctly rounded operations are used (+ − × ÷, minimum, maximum, floor), because exponentials and
sines differ in the last bit between machines.
"""

from __future__ import annotations

import numpy as np

from aiart.datasets.facades.style import Style
from aiart.datasets.facades.texture import grain

LONGEST_SHADOW = 1.3  # metres down the wall, that of a balcony
SUN_SLOPE = 0.8  # metres a ray comes forward for each metre it climbs


def light(height: np.ndarray, scale: float, style: Style) -> np.ndarray:
    """The factor by which relief lightens or darkens each pixel: float32 (h, w), about 1 on a bare wall."""
    shadow = _shadow(height, scale, style.light_side)
    sun = np.float32(0.26 + 0.2 * style.sunshine)
    ambient = 1 - sun
    return (ambient * _openness(height, scale) + sun * (1 - shadow)) * _edges(height)


def _shifted(field: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """field[y − rows, x − columns] at [y, x], the border repeated; rows ≥ 0."""
    result = np.empty_like(field)
    height, width = field.shape
    y = np.clip(np.arange(height) - rows, 0, height - 1)
    x = np.clip(np.arange(width) - columns, 0, width - 1)
    np.take(np.take(field, y, axis=0), x, axis=1, out=result)
    return result


def _shadow(height: np.ndarray, scale: float, side: float) -> np.ndarray:
    """How far each pixel lies in shadow, 0 … 1.

    A pixel is dark when, at some distance towards the sun, the relief rises above its ray. The highest such
    excess over 1, 2, 4 … pixels is found by doubling.
    """
    slope = np.float32(SUN_SLOPE / scale)
    highest, reach = height, 1
    while reach <= LONGEST_SHADOW * scale:
        shift = int(side * 0.5 * reach)
        highest = np.maximum(highest, _shifted(highest, reach, shift) - slope * np.float32(reach))
        reach *= 2
    return np.clip((highest - height) / np.float32(0.06), 0, 1)


def _openness(height: np.ndarray, scale: float) -> np.ndarray:
    """The share of skylight that reaches a pixel, less in recesses and beside what protrudes."""
    from scipy.ndimage import uniform_filter

    radius = max(int(0.3 * scale), 1)
    around = uniform_filter(height, 2 * radius + 1, mode="nearest")
    return 1 - np.clip((around - height) * np.float32(0.9), np.float32(-0.04), np.float32(0.35))


def _edges(height: np.ndarray) -> np.ndarray:
    """A bright rim on upper edges, a dark one on lower edges."""
    above = np.clip(height - _shifted(height, 1, 0), np.float32(-0.12), np.float32(0.12))
    below = np.empty_like(height)
    below[:-1], below[-1] = height[1:], height[-1]
    under = np.clip(height - below, 0, np.float32(0.12))
    return 1 + np.float32(1.1) * np.maximum(above, 0) - np.float32(1.6) * under


def reduce(pixels: np.ndarray, factor: int) -> np.ndarray:
    """The mean of each block of factor × factor pixels: float32 (h, w, 3)."""
    # Added one by one, since the order of a library's sum is its own affair.
    total = np.zeros((pixels.shape[0] // factor, pixels.shape[1] // factor, 3), np.float32)
    for row in range(factor):
        for column in range(factor):
            total += pixels[row::factor, column::factor]
    return total / np.float32(factor * factor)


def expose(picture: np.ndarray, style: Style, rng: np.random.Generator) -> np.ndarray:
    """Exposure, colour temperature, falling light towards the street and sensor noise; whole numbers 0..255."""
    warmth = np.float32(0.03 * style.warmth)
    gain = np.array((1 + warmth, 1, 1 - warmth), np.float32) * np.float32(style.exposure)
    y = (np.arange(len(picture), dtype=np.float32) / np.float32(len(picture)))[:, None, None]
    exposed = picture * gain * (np.float32(1.03) - np.float32(0.08) * y)
    noise = grain(rng, picture.shape[:2])[..., None] * np.float32(2.5) + grain(rng, picture.shape) * np.float32(1.5)
    return np.floor(np.clip(exposed + noise, 0, 255) + np.float32(0.5))
