"""What of a painting counts as its style: statistics of activations, and how far a picture is from them.

To add one, write its two functions and a line of `STATISTICS` here, and its name in `params/style_transfer.py`.
Activations are (1, height, width, channels), float32. C stands for channels and P for positions (height × width).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from aiart.params.style_transfer import StyleTransfer


class Statistic(NamedTuple):
    """A style loss of one layer."""

    target: Callable[[tf.Tensor], tf.Tensor]
    """Of a painting's activation: numbers whose shape does not depend on the painting's size, since those of several
    paintings are averaged, by their blend weights."""
    distance: Callable[[tf.Tensor, tf.Tensor, StyleTransfer], tf.Tensor]
    """Of a picture's activation from a target: a scalar, 0 for the painting itself."""


def gram_matrix(activation: tf.Tensor) -> tf.Tensor:
    """G_ij = Σ_positions a_i·a_j, shape (channels, channels), not normalised (Gatys et al. 2016, eq. 3)."""
    flat = tf.reshape(activation, [-1, activation.shape[-1]])
    return tf.matmul(flat, flat, transpose_a=True)


def positions(activation: tf.Tensor) -> tf.Tensor:
    """height × width as a float32 scalar."""
    return tf.cast(tf.shape(activation)[1] * tf.shape(activation)[2], tf.float32)


def mean_gram_matrix(activation: tf.Tensor) -> tf.Tensor:
    """G / P of the activation's own P, so that pictures of different sizes can be compared."""
    return gram_matrix(activation) / positions(activation)


def style_loss(gram: tf.Tensor, target: tf.Tensor, normalization: str = "documents") -> tf.Tensor:
    """Distance of two mean Gram matrices (G / P), both (channels, channels).

    documents  Σ(ΔG)²/(4·C²·P²), Gatys et al. 2016, eq. 4
    elements   mean of (ΔG/(C·P))², jcjohnson/neural-style
    positions  mean of (ΔG/P)², TensorFlow's tutorial
    relative   Σ(ΔG)²/ΣG² of the target: 1 for a blank picture, at every layer of every network
    """
    squares = tf.math.squared_difference(gram, target)
    if normalization == "relative":
        return tf.reduce_sum(squares) / tf.reduce_sum(target**2)
    channels = float(gram.shape[-1])
    scale = {"documents": 0.25, "elements": 1 / channels**2, "positions": 1.0}[normalization]
    return scale * tf.reduce_mean(squares)


def gram_distance(activation: tf.Tensor, target: tf.Tensor, settings: StyleTransfer) -> tf.Tensor:
    """`style_loss` of an activation, scaled as the settings say."""
    return style_loss(mean_gram_matrix(activation), target, settings.gram_normalization)


STATISTICS = {"gram": Statistic(mean_gram_matrix, gram_distance)}
