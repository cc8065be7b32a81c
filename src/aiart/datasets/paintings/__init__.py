"""Style pictures painted by the program itself: one painter a module, each from a seed.

They stand in for museum photographs, so that style transfer runs without a download. Each painter differs
from the others in palette, in the shape of its strokes and in their scale. A composition and its strokes
scale with the picture; 512 pixels on the long side is the natural size.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil

import numpy as np

from aiart.errors import UserError

PAINTERS = sorted(module.name for module in pkgutil.iter_modules(__path__))
"""Names of the painters: of the modules here. Each holds a function of its own name, of height, width and a NumPy
generator, that gives float32 (height, width, 3) in 0..255."""

SHORTEST_SIDE = 32  # below this a stroke is thinner than a pixel


def paint(name: str, *, height: int = 512, width: int = 512, seed: int = 0) -> np.ndarray:
    """A painting by the painter `name`: float32 (height, width, 3), sRGB, 0..255.

    height, width: pixels, each at least 32; seed: a non-negative integer. The same arguments give the
    same bytes. Raises `UserError` for an unknown painter, a side that is too short or a negative seed.
    """
    if name not in PAINTERS:
        near = difflib.get_close_matches(name, PAINTERS, n=1, cutoff=0.0)
        raise UserError(
            f"No painter is called {name!r}; the nearest name is {near[0]!r}, and the painters are "
            f"{', '.join(PAINTERS)}."
        )
    if min(height, width) < SHORTEST_SIDE:
        raise UserError(
            f"A painting of {height}x{width} pixels is too small for brush strokes; "
            f"make both sides at least {SHORTEST_SIDE} pixels."
        )
    if seed < 0:
        raise UserError(f"The seed of a painting is {seed}; make it 0 or more.")
    painter = getattr(importlib.import_module(f"{__name__}.{name}"), name)
    picture = painter(height, width, np.random.default_rng(seed))
    return np.ascontiguousarray(np.clip(picture, 0.0, 255.0), dtype=np.float32)
