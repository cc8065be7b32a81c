"""The pictures and archives that once went wrong, where somebody has put them beside the repository."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from aiart.datasets.archives import unpack
from aiart.errors import UserError
from aiart.images import read_image

CASES = Path(__file__).resolve().parents[2] / "shared" / "cases"
# Height and width of those that are whole.
READ = {
    "BigTIFFMotorola.tif": (64, 64),
    "ReaganLargePng.png": (130, 200),
    "cramps-tile.tif": (607, 800),
    "flower-rgb-planar-16.tif": (43, 73),
    "minisblack-1c-i8b.tiff": (151, 157),
    "minisblack-2c-8b-alpha.tiff": (64, 64),
    "seq-1c-i8-f8446bbe.tiff": (16, 16),
}

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/cases")


@pytest.mark.parametrize("name", READ)
def test_pictures_that_are_whole(name):
    assert read_image(CASES / "pictures" / name).shape == (*READ[name], 3)


def test_the_flower_is_smooth():
    """Read as planes of 8 bits it was noise, whose neighbours differ by some 80 levels."""
    flower = read_image(CASES / "pictures" / "flower-rgb-planar-16.tif")
    assert abs(np.diff(flower, axis=1)).mean() < 20


@pytest.mark.parametrize("name", ["hopper_webp.tif", "crash-f46f5b2f43c370fe65706c11449f567ecc345e74.tif"])
def test_pictures_that_cannot_be_read(name, capfd):
    with pytest.raises(UserError, match=name):
        read_image(CASES / "pictures" / name)
    assert capfd.readouterr() == ("", "")


def test_archives(tmp_path):
    for path in sorted((CASES / "archives").iterdir()):
        content = path.read_bytes()
        archive = tmp_path / path.name.removesuffix(".gz") if path.name.endswith(".gz.gz") else tmp_path / path.name
        archive.write_bytes(gzip.decompress(content) if path.name.endswith(".gz.gz") else content)
        with pytest.raises(UserError) as caught:
            unpack(archive, tmp_path / "out" / "folder")
        assert str(caught.value).startswith(f"{archive}: ")
        assert list((tmp_path / "out").iterdir()) == []
