"""The look of a photograph: what the label map leaves open.

Colours stay within a narrow family for each kind of house, so that the rest follows from the label map.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiart.datasets.facades.draws import between, one_of

WHITE = np.array((238, 236, 230), np.float32)

# Material, wall colours, colour of ornaments (None: a light tint of the wall).
WALLS: dict[str, tuple[str, tuple[tuple[int, int, int], ...], tuple[int, int, int] | None]] = {
    "tenement": (
        "plaster",
        ((222, 184, 120), (226, 204, 160), (212, 164, 130), (206, 186, 150), (190, 196, 162)),
        None,
    ),
    "brick": ("brick", ((158, 84, 62), (146, 74, 58), (172, 100, 72)), (214, 204, 184)),
    "country": ("plaster", ((232, 222, 202), (226, 210, 178), (218, 214, 204)), (220, 208, 186)),
    "stone": ("stone", ((190, 174, 146), (176, 164, 142), (200, 184, 152)), None),
    "modern": ("plaster", ((214, 208, 196), (204, 196, 184), (212, 190, 164)), (196, 194, 190)),
}
ROOFS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "tenement": ((104, 74, 66), (88, 84, 86)),
    "brick": ((92, 84, 84), (100, 78, 70)),
    "country": ((140, 78, 58), (120, 72, 56)),
    "stone": ((120, 122, 122),),
    "modern": ((128, 128, 128),),
}
SHUTTERS = {"country": ((58, 92, 66), (112, 66, 44), (72, 96, 104)), "brick": ((46, 62, 54), (44, 50, 58))}
DOORS = {
    "tenement": ((98, 60, 38), (84, 50, 34)),
    "brick": ((52, 66, 58), (110, 40, 36), (44, 54, 76)),
    "country": ((112, 72, 42),),
    "stone": ((84, 58, 40),),
    "modern": ((86, 90, 94),),
}
FRAMES = {"tenement": (236, 230, 216), "country": (240, 238, 230), "brick": (240, 238, 232), "stone": (92, 76, 60)}
SHOPS = ((44, 60, 54), (76, 40, 38), (52, 50, 50), (88, 66, 44))


@dataclass(frozen=True)
class Style:
    """Colours are float32 (3,), 0..255. sunshine: 0 overcast … 1 clear; light_side: where the sun stands,
    −1 left … 1 right; warmth: colour temperature, −1 … 1; exposure: about 1; curtain: opacity of drawn curtains."""

    material: str
    wall: np.ndarray
    trim: np.ndarray
    frame: np.ndarray
    roof: np.ndarray
    shutter: np.ndarray
    door: np.ndarray
    shop: np.ndarray
    awning: np.ndarray
    iron: np.ndarray
    sunshine: float
    light_side: float
    warmth: float
    exposure: float
    curtain: float = 0.5


def draw_style(family: str, rng: np.random.Generator) -> Style:
    """A random look for a house of this family."""
    material, walls, trim = WALLS[family]
    wall = _near(one_of(rng, *walls), rng, 7.0)
    return Style(
        material=material,
        wall=wall,
        trim=wall + np.float32(0.55) * (WHITE - wall) if trim is None else _near(trim, rng, 5.0),
        frame=_near(FRAMES.get(family, (96, 98, 102)), rng, 4.0),
        roof=_near(one_of(rng, *ROOFS[family]), rng, 6.0),
        shutter=_near(one_of(rng, *SHUTTERS.get(family, ((206, 202, 194),))), rng, 6.0),
        door=_near(one_of(rng, *DOORS[family]), rng, 6.0),
        shop=_near(one_of(rng, *SHOPS), rng, 5.0),
        awning=_near(one_of(rng, (164, 54, 46), (58, 96, 74)), rng, 6.0),
        iron=_near((44, 44, 46), rng, 4.0),
        sunshine=between(rng, 0.35, 1.0),
        light_side=between(rng, -1.0, 1.0),
        warmth=between(rng, -1.0, 1.0),
        exposure=between(rng, 0.95, 1.05),
    )


def _near(colour: tuple[int, int, int], rng: np.random.Generator, spread: float) -> np.ndarray:
    """A colour a little lighter or darker than the given one, and a little off its hue."""
    lightness = between(rng, -spread, spread)
    return np.array([c + lightness + between(rng, -0.4 * spread, 0.4 * spread) for c in colour], np.float32)


def shade(colour: np.ndarray, factor: float) -> np.ndarray:
    """A darker (below 1) or lighter colour, float32."""
    return colour * np.float32(factor)
