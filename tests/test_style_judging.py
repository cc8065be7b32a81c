"""How paintings are judged: the best figures are those of equal pictures, and more style costs more of the picture."""

import math

import numpy as np
import pytest
import tensorflow as tf

from aiart.datasets.paintings import paint as painted_by
from aiart.networks.registry import load_network
from aiart.params.feature_networks import INDEPENDENT_JUDGE, NETWORKS, STYLE_NETWORKS
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer import judging
from aiart.style_transfer.judging import (
    LEAST_DIVERGENCE,
    Normal,
    Part,
    cfsd,
    effectiveness,
    fitted,
    hellinger,
    histogram,
    load_judges,
    measure,
    mixture,
    parts_of,
)
from aiart.style_transfer.paint import paint
from aiart.style_transfer.regions import masked_areas

PAINTINGS = [painted_by(name, height=96, width=128, seed=1) for name in ("starry_flow", "stained_glass", "ink_wash")]
BEST = -math.log(LEAST_DIVERGENCE)


@pytest.fixture(scope="module")
def judges():
    return load_judges("vgg19_slim")


def normal(seed, channels=6, scale=1.0):
    random = np.random.default_rng(seed)
    samples = random.normal(0, 1, (500, channels)) @ random.normal(0, 1, (channels, channels)) * scale
    return fitted(tf.constant(samples.reshape(1, 20, 25, channels), tf.float32))


def test_every_network_that_paints_or_judges_says_by_which_layers():
    for name in {*STYLE_NETWORKS, INDEPENDENT_JUDGE}:
        facts = NETWORKS[name]
        judging_by = facts.judging()
        assert judging_by["effect_layers"]
        assert {*judging_by["effect_layers"], judging_by["structure_layer"]} <= set(facts.layer_names)
    assert NETWORKS[INDEPENDENT_JUDGE].weights is None


def test_the_figures_of_equal_pictures_are_the_best_possible(judges):
    painting = np.rint(PAINTINGS[0])
    figures = measure(judges, painting, painting, [painting])
    for judge in ("", f"_{INDEPENDENT_JUDGE}"):
        assert figures[f"effectiveness{judge}"] == pytest.approx(BEST)
        assert figures[f"cfsd{judge}"] == pytest.approx(0, abs=1e-6)
    assert figures["colour_distance"] == pytest.approx(0, abs=1e-3)
    other = measure(judges, PAINTINGS[1], painting, [painting])
    for name in ("effectiveness", f"effectiveness_{INDEPENDENT_JUDGE}"):
        assert other[name] < figures[name] - 5
    for name in ("cfsd", f"cfsd_{INDEPENDENT_JUDGE}", "colour_distance"):
        assert other[name] > figures[name] + 1e-3


def test_more_style_weight_is_more_style_and_less_of_the_photograph(judges):
    photograph, painting = PAINTINGS[2], PAINTINGS[1]
    network = load_network("vgg19_slim", ["conv5_1"])
    found = []
    for weight in (1e3, 1e5, 1e7):
        settings = StyleTransfer(style_weight=weight, iterations=25, tv_weight=1)
        picture = paint(network, photograph, [painting], settings, seed=1).picture
        found.append(measure(judges, picture, photograph, [painting]))
    start = found[0]["photograph"]
    for judge in ("", f"_{INDEPENDENT_JUDGE}"):
        effects = [start[f"effectiveness{judge}"], *(one[f"effectiveness{judge}"] for one in found)]
        lost = [0, *(one[f"cfsd{judge}"] for one in found)]
        assert effects == sorted(effects)
        assert lost == sorted(lost)
        assert effects[-1] > effects[0] + 1
    colours = [start["colour_distance"], *(one["colour_distance"] for one in found)]
    assert colours == sorted(colours, reverse=True)


def test_figures_are_the_same_every_time(judges):
    first, second = (measure(load_judges("vgg19_slim"), PAINTINGS[0], *PAINTINGS[1:2], PAINTINGS[1:]) for _ in range(2))
    assert first == second == measure(judges, PAINTINGS[0], PAINTINGS[1], PAINTINGS[1:])


def test_effectiveness_is_the_logarithm_of_the_divergence_of_normal_distributions(monkeypatch):
    monkeypatch.setattr(judging, "KEPT_CHANNELS", 1.0)
    monkeypatch.setattr(judging, "LEAST_VARIANCE", 0.0)
    picture, style = normal(1), normal(2)
    # Σ over samples of the densities' log-ratio, against the closed form.
    p, q = ((one.mean[0], one.covariance[0]) for one in (picture, style))
    random = np.random.default_rng(3).multivariate_normal(p[0], p[1], 400_000)
    expected = np.mean(log_density(random, *p) - log_density(random, *q))
    assert effectiveness(picture, style)[0] == pytest.approx(-math.log(expected), abs=0.02)


def log_density(samples, mean, covariance):
    away = samples - mean
    inverse, (_, volume) = np.linalg.inv(covariance), np.linalg.slogdet(covariance)
    return -0.5 * (np.einsum("ni,ij,nj->n", away, inverse, away) + volume)


def test_a_mixture_of_distributions_is_that_of_all_their_samples():
    activations = tf.constant(np.random.default_rng(0).normal(0, 1, (1, 8, 10, 4)) + np.arange(8)[:, None, None])
    whole = fitted(activations)
    halves = mixture([(0.25, fitted(activations[:, :2])), (0.75, fitted(activations[:, 2:]))])
    np.testing.assert_allclose(halves.mean, whole.mean)
    np.testing.assert_allclose(halves.covariance, whole.covariance, atol=1e-12)
    assert isinstance(halves, Normal)


