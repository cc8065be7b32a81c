"""Crops that the student has painted over itself, for distillation to learn from its own mistakes.

Style transfer and Deep Dream follow the network's gradients, and so find and magnify every direction in
which a student errs; a student taught on photographs alone is never corrected there. (The idea is that of
DAgger, Ross, Gordon and Bagnell 2011: learn on the states that one's own policy reaches.)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

STEPS = 4


def paint_over(
    features: Callable[[tf.Tensor, list[str]], dict[str, tf.Tensor]],
    image: tf.Tensor,
    other: tf.Tensor,
    layers: list[str],
    weights: tf.Tensor,
    length: tf.Tensor,
) -> tf.Tensor:
    """Crops (batch, height, width, 3; RGB 0..255) after a few steps along the student's own gradients.

    weights: (2, layers). The first row magnifies layers, as Deep Dream does; the second draws the layers'
    Gram matrices to those of `other`, as style transfer does. length: mean grey levels of a step.
    """
    goals = {layer: gram_matrices(feature) for layer, feature in features(other, layers).items()}
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            tape.watch(image)
            found = features(image, layers)
            gain = 0.0
            for index, layer in enumerate(layers):
                gain += weights[0, index] * tf.reduce_mean(found[layer] ** 2)
                error = tf.reduce_sum((gram_matrices(found[layer]) - goals[layer]) ** 2, axis=[1, 2])
                gain -= weights[1, index] * tf.reduce_mean(error / tf.reduce_sum(goals[layer] ** 2, axis=[1, 2]))
        gradient = tape.gradient(gain, image)
        gradient /= tf.reduce_mean(tf.abs(gradient), axis=[1, 2, 3], keepdims=True) + 1e-12
        image = tf.clip_by_value(image + length * gradient, 0.0, 255.0)
    return tf.stop_gradient(image)


def draw_goal(seed: int, step: int, layers: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Weights and length for `paint_over`, a pure function of seed and step: one or two layers, to dream or
    to paint with."""
    random = np.random.default_rng((seed, step, 1))
    weights = np.zeros((2, layers), np.float32)
    weights[random.integers(2), random.integers(layers, size=random.integers(1, 3))] = 1
    return tf.constant(weights), tf.constant(random.uniform(1, 8), tf.float32)


def gram_matrices(feature: tf.Tensor) -> tf.Tensor:
    """Σ a_i·a_j / positions of every picture of a batch, (batch, channels, channels)."""
    flat = tf.reshape(feature, [tf.shape(feature)[0], -1, feature.shape[-1]])
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[1], tf.float32)
