"""What is no house: sky, roof, neighbours, trees, pavement. All of it is `background` in the label map.

Its shape follows from the house: neighbours stand beside a house that fills the picture, trees beside one that
stands free; a roof's form and height belong to the family.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from aiart.datasets.facades.draws import between
from aiart.datasets.facades.geometry import Box, inside, nearest
from aiart.datasets.facades.house import Element, House
from aiart.datasets.facades.openings import EVENING
from aiart.datasets.facades.style import Style, shade
from aiart.datasets.facades.surface import DARK, Colour, Surface, across, columns, down
from aiart.datasets.facades.texture import clouds, grain

ZENITH = np.array((164, 188, 214), np.float32)
HORIZON = np.array((226, 230, 232), np.float32)
CLOUD = np.array((244, 244, 242), np.float32)
PAVING = np.array((158, 154, 148), np.float32)
ROAD = np.array((104, 104, 106), np.float32)
NEIGHBOUR = np.array((172, 162, 148), np.float32)
ROOF_BESIDE = np.array((118, 104, 98), np.float32)
CHIMNEY = np.array((132, 84, 68), np.float32)
FOLIAGE = np.array((78, 98, 60), np.float32)
# What the sky looks like at night: a colour of its box, its clouds (h, w, 1) in 0..1, and the style.
SkyAtNight = Callable[[Box, np.ndarray, Style], Colour]
OVERHANG = 0.4  # metres that a roof reaches out over a gable
# Metres by which a roof's ridge is shorter, and its eave longer, than the wall at either end.
ROOFS = {"mansard": (0.5, 0.1), "pitched": (0.4, 0.2), "hipped": (2.6, 0.6)}
CHIMNEYS = {"mansard": (), "pitched": (0.25, 0.75), "hipped": (0.62,)}


def dark_sky(sky: Box, bank: np.ndarray, style: Style) -> Colour:
    """For pictures that no night is made of."""
    return DARK


def paint_surroundings(
    size: int, scale: float, house: House, style: Style, rng: np.random.Generator, sky_at_night: SkyAtNight
) -> Surface:
    """Everything but the house over a whole picture, without relief."""
    scene = Surface(size, scale)
    wall = house.wall(scale)
    sky = Box(0, 0, size, wall.y1)
    bank = np.clip(clouds(rng, size, (0.12 * size, 0.3 * size)) * np.float32(0.9) + np.float32(0.1), 0, 1)[
        : sky.height, :, None
    ]
    day = down(sky, ZENITH, HORIZON) + bank * (CLOUD - ZENITH) * np.float32(0.6)
    scene.fill(sky, day, glow=sky_at_night(sky, bank, style))
    margin = max(house.left, house.extent - house.right)
    if margin > 0:
        (_garden if house.family == "country" or house.gable else _neighbours)(scene, house, wall, rng)
    _roof(scene, house, style)
    _street(scene, wall)
    return scene


def _neighbours(scene: Surface, house: House, wall: Box, rng: np.random.Generator) -> None:
    """Plain houses on both sides, a little lower, pale with distance."""
    storey = max(nearest((house.storey_lines[1] - house.storey_lines[2]) * scene.scale), 4)
    step, width, rim = scene.pixels(2.5, 4), scene.pixels(1.2), scene.pixels(0.14)
    for side, x0, x1 in ((-1, 0, wall.x0), (1, wall.x1, scene.size)):
        colour = shade(NEIGHBOUR, between(rng, 0.92, 1.08))
        top = wall.y0 + nearest(between(rng, 0.3, 0.9) * storey)
        front = Box(x0, top, x1, wall.y1)
        scene.fill(front, down(front, shade(colour, 1.04), shade(colour, 0.9)))
        scene.fill(Box(x0, top - storey // 2, x1, top), shade(ROOF_BESIDE, between(rng, 0.9, 1.1)))
        scene.fill(Box(x0, top, x1, top + scene.pixels(0.3)), shade(colour, 1.14))
        # Counted from the house outwards, so that the nearest window is whole where there is room for it.
        for column in range(max(front.width, 0) // step + 1):
            axis = (x1 - step // 2 - column * step) if side < 0 else (x0 + step // 2 + column * step)
            for floor, y in enumerate(range(top + storey // 3, wall.y1 - storey, storey)):
                somebody_in = (2 * column + floor) % 3 == 0
                glass = Box(axis - width // 2, y, axis + width - width // 2, y + storey // 2)
                scene.fill(Box(glass.x0 - rim, y - rim, glass.x1 + rim, glass.y1 + rim), shade(colour, 1.12))
                glow = shade(EVENING, 0.8) if somebody_in else DARK
                scene.fill(glass, down(glass, shade(colour, 0.66), shade(colour, 0.48)), glow=glow)
                scene.fill(glass.part(0.45, 0.0, 0.55, 1.0), shade(colour, 1.08))
        if front.width > 0:
            gap = scene.pixels(0.18)
            x = x1 - gap if side < 0 else x0
            scene.fill(Box(x, top, x + gap, wall.y1), shade(colour, 0.6))


def _garden(scene: Surface, house: House, wall: Box, rng: np.random.Generator) -> None:
    """Foliage on both sides, lower than the house."""
    size = scene.size
    crowns = clouds(rng, size, (size, 1.6 * scene.scale))[0] * np.float32(0.9 * scene.scale)
    tone = clouds(rng, size, (0.5 * scene.scale, 0.5 * scene.scale)) + np.float32(0.5) * grain(rng, (size, size))
    middle = wall.y0 + np.float32(0.4) * (wall.y1 - wall.y0)
    # Foliage rises towards the picture's sides.
    x = np.abs(2 * np.arange(size, dtype=np.float32) / size - 1)
    mask = np.arange(size, dtype=np.float32)[:, None] > (middle + crowns - np.float32(0.12 * size) * x)[None]
    colour = FOLIAGE * (1 + np.float32(0.28) * tone)[..., None]
    scene.fill(scene.all, colour, None, mask)


def _roof(scene: Surface, house: House, style: Style) -> None:
    """What closes the house at the top."""
    if house.gable:
        _gable_edge(scene, house, style)
    elif house.roof == "parapet":
        top = Element("facade", house.left, house.eave - house.roof_height, house.right - house.left, house.roof_height)
        scene.fill(top.box(scene.scale), shade(style.wall, 0.9))
    else:
        _tiles(scene, house, style)
        _chimneys(scene, house)


def _gable_edge(scene: Surface, house: House, style: Style) -> None:
    """The end of a roof that reaches out over a country house's gable; a coping on a stepped one."""
    roofed = house.family == "country"
    out, up = (OVERHANG, 1.2 * OVERHANG) if roofed else (0.12, 0.2)
    middle = (house.left + house.right) / 2
    # The peak of a triangle lies in the middle, but for a rounding error.
    sides = [0 if abs(x - middle) < 1e-6 else 1 if x > middle else -1 for x, _ in house.gable]
    edge = [(x + out * side, y - up) for (x, y), side in zip(house.gable, sides, strict=True)]
    colour = shade(style.roof, 0.85) if roofed else style.trim
    scene.fill(scene.all, colour, None, inside(edge, scene.size, scene.scale))


