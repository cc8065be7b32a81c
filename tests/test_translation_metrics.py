import itertools

import numpy as np
import pytest
import scipy.linalg

from aiart.errors import UserError
from aiart.params import checked
from aiart.params.training import Evaluation
from aiart.translation import metrics


def flat(value, side=16):
    return np.full((side, side, 3), value, np.uint8)


def normal(count, mean, root, seed):
    """Samples of the normal distribution with this mean and the covariance root·rootᵀ."""
    return np.random.default_rng(seed).normal(size=(count, len(mean))) @ np.transpose(root) + mean


def with_moments(count, mean, root, seed):
    """Samples whose own mean and covariance are exactly `mean` and root·rootᵀ."""
    raw = normal(count, np.zeros(len(mean)), np.eye(len(mean)), seed)
    raw -= raw.mean(axis=0)
    whitened = raw @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T))).T
    return whitened @ np.transpose(root) + mean


# Single pictures ----------------------------------------------------------------------------------


def test_l1_and_psnr_of_a_shift_are_known():
    # Unsigned 8-bit numbers must not wrap around: 40 − 56 is −16, not 240.
    for one, other in [(40, 56), (56, 40)]:
        assert metrics.l1(flat(one), flat(other)) == 16
        assert metrics.psnr(flat(one), flat(other)) == pytest.approx(20 * np.log10(255 / 16))
    half = np.concatenate([flat(10), flat(30)])
    assert metrics.l1(half, np.concatenate([flat(10), flat(31)])) == 0.5


def test_equal_pictures_have_infinite_psnr_and_ssim_1():
    assert metrics.psnr(flat(3), flat(3)) == np.inf
    assert metrics.ssim(flat(3), flat(3)) == pytest.approx(1)


def test_ssim_of_flat_pictures_is_the_luminance_term():
    constant = (0.01 * 255) ** 2  # Wang et al. 2004, K₁ = 0.01
    expected = (2 * 100 * 150 + constant) / (100**2 + 150**2 + constant)
    assert metrics.ssim(flat(100), flat(150)) == pytest.approx(expected)


def test_ssim_agrees_with_the_paper_s_formula_window_by_window():
    random = np.random.default_rng(0)
    one, other = (random.integers(0, 256, (11, 11, 3)).astype(np.uint8) for _ in range(2))
    place = np.arange(11) - 5
    window = np.exp(-(place[:, None] ** 2 + place**2) / (2 * 1.5**2))
    window /= window.sum()
    expected = []
    for channel in range(3):
        x, y = one[..., channel].astype(float), other[..., channel].astype(float)
        mx, my = (window * x).sum(), (window * y).sum()
        vx, vy = (window * (x - mx) ** 2).sum(), (window * (y - my) ** 2).sum()
        covariance = (window * (x - mx) * (y - my)).sum()
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        expected.append((2 * mx * my + c1) * (2 * covariance + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2)))
    # 11 pixels are one window; scikit-image leaves the border out of the mean.
    assert metrics.ssim(one, other) == pytest.approx(np.mean(expected), rel=1e-6)


# FID ----------------------------------------------------------------------------------------------


def slow_frechet(one, other):
    """As the field's programs compute it: covariances, and SciPy's matrix root."""
    c1, c2 = np.cov(one.T), np.cov(other.T)
    root = scipy.linalg.sqrtm(c1 @ c2)
    return np.sum((one.mean(0) - other.mean(0)) ** 2) + np.trace(c1 + c2 - 2 * np.real(root))


def test_fid_of_equal_sets_is_zero():
    for count in (5, 100):
        features = normal(count, np.arange(20.0), np.eye(20) * 30, 0)
        assert 0 <= metrics.frechet_distance(features, features) < 1e-9
        assert metrics.frechet_distance(features, features[::-1]) < 1e-9


def test_fid_of_a_shifted_set_is_the_squared_shift():
    features = normal(7, np.zeros(30), np.eye(30), 1)  # fewer pictures than features
    shift = np.linspace(-2, 2, 30)
    assert metrics.frechet_distance(features, features + shift) == pytest.approx(np.sum(shift**2))


