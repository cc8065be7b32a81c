"""aiart picture painting starry_flow -o starry_flow.png"""

from __future__ import annotations

import argparse

import numpy as np

from aiart.datasets.paintings import paint


def make(options: argparse.Namespace) -> tuple[np.ndarray, dict[str, str]]:
    """The picture, and what its file says about it."""
    picture = paint(options.name, height=options.side, width=options.side, seed=options.seed)
    return picture, {"title": options.name, "credit": "painted by aiart", "seed": str(options.seed)}
