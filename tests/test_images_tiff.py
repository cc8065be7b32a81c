"""TIFF files of every type, order and layout of samples; what reading says about those that it does not know."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from aiart.errors import UserError
from aiart.images import read_image
from aiart.images.read import read_layers

DAMAGED = "is damaged or incomplete; copy, download or export the picture again."
HOW_TO_SAVE = "save it as PNG, or as TIFF with 8 bits per sample and LZW compression or none."
LEVELS = np.random.default_rng(0).integers(0, 256, (24, 37, 4))


def spread(levels, dtype):
    """8-bit levels over the whole range of another type."""
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return (levels / 255).astype(dtype)
    bits = 8 * dtype.itemsize
    lowest = -(1 << (bits - 1)) if dtype.kind == "i" else 0
    return np.array(levels.astype(object) * (((1 << bits) - 1) // 255) + lowest).astype(dtype)


def write(path, samples, *, planar=False, **options):
    """samples: (height, width, channels)."""
    data = samples[..., 0] if samples.shape[2] == 1 else np.moveaxis(samples, -1, 0) if planar else samples
    if samples.shape[2] > 1:
        options["planarconfig"] = "separate" if planar else "contig"
    tifffile.imwrite(path, data, metadata=None, **options)
    return path


def message(path):
    with pytest.raises(UserError) as caught:
        read_image(path)
    return str(caught.value).removeprefix(f"{path}: ")


def write_by_hand(path, width, height, content, *, bits=8, samples=1, photometric=1, more=()):
    """A little-endian file with one strip, for what no library writes. more: further (tag, value) of 32 bits."""
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 277: samples, 278: height, **dict(more)}
    tags |= {273: 8, 279: len(content)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 8 + len(content)) + content + directory)
    return path


# What the channels mean: their number, the photometric interpretation, and what the last one is.
CHANNELS = {
    "grey": (1, "minisblack", []),
    "white is zero": (1, "miniswhite", []),
    "grey and alpha": (2, "minisblack", ["unassalpha"]),
    "rgb": (3, "rgb", []),
    "rgba": (4, "rgb", ["unassalpha"]),
    "cmyk": (4, "separated", []),
}
LAYOUTS = [
    {"planar": False, "byteorder": "<"},
    {"planar": True, "byteorder": ">"},
    {"planar": False, "byteorder": ">", "compression": "zlib"},
    {"planar": True, "byteorder": "<", "compression": "zlib", "tile": (16, 32)},
    {"planar": False, "byteorder": "<", "tile": (16, 32)},
]


def expected_layers(levels, channels):
    colour = levels.astype(float)
    if channels == "white is zero":
        return 255 - colour, None
    if channels == "cmyk":
        return np.asarray(Image.frombytes("CMYK", (37, 24), levels.astype("u1").tobytes()).convert("RGB")), None
    if CHANNELS[channels][2]:
        return colour[..., :-1], colour[..., -1] / 255
    return colour, None


@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8"])
@pytest.mark.parametrize("channels", CHANNELS)
def test_every_type_in_every_order_of_samples(tmp_path, dtype, channels):
    count, photometric, extra = CHANNELS[channels]
    levels = LEVELS[..., :count]
    expected, alpha = expected_layers(levels, channels)
    # Colour of floating-point samples is rounded to 8 bits.
    tolerance = 0.51 if dtype[0] == "f" else 0.01
    for layout in LAYOUTS:
        options = layout | {"photometric": photometric, "extrasamples": extra}
        if count == 1:
            options["planar"] = False
        colour, opacity = read_layers(write(tmp_path / "a.tiff", spread(levels, dtype), **options))
        np.testing.assert_allclose(colour, np.broadcast_to(expected, colour.shape), atol=tolerance, err_msg=str(layout))
        assert (opacity is None) == (alpha is None), layout
        if alpha is not None:
            np.testing.assert_allclose(opacity, alpha, atol=0.5 / 255, err_msg=str(layout))


def test_signed_samples_without_negative_ones_count_as_unsigned(tmp_path):
    path = write(tmp_path / "a.tiff", np.array([[[0], [100], [127]]], "i1"))
    np.testing.assert_array_equal(read_image(path)[0, :, 0], [0, 100, 127])


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", None])
def test_compressions_that_pillow_writes(tmp_path, compression):
    path = tmp_path / "a.tiff"
    samples = np.linspace(0, 1, 60, dtype=np.float32).reshape(6, 10)
    Image.fromarray(samples).save(path, compression=compression)
    np.testing.assert_allclose(read_image(path)[..., 0], samples * 255, atol=1e-4)


def test_twelve_bits_of_grey(tmp_path):
    # Two samples in three bytes: 0, 4095, 2048, 1.
    path = write_by_hand(tmp_path / "a.tiff", 4, 1, bytes([0x00, 0x0F, 0xFF, 0x80, 0x00, 0x01]), bits=12)
    np.testing.assert_allclose(read_image(path)[0, :, 0], [0, 255, 2048 * 255 / 4095, 255 / 4095], atol=0.003)


@pytest.mark.parametrize("bits", [10, 14])
def test_bit_depths_that_nothing_here_reads(tmp_path, bits):
    path = write_by_hand(tmp_path / "a.tiff", 8, 1, bytes(bits), bits=bits)
    assert message(path) == (
        f"is a TIFF with 1 × {bits}-bit unsigned samples (MINISBLACK) and no compression, which is not supported; "
        f"{HOW_TO_SAVE}"
    )


def test_complex_samples(tmp_path):
    path = tmp_path / "a.tiff"
    tifffile.imwrite(path, np.zeros((4, 4), np.complex64), metadata=None)
    assert message(path).startswith("is a TIFF with 1 × 64-bit format-6 samples (MINISBLACK) and no compression, which")


@pytest.mark.parametrize(("number", "name"), [(50001, "WEBP"), (34712, "JPEG2000")])
def test_compressions_that_libtiff_was_built_without(tmp_path, number, name):
    path = write_by_hand(tmp_path / "a.tiff", 4, 1, bytes(12), samples=3, photometric=2, more=[(259, number)])
    assert message(path) == (
        f"is a TIFF with 3 × 8-bit unsigned samples (RGB) and {name} compression, which is not supported; {HOW_TO_SAVE}"
    )


@pytest.mark.parametrize("order", "<>")
def test_bigtiff(tmp_path, order):
    levels = LEVELS[..., :3].astype(np.uint8)
    path = write(tmp_path / "a.tiff", levels, photometric="rgb", bigtiff=True, byteorder=order)
    np.testing.assert_array_equal(read_image(path), levels)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f8"])
def test_orientations(tmp_path, dtype):
    """Of a file that Pillow reads, which turns it itself, and of ones that it does not."""
    upright = LEVELS[..., :1]
    stored = {
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }
    for orientation, samples in stored.items():
        path = write(tmp_path / "a.tiff", spread(samples, dtype), extratags=[(274, "H", 1, orientation, True)])
        np.testing.assert_allclose(read_image(path)[..., :1], upright, atol=0.01, err_msg=str(orientation))


def test_premultiplied_grey(tmp_path):
    path = tmp_path / "a.tiff"
    samples = np.array([[[64, 128], [0, 0], [200, 255]]], np.uint8)
    for planar in (False, True):
        write(path, samples, planar=planar, photometric="minisblack", extrasamples=["assocalpha"])
        colour, alpha = read_layers(path)
        np.testing.assert_allclose(alpha, [[128 / 255, 0, 1]], atol=1e-6)
        np.testing.assert_allclose(colour[0, [0, 2], 0], [127.5, 200], atol=0.51)


def test_the_first_of_many_pages(tmp_path):
    path = tmp_path / "a.tiff"
    pages = spread(np.stack([LEVELS[..., 0], LEVELS[..., 1]]), "i2")
    tifffile.imwrite(path, pages, metadata=None, photometric="minisblack")
    np.testing.assert_allclose(read_image(path)[..., 0], LEVELS[..., 0], atol=0.01)


@pytest.mark.parametrize("samples", [[[1 << 20, 5]], [[-1, 5]]])
def test_thirty_two_bits_that_fill_neither_their_type_nor_sixteen(tmp_path, samples):
    path = write(tmp_path / "a.tiff", np.array(samples, np.int32)[..., np.newaxis])
    assert message(path) == "has samples outside 0 to 65535; save it with 8 or 16 bits per sample, without NaN."


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (-0.1, "has samples outside 0 to 1; save it with 8 or 16 bits per sample, without NaN."),
        (np.nan, "has samples outside 0 to 255; save it with 8 or 16 bits per sample, without NaN."),
        (
            3.25,
            "has floating-point samples up to 3.25, which are neither 0 to 1 nor 0 to 255; scale them to 0 to 1, or "
            "save it with 8 or 16 bits per sample.",
        ),
    ],
)
def test_floating_point_samples_of_other_ranges(tmp_path, channels, value, said):
    samples = np.full((2, 2, channels), 0.5, np.float32)
    samples[0, 0] = value
    path = write(tmp_path / "a.tiff", samples, photometric="rgb" if channels == 3 else "minisblack")
    assert message(path) == said


@pytest.mark.parametrize("keep", [0, 100, 1000, -1])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_strip_cut_short(tmp_path, keep, compression):
    path = write(tmp_path / "a.tiff", spread(LEVELS[..., :3], "f4"), photometric="rgb", compression=compression)
    with tifffile.TiffFile(path) as file:
        start, length = file.pages.first.dataoffsets[0], file.pages.first.databytecounts[0]
    content = path.read_bytes()
    assert start + length == len(content)
    path.write_bytes(content[: start + (keep if keep >= 0 else length - 1)])
    assert message(path) == DAMAGED


def test_a_strip_that_inflates_to_more_than_the_picture(tmp_path):
    path = tmp_path / "a.tiff"
    bomb = zlib.compress(bytes(64 << 20), 9)
    write_by_hand(path, 4, 4, bomb, bits=32, samples=3, photometric=2, more=[(259, 8), (339, 3)])
    assert message(path) == DAMAGED


def test_more_pixels_than_allowed_in_a_kind_that_pillow_does_not_know(tmp_path):
    path = write_by_hand(tmp_path / "a.tiff", 20_000, 20_000, bytes(8), bits=64, more=[(339, 3)])
    assert message(path) == (
        "has 20,000×20,000 pixels (400 megapixels), more than are read; save a smaller copy of it, or allow them by "
        "--max-megapixels 400 or AIART_MAX_MEGAPIXELS=400."
    )


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_tile_larger_than_the_picture(tmp_path, compression):
    samples = spread(LEVELS[:3, :5, :3], "f4")
    path = write(tmp_path / "a.tiff", samples, photometric="rgb", tile=(64, 64), compression=compression)
    np.testing.assert_allclose(read_image(path), LEVELS[:3, :5, :3], atol=0.51)


@pytest.mark.parametrize("bits", [8, 16, 64])
@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0)])
def test_no_pixels(tmp_path, bits, width, height):
    path = write_by_hand(tmp_path / "a.tiff", width, height, bytes(8), bits=bits, more=[(339, 3 if bits == 64 else 1)])
    assert message(path) == DAMAGED


def test_a_strip_said_to_be_larger_than_memory(tmp_path):
    path = write(tmp_path / "a.tiff", spread(LEVELS[..., :3], "f8"), photometric="rgb", bigtiff=True)
    content = path.read_bytes()
    length = (24 * 37 * 3 * 8).to_bytes(8, "little")
    assert length in content
    path.write_bytes(content.replace(length, (1 << 60).to_bytes(8, "little")))
    assert message(path) == DAMAGED


def test_more_samples_than_pillow_counts(tmp_path, capfd):
    path = write_by_hand(tmp_path / "a.tiff", 4, 4, bytes(16), samples=70)
    assert message(path).startswith("is a TIFF with 70 × 8-bit unsigned samples (MINISBLACK) and no compression, which")
    assert capfd.readouterr() == ("", "")


def test_libtiff_keeps_silent(tmp_path, capfd):
    path = tmp_path / "a.tiff"
    Image.fromarray(LEVELS[..., :3].astype(np.uint8)).save(path, compression="tiff_lzw")
    content = path.read_bytes()
    path.write_bytes(content[:8] + bytes(len(content) // 2) + content[8 + len(content) // 2 :])
    assert message(path) == DAMAGED
    path.write_bytes(content.replace(b"\x80", b"\x7f"))
    with pytest.raises(UserError):
        read_image(path)
    assert capfd.readouterr() == ("", "")
