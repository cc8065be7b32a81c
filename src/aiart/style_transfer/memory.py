"""How much memory a painting takes: what a scheduler is to reserve, and what does not fit and is not begun."""

from __future__ import annotations

from aiart.memory import most_that_fits
from aiart.params.feature_networks import NETWORKS
from aiart.params.style_transfer import StyleTransfer

# Measured at 512, 768 and 1024 px with benchmarks/style_transfer.py. In MB: TensorFlow and the network, before the
# first pixel.
START_MB = 800
# Pairs of differences that L-BFGS remembers, where memory is short fewer; at 64 px 20 mostly led lower than 10.
LBFGS_PAIRS = (5, 10, 20)
# Bytes for each pixel, beside those of the network: of L-BFGS's vectors, and of each pair, three channels of two
# float32, which are copied where they are read.
LBFGS_BYTES, PAIR_BYTES = 100, 48
# Of each value of a style layer, beside those of the network; what is sorted is kept with its order.
STATISTIC_BYTES = {"gram": 0, "moments": 8, "sliced_wasserstein": 24}
# Where there are regions, of each value in each of them, and of their masks.
GUIDED_BYTES, MASK_BYTES = 12, 16
# Of each frame on the way: as it was painted, with the photograph's colours, and as a picture of the animation.
FRAME_BYTES = 10

# Sides of an estimate's trials relative to the picture's. Time and memory are linear in the pixels, but start-up
# is not, so one trial is not enough; and a trial much smaller than the picture fits in the caches.
TRIAL_SCALES = (0.3, 0.6)


def painting_mb(settings: StyleTransfer, pixels: int, pairs: int = LBFGS_PAIRS[-1]) -> int:
    """MB (10⁶ bytes) that a painting of so many pixels takes on a CPU at its peak, with some room to spare.

    pairs: how many L-BFGS remembers.
    """
    return START_MB + _pixel_bytes(settings, pairs) * pixels // 10**6


def least_painting_mb(settings: StyleTransfer, pixels: int) -> int:
    """The same where memory is short."""
    return painting_mb(settings, pixels, LBFGS_PAIRS[0])


def lbfgs_pairs(settings: StyleTransfer, pixels: int) -> int:
    """How many pairs L-BFGS is to remember with the memory that can be had now."""
    return most_that_fits(LBFGS_PAIRS, lambda pairs: painting_mb(settings, pixels, pairs) * 10**6)


def estimate_mb(settings: StyleTransfer, pixels: int) -> int:
    """The same of an estimate of such a painting."""
    return least_painting_mb(settings, round(pixels * max(TRIAL_SCALES) ** 2))


def _pixel_bytes(settings: StyleTransfer, pairs: int) -> int:
    evaluations = settings.iterations + sum(level.iterations for level in settings.pyramid)
    frames = evaluations // settings.snapshot_every + 2 if settings.snapshot_every else 0
    optimizer = LBFGS_BYTES + PAIR_BYTES * pairs if settings.optimizer == "lbfgs" else 0
    facts = NETWORKS[settings.network]
    values = {layer.name: layer.channels / layer.stride**2 for layer in facts.layers}
    regions = settings.statistics
    statistics = sum(STATISTIC_BYTES[one] * values[layer] for region in regions for layer, one in region.items())
    if len(regions) > 1:
        statistics += len(regions) * (
            MASK_BYTES + GUIDED_BYTES * sum(values[layer] for layer in settings.style_layer_list)
        )
    return facts.painting_bytes + optimizer + frames * FRAME_BYTES + round(statistics)
