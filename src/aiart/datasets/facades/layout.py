"""From a plan to a house: every part in its place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aiart.datasets.facades.draws import between, chance, one_of
from aiart.datasets.facades.families import Plan, draw_plan
from aiart.datasets.facades.house import Element, House

PAVEMENT = 0.9  # metres of ground in front of the house
SKY = 0.9  # metres of sky above roof or gable
GABLE_RATIO = {"none": 0.0, "triangle": 0.42, "stepped": 0.52}  # a gable's height over its width
# The order in which the CMP Facade Database lays one class over another.
ORDER = ("facade", "molding", "cornice", "pillar", "window", "door", "sill", "blind", "balcony", "shop", "deco")


@dataclass(frozen=True)
class Grid:
    """Where storeys and window axes lie, in metres; `lines` holds each storey's floor and, last, the top ceiling."""

    plan: Plan
    left: float
    right: float
    eave: float
    lines: tuple[float, ...]
    axes: tuple[float, ...]
    door: int
    pitch: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def draw_house(rng: np.random.Generator, sky: float = SKY, pavement: float = PAVEMENT) -> House:
    """A random house between so many metres of sky and of ground."""
    plan = draw_plan(rng)
    wall_height = plan.ground_storey + (plan.storeys - 1) * plan.storey + 0.9 * plan.eave_molding + 0.15
    ratio = GABLE_RATIO[plan.gable]
    extent = (pavement + wall_height + plan.roof_height + sky) / (1.0 - ratio * plan.fill)
    grid = _grid(plan, extent, extent - pavement, wall_height, rng)
    elements = [*_moldings(grid), *_pillars(grid), *_ground_floor(grid, rng), *_gable_parts(grid), *_dormers(grid, rng)]
    for storey in range(1, plan.storeys):
        elements += _storey(grid, storey, rng)
    elements += _galleries(grid) + _decoration(grid)
    return House(
        family=plan.family,
        extent=extent,
        left=grid.left,
        right=grid.right,
        eave=grid.eave,
        ground=grid.lines[0],
        gable=_gable(grid),
        storey_lines=grid.lines,
        roof=plan.roof,
        roof_height=plan.roof_height,
        elements=tuple(sorted(elements, key=lambda element: ORDER.index(element.kind))),
    )


