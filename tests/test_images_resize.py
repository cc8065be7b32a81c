import numpy as np
import pytest

from aiart.images import centre_crop, crop_to_aspect, resize_exact, resize_long_side


def noise(height, width):
    return np.random.default_rng(0).uniform(0, 255, (height, width, 3)).astype(np.float32)


def grid(height, width):
    """A picture whose sample values name their row and column."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return np.stack([rows, columns, rows * 0], axis=-1)


@pytest.mark.parametrize(
    ("size", "long_side", "expected"),
    [
        ((100, 200), 50, (25, 50)),
        ((200, 100), 50, (50, 25)),
        ((101, 67), 33, (33, 22)),  # 67 × 33 / 101 = 21.9
        ((64, 64), 7, (7, 7)),
        ((1, 300), 10, (1, 10)),  # never less than one pixel
        ((300, 2), 1, (1, 1)),
    ],
)
def test_the_long_side_is_exact_and_the_aspect_kept(size, long_side, expected):
    assert resize_long_side(noise(*size), long_side).shape == (*expected, 3)


@pytest.mark.parametrize("long_side", [20, 21, 1000])
def test_no_upscaling_unless_asked(long_side):
    image = noise(20, 11)
    same = resize_long_side(image, long_side)
    np.testing.assert_array_equal(same, image)
    assert not np.shares_memory(same, image)


def test_upscaling_when_asked():
    assert resize_long_side(noise(20, 11), 100, upscale=True).shape == (100, 55, 3)


def test_a_fine_checkerboard_becomes_mid_grey():
    board = np.repeat((np.indices((64, 64)).sum(axis=0) % 2 * 255.0)[..., np.newaxis], 3, axis=2)
    small = resize_exact(board, 8, 8)
    # Away from the edges, where the window is cut off; picking pixels would give 0 or 255.
    np.testing.assert_allclose(small[2:-2, 2:-2], 127.5, atol=0.5)


def test_samples_are_not_rounded_to_levels():
    flat = np.full((9, 9, 3), [10.25, 100.5, 200.125], dtype=np.float32)
    resized = resize_exact(flat, 4, 5)
    assert resized.dtype == np.float32
    np.testing.assert_allclose(resized, flat[:4, :5], atol=1e-4)


def test_height_and_width_and_channels_are_not_confused():
    image = np.zeros((10, 30, 3), dtype=np.float32)
    image[:5, :, 0] = 200  # upper half red
    image[:, 15:, 2] = 100  # right half blue
    resized = resize_exact(image, 4, 6)
    assert resized.shape == (4, 6, 3)
    np.testing.assert_allclose(resized[0, 0], [200, 0, 0], atol=8)
    np.testing.assert_allclose(resized[-1, -1], [0, 0, 100], atol=8)


def test_overshoot_is_clipped():
    edge = np.zeros((8, 8, 3), dtype=np.float32)
    edge[:, 4:] = 255
    large = resize_exact(edge, 64, 64)
    assert large.min() == 0
    assert large.max() == 255


def test_eight_bit_pictures_are_taken():
    levels = np.full((4, 4, 3), 7, dtype=np.uint8)
    np.testing.assert_allclose(resize_exact(levels, 2, 2), np.full((2, 2, 3), 7.0), atol=1e-5)


@pytest.mark.parametrize(
    ("size", "crop", "first", "last"),
    [
        ((6, 8), (2, 4), (2, 2), (3, 5)),
        ((7, 8), (2, 5), (2, 1), (3, 5)),  # odd margins: 2 above and 3 below, 1 left and 2 right
        ((5, 5), (5, 5), (0, 0), (4, 4)),
    ],
)
def test_centre_crop(size, crop, first, last):
    image = grid(*size)
    cropped = centre_crop(image, *crop)
    assert cropped.shape == (*crop, 3)
    assert tuple(cropped[0, 0, :2]) == first
    assert tuple(cropped[-1, -1, :2]) == last
    assert not np.shares_memory(cropped, image)


def test_a_crop_that_does_not_fit():
    with pytest.raises(ValueError) as caught:
        centre_crop(noise(4, 9), 5, 9)
    assert str(caught.value) == ("a crop of 5 × 9 pixels does not fit a picture of 4 × 9; crop less or resize first.")


@pytest.mark.parametrize(
    ("size", "aspect", "expected", "first"),
    [
        ((10, 30), (1, 1), (10, 10), (0, 10)),
        ((30, 10), (256, 256), (10, 10), (10, 0)),
        ((10, 30), (100, 200), (10, 20), (0, 5)),
        ((12, 12), (4, 3), (12, 9), (0, 1)),
        ((3, 5), (1, 1000), (1, 5), (1, 0)),
    ],
)
def test_crop_to_aspect_is_the_largest_centred_part(size, aspect, expected, first):
    cropped = crop_to_aspect(grid(*size), *aspect)
    assert cropped.shape == (*expected, 3)
    assert tuple(cropped[0, 0, :2]) == first


@pytest.mark.parametrize("size", [0, -3])
def test_sizes_below_one_are_refused(size):
    image = noise(4, 4)
    with pytest.raises(ValueError, match=rf"^long_side is {size}; give at least 1 pixel\.$"):
        resize_long_side(image, size)
    for resize in (resize_exact, centre_crop, crop_to_aspect):
        with pytest.raises(ValueError, match=rf"^height is {size}; give at least 1 pixel\.$"):
            resize(image, size, 4)
        with pytest.raises(ValueError, match=rf"^width is {size}; give at least 1 pixel\.$"):
            resize(image, 4, size)


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (1, 4, 4, 3), (0, 4, 3)])
def test_arrays_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError) as caught:
        resize_exact(np.zeros(shape), 2, 2)
    assert str(caught.value) == f"image has shape {shape}; give an array of shape (height, width, 3)."
