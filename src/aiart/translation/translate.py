"""Applying a trained model to pictures of any size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from aiart.errors import UserError
from aiart.images import resize_long_side
from aiart.memory import fits, fitting, in_use, most_that_fits
from aiart.translation.model_file import Model
from aiart.translation.tiles import may_tile, tile_sides, translate_tiles
from aiart.translation.value_range import from_network, to_network

# A residual generator halves a picture twice and then mirrors the edge, so that 8 pixels are the least it can do with.
SMALLEST_SIDE = 16


@dataclass(frozen=True)
class Translated:
    """picture: float32 (H, W, 3) in 0..255. tile: side of the tiles that it was put together from, None for none.
    approximation: what was done instead of seeing it as a whole, in words, None for nothing."""

    picture: np.ndarray
    tile: int | None = None
    approximation: str | None = None


def translate_picture(
    model: Model,
    picture: np.ndarray,
    direction: str | None = None,
    *,
    noise_seed: int | None = None,
    side: int | None = None,
    tile: int | Literal["auto"] | None = None,
) -> Translated:
    """Translate one picture, float32 (H, W, 3) in 0..255 on both sides, of any size.

    side: pixels that the longer side is resized to first; without it the picture keeps its size, and the result
    has it too. direction: may be left out for a model of one direction. noise_seed: dropout stays on and derives
    from this seed; without it dropout is off. tile: side of the tiles that a larger picture is cut into, `auto` for the
    largest that fit where the whole picture does not; without it that is refused.

    The networks need multiples of `model.multiple`, so the picture is continued around by its mirror image and
    the result cropped back. Raises UserError for a direction that the model has not, for tiles with dropout, or when
    memory is short.
    """
    if side is not None:
        picture = resize_long_side(picture, side, upscale=True)
    height, width = picture.shape[:2]
    padded, top, left = pad_to_multiple(picture, model.multiple)
    used, longest = in_use(), max(height, width)

    def takes(longer: int) -> int:
        sides = (_padded_side(side * longer / longest, model.multiple) for side in (height, width))
        return used + math.prod(sides) * model.settings.generator_width * model.settings.translation_bytes

    def takes_of(tile: int) -> int:
        # Beside the tile the result and its weights, and two copies that are added and cut.
        return (
            used
            + 40 * padded.shape[0] * padded.shape[1]
            + tile**2 * model.settings.generator_width * model.settings.translation_bytes
        )

    network = model.generator(direction)
    sides = tile_sides(model.multiple, max(padded.shape[:2]))
    smaller = {
        "--side": (range(SMALLEST_SIDE, longest, SMALLEST_SIDE), takes),
        "--tile": (sides if may_tile(network, noise_seed) else (), takes_of),
    }
    what = f"a picture of {width}×{height} pixels"
    if tile == "auto":
        tile = None if fits(takes(longest)) or not sides else most_that_fits(sides, takes_of)
    elif tile is not None:
        tile = max(2 * model.multiple, tile // model.multiple * model.multiple)
    if tile is None or tile >= max(padded.shape[:2]):
        with fitting(what, takes(longest), smaller):
            made = from_network(model.translate(to_network(padded[np.newaxis]), direction, noise_seed)[0])
        return Translated(made[top : top + height, left : left + width])
    if not may_tile(network, noise_seed):
        raise UserError("tiles: the dropout of this model would differ from tile to tile; add --no-dropout.")
    with fitting(f"a tile of {tile} pixels", takes_of(tile), smaller):
        tiled = translate_tiles(model, padded, direction, tile)
    done = f"{tiled.tiles} tiles of {tile} pixels, by the statistics of a copy of {tile} pixels"
    return Translated(tiled.picture[top : top + height, left : left + width], tile, None if tiled.exact else done)


def _padded_side(side: float, multiple: int) -> int:
    return math.ceil(max(side, SMALLEST_SIDE) / multiple) * multiple


def pad_to_multiple(picture: np.ndarray, multiple: int) -> tuple[np.ndarray, int, int]:
    """Continue a picture by its mirror image, as often as it takes, to sides that are multiples of `multiple`.

    Returns it with the row and the column where the picture begins: it stays in the middle, so that all its edges
    have as much around them. No side is below 16 pixels.
    """
    height, width = picture.shape[:2]
    more_rows, more_columns = (_padded_side(side, multiple) - side for side in (height, width))
    top, left = more_rows // 2, more_columns // 2
    margins = ((top, more_rows - top), (left, more_columns - left))
    for axis, margin in enumerate(margins):
        # A single row has no neighbour to mirror but itself.
        mode = "reflect" if picture.shape[axis] > 1 else "edge"
        picture = np.pad(picture, [margin if axis == other else (0, 0) for other in range(3)], mode=mode)
    return picture, top, left


def noise_seed(seed: int, name: str) -> int:
    """Dropout's seed for the picture called `name`: equal whatever other pictures there are."""
    return int(np.random.default_rng([seed, *name.encode()]).integers(2**31))
