"""The losses of style transfer, as the documents write them; those of style are in `statistics`.

Activations are (1, height, width, channels) and pictures (1, height, width, 3), both float32. C stands for
channels and P for positions (height × width).
"""

from __future__ import annotations

import tensorflow as tf


def content_loss(generated: tf.Tensor, content: tf.Tensor) -> tf.Tensor:
    """Σ(a_G − a_C)² / (4·P·C): J_content of the documents (the course notes of deeplearning.ai).

    Gatys et al. 2016, eq. 1, have ½Σ without the division, which ties the weight to the picture's size.
    """
    return tf.reduce_mean(tf.math.squared_difference(generated, content)) / 4.0


def total_variation_loss(image: tf.Tensor, form: str = "anisotropic") -> tf.Tensor:
    """Total variation divided by the number of pixel values, so that γ does not depend on the size.

    anisotropic  Σ|Δx| + Σ|Δy| (tf.image.total_variation, neural-style-pt)
    isotropic    Σ√(Δx² + Δy²) (Rudin, Osher and Fatemi 1992)
    squared      ΣΔx² + ΣΔy² (jcjohnson/neural-style)
    """
    down = image[:, 1:, :, :] - image[:, :-1, :, :]
    right = image[:, :, 1:, :] - image[:, :, :-1, :]
    return _variation(down, right, form) / tf.cast(tf.size(image), tf.float32)


def variation_sum(image: tf.Tensor, form: str, bounds: tf.Tensor | None = None) -> tf.Tensor:
    """`total_variation_loss` before the division; with bounds (top, left, bottom, right; int32) only what belongs to
    the pixels between them, as each difference does to its upper or left pixel."""
    shape = tf.shape(image)
    top, left, bottom, end = (0, 0, shape[1], shape[2]) if bounds is None else tf.unstack(bounds)
    # One more row and column, where there is one, for the differences at the end.
    part = image[:, top : bottom + 1, left : end + 1]
    rows, columns = bottom - top, end - left
    down = (part[:, 1:] - part[:, :-1])[:, :, :columns]
    right = (part[:, :, 1:] - part[:, :, :-1])[:, :rows]
    return _variation(down, right, form)


def _variation(down: tf.Tensor, right: tf.Tensor, form: str) -> tf.Tensor:
    """The sum over differences to the pixels below and to the right."""
    if form == "anisotropic":
        return tf.reduce_sum(tf.abs(down)) + tf.reduce_sum(tf.abs(right))
    if form == "squared":
        return tf.reduce_sum(down**2) + tf.reduce_sum(right**2)
    # Both differences exist only away from the last row and column; the small term keeps the root's
    # gradient finite where the picture is flat.
    squares = down[:, :, : tf.shape(right)[2]] ** 2 + right[:, : tf.shape(down)[1]] ** 2
    return tf.reduce_sum(tf.sqrt(squares + 1e-4))


def layer_weights(scheme: str | list[float], count: int) -> list[float]:
    """`count` weights that sum to 1, shallow first.

    equal      1/count each (Gatys)
    geometric  each layer half of the one before, after the documents' "exponentially decreasing"
    a list     its numbers divided by their sum
    """
    if scheme == "equal":
        raw = [1.0] * count
    elif scheme == "geometric":
        raw = [0.5**index for index in range(count)]
    else:
        raw = list(scheme)
    return [weight / sum(raw) for weight in raw]
