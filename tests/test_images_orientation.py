"""The EXIF orientation, by pixel content."""

import numpy as np
import pytest
from PIL import Image

from aiart.images import read_image

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
WHITE, GREY, BLACK = (255, 255, 255), (128, 128, 128), (0, 0, 0)
UPRIGHT = [[RED, GREEN, BLUE], [WHITE, GREY, BLACK]]

# How a camera held each way stores UPRIGHT, by the definition of the tag: where the stored row 0
# and column 0 lie in the upright picture (Exif 2.32, tag 0x0112).
STORED = {
    1: [[RED, GREEN, BLUE], [WHITE, GREY, BLACK]],  # row 0 top, column 0 left
    2: [[BLUE, GREEN, RED], [BLACK, GREY, WHITE]],  # top, right
    3: [[BLACK, GREY, WHITE], [BLUE, GREEN, RED]],  # bottom, right
    4: [[WHITE, GREY, BLACK], [RED, GREEN, BLUE]],  # bottom, left
    5: [[RED, WHITE], [GREEN, GREY], [BLUE, BLACK]],  # left, top
    6: [[BLUE, BLACK], [GREEN, GREY], [RED, WHITE]],  # right, top
    7: [[BLACK, BLUE], [GREY, GREEN], [WHITE, RED]],  # right, bottom
    8: [[WHITE, RED], [GREY, GREEN], [BLACK, BLUE]],  # left, bottom
}


def from_pixels(pixels):
    return Image.fromarray(np.array(pixels, dtype=np.uint8))


def exif_with(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("suffix", ["png", "tiff", "webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_undone(tmp_path, orientation, suffix):
    path = tmp_path / f"photo.{suffix}"
    lossless = {"lossless": True} if suffix == "webp" else {}
    from_pixels(STORED[orientation]).save(path, exif=exif_with(orientation), **lossless)
    np.testing.assert_array_equal(read_image(path), UPRIGHT)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_a_jpeg_is_undone(tmp_path, orientation):
    path = tmp_path / "photo.jpg"
    # Each pixel as one 16 × 16 block, so that compression does not mix neighbours.
    blocks = np.kron(np.array(STORED[orientation], dtype=np.uint8), np.ones((16, 16, 1), dtype=np.uint8))
    Image.fromarray(blocks).save(path, quality=95, exif=exif_with(orientation))
    np.testing.assert_allclose(read_image(path)[8::16, 8::16], UPRIGHT, atol=4)


@pytest.mark.parametrize("orientation", [0, 9, 6000])
def test_an_undefined_orientation_counts_as_upright(tmp_path, orientation):
    path = tmp_path / "photo.png"
    from_pixels(UPRIGHT).save(path, exif=exif_with(orientation))
    np.testing.assert_array_equal(read_image(path), UPRIGHT)


@pytest.mark.parametrize("exif", [b"Exif\0\0neither II nor MM", b"Exif\0\0MM\0*\0\0\0\x08\0\x05"])
def test_malformed_exif_data_counts_as_upright(tmp_path, exif):
    path = tmp_path / "photo.webp"
    from_pixels(UPRIGHT).save(path, lossless=True, exif=exif)
    np.testing.assert_array_equal(read_image(path), UPRIGHT)
