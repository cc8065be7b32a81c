"""The parts of a training step: schedule, optimiser, image pool."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from aiart.params.pix2pix import Pix2Pix
from aiart.translation.adam import Adam
from aiart.translation.cyclegan.pool import ImagePool
from aiart.translation.schedule import rate_factor


def test_the_rate_is_constant_and_then_falls_as_in_pytorch_cyclegan():
    settings = Pix2Pix(epochs=200, decay_epochs=100)
    factors = [rate_factor(epoch, settings) for epoch in range(200)]
    assert factors[:100] == [1.0] * 100
    assert factors[100] == pytest.approx(1 - 1 / 101)
    assert factors[199] == pytest.approx(1 - 100 / 101)
    assert np.diff(factors[99:]) == pytest.approx(-1 / 101)


def test_without_decay_the_rate_stays():
    assert {rate_factor(e, Pix2Pix(epochs=5, decay_epochs=0)) for e in range(5)} == {1.0}


def test_the_cosine_falls_slowly_at_both_ends():
    settings = Pix2Pix(epochs=20, decay_epochs=20, decay="cosine")
    factors = np.array([rate_factor(epoch, settings) for epoch in range(20)])
    assert (np.diff(factors) < 0).all() and factors[0] < 1 and factors[-1] > 0
    assert abs(np.diff(factors)[0]) < abs(np.diff(factors)[9]) > abs(np.diff(factors)[-1])


def test_adam_is_kerass_adam():
    start = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)
    ours, theirs = keras.Variable(start), keras.Variable(start)
    adam = Adam([ours], 0.5, 0.999)
    reference = keras.optimizers.Adam(2e-3, beta_1=0.5, beta_2=0.999, epsilon=1e-8)
    for number in range(6):
        gradient = tf.constant(np.random.default_rng([2, number]).normal(size=(5, 3)), tf.float32)
        adam.apply([gradient], tf.constant(2e-3), tf.constant(number, tf.int64))
        reference.apply([gradient], [theirs])
    assert np.abs(ours.numpy() - start).max() > 5e-3
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=2e-6)


def test_adams_first_step_is_as_long_as_the_rate():
    variable = keras.Variable(np.zeros(3, np.float32))
    Adam([variable], 0.5, 0.999).apply([tf.constant([1e-3, 1.0, -50.0])], tf.constant(0.1), tf.constant(0, tf.int64))
    np.testing.assert_allclose(variable.numpy(), [-0.1, -0.1, 0.1], rtol=1e-3)


def picture(value):
    return np.full((1, 2, 2, 3), value, np.float32)


def run_pool(pool, numbers):
    shown = [pool.exchange(tf.constant(picture(n)), tf.constant([n], tf.int32)).numpy() for n in numbers]
    return [int(s[0, 0, 0, 0]) for s in shown]


def test_the_first_pictures_are_stored_and_returned():
    pool = ImagePool(4, 2, seed=7)
    assert run_pool(pool, range(1, 5)) == [1, 2, 3, 4]
    assert pool.pictures.numpy()[:, 0, 0, 0].tolist() == [1, 2, 3, 4] and int(pool.filled) == 4


def test_a_full_pool_returns_an_old_one_half_of_the_time_and_then_keeps_the_new_one():
    pool = ImagePool(4, 2, seed=7)
    run_pool(pool, range(1, 5))
    returned_old = 0
    for number in range(5, 305):
        before = pool.pictures.numpy()[:, 0, 0, 0].astype(int).tolist()
        (shown,) = run_pool(pool, [number])
        after = pool.pictures.numpy()[:, 0, 0, 0].astype(int).tolist()
        if shown == number:
            assert after == before
        else:
            returned_old += 1
            assert shown in before
            assert after == [number if old == shown else old for old in before]
    assert 0.4 < returned_old / 300 < 0.6


def test_all_slots_of_a_pool_are_used():
    pool = ImagePool(4, 2, seed=7)
    run_pool(pool, range(1, 60))
    assert min(pool.pictures.numpy()[:, 0, 0, 0]) > 4


def test_a_pool_treats_each_picture_of_a_batch_alone():
    apart, together = ImagePool(3, 2, seed=1), ImagePool(3, 2, seed=1)
    numbers = list(range(1, 13))
    one_by_one = run_pool(apart, numbers)
    both = []
    for i in range(0, 12, 2):
        batch = tf.constant(np.concatenate([picture(n) for n in numbers[i : i + 2]]))
        both += [int(p[0, 0, 0]) for p in together.exchange(batch, tf.constant(numbers[i : i + 2], tf.int32)).numpy()]
    assert both == one_by_one


def test_chance_in_a_pool_depends_on_seed_and_number_only():
    first, again, other = (run_pool(ImagePool(3, 2, seed=s), range(1, 40)) for s in (1, 1, 2))
    assert first == again != other


def test_a_pool_of_nothing_lets_everything_through():
    assert run_pool(ImagePool(0, 2, seed=1), range(1, 9)) == list(range(1, 9))
