"""The files of the dataset `synthetic_streets`: streets by day (A) and by night (B), no street in both.

Beside the held-out pictures of each domain, truthA/ and truthB/ show the same streets as the other domain does.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from aiart.datasets.streets import draw_street
from aiart.params.datasets import SyntheticStreets

# Of streets in each folder, at most, so that none is drawn twice.
_STREETS = 10_000
_DAY, _NIGHT = range(2)


def draw(settings: SyntheticStreets, seed: int) -> Iterator[tuple[str, np.ndarray]]:
    """Path within the folder, and picture: float32 (side, side, 3) in 0..255."""
    for domain, shown in (("A", _DAY), ("B", _NIGHT)):
        for number in range(settings.train_pictures):
            street = draw_street(settings.side, seed, shown * _STREETS + number)
            yield f"train{domain}/{number + 1:04}.png", street[shown]
        for number in range(settings.test_pictures):
            street = draw_street(settings.side, seed, (2 + shown) * _STREETS + number)
            yield f"test{domain}/{number + 1:04}.png", street[shown]
            yield f"truth{domain}/{number + 1:04}.png", street[_NIGHT - shown]
