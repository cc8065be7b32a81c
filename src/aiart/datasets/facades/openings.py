"""Windows, doors, shutters, roller blinds and shop fronts."""

from __future__ import annotations

import numpy as np

from aiart.datasets.facades.draws import between, chance
from aiart.datasets.facades.geometry import Box, outline_mask
from aiart.datasets.facades.house import Element
from aiart.datasets.facades.style import WHITE, Style, shade
from aiart.datasets.facades.surface import Surface, columns, down, rows

SKY_IN_GLASS = np.array((134, 150, 164), np.float32)
ROOM = np.array((40, 44, 50), np.float32)
CURTAIN = np.array((186, 182, 172), np.float32)
LAMPLIGHT = np.array((214, 184, 132), np.float32)
# What shines at night: a lamp under a ceiling, the room below it, light through cloth, a shop's display.
CEILING = np.array((255, 202, 118), np.float32)
EVENING = np.array((244, 164, 78), np.float32)
CLOTH = np.array((206, 122, 58), np.float32)
DISPLAY = np.array((255, 216, 150), np.float32)

# Panes across and down; the height of the transom as a fraction of the window.
PANES: dict[str, tuple[int, tuple[float, ...]]] = {
    "casement": (2, (0.32,)),
    "french": (2, (0.24,)),
    "sash": (2, (0.25, 0.5, 0.75)),
    "lattice": (2, (0.333, 0.667)),
    "triple": (3, (0.3,)),
    "wide": (3, ()),
}


