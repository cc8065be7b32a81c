"""What is minimised: targets computed once, and one compiled function for the loss and its gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from aiart.networks.registry import FeatureNetwork
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.losses import content_loss, layer_weights, total_variation_loss
from aiart.style_transfer.statistics import STATISTICS


class Evaluation(NamedTuple):
    """Loss, its three parts already weighted (all scalars), and the gradient, shaped like the picture."""

    total: tf.Tensor
    content: tf.Tensor
    style: tf.Tensor
    tv: tf.Tensor
    gradient: tf.Tensor


def as_batch(picture: np.ndarray) -> tf.Tensor:
    """(height, width, 3) as a batch of one, float32."""
    return tf.constant(picture[np.newaxis], tf.float32)


def style_targets(network: FeatureNetwork, styles: Sequence[np.ndarray], settings: StyleTransfer) -> list[tf.Tensor]:
    """Target of every style layer; of several pictures, mixed by their blend weights."""
    statistic = STATISTICS[settings.style_statistic]
    blend = layer_weights(settings.style_blend_weights or "equal", len(styles))
    layers = settings.style_layer_list
    targets = [0.0] * len(layers)
    for weight, style in zip(blend, styles, strict=True):
        found = network(as_batch(style), layers)
        targets = [
            target + weight * statistic.target(found[layer]) for target, layer in zip(targets, layers, strict=True)
        ]
    return targets


def build_objective(
    network: FeatureNetwork, content: np.ndarray, styles: Sequence[np.ndarray], settings: StyleTransfer
) -> Callable[[tf.Tensor], Evaluation]:
    """Compiled function of a picture (1, height, width, 3; RGB 0..255) with the content picture's size.

    Parts with weight 0 are left out, and the network runs no deeper than the remaining layers need.
    """
    content_weights = settings.content_layer_weights if settings.content_weight else {}
    style_layers = settings.style_layer_list if settings.style_weight else []
    style_weights = layer_weights(settings.style_layer_weights, len(style_layers)) if style_layers else []
    content_found = network(as_batch(content), list(content_weights)) if content_weights else {}
    targets = style_targets(network, styles, settings) if style_layers else []
    distance = STATISTICS[settings.style_statistic].distance
    layers = [*content_weights, *style_layers]

    @tf.function
    def evaluate(picture: tf.Tensor) -> Evaluation:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            found = network(picture, layers) if layers else {}
            content = style = tv = tf.constant(0.0)
            for layer, weight in content_weights.items():
                content += settings.content_weight * weight * content_loss(found[layer], content_found[layer])
            for layer, weight, target in zip(style_layers, style_weights, targets, strict=True):
                style += settings.style_weight * weight * distance(found[layer], target, settings)
            if settings.tv_weight:
                tv += settings.tv_weight * total_variation_loss(picture, settings.tv_form)
            total = content + style + tv
        return Evaluation(total, content, style, tv, tape.gradient(total, picture))

    return evaluate
