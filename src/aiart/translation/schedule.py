"""The fall of the learning rate over a training."""

from __future__ import annotations

import math

from aiart.params.training import Training


def rate_factor(epoch: int, settings: Training) -> float:
    """What both learning rates are multiplied by in an epoch, counted from 0.

    1 until the last `decay_epochs`; then linearly towards 0, which would be reached one epoch after the end
    (`LambdaLR` of pytorch-CycleGAN-and-pix2pix), or along half a cosine.
    """
    constant = settings.epochs - settings.decay_epochs
    passed = max(0, epoch + 1 - constant) / (settings.decay_epochs + 1)
    if settings.decay == "linear":
        return 1.0 - passed
    return 0.5 * (1.0 + math.cos(math.pi * passed))
