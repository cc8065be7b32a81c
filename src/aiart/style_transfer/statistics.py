"""What of a painting counts as its style: statistics of activations, and how far a picture is from them.

To add one, write its two functions and a line of `STATISTICS` here, and its name in `params/style_transfer.py`.
Activations are (1, height, width, channels), float32. C stands for channels and P for positions (height × width).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from aiart.linear_algebra import orthonormal
from aiart.params.style_transfer import StyleTransfer

# Of the painting's mean variance, added to each: no direction is then without any, where a root has no slope.
LEAST_VARIANCE = 1e-4


class Look(NamedTuple):
    """How an activation is looked at."""

    positions: int
    """P of the picture that is painted, to which the lists of a painting of another size are brought."""
    directions: tuple[int, ...] = (0,)
    """What the random directions are drawn from; equal for a picture and its target."""
    weights: tf.Tensor | None = None
    """How much each position counts, (positions,), of sum 1; without them, all alike."""


class Statistic(NamedTuple):
    """A style loss of one layer."""

    target: Callable[[tf.Tensor, Look], tf.Tensor]
    """Of a painting's activation: numbers whose shape does not depend on the painting's size, since those of several
    paintings are averaged, by their blend weights."""
    distance: Callable[[tf.Tensor, tf.Tensor, Look, StyleTransfer], tf.Tensor]
    """Of a picture's activation from a target: a scalar, 0 for the painting itself."""
    of_sums: Callable[[tf.Tensor, tf.Tensor, StyleTransfer], tf.Tensor] | None = None
    """The same of what `target` gives, where that is a sum over the positions with their weights, so that pictures can
    be painted in tiles; None where it is not."""


# Gram matrices


def gram_matrix(activation: tf.Tensor) -> tf.Tensor:
    """G_ij = Σ_positions a_i·a_j, shape (channels, channels), not normalised (Gatys et al. 2016, eq. 3)."""
    flat = _flat(activation)
    return tf.matmul(flat, flat, transpose_a=True)


def positions(activation: tf.Tensor) -> tf.Tensor:
    """height × width as a scalar."""
    return tf.cast(tf.shape(activation)[1] * tf.shape(activation)[2], activation.dtype)


def mean_gram_matrix(activation: tf.Tensor, weights: tf.Tensor | None = None) -> tf.Tensor:
    """G / P of the activation's own P, so that pictures of different sizes can be compared; with the weights of a
    region's positions, Σ w·a_i·a_j (Gatys et al. 2017, eq. 4, with w = T²)."""
    if weights is None:
        return gram_matrix(activation) / positions(activation)
    flat = _flat(activation)
    return tf.matmul(flat * weights[:, tf.newaxis], flat, transpose_a=True)


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


def gram_target(activation: tf.Tensor, look: Look) -> tf.Tensor:
    """The mean Gram matrix."""
    return mean_gram_matrix(activation, look.weights)


def gram_distance(gram: tf.Tensor, target: tf.Tensor, settings: StyleTransfer) -> tf.Tensor:
    """`style_loss` of a mean Gram matrix, scaled as the settings say."""
    return style_loss(gram, target, settings.gram_normalization)


# Mean and covariance


def moments(activation: tf.Tensor, look: Look) -> tf.Tensor:
    """Mean and mean Gram matrix, side by side: (channels, 1 + channels). Both are sums over the positions."""
    flat = _flat(activation)
    mean = (
        tf.reduce_mean(flat, axis=0) if look.weights is None else tf.linalg.matvec(flat, look.weights, transpose_a=True)
    )
    return tf.concat([mean[:, tf.newaxis], mean_gram_matrix(activation, look.weights)], axis=1)


def moments_distance(found: tf.Tensor, target: tf.Tensor, settings: StyleTransfer) -> tf.Tensor:
    """The squared Wasserstein-2 distance of the normal distributions of equal mean and covariance, of `moments`,
    relative to the painting's mean square: 1 for a blank picture, as the relative Gram loss."""
    mean, covariance = _mean_and_covariance(found)
    painted_mean, painted_covariance = _mean_and_covariance(target)
    least = LEAST_VARIANCE * tf.linalg.trace(painted_covariance) / target.shape[0]
    # A painting without any contrast has no variance to be relative to.
    least = tf.maximum(least, tf.constant(1e-12, tf.float64))
    # Nor has a map of one position, but the rounding of its sums in float32 to either side.
    least = tf.maximum(least, np.finfo(np.float32).eps * tf.reduce_sum(painted_mean**2))
    added = least * tf.eye(target.shape[0], dtype=tf.float64)
    distance = tf.reduce_sum((mean - painted_mean) ** 2)
    distance += bures_distance(covariance + added, painted_covariance + added)
    size = tf.reduce_sum(painted_mean**2) + tf.linalg.trace(painted_covariance) + least
    return tf.cast(distance / size, found.dtype)


