"""What is maximised, as one compiled function of a picture or of a tile of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from aiart.errors import UserError
from aiart.images import resize_long_side
from aiart.networks.registry import FeatureNetwork
from aiart.params.deep_dream import DeepDream
from aiart.params.feature_networks import NETWORKS

# The guide picture is looked at in this size; GoogLeNet, the first dreamer, was trained on 224 pixels.
GUIDE_LONG_SIDE = 224
# Below it, the power of a cosine would leave no gradient to begin with (lucid).
SMALLEST_COSINE = 0.1


class Evaluation(NamedTuple):
    """Of one tile. Vectors have one number per layer, in the order of the settings' `layer_weights`."""

    values: tf.Tensor
    """What is maximised: mean over the chosen channel, neuron or whole layer."""
    references: tf.Tensor
    """The same of the whole layer."""
    positions: tf.Tensor
    """Height × width of the layer's map."""
    gradient: tf.Tensor
    """Of the weighted sum with respect to the tile, shaped like it."""


# Called with a tile (1, height, width, 3), RGB 0..255, and one scale per layer; for a caricature, with the same tile of
# the guide besides.
Objective = Callable[..., Evaluation]


def build_objective(network: FeatureNetwork, settings: DeepDream, guide: np.ndarray | None = None) -> Objective:
    """Compiled function of a tile; see `Evaluation`. guide: (height, width, 3), RGB 0..255.

    The gradient is that of Σ weight · scale · value · positions: a sum over positions, so that the gradients of
    tiles put together are the gradient of the picture. Traced once: octaves and tiles of all sizes use the same
    graph. Raises UserError when the guide is too small for the network, and, on the first call, when a layer does not
    have the channel.

    For a caricature, the guide is seen tile by tile beside the picture instead: it is an argument of the function.
    """
    weights = settings.layer_weights
    caricature = settings.guide_objective == "caricature"
    guides = None
    if guide is not None and not caricature:
        smallest_side = NETWORKS[settings.network].smallest_side(weights)
        guides = guide_features(network, list(weights), guide, smallest_side=smallest_side)
    signature = [
        tf.TensorSpec([1, None, None, 3], tf.float32),
        tf.TensorSpec([len(weights)], tf.float32),
    ]
    if caricature:
        signature.append(tf.TensorSpec([1, None, None, 3], tf.float32))

    # Without AutoGraph, which would wrap the text of a UserError in its own.
    @tf.function(input_signature=signature, autograph=False)
    def evaluate(tile: tf.Tensor, scales: tf.Tensor, guide_tile: tf.Tensor | None = None) -> Evaluation:
        # Outside the tape: nothing flows back through the guide, nor need its activations be kept for that.
        aims = network(guide_tile, list(weights)) if caricature else None
        with tf.GradientTape() as tape:
            tape.watch(tile)
            found = network(tile, list(weights))
            values, whole = [], []
            for layer in weights:
                activation = found[layer]
                if aims is not None:
                    values.append(caricatured(activation, aims[layer], settings.cosine_power))
                    whole.append(values[-1])
                elif guides is not None:
                    values.append(guided(activation, guides[layer]))
                    whole.append(values[-1])
                else:
                    values.append(chosen_strength(activation, layer, settings))
                    whole.append(strength(activation, settings.objective))
            values = tf.stack(values)
            positions = tf.stack(
                [tf.cast(tf.reduce_prod(tf.shape(found[layer])[1:3]), tf.float32) for layer in weights]
            )
            total = tf.reduce_sum(tf.constant(list(weights.values()), tf.float32) * scales * values * positions)
        return Evaluation(values, tf.stack(whole), positions, tape.gradient(total, tile))

    return evaluate


def strength(activation: tf.Tensor, objective: str) -> tf.Tensor:
    """`l2` the mean square, `mean` the mean, over everything.

    google/deepdream maximises half the sum of squares; the mean keeps layers of different sizes alike.
    """
    return tf.reduce_mean(activation**2 if objective == "l2" else activation)


def chosen_strength(activation: tf.Tensor, layer: str, settings: DeepDream) -> tf.Tensor:
    """`strength` of what the settings name of a layer's activation (1, height, width, channels): of the neuron, if
    there is one, and of channels the weighted sum. Raises UserError when the layer does not have the channel."""
    if settings.neuron is not None:
        height, width = tf.shape(activation)[1], tf.shape(activation)[2]
        row, column = (_index(f, n) for f, n in zip(settings.neuron, (height, width), strict=True))
        activation = activation[:, row : row + 1, column : column + 1, :]
    if settings.channel is None:
        return strength(activation, settings.objective)
    try:
        settings.check_channels(layer, activation.shape[-1])
    except ValueError as error:
        raise UserError(f"{error}.") from None
    return tf.add_n(
        [
            weight * strength(activation[..., channel : channel + 1], settings.objective)
            for channel, weight in settings.channel_weights.items()
            if weight
        ]
    )


def _index(fraction: float, count: tf.Tensor) -> tf.Tensor:
    """The position at `fraction` of `count`; 1 is the last one."""
    return tf.minimum(tf.cast(fraction * tf.cast(count, tf.float32), tf.int32), count - 1)


def guide_features(
    network: FeatureNetwork, layers: Sequence[str], guide: np.ndarray, *, smallest_side: int = 1
) -> dict[str, tf.Tensor]:
    """Each layer's feature vectors (positions, channels) of the guide picture. Raises UserError when that is smaller
    than the network needs."""
    picture = resize_long_side(guide, GUIDE_LONG_SIDE)
    height, width = picture.shape[:2]
    if min(height, width) < smallest_side:
        raise UserError(
            f"The guide is {width}×{height} pixels at its size in the network, which needs at least {smallest_side} on "
            "the shorter side; use a larger picture."
        )
    found = network(tf.constant(picture[np.newaxis], tf.float32), layers)
    return {layer: tf.reshape(found[layer], [-1, found[layer].shape[-1]]) for layer in layers}


def guided(activation: tf.Tensor, features: tf.Tensor) -> tf.Tensor:
    """Mean over positions and channels of the product with the guide's feature vector, of `features`
    (positions, channels), whose dot product is largest there (google/deepdream, objective_guide)."""

    def best_match(row: tf.Tensor) -> tf.Tensor:
        return tf.argmax(tf.matmul(row, features, transpose_b=True), axis=1)

    # Row by row, since all products of a shallow layer at once would not fit into memory.
    matches = tf.map_fn(best_match, tf.stop_gradient(activation[0]), fn_output_signature=tf.int64)
    return tf.reduce_mean(activation[0] * tf.gather(features, matches))


def caricatured(activation: tf.Tensor, aim: tf.Tensor, power: float) -> tf.Tensor:
    """Mean over positions and channels of activation · aim · max(0.1, cosine of the two) ^ `power`.

    Both (1, height, width, channels): what the network sees at the same positions of picture and guide. Of a picture
    that equals its guide, the mean square. After lucid (dot_compare), where one cosine is that of whole layers; here
    each position has its own, so that the gradients of tiles put together are the gradient of the picture.
    """
    cosine = tf.reduce_sum(tf.nn.l2_normalize(activation, -1) * tf.nn.l2_normalize(aim, -1), -1, keepdims=True)
    return tf.reduce_mean(activation * aim * tf.maximum(cosine, SMALLEST_COSINE) ** power)