def test_a_distribution_under_a_mask_is_that_of_what_is_under_it():
    activations = tf.constant(np.random.default_rng(0).normal(0, 1, (1, 8, 10, 4)).astype(np.float32))
    mask = np.zeros((16, 20), np.float32)
    mask[:8] = 1
    under, top = fitted(activations, mask[::2, ::2]), fitted(activations[:, :4])
    np.testing.assert_allclose(under.covariance, top.covariance, atol=1e-6)


@pytest.mark.parametrize("flat", [np.zeros((64, 64, 3)), np.full((64, 64, 3), 255.0)], ids=["black", "white"])
def test_blank_pictures_have_figures_too(judges, flat):
    for pictures in ((flat, PAINTINGS[0], PAINTINGS[1]), (PAINTINGS[0], flat, PAINTINGS[1]), (*PAINTINGS[:2], flat)):
        picture, photograph, painting = (np.asarray(one, np.float32) for one in pictures)
        figures = measure(judges, picture, photograph, [painting])
        assert all(math.isfinite(value) for value in numbers(figures))


def numbers(figures):
    return [inner for value in figures.values() for inner in (numbers(value) if isinstance(value, dict) else [value])]


def test_regions_are_judged_each_by_its_own_painting(judges):
    """Two paintings side by side are as like them as can be, by halves; as one blend they are not."""
    left = np.zeros((96, 128), np.float32)
    left[:, :64] = 1
    picture = np.where(left[..., np.newaxis] > 0, PAINTINGS[0], PAINTINGS[1])
    masks = [np.repeat(mask[..., np.newaxis] * 255, 3, axis=2) for mask in (left, 1 - left)]
    settings = StyleTransfer(regions=[{"styles": [1]}, {"styles": [2]}])
    areas = masked_areas(masks, left.shape, 2, settings)
    parts = parts_of(settings, areas, 2)
    assert [(part.share, list(part.paintings)) for part in parts] == [(0.5, [0]), (0.5, [1])]
    own = measure(judges, picture, PAINTINGS[2], PAINTINGS[:2], parts=parts)
    swapped = measure(judges, picture, PAINTINGS[2], PAINTINGS[1::-1], parts=parts)
    for name in ("effectiveness", f"effectiveness_{INDEPENDENT_JUDGE}"):
        assert own[name] > swapped[name] + 1
    assert own["colour_distance"] < swapped["colour_distance"]


def test_what_stays_the_photograph_is_not_judged_by_any_painting():
    settings = StyleTransfer(regions=[{"styles": []}])
    left = np.zeros((32, 32, 3), np.float32)
    left[:, :16] = 255
    (part,) = parts_of(settings, masked_areas([left], (32, 32), 1, settings), 1)
    assert part.share == 1
    assert part.mask[:, :12].max() < 0.01
    assert part.mask[:, 20:].min() > 0.99


def test_blends_are_judged_by_the_shares_of_their_paintings():
    layers = {"conv1_1": [1, 0], "conv2_1": [0, 1], "conv3_1": [0, 1]}
    settings = StyleTransfer(style_blend_weights=layers, style_layers=list(layers))
    assert parts_of(settings, [], 2) == [Part(1.0, None, {0: (1 / 3, None), 1: (2 / 3, None)})]
    settings = StyleTransfer(style_blend_weights=[1, 0])
    assert parts_of(settings, [], 2) == [Part(1.0, None, {0: (1.0, None)})]


@pytest.mark.parametrize("shape", [(16, 4096), (1200, 1600), (3000, 4000)])
def test_large_pictures_are_judged_on_a_reduced_copy(judges, shape):
    seen = []
    height, width = shape
    picture = np.broadcast_to(np.linspace(0, 255, width, dtype=np.float32)[:, np.newaxis], (height, width, 3))

    def network(batch, layers):
        seen.append(batch.shape[1:3])
        return {layer: tf.zeros((len(batch), 8, 8, 4)) for layer in layers}

    measure([judge._replace(network=network) for judge in judges], picture, picture, [picture])
    assert all(rows * columns <= 1.01 * judging.JUDGED_PIXELS and min(rows, columns) >= 8 for rows, columns in seen)


def test_structure_and_colours_are_looked_at_in_places_on_a_grid_whatever_the_size():
    large = tf.constant(np.random.default_rng(0).normal(0, 1, (300, 400, 2)).astype(np.float32))
    assert 0 < cfsd(large, large[::-1]) < 1
    picture = np.tile(PAINTINGS[0], (8, 8, 1))
    assert hellinger(histogram(picture), histogram(PAINTINGS[0])) < 0.1


def test_the_same_structure_in_other_colours_of_features_is_the_same_structure():
    random = np.random.default_rng(0)
    activations = random.normal(0, 1, (12, 10, 8)).astype(np.float32)
    turned, _ = np.linalg.qr(random.normal(0, 1, (8, 8)))
    assert cfsd(tf.constant(activations), tf.constant((activations @ turned * 3 + 5).astype(np.float32))) < 1e-6
    shuffled = random.permutation(activations.reshape(120, 8)).reshape(12, 10, 8)
    assert cfsd(tf.constant(activations), tf.constant(shuffled)) > 0.01