def _tiles(scene: Surface, house: House, style: Style) -> None:
    """Rows of tiles, lit from above, and a ridge."""
    scale, size = scene.scale, scene.size
    top = house.eave - house.roof_height
    inset, over = ROOFS[house.roof]
    left, right, foot = house.left, house.right, house.eave + 0.02
    trapezium = ((left - over, foot), (left + inset, top), (right - inset, top), (right + over, foot))
    y = np.arange(size)
    depth = np.clip((y.astype(np.float32) / np.float32(scale) - np.float32(top)) / np.float32(house.roof_height), 0, 1)
    joint = (y - nearest(house.eave * scale)) % scene.pixels(0.32, 3) < scene.pixels(0.1)
    tone = (np.float32(1.12) - np.float32(0.22) * depth) * np.where(joint, np.float32(0.84), np.float32(1.0))
    tiles = np.broadcast_to(style.roof * tone[:, None, None], (size, size, 3))
    scene.fill(scene.all, tiles, None, inside(trapezium, size, scale))
    ridge, thick = nearest(top * scale), scene.pixels(0.1)
    x0, x1 = nearest((left + inset) * scale), nearest((right - inset) * scale)
    scene.fill(Box(x0, ridge - thick, x1, ridge + thick), shade(style.roof, 0.7))


def _chimneys(scene: Surface, house: House) -> None:
    """Of brick, always at the same parts of the wall's width."""
    top = house.eave - house.roof_height
    for fraction in CHIMNEYS[house.roof]:
        x = nearest((house.left + fraction * (house.right - house.left)) * scene.scale)
        half = scene.pixels(0.4)
        foot = nearest((top + 0.35 * house.roof_height) * scene.scale)
        stack = Box(x - half, foot - scene.pixels(0.35 * house.roof_height + 0.6), x + half, foot)
        scene.fill(stack, across(stack, shade(CHIMNEY, 1.1), shade(CHIMNEY, 0.8)))
        scene.fill(Box(x - half - half // 3, stack.y0, x + half + half // 3, stack.y0 + half // 2), shade(CHIMNEY, 0.7))


def _street(scene: Surface, wall: Box) -> None:
    """Pavement, kerb and road."""
    ground = Box(0, wall.y1, scene.size, scene.size)
    scene.fill(ground, PAVING)
    scene.fill(ground, shade(PAVING, 0.86), None, columns(ground, scene.pixels(0.9, 4), scene.pixels(0.04)))
    scene.fill(ground.part(0.0, 0.0, 1.0, 0.12), shade(PAVING, 0.66))
    scene.fill(ground.part(0.0, 0.52, 1.0, 0.62), shade(PAVING, 1.12))
    scene.fill(ground.part(0.0, 0.62, 1.0, 1.0), ROAD)
