"""What protrudes from a wall: moldings, cornices, pillars, sills, balconies and carved decoration."""

from __future__ import annotations

import numpy as np

from aiart.datasets.facades.geometry import Box, outline_mask
from aiart.datasets.facades.house import Element
from aiart.datasets.facades.style import Style, shade
from aiart.datasets.facades.surface import Surface, across, columns
from aiart.datasets.facades.texture import grain

LEAVES = np.array((74, 108, 54), np.float32)
BLOSSOM = np.array((196, 60, 58), np.float32)
WOOD = np.array((122, 80, 48), np.float32)

# Strips of a molding from the top down: share of the height, metres of projection, tone.
PROFILES: dict[str, tuple[tuple[float, float, float], ...]] = {
    "eave": ((0.2, 0.5, 1.03), (0.16, 0.42, 0.96), (0.22, 0.24, 0.86), (0.3, 0.1, 1.0), (0.12, 0.16, 0.98)),
    "course": ((0.34, 0.22, 1.03), (0.33, 0.14, 0.96), (0.33, 0.07, 0.98)),
}


def paint_molding(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """A profiled band; the one under the eaves has dentils."""
    top = 0.0
    for share, projection, tone in PROFILES[element.form]:
        strip = box.part(0.0, top, 1.0, min(top + share, 1.0))
        surface.fill(strip, shade(style.trim, tone), projection)
        top += share
    if element.form == "eave":
        dentils = box.part(0.0, 0.36, 1.0, 0.56)
        surface.fill(dentils, style.trim, 0.36, columns(dentils, surface.pixels(0.42, 3), surface.pixels(0.2)))


def paint_cornice(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """The head over a window: a lintel with a keystone, a straight cornice, or a pediment."""
    if element.form == "lintel":
        surface.fill(box, style.trim, 0.04)
        surface.fill(box.part(0.42, -0.12, 0.58, 1.0), shade(style.trim, 1.05), 0.1)
        return
    mask = outline_mask(element.outline, box)
    if mask is None:
        surface.fill(box, shade(style.trim, 0.97), 0.1)
        surface.fill(box.part(0.0, 0.0, 1.0, 0.42), shade(style.trim, 1.03), 0.28)
        return
    surface.fill(box, shade(style.trim, 1.02), 0.3, mask)
    inner = Box(box.x0, box.y0, box.x1, box.y0 + max(int(0.8 * box.height), 1)).inset(int(0.16 * box.width), 0)
    inner = Box(inner.x0, box.y0 + int(0.3 * box.height), inner.x1, max(inner.y1, box.y0 + int(0.3 * box.height) + 1))
    surface.fill(inner, shade(style.trim, 0.84), 0.08, outline_mask(element.outline, inner))


def paint_pillar(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """A flat pilaster or a round column between base and capital."""
    shaft = box
    if element.form == "column":
        x = (2 * np.arange(box.width, dtype=np.float32) + 1) / box.width - 1
        roundness = (1.06 - 0.3 * x * x)[None, :, None].astype(np.float32)
        colour = np.broadcast_to(style.trim * roundness, (box.height, box.width, 3))
        surface.fill(shaft, colour, 0.16)
    else:
        surface.fill(shaft, shade(style.trim, 0.98), 0.12)
        surface.fill(shaft.inset(surface.pixels(0.13), surface.pixels(0.5)), shade(style.trim, 0.9), 0.08)
    cap, base = surface.pixels(0.3), surface.pixels(0.4)
    surface.fill(Box(box.x0, box.y0, box.x1, box.y0 + cap), shade(style.trim, 1.05), 0.24)
    surface.fill(Box(box.x0, box.y1 - base, box.x1, box.y1), shade(style.trim, 0.97), 0.24)


def paint_sill(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """A stone slab, a thin metal sheet, or a box of flowers."""
    if element.form == "flowers":
        surface.fill(box, WOOD, 0.22)
        bed = box.part(0.02, 0.0, 0.98, 0.62)
        blossom = grain(rng, (bed.height, bed.width)) > np.float32(0.18)
        surface.fill(bed, LEAVES, 0.26)
        surface.fill(bed, BLOSSOM, 0.26, blossom)
        return
    surface.fill(box, shade(style.trim, 0.97), 0.08)
    surface.fill(box.part(0.0, 0.0, 1.0, 0.55), shade(style.trim, 1.05), 0.2)
    if element.form == "metal":
        surface.fill(box, np.array((150, 152, 154), np.float32), 0.1)


def paint_balcony(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """A slab with a railing: wrought iron, a stone balustrade, boards or a solid parapet."""
    slab = box.part(0.0, 0.82, 1.0, 1.0)
    rail = box.part(0.0, 0.0, 1.0, 0.82)
    {"iron": _iron, "balustrade": _balustrade, "wood": _boards, "parapet": _parapet}[element.form](surface, rail, style)
    floor = shade(WOOD, 0.85) if element.form == "wood" else style.trim
    surface.fill(slab, floor, 0.95)
    if element.form in ("balustrade", "iron"):
        for x in (0.08, 0.82):
            bracket = box.part(x, 1.0, x + 0.1, 1.28)
            surface.fill(bracket, shade(style.trim, 0.9), 0.4)


def _iron(surface: Surface, rail: Box, style: Style) -> None:
    bar = surface.pixels(0.04)
    surface.fill(rail, style.iron, None, columns(rail, surface.pixels(0.16, 3), bar))
    for y in (0.0, 0.2, 0.92):
        y0 = rail.y0 + int(y * rail.height)
        surface.fill(Box(rail.x0, y0, rail.x1, y0 + surface.pixels(0.06)), style.iron, 0.1)
    for x in (rail.x0, rail.x1 - bar):
        surface.fill(Box(x, rail.y0, x + bar, rail.y1), style.iron)


def _balustrade(surface: Surface, rail: Box, style: Style) -> None:
    surface.fill(rail, shade(style.wall, 0.5), 0.55)
    period = surface.pixels(0.3, 3)
    surface.fill(rail, style.trim, 0.85, columns(rail, period, max(period * 2 // 3, 1)))
    surface.fill(rail.part(0.0, 0.0, 1.0, 0.2), shade(style.trim, 1.04), 0.95)
    surface.fill(rail.part(0.0, 0.0, 0.08, 1.0), style.trim, 0.9)
    surface.fill(rail.part(0.92, 0.0, 1.0, 1.0), style.trim, 0.9)


def _boards(surface: Surface, rail: Box, style: Style) -> None:
    surface.fill(rail, WOOD, 0.85)
    surface.fill(rail, shade(WOOD, 0.5), 0.7, columns(rail, surface.pixels(0.22, 3), surface.pixels(0.06)))
    surface.fill(rail.part(0.0, 0.0, 1.0, 0.16), shade(WOOD, 1.2), 0.95)


def _parapet(surface: Surface, rail: Box, style: Style) -> None:
    surface.fill(rail, across(rail, shade(style.trim, 1.0), shade(style.trim, 0.94)), 0.9)
    surface.fill(rail.part(0.0, 0.0, 1.0, 0.12), np.array((120, 122, 124), np.float32), 0.95)


def paint_deco(surface: Surface, element: Element, box: Box, style: Style, rng: np.random.Generator) -> None:
    """Carved work: a panel with a lozenge, a garland, a medallion or a keystone."""
    mask = outline_mask(element.outline, box)
    surface.fill(box, shade(style.trim, 0.98), 0.1, mask)
    inner = box.inset(surface.pixels(0.07))
    if element.form == "keystone":
        surface.fill(box.part(0.2, 0.0, 0.8, 1.0), shade(style.trim, 1.06), 0.2)
        return
    surface.fill(inner, shade(style.trim, 0.84), 0.02, outline_mask(element.outline, inner))
    relief = shade(style.trim, 1.05)
    if element.form == "medallion":
        core = box.part(0.3, 0.25, 0.7, 0.75)
        surface.fill(core, relief, 0.18, outline_mask("disc", core))
    elif element.form == "garland":
        for x in (0.06, 0.36, 0.66):
            swag = inner.part(x, 0.15, x + 0.28, 0.85)
            surface.fill(swag, relief, 0.16, outline_mask("segment", swag)[::-1])
    else:
        x = np.abs((2 * np.arange(inner.width, dtype=np.float32) + 1) / inner.width - 1)
        y = np.abs((2 * np.arange(inner.height, dtype=np.float32) + 1) / inner.height - 1)
        surface.fill(inner, relief, 0.14, x[None] + y[:, None] <= 0.9)
