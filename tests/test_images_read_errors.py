"""What reading says about each bad file, word for word."""

import io
import os
import socket
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from helpers.measured import run_measured
from PIL import Image, PngImagePlugin

from aiart.errors import UserError
from aiart.images import read_image, read_metadata
from aiart.pixel_limit import too_large

MOST_OF_PILLOW = Image.MAX_IMAGE_PIXELS
DAMAGED = "is damaged or incomplete; copy, download or export the picture again."
NO_PICTURE = "is not a picture that can be read; give a JPEG, PNG, GIF, BMP, PPM, TIFF or WebP file."


def message(path, reader=read_image, **options):
    with pytest.raises(UserError) as caught:
        reader(path, **options)
    return str(caught.value)


def encoded(file_format, size=(40, 30)):
    width, height = size
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, file_format)
    return buffer.getvalue()


def png_header(width, height):
    """A PNG that states a size and holds no pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("reader", [read_image, read_metadata])
def test_a_missing_file(tmp_path, reader):
    path = tmp_path / "absent.png"
    assert message(path, reader) == f"{path}: no such file; check the path."


def test_a_folder(tmp_path):
    assert message(tmp_path) == f"{tmp_path}: is a folder; give the path of one picture in it."


def test_a_file_in_place_of_a_folder(tmp_path):
    (tmp_path / "notes.txt").write_text("x")
    path = tmp_path / "notes.txt" / "a.png"
    assert message(path) == f"{path}: cannot be opened (Not a directory); check the path."


def test_no_permission(tmp_path, monkeypatch):
    path = tmp_path / "secret.png"
    path.write_bytes(encoded("PNG"))

    def refuse(self, mode):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)  # root may read everything, so modes would not do
    assert message(path) == f"{path}: may not be read; give yourself permission to read it."


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_no_permission_by_file_mode(tmp_path):
    path = tmp_path / "secret.png"
    path.write_bytes(encoded("PNG"))
    path.chmod(0)
    assert message(path) == f"{path}: may not be read; give yourself permission to read it."


NO_FILE = "is a pipe or a device, not a file; save its content to a file and give that."


def test_a_pipe_and_a_device(tmp_path):
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    assert message(pipe) == f"{pipe}: {NO_FILE}"
    assert message("/dev/zero") == f"/dev/zero: {NO_FILE}"


def test_a_socket(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the names of sockets are short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.png")
        assert message("socket.png") == f"socket.png: {NO_FILE}"


def test_more_text_than_picture(tmp_path):
    path = tmp_path / "edited.png"
    text = PngImagePlugin.PngInfo()
    text.add_text("history", "x" * (65 << 20), zip=True)
    Image.new("L", (4, 4)).save(path, pnginfo=text)
    assert message(path) == f"{path}: holds more than 64 MiB of metadata beside the picture; save it again without."


def test_zero_bytes(tmp_path):
    path = tmp_path / "empty.jpg"
    path.touch()
    assert message(path) == f"{path}: is empty (0 bytes); copy or download the picture again."


@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><title>404</title>",
        b"\x00",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        png_header(0, 5),
        png_header(5, 0),
        b"P6 0 5 255\n",
    ],
    ids=["web page", "one byte", "PostScript", "no width", "no height", "PPM without width"],
)
def test_no_picture(tmp_path, content):
    path = tmp_path / "odd.png"
    path.write_bytes(content)
    assert message(path) == f"{path}: {NO_PICTURE}"


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP"])
def test_a_truncated_picture(tmp_path, file_format):
    path = tmp_path / "cut"
    content = encoded(file_format)
    path.write_bytes(content[: len(content) * 2 // 3])
    assert message(path) == f"{path}: {DAMAGED}"


def test_a_truncated_header(tmp_path):
    path = tmp_path / "cut.ppm"
    path.write_bytes(b"P6 40")
    assert message(path) == f"{path}: {DAMAGED}"


def test_a_jpeg_of_twelve_bits(tmp_path):
    path = tmp_path / "scan.jpg"
    content = bytearray(encoded("JPEG"))
    content[content.index(b"\xff\xc0") + 4] = 12
    path.write_bytes(content)
    assert message(path) == (
        f"{path}: is a JPEG that is damaged or has other than 8 bits per sample; export it again, with 8."
    )


def test_a_bitmap_of_ten_bits(tmp_path):
    path = tmp_path / "deep.bmp"
    masks = struct.pack("<4I", 0x3FF00000, 0xFFC00, 0x3FF, 0)
    header = struct.pack("<IiiHHIIiiII", 124, 2, 1, 1, 32, 3, 8, 0, 0, 0, 0) + masks
    header = header.ljust(124, b"\0")
    path.write_bytes(b"BM" + struct.pack("<IHHI", 22 + len(header), 0, 0, 14 + len(header)) + header + bytes(8))
    assert message(path) == (
        f"{path}: is of a kind that is not supported (Unsupported BMP bitfields layout); save it as PNG."
    )


def too_many(path, size, megapixels):
    return (
        f"{path}: has {size} pixels ({megapixels:,} megapixels), more than are read; save a smaller copy of it, or "
        f"allow them by --max-megapixels {megapixels} or AIART_MAX_MEGAPIXELS={megapixels}."
    )


def test_too_many_pixels_by_the_header_alone(tmp_path):
    """The file holds no pixels, so a decoder would have called it damaged."""
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(10_000, 10_001))
    assert message(path) == too_many(path, "10,000×10,001", 101)


def test_the_limit_is_a_setting_of_the_environment(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    path.write_bytes(encoded("PNG", (1500, 1000)))
    monkeypatch.setenv("AIART_MAX_MEGAPIXELS", "1")
    assert message(path) == too_many(path, "1,500×1,000", 2)
    monkeypatch.setenv("AIART_MAX_MEGAPIXELS", "2")
    assert read_image(path).shape == (1000, 1500, 3)


def test_a_raised_limit_passes_that_of_pillow(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    path.write_bytes(png_header(20_000, 10_000))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", MOST_OF_PILLOW)
    assert message(path) == (
        f"{path}: has more than {2 * MOST_OF_PILLOW:,} pixels; save a smaller copy of it, or allow more by "
        "--max-megapixels or AIART_MAX_MEGAPIXELS."
    )
    monkeypatch.setenv("AIART_MAX_MEGAPIXELS", "200")
    assert message(path) == f"{path}: {DAMAGED}"  # its header was let in


@pytest.mark.parametrize("text", ["", "0", "-5", "10001", "1e3", "²", "9" * 5000], ids=lambda text: text[:6])
def test_a_limit_that_is_no_number_of_megapixels(tmp_path, monkeypatch, text):
    monkeypatch.setenv("AIART_MAX_MEGAPIXELS", text)
    expected = f"AIART_MAX_MEGAPIXELS: {text[:20]!r} is no whole number of megapixels from 1 to 10,000; set one."
    assert message(tmp_path) == expected


def test_of_what_no_limit_allows_only_the_size_is_said():
    expected = "a.tif: has 100,001×100,000 pixels (10,001 megapixels), more than are read; save a smaller copy of it."
    assert str(too_large("a.tif", 100_001, 100_000)) == expected


@pytest.mark.parametrize("limit", [None, 10, 10**9], ids=["off", "low", "high"])
def test_the_limit_does_not_depend_on_the_global_one_of_pillow(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    path = tmp_path / "large.png"
    path.write_bytes(encoded("PNG", (6, 4)))
    assert message(path, max_pixels=23) == too_many(path, "6×4", 1)


def test_the_limit_itself_is_allowed(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 20)
    path = tmp_path / "large.png"
    path.write_bytes(encoded("PNG", (6, 4)))
    assert read_image(path, max_pixels=24).shape == (4, 6, 3)


WITH_THREADS = """
import sys, warnings
from concurrent.futures import ThreadPoolExecutor
from PIL import Image
from aiart.images import read_image
Image.MAX_IMAGE_PIXELS = 20
before = list(warnings.filters)
with ThreadPoolExecutor(8) as pool:
    shapes = set(pool.map(lambda _: read_image(sys.argv[1]).shape, range(400)))
print(shapes, before == list(warnings.filters))
"""


def test_no_warning_escapes_and_none_is_turned_off_where_many_threads_read(tmp_path):
    path = tmp_path / "large.png"
    path.write_bytes(encoded("PNG", (6, 4)))
    ended = run_measured(WITH_THREADS, path)
    assert (ended.status, ended.output, ended.errors) == (0, "{(4, 6, 3)} True\n", "")


@pytest.mark.parametrize(
    ("samples", "top"),
    [
        (np.array([[0, 65536]], dtype=np.int32), 65535),
        (np.array([[-1, 5]], dtype=np.int32), 65535),
        (np.array([[0.5, -0.1]], dtype=np.float32), 1),
        (np.array([[0.5, 255.5]], dtype=np.float32), 255),
        (np.array([[0.5, np.nan]], dtype=np.float32), 255),
        (np.array([[0.5, np.inf]], dtype=np.float32), 255),
    ],
)
def test_samples_outside_the_range(tmp_path, samples, top):
    path = tmp_path / "raw.tiff"
    Image.fromarray(samples).save(path)
    expected = f"{path}: has samples outside 0 to {top}; save it with 8 or 16 bits per sample, without NaN."
    assert message(path) == expected
