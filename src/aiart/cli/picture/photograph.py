"""aiart picture photograph chelsea -o chelsea.png"""

from __future__ import annotations

import argparse

import numpy as np

from aiart.datasets.photographs import PHOTOGRAPHS, load_photograph


def make(options: argparse.Namespace) -> tuple[np.ndarray, dict[str, str]]:
    """The picture, and what its file says about it."""
    picture = load_photograph(options.name)
    about = PHOTOGRAPHS[options.name]
    return picture, {"title": about.shows, "credit": about.credit, "licence": about.licence}
