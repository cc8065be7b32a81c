"""Where the tiles of a picture are: which pixels each is responsible for, and how far around them it has to see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from aiart.params.layers import Layer


class Tiling(NamedTuple):
    """How a picture is cut, and what is done with the photograph's activations."""

    side: int
    """Of a tile's core, in pixels."""
    keep_content: bool = True
    """Whether those of the content layers are kept, or computed again at every evaluation."""


class Tile(NamedTuple):
    """A part of a picture: its core, which no other tile has, and what is seen around it. All in pixels."""

    number: int
    """Results of tiles are added up in this order, whatever the order in which they were computed."""
    top: int
    left: int
    bottom: int
    right: int
    core: tuple[int, int, int, int]
    """Top, left, bottom and right of the core in the picture."""

    @property
    def seen(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def inside(self) -> tuple[slice, slice]:
        """The core in the picture."""
        return slice(self.core[0], self.core[2]), slice(self.core[1], self.core[3])

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """The core in what is seen."""
        top, left, bottom, right = self.core
        return top - self.top, left - self.left, bottom - self.top, right - self.left

    def positions(self, layer: Layer) -> tuple[slice, slice]:
        """What is seen, in the layer's map of the picture."""
        rows, columns = layer.grid(self.bottom - self.top, self.right - self.left)
        top, left = self.top // layer.stride, self.left // layer.stride
        return slice(top, top + rows), slice(left, left + columns)


def grid_step(layers: Iterable[Layer]) -> int:
    """Tiles begin at multiples of so many pixels: their maps then lie on the grid of the picture's, and pooling joins
    the same pixels."""
    return max((layer.stride for layer in layers), default=1)


def reach(layers: Iterable[Layer]) -> int:
    """Pixels around a core that the positions in it see. A position of stride s and receptive field f belongs to the s
    pixels in its middle, of which the core has the first at least."""
    return max(((layer.receptive_field - layer.stride) // 2 + layer.stride - 1 for layer in layers), default=1)


def gradient_reach(layers: Iterable[Layer]) -> int:
    """Pixels around a core that the gradient in it depends on: all that the positions see that see a pixel of it. At
    least one, for total variation."""
    return max((layer.receptive_field - 1 for layer in layers), default=1)


def tiles(size: tuple[int, int], side: int, margin: int, step: int) -> list[Tile]:
    """The tiles of a picture of this size (height, width), with cores of about `side` pixels, at least two `step`, and
    `margin` pixels around them; both are rounded to multiples of `step`, down and up. At the picture's edges a tile
    ends with the picture, whose padding is thus its own."""
    margin = -(-margin // step) * step
    cores = [_cores(length, max(side // step, 2) * step, 2 * step) for length in size]
    found = []
    for top, bottom in cores[0]:
        for left, right in cores[1]:
            seen_from = max(top - margin, 0), max(left - margin, 0)
            seen_to = min(bottom + margin, size[0]), min(right + margin, size[1])
            found.append(Tile(len(found), *seen_from, *seen_to, (top, left, bottom, right)))
    return found


def all_seen(found: Sequence[Tile]) -> int:
    """Pixels of all tiles together: more than the picture has, as they overlap."""
    return sum((tile.bottom - tile.top) * (tile.right - tile.left) for tile in found)


def most_seen(found: Sequence[Tile]) -> int:
    """Pixels of the largest tile."""
    return max((tile.bottom - tile.top) * (tile.right - tile.left) for tile in found)


def _cores(length: int, side: int, least: int) -> list[tuple[int, int]]:
    """Spans of `side` pixels that cover 0..length; what would be shorter than `least` belongs to the last."""
    starts = [start for start in range(0, length, side) if not start or length - start >= least]
    return list(zip(starts, [*starts[1:], length], strict=True))
