"""A discriminator that sees pictures through a frozen feature network (Sauer et al. 2021, "Projected GANs Converge
Faster")."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from aiart.networks.convolutions import convolution
from aiart.params.patchgan import head_layers

LEAK = 0.2


class FeatureDiscriminator(keras.Model):
    """A small PatchGAN on each of several layers of a frozen network, which knows from the first step on what a window
    or a stroke is.

    frozen: pictures (N, H, W, 3) in −1..1 → activations (N, h, w, C) of each layer; its weights are none of this
    network's. strides: pixels between the activations of each layer. pictures: (N, H, W, 3) in −1..1, over which each
    channel is brought to mean 0 and deviation 1 for good. width: channels of the heads. Their weights derive from
    `seed`.

    A head is `head_layers` without padding: zeros at the borders tell nothing of a picture, and were painted as a
    frame. The paper mixes channels and scales at random, so that no few features decide, and divides weights by their
    largest singular value; with a slim network's layers neither was missed (docs/ablation.md).
    """

    def __init__(
        self,
        frozen: Callable[[tf.Tensor], Sequence[tf.Tensor]],
        strides: Sequence[int],
        pictures: np.ndarray,
        *,
        width: int,
        seed: int,
    ):
        super().__init__(name="feature_discriminator")
        self.frozen = frozen
        self.moments = [_moments(layer) for layer in frozen(tf.constant(pictures))]
        self.heads = []
        for level, ((mean, _), stride) in enumerate(zip(self.moments, strides, strict=True), start=1):
            head, before = [], mean.shape[-1]
            for number, (kernel, step) in enumerate(head_layers(stride), start=1):
                after = 1 if kernel == 1 else width
                options = {"strides": step, "bias": True, "initial": "he", "seed": seed, "dtype": "float32"}
                head.append(convolution(f"layer_{level}_{number}", before, after, kernel, **options))
                before = after
            self.heads.append(head)
        self.built = True

    def call(self, x: tf.Tensor, training: bool = False) -> list[tf.Tensor]:
        """float32 logits (N, h, w, 1) of each layer. x: (N, H, W, 3) in −1..1. training: without effect."""
        logits = []
        for (mean, deviation), head, y in zip(self.moments, self.heads, self.frozen(x), strict=True):
            y = (y - mean) / deviation
            for number, convolve in enumerate(head):
                y = convolve(tf.nn.leaky_relu(y, LEAK) if number else y)
            logits.append(y)
        return logits


def _moments(activations: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and deviation of each channel, (C,); of a silent one no deviation of its own."""
    mean, variance = tf.nn.moments(activations, axes=(0, 1, 2))
    least = 1e-4 * tf.reduce_mean(variance + tf.square(mean)) + 1e-12
    return mean, tf.sqrt(variance + least)
