import numpy as np
import pytest
import tensorflow as tf

from aiart.deep_dream import ascend as ascending
from aiart.deep_dream.dream import dream
from aiart.deep_dream.objective import build_objective, caricatured
from aiart.deep_dream.tiles import evaluate_picture
from aiart.deep_dream.zoom import zoom_frames
from aiart.errors import UserError
from aiart.networks import vgg
from aiart.params import checked
from aiart.params.deep_dream import DeepDream, Dream
from aiart.params.load import checked_for_use

SMALL = {"layers": "conv3_1", "octaves": 2, "iterations": 8, "jitter": 4, "guide_objective": "caricature"}


@pytest.fixture(scope="module")
def network():
    weights = vgg.random_weights(1, (4, 8, 8, 8, 8))
    return lambda picture, layers: vgg.features(weights, picture, layers)


def noise(seed, *shape):
    return np.random.default_rng(seed).uniform(0, 255, (*shape, 3)).astype(np.float32)


def run(network, picture, guide, **settings):
    settings = DeepDream(**{**SMALL, **settings})
    objective = build_objective(network, settings, guide)
    return dream(objective, picture, settings, seed=1, smallest_side=16, guide=guide)


def pixels(picture, layers):
    return dict.fromkeys(layers, picture)


def evaluate(picture, guide, network=pixels, layers="conv1_1", tile=0, overlap=0, **settings):
    settings = DeepDream(layers=layers, guide_objective="caricature", **settings)
    objective = build_objective(network, settings, guide)
    return evaluate_picture(objective, picture, np.ones(1), tile=tile, overlap=overlap, guide=guide)


@pytest.mark.parametrize("power", [0, 2, 3.5])
def test_of_a_picture_that_equals_its_guide_the_mean_square_is_maximised(power):
    guide = noise(0, 5, 7)
    found = evaluate(guide, guide, cosine_power=power)
    np.testing.assert_allclose(found.values, [np.mean(guide.astype(np.float64) ** 2)], rtol=1e-5)


def test_each_position_has_its_own_cosine_and_no_less_than_a_tenth():
    activation = tf.constant([[[[3.0, 4.0], [0.0, 2.0], [0.0, 0.0]]]])
    aim = tf.constant([[[[5.0, 0.0], [1.0, 0.0], [1.0, 1.0]]]])
    # Products 15, 0, 0 over 6 numbers; the first cosine is 0.6.
    assert float(caricatured(activation, aim, 2.0)) == pytest.approx(15 * 0.6**2 / 6)
    opposite = float(caricatured(-activation, aim, 2.0))
    assert opposite == pytest.approx(-15 * 0.1**2 / 6)


def test_the_gradient_is_the_numerical_one():
    picture, guide = noise(1, 3, 4), noise(2, 3, 4)

    def total(picture):
        x, g = picture.astype(np.float64), guide.astype(np.float64)
        dot = (x * g).sum(-1)
        cosine = dot / np.sqrt((x**2).sum(-1) * (g**2).sum(-1))
        return (dot * np.maximum(cosine, 0.1) ** 2).sum() / 3

    numerical = np.zeros(picture.shape)
    for place in np.ndindex(picture.shape):
        step = np.zeros(picture.shape)
        step[place] = 1e-3
        numerical[place] = (total(picture + step) - total(picture - step)) / 2e-3
    np.testing.assert_allclose(evaluate(picture, guide).gradient, numerical, rtol=1e-3, atol=1e-3)


def test_the_gradient_is_finite_where_nothing_responds():
    black = np.zeros((4, 4, 3), np.float32)
    for picture, guide in ((black, noise(3, 4, 4)), (noise(3, 4, 4), black), (black, black)):
        assert np.isfinite(evaluate(picture, guide).gradient).all()


def test_rolled_alike_picture_and_guide_have_the_rolled_gradient():
    picture, guide = noise(4, 12, 10), noise(5, 12, 10)
    rolled = evaluate(*(ascending.roll(whole, 5, -3) for whole in (picture, guide)))
    found = ascending.roll(rolled.gradient, -5, 3)
    np.testing.assert_allclose(found, evaluate(picture, guide).gradient, rtol=1e-5)


def test_whatever_moves_the_picture_moves_its_guide(monkeypatch):
    seen = []

    def watching(objective, picture, scales, *, tile, overlap, guide):
        seen.append(np.array_equal(picture, guide))
        return evaluate_picture(objective, picture, scales, tile=tile, overlap=overlap, guide=guide)

    monkeypatch.setattr(ascending, "evaluate_picture", watching)
    picture = noise(6, 24, 20)
    settings = DeepDream(
        layers="conv1_1", guide_objective="caricature", jitter=9, random_scale=0.2, random_rotation=30, iterations=1
    )
    objective = build_objective(pixels, settings, picture)
    random = np.random.default_rng(0)
    for _ in range(5):
        ascending.ascend(objective, picture, np.ones(1), settings, random, lambda _: None, guide=picture)
    assert seen == [True] * 5


def test_tiles_equal_untiled(network):
    picture, guide = noise(7, 203, 330), noise(8, 203, 330)
    whole, tiled = (evaluate(picture, guide, network, "conv2_1", tile=tile, overlap=32) for tile in (0, 160))
    np.testing.assert_allclose(tiled.gradient, whole.gradient, atol=1e-4 * np.abs(whole.gradient).mean())


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"parametrization": "fourier", "learning_rate": 0.02},
        {"tile": 128, "tile_overlap": 32},
        {"start": "noise"},
        {"random_scale": 0.05, "random_rotation": 3},
    ],
)
def test_the_product_with_the_guide_rises(network, settings):
    picture, guide = noise(9, 150, 96), noise(10, 40, 70)
    dreamed = run(network, picture, guide, long_side=150, **settings)
    assert dreamed.picture.shape == picture.shape
    assert dreamed.after["conv3_1"] > 1.2 * dreamed.before["conv3_1"]


def test_a_picture_is_caricatured_by_itself_and_zoomed_into(network):
    picture = noise(11, 60, 48)
    dreamed = run(network, picture, picture)
    assert dreamed.after["conv3_1"] > 1.2 * dreamed.before["conv3_1"]
    settings = DeepDream(**SMALL, zoom_frames=2)
    objective = build_objective(network, settings, picture)
    frames = list(zoom_frames(objective, dreamed.picture, settings, seed=1, smallest_side=16, guide=picture))
    assert [frame.shape for frame in frames] == [(60, 48, 3)] * 2


def test_a_caricature_needs_a_guide():
    caricature = {"picture": "cat", "guide_objective": "caricature"}
    with pytest.raises(UserError) as caught:
        checked_for_use(Dream, caricature, "x", animated=False)
    assert str(caught.value) == (
        "x: guide_objective is caricature, but there is no guide; name one, which may be the photograph, or leave "
        "guide_objective out."
    )
    assert checked_for_use(Dream, {**caricature, "guide": "cat"}, "x", animated=False).cosine_power == 2


def test_the_power_belongs_to_a_caricature():
    with pytest.raises(UserError) as caught:
        checked(DeepDream, {"cosine_power": 3}, "x")
    assert str(caught.value) == (
        "x: cosine_power has no effect with guide_objective match; leave it out or set guide_objective to caricature."
    )
