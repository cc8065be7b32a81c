"""Elementary functions whose last bits do not show in a picture, whatever the processor.

NumPy computes them by the newest instructions that it finds. In float32 the results then differ by several last bits,
enough to move the border between two colours. These compute in float64, where they differ by parts in 10^16, and
round to the type of what they are given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import numpy as np


def _in_double(function: np.ufunc) -> Callable[..., np.ndarray]:
    @wraps(function, assigned=("__name__",))
    def computed(*values: np.ndarray | float) -> np.ndarray:
        kind = np.result_type(*values)
        return function(*values, dtype=np.float64).astype(kind if kind.kind == "f" else np.float64)

    return computed


sin, cos, exp, arctan, arctan2, power = map(_in_double, (np.sin, np.cos, np.exp, np.arctan, np.arctan2, np.power))
