"""How much memory a painting takes: what a scheduler is to reserve, and what does not fit and is not begun."""

from __future__ import annotations

from aiart.params.feature_networks import NETWORKS
from aiart.params.style_transfer import StyleTransfer

# Measured at 512, 768 and 1024 px with benchmarks/style_transfer.py. In MB: TensorFlow and the network, before the
# first pixel.
START_MB = 800
# Bytes for each pixel, beside those of the network. SciPy keeps 20 pairs of gradients in float64, and twice.
OPTIMIZER_BYTES = {"adam": 0, "lbfgs": 2000}
# Of each frame on the way: as it was painted, with the photograph's colours, and as a picture of the animation.
FRAME_BYTES = 10

# Sides of an estimate's trials relative to the picture's. Time and memory are linear in the pixels, but start-up
# is not, so one trial is not enough; and a trial much smaller than the picture fits in the caches.
TRIAL_SCALES = (0.3, 0.6)


def painting_mb(settings: StyleTransfer, pixels: int) -> int:
    """MB (10⁶ bytes) that a painting of so many pixels takes on a CPU at its peak, with some room to spare."""
    return START_MB + _pixel_bytes(settings) * pixels // 10**6


def estimate_mb(settings: StyleTransfer, pixels: int) -> int:
    """The same of an estimate of such a painting."""
    return painting_mb(settings, round(pixels * max(TRIAL_SCALES) ** 2))


def _pixel_bytes(settings: StyleTransfer) -> int:
    evaluations = settings.iterations + sum(level.iterations for level in settings.pyramid)
    frames = evaluations // settings.snapshot_every + 2 if settings.snapshot_every else 0
    network = NETWORKS[settings.network].painting_bytes
    return network + OPTIMIZER_BYTES[settings.optimizer] + frames * FRAME_BYTES
