"""How much memory a dream takes: what a scheduler is to reserve, and what does not fit and is not begun."""

from __future__ import annotations

from aiart.params.deep_dream import DeepDream
from aiart.params.feature_networks import NETWORKS

# In MB: TensorFlow and the network, before the first pixel.
START_MB = 800
# Bytes for each pixel of the whole picture, whatever the tiles: the octave, its detail, gradient and bands.
PICTURE_BYTES = 200
# Besides, of the spectrum: the picture in double precision while it is encoded, then Adam's moments.
FOURIER_BYTES = 400
# Of a caricature: its guide beside the picture, and what the network sees in it.
GUIDE_BYTES = 120
# Of each frame of a zoom, as it was dreamed and as a picture of the animation.
FRAME_BYTES = 10


def dream_mb(settings: DeepDream, pixels: int) -> int:
    """MB (10⁶ bytes) that a dream of so many pixels takes on a CPU at its peak, with some room to spare."""
    at_once = min(pixels, settings.tile**2) if isinstance(settings.tile, int) and settings.tile else pixels
    spectrum = FOURIER_BYTES if settings.parametrization == "fourier" else 0
    beside = GUIDE_BYTES if settings.guide_objective == "caricature" else 0
    whole = (PICTURE_BYTES + spectrum + beside + settings.zoom_frames * FRAME_BYTES) * pixels
    return START_MB + (NETWORKS[settings.network].dream_bytes * at_once + whole) // 10**6
