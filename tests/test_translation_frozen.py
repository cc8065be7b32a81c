"""Losses over the features of a network that does not learn."""

import numpy as np
import pytest
import tensorflow as tf

from aiart.networks.registry import load_network
from aiart.params.pix2pix import Pix2Pix
from aiart.translation.frozen import load_frozen, perceptual_loss
from aiart.translation.pix2pix.learner import Pix2PixLearner

SMALL = {"image_side": 32, "generator_width": 4, "discriminator_width": 4, "receptive_field": 16}
LAYERS = ["conv1_1", "conv2_1"]


def noise(seed, side=32):
    return tf.constant(np.random.default_rng(seed).uniform(-1, 1, (1, side, side, 3)), tf.float32)


def step(settings, steps=3):
    """A learner after some steps, and the losses of the last one by name."""
    learner = Pix2PixLearner(settings, seed=1)
    compiled = tf.function(learner.step)
    for number in range(steps):
        index = tf.constant([number])
        losses = compiled(noise(1), noise(2), index, tf.constant([2e-3, 2e-3]), tf.constant(number, tf.int64))
    return learner, dict(zip(learner.loss_names, losses.numpy(), strict=True))


def test_the_network_sees_grey_levels_and_gives_the_layers_in_order():
    pictures = noise(1)
    found = load_frozen(Pix2Pix(feature_layers=LAYERS))(pictures)
    expected = load_network("vgg19_slim", LAYERS)((pictures + 1) * 127.5, LAYERS)
    for layer, features in zip(LAYERS, found, strict=True):
        np.testing.assert_array_equal(features, expected[layer])


def test_every_layer_counts_alike_whatever_its_scale():
    def network(x):
        return [100.0 + 50.0 * x, 1e4 * (100.0 + 50.0 * x)]

    fake, target = noise(1), noise(2)
    share = perceptual_loss(lambda x: network(x)[:1], fake, target)
    assert 0.05 < share < 1
    np.testing.assert_allclose(perceptual_loss(network, fake, target), share, rtol=1e-5)
    assert perceptual_loss(network, fake, fake) == 0


def test_a_layer_that_sees_nothing_of_a_picture_gives_a_finite_loss():
    assert perceptual_loss(lambda x: [x * 0], noise(1), noise(2)) == 0
    assert perceptual_loss(lambda x: [x], noise(1), noise(2) * 0) < 10


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_loss_is_part_of_the_objective_and_falls(precision):
    settings = Pix2Pix(**SMALL, lambda_l1=0, gan_weight=0, lambda_perceptual=7, precision=precision)
    _, first = step(settings, steps=1)
    assert first["generator"] == pytest.approx(7 * first["generator_perceptual"], rel=1e-5)
    _, last = step(settings, steps=12)
    assert last["generator_perceptual"] < 0.97 * first["generator_perceptual"]


def test_the_frozen_network_is_no_part_of_what_is_trained_or_saved():
    without, _ = step(Pix2Pix(**SMALL), steps=1)
    with_loss, _ = step(Pix2Pix(**SMALL, lambda_perceptual=1), steps=1)
    assert with_loss.state().keys() == without.state().keys()


def test_without_weight_the_loss_changes_nothing_and_needs_no_network(tmp_path, monkeypatch):
    # Where the weights of VGG-19 would be and are not.
    monkeypatch.chdir(tmp_path)
    plain, losses = step(Pix2Pix(**SMALL))
    named, _ = step(Pix2Pix(**SMALL, feature_network="vgg19", feature_layers="conv5_1"))
    assert losses["generator_perceptual"] == 0
    for name, variable in plain.state().items():
        np.testing.assert_array_equal(variable, named.state()[name])
