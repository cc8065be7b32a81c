"""Random draws, alike on every machine.

`Generator.uniform` multiplies and adds in C, which some compilers fuse into one rounding; the draws here use
`Generator.random` and `integers`, which are exact, and Python's arithmetic.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

Choice = TypeVar("Choice")


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from low up to high."""
    return low + (high - low) * rng.random()


def one_of(rng: np.random.Generator, *choices: Choice) -> Choice:
    """One of the choices, all equally likely."""
    return choices[int(rng.integers(len(choices)))]


def chance(rng: np.random.Generator, probability: float) -> bool:
    """Whether something of this probability happens."""
    return rng.random() < probability
