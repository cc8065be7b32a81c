"""Adversarial losses on the logits of a PatchGAN.

Each function takes float32 logits (N, h, w, 1), or a list of those of several discriminators, and returns a scalar, the
mean over pictures and patches, and over discriminators. `kind` is one of least_squares (Mao et al. 2017), vanilla
(Goodfellow et al. 2014, with the generator's non-saturating form), hinge (Lim and Ye 2017) and wgan_gp (Gulrajani et
al. 2017).
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import tensorflow as tf

# The logit that a patch has to pass to count as real: least squares aim at 0 and 1, the others at either sign.
REAL_ABOVE = {"least_squares": 0.5, "vanilla": 0.0, "hinge": 0.0, "wgan_gp": 0.0}


def _mean_over_discriminators(loss: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    @functools.wraps(loss)
    def mean(kind: str, *logits: tf.Tensor | list[tf.Tensor]) -> tf.Tensor:
        each = zip(*([part] if isinstance(part, tf.Tensor) else part for part in logits), strict=True)
        losses = [loss(kind, *of_one) for of_one in each]
        return tf.add_n(losses) / len(losses) if len(losses) > 1 else losses[0]

    return mean


@_mean_over_discriminators
def discriminator_loss(kind: str, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    """What a discriminator minimises; halved, as in Isola et al. §3.3 and Zhu et al. §7.1, to slow it down
    against the generator (except for the critic of wgan_gp, whose paper does not)."""
    if kind == "least_squares":
        return 0.5 * (tf.reduce_mean(tf.square(real - 1.0)) + tf.reduce_mean(tf.square(fake)))
    if kind == "vanilla":
        return 0.5 * (tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake)))
    if kind == "hinge":
        return 0.5 * (tf.reduce_mean(tf.nn.relu(1.0 - real)) + tf.reduce_mean(tf.nn.relu(1.0 + fake)))
    return tf.reduce_mean(fake) - tf.reduce_mean(real)


@_mean_over_discriminators
def generator_loss(kind: str, fake: tf.Tensor) -> tf.Tensor:
    """What a generator minimises: how far its pictures are from being taken for real."""
    if kind == "least_squares":
        return tf.reduce_mean(tf.square(fake - 1.0))
    if kind == "vanilla":
        return tf.reduce_mean(tf.nn.softplus(-fake))
    return -tf.reduce_mean(fake)


@_mean_over_discriminators
def accuracy(kind: str, real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    """Share of patches that the discriminator judges right, 0..1; near 1 it has stopped to teach."""
    limit = REAL_ABOVE[kind]
    right = [tf.cast(real > limit, tf.float32), tf.cast(fake <= limit, tf.float32)]
    return 0.5 * (tf.reduce_mean(right[0]) + tf.reduce_mean(right[1]))


def gradient_penalty(
    critic: Callable[[tf.Tensor], tf.Tensor], real: tf.Tensor, fake: tf.Tensor, mix: tf.Tensor
) -> tf.Tensor:
    """Mean of (‖∇critic(x)‖₂ − 1)² at x = real + mix·(fake − real) (Gulrajani et al. 2017, algorithm 1).

    real, fake: (N, H, W, C). mix: (N, 1, 1, 1) in 0..1. The norm is taken for each picture.
    """
    between = real + mix * (tf.stop_gradient(fake) - real)
    with tf.GradientTape() as tape:
        tape.watch(between)
        judged = tf.reduce_sum(tf.reduce_mean(critic(between), axis=[1, 2, 3]))
    slope = tape.gradient(judged, between)
    norm = tf.sqrt(tf.reduce_sum(tf.square(slope), axis=[1, 2, 3]) + 1e-12)
    return tf.reduce_mean(tf.square(norm - 1.0))


def l1(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Mean absolute difference of two batches in −1..1."""
    return tf.reduce_mean(tf.abs(a - b))