def _grid(plan: Plan, extent: float, ground: float, wall_height: float, rng: np.random.Generator) -> Grid:
    width = plan.fill * extent
    left = (extent - width) * (0.5 if plan.fill > 1 else between(rng, 0.35, 0.65))
    margin = 0.8 if plan.pillars in ("edges", "giant") else 0.45
    bays = max(2, int((width - 2 * margin) / plan.bay))
    pitch = (width - 2 * margin) / bays
    axes = tuple(left + margin + (bay + 0.5) * pitch for bay in range(bays))
    upper = (ground - plan.ground_storey - storey * plan.storey for storey in range(plan.storeys))
    # A door in the middle of an even number of bays stands a little to one side.
    door = one_of(rng, bays // 2, bays // 2, (bays - 1) // 2, bays - 1 if plan.fill < 1 else bays // 2)
    return Grid(plan, left, left + width, ground - wall_height, (ground, *upper), axes, door, pitch)


def _centred(
    kind: str, axis: float, top: float, width: float, height: float, form: str, outline: str = "rectangle"
) -> Element:
    """An element that is symmetrical about a window axis."""
    return Element(kind, axis - width / 2, top, width, height, form, outline)


def _moldings(grid: Grid) -> list[Element]:
    plan, width = grid.plan, grid.right - grid.left
    bands = [Element("molding", grid.left, grid.lines[s] - 0.15, width, 0.4, "course") for s in plan.courses]
    if plan.eave_molding:
        overhang = 0.25
        top = Element("molding", grid.left - overhang, grid.eave, width + 2 * overhang, plan.eave_molding, "eave")
        bands.append(top)
    return bands


def _pillars(grid: Grid) -> list[Element]:
    plan, ground = grid.plan, grid.lines[0]
    upper = grid.eave + plan.eave_molding
    if plan.pillars == "edges":
        return [
            Element("pillar", x, upper, 0.6, ground - upper, "pilaster") for x in (grid.left + 0.1, grid.right - 0.7)
        ]
    if plan.pillars == "giant":
        foot = grid.lines[1] - 0.15
        edges = [grid.axes[0] - grid.pitch / 2 + grid.pitch * i for i in range(len(grid.axes) + 1)]
        return [_centred("pillar", x, upper, 0.55, foot - upper, "column") for x in edges]
    if plan.pillars == "door":
        height = 2.75
        return [
            _centred("pillar", grid.axes[grid.door] + side * 0.85, ground - height, 0.3, height, "column")
            for side in (-1, 1)
        ]
    return []


def _storey(grid: Grid, storey: int, rng: np.random.Generator) -> list[Element]:
    """The windows of an upper storey with all that belongs to them."""
    plan, floor = grid.plan, grid.lines[storey]
    width, height = plan.window
    head = plan.heads[storey - 1]
    blind_down = [between(rng, 0.25, 0.8) for _ in grid.axes]
    parts: list[Element] = []
    for bay, axis in enumerate(grid.axes):
        balcony = _has_balcony(grid, storey, bay)
        breast = 0.1 if balcony else min(0.85, (plan.storey - height) * 0.62)
        top = floor - min(0.85, (plan.storey - height) * 0.62) - height
        form = "french" if balcony else plan.window_form
        parts.append(_centred("window", axis, top, width, floor - breast - top, form, plan.window_outline))
        if head:
            parts += _head(head, axis, top, width)
        if plan.shutters:
            parts += [
                _centred("blind", axis + side * (width / 2 + 0.29), top, 0.52, floor - breast - top, "shutter")
                for side in (-1, 1)
            ]
        if plan.roller_blinds and blind_down[bay] > 0.5:
            parts.append(_centred("blind", axis, top, width, height * blind_down[bay], "roller"))
        if balcony and plan.balconies != "gallery":
            across = min(width + 1.1, grid.pitch - 0.3)
            parts.append(_centred("balcony", axis, floor - 1.0, across, 1.25, plan.balcony_form))
        elif not balcony:
            depth = 0.45 if plan.sill_form == "flowers" else 0.25
            parts.append(_centred("sill", axis, floor - breast, width + 0.3, depth, plan.sill_form))
    return parts


def _head(form: str, axis: float, top: float, width: float) -> list[Element]:
    """The cornice over a window."""
    height, over, outline = {
        "flat": (0.4, 0.5, "rectangle"),
        "lintel": (0.32, 0.35, "rectangle"),
        "triangle": (0.65, 0.7, "triangle"),
        "segment": (0.6, 0.7, "segment"),
    }[form]
    return [_centred("cornice", axis, top - 0.06 - height, width + over, height, form, outline)]


def _has_balcony(grid: Grid, storey: int, bay: int) -> bool:
    form, bays = grid.plan.balconies, len(grid.axes)
    if form == "gallery":
        return storey == 1
    if form == "centre":
        return bay in (grid.door, bays // 2) and storey <= max(1, grid.plan.storeys - 3)
    if form == "columns":
        return bay % 2 == 1
    if form == "alternate":
        return bay % 2 == storey % 2 and 1 <= storey <= grid.plan.storeys - 2
    return False


def _galleries(grid: Grid) -> list[Element]:
    if grid.plan.balconies != "gallery":
        return []
    over = 0.2
    return [Element("balcony", grid.left - over, grid.lines[1] - 1.0, grid.right - grid.left + 2 * over, 1.25, "wood")]


def _ground_floor(grid: Grid, rng: np.random.Generator) -> list[Element]:
    plan, ground = grid.plan, grid.lines[0]
    door_width = 2.0 if plan.family in ("tenement", "stone") else 1.3
    door_height = min(3.2 if plan.family in ("tenement", "stone") else 2.4, plan.ground_storey - 0.7)
    form = {"modern": "glazed", "country": "planks"}.get(plan.family, "panelled")
    axis, door_top = grid.axes[grid.door], ground - door_height
    parts = [_centred("door", axis, door_top, door_width, door_height, form, plan.ground_outline)]
    if plan.pillars == "door":
        parts.append(_centred("cornice", axis, ground - 3.15, 2.3, 0.4, "flat"))
    if plan.ground_outline == "arch" and plan.family != "brick":
        parts.append(_centred("deco", axis, door_top - 0.35, 0.45, 0.5, "keystone"))
    if plan.family == "modern":
        parts.append(_centred("molding", axis, door_top - 0.3, 2.6, 0.25, "course"))
    shop_height = plan.ground_storey - 0.55
    awnings = plan.shop and chance(rng, 0.4)
    for bay, axis in enumerate(grid.axes):
        if bay == grid.door:
            continue
        if plan.shop:
            form = "awning" if awnings else "shop"
            parts.append(_centred("shop", axis, ground - shop_height, grid.pitch - 0.55, shop_height, form))
            continue
        width, height = plan.window[0], min(plan.window[1], plan.ground_storey - 1.9)
        top = ground - 1.0 - height
        parts.append(_centred("window", axis, top, width, height, plan.window_form, plan.ground_outline))
        parts.append(_centred("sill", axis, ground - 1.0, width + 0.3, 0.25, plan.sill_form))
        if plan.shutters:
            parts += [
                _centred("blind", axis + side * (width / 2 + 0.29), top, 0.52, height, "shutter") for side in (-1, 1)
            ]
    return parts


def _gable(grid: Grid) -> tuple[tuple[float, float], ...]:
    """The polygon of wall above the eave; it begins a little below it, so that no seam shows."""
    plan, width, foot = grid.plan, grid.right - grid.left, grid.eave + 0.1
    height = GABLE_RATIO[plan.gable] * width
    if plan.gable == "triangle":
        peak = (grid.middle, grid.eave - height)
        return ((grid.left, foot), (grid.left, grid.eave), peak, (grid.right, grid.eave), (grid.right, foot))
    if plan.gable == "stepped":
        steps, half = 5, width / 2
        left = [
            (grid.left + half * 0.84 * (step + corner) / steps, grid.eave - height * (step + 1) / (steps + 1))
            for step in range(steps)
            for corner in (0, 1)
        ]
        peak = grid.eave - height
        left = [*left, (left[-1][0], peak)]
        right = [(grid.left + grid.right - x, y) for x, y in reversed(left)]
        return ((grid.left, foot), *left, *right, (grid.right, foot))
    return ()


def _gable_parts(grid: Grid) -> list[Element]:
    plan = grid.plan
    if plan.gable == "none":
        return []
    width, height = plan.window
    rise = GABLE_RATIO[plan.gable] * (grid.right - grid.left)
    height = min(height, 0.4 * rise)
    top = grid.eave - 0.12 * rise - height
    axes = [grid.middle]
    if 2.6 * width < 0.45 * (grid.right - grid.left):
        axes = [grid.middle - 0.8 * width, grid.middle + 0.8 * width]
    parts = []
    for axis in axes:
        parts.append(_centred("window", axis, top, width, height, plan.window_form, plan.window_outline))
        parts.append(_centred("sill", axis, top + height, width + 0.3, 0.25, "stone"))
    return parts


def _dormers(grid: Grid, rng: np.random.Generator) -> list[Element]:
    """Windows in a mansard roof, each in its own small house."""
    if grid.plan.roof != "mansard" or chance(rng, 0.25):
        return []
    step = one_of(rng, 1, 1, 2)
    parts = []
    for axis in grid.axes[(len(grid.axes) - 1) % step :: step]:
        parts.append(_centred("facade", axis, grid.eave - 1.75, 1.6, 1.75, "dormer"))
        parts.append(_centred("window", axis, grid.eave - 1.4, 1.0, 1.2, "casement"))
    return parts


def _decoration(grid: Grid) -> list[Element]:
    plan = grid.plan
    top = plan.storeys - 1
    if plan.decoration == "aprons":
        # Panels under the windows of the second floor, or of the first where there is no other.
        storey = min(2, top)
        return [
            _centred("deco", axis, grid.lines[storey] - 0.05, plan.window[0], 0.42, "panel")
            for bay, axis in enumerate(grid.axes)
            if not _has_balcony(grid, storey, bay)
        ]
    between = [(a + b) / 2 for a, b in zip(grid.axes[:-1], grid.axes[1:], strict=True)]
    if plan.decoration == "frieze":
        return [_centred("deco", axis, grid.lines[top] - plan.storey + 0.15, 1.1, 0.5, "garland") for axis in between]
    if plan.decoration == "medallions":
        return [_centred("deco", axis, grid.lines[1] - 1.9, 0.7, 0.9, "medallion", "disc") for axis in between]
    if plan.decoration == "crest":
        if plan.gable == "none" and _has_balcony(grid, 1, grid.door):
            return []
        if plan.gable == "none":
            return [_centred("deco", grid.axes[grid.door], grid.lines[1] - 0.2, 0.9, 0.6, "panel")]
        rise = GABLE_RATIO[plan.gable] * (grid.right - grid.left)
        return [_centred("deco", grid.middle, grid.eave - 0.78 * rise, 0.9, 0.9, "medallion", "disc")]
    return []
