"""Where distillation starts: from a choice of the teacher's channels, and kernels that are fitted to them.

Random kernels need tens of thousands of steps to find what the teacher's already hold. So each student
layer begins as the quarter of the teacher's channels that spans the rest best, computed from the student's
own reconstruction of the layer before, in the manner of He et al., "Channel Pruning for Accelerating Very
Deep Neural Networks" (ICCV 2017): selection, then least squares. Training then changes every number. Of a
teacher whose kernels are not known, or are not those of the student's layers, the activations are enough
(`fitted_kernel`).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg
import tensorflow as tf

SAMPLES = 20_000
# To start from, where kernels are fitted: deep layers have a position for each 256 of them, and the widest fit over a
# thousand unknowns.
START_PIXELS = 2**22
# At once, when activations are computed to start from.
CHUNK = 16
ROUNDS = 12


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


def fitted_kernel(feature: np.ndarray, target: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (3, 3, channels, target channels) and bias of the convolution, of zero padding, whose activation after
    the ReLU comes closest to `target`.

    feature: what it reads, (pictures, height, width, channels). target: (samples, target channels), not negative, at
    the positions of `samples`. One-sided least squares: where the target is 0, no value below 0 is an error. Each round
    fits to the target with what the round before has below 0 in the place of zeros; that lowers the error, and since
    the problem is convex it leads to the least.
    """
    seen = patches(feature, 3, seed)
    wanted = target
    for _ in range(ROUNDS):
        matrix, bias = least_squares_embedding(seen, wanted)
        wanted = np.where(target > 0, target, np.minimum(seen @ matrix + bias, 0))
    return matrix.reshape(3, 3, feature.shape[-1], target.shape[-1]), bias


def patches(feature: np.ndarray, side: int, seed: int) -> np.ndarray:
    """(samples, side · side · channels): what a convolution of zero padding sees at the positions of `samples`."""
    margin = side // 2
    padded = np.pad(feature, [(0, 0), (margin, margin), (margin, margin), (0, 0)])
    positions = np.random.default_rng(seed).permutation(np.prod(feature.shape[:3]))[:SAMPLES]
    index, top, left = np.unravel_index(positions, feature.shape[:3])
    seen = [padded[index, top + down, left + right] for down in range(side) for right in range(side)]
    return np.concatenate(seen, axis=1).astype(np.float64)


def in_chunks(function: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor) -> tf.Tensor:
    """function(x), a few pictures at a time, which bounds the memory."""
    return tf.concat([function(x[start : start + CHUNK]) for start in range(0, len(x), CHUNK)], axis=0)


def samples(feature: tf.Tensor, seed: int) -> np.ndarray:
    """At most SAMPLES positions of (batch, height, width, channels) as (samples, channels), float64.

    Equal seeds and sizes give equal positions, so that samples of two networks belong together.
    """
    flat = tf.reshape(feature, [-1, feature.shape[-1]]).numpy()
    chosen = np.random.default_rng(seed).permutation(len(flat))[:SAMPLES]
    return flat[chosen].astype(np.float64)


def samples_in_chunks(function: Callable[[tf.Tensor], tf.Tensor], x: tf.Tensor, seed: int) -> np.ndarray:
    """samples(function(x)), without all of function(x) in memory: the maps of a wide teacher take gigabytes."""
    parts, begin = [], 0
    for start in range(0, len(x), CHUNK):
        feature = function(x[start : start + CHUNK])
        flat = tf.reshape(feature, [-1, feature.shape[-1]]).numpy()
        positions = len(x) * len(flat) // len(feature)
        chosen = np.random.default_rng(seed).permutation(positions)[:SAMPLES]
        here = np.flatnonzero((chosen >= begin) & (chosen < begin + len(flat)))
        parts.append((here, flat[chosen[here] - begin]))
        begin += len(flat)
    order = np.argsort(np.concatenate([here for here, _ in parts]))
    return np.concatenate([part for _, part in parts])[order].astype(np.float64)
