"""Seeds of initial weights."""

from __future__ import annotations

import zlib

import numpy as np


def layer_seed(seed: int, name: str) -> int:
    """A seed of its own for the layer of that name, so that adding a layer changes no other's weights."""
    return int(np.random.SeedSequence([seed, zlib.crc32(name.encode())]).generate_state(1)[0])