def test_fid_of_known_normal_distributions_is_the_closed_form():
    # For covariances that commute: |μ₁ − μ₂|² + Σ (√λ₁ − √λ₂)².
    rotation = np.linalg.qr(np.random.default_rng(2).normal(size=(4, 4)))[0]
    first, second = np.array([1.0, 2, 3, 4]), np.array([2.0, 2, 0.5, 7])
    one = with_moments(50, np.zeros(4), rotation * first, 3)
    other = with_moments(80, np.array([1.0, 0, 0, -2]), rotation * second, 4)
    assert metrics.frechet_distance(one, other) == pytest.approx(5 + np.sum((first - second) ** 2))


@pytest.mark.parametrize("counts", [(200, 300), (40, 9), (6, 6)])
def test_fid_agrees_with_the_matrix_root(counts):
    random = np.random.default_rng(5)
    one = normal(counts[0], random.normal(size=8), random.normal(size=(8, 8)), 6)
    other = normal(counts[1], random.normal(size=8), random.normal(size=(8, 8)), 7)
    expected = slow_frechet(one, other)
    # SciPy's root of a singular product, where there are fewer pictures than features, is good to about 1e-6.
    assert metrics.frechet_distance(one, other) == pytest.approx(expected, rel=1e-9 if min(counts) > 8 else 1e-5)
    assert metrics.frechet_distance(other, one) == pytest.approx(metrics.frechet_distance(one, other))


def test_fid_of_few_pictures_is_biased_upwards_and_kid_is_not():
    """Why both are given: two sets of one distribution."""
    draws = [[normal(20, np.zeros(64), np.eye(64) * 0.5, 2 * pair + part) for part in (0, 1)] for pair in range(40)]
    fids = [metrics.frechet_distance(*draw) for draw in draws]
    kids = [metrics.kernel_distance(*draw)[0] for draw in draws]
    assert min(fids) > 5
    assert abs(np.mean(kids)) < 2.5 * np.std(kids, ddof=1) / np.sqrt(len(kids))


def test_fid_and_kid_need_two_pictures():
    one = np.ones((1, 4))
    assert np.isnan(metrics.frechet_distance(one, np.ones((5, 4))))
    assert np.isnan(metrics.kernel_distance(np.ones((5, 4)), one)).all()
    kid, error = metrics.kernel_distance(np.eye(2), np.eye(2))
    assert np.isfinite(kid) and np.isnan(error)


# KID ----------------------------------------------------------------------------------------------


def test_the_error_of_a_gain_leaves_out_what_both_sets_share():
    rng = np.random.default_rng(3)
    base, other = rng.normal(0, 1, (30, 8)), rng.normal(0.3, 1, (30, 8))
    gain, error = metrics.kernel_gain(base + 0.3, base, other)
    (near, near_error), (far, far_error) = (metrics.kernel_distance(one, other) for one in (base + 0.3, base))
    assert gain == pytest.approx(far - near)
    assert 0 < error < np.hypot(near_error, far_error)
    assert metrics.kernel_gain(base, base, other) == (0, 0)
    # Left out one by one, as for a distance.
    shorter = [metrics.kernel_gain(*(np.delete(s, i, 0) for s in (base + 0.3, base)), other)[0] for i in range(30)]
    shorter_other = [metrics.kernel_gain(base + 0.3, base, np.delete(other, i, 0))[0] for i in range(30)]
    assert error == pytest.approx(np.sqrt(29 * np.var(shorter) + 29 * np.var(shorter_other)))


