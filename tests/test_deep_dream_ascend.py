import numpy as np
import pytest

from aiart.deep_dream.ascend import SHOULDER, equalise_bands, normalise, roll, shorten, smooth, total_variation_gradient
from aiart.deep_dream.octaves import enlarge_detail, octave_sizes
from aiart.errors import UserError


@pytest.fixture
def noise():
    return np.random.default_rng(3).normal(5, 20, (60, 80, 3)).astype(np.float32)


def test_roll_is_undone_exactly(noise):
    random = np.random.default_rng(0)
    for _ in range(20):
        down, right = random.integers(-100, 101, 2)
        assert np.array_equal(roll(roll(noise, down, right), -down, -right), noise)
    assert not np.array_equal(roll(noise, 3, 5), noise)
    assert np.array_equal(roll(noise, 3, 5)[3, 5], noise[0, 0])


def test_octaves_are_powers_of_the_original():
    sizes, too_small = octave_sizes(427, 640, octaves=4, scale=1.4, smallest_side=75)
    # 427/1.4³ = 155.6, 640/1.4³ = 233.2, and so on; nothing is compounded.
    assert sizes == [(156, 233), (218, 327), (305, 457), (427, 640)]
    assert too_small == []


@pytest.mark.parametrize("scale", [1.1, 1.3, 1.4, 2.0, 3.7])
@pytest.mark.parametrize(("height", "width"), [(333, 77), (101, 100), (640, 481)])
def test_last_octave_is_the_original(height, width, scale):
    sizes, too_small = octave_sizes(height, width, octaves=9, scale=scale, smallest_side=75)
    assert sizes[-1] == (height, width)
    assert all(min(size) >= 75 for size in sizes)
    assert all(min(size) < 75 for size in too_small)
    assert len(sizes) + len(too_small) == 9


def test_a_picture_below_the_smallest_side_is_refused():
    with pytest.raises(UserError) as caught:
        octave_sizes(60, 90, octaves=2, scale=1.4, smallest_side=75)
    assert str(caught.value) == (
        "The picture is 90×60 pixels at its size in the network, which needs at least 75 on the shorter side; "
        "raise long_side or use a larger picture."
    )


def test_detail_keeps_its_sign_and_range(noise):
    detail = np.clip(noise * 20, -255, 255)
    larger = enlarge_detail(detail, 84, 112)
    assert larger.shape == (84, 112, 3)
    assert larger.dtype == np.float32
    assert -255 <= larger.min() < -200
    assert 200 < larger.max() <= 255
    assert abs(larger.mean() - detail.mean()) < 3


def test_normalisation(noise):
    assert np.abs(normalise(noise, "mean_abs")).mean() == pytest.approx(1, rel=1e-5)
    assert normalise(noise, "std").std() == pytest.approx(1, rel=1e-5)
    zero = np.zeros((4, 4, 3), np.float32)
    assert np.array_equal(normalise(zero, "mean_abs"), zero)


def test_smoothing_is_a_gaussian_over_space_only():
    impulse = np.zeros((41, 41, 3), np.float32)
    impulse[20, 20, 1] = 1
    smoothed = smooth(impulse, 2.0)
    assert smoothed[..., [0, 2]].max() == 0
    assert smoothed.sum() == pytest.approx(1, rel=1e-4)
    assert smoothed[20, 20, 1] == pytest.approx(1 / (2 * np.pi * 4), rel=0.01)
    assert smoothed[20, 22, 1] / smoothed[20, 20, 1] == pytest.approx(np.exp(-0.5), rel=0.01)


def test_bands_are_brought_to_equal_strength():
    x = np.arange(256)
    fine, coarse = np.sin(x * 2.0), 100 * np.sin(2 * np.pi * x / 64)
    wave = np.broadcast_to((fine + coarse)[np.newaxis, :, np.newaxis], (64, 256, 3)).astype(np.float32)

    def share(picture):
        spectrum = np.abs(np.fft.rfft(picture[32, :, 0]))
        return spectrum[round(256 * 2 / (2 * np.pi))] / spectrum[4]

    assert share(wave) < 0.02
    assert share(equalise_bands(wave, 3)) > 0.15


def test_total_variation_gradient_is_that_of_the_sum(noise):
    small = noise[:5, :6].astype(np.float64)

    def variation(picture):
        return (np.abs(np.diff(picture, axis=0)).sum() + np.abs(np.diff(picture, axis=1)).sum()) / picture.size

    expected = np.zeros_like(small)
    for index in np.ndindex(small.shape):
        step = np.zeros_like(small)
        step[index] = 1e-3
        expected[index] = (variation(small + step) - variation(small - step)) / 2e-3
    np.testing.assert_allclose(total_variation_gradient(small.astype(np.float32)), expected, atol=1e-5)


def test_steps_shorten_only_towards_an_end_that_is_near():
    picture = np.float32([0, 8, 8, 100, 150, 247, 247, 255])
    step = np.float32([-4, -4, 4, -4, 4, 4, -4, 4])
    np.testing.assert_allclose(shorten(step, picture), step * [0, 8 / SHOULDER, 1, 1, 1, 8 / SHOULDER, 1, 0])
