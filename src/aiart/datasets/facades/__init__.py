"""Synthetic facades: pairs of a rendered photograph and its label map, drawn from a seed.

They stand in for the CMP facades, so that Pix2Pix and CycleGAN run without a download. A house is laid out in
metres (`layout`), then drawn twice: as a label map in the colours of the pix2pix facades (`labels`), and as a
photograph (`render`), to the same pixels.
"""

from __future__ import annotations

import numpy as np

from aiart.datasets.facades.classes import CLASSES
from aiart.datasets.facades.labels import label_map
from aiart.datasets.facades.layout import draw_house
from aiart.datasets.facades.render import photograph
from aiart.errors import UserError

__all__ = ["CLASSES", "SHORTEST_SIDE", "draw_facade"]

SHORTEST_SIDE = 32  # below this a window is narrower than two pixels


def draw_facade(side: int, seed: int, index: int) -> tuple[np.ndarray, np.ndarray]:
    """The photograph and the label map of house number `index`: both float32 (side, side, 3), 0..255.

    side: pixels, at least 32; the same seed and index give the same house at every side. Both pictures hold
    whole numbers, so 8-bit files keep them exactly, and the bytes are the same on every machine.
    Raises UserError for a side that is too short, or a negative seed or index.
    """
    check_request(side, seed, index)
    house = draw_house(np.random.default_rng([seed, index, 0]))
    return photograph(house, side, np.random.default_rng([seed, index, 1])), label_map(house, side)


def check_request(side: int, seed: int, index: int) -> None:
    """Raises UserError for a side that is too short, or a negative seed or index."""
    if side < SHORTEST_SIDE:
        raise UserError(f"A facade of {side} pixels has no room for windows; make its side at least {SHORTEST_SIDE}.")
    if seed < 0 or index < 0:
        raise UserError(f"Seed {seed} and index {index} of a facade must not be negative; make both 0 or more.")