def slow_kernel_distance(one, other):
    """Equation 4 of Bińkowski et al. 2018 (from Gretton et al. 2012) pair by pair."""

    def kernel(x, y):
        return (sum(a * b for a, b in zip(x, y, strict=True)) / len(x) + 1) ** 3

    n, m = len(one), len(other)
    within = sum(kernel(one[i], one[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    other_within = sum(kernel(other[i], other[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    across = sum(kernel(x, y) for x in one for y in other) / (n * m)
    return within + other_within - 2 * across


def test_kid_and_its_error_agree_with_loops():
    one, other = normal(6, np.zeros(3), np.eye(3), 8), normal(9, np.ones(3), np.eye(3) * 2, 9)
    kid, error = metrics.kernel_distance(one, other)
    assert kid == pytest.approx(slow_kernel_distance(one, other))
    without_one = [slow_kernel_distance(np.delete(one, i, 0), other) for i in range(6)]
    without_other = [slow_kernel_distance(one, np.delete(other, i, 0)) for i in range(9)]
    jackknife = 5 / 6 * np.sum((without_one - np.mean(without_one)) ** 2)
    jackknife += 8 / 9 * np.sum((without_other - np.mean(without_other)) ** 2)
    assert error == pytest.approx(np.sqrt(jackknife))


def test_kid_has_the_known_expectation_and_an_honest_error():
    # In one dimension, x ~ N(0, 1), y ~ N(μ, 1): E k(x, x') = 1 + 3E(xx')² = 4, since odd moments vanish;
    # E k(x, y) = 1 + 3·1·(1 + μ²); E k(y, y') = 1 + 3μ² + 3(1 + μ²)² + μ²(μ² + 3)².
    mean = 0.8
    square = mean**2
    expected = 4 + (1 + 3 * square + 3 * (1 + square) ** 2 + square * (square + 3) ** 2) - 2 * (1 + 3 * (1 + square))
    drawn = [
        metrics.kernel_distance(normal(30, [0.0], [[1.0]], 2 * seed), normal(40, [mean], [[1.0]], 2 * seed + 1))
        for seed in range(400)
    ]
    kids, errors = np.array(drawn).T
    assert np.mean(kids) == pytest.approx(expected, abs=4 * np.std(kids) / np.sqrt(len(kids)))
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(np.std(kids), rel=0.25)


# Diversity ----------------------------------------------------------------------------------------


def test_pairwise_difference_agrees_with_all_pairs():
    pictures = np.random.default_rng(10).integers(0, 256, (7, 5, 4, 3)).astype(np.uint8)
    pairs = [metrics.l1(one, other) for one, other in itertools.combinations(pictures, 2)]
    assert metrics.mean_pairwise_l1(pictures) == pytest.approx(np.mean(pairs))


def test_diversity_ratio_sees_a_collapse():
    sources = np.random.default_rng(11).integers(0, 256, (6, 8, 8, 3)).astype(np.uint8)
    assert metrics.diversity_ratio(255 - sources, sources) == pytest.approx(1)
    assert metrics.diversity_ratio(sources // 2, sources) == pytest.approx(0.5, abs=0.01)
    assert metrics.diversity_ratio(np.broadcast_to(sources[:1], sources.shape), sources) == 0
    assert np.isnan(metrics.diversity_ratio(sources, np.zeros_like(sources)))
    assert np.isnan(metrics.diversity_ratio(sources[:1], sources[:1]))


# Features -----------------------------------------------------------------------------------------


def test_features_are_the_spatial_mean_of_the_layer():
    import tensorflow as tf

    from aiart.networks.registry import load_network
    from aiart.translation.features import load_features

    features = load_features("vgg19_slim", "conv2_1")
    picture = np.random.default_rng(12).integers(0, 256, (32, 48, 3)).astype(np.uint8)
    layer = load_network("vgg19_slim", ["conv2_1"])(tf.constant(picture[np.newaxis], tf.float32), ["conv2_1"])[
        "conv2_1"
    ]
    assert layer.shape == (1, 16, 24, 32)
    found = features([picture, picture[:, ::-1]])
    assert found.shape == (2, 32) and found.dtype == np.float64
    np.testing.assert_allclose(found[0], layer.numpy()[0].mean(axis=(0, 1)), rtol=1e-4)
    assert (features.side, features.unit_scale) == (None, True)


def test_unknown_layer():
    with pytest.raises(UserError, match="mixed10 is no layer"):
        checked(Evaluation, {"network": "vgg19_slim", "layer": "mixed10"}, "settings")


def test_inception_sees_pictures_of_its_own_size(root):
    from aiart.translation.features import load_features

    weights = root.parent / "shared" / "weights" / "inception_v3_2015_bnfolded_fp16.npz"
    if not weights.is_file():
        pytest.skip("needs ../shared/weights/inception_v3_2015_bnfolded_fp16.npz")
    features = load_features("inception_v3", "mixed0", weights)
    assert (features.side, features.unit_scale) == (299, False)
    small = np.random.default_rng(13).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    assert features([small]).shape == (1, 256)
