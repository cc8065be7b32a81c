"""aiart picture photograph chelsea -o chelsea.png"""

from __future__ import annotations

import argparse

import numpy as np

from aiart.datasets.photographs import PHOTOGRAPHS, load_photograph
from aiart.images import xmp_packet


def make(options: argparse.Namespace) -> tuple[np.ndarray, dict[str, str], str]:
    """The picture, and what its file says about it, also in XMP."""
    picture = load_photograph(options.name)
    about = PHOTOGRAPHS[options.name]
    said = {"title": about.shows, "credit": about.credit, "licence": about.licence}
    return picture, said, xmp_packet(None, [(about.credit, about.licence)])
