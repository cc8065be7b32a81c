"""Statistics of style: what each is of a painting, how far a picture is from it, and which way it leads there."""

from typing import get_args

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from aiart.params.style_transfer import StyleStatistic, StyleTransfer
from aiart.style_transfer.objective import build_objective, style_terms
from aiart.style_transfer.statistics import STATISTICS, Look, moments, sorted_projections

SETTINGS = StyleTransfer(gram_normalization="relative")
every_statistic = pytest.mark.parametrize("name", STATISTICS)


def activation(height, width, channels, seed, dtype=np.float64):
    """As those of a layer: correlated channels, cut off at 0."""
    random = np.random.default_rng(seed)
    mixed = random.normal(0.3, 1, (height * width, channels)) @ random.normal(0, 1, (channels, channels))
    return tf.constant(np.maximum(mixed, 0).reshape(1, height, width, channels).astype(dtype))


def look_of(picture, directions=(0,)):
    return Look(picture.shape[1] * picture.shape[2], directions)


def distance(name, picture, painting, directions=(0,)):
    statistic, look = STATISTICS[name], look_of(picture, directions)
    return statistic.distance(picture, statistic.target(painting, look), look, SETTINGS)


def test_all_statistics_of_the_settings_are_there():
    assert set(STATISTICS) == set(get_args(StyleStatistic))
    assert StyleTransfer().style_statistic in STATISTICS


@every_statistic
@pytest.mark.parametrize("shape", [(9, 7, 5), (2, 3, 8)], ids=["many positions", "fewer positions than channels"])
def test_a_painting_is_at_no_distance_from_itself_and_a_blank_picture_at_one(name, shape):
    painting = activation(*shape, 1, np.float32)
    assert float(distance(name, painting, painting)) == pytest.approx(0, abs=1e-6)
    assert float(distance(name, tf.zeros_like(painting), painting)) == pytest.approx(1, abs=2e-2)
    assert float(distance(name, activation(*shape, 2, np.float32), painting)) > 0.01


@every_statistic
def test_only_what_there_is_counts_and_not_where(name):
    painting, picture = activation(8, 6, 5, 1), activation(9, 5, 5, 2)
    elsewhere = tf.constant(np.random.default_rng(0).permutation(picture.numpy().reshape(45, 5)).reshape(1, 5, 9, 5))
    assert float(distance(name, elsewhere, painting)) == pytest.approx(float(distance(name, picture, painting)))


@every_statistic
def test_a_gradient_agrees_with_central_differences(name):
    painting, start = activation(7, 6, 5, 1), activation(6, 5, 5, 2)
    with tf.GradientTape() as tape:
        tape.watch(start)
        loss = distance(name, start, painting)
    gradient = tape.gradient(loss, start).numpy()
    assert gradient.dtype == np.float64
    assert np.isfinite(gradient).all()
    random, step = np.random.default_rng(3), 1e-6
    for direction in [gradient / np.linalg.norm(gradient), *random.normal(0, 1, (4, *gradient.shape))]:
        up, down = (float(distance(name, start + sign * step * direction, painting)) for sign in (1, -1))
        slope = (gradient * direction).sum()
        assert (up - down) / (2 * step) == pytest.approx(slope, rel=1e-5, abs=1e-7)


@every_statistic
@pytest.mark.parametrize(
    "picture",
    [np.zeros((1, 4, 5, 6)), np.ones((1, 4, 5, 6)), np.arange(120.0).reshape(1, 4, 5, 6) * [1, 0, 0, 0, 1, 1]],
    ids=["black", "flat", "silent channels"],
)
def test_gradients_stay_finite_where_there_is_no_variance(name, picture):
    for painting in (activation(5, 5, 6, 1, np.float32), tf.ones((1, 4, 4, 6))):
        with tf.GradientTape() as tape:
            x = tf.constant(picture, tf.float32)
            tape.watch(x)
            loss = distance(name, x, painting)
        assert np.isfinite(float(loss))
        assert np.isfinite(tape.gradient(loss, x)).all()


def test_moments_are_mean_and_second_moments():
    found = tf.constant([[[[1.0, 2.0], [3.0, 4.0], [0.0, -1.0]]]])
    np.testing.assert_allclose(moments(found, look_of(found)), np.array([[4, 10, 14], [5, 14, 21]]) / 3, rtol=1e-6)


def test_the_distance_of_moments_is_the_wasserstein_distance_of_normal_distributions():
    painting, picture = activation(30, 20, 6, 1), activation(25, 16, 6, 2)
    (mean, covariance), (painted_mean, painted) = (
        (x.mean(axis=0), np.cov(x.T, bias=True)) for x in (a.numpy().reshape(-1, 6) for a in (picture, painting))
    )
    root = scipy.linalg.sqrtm(painted)
    between = scipy.linalg.sqrtm(root @ covariance @ root).real
    expected = ((mean - painted_mean) ** 2).sum() + np.trace(covariance + painted - 2 * between)
    size = (painted_mean**2).sum() + np.trace(painted)
    assert float(distance("moments", picture, painting)) == pytest.approx(expected / size, rel=1e-3)


