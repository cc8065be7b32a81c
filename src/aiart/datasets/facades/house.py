"""What a house consists of, in metres: the layout that both halves of a pair are drawn from.

The picture is a square of `extent` metres; x runs from its left edge and y from its top edge downwards.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiart.datasets.facades.geometry import Box, nearest


@dataclass(frozen=True)
class Element:
    """One labelled part: its class, its bounding box in metres, its outline, and the form it is built in."""

    kind: str
    left: float
    top: float
    width: float
    height: float
    form: str = "plain"
    outline: str = "rectangle"

    def box(self, pixels_per_metre: float) -> Box:
        """Its pixels, at least one; parts that abut in metres abut in pixels."""
        x0, y0 = nearest(self.left * pixels_per_metre), nearest(self.top * pixels_per_metre)
        x1 = nearest((self.left + self.width) * pixels_per_metre)
        y1 = nearest((self.top + self.height) * pixels_per_metre)
        return Box(x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))


@dataclass(frozen=True)
class House:
    """A facade and what little of its surroundings the photograph must know.

    family: see `families`; left, right: the wall's sides; eave: top of the rectangular wall; ground: its foot;
    gable: a polygon of wall upon the eave, or (); storey_lines: the floors' levels from the ground up, the
    ground itself first; roof, roof_height: see `surroundings`; elements: painted in this order.
    """

    family: str
    extent: float
    left: float
    right: float
    eave: float
    ground: float
    gable: tuple[tuple[float, float], ...]
    storey_lines: tuple[float, ...]
    roof: str
    roof_height: float
    elements: tuple[Element, ...]

    def wall(self, pixels_per_metre: float) -> Box:
        """The pixels of the rectangular wall."""
        wall = Element("facade", self.left, self.eave, self.right - self.left, self.ground - self.eave)
        return wall.box(pixels_per_metre)
