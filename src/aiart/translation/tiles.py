"""Translating in tiles what does not fit into the memory.

Tiles that share more than twice the reach of a residual generator are what the whole picture would have become. With
norms, which look at all of it, they are an approximation: the statistics are those of a copy that is reduced to the
size of a tile (thumbnail instance norm). Those of a U-Net see no further than themselves besides, and are faded into
each other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from aiart.images import resize_exact
from aiart.networks.normalization import Borrowed
from aiart.translation.model_file import Model
from aiart.translation.value_range import from_network, to_network

LARGEST_TILE = 4096


def may_tile(network, noise_seed: int | None) -> bool:
    """Whether tiles of one picture can agree: each would have dropout of its own."""
    return noise_seed is None or not network.rate


def tile_sides(multiple: int, longest: int) -> range:
    """Sides of tiles for a picture of so many pixels on its longer side, smallest first."""
    return range(max(2 * multiple, 64), min(longest, LARGEST_TILE + 1), multiple)


def tile_starts(length: int, tile: int, share: int, multiple: int) -> list[int]:
    """Where tiles begin that cover `length`, a multiple of `multiple` as `tile` is: at such multiples, sharing at least
    `share` pixels with the next."""
    if length <= tile:
        return [0]
    step = max(multiple, (tile - share) // multiple * multiple)
    return [*range(0, length - tile, step), length - tile]


class Tiled(NamedTuple):
    """picture: float32 (H, W, 3) in 0..255. tiles: how many there were. exact: whether it is what the whole would have
    become, but for rounding."""

    picture: np.ndarray
    tiles: int
    exact: bool


def translate_tiles(model: Model, picture: np.ndarray, direction: str | None, tile: int) -> Tiled:
    """Translate `picture`, float32 (H, W, 3) in 0..255 with sides that are multiples of `model.multiple`, in tiles of
    so many pixels, another such multiple."""
    height, width = picture.shape[:2]
    reach, multiple = model.generator(direction).reach, model.multiple
    # What is wrong near the edge of a tile is left out, and there is as much again to fade in.
    wrong = tile // 16 if reach is None else min(reach, tile // 4)
    share = 2 * wrong + max(tile // 8, 2)
    borrowed = Borrowed()
    longest = max(height, width)
    reduced = resize_exact(picture, *(_nearest(side * tile / longest, multiple) for side in (height, width)))
    model.translate(to_network(reduced[np.newaxis]), direction, borrowed=borrowed)
    made, weights = np.zeros_like(picture), np.zeros((height, width, 1), np.float32)
    rows, columns = (tile_starts(length, tile, share, multiple) for length in (height, width))
    for top in rows:
        down = _fade(top, min(tile, height), height, wrong, share)
        for left in columns:
            across = _fade(left, min(tile, width), width, wrong, share)
            part = np.s_[top : top + len(down), left : left + len(across)]
            seen = to_network(picture[part][np.newaxis])
            weight = (down[:, np.newaxis] * across)[..., np.newaxis]
            made[part] += weight * from_network(model.translate(seen, direction, borrowed=borrowed.lend())[0])
            weights[part] += weight
    made /= weights
    return Tiled(made, len(rows) * len(columns), exact=wrong == reach and not borrowed.noted)


def _nearest(side: float, multiple: int) -> int:
    return max(1, round(side / multiple)) * multiple


def _fade(start: int, tile: int, length: int, wrong: int, share: int) -> np.ndarray:
    """How much each pixel of a tile counts along one axis: 1 within it, falling to 0 towards its edges inside the
    picture, where the `wrong` outermost do not count at all."""
    inside = np.arange(tile) + np.float32(0.5)
    fade = np.ones(tile, np.float32)
    ramp = share - 2 * wrong
    for distance, at_border in ((inside, start == 0), (tile - inside, start + tile == length)):
        if not at_border:
            fade *= np.clip((distance - wrong) / ramp, 0, 1)
    return fade