def test_sorted_projections_are_those_along_a_turned_basis():
    found = activation(9, 8, 7, 1)
    along, weights = sorted_projections(found, look_of(found))
    assert weights is None
    assert along.shape == (7, 72)
    assert (np.diff(along) >= 0).all()
    # A basis keeps all squares together, but not those of single channels.
    assert float(tf.reduce_sum(along**2)) == pytest.approx(float(tf.reduce_sum(found**2)))
    assert np.abs(np.sort(found.numpy().reshape(72, 7).T) - along).max() > 0.1


def test_the_sliced_distance_matches_sizes_by_quantiles():
    painting = activation(12, 10, 5, 1)
    twice = tf.repeat(tf.repeat(painting, 2, axis=1), 2, axis=2)
    other = activation(12, 10, 5, 2)
    assert float(distance("sliced_wasserstein", twice, painting)) < 2e-3
    assert float(distance("sliced_wasserstein", painting, twice)) < 2e-3
    apart = float(distance("sliced_wasserstein", other, painting))
    assert float(distance("sliced_wasserstein", other, twice)) == pytest.approx(apart, rel=0.02)
    assert apart > 0.02


def test_directions_are_those_of_seed_and_level():
    painting, picture = activation(8, 8, 5, 1), activation(8, 8, 5, 2)
    found = [float(distance("sliced_wasserstein", picture, painting, d)) for d in [(1, 0), (1, 0), (2, 0), (1, 1)]]
    assert found[0] == found[1]
    assert len(set(found)) == 3
    assert max(found) < 2 * min(found)


# In the objective


def chosen(**changes):
    return StyleTransfer(
        **{"style_layers": ["conv1_1", "conv2_1"], "content_weight": 0, "tv_weight": 0, "style_weight": 1, **changes}
    )


def style_loss(network, picture, styles, settings):
    return float(build_objective(network, picture, styles, settings)(tf.constant(picture[np.newaxis])).style)


def test_each_layer_may_have_its_own_statistic(tiny_network, scene):
    picture, painting = scene(16, 22, 1), scene(19, 17, 2)
    found = {
        name: style_loss(tiny_network, picture, [painting], chosen(style_statistic=name, style_layers=layer))
        for name, layer in [("gram", "conv1_1"), ("sliced_wasserstein", "conv2_1"), ("moments", "conv2_1")]
    }
    both = chosen(style_statistic={"conv1_1": "gram", "conv2_1": "sliced_wasserstein"})
    # The other layer of two is drawn along other directions than the first of one.
    assert style_loss(tiny_network, picture, [painting], both) == pytest.approx(
        (found["gram"] + found["sliced_wasserstein"]) / 2, rel=0.3
    )
    one = chosen(style_statistic={"conv1_1": "gram"})
    expected = (found["gram"] + found["moments"]) / 2
    assert style_loss(tiny_network, picture, [painting], one) == pytest.approx(expected, rel=1e-5)


@every_statistic
def test_each_layer_may_have_its_own_painting(tiny_network, scene, name):
    one, two = scene(16, 22, 1), scene(19, 17, 2)

    def targets(styles, blend=None):
        settings = chosen(style_statistic=name, style_blend_weights=blend)
        return [term.target for term in style_terms(tiny_network, styles, settings, (16, 16))]

    fine, large = targets([one, two], {"conv1_1": [1, 0], "conv2_1": [0, 2]})
    np.testing.assert_array_equal(fine, targets([one])[0])
    np.testing.assert_array_equal(large, targets([two])[1])
    mixed = targets([one, two], {"conv1_1": [1, 0]})[1]
    np.testing.assert_allclose(mixed, (targets([one])[1] + targets([two])[1]) / 2, rtol=1e-4, atol=1e-5)


@every_statistic
@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_every_statistic_leads_to_the_painting_and_repeats_its_bytes(tiny_network, scene, name, optimizer):
    from aiart.style_transfer.paint import paint

    settings = chosen(
        style_statistic=name, style_weight=100, optimizer=optimizer, long_side=32, iterations=20, init="noise"
    )
    painted, again = (paint(tiny_network, scene(24, 32, 1), [scene(30, 26, 2)], settings, seed=1) for _ in range(2))
    assert painted.history.total.min() < 0.3 * painted.history.total[0]
    assert painted.picture.tobytes() == again.picture.tobytes()


def test_the_moments_of_a_map_of_one_position_have_a_distance(scene):
    """Its covariance is nothing but rounding, of either sign."""
    settings = StyleTransfer(network="vgg19_slim", content_layers="conv2_2", style_layers=["conv2_2"])
    for seed in range(20):
        one, other = (
            tf.constant(100 * scene(1, 1, 2 * seed + n)[..., :1] + [1.0, 31.7, 0.3], tf.float32) for n in (0, 1)
        )
        look = Look(1)
        target = STATISTICS["moments"].target(one[tf.newaxis], look)
        found = STATISTICS["moments"].distance(other[tf.newaxis], target, look, settings)
        assert np.isfinite(float(found))
