import hashlib
import json
import os
import re

import numpy as np
import pytest
import tifffile
from PIL import Image

from aiart.errors import UserError
from aiart.images import COMPOSITE, atomic_write, read_image, read_metadata, read_source, write_image, xmp_packet
from aiart.images.read import read_layers

METADATA = {"style": "starry-night.jpg", "iterations": "500", "Größe": "√2 – 日本\nline 2", "empty": ""}


def picture(height=12, width=9):
    return np.random.default_rng(0).uniform(0, 255, (height, width, 3)).astype(np.float32)


def files(folder):
    return sorted(path.name for path in folder.rglob("*"))


def test_png_rounds_to_the_nearest_level_and_clips(tmp_path):
    path = tmp_path / "a.png"
    write_image(path, np.array([[[0.4, 0.6, 99.51], [254.7, -3.0, 300.0]]], dtype=np.float32))
    np.testing.assert_array_equal(read_image(path), [[[0, 1, 100], [255, 0, 255]]])


def test_uint8_is_written_as_it_is(tmp_path):
    levels = np.random.default_rng(1).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    write_image(tmp_path / "a.png", levels)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), levels)


@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "A.JPG"])
def test_jpeg_by_suffix_with_full_chroma(tmp_path, name):
    stripes = np.zeros((16, 16, 3), dtype=np.float32)
    stripes[:, ::2] = [255, 0, 0]
    stripes[:, 1::2] = [0, 0, 255]
    write_image(tmp_path / name, stripes)
    with Image.open(tmp_path / name) as image:
        assert image.format == "JPEG"
    # With halved chroma both stripes would come out purple, off by more than 100.
    np.testing.assert_allclose(read_image(tmp_path / name), stripes, atol=25)


def test_quality_sets_the_size_of_a_jpeg(tmp_path):
    write_image(tmp_path / "fine.jpg", picture(64, 64))
    write_image(tmp_path / "coarse.jpg", picture(64, 64), quality=30)
    assert (tmp_path / "coarse.jpg").stat().st_size < 0.7 * (tmp_path / "fine.jpg").stat().st_size


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_the_same_picture_gives_the_same_bytes(tmp_path, suffix):
    digests = set()
    for folder, metadata in (("a", METADATA), ("b", dict(reversed(METADATA.items())))):
        path = tmp_path / folder / f"picture{suffix}"
        write_image(path, picture(), metadata=metadata)
        os.utime(path, (0, 0))
        digests.add(hashlib.sha256(path.read_bytes()).hexdigest())
    assert len(digests) == 1
    write_image(tmp_path / f"other{suffix}", picture(), metadata={**METADATA, "iterations": "501"})
    assert hashlib.sha256((tmp_path / f"other{suffix}").read_bytes()).hexdigest() not in digests


def test_a_png_holds_no_time_stamp(tmp_path):
    path = tmp_path / "a.png"
    write_image(path, picture(), metadata={"b": "1", "a": "2"})
    content = path.read_bytes()
    assert b"tIME" not in content
    assert content.index(b"tEXta\0") < content.index(b"tEXtb\0")


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_metadata_round_trip(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_image(path, picture(), metadata=METADATA)
    assert read_metadata(path) == METADATA


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_no_metadata(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    write_image(path, picture())
    assert read_metadata(path) == {}


def test_jpeg_metadata_is_sorted_json(tmp_path):
    path = tmp_path / "a.jpg"
    write_image(path, picture(), metadata={"b": "1", "a": "ü"})
    with Image.open(path) as image:
        assert image.info["comment"] == rb'{"a": "\u00fc", "b": "1"}'


@pytest.mark.parametrize("comment", [b"Made with GIMP", b"[1, 2]", b"\xff\xfe", b"5"])
def test_a_comment_of_another_program_is_no_metadata(tmp_path, comment):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (4, 4)).save(path, comment=comment)
    assert read_metadata(path) == {}


@pytest.mark.parametrize("name", ["a.gif", "a", "a.png.txt"])
def test_another_suffix_is_refused(tmp_path, name):
    path = tmp_path / "new" / name
    with pytest.raises(UserError) as caught:
        write_image(path, picture())
    assert str(caught.value) == (
        f"{path}: pictures are written only as PNG, JPEG or TIFF; end the name in .png, .jpg, .jpeg, .tif, .tiff."
    )
    assert files(tmp_path) == []


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_refused(tmp_path, value):
    image = picture()
    image[3, 4, 1] = value
    with pytest.raises(ValueError, match=r"^image holds NaN or infinity; no picture can be written from it\.$"):
        write_image(tmp_path / "a.png", image)
    assert files(tmp_path) == []


def test_another_type_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"^image has type int64; give float32 or uint8\.$"):
        write_image(tmp_path / "a.png", np.zeros((2, 2, 3), dtype=np.int64))


