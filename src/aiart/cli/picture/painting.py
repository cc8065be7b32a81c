"""aiart picture painting starry_flow -o starry_flow.png"""

from __future__ import annotations

import argparse

import numpy as np

from aiart.datasets.paintings import paint
from aiart.images import ALGORITHMIC, xmp_packet


def make(options: argparse.Namespace) -> tuple[np.ndarray, dict[str, str], str]:
    """The picture, and what its file says about it, also in XMP."""
    picture = paint(options.name, height=options.side, width=options.side, seed=options.seed)
    credit = "painted by aiart"
    said = {"title": options.name, "credit": credit, "seed": str(options.seed)}
    return picture, said, xmp_packet(ALGORITHMIC, [(credit, "")])
