"""Results in the colours of the photograph."""

import numpy as np
import pytest
from helpers.profiles import linear_grey_profile, srgb_profile, swapped_profile
from PIL import Image

from aiart.images import in_srgb, kept_profile, read_cutout, read_image, write_image

LEVELS = np.random.default_rng(1).integers(0, 256, (6, 7, 3), dtype=np.uint8)


@pytest.fixture
def wide(tmp_path):
    Image.fromarray(LEVELS).save(tmp_path / "wide.png", icc_profile=swapped_profile())
    return tmp_path / "wide.png"


def test_a_picture_comes_in_its_own_colours_with_no_level_changed(wide):
    profile = kept_profile(wide)
    assert profile == swapped_profile()
    np.testing.assert_array_equal(read_image(wide, profile=profile), LEVELS)
    np.testing.assert_array_equal(read_cutout(wide, profile=profile)[0], LEVELS)


@pytest.mark.parametrize("tagged", [False, True])
def test_other_pictures_are_converted_to_these_colours(tmp_path, wide, tagged):
    path = tmp_path / "other.png"
    Image.fromarray(LEVELS).save(path, icc_profile=srgb_profile() if tagged else None)
    found = read_image(path, profile=kept_profile(wide))
    np.testing.assert_array_equal(found, LEVELS[..., [1, 0, 2]])
    np.testing.assert_array_equal(in_srgb(found, kept_profile(wide)), LEVELS)


def test_grey_and_printed_pictures_are_converted_too(tmp_path, wide):
    for mode in ("L", "CMYK", "P", "1", "RGBA"):
        path = tmp_path / f"{mode}.tif"
        Image.fromarray(LEVELS).convert(mode).save(path)
        plain = read_image(path)
        np.testing.assert_array_equal(read_image(path, profile=kept_profile(wide)), plain[..., [1, 0, 2]])


@pytest.mark.parametrize(("name", "bits"), [("a.jpg", 8), ("a.png", 8), ("a.png", 16), ("a.tif", 8), ("a.tif", 16)])
def test_results_have_the_profile_at_any_depth(tmp_path, name, bits):
    flat = np.full((16, 16, 3), (200, 100, 50), np.float32)
    write_image(tmp_path / name, flat, bits=bits, profile=swapped_profile())
    assert kept_profile(tmp_path / name) == swapped_profile()
    np.testing.assert_allclose(read_image(tmp_path / name)[8, 8], (100, 200, 50), atol=2)


@pytest.mark.parametrize(
    ("mode", "profile"),
    [("L", linear_grey_profile()), ("RGB", b"none" * 99), ("CMYK", srgb_profile().replace(b"RGB XYZ ", b"CMYKXYZ "))],
)
def test_a_profile_that_no_result_can_have_is_left_and_said(tmp_path, capsys, mode, profile):
    path = tmp_path / "odd.tif"
    Image.new(mode, (4, 4)).save(path, icc_profile=profile)
    assert kept_profile(path) is None
    expected = f"{path}: its ICC profile is damaged or not of RGB, so that the result is in sRGB.\n"
    assert capsys.readouterr().out == expected


def test_without_a_profile_there_is_none_to_keep(tmp_path, capsys):
    write_image(tmp_path / "plain.png", LEVELS)
    assert kept_profile(tmp_path / "plain.png") is None and not capsys.readouterr().out


def test_a_profile_of_wide_greyscale_is_left_and_said(tmp_path, capsys):
    path = tmp_path / "grey.png"
    Image.fromarray(np.full((4, 4), 30000, np.uint16)).save(path, icc_profile=linear_grey_profile())
    np.testing.assert_allclose(read_image(path), 30000 / 257, rtol=1e-6)
    expected = f"{path}: its ICC profile is left out, as greyscale of more than 8 bits is not converted.\n"
    assert capsys.readouterr().out == expected
