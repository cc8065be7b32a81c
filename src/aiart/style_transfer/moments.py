"""A moment of a painting, from which it goes on with the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Moment:
    """All that the evaluations to come depend on. notes: as JSON has them."""

    arrays: dict[str, np.ndarray]
    notes: dict[str, Any]


Note = Callable[[Callable[[], Moment]], None]


def not_noted(moment: Callable[[], Moment]) -> None:
    """For paintings that are not kept."""