def paint_window(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """A glazed opening in its reveal, with a pale architrave around it in all but modern walls."""
    mask = outline_mask(element.outline, box)
    if element.form in ("casement", "sash", "triple") and element.kind == "window":
        _architrave(surface, element, box, style)
    surface.fill(box, style.frame, -0.15, mask)
    bars = surface.pixels(0.07)
    glass = box.inset(bars)
    _glaze(surface, glass, outline_mask(element.outline, glass), style, rng)
    panes, transoms = PANES[element.form]
    for pane in range(1, panes):
        x = glass.x0 + (glass.width * pane - bars) // panes + (bars if pane * 2 > panes else 0)
        _bar(surface, Box(x, glass.y0, x + bars, glass.y1), box, mask, style)
    for transom in transoms:
        y = glass.y0 + int(glass.height * transom)
        thick = surface.pixels(0.09) if element.form == "sash" and transom == 0.5 else surface.pixels(0.05)
        _bar(surface, Box(glass.x0, y, glass.x1, y + thick), box, mask, style)


def _bar(surface: Surface, bar: Box, box: Box, mask: np.ndarray | None, style: Style) -> None:
    """A glazing bar, cut to the outline of the window."""
    surface.fill(bar, style.frame, -0.17, _cut(mask, box, bar))


def _architrave(surface: Surface, element: Element, box: Box, style: Style) -> None:
    border = surface.pixels(0.16)
    around = Box(box.x0 - border, box.y0 - border, box.x1 + border, box.y1)
    surface.fill(around, style.trim, 0.05, outline_mask(element.outline, around))


def _glaze(surface: Surface, glass: Box, mask: np.ndarray | None, style: Style, rng: np.random.Generator) -> None:
    """Glass: the sky mirrored above, a dark room below, here and there curtains. Where there are any, somebody is in
    at night."""
    mirrored, curtains = shade(SKY_IN_GLASS, between(rng, 0.7, 0.9)), rng.random()
    lamps = np.float32(0.8 + 0.4 * curtains) if curtains < 0.5 else np.float32(0)
    surface.fill(glass, down(glass, mirrored, ROOM), -0.2, mask, glow=lamps * down(glass, CEILING, EVENING))
    if curtains < 0.4:
        for side in (glass.part(0.0, 0.0, 0.24, 1.0), glass.part(0.76, 0.0, 1.0, 1.0)):
            surface.fill(side, CURTAIN, None, _cut(mask, glass, side), style.curtain, lamps * CLOTH)
    elif curtains < 0.5:
        upper = glass.part(0.0, 0.0, 1.0, 0.4)
        surface.fill(upper, CURTAIN, None, _cut(mask, glass, upper), 0.9 * style.curtain, lamps * CLOTH)


def _cut(mask: np.ndarray | None, box: Box, part: Box) -> np.ndarray | None:
    """The part of a box's mask that belongs to a smaller box inside it."""
    return None if mask is None else mask[part.y0 - box.y0 : part.y1 - box.y0, part.x0 - box.x0 : part.x1 - box.x0]


def paint_blind(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """A louvred shutter on the wall, or a roller blind in the window."""
    if element.form == "roller":
        inner = box.inset(surface.pixels(0.05), 0)
        surface.fill(inner, style.shutter, -0.14)
        slats = rows(inner, surface.pixels(0.16, 2), surface.pixels(0.04))
        surface.fill(inner, shade(style.shutter, 0.8), None, slats)
        surface.fill(Box(inner.x0, inner.y1 - surface.pixels(0.06), inner.x1, inner.y1), shade(style.shutter, 0.65))
        return
    surface.fill(box, style.shutter, 0.06)
    inner = box.inset(surface.pixels(0.07))
    surface.fill(inner, shade(style.shutter, 0.7), None, rows(inner, surface.pixels(0.14, 2), surface.pixels(0.07)))
    surface.fill(box.part(0.0, 0.48, 1.0, 0.52), style.shutter)


def paint_door(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """A door under a fanlight, on a step."""
    mask = outline_mask(element.outline, box)
    border = surface.pixels(0.2)
    around = Box(box.x0 - border, box.y0 - border, box.x1 + border, box.y1)
    surface.fill(around, style.trim, 0.07, outline_mask(element.outline, around))
    surface.fill(box, shade(style.door, 0.8), -0.25, mask)
    fan = 0.0
    if element.form == "glazed":
        for leaf in (box.part(0.06, 0.04, 0.47, 0.94), box.part(0.53, 0.04, 0.94, 0.94)):
            surface.fill(leaf, down(leaf, shade(SKY_IN_GLASS, 0.75), ROOM), -0.28, glow=down(leaf, CEILING, EVENING))
    elif element.form == "panelled":
        fan = 0.26 if element.outline == "arch" else 0.18
        light = box.part(0.1, 0.05, 0.9, fan)
        mirrored = down(light, shade(SKY_IN_GLASS, 0.7), ROOM)
        surface.fill(light, mirrored, -0.3, _cut(mask, box, light), glow=CEILING)
    if element.form != "glazed":
        _leaves(surface, box.part(0.06, fan + 0.02, 0.94, 1.0), element, style)
    step = Box(box.x0 - border, box.y1 - surface.pixels(0.14), box.x1 + border, box.y1)
    surface.fill(step, shade(style.trim, 0.85), 0.15)


def _leaves(surface: Surface, leaves: Box, element: Element, style: Style) -> None:
    """Two leaves with raised panels, or boards."""
    surface.fill(leaves, style.door, -0.24)
    if element.form == "planks":
        gaps = columns(leaves, surface.pixels(0.2, 3), surface.pixels(0.03))
        surface.fill(leaves, shade(style.door, 0.65), None, gaps)
        pane = leaves.part(0.3, 0.12, 0.7, 0.32)
        surface.fill(pane, ROOM, -0.27, glow=EVENING)
        return
    for x0, x1 in ((0.06, 0.45), (0.55, 0.94)):
        for y0, y1 in ((0.05, 0.48), (0.56, 0.92)):
            panel = leaves.part(x0, y0, x1, y1)
            surface.fill(panel, shade(style.door, 0.72), -0.27)
            surface.fill(panel.inset(surface.pixels(0.06)), shade(style.door, 1.12), -0.24)
    seam = leaves.part(0.49, 0.0, 0.51, 1.0)
    surface.fill(seam, shade(style.door, 0.5))


def paint_shop(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """A shop front: a signboard, a lit display behind glass, a stall riser; sometimes an awning."""
    surface.fill(box, style.shop, 0.05)
    glass = box.part(0.06, 0.24, 0.94, 0.86)
    dim = ROOM + np.float32(0.25) * (LAMPLIGHT - ROOM)
    warm = ROOM + np.float32(0.62) * (LAMPLIGHT - ROOM)
    surface.fill(glass, down(glass, dim, warm), -0.12, glow=down(glass, EVENING, DISPLAY))
    _display(surface, glass, rng)
    bar = surface.pixels(0.07)
    for fraction in (0.0, 0.34, 0.66) if glass.width > 8 * bar else (0.0,):
        x = glass.x0 + int(fraction * glass.width)
        surface.fill(Box(x, glass.y0, x + bar, glass.y1), style.shop, -0.08)
    surface.fill(glass.part(0.0, 0.2, 1.0, 0.23), style.shop, -0.08)
    sign = box.part(0.0, 0.03, 1.0, 0.19)
    surface.fill(sign, shade(style.shop, 1.25), 0.14)
    _lettering(surface, sign, rng)
    if element.form == "awning":
        _awning(surface, box, style)


def _display(surface: Surface, glass: Box, rng: np.random.Generator) -> None:
    """A few goods in the window."""
    for slot in range(4):
        left = 0.06 + 0.23 * slot + between(rng, 0.0, 0.05)
        goods = glass.part(left, 1.0 - between(rng, 0.2, 0.5), left + between(rng, 0.1, 0.16), 1.0)
        colour = np.array([between(rng, 50, 190) for _ in range(3)], np.float32)
        surface.fill(goods, colour, None, opacity=0.6, glow=colour)


def _lettering(surface: Surface, sign: Box, rng: np.random.Generator) -> None:
    """Pale letters, too small to read."""
    line = sign.part(0.14, 0.3, 0.86, 0.72)
    for letter in range(10):
        if chance(rng, 0.85):
            surface.fill(line.part(0.1 * letter, 0.0, 0.1 * letter + 0.07, 1.0), WHITE, None, opacity=0.8, glow=DISPLAY)


def _awning(surface: Surface, box: Box, style: Style) -> None:
    """Striped cloth sloping out over the window."""
    cloth = box.part(-0.02, 0.19, 1.02, 0.4)
    slope = down(cloth, np.float32(1.08), np.float32(0.86))[..., :1]
    bands = columns(cloth, surface.pixels(0.5, 4), surface.pixels(0.25, 2))
    depth = down(cloth, np.float32(0.2), np.float32(0.9))[..., 0]
    surface.fill(cloth, np.where(bands[..., None], WHITE, style.awning) * slope, depth)


def paint_dormer(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """The front of a dormer, a pale frame under a small roof; its window comes later."""
    surface.fill(box, shade(style.trim, 0.96), 0.1)
    surface.fill(box.part(0.0, 0.0, 1.0, 0.14), shade(style.roof, 0.8), 0.3)
