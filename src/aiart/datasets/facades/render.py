"""From a layout to its photograph."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from aiart.datasets.facades.geometry import Box, inside, nearest, outline_mask, window
from aiart.datasets.facades.house import House
from aiart.datasets.facades.light import expose, light, reduce
from aiart.datasets.facades.openings import paint_blind, paint_door, paint_dormer, paint_shop, paint_window
from aiart.datasets.facades.ornaments import (
    paint_balcony,
    paint_cornice,
    paint_deco,
    paint_molding,
    paint_pillar,
    paint_sill,
)
from aiart.datasets.facades.style import Style, draw_style
from aiart.datasets.facades.surface import Surface
from aiart.datasets.facades.surroundings import OVERHANG, SkyAtNight, dark_sky, paint_surroundings
from aiart.datasets.facades.wall import paint_wall

PAINTERS = {
    "facade": paint_dormer,
    "molding": paint_molding,
    "cornice": paint_cornice,
    "pillar": paint_pillar,
    "window": paint_window,
    "door": paint_door,
    "sill": paint_sill,
    "blind": paint_blind,
    "balcony": paint_balcony,
    "shop": paint_shop,
    "deco": paint_deco,
}
CANVAS = 384  # pixels that the enlarged picture should at least have on a side


def enlargement(side: int) -> int:
    """By how much a picture is enlarged while it is painted: 2 to 4 times."""
    return min(max(-(-CANVAS // side), 2), 4)


@dataclass(frozen=True)
class Painted:
    """A house and what is around it, enlarged, as light by day shows it: before the camera, which is `develop`."""

    surface: Surface
    style: Style
    enlargement: int
    camera: np.random.Generator

    def develop(self, picture: np.ndarray) -> np.ndarray:
        """The photograph (side, side, 3) of an enlarged picture, whole numbers 0..255."""
        return expose(reduce(np.clip(picture, 0, 255), self.enlargement), self.style, self.camera)


def photograph(house: House, side: int, rng: np.random.Generator) -> np.ndarray:
    """The photograph of a house: float32 (side, side, 3), whole numbers 0..255."""
    painted = paint(house, side, rng, Style.curtain, dark_sky)
    return painted.develop(painted.surface.colour)


def paint(house: House, side: int, rng: np.random.Generator, curtain: float, sky_at_night: SkyAtNight) -> Painted:
    """Paint a house and its surroundings for a photograph of `side` pixels. curtain: opacity of drawn curtains."""
    # A generator for each purpose, because some draw as many numbers as there are pixels: so the same house
    # looks the same at every side.
    style_rng, wall_rng, scene_rng, camera_rng, *part_rngs = rng.spawn(4 + len(house.elements))
    style = replace(draw_style(house.family, style_rng), curtain=curtain)
    factor = enlargement(side)
    surface = Surface(side * factor, side * factor / house.extent)
    paint_wall(surface, house, style, wall_rng)
    # Boxes are rounded to the label map's pixels and then enlarged, so that both halves agree to the pixel.
    boxes = [element.box(side / house.extent).scaled(factor) for element in house.elements]
    for element, box, part_rng in zip(house.elements, boxes, part_rngs, strict=True):
        PAINTERS[element.kind](surface, element, box, style, part_rng)
    house_mask = _house_mask(house, boxes, surface, factor, side)
    _eaves(surface, house, house_mask)
    lit = surface.colour * light(surface.height, surface.scale, style)[..., None]
    scene = paint_surroundings(surface.size, surface.scale, house, style, scene_rng, sky_at_night)
    np.copyto(scene.colour, lit, where=house_mask[..., None])
    np.copyto(scene.glow, surface.glow, where=house_mask[..., None])
    return Painted(scene, style, factor, camera_rng)


def _house_mask(house: House, boxes: list[Box], surface: Surface, factor: int, side: int) -> np.ndarray:
    """Which pixels show the house: bool (size, size)."""
    mask = np.zeros((surface.size, surface.size), bool)
    mask[window(house.wall(side / house.extent).scaled(factor), surface.size)[0]] = True
    if house.gable:
        mask |= inside(house.gable, surface.size, surface.scale)
    for element, box in zip(house.elements, boxes, strict=True):
        at, within = window(box, surface.size)
        outline = outline_mask(element.outline, box)
        mask[at] |= True if outline is None else outline[within]
    return mask


def _eaves(surface: Surface, house: House, mask: np.ndarray) -> None:
    """Let a roof that reaches out over the wall cast its shadow on it."""
    if house.family == "country":
        above = ~mask
        above[nearest(house.eave * surface.scale) :] = False
        surface.height[above] = OVERHANG
