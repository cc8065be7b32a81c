"""How long a painting will take and how much memory, from two small trials on this machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aiart.images import resize_long_side
from aiart.networks.registry import FeatureNetwork
from aiart.params.feature_networks import NETWORKS
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.memory import TRIAL_SCALES
from aiart.style_transfer.paint import paint
from aiart.timings import timings

# The first few take longer.
TRIAL_EVALUATIONS = 8


@dataclass(frozen=True)
class Estimate:
    """Of the whole painting, all pyramid levels included."""

    width: int
    height: int
    seconds: float
    memory_mb: float


def estimate(
    network: FeatureNetwork,
    content: np.ndarray,
    styles: Sequence[np.ndarray],
    settings: StyleTransfer,
    *,
    palette: np.ndarray | None = None,
    masks: Sequence[np.ndarray] = (),
    style_masks: Sequence[np.ndarray] = (),
) -> Estimate:
    """Run both trials, a few evaluations each, and extend the line through them to the full size.

    Pictures, palette and masks are (height, width, 3), RGB 0..255. Memory is the peak of the whole process.
    """
    full = resize_long_side(content, settings.long_side)
    height, width = full.shape[:2]
    # Any start costs the same, and the file of `picture` is not here.
    init = "noise" if settings.init == "picture" else settings.init
    trials = []
    for scale in TRIAL_SCALES:
        side = max(round(max(height, width) * scale), 2 * NETWORKS[settings.network].smallest_side())
        trial = settings.model_copy(
            update={
                "long_side": side,
                "iterations": TRIAL_EVALUATIONS,
                "pyramid": [],
                "snapshot_every": 0,
                "init": init,
            }
        )
        painted = paint(
            network,
            content,
            styles,
            trial,
            seed=0,
            palette=palette,
            masks=masks,
            style_masks=style_masks,
            name="estimate",
        )
        took = timings(painted.seconds)
        pixels = painted.picture.shape[0] * painted.picture.shape[1]
        # A trial that ends at its first evaluation has no time per iteration.
        steady = float(np.median(np.diff(took["seconds"])[-6:])) if len(took["seconds"]) > 1 else 0.0
        trials.append((pixels, took["seconds_compile"], steady, took["peak_memory_mb"]))
    small, large = trials

    def at(pixels: float, index: int) -> float:
        # Trials of a small picture are of one size.
        slope = (large[index] - small[index]) / (large[0] - small[0]) if large[0] > small[0] else 0.0
        return max(large[index] + slope * (pixels - large[0]), 0.0)

    levels = [(level.scale, level.iterations) for level in settings.pyramid] + [(1.0, settings.iterations)]
    seconds = sum(at(width * height * s * s, 1) + n * at(width * height * s * s, 2) for s, n in levels)
    return Estimate(width, height, seconds, max(at(width * height, 3), large[3]))
