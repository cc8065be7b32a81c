"""What reading and writing large pictures takes."""

import numpy as np
import pytest
from helpers.measured import run_measured

from aiart.cli import main
from aiart.images import write_image

BEGIN = """
import sys
import numpy as np
import tifffile
from PIL import ExifTags, Image
from aiart.images import read_image, write_image
folder, height, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
write_image(f"{folder}/small.jpg", np.zeros((64, 64, 3), np.uint8))
read_image(f"{folder}/small.jpg")
"""
MAKE = """
rows, columns = np.mgrid[:height, :width].astype(np.float32)
picture = np.stack([rows % 256, columns % 256, (rows + columns) / 2 % 256], -1).astype(np.uint8)
for suffix in ("jpg", "png", "tif"):
    write_image(f"{folder}/large.{suffix}", picture)
turned = Image.Exif()
turned[ExifTags.Base.Orientation] = 6
sideways = Image.fromarray(np.rot90(picture))
sideways.save(f"{folder}/large.jpeg", exif=turned, progressive=True, quality=95, subsampling="4:4:4")
"""
READ = 'picture = read_image(f"{folder}/large.{sys.argv[4]}")\nassert picture.shape == (height, width, 3)\n'
WRITE = 'write_image(f"{folder}/again.{sys.argv[4]}", picture, bits=int(sys.argv[5]))\n'


# Bytes that decoders, encoders and the interpreter take whatever the picture; not all of it lies in the peak before.
FIXED = 32 * 10**6


def pictures_worth(folder, height, width, suffix, bits):
    """Memory of reading and then writing beside that of the array between, in pictures of 8 bits."""
    shape = (folder, height, width)
    before = run_measured(BEGIN, *shape)
    after = run_measured(BEGIN + READ + WRITE, *shape, suffix, bits, seconds=1200)
    assert (before.status, after.status) == (0, 0), after.errors
    pixels = height * width
    return (after.peak - before.peak - FIXED - 12 * pixels) / (3 * pixels)


def test_large_pictures_come_and_go_in_less_memory_than_three_of_them_beside_the_array(tmp_path):
    assert run_measured(BEGIN + MAKE, tmp_path, 2000, 3000).status == 0
    for suffix, bits in (("jpeg", 8), ("png", 8), ("tif", 16)):
        assert pictures_worth(tmp_path, 2000, 3000, suffix, bits) < 3, (suffix, bits)


@pytest.mark.slow
def test_a_hundred_megapixels_come_and_go_in_less_memory_than_three_pictures_beside_the_array(tmp_path):
    height, width = 8333, 12_000
    assert run_measured(BEGIN + MAKE, tmp_path, height, width, seconds=1200).status == 0
    for suffix, bits in (("jpg", 8), ("jpeg", 8), ("png", 8), ("tif", 8), ("png", 16), ("tif", 16)):
        worth = pictures_worth(tmp_path, height, width, suffix, bits)
        print(suffix, bits, f"{worth:.2f}")
        assert worth < 3, (suffix, bits)


def test_the_limit_is_an_option(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AIART_MAX_MEGAPIXELS", "100")  # put back afterwards
    monkeypatch.chdir(tmp_path)
    write_image("wide.png", np.zeros((1000, 1500, 3), np.uint8))

    def status(limit):
        with pytest.raises(SystemExit) as ended:
            main(["grid", "wide.png", "wide.png", "-o", "grid.png", "--cell-side=64", "--max-megapixels", limit])
        return ended.value.code

    assert status("1") == 1
    assert "wide.png: has 1,500×1,000 pixels (2 megapixels), more than are read" in capsys.readouterr().err
    assert status("2") == 0
