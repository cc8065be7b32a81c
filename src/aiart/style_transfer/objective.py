"""What is minimised: targets computed once, and one compiled function for the loss and its gradient."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from aiart.networks.registry import FeatureNetwork
from aiart.params.feature_networks import NETWORKS
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.losses import content_loss, layer_weights, total_variation_loss
from aiart.style_transfer.statistics import STATISTICS, Look, Statistic


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


class StyleTerm(NamedTuple):
    """One summand of the style loss: what a layer is to become."""

    layer: str
    weight: float
    statistic: Statistic
    target: tf.Tensor
    look: Look

    def adding(self, share: float, activation: tf.Tensor) -> StyleTerm:
        """With this share of a painting's activation in the target."""
        added = share * self.statistic.target(activation, self.look) if share else 0.0
        return self._replace(target=self.target + added)

    def loss(self, activation: tf.Tensor, settings: StyleTransfer) -> tf.Tensor:
        """Of this layer's activation, without the weight."""
        return self.statistic.distance(activation, self.target, self.look, settings)


def style_terms(
    network: FeatureNetwork,
    styles: Sequence[np.ndarray],
    settings: StyleTransfer,
    size: tuple[int, int],
    seed: Sequence[int] = (0,),
) -> list[StyleTerm]:
    """A term for every style layer of a picture of this size (height, width); of several paintings, the target is
    mixed by their blend weights. seed: what random directions are drawn from."""
    if not settings.style_weight:
        return []
    layers = settings.style_layer_list
    grids = {layer.name: layer.grid(*size) for layer in NETWORKS[settings.network].layers}
    terms = [
        StyleTerm(
            layer,
            weight,
            STATISTICS[settings.layer_statistic(layer)],
            tf.constant(0.0),
            Look(math.prod(grids[layer]), (*seed, number)),
        )
        for number, (layer, weight) in enumerate(
            zip(layers, layer_weights(settings.style_layer_weights, len(layers)), strict=True)
        )
    ]
    blends = {layer: layer_weights(settings.layer_blend(layer) or "equal", len(styles)) for layer in layers}
    for number, style in enumerate(styles):
        found = network(as_batch(style), layers)
        terms = [term.adding(blends[term.layer][number], found[term.layer]) for term in terms]
    return terms


def build_objective(
    network: FeatureNetwork,
    content: np.ndarray,
    styles: Sequence[np.ndarray],
    settings: StyleTransfer,
    seed: Sequence[int] = (0,),
) -> Callable[[tf.Tensor], Evaluation]:
    """Compiled function of a picture (1, height, width, 3; RGB 0..255) with the content picture's size.

    Parts with weight 0 are left out, and the network runs no deeper than the remaining layers need. seed: what the
    random directions of `sliced_wasserstein` are drawn from.
    """
    content_weights = settings.content_layer_weights if settings.content_weight else {}
    content_found = network(as_batch(content), list(content_weights)) if content_weights else {}
    terms = style_terms(network, styles, settings, content.shape[:2], seed)
    layers = [*content_weights, *(term.layer for term in terms)]

    @tf.function
    def evaluate(picture: tf.Tensor) -> Evaluation:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            found = network(picture, layers) if layers else {}
            content = style = tv = tf.constant(0.0)
            for layer, weight in content_weights.items():
                content += settings.content_weight * weight * content_loss(found[layer], content_found[layer])
            for term in terms:
                style += settings.style_weight * term.weight * term.loss(found[term.layer], settings)
            if settings.tv_weight:
                tv += settings.tv_weight * total_variation_loss(picture, settings.tv_form)
            total = content + style + tv
        return Evaluation(total, content, style, tv, tape.gradient(total, picture))

    return evaluate
