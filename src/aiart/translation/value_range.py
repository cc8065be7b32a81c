"""Pictures hold 0..255, the networks see −1..1."""

from __future__ import annotations

import numpy as np


def to_network(pictures):
    """0..255 → −1..1, float32, of an array or a tensor of any shape."""
    return pictures / np.float32(127.5) - np.float32(1)


def from_network(pictures: np.ndarray) -> np.ndarray:
    """−1..1 → float32 0..255, of any shape; what lies beyond is clipped."""
    return np.clip((pictures + 1.0) * 127.5, 0, 255)


def to_bytes(pictures: np.ndarray) -> np.ndarray:
    """−1..1 → uint8 0..255, rounded."""
    return np.rint(from_network(pictures)).astype(np.uint8)
