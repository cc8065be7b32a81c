"""What is measured on translated pictures: single pictures against the truth, and sets of pictures against sets.

The large matrix products are TensorFlow's: those of NumPy differ by its BLAS.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def l1(one: np.ndarray, other: np.ndarray) -> float:
    """Mean absolute difference of two pictures of equal shape, in the pictures' own unit (grey levels of 0..255)."""
    return float(np.mean(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64))))


def psnr(truth: np.ndarray, picture: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels of two pictures (H, W, 3) in 0..255; infinite for equal ones."""
    with np.errstate(divide="ignore"):
        return float(peak_signal_noise_ratio(truth, picture, data_range=255))


def ssim(truth: np.ndarray, picture: np.ndarray) -> float:
    """Structural similarity (Wang et al. 2004) of two pictures (H, W, 3) in 0..255, at least 11 px a side; at most 1.

    With the paper's Gaussian window (σ 1.5) and constants; the paper judges greyscale, this is the mean over
    the three channels.
    """
    return float(
        structural_similarity(
            truth,
            picture,
            data_range=255,
            channel_axis=-1,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
        )
    )


def frechet_distance(one: np.ndarray, other: np.ndarray) -> float:
    """Squared Fréchet distance of the normal distributions fitted to two sets of features (Heusel et al. 2017, FID).

    one, other: (n, d) and (m, d), a row for each picture; n and m need not reach d. NaN below two pictures.

    The trace of √(C₁C₂) is the sum of the singular values of X₁X₂ᵀ, where Cᵢ = XᵢᵀXᵢ (Mathiasen and Hvilshøj
    2020). No covariance is formed and no matrix root taken, so nothing becomes complex or unstable where there
    are fewer pictures than features.
    """
    if min(len(one), len(other)) < 2:
        return float("nan")
    means, spreads = zip(*(_centred(np.asarray(features, np.float64)) for features in (one, other)), strict=True)
    with tf.device("CPU"):
        # The triangular factor has the same singular values in the product and no more than d rows.
        first, second = (tf.linalg.qr(spread)[1] for spread in spreads)
        shared = tf.linalg.svd(tf.matmul(first, second, transpose_b=True), compute_uv=False).numpy().sum()
    distance = np.sum((means[0] - means[1]) ** 2) + sum(np.sum(spread**2) for spread in spreads) - 2 * shared
    # Rounding can leave a tiny negative number for equal sets.
    return float(max(distance, 0.0))


def _centred(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean, and X with XᵀX the unbiased covariance."""
    mean = features.mean(axis=0)
    return mean, (features - mean) / np.sqrt(len(features) - 1)


def kernel_distance(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Squared maximum mean discrepancy of two sets of features and its standard error (Bińkowski et al. 2018, KID).

    one, other: (n, d) and (m, d), a row for each picture. The kernel is (x·y / d + 1)³. The estimate is
    unbiased for any n, so it can be negative, and is NaN below two pictures.

    The paper averages over random subsets of larger sets; this uses all pairs of all pictures, which has the
    same expectation and less variance, and its error is the jackknife's over pictures (NaN below three), which
    errs on the large side where the sets hardly differ.
    """
    estimate, without_one, without_other = _kernel_estimates(one, other)
    return estimate, jackknife_error(without_one, without_other)


def kernel_gain(one: np.ndarray, base: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """How much nearer to `other` one set is than a base, by `kernel_distance`, and the standard error of that.

    one, base: (n, d), row for row of the same pictures, one of them changed. Both are compared with the same pictures,
    so that what these have by chance is in both distances and the error is less than that of two figures; it is the
    jackknife's, which leaves a picture out of both. NaN below two pictures, the error below three.
    """
    (far, without_base, real_base), (near, without_one, real_one) = (
        _kernel_estimates(features, other) for features in (base, one)
    )
    return far - near, jackknife_error(without_base - without_one, real_base - real_one)


def mean_error(values: Sequence[float]) -> float:
    """The standard error of the mean of independent values; NaN below two."""
    if len(values) < 2:
        return float("nan")
    return float(np.std(values, ddof=1) / np.sqrt(len(values)))


def jackknife_error(*without: np.ndarray) -> float:
    """The standard error of a figure of independent sets, from its values without each picture, or each of equal
    blocks of pictures, of each of them."""
    return float(np.sqrt(sum((len(values) - 1) * np.var(values) for values in without)))


def _kernel_estimates(one: np.ndarray, other: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """The estimate of `kernel_distance`, and the same without each picture of the first set, and of the second."""
    one, other = np.asarray(one, np.float64), np.asarray(other, np.float64)
    n, m = len(one), len(other)
    if min(n, m) < 2:
        return float("nan"), np.full(n, np.nan), np.full(m, np.nan)
    # Sums of the kernel over partners, for each picture; a picture is no partner of itself.
    own, own_other = _kernel_sums(one), _kernel_sums(other)
    across = _kernel(one, other)
    within, within_other = own.sum() / (n * (n - 1)), own_other.sum() / (m * (m - 1))
    estimate = within + within_other - 2 * across.mean()
    if min(n, m) < 3:
        return float(estimate), np.full(n, np.nan), np.full(m, np.nan)
    total = across.sum()
    without_one = (
        (own.sum() - 2 * own) / ((n - 1) * (n - 2)) + within_other - 2 * (total - across.sum(axis=1)) / ((n - 1) * m)
    )
    without_other = (
        within
        + (own_other.sum() - 2 * own_other) / ((m - 1) * (m - 2))
        - 2 * (total - across.sum(axis=0)) / (n * (m - 1))
    )
    return float(estimate), without_one, without_other


def _kernel(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    with tf.device("CPU"):
        products = tf.matmul(one, other, transpose_b=True).numpy()
    base = products / one.shape[1] + 1
    return base * base * base


def _kernel_sums(features: np.ndarray) -> np.ndarray:
    kernel = _kernel(features, features)
    return kernel.sum(axis=1) - np.diag(kernel)


def mean_pairwise_l1(pictures: np.ndarray) -> float:
    """Mean absolute difference over all pairs of pictures (n, H, W, 3), in their unit; NaN below two pictures."""
    count = len(pictures)
    if count < 2:
        return float("nan")
    # In sorted order the k-th of n values is added as often as it is the larger and subtracted as often as it is
    # the smaller one of a pair: 2k − n + 1 times. That spares the n² differences.
    times = (2 * np.arange(count) - count + 1)[:, np.newaxis, np.newaxis]
    by_row = [(times * np.sort(row, axis=0)).sum() for row in np.moveaxis(pictures, 1, 0)]
    return float(sum(by_row) / (count * (count - 1) / 2) / np.prod(pictures.shape[1:]))


def diversity_ratio(translated: np.ndarray, sources: np.ndarray) -> float:
    """How different translated pictures are from each other, compared with the pictures that they were made from.

    Both (n, H, W, 3). The mean pairwise difference of the one over that of the other: near 0 when a generator
    makes one picture of everything (mode collapse). NaN below two pictures, or when the sources are all equal.
    """
    before = mean_pairwise_l1(sources)
    return mean_pairwise_l1(translated) / before if before > 0 else float("nan")
