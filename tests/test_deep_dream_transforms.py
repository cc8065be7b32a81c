import numpy as np
import pytest

from aiart.deep_dream.transforms import random_resampling, resampling
from aiart.params.deep_dream import DeepDream


@pytest.fixture
def pictures():
    return np.random.default_rng(5).normal(100, 30, (2, 23, 31, 3)).astype(np.float32)


@pytest.mark.parametrize(("scale", "degrees"), [(1, 0), (0.9, -10), (1.1, 7), (0.5, 180), (1.5, 45)])
def test_the_gradient_goes_back_by_the_transpose(pictures, scale, degrees):
    picture, gradient = pictures
    there = resampling((23, 31), scale, degrees)
    forwards = np.sum(there.apply(picture).astype(np.float64) * gradient)
    assert np.sum(picture.astype(np.float64) * there.pull_back(gradient)) == pytest.approx(forwards, rel=1e-6)


def test_scale_and_angle_are_those_that_are_said(pictures):
    picture = pictures[0]
    np.testing.assert_array_equal(resampling((23, 31), 1, 0).apply(picture), picture)
    square = picture[:, :23]
    np.testing.assert_allclose(resampling((23, 23), 1, 90).apply(square), np.rot90(square), rtol=1e-4)
    blob = np.zeros((41, 41, 3), np.float32)
    blob[20, 25] = 255
    found = resampling((41, 41), 2, 0).apply(blob)[..., 0]
    assert np.unravel_index(found.argmax(), found.shape) == (20, 30)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 3)])
def test_any_picture_can_be_turned(shape):
    picture = np.full((*shape, 3), 77, np.float32)
    np.testing.assert_allclose(resampling(shape, 0.5, 77).apply(picture), picture, rtol=1e-6)


def test_without_them_nothing_is_drawn():
    random, same = np.random.default_rng(1), np.random.default_rng(1)
    assert random_resampling((9, 9), DeepDream(), random) is None
    assert random.random() == same.random()
    assert random_resampling((9, 9), DeepDream(random_rotation=5), random) is not None
