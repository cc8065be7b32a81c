"""Transparent cut-outs: their ground, their opacity, and the files that keep it."""

import numpy as np
import pytest
from PIL import Image

from aiart.images import read_cutout, read_image, resize_exact, write_image
from aiart.images.cutout import fill_transparent
from aiart.images.read import composite
from aiart.images.resize import resize_opacity


def disc(height=60, width=80, radius=20):
    """A disc, red on its left and blue on its right half, with a soft edge, over green that nobody should see."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y - height / 2, x - width / 2)
    alpha = np.clip(radius + 0.5 - distance, 0, 1).astype(np.float32)
    colour = np.where((x < width / 2)[..., np.newaxis], [200, 30, 40], [20, 60, 220]).astype(np.float32)
    return np.where(alpha[..., np.newaxis] > 0, colour, [0, 255, 0]).astype(np.float32), alpha


def save(path, colour, alpha):
    Image.fromarray(np.dstack([np.rint(colour), np.rint(255 * alpha)]).astype(np.uint8)).save(path)
    return path


def test_an_opaque_picture_comes_as_it_is(tmp_path):
    colour, _ = disc()
    path = save(tmp_path / "a.png", colour, np.ones((60, 80)))
    picture, alpha = read_cutout(path)
    assert alpha is None
    np.testing.assert_array_equal(picture, read_image(path))


def test_the_opacity_is_kept_and_opaque_colours_too(tmp_path):
    colour, alpha = disc()
    picture, opacity = read_cutout(save(tmp_path / "a.png", colour, alpha))
    np.testing.assert_allclose(opacity, alpha, atol=0.5 / 255)
    np.testing.assert_allclose(picture[alpha > 0.26], colour[alpha > 0.26], atol=1e-3)


def test_the_ground_continues_the_edge(tmp_path):
    """Neither white nor what the file holds under its transparent pixels."""
    colour, alpha = disc()
    picture = fill_transparent(colour, alpha)
    ring = (alpha == 0) & (np.hypot(*(np.mgrid[:60, :80] - np.array([30, 40])[:, None, None])) < 23)
    left, right = ring.copy(), ring.copy()
    left[:, 25:], right[:, :55] = False, False
    assert abs(picture[left] - [200, 30, 40]).max() < 25
    assert abs(picture[right] - [20, 60, 220]).max() < 25
    # Far away: between the two.
    corner = picture[0, 0]
    assert (corner > [10, 25, 30]).all()
    assert (corner < [210, 65, 230]).all()


def test_no_edge_is_left_to_paint():
    colour, alpha = disc()
    filled, on_white = fill_transparent(colour, alpha), composite(colour, alpha)

    def steepest(picture):
        """Between rows, away from the border of red and blue."""
        return abs(np.diff(picture[:, :30], axis=0)).max()

    assert steepest(filled) < 20 < 100 < steepest(on_white)


def test_glass_keeps_its_details():
    colour = np.random.default_rng(0).uniform(0, 255, (20, 20, 3)).astype(np.float32)
    np.testing.assert_array_equal(fill_transparent(colour, np.full((20, 20), 0.5, np.float32)), colour)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (5, 3)])
def test_nothing_opaque_at_all(shape):
    assert (fill_transparent(np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)) == 255).all()


def test_a_single_opaque_pixel_fills_everything():
    colour, alpha = np.zeros((9, 31, 3), np.float32), np.zeros((9, 31), np.float32)
    colour[4, 30], alpha[4, 30] = [10, 20, 30], 1
    np.testing.assert_allclose(fill_transparent(colour, alpha), np.broadcast_to([10, 20, 30], (9, 31, 3)), atol=1e-3)


def test_what_is_filled_may_be_overwritten():
    colour, alpha = disc()
    before = colour.copy()
    filled = fill_transparent(colour, alpha)
    np.testing.assert_array_equal(colour, before)
    assert fill_transparent(colour, alpha, out=colour) is colour
    np.testing.assert_array_equal(colour, filled)


def test_a_png_keeps_the_opacity(tmp_path):
    colour, alpha = disc()
    write_image(tmp_path / "a.png", colour, alpha=alpha, metadata={"title": "disc"})
    picture, opacity = read_cutout(tmp_path / "a.png")
    np.testing.assert_allclose(opacity, alpha, atol=0.5 / 255)
    np.testing.assert_array_equal(picture[alpha == 1], np.rint(colour)[alpha == 1])


def test_a_jpeg_lies_on_white(tmp_path):
    colour, alpha = disc()
    write_image(tmp_path / "a.jpg", colour, alpha=alpha)
    np.testing.assert_allclose(read_image(tmp_path / "a.jpg")[:5], 255, atol=1)
    np.testing.assert_allclose(read_image(tmp_path / "a.jpg"), composite(colour, alpha), atol=40)


def test_the_opacity_takes_the_size_of_the_picture(tmp_path):
    colour, alpha = disc()
    write_image(tmp_path / "a.png", resize_exact(colour, 30, 40), alpha=alpha)
    _, opacity = read_cutout(tmp_path / "a.png")
    np.testing.assert_allclose(opacity, resize_opacity(alpha, 30, 40), atol=0.5 / 255)
    assert opacity[15, 20] == 1
    assert opacity[0, 0] == 0
