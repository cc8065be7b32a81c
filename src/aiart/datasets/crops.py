"""The default unpaired dataset's pictures: crops of the bundled photographs, and paintings of other crops.

Domain A holds photographs, domain B what `strokes` paints of photographs. Every photograph is cut into
four regions without a common pixel, one for either domain and split, so that a painting and a photograph
never show the same place and a held-out picture shows nothing of a training picture. Both domains see
every photograph, for otherwise they would differ in what they show and not in how.

Two photographs are left out: a fundus of the eye (`retina`) is a uniformly orange disc, and the galaxies of
`hubble_deep_field` are specks smaller than a brush on a black ground.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np

from aiart.datasets.photographs import load_photograph
from aiart.datasets.strokes import LUMINANCE, SHORTEST_SIDE, paint_strokes
from aiart.errors import UserError
from aiart.images.resize import resize_exact
from aiart.linear_algebra import product
from aiart.params.datasets import SyntheticPaintings

Domain = Literal["A", "B"]
Split = Literal["train", "test"]
Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels; right and bottom are outside

REGIONS: dict[tuple[Domain, Split], dict[str, Box]] = {
    ("A", "train"): {
        "astronaut": (0, 0, 310, 256),  # face and flag
        "chelsea": (30, 0, 226, 156),  # one eye
        "coffee": (0, 0, 300, 256),  # left half of the cup, table
        "rocket": (144, 180, 288, 427),  # tower and lights
    },
    ("A", "test"): {
        "astronaut": (0, 256, 280, 512),  # suit
        "chelsea": (0, 156, 226, 300),  # whiskers
        "coffee": (0, 256, 300, 400),  # saucer, table
        "rocket": (0, 180, 144, 427),  # tower and lights
    },
    ("B", "train"): {
        "astronaut": (310, 0, 512, 300),  # model of the Space Shuttle
        "chelsea": (226, 0, 430, 156),  # the other eye
        "coffee": (300, 0, 550, 256),  # right half of the cup, saucer, table
        "rocket": (288, 120, 496, 427),  # rocket, tower and lights
    },
    ("B", "test"): {
        "astronaut": (280, 300, 512, 512),  # helmet
        "chelsea": (226, 156, 410, 300),  # nose
        "coffee": (300, 256, 600, 400),  # spoon, saucer, table
        "rocket": (496, 230, 640, 427),  # tower
    },
}
# Crops are never enlarged, so the smallest region bounds their side.
LONGEST_SIDE = min(
    min(right - left, bottom - top) for boxes in REGIONS.values() for left, top, right, bottom in boxes.values()
)
SMALLEST = 0.6  # of the largest square in the region; a smaller crop shows nothing that can be recognised
CONTRAST = 14.0  # least standard deviation of a crop's luminance, in levels; plain sky stays below


def draw(settings: SyntheticPaintings, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """The files of the dataset: path within the folder, and picture, float32 (side, side, 3) in 0..255."""
    for split, count in (("train", settings.train_pictures), ("test", settings.test_pictures)):
        for domain in ("A", "B"):
            for number, picture in enumerate(draw_crops(domain, split, count, settings.side, seed), start=1):
                yield f"{split}{domain}/{number:04}.png", picture


def draw_crops(domain: Domain, split: Split, count: int, side: int, seed: int) -> Iterator[np.ndarray]:
    """Photographs (domain A) or paintings (domain B): `count` pictures, float32 (side, side, 3), sRGB 0..255.

    Every picture is a pure function of (seed, domain, split, side) and its index, so that asking for more
    leaves the first ones as they are. The photographs take turns: any four pictures in a row show all of
    them. Crops differ in place and scale, half of them are mirrored, and none is enlarged.

    Raises `UserError`, before the first picture, for an unknown domain or split, a negative count or seed,
    and a side below 32 pixels (too small for strokes) or above 144 (the smallest region).
    """
    _check(domain, split, count, side, seed)
    regions = REGIONS[domain, split]
    photographs = {name: load_photograph(name) for name in regions}

    def draw(index: int) -> np.ndarray:
        name = list(regions)[index % len(regions)]
        rng = np.random.default_rng([seed, "AB".index(domain), ("train", "test").index(split), index])
        left, top, right, bottom = choose_box(photographs[name], regions[name], side, rng)
        picture = resize_exact(photographs[name][top:bottom, left:right], side, side)
        if rng.random() < 0.5:
            picture = np.ascontiguousarray(picture[:, ::-1])
        return picture if domain == "A" else paint_strokes(picture, seed=int(rng.integers(2**32)))

    return map(draw, range(count))


def choose_box(photograph: np.ndarray, region: Box, side: int, rng: np.random.Generator) -> Box:
    """A random square inside `region` of the photograph, of at least `side` pixels, that shows something.

    Squares whose luminance hardly varies are drawn again; every one of `REGIONS` holds enough others.
    """
    left, top, right, bottom = region
    largest = min(right - left, bottom - top)
    while True:
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
