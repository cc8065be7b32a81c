"""Pictures to be zoomed into: the pyramid of tiles and its page."""

import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from helpers.profiles import swapped_profile
from PIL import Image

from aiart.errors import UserError
from aiart.gallery.deep_zoom import check_deep_zoom, write_deep_zoom
from aiart.images import COMPOSITE, kept_profile, read_cutout, read_image, read_source, xmp_packet


def smooth(height, width):
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return 127.5 + 100 * np.stack([np.sin(rows / 40), np.sin(columns / 30), np.sin((rows + columns) / 60)], -1)


def read_pyramid(page):
    """The picture at each level, put together by the format's own rules from what the .dzi says."""
    image = ElementTree.parse(page.with_suffix(".dzi")).getroot()
    name = "{http://schemas.microsoft.com/deepzoom/2008}"
    assert image.tag == f"{name}Image"
    tile, overlap = int(image.get("TileSize")), int(image.get("Overlap"))
    width, height = (int(image.find(f"{name}Size").get(side)) for side in ("Width", "Height"))
    levels, finest = [], int(np.ceil(np.log2(max(width, height))))
    for level in range(finest + 1):
        halved = 2 ** (finest - level)
        high, wide = -(-height // halved), -(-width // halved)
        made = np.full((high, wide, 3), -1, np.float32)
        for top in range(0, high, tile):
            for left in range(0, wide, tile):
                path = (
                    page.with_name(f"{page.stem}_files") / f"{level}/{left // tile}_{top // tile}.{image.get('Format')}"
                )
                part = read_image(path)
                begin = np.s_[overlap if top else 0 :, overlap if left else 0 :]
                part = part[begin][:tile, :tile]
                made[top : top + tile, left : left + tile] = part
        assert made.min() >= 0
        levels.append(made)
    return levels


@pytest.mark.parametrize(("height", "width"), [(700, 1300), (510, 511), (1, 3), (1, 1)])
def test_the_levels_are_the_picture_halved_again_and_again(tmp_path, height, width):
    picture = smooth(height, width)
    write_deep_zoom(tmp_path / "p.html", picture)
    levels = read_pyramid(tmp_path / "p.html")
    assert levels[0].shape == (1, 1, 3) and levels[-1].shape == picture.shape
    np.testing.assert_allclose(levels[-1], picture, atol=6)
    for fine, coarse in zip(levels[1:], levels, strict=False):
        even = fine[: fine.shape[0] // 2 * 2, : fine.shape[1] // 2 * 2]
        if even.size:
            mean = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2, 3).mean(axis=(1, 3))
            # Of a few steep pixels JPEG keeps little.
            assert np.abs(coarse[: mean.shape[0], : mean.shape[1]] - mean).mean() < 8


def test_the_page_knows_its_tiles_and_needs_no_network(tmp_path):
    page = tmp_path / "a & b </script>.html".replace("/", "_")
    write_deep_zoom(page, smooth(600, 900), title="<poster>")
    text = page.read_text()
    about = json.loads(re.search(r"const about = (.*);", text)[1])
    assert about == {
        **{"width": 900, "height": 600, "tile": 510, "overlap": 1, "levels": 10, "suffix": "jpg"},
        "folder": f"{page.stem}_files",
    }
    assert "<title>&lt;poster&gt;</title>" in text and "http" not in text and "fetch(" not in text
    assert len(text) < 9000


def test_tiles_keep_opacity_colours_and_origin(tmp_path):
    alpha = np.linspace(0, 1, 600 * 520, dtype=np.float32).reshape(600, 520)
    look = {"xmp": xmp_packet(COMPOSITE), "profile": swapped_profile()}
    write_deep_zoom(tmp_path / "cut.html", smooth(600, 520), alpha=alpha, **look)
    write_deep_zoom(tmp_path / "whole.html", smooth(600, 520), **look)
    for tile in (tmp_path / "cut_files/10/0_0.png", tmp_path / "whole_files/10/0_0.jpg"):
        assert read_source(tile) == COMPOSITE and kept_profile(tile) == swapped_profile()
    np.testing.assert_allclose(read_cutout(tmp_path / "cut_files/10/0_0.png")[1], alpha[:511, :511], atol=0.01)


def test_the_same_picture_gives_the_same_bytes_in_place_of_an_earlier_one(tmp_path):
    write_deep_zoom(tmp_path / "a/p.html", smooth(2000, 40))
    check_deep_zoom(tmp_path / "a/p.html")

    def contents(folder):
        write_deep_zoom(folder / "p.html", smooth(600, 900))
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_folder_that_holds_anything_else_is_refused(tmp_path):
    (tmp_path / "p_files").mkdir()
    check_deep_zoom(tmp_path / "p.html")
    (tmp_path / "p_files/holiday.jpg").touch()
    with pytest.raises(UserError) as caught:
        check_deep_zoom(tmp_path / "p.html")
    assert str(caught.value) == (
        f"{tmp_path}/p_files/holiday.jpg: is no tile of an earlier run and would be lost; choose another name."
    )


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "p_files").write_text("a file")
    with pytest.raises(UserError, match=r"p_files: cannot be written \(Not a directory\); make room"):
        write_deep_zoom(tmp_path / "p.html", smooth(20, 20))
    assert not list(tmp_path.glob(".tmp*"))


def test_a_tile_of_sixteen_million_colours_opens_in_other_programs(tmp_path):
    write_deep_zoom(tmp_path / "p.html", smooth(20, 20))
    with Image.open(tmp_path / "p_files/5/0_0.jpg") as tile:
        assert (tile.size, tile.mode) == ((20, 20), "RGB")
