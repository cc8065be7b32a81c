"""A feature network that does not learn, and the losses over its features."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import tensorflow as tf

from aiart.networks.registry import load_network
from aiart.params.training import Training

# Activations' mean below which a layer says nothing of a picture; those of photographs have means from 5 to 900.
LEAST_MEAN = 1.0

FrozenNetwork = Callable[[tf.Tensor], list[tf.Tensor]]


def load_frozen(settings: Training, weights: str | Path | None = None) -> FrozenNetwork:
    """A function from pictures, float32 (N, S, S, 3) in −1..1, to the activations of `settings.loss_layers`, float32
    (N, h, w, C) each, through which gradients flow back to the pictures.

    Always in float32: its numbers are in the hundreds, of which bfloat16 keeps two digits. weights: its file, where
    it is not in its usual place. Raises UserError when the weights are absent or incomplete.
    """
    layers = settings.loss_layers
    network = load_network(settings.feature_network, layers, weights=weights)

    def features(pictures: tf.Tensor) -> list[tf.Tensor]:
        found = network((pictures + 1.0) * 127.5, layers)
        return [found[layer] for layer in layers]

    return features


def perceptual_loss(network: FrozenNetwork, fake: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """How far the features of a batch of pictures, (N, S, S, 3) in −1..1, are from those of `target`: a scalar.

    The mean absolute difference of each layer over the mean of the true activations, averaged over the layers.
    pix2pixHD weights layers by powers of two instead, which suit the widths and the scale of VGG-19 alone.
    """
    layers = zip(network(fake), network(target), strict=True)
    shares = [
        tf.reduce_mean(tf.abs(made - true)) / tf.maximum(tf.reduce_mean(tf.abs(true)), LEAST_MEAN)
        for made, true in layers
    ]
    return tf.add_n(shares) / len(shares)
