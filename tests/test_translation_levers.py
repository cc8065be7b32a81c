"""What makes a short training of CycleGAN worth its time: a start at the identity, features, averages."""

import numpy as np
import pytest
import tensorflow as tf

from aiart.networks.feature_discriminator import FeatureDiscriminator
from aiart.networks.normalization import Norm
from aiart.networks.resnet import ResNetGenerator
from aiart.networks.unet import UNet
from aiart.params.cyclegan import CycleGAN
from aiart.params.feature_networks import NETWORKS
from aiart.params.patchgan import head_side
from aiart.params.pix2pix import Pix2Pix
from aiart.translation.averaging import update_average
from aiart.translation.cyclegan.learner import CycleGANLearner
from aiart.translation.pix2pix.learner import Pix2PixLearner

NONE = Norm("none", 1e-5, False, 0.9)
SIDE = 32
SMALL = {"image_side": SIDE, "generator_width": 4, "discriminator_width": 4, "receptive_field": 16}
FEATURES = {"discriminator": "features", "pool_capacity": 0, "gan_loss": "hinge"}
RATES = tf.constant([2e-3, 2e-3])


def pictures(seed, count=1, side=SIDE):
    return tf.constant(np.random.default_rng(seed).uniform(-1, 1, (count, side, side, 3)).astype(np.float32))


def stepped(learner, count):
    step = tf.function(learner.step)
    for number in range(count):
        step(pictures(number), pictures(-1 - number + 100), tf.constant([number]), RATES, tf.constant(number, tf.int64))
    return learner


def weights(network):
    return [variable.numpy() for variable in network.variables]


def test_a_generator_can_begin_as_the_identity_and_learns_from_there():
    learner = CycleGANLearner(CycleGAN(**SMALL, **FEATURES, identity_start=True, blocks=1, norm="none"), seed=1)
    x = pictures(5)
    for generator in learner.generators().values():
        np.testing.assert_array_equal(generator(x), x)
    stepped(learner, 3)
    for generator in learner.generators().values():
        assert 1e-4 < np.abs(generator(x) - x).mean() < 0.5


@pytest.mark.parametrize(("downsamplings", "channels"), [(1, 8), (2, 16)])
def test_halvings_double_the_channels_of_the_blocks(downsamplings, channels):
    network = ResNetGenerator(width=4, blocks=1, downsamplings=downsamplings, norm=NONE, seed=1)
    assert network.blocks[0][0][0].kernel.shape == (3, 3, channels, channels)
    side = 8 + network.multiple
    assert network(pictures(1, side=side)).shape == (1, side, side, 3)


def test_without_norm_signals_neither_fade_nor_grow():
    x = pictures(1, side=64)
    for network in (ResNetGenerator(width=16, blocks=6, norm=NONE, seed=1), UNet(64, width=16, norm=NONE, seed=1)):
        spread = float(np.std(network(x)))
        assert 0.1 < spread < 1.0, (network.name, spread)


@pytest.mark.parametrize(("layer", "side"), [("conv1_2", 8), ("conv2_2", 16), ("conv3_2", 20), ("conv4_2", 40)])
def test_the_smallest_picture_leaves_each_head_one_logit(layer, side):
    stride = next(known.stride for known in NETWORKS["vgg19_slim"].layers if known.name == layer)
    assert head_side(stride) == side
    settings = CycleGAN(**{**SMALL, "image_side": max(16, side)}, **FEATURES, feature_layers=layer)
    judge = CycleGANLearner(settings, seed=1).judge_a
    assert judge(pictures(1, side=side))[0].shape == (1, 1, 1, 1)


def test_what_a_head_sees_is_of_one_scale_whatever_the_layer():
    def frozen(x):
        return [1000 + 300 * x, tf.zeros_like(x)]

    seen = pictures(1, count=4).numpy()
    judge = FeatureDiscriminator(frozen, [1, 1], seen, width=4, seed=1)
    (mean, deviation), (silent_mean, silent_deviation) = judge.moments
    standard = (frozen(tf.constant(seen))[0] - mean) / deviation
    np.testing.assert_allclose(np.std(standard, axis=(0, 1, 2)), 1, atol=0.05)
    np.testing.assert_allclose(np.mean(standard, axis=(0, 1, 2)), 0, atol=0.05)
    assert np.isfinite(1 / silent_deviation).all() and not silent_mean.numpy().any()


def test_the_frozen_network_is_neither_trained_nor_saved():
    judge = CycleGANLearner(CycleGAN(**SMALL, **FEATURES, blocks=1), seed=1).judge_a
    heads = 3 * len(NETWORKS["vgg19_slim"].loss_layers)
    assert len(judge.trainable_variables) == len(judge.variables) == 2 * heads  # kernels and biases


def test_an_average_follows_its_network_and_forgets_the_first_steps_sooner():
    network, average = (ResNetGenerator(width=2, blocks=1, norm=NONE, seed=seed) for seed in (1, 2))
    expected = weights(average)
    for number in range(30):
        for variable in network.variables:
            variable.assign_add(tf.ones_like(variable) * 0.1)
        past = min(0.9, (number + 1) / (number + 11))
        expected = [past * mean + (1 - past) * now for mean, now in zip(expected, weights(network), strict=True)]
        update_average(average, network, 0.9, tf.constant(number, tf.int64))
    for mean, wanted in zip(weights(average), expected, strict=True):
        np.testing.assert_allclose(mean, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("kind", "settings", "of"),
    [(CycleGANLearner, CycleGAN(**SMALL, blocks=1, generator_average=0.9), "to_b"),
     (Pix2PixLearner, Pix2Pix(**SMALL, generator_average=0.9), "generator")],
)  # fmt: skip
def test_pictures_and_the_model_come_from_the_average(kind, settings, of):
    learner = stepped(kind(settings, seed=1), 3)
    kept, last = next(iter(learner.generators().values())), getattr(learner, of)
    assert kept is not last
    assert any(not np.array_equal(a, b) for a, b in zip(weights(kept), weights(last), strict=True))
    before = learner.samples(pictures(1).numpy(), pictures(2).numpy())
    for variable in last.variables:
        variable.assign(tf.zeros_like(variable))
    np.testing.assert_array_equal(learner.samples(pictures(1).numpy(), pictures(2).numpy()), before)


@pytest.mark.parametrize("kind", [(CycleGANLearner, CycleGAN(**SMALL, blocks=1)), (Pix2PixLearner, Pix2Pix(**SMALL))])
def test_without_an_average_nothing_is_kept_beside_the_networks(kind):
    learner = kind[0](kind[1], seed=1)
    assert not [name for name in learner.state() if "average" in name]
