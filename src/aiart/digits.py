"""The digits of a figure that mean something."""

from __future__ import annotations

from typing import Any

import numpy as np

DIGITS = 6


def rounded(values: Any) -> Any:
    """A real number with six significant digits, since those beyond depend on the order of additions; of nested
    dictionaries and lists the same with every real number in them. Whole numbers and texts stay."""
    if isinstance(values, float | np.floating):
        return float(f"{values:.{DIGITS}g}")
    if isinstance(values, dict):
        return {name: rounded(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return [rounded(value) for value in values]
    return values
