"""The default unpaired dataset's pictures: photographs and drawn houses, and paintings of others.

Domain A holds pictures as they are, domain B what `strokes` paints of others. Two of three show a house of `facades`,
each of which appears once in all; the rest are crops of the bundled photographs. Every photograph is cut into tiles,
which the domains and splits are dealt in turn, so that a painting and a photograph never show the same place and a
held-out picture shows nothing of a training picture. But all four show the same kinds of things: domains that differed
in what they show could not be told apart by how, and held-out pictures that did would be far from any training picture.

Two photographs are left out: a fundus of the eye (`retina`) is a uniformly orange disc, and the galaxies of
`hubble_deep_field` are specks smaller than a brush on a black ground.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from aiart.datasets.facades import draw_facade
from aiart.datasets.photographs import load_photograph
from aiart.datasets.strokes import LUMINANCE, SHORTEST_SIDE, paint_strokes
from aiart.errors import UserError
from aiart.images.resize import resize_exact
from aiart.linear_algebra import product
from aiart.params.datasets import SyntheticPaintings

Domain = Literal["A", "B"]
Split = Literal["train", "test"]
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels; right and bottom are outside

# Size of each photograph in pixels (width, height), and into how many tiles it is cut across and down.
TILES: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "astronaut": ((512, 512), (4, 4)),
    "chelsea": ((451, 300), (4, 2)),
    "coffee": ((600, 400), (4, 3)),
    "rocket": ((640, 427), (4, 3)),
}
PARTS: tuple[tuple[Domain, Split], ...] = (("A", "train"), ("B", "train"), ("A", "test"), ("B", "test"))


def _tiles(part: int) -> dict[str, tuple[Box, ...]]:
    """The tiles of each photograph that a part is dealt: every fourth one, and none below another of its own."""
    return {
        name: tuple(
            (
                column * width // columns,
                row * height // rows,
                (column + 1) * width // columns,
                (row + 1) * height // rows,
            )
            for row in range(rows)
            for column in range(columns)
            if (column + 2 * row + row // 2) % len(PARTS) == part
        )
        for name, ((width, height), (columns, rows)) in TILES.items()
    }


REGIONS: dict[tuple[Domain, Split], dict[str, tuple[Box, ...]]] = {
    part: _tiles(number) for number, part in enumerate(PARTS)
}
# Crops are never enlarged, so the smallest tile bounds their side.
LONGEST_SIDE = min(
    min(right - left, bottom - top)
    for photographs in REGIONS.values()
    for boxes in photographs.values()
    for left, top, right, bottom in boxes
)
TURNS = 3  # of these the first is a photograph's, the others are houses'
# Of houses in a part, at most, so that no house is drawn twice.
_HOUSES = 10_000
SMALLEST = 0.6  # of the largest square in the tile; a smaller crop shows nothing that can be recognised
CONTRAST = 14.0  # least standard deviation of a crop's luminance, in levels; plain sky stays below


def draw(settings: SyntheticPaintings, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """The files of the dataset: path within the folder, and picture, float32 (side, side, 3) in 0..255."""
    for split, count in (("train", settings.train_pictures), ("test", settings.test_pictures)):
        for domain in ("A", "B"):
            for number, picture in enumerate(draw_domain(domain, split, count, settings.side, seed), start=1):
                yield f"{split}{domain}/{number:04}.png", picture


def draw_domain(domain: Domain, split: Split, count: int, side: int, seed: int) -> Iterator[np.ndarray]:
    """Photographs and houses (domain A) or paintings (domain B): `count` of float32 (side, side, 3), sRGB 0..255.

    Every picture is a pure function of (seed, domain, split, side) and its index, so that asking for more
    leaves the first ones as they are. A photograph and two houses take turns, and so do the photographs: any twelve
    pictures in a row show all of these. Crops differ in place and scale, none is enlarged, and half of all pictures
    are mirrored.

    Raises `UserError`, before the first picture, for an unknown domain or split, a negative count or seed,
    and a side below 32 pixels (too small for strokes) or above 112 (the smallest tile).
    """
    _check(domain, split, count, side, seed)
    regions = REGIONS[domain, split]
    photographs = {name: load_photograph(name) for name in regions}

    def draw(index: int) -> np.ndarray:
        rng = np.random.default_rng([seed, "AB".index(domain), ("train", "test").index(split), index])
        if index % TURNS:
            picture = draw_facade(side, seed, PARTS.index((domain, split)) * _HOUSES + index)[0]
        else:
            name = list(regions)[index // TURNS % len(regions)]
            left, top, right, bottom = choose_box(photographs[name], regions[name], side, rng)
            picture = resize_exact(photographs[name][top:bottom, left:right], side, side)
        if rng.random() < 0.5:
            picture = np.ascontiguousarray(picture[:, ::-1])
        return picture if domain == "A" else paint_strokes(picture, seed=int(rng.integers(2**32)))

    return map(draw, range(count))


def choose_box(photograph: np.ndarray, regions: Sequence[Box], side: int, rng: np.random.Generator) -> Box:
    """A random square inside one of the `regions` of the photograph, of at least `side` pixels, that shows something.

    Squares whose luminance hardly varies are drawn again; some tile of each photograph and part of `REGIONS` holds
    enough others.
    """
    while True:
        left, top, right, bottom = regions[int(rng.integers(len(regions)))]
        largest = min(right - left, bottom - top)
        size = int(rng.integers(max(side, round(SMALLEST * largest)), largest + 1))
        x = int(rng.integers(left, right - size + 1))
        y = int(rng.integers(top, bottom - size + 1))
        if product(photograph[y : y + size, x : x + size], LUMINANCE).std() >= CONTRAST:
            return x, y, x + size, y + size


def _check(domain: str, split: str, count: int, side: int, seed: int) -> None:
    if (domain, split) not in REGIONS:
        raise UserError(f"There are no crops of domain {domain!r} and split {split!r}; give A or B, and train or test.")
    if count < 0:
        raise UserError(f"The number of crops is {count}; make it 0 or more.")
    if seed < 0:
        raise UserError(f"The seed of the crops is {seed}; make it 0 or more.")
    if not SHORTEST_SIDE <= side <= LONGEST_SIDE:
        raise UserError(
            f"Crops of {side} pixels cannot be cut from the bundled photographs; "
            f"ask for a side of {SHORTEST_SIDE} to {LONGEST_SIDE} pixels."
        )
