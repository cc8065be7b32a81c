import math

import numpy as np
import pytest
import tensorflow as tf

from aiart.translation import losses


def logits(*values):
    return tf.reshape(tf.constant(values, tf.float32), (1, 1, -1, 1))


REAL, FAKE = logits(2.0, 0.0), logits(-1.0, 1.0)


def softplus(x):
    return math.log1p(math.exp(x))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("least_squares", 0.5 * ((1 + 1) / 2 + (1 + 1) / 2)),
        ("vanilla", 0.5 * ((softplus(-2) + softplus(0)) / 2 + (softplus(-1) + softplus(1)) / 2)),
        ("hinge", 0.5 * ((0 + 1) / 2 + (0 + 2) / 2)),
        ("wgan_gp", 0.0 - 1.0),
    ],
)
def test_the_discriminator_minimises(kind, expected):
    assert float(losses.discriminator_loss(kind, REAL, FAKE)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("least_squares", (4 + 0) / 2),
        ("vanilla", (softplus(1) + softplus(-1)) / 2),
        ("hinge", 0.0),
        ("wgan_gp", 0.0),
    ],
)
def test_the_generator_minimises(kind, expected):
    assert float(losses.generator_loss(kind, FAKE)) == pytest.approx(expected, rel=1e-6)


def test_vanilla_is_the_cross_entropy_of_probabilities():
    p = 1 / (1 + np.exp(-np.array([2.0, 0.0])))
    q = 1 / (1 + np.exp(-np.array([-1.0, 1.0])))
    expected = 0.5 * (-np.log(p).mean() - np.log(1 - q).mean())
    assert float(losses.discriminator_loss("vanilla", REAL, FAKE)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("kind", ["least_squares", "vanilla", "hinge", "wgan_gp"])
def test_the_generator_is_pulled_to_where_the_discriminator_says_real(kind):
    fake = tf.Variable(logits(0.1))
    with tf.GradientTape() as tape:
        loss = losses.generator_loss(kind, fake)
    assert float(tape.gradient(loss, fake).numpy().item()) < 0


def test_accuracy_counts_patches_on_the_right_side():
    assert float(losses.accuracy("least_squares", logits(0.6, 0.4), logits(0.4, 0.4))) == pytest.approx(0.75)
    assert float(losses.accuracy("vanilla", logits(0.1, 0.2), logits(-0.1, 0.3))) == pytest.approx(0.75)


def test_the_penalty_of_a_linear_critic_is_known():
    weights = tf.constant(np.random.default_rng(1).normal(size=(1, 4, 4, 3)), tf.float32)
    slope = float(tf.norm(weights)) / 1.0

    def critic(x):
        return tf.reduce_sum(weights * x, axis=[1, 2, 3], keepdims=True)

    real, fake = tf.zeros((2, 4, 4, 3)), tf.ones((2, 4, 4, 3))
    found = losses.gradient_penalty(critic, real, fake, tf.constant([0.3, 0.8])[:, None, None, None])
    assert float(found) == pytest.approx((slope - 1) ** 2, rel=1e-5)


def test_the_penalty_is_taken_between_the_pictures():
    def critic(x):
        return 0.5 * tf.reduce_sum(tf.square(x), axis=[1, 2, 3], keepdims=True)

    # ∇critic(x) = x = 0 + mix·(1 − 0), of norm mix·√48.
    found = losses.gradient_penalty(critic, tf.zeros((1, 4, 4, 3)), tf.ones((1, 4, 4, 3)), tf.fill((1, 1, 1, 1), 0.25))
    assert float(found) == pytest.approx((0.25 * math.sqrt(48) - 1) ** 2, rel=1e-5)


def test_l1_is_a_mean():
    assert float(losses.l1(tf.zeros((2, 2, 2, 3)), tf.fill((2, 2, 2, 3), -0.5))) == pytest.approx(0.5)


@pytest.mark.parametrize("kind", ["least_squares", "vanilla", "hinge"])
def test_discriminators_count_alike_however_many_logits_they_have(kind):
    few, many = tf.random.stateless_normal((1, 2, 2, 1), [1, 2]), tf.random.stateless_normal((1, 9, 9, 1), [3, 4])
    for loss in (losses.discriminator_loss, losses.accuracy):
        alone = [loss(kind, few, 2 * few), loss(kind, many, 2 * many)]
        np.testing.assert_allclose(loss(kind, [few, many], [2 * few, 2 * many]), np.mean(alone), rtol=1e-6)
    alone = [losses.generator_loss(kind, few), losses.generator_loss(kind, many)]
    np.testing.assert_allclose(losses.generator_loss(kind, [few, many]), np.mean(alone), rtol=1e-6)
