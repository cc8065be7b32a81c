"""Families of houses: what a tenement, a brick town house, a country house … usually looks like.

A family sets proportions and ornaments together, so that the label map tells much about the photograph:
shutters mean pale plaster, giant pillars mean stone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from aiart.datasets.facades.draws import between, chance, one_of


@dataclass(frozen=True)
class Plan:
    """A house before its parts are placed; lengths in metres.

    storeys: with the ground floor; bay: distance of window axes; fill: the wall's width as a fraction of the
    picture, more than 1 for a wall that runs on past both sides; window: (width, height); window_form: how it is
    divided; window_outline, ground_outline: above and on the ground floor; heads: form of the cornice over each
    upper storey's windows, first floor first, "" for none; courses: the upper storeys (1 = first floor) with a
    molding under them; balconies: `none`, `centre`, `alternate`, `columns` or `gallery` (right across).
    """

    family: str
    storeys: int
    storey: float
    ground_storey: float
    bay: float
    fill: float
    window: tuple[float, float]
    window_form: str
    window_outline: str
    ground_outline: str
    sill_form: str
    heads: tuple[str, ...]
    courses: tuple[int, ...]
    eave_molding: float
    balconies: str
    balcony_form: str
    shutters: bool
    roller_blinds: bool
    pillars: str
    decoration: str
    shop: bool
    gable: str
    roof: str
    roof_height: float


def tenement(rng: np.random.Generator) -> Plan:
    """A town house of about 1890: plaster, window heads, moldings, a balcony over the door."""
    storeys = int(rng.integers(4, 6))
    first = one_of(rng, "triangle", "segment", "flat")
    upper = one_of(rng, "flat", "flat", "")
    roof = one_of(rng, "mansard", "mansard", "parapet")
    return Plan(
        family="tenement",
        storeys=storeys,
        storey=between(rng, 3.4, 3.7),
        ground_storey=between(rng, 4.0, 4.5),
        bay=between(rng, 2.45, 2.9),
        fill=one_of(rng, 1.1, between(rng, 0.80, 0.92), between(rng, 0.80, 0.92)),
        window=(between(rng, 1.35, 1.6), between(rng, 2.1, 2.3)),
        window_form="casement",
        window_outline="rectangle",
        ground_outline=one_of(rng, "arch", "rectangle"),
        sill_form="stone",
        heads=(first, *[upper] * (storeys - 3), one_of(rng, "flat", "")),
        courses=(1, *(() if chance(rng, 0.5) else (storeys - 1,))),
        eave_molding=between(rng, 0.75, 1.0),
        balconies=one_of(rng, "none", "centre", "centre", "alternate"),
        balcony_form=one_of(rng, "iron", "balustrade"),
        shutters=False,
        roller_blinds=False,
        pillars=one_of(rng, "none", "none", "edges"),
        decoration=one_of(rng, "none", "aprons", "frieze", "medallions"),
        shop=chance(rng, 0.4),
        gable="none",
        roof=roof,
        roof_height=2.3 if roof == "mansard" else 0.5,
    )


def brick(rng: np.random.Generator) -> Plan:
    """A brick town house with sash windows, pale lintels and sills, sometimes a stepped gable."""
    storeys = int(rng.integers(3, 5))
    gable = one_of(rng, "none", "none", "stepped")
    arched = chance(rng, 0.3)
    shutters = chance(rng, 0.2)
    head = "" if arched else one_of(rng, "lintel", "lintel", "flat")
    return Plan(
        family="brick",
        storeys=storeys,
        storey=between(rng, 3.1, 3.4),
        ground_storey=between(rng, 3.5, 3.9),
        bay=2.7 if shutters else between(rng, 2.2, 2.6),
        fill=between(rng, 0.62, 0.72) if gable == "stepped" else one_of(rng, 1.1, between(rng, 0.78, 0.9)),
        window=(between(rng, 1.25, 1.45), between(rng, 1.85, 2.05)),
        window_form="sash",
        window_outline="arch" if arched else "rectangle",
        ground_outline="arch",
        sill_form="stone",
        heads=(head,) * (storeys - 1),
        courses=one_of(rng, (), (1,), (1, storeys - 1)),
        eave_molding=0.0 if gable == "stepped" else between(rng, 0.45, 0.7),
        balconies="none",
        balcony_form="iron",
        shutters=shutters,
        roller_blinds=False,
        pillars=one_of(rng, "none", "door", "door"),
        decoration=one_of(rng, "none", "crest", "aprons"),
        shop=chance(rng, 0.3),
        gable=gable,
        roof="pitched" if gable == "none" else "gable",
        roof_height=1.6 if gable == "none" else 0.0,
    )


def country(rng: np.random.Generator) -> Plan:
    """A free-standing house with shutters, wooden balconies, flower boxes and a big roof."""
    storeys = int(rng.integers(2, 4))
    gable = one_of(rng, "triangle", "triangle", "none")
    return Plan(
        family="country",
        storeys=storeys,
        storey=between(rng, 2.8, 3.0),
        ground_storey=between(rng, 2.8, 3.1),
        bay=between(rng, 2.7, 3.2),
        fill=between(rng, 0.62, 0.8),
        window=(between(rng, 1.15, 1.35), between(rng, 1.35, 1.55)),
        window_form="lattice",
        window_outline="rectangle",
        ground_outline="rectangle",
        sill_form=one_of(rng, "flowers", "stone"),
        heads=("",) * (storeys - 1),
        courses=one_of(rng, (), (), (1,)),
        eave_molding=0.0,
        balconies=one_of(rng, "none", "centre", "gallery"),
        balcony_form="wood",
        shutters=chance(rng, 0.9),
        roller_blinds=False,
        pillars="none",
        decoration=one_of(rng, "none", "crest"),
        shop=False,
        gable=gable,
        roof="gable" if gable == "triangle" else "hipped",
        roof_height=0.0 if gable == "triangle" else 3.0,
    )


def stone(rng: np.random.Generator) -> Plan:
    """A commercial building in stone: giant pillars, shops, a heavy top molding."""
    storeys = int(rng.integers(4, 6))
    return Plan(
        family="stone",
        storeys=storeys,
        storey=between(rng, 3.3, 3.6),
        ground_storey=between(rng, 4.4, 4.9),
        bay=between(rng, 2.95, 3.4),
        fill=one_of(rng, 1.1, between(rng, 0.82, 0.95)),
        window=(between(rng, 1.8, 2.1), between(rng, 2.15, 2.35)),
        window_form="triple",
        window_outline=one_of(rng, "rectangle", "arch"),
        ground_outline="arch",
        sill_form="stone",
        heads=("",) * (storeys - 1),
        courses=(1, storeys - 1),
        eave_molding=between(rng, 0.9, 1.2),
        balconies=one_of(rng, "none", "centre"),
        balcony_form="balustrade",
        shutters=False,
        roller_blinds=False,
        pillars=one_of(rng, "giant", "giant", "edges"),
        decoration=one_of(rng, "aprons", "frieze", "medallions"),
        shop=chance(rng, 0.85),
        gable="none",
        roof="parapet",
        roof_height=0.7,
    )


def modern(rng: np.random.Generator) -> Plan:
    """A block of flats: wide windows, roller blinds, columns of balconies, a flat roof."""
    storeys = int(rng.integers(4, 6))
    return Plan(
        family="modern",
        storeys=storeys,
        storey=between(rng, 2.8, 3.0),
        ground_storey=between(rng, 3.0, 3.4),
        bay=between(rng, 3.2, 3.8),
        fill=one_of(rng, 1.1, between(rng, 0.78, 0.92)),
        window=(between(rng, 2.0, 2.4), between(rng, 1.5, 1.65)),
        window_form="wide",
        window_outline="rectangle",
        ground_outline="rectangle",
        sill_form="metal",
        heads=("",) * (storeys - 1),
        courses=(),
        eave_molding=between(rng, 0.3, 0.45),
        balconies=one_of(rng, "columns", "columns", "alternate"),
        balcony_form="parapet",
        shutters=False,
        roller_blinds=chance(rng, 0.7),
        pillars="none",
        decoration="none",
        shop=chance(rng, 0.3),
        gable="none",
        roof="parapet",
        roof_height=0.3,
    )


FAMILIES: tuple[tuple[float, Callable[[np.random.Generator], Plan]], ...] = (
    (0.32, tenement),
    (0.22, brick),
    (0.18, country),
    (0.16, stone),
    (0.12, modern),
)


def draw_plan(rng: np.random.Generator) -> Plan:
    """A plan of a family drawn by the weights in `FAMILIES`."""
    left = rng.random()
    for weight, family in FAMILIES:
        left -= weight
        if left < 0:
            return family(rng)
    return FAMILIES[-1][1](rng)
