"""The bare wall: plaster, brick or stone, with plinth, rusticated ground floor, quoins or slab lines."""

from __future__ import annotations

import numpy as np

from aiart.datasets.facades.geometry import Box, nearest
from aiart.datasets.facades.house import House
from aiart.datasets.facades.style import Style, shade
from aiart.datasets.facades.surface import Surface
from aiart.datasets.facades.texture import clouds, grain, masonry

PLINTH = 0.55  # metres
BLOCKS = {"brick": (0.16, 0.5, 0.03), "stone": (0.5, 1.0, 0.04)}  # metres: height, width, joint


def paint_wall(surface: Surface, house: House, style: Style, rng: np.random.Generator) -> None:
    """Cover the whole surface with wall; whatever lies beside the house is painted over later."""
    size, scale = surface.size, surface.scale
    wall = house.wall(scale)
    tone = 0.04 * clouds(rng, size, (2.5 * scale, 2.5 * scale)) + 0.025 * clouds(rng, size, (3.0 * scale, 0.4 * scale))
    surface.colour[:] = style.wall
    if style.material in BLOCKS:
        height, width, joint = (surface.pixels(length) for length in BLOCKS[style.material])
        blocks, joints = masonry(rng, size, wall.y1, (max(height, 2), max(width, 4)), joint)
        tone += (0.07 if style.material == "brick" else 0.045) * blocks
        mortar = shade(style.trim, 0.9) if style.material == "brick" else shade(style.wall, 0.8)
        surface.colour[joints] = 0.45 * surface.colour[joints] + np.float32(0.55) * mortar
    # Rain keeps the top clean; the street dirties the foot.
    y = (np.arange(size, dtype=np.float32) / np.float32(size))[:, None]
    tone += 0.03 - 0.08 * y * y
    tone += 0.015 * grain(rng, (size, size))
    surface.colour *= (1.0 + tone)[..., None]
    if house.family in ("tenement", "stone"):
        _rusticate(surface, house, style, wall)
    if house.family in ("tenement", "brick"):
        _quoins(surface, style, wall)
    if house.family == "modern":
        for line in house.storey_lines[1:]:
            y0 = nearest(line * scale)
            surface.fill(Box(0, y0, size, y0 + surface.pixels(0.06)), shade(style.wall, 0.86))
    plinth = Box(0, wall.y1 - surface.pixels(PLINTH), size, wall.y1)
    surface.fill(plinth, shade(style.wall, 0.72) * np.float32(0.6) + np.float32(44.0), 0.06, opacity=0.85)


def _rusticate(surface: Surface, house: House, style: Style, wall: Box) -> None:
    """Deep level joints across the ground floor."""
    top = nearest(house.storey_lines[1] * surface.scale)
    course, joint = surface.pixels(0.5, 3), surface.pixels(0.06)
    surface.fill(Box(0, top, surface.size, wall.y1), shade(style.wall, 0.93), 0.06, opacity=0.6)
    for y in range(wall.y1 - course, top, -course):
        surface.fill(Box(0, y, surface.size, y + joint), shade(style.wall, 0.76), 0.0)


def _quoins(surface: Surface, style: Style, wall: Box) -> None:
    """Long and short corner stones in turn, from the foot up."""
    course, gap = surface.pixels(0.45, 2), surface.pixels(0.04)
    for number, y in enumerate(range(wall.y1 - course, wall.y0, -course)):
        length = surface.pixels(0.62 if number % 2 else 0.4)
        for x0, x1 in ((wall.x0, wall.x0 + length), (wall.x1 - length, wall.x1)):
            surface.fill(Box(x0, y + gap, x1, y + course), style.trim, 0.05)