def test_another_shape_is_refused(tmp_path):
    expected = "image has shape (2, 2); give an array of shape (height, width, 3)."
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        write_image(tmp_path / "a.png", np.zeros((2, 2)))


@pytest.mark.parametrize("key", ["", "k" * 80, "a\0b"])
def test_a_key_that_png_cannot_hold_is_refused(tmp_path, key):
    with pytest.raises(ValueError) as caught:
        write_image(tmp_path / "a.png", picture(), metadata={key: "1"})
    assert str(caught.value) == (f"metadata key {key!r} is not a PNG keyword; use 1 to 79 Latin-1 characters.")


def test_metadata_too_long_for_a_jpeg_is_refused(tmp_path):
    with pytest.raises(
        UserError, match=r"a\.jpg: what is said in it takes 65,535 bytes, and JPEG has room for 65,533; "
    ):
        write_image(tmp_path / "a.jpg", picture(), metadata={"a": "x" * 65526})
    write_image(tmp_path / "a.jpg", picture(), metadata={"a": "x" * 65524})
    assert read_metadata(tmp_path / "a.jpg") == {"a": "x" * 65524}


def test_a_failure_of_the_encoder_leaves_the_old_picture(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    write_image(path, picture())
    before = path.read_bytes()

    def fail_half_way(self, target, *args, **options):
        target.write_bytes(b"half a picture")
        raise RuntimeError("encoder failed")

    monkeypatch.setattr(Image.Image, "save", fail_half_way)
    with pytest.raises(RuntimeError, match="encoder failed"):
        write_image(path, picture(20, 20))
    assert path.read_bytes() == before
    assert files(tmp_path) == ["a.png"]


def test_atomic_write_shows_nothing_before_the_end(tmp_path):
    path = tmp_path / "deep" / "er" / "losses.csv"
    with atomic_write(path) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == ".csv"
        temporary.write_text("step,loss\n")
        assert not path.exists()
    assert path.read_text() == "step,loss\n"
    assert files(path.parent) == ["losses.csv"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, FileNotFoundError])
def test_atomic_write_keeps_the_old_file_on_any_failure(tmp_path, error):
    path = tmp_path / "run.json"
    path.write_text("old")
    with pytest.raises(error), atomic_write(path) as temporary:
        temporary.write_text(json.dumps({"half": 1}))
        raise error
    assert path.read_text() == "old"
    assert files(tmp_path) == ["run.json"]


def test_atomic_write_serves_numpy(tmp_path):
    with atomic_write(tmp_path / "weights.npz") as temporary:
        np.savez(temporary, a=np.arange(3))
    with np.load(tmp_path / "weights.npz") as stored:
        assert stored["a"].tolist() == [0, 1, 2]
    assert files(tmp_path) == ["weights.npz"]


def test_a_body_that_writes_nothing_is_an_error(tmp_path):
    path = tmp_path / "run.json"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), atomic_write(path):
        pass
    assert path.read_text() == "old"


@pytest.mark.skipif(os.name != "posix", reason="umask is POSIX's")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_the_umask_is_respected(tmp_path, umask, mode):
    old = os.umask(umask)
    try:
        write_image(tmp_path / "a.png", picture())
    finally:
        os.umask(old)
    assert (tmp_path / "a.png").stat().st_mode & 0o777 == mode


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")
def test_a_symbolic_link_is_replaced_and_its_target_kept(tmp_path):
    cached = tmp_path / "cached.png"
    cached.write_bytes(b"of the cache")
    link = tmp_path / "out.png"
    link.symlink_to(cached)
    write_image(link, picture())
    assert cached.read_bytes() == b"of the cache"
    assert not link.is_symlink()


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "out").write_text("x")
    path = tmp_path / "out" / "a.png"
    with pytest.raises(UserError) as caught:
        write_image(path, picture())
    assert str(caught.value) == (
        f"{path}: cannot be written (File exists); make room or permission for it, or choose another path."
    )


