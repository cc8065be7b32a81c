import numpy as np
import pytest
import tensorflow as tf

from aiart.deep_dream.fourier import COLOURS, FourierAscent, decode, encode, frequency_scale, inverse


@pytest.mark.parametrize("shape", [(16, 16), (15, 17), (1, 5), (31, 24)])
def test_a_picture_is_encoded_as_it_is_written(shape):
    picture = np.random.default_rng(2).integers(0, 256, (*shape, 3)).astype(np.float32)
    scale = frequency_scale(*shape)
    found = decode(tf.constant(encode(picture, scale)), scale, picture.shape).numpy()
    assert np.abs(found - picture).max() < 0.26
    np.testing.assert_array_equal(np.rint(found), picture)


def test_the_inverse_of_the_colours():
    np.testing.assert_allclose((inverse(COLOURS)[:, :, np.newaxis] * COLOURS).sum(axis=1), np.eye(3), atol=1e-12)


@pytest.mark.parametrize("width", [8, 9])
def test_a_step_goes_along_the_numerical_gradient(width):
    random = np.random.default_rng(3)
    picture = random.uniform(60, 190, (6, width, 3)).astype(np.float32)
    upstream = random.normal(0, 1, picture.shape).astype(np.float32)
    climb = FourierAscent(picture, 0.01)
    start, scale = climb.parameters.copy(), climb.scale

    def objective(parameters):
        decoded = decode(tf.constant(parameters), scale, picture.shape).numpy()
        return float((decoded.astype(np.float64) * upstream).sum())

    climb.step(upstream)
    slopes = climb.mean / 0.1 / picture.size
    for place in [(0, 0, 0, 0), (0, 1, 2, 3), (1, 2, 1, 2), (1, 0, 5, 1)]:
        more, less = start.copy(), start.copy()
        more[place] += 1e-2
        less[place] -= 1e-2
        expected = (objective(more) - objective(less)) / 2e-2
        assert slopes[place] == pytest.approx(expected, rel=1e-2, abs=0.2)
    assert objective(climb.parameters) > objective(start)
