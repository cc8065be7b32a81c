"""Where distillation starts at the layers that VGG-19 teaches: from a choice of the teacher's channels.

Random kernels need tens of thousands of steps to find what the teacher's already hold. So each student
layer begins as the quarter of the teacher's channels that spans the rest best, computed from the student's
own reconstruction of the layer before, in the manner of He et al., "Channel Pruning for Accelerating Very
Deep Neural Networks" (ICCV 2017): selection, then least squares. Training then changes every number.
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
import tensorflow as tf

SAMPLES = 20_000


def spanning_channels(feature: np.ndarray, count: int) -> np.ndarray:
    """Indices, ascending, of `count` channels from which the others are best predicted linearly.

    feature: (samples, channels). Greedy: QR decomposition with column pivoting (Businger and Golub 1965).
    """
    centred = feature - feature.mean(axis=0)
    _, pivots = scipy.linalg.qr(centred, mode="r", pivoting=True)
    return np.sort(pivots[:count])


def least_squares_embedding(feature: np.ndarray, target: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Matrix (channels, target channels) and bias of the linear map closest to `target`.

    Both inputs are (samples, channels). A thousandth of the mean variance is added as ridge, since some
    ReLU channels are nearly always zero.
    """
    mean, target_mean = feature.mean(axis=0), target.mean(axis=0)
    centred = feature - mean
    covariance = centred.T @ centred / len(feature)
    ridge = 1e-3 * np.trace(covariance) / len(covariance) + 1e-12
    matrix = np.linalg.solve(
        covariance + ridge * np.eye(len(covariance)), centred.T @ (target - target_mean) / len(feature)
    )
    return matrix.astype(np.float32), (target_mean - mean @ matrix).astype(np.float32)


def selected_kernel(
    kernel: np.ndarray,
    bias: np.ndarray,
    channels: np.ndarray,
    embedding: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """The teacher's convolution for `channels` only, rewritten to read student features through `embedding`
    (the teacher's input is about feature @ matrix + bias)."""
    matrix, offset = embedding
    kernel = kernel[..., channels]
    return np.einsum("sc,hwct->hwst", matrix, kernel), bias[channels] + np.einsum("c,hwct->t", offset, kernel)


def samples(feature: tf.Tensor, seed: int) -> np.ndarray:
    """At most SAMPLES positions of (batch, height, width, channels) as (samples, channels), float64.

    Equal seeds and sizes give equal positions, so that samples of two networks belong together.
    """
    flat = tf.reshape(feature, [-1, feature.shape[-1]]).numpy()
    chosen = np.random.default_rng(seed).permutation(len(flat))[:SAMPLES]
    return flat[chosen].astype(np.float64)
