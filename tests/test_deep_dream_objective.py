"""A network of two layers small enough to work out by hand."""

import numpy as np
import pytest
import tensorflow as tf

from aiart.deep_dream.objective import build_objective, guide_features, guided
from aiart.deep_dream.tiles import evaluate_picture
from aiart.errors import UserError
from aiart.params.deep_dream import DeepDream

PICTURE = np.arange(2 * 4 * 3, dtype=np.float32).reshape(2, 4, 3)


def network(picture, layers):
    """conv1_1: the picture itself. conv2_1: twice the mean of each 2 × 2 pixels."""
    found = {"conv1_1": picture, "conv2_1": 2 * tf.nn.avg_pool2d(picture, 2, 2, "VALID")}
    return {layer: found[layer] for layer in layers}


def evaluate(settings, scales=None, guide=None):
    count = len(settings.layer_weights)
    scales = np.ones(count) if scales is None else np.array(scales)
    return evaluate_picture(build_objective(network, settings, guide), PICTURE, scales, tile=0, overlap=0)


def test_l2_of_a_whole_layer():
    found = evaluate(DeepDream(layers="conv1_1"))
    # Mean of 0², 1² … 23².
    np.testing.assert_allclose(found.values, [23 * 24 * 47 / 6 / 24], rtol=1e-6)
    np.testing.assert_allclose(found.density, [1])
    # 8 positions × mean over 24 numbers: each pixel value x adds x²/3.
    np.testing.assert_allclose(found.gradient, 2 * PICTURE / 3, rtol=1e-5)


def test_mean_of_a_whole_layer():
    found = evaluate(DeepDream(layers="conv2_1", objective="mean"))
    np.testing.assert_allclose(found.values, [2 * 11.5], rtol=1e-6)
    np.testing.assert_allclose(found.density, [0.25])
    # 2 positions × mean of 6 numbers, each half the sum of 4 pixels.
    np.testing.assert_allclose(found.gradient, np.full_like(PICTURE, 2 / 6 / 2), rtol=1e-5)


def test_one_channel():
    found = evaluate(DeepDream(layers="conv1_1", channel=1, objective="mean"))
    np.testing.assert_allclose(found.values, [PICTURE[..., 1].mean()])
    np.testing.assert_allclose(found.references, [PICTURE.mean()])
    assert (found.gradient[..., 1] == 1).all()
    assert (found.gradient[..., [0, 2]] == 0).all()


def test_several_channels_with_weights():
    found = evaluate(DeepDream(layers="conv1_1", channel={"0": 3, "2": -1}, objective="mean"))
    expected = 0.75 * PICTURE[..., 0].mean() - 0.25 * PICTURE[..., 2].mean()
    np.testing.assert_allclose(found.values, [expected], rtol=1e-6)
    np.testing.assert_allclose(found.gradient, np.broadcast_to([0.75, 0, -0.25], PICTURE.shape))
    both, weighted = (evaluate(DeepDream(layers="conv1_1", channel=c)) for c in ([0, 2], {"0": 5, "2": 5}))
    np.testing.assert_array_equal(both.gradient, weighted.gradient)


def test_a_channel_that_does_not_exist():
    with pytest.raises(UserError) as caught:
        evaluate(DeepDream(layers="conv1_1", channel=[0, 3]))
    assert str(caught.value) == "channel is 3, but conv1_1 of vgg19_slim has 3 channels; choose 0 to 2."


@pytest.mark.parametrize(
    ("neuron", "position"),
    [([0, 0], (0, 0)), ([0.6, 0.6], (1, 2)), ([1, 1], (1, 3)), ([0.4, 0.3], (0, 1))],
)
def test_one_neuron(neuron, position):
    found = evaluate(DeepDream(layers="conv1_1", neuron=neuron, objective="mean"))
    np.testing.assert_allclose(found.values, [PICTURE[position].mean()], rtol=1e-6)
    touched = np.argwhere(found.gradient.any(axis=-1))
    assert touched.tolist() == [list(position)]


def test_one_neuron_of_one_channel():
    found = evaluate(DeepDream(layers="conv1_1", neuron=[0.9, 0], channel=2))
    np.testing.assert_allclose(found.values, [PICTURE[1, 0, 2] ** 2])


def test_layers_are_added_with_weights_and_scales():
    one = evaluate(DeepDream(layers="conv1_1", objective="mean")).gradient
    two = evaluate(DeepDream(layers="conv2_1", objective="mean")).gradient
    both = evaluate(DeepDream(layers={"conv1_1": 2, "conv2_1": 3}, objective="mean"), scales=[5, 7])
    np.testing.assert_allclose(both.gradient, 10 * one + 21 * two, rtol=1e-5)
    np.testing.assert_allclose(both.values, [11.5, 23])


def test_guide_takes_the_feature_with_the_largest_dot_product():
    features = tf.constant([[1.0, 0.0], [0.0, 1.0], [0.6, 0.6]])
    activation = tf.constant([[[[3.0, 1.0], [1.0, 2.0], [0.0, 2.0]]]])
    # Products: (3, 1, 2.4) → 3; (1, 2, 1.8) → 2; (0, 2, 1.2) → 2. Mean over 3 positions × 2 channels.
    assert float(guided(activation, features)) == pytest.approx(7 / 6)


def test_guide_gradient_is_the_matched_feature():
    guide = np.zeros((2, 2, 3), np.float32)
    guide[0, 0] = (9, 0, 0)
    guide[1, 1] = (0, 0, 5)
    found = evaluate(DeepDream(layers="conv1_1"), guide=guide)
    # Blue is the larger part of no pixel by 9 : 5, except the first, (0, 1, 2).
    expected = np.broadcast_to(np.float32([9, 0, 0]), PICTURE.shape).copy()
    expected[0, 0] = (0, 0, 5)
    np.testing.assert_allclose(found.gradient, expected / 3, rtol=1e-5)


def test_guide_picture_is_made_smaller():
    features = guide_features(network, ["conv1_1"], np.zeros((100, 448, 3), np.float32))
    assert features["conv1_1"].shape == (50 * 224, 3)


@pytest.mark.parametrize("shape", [(1, 1), (1, 100), (100, 1)])
def test_a_guide_too_small_for_the_network_is_refused(shape):
    with pytest.raises(
        UserError, match=r"The guide is \d+×\d+ pixels at its size in the network, which needs at least 2"
    ):
        build_objective(network, DeepDream(layers="conv2_1"), np.zeros((*shape, 3), np.float32))


def test_all_sizes_use_one_graph():
    traces = []

    def counting(picture, layers):
        traces.append(1)
        return network(picture, layers)

    objective = build_objective(counting, DeepDream(layers="conv2_1"))
    for side in (8, 9, 32):
        evaluate_picture(objective, np.ones((side, side + 3, 3), np.float32), np.ones(1), tile=0, overlap=0)
    assert len(traces) == 1