def test_a_folder_in_place_of_the_file(tmp_path):
    path = tmp_path / "a.png"
    path.mkdir()
    with pytest.raises(UserError) as caught:
        write_image(path, picture())
    assert str(caught.value) == (
        f"{path}: cannot be written (Is a directory); make room or permission for it, or choose another path."
    )
    assert files(tmp_path) == ["a.png"]


def test_a_full_disk(tmp_path):
    path = tmp_path / "a.csv"
    with pytest.raises(UserError) as caught, atomic_write(path):
        raise OSError(28, "No space left on device")
    assert str(caught.value) == (
        f"{path}: cannot be written (No space left on device); make room or permission for it, or choose another path."
    )


def test_an_unrelated_error_of_the_body_passes_through(tmp_path):
    with pytest.raises(PermissionError), atomic_write(tmp_path / "a.csv"):
        raise PermissionError(13, "Permission denied", "/another/file")


DEEP = np.linspace(0, 255, 40 * 30 * 3, dtype=np.float32).reshape(40, 30, 3)  # steps of 18.2 levels of 65535


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.tiff"])
def test_sixteen_bits_keep_what_lies_between_eight(tmp_path, name):
    xmp = xmp_packet(COMPOSITE)
    write_image(tmp_path / name, DEEP, bits=16, metadata={"aiart": "{}"}, xmp=xmp)
    stored = stored_samples(tmp_path / name)
    assert stored.dtype == np.uint16
    np.testing.assert_allclose(stored, DEEP.astype(np.float64) * 257, rtol=0, atol=0.51)
    # Other programs see the upper 8 bits.
    assert np.abs(read_image(tmp_path / name) - DEEP).max() <= 1
    assert read_metadata(tmp_path / name) == {"aiart": "{}"} and read_source(tmp_path / name) == COMPOSITE


def stored_samples(path):
    """The samples of a file as an independent decoder finds them; Pillow reduces colour to 8 bits."""
    if path.suffix == ".png":
        tensorflow = pytest.importorskip("tensorflow")
        return tensorflow.io.decode_png(path.read_bytes(), dtype="uint16").numpy()
    return tifffile.imread(path)


@pytest.mark.parametrize(("name", "bits"), [("a.png", 16), ("a.tif", 16), ("a.tif", 8)])
def test_opacity_is_kept_at_any_depth(tmp_path, name, bits):
    alpha = np.linspace(0, 1, 40 * 30, dtype=np.float32).reshape(40, 30)
    write_image(tmp_path / name, DEEP, alpha=alpha, bits=bits)
    colour, found = read_layers(tmp_path / name)
    np.testing.assert_allclose(found, alpha, atol=1 / 250)
    np.testing.assert_allclose(colour, DEEP, atol=1)
    assert stored_samples(tmp_path / name).shape == (40, 30, 4)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300_000), (700, 500)])
def test_strips_of_any_number_make_one_picture(tmp_path, height, width):
    levels = np.random.default_rng(3).integers(0, 256, (height, width, 3), dtype=np.uint8)
    for name, bits in (("a.png", 8), ("a.tif", 8), ("b.png", 16), ("b.tif", 16)):
        write_image(tmp_path / name, levels, bits=bits)
        np.testing.assert_array_equal(read_image(tmp_path / name), levels, err_msg=name)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_of_the_same_picture_are_the_same_bytes(tmp_path, name):
    found = set()
    for folder in "ab":
        write_image(tmp_path / folder / name, DEEP, bits=16, metadata=METADATA, xmp=xmp_packet(COMPOSITE))
        found.add((tmp_path / folder / name).read_bytes())
    assert len(found) == 1
    assert read_metadata(tmp_path / "a" / name) == METADATA


def test_a_jpeg_has_no_sixteen_bits(tmp_path):
    with pytest.raises(ValueError, match="a JPEG has no 16 bits per sample"):
        write_image(tmp_path / "a.jpg", DEEP, bits=16)
