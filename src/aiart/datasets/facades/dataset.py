"""The files of the dataset `synthetic_facades`: photograph and label map beside each other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aiart.datasets.facades import draw_facade
from aiart.params.datasets import SyntheticFacades

# Number of the first held-out house. More are never trained on, so neither count changes the other's houses.
_HELD_OUT = 10_000


def draw(settings: SyntheticFacades, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Path within the folder, and picture: float32 (side, 2 × side, 3) in 0..255."""
    for split, count, first in (("train", settings.train_pictures, 0), ("test", settings.test_pictures, _HELD_OUT)):
        for number in range(count):
            both = draw_facade(settings.side, seed, first + number)
            yield f"{split}/{number + 1:04}.png", np.concatenate(both, axis=1)
