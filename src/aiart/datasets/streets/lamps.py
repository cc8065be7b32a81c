"""Street lamps on the pavement: iron posts with a lantern, pale glass by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiart.datasets.facades.draws import between, chance
from aiart.datasets.facades.geometry import Box, nearest
from aiart.datasets.facades.house import House
from aiart.datasets.facades.style import shade
from aiart.datasets.facades.surface import Surface

IRON = np.array((40, 46, 44), np.float32)
GLASS = np.array((226, 224, 208), np.float32)
LIGHT = np.array((255, 240, 196), np.float32)
HEIGHT = 4.3  # metres from the foot to the lantern's middle


@dataclass(frozen=True)
class Lamp:
    """Where its foot stands, in metres."""

    x: float
    y: float

    @property
    def lantern(self) -> tuple[float, float]:
        return self.x, self.y - HEIGHT


def draw_lamps(house: House, rng: np.random.Generator) -> tuple[Lamp, ...]:
    """One or two, towards the picture's sides."""
    y = house.ground + 0.42 * (house.extent - house.ground)
    left, right = (fraction * house.extent for fraction in (between(rng, 0.1, 0.22), between(rng, 0.78, 0.9)))
    both = (Lamp(left, y), Lamp(right, y))
    return both if chance(rng, 0.6) else both[:1] if chance(rng, 0.5) else both[1:]


def paint_lamp(surface: Surface, lamp: Lamp) -> None:
    """Post, foot and lantern, wider than they are narrow pixels."""

    def box(left: float, top: float, right: float, bottom: float) -> Box:
        """Of metres from the foot, to the right and up."""
        x0, x1 = (nearest((lamp.x + x) * surface.scale) for x in (left, right))
        y0, y1 = (nearest((lamp.y - y) * surface.scale) for y in (top, bottom))
        return Box(x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))

    surface.fill(box(-0.07, HEIGHT - 0.3, 0.07, 0.0), IRON)
    surface.fill(box(-0.14, 0.9, 0.14, 0.0), shade(IRON, 1.1))
    surface.fill(box(-0.24, 0.16, 0.24, 0.0), shade(IRON, 0.9))
    surface.fill(box(-0.4, HEIGHT - 0.62, 0.4, HEIGHT - 0.72), IRON)
    glass = box(-0.32, HEIGHT + 0.4, 0.32, HEIGHT - 0.36)
    x = np.abs((2 * np.arange(glass.width, dtype=np.float32) + 1) / glass.width - 1)
    y = (np.arange(glass.height, dtype=np.float32) + 0.5) / glass.height
    tapered = x[None] <= (1 - np.float32(0.42) * y)[:, None]
    surface.fill(glass, GLASS, None, tapered, glow=LIGHT)
    surface.fill(box(-0.38, HEIGHT + 0.5, 0.38, HEIGHT + 0.38), IRON)
    surface.fill(box(-0.2, HEIGHT + 0.64, 0.2, HEIGHT + 0.5), IRON)
    surface.fill(box(-0.06, HEIGHT + 0.78, 0.06, HEIGHT + 0.64), IRON)