def bures_distance(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """tr(A + B − 2(A^½·B·A^½)^½) of two covariances without a direction of variance 0, float64: the part of the
    Wasserstein-2 distance that is of the covariances (Dowson and Landau 1982).

    The trace of the root is the sum of the roots of the eigenvalues, which are those of Lᵀ·A·L too, with B = L·Lᵀ: its
    gradient needs no root of a matrix, and no differences of eigenvalues, which may be equal.
    """
    factor = tf.linalg.cholesky(other)
    between = tf.matmul(factor, tf.matmul(one, factor), transpose_a=True)
    # Rounding must not take the root of a number below 0.
    lowest = tf.constant(np.finfo(np.float64).tiny, tf.float64)
    roots = tf.sqrt(tf.maximum(tf.linalg.eigvalsh((between + tf.transpose(between)) / 2), lowest))
    return tf.linalg.trace(one) + tf.linalg.trace(other) - 2 * tf.reduce_sum(roots)


def _mean_and_covariance(stacked: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    # The differences of the traces below are small beside the traces.
    stacked = tf.cast(stacked, tf.float64)
    mean, second = stacked[:, :1], stacked[:, 1:]
    return mean, second - tf.matmul(mean, mean, transpose_b=True)


# Whole distributions


def sorted_projections(activation: tf.Tensor, look: Look) -> tuple[tf.Tensor, tf.Tensor | None]:
    """The activations along as many random directions as there are channels, ascending, and the weights of their
    positions where these have some: (directions, positions) both."""
    along = tf.matmul(_directions(activation, look), _flat(activation), transpose_a=True, transpose_b=True)
    # Equal ones keep their order, so that gradients do not depend on how it was sorted.
    order = tf.stop_gradient(tf.argsort(along, axis=1, stable=True))
    weights = None if look.weights is None else tf.gather(look.weights, order)
    return tf.gather(along, order, batch_dims=1), weights


def quantiles(activation: tf.Tensor, look: Look) -> tf.Tensor:
    """`sorted_projections` of a painting, brought to the picture's number of positions: its quantiles, linear between
    those that it has."""
    found, weights = (None if part is None else part.numpy() for part in sorted_projections(activation, look))
    wanted = _midpoints(look.positions)
    if weights is None:
        rows = [np.interp(wanted, _midpoints(found.shape[1]), row) for row in found]
    else:
        counting = ((row[w > 0], w[w > 0].astype(np.float64)) for row, w in zip(found, weights, strict=True))
        rows = [np.interp(wanted, np.cumsum(w) - w / 2, row) for row, w in counting]
    return tf.constant(np.array(rows), activation.dtype)


def sliced_distance(activation: tf.Tensor, target: tf.Tensor, look: Look, settings: StyleTransfer) -> tf.Tensor:
    """The squared Wasserstein distance along the directions, averaged over them (Heitz, Vanhoey, Chambon and Belcour
    2021), relative to the painting's mean square: 1 for a blank picture.

    They draw other directions at every evaluation; here they stay, since L-BFGS is lost where the loss changes.
    """
    found, weights = sorted_projections(activation, look)
    size = tf.maximum(tf.reduce_mean(target**2), tf.constant(1e-12, target.dtype))
    if weights is None:
        return tf.reduce_mean(tf.math.squared_difference(found, target)) / size
    # Each position stands for the quantile in the middle of its own share.
    places = (tf.cumsum(weights, axis=1) - weights / 2) * look.positions - 0.5
    below = tf.clip_by_value(tf.floor(places), 0, look.positions - 2)
    lower = tf.gather(target, tf.cast(below, tf.int32), batch_dims=1)
    upper = tf.gather(target, tf.cast(below, tf.int32) + 1, batch_dims=1)
    wanted = lower + tf.clip_by_value(places - below, 0, 1) * (upper - lower)
    return tf.reduce_mean(tf.reduce_sum(weights * tf.math.squared_difference(found, wanted), axis=1)) / size


def _directions(activation: tf.Tensor, look: Look) -> tf.Tensor:
    """An orthonormal basis (channels, directions), turned at random: so few directions, which stay, then miss less of
    the colours than independent ones do."""
    channels = activation.shape[-1]
    turned = np.random.default_rng(look.directions).standard_normal((channels, channels))
    return tf.constant(orthonormal(turned), activation.dtype)


def _midpoints(count: int) -> np.ndarray:
    return (np.arange(count) + 0.5) / count


def _flat(activation: tf.Tensor) -> tf.Tensor:
    return tf.reshape(activation, [-1, activation.shape[-1]])


def _of_sums(target: Callable, of_sums: Callable) -> Statistic:
    def distance(activation: tf.Tensor, wanted: tf.Tensor, look: Look, settings: StyleTransfer) -> tf.Tensor:
        return of_sums(target(activation, look), wanted, settings)

    return Statistic(target, distance, of_sums)


STATISTICS = {
    "gram": _of_sums(gram_target, gram_distance),
    "moments": _of_sums(moments, moments_distance),
    "sliced_wasserstein": Statistic(quantiles, sliced_distance),
}
