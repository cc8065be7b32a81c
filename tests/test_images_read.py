"""Every kind of sample, transparency and colour profile, by pixel content."""

import io
import struct
import zlib

import numpy as np
import pytest
from helpers.measured import run_measured
from helpers.profiles import linear_grey_profile, srgb_profile, swapped_profile
from PIL import Image

from aiart.images import read_image

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
WHITE, GREY, BLACK = (255, 255, 255), (128, 128, 128), (0, 0, 0)


def from_pixels(pixels):
    return Image.fromarray(np.array(pixels, dtype=np.uint8))


def pixel(path, **options):
    """The one colour of a picture."""
    picture = read_image(path, **options)
    assert picture.dtype == np.float32
    assert picture.ndim == 3
    assert (picture == picture[0, 0]).all()
    return picture[0, 0]


def test_alpha_is_composited_over_white_in_floating_point(tmp_path):
    path = tmp_path / "glass.png"
    Image.new("RGBA", (2, 3), (200, 100, 0, 51)).save(path)  # 51 / 255 = 0.2
    np.testing.assert_allclose(pixel(path), [244.0, 224.0, 204.0], atol=1e-3)


def test_alpha_keeps_fractions_of_a_level(tmp_path):
    path = tmp_path / "glass.png"
    Image.new("RGBA", (1, 1), (100, 0, 0, 1)).save(path)
    # (100 + 10 × 254) / 255, 20 × 254 / 255, 30 × 254 / 255
    np.testing.assert_allclose(pixel(path, background=(10, 20, 30)), [10.35294, 19.92157, 29.88235], atol=1e-4)


def test_grey_with_alpha(tmp_path):
    path = tmp_path / "shadow.png"
    Image.new("LA", (1, 1), (100, 204)).save(path)  # 204 / 255 = 0.8
    np.testing.assert_allclose(pixel(path, background=(0, 50, 250)), [80.0, 90.0, 130.0], atol=1e-3)


def test_palette_without_transparency(tmp_path):
    path = tmp_path / "flag.png"
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([1, 0])
    image.save(path)
    np.testing.assert_array_equal(read_image(path), [[[40, 50, 60], [10, 20, 30]]])


def test_palette_with_partial_transparency(tmp_path):
    path = tmp_path / "flag.png"
    image = Image.new("P", (3, 1))
    image.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    image.putdata([0, 1, 2])
    image.save(path, transparency=bytes([255, 0, 51]))
    expected = [[[10, 20, 30], [0, 100, 200], [14, 96, 178]]]  # the last 0.2 × palette + 0.8 × background
    np.testing.assert_allclose(read_image(path, background=(0, 100, 200)), expected, atol=1e-3)


def test_palette_with_one_transparent_entry_in_a_gif(tmp_path):
    path = tmp_path / "sprite.gif"
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putdata([0, 1])
    image.save(path, transparency=1)
    np.testing.assert_array_equal(read_image(path, background=(1, 2, 3)), [[[10, 20, 30], [1, 2, 3]]])


def test_a_transparent_colour_of_an_rgb_picture(tmp_path):
    path = tmp_path / "key.png"
    from_pixels([[RED, GREEN]]).save(path, transparency=GREEN)
    np.testing.assert_array_equal(read_image(path), [[RED, WHITE]])


def test_eight_bit_grey_becomes_three_equal_channels(tmp_path):
    path = tmp_path / "grey.jpg"
    Image.new("L", (8, 8), 77).save(path, quality=95)
    np.testing.assert_allclose(pixel(path), [77, 77, 77], atol=1)


def test_one_bit_becomes_black_and_white(tmp_path):
    path = tmp_path / "fax.png"
    image = Image.new("1", (3, 1))
    image.putdata([0, 255, 0])
    image.save(path)
    np.testing.assert_array_equal(read_image(path), [[BLACK, WHITE, BLACK]])


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bit_grey_keeps_fractions(tmp_path, suffix):
    path = tmp_path / f"scan.{suffix}"
    Image.fromarray(np.array([[0, 1, 32768, 65535]], dtype=np.uint16)).save(path)
    picture = read_image(path)
    # 255 / 65535 = 1 / 257
    np.testing.assert_allclose(picture[0, :, 0], [0, 1 / 257, 32768 / 257, 255], rtol=1e-6)
    np.testing.assert_array_equal(picture[..., 0], picture[..., 2])


def test_sixteen_bit_grey_is_oriented_and_its_transparent_sample_composited(tmp_path):
    path = tmp_path / "scan.png"
    upside_down = Image.Exif()
    upside_down[0x0112] = 3
    samples = np.array([[0, 257], [514, 65535], [771, 1028]], dtype=np.uint16)
    Image.fromarray(samples).save(path, exif=upside_down, transparency=257)
    expected = [[4, 3], [255, 2], [9, 0]]
    np.testing.assert_allclose(read_image(path, background=(9, 9, 9))[..., 1], expected, atol=1e-5)


def test_sixteen_bit_colour_is_read_to_within_one_level(tmp_path):
    path = tmp_path / "deep.ppm"
    # Pillow writes no 16-bit colour; a binary PPM is a header and big-endian samples.
    samples = np.array([[[65535, 32768, 256]]], dtype=">u2")
    path.write_bytes(b"P6 1 1 65535\n" + samples.tobytes())
    np.testing.assert_allclose(pixel(path), [255, 32768 / 257, 256 / 257], atol=1)


def png(width, height, bits, colour_type, row, *chunks):
    """A PNG of equal rows, for what Pillow does not write: its header, further chunks, and its pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    compressor = zlib.compressobj(1)
    pixels = b"".join(compressor.compress(b"\0" + row) for _ in range(height)) + compressor.flush()
    parts = [(b"IHDR", header), *chunks, (b"IDAT", pixels), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


@pytest.mark.parametrize(
    ("bits", "colour_type", "row", "key", "expected"),
    [
        (1, 0, b"\x40", struct.pack(">H", 1), [0, 9, 0, 0]),
        (2, 0, b"\x1b", struct.pack(">H", 1), [0, 9, 170, 255]),
        (4, 0, b"\x03\x3f", struct.pack(">H", 3), [0, 9, 9, 255]),
        (8, 0, b"\0\x03\x33\xff", struct.pack(">H", 3), [0, 9, 51, 255]),
        (16, 2, struct.pack(">12H", *[65535] * 3, *[768] * 3, *[0] * 3, *[13107] * 3), struct.pack(">3H", *[768] * 3),
         [255, 9, 0, 51]),
    ],
    ids=["1 bit", "2 bits", "4 bits", "8 bits", "16 bits of colour"],
)  # fmt: skip
def test_the_transparent_sample_of_every_depth(tmp_path, bits, colour_type, row, key, expected):
    path = tmp_path / "key.png"
    path.write_bytes(png(4, 1, bits, colour_type, row, (b"tRNS", key)))
    np.testing.assert_array_equal(read_image(path, background=(9, 9, 9))[0, :, 0], expected)


def test_a_text_of_megabytes_beside_the_picture(tmp_path):
    path = tmp_path / "edited.png"
    text = zlib.compress(bytes(5 << 20))
    path.write_bytes(png(4, 1, 8, 0, b"abcd", (b"zTXt", b"history\0\0" + text)))
    np.testing.assert_array_equal(read_image(path)[0, :, 0], list(b"abcd"))


def test_large_pictures_take_the_room_of_three(tmp_path):
    """36 megapixels of 16-bit grey with one transparent sample value: what took four times as much."""
    path, side = tmp_path / "large.png", 6000
    path.write_bytes(png(side, side, 16, 0, bytes(2 * side), (b"tRNS", b"\0\1")))
    small = tmp_path / "small.png"
    small.write_bytes(png(8, 8, 16, 0, bytes(16)))
    code = "import sys; from aiart.images import read_image; print(read_image(sys.argv[1]).shape)"
    before, after = run_measured(code, small), run_measured(code, path)
    assert after.output == f"({side}, {side}, 3)\n"
    assert after.peak - before.peak < 3 * side**2 * 3 * 4


def test_thirty_two_bit_integers_are_taken_as_sixteen_bits(tmp_path):
    path = tmp_path / "counts.tiff"
    Image.fromarray(np.array([[0, 32768, 65535]], dtype=np.int32)).save(path)
    np.testing.assert_allclose(read_image(path)[0, :, 1], [0, 32768 / 257, 255], rtol=1e-6)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [([0.0, 0.25, 1.0], [0, 63.75, 255]), ([0.0, 0.25, 200.5], [0, 0.25, 200.5])],
    ids=["0 to 1", "0 to 255"],
)
def test_floating_point_samples(tmp_path, samples, expected):
    path = tmp_path / "float.tiff"
    Image.fromarray(np.array([samples], dtype=np.float32)).save(path)
    np.testing.assert_allclose(read_image(path)[0, :, 0], expected)


@pytest.mark.parametrize("suffix", ["tiff", "jpg"])
@pytest.mark.parametrize(
    ("ink", "expected"),
    [
        ((0, 0, 0, 0), WHITE),
        ((0, 255, 255, 0), RED),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 0, 0, 255), BLACK),
        ((51, 0, 102, 0), (204, 255, 153)),
    ],
)
def test_cmyk_counts_ink(tmp_path, suffix, ink, expected):
    path = tmp_path / f"print.{suffix}"
    Image.new("CMYK", (16, 16), ink).save(path, **({"quality": 95} if suffix == "jpg" else {}))
    np.testing.assert_allclose(read_image(path)[8, 8], expected, atol=2)


def test_cmyk_jpeg_is_of_the_inverted_adobe_kind(tmp_path):
    """The JPEG of the test above is what Photoshop writes: an Adobe marker, and no ink stored as 255."""
    path = tmp_path / "print.jpg"
    Image.new("CMYK", (16, 16), (0, 0, 0, 0)).save(path)
    with Image.open(path) as image:
        assert "adobe" in image.info
        image.tile = [image.tile[0]._replace(args=("CMYK", ""))]  # decode as stored
        assert image.getpixel((8, 8)) == (255, 255, 255, 255)


@pytest.mark.parametrize(
    ("lab", "expected"), [((255, 128, 128), WHITE), ((0, 128, 128), BLACK), ((138, 209, 198), RED)]
)
def test_cie_lab(tmp_path, lab, expected):
    path = tmp_path / "lab.tiff"
    Image.new("LAB", (2, 2), lab).save(path)  # 255 / 100 L*, a* + 128, b* + 128, under D50
    np.testing.assert_allclose(pixel(path), expected, atol=6)


def test_an_animation_gives_its_first_frame(tmp_path):
    path = tmp_path / "blink.gif"
    first, second = Image.new("RGB", (4, 4), RED), Image.new("RGB", (4, 4), BLUE)
    first.save(path, save_all=True, append_images=[second])
    np.testing.assert_array_equal(pixel(path), RED)


def test_what_the_first_frame_of_a_gif_leaves_free_is_transparent(tmp_path):
    path = tmp_path / "partial.gif"
    whole = Image.new("P", (4, 3))
    whole.putpalette([*RED, *GREEN])
    whole.save(path)
    content = path.read_bytes()
    frame = content.index(b",\0\0\0\0")
    # The screen becomes 8 × 6 pixels, and the frame of 4 × 3 begins at (2, 1).
    screen = content[:6] + struct.pack("<HH", 8, 6) + content[10:frame]
    path.write_bytes(screen + b"," + struct.pack("<HH", 2, 1) + content[frame + 5 :])
    picture = read_image(path, background=(9, 9, 9))
    assert picture.shape == (6, 8, 3)
    np.testing.assert_array_equal(picture[1:4, 2:6], np.broadcast_to(RED, (3, 4, 3)))
    picture[1:4, 2:6] = 9
    assert (picture == 9).all()


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_a_grey_profile_applies_with_and_without_alpha(tmp_path, mode):
    path = tmp_path / "linear.png"
    Image.new(mode, (2, 2), 55 if mode == "L" else (55, 255)).save(path, icc_profile=linear_grey_profile())
    # sRGB encodes 55 / 255 as 1.055 × 0.2157^(1 / 2.4) − 0.055 = 0.5018, which is 128 / 255
    np.testing.assert_allclose(pixel(path), [128, 128, 128], atol=1)


def test_an_embedded_profile_is_converted_to_srgb(tmp_path):
    path = tmp_path / "wide.png"
    Image.new("RGB", (2, 2), (200, 100, 50)).save(path, icc_profile=swapped_profile())
    np.testing.assert_array_equal(pixel(path), [100, 200, 50])


def test_an_embedded_profile_applies_below_alpha_and_to_palettes(tmp_path):
    glass, flag = tmp_path / "glass.png", tmp_path / "flag.png"
    Image.new("RGBA", (2, 2), (200, 100, 50, 51)).save(glass, icc_profile=swapped_profile())
    image = Image.new("P", (2, 2))
    image.putpalette([200, 100, 50])
    image.save(flag, icc_profile=swapped_profile())
    np.testing.assert_allclose(pixel(glass, background=(0, 0, 0)), [20, 40, 10], atol=1e-3)
    np.testing.assert_array_equal(pixel(flag), [100, 200, 50])


def test_an_srgb_profile_changes_nothing(tmp_path):
    path = tmp_path / "tagged.png"
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, icc_profile=srgb_profile())
    np.testing.assert_array_equal(read_image(path), pixels)


def test_an_rgb_profile_of_a_grey_picture_is_applied(tmp_path):
    path = tmp_path / "grey.png"
    # Linear samples: the curve of sRGB replaced by the identity, so 55 / 255 must encode to about 128.
    profile = srgb_profile()
    curve = profile.index(b"para", 128)
    identity = b"para" + bytes(4) + bytes([0, 0, 0, 0]) + (65536).to_bytes(4, "big")
    linear = profile[:curve] + identity + profile[curve + len(identity) :]
    Image.new("L", (2, 2), 55).save(path, icc_profile=linear)
    np.testing.assert_allclose(pixel(path), [128, 128, 128], atol=1)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"), [("RGB", (200, 100, 50), (200, 100, 50)), ("L", 70, (70, 70, 70))]
)
@pytest.mark.parametrize(
    "profile",
    [
        b"no profile at all" * 20,
        srgb_profile()[:200],
        srgb_profile().replace(b"RGB XYZ ", b"CMYKXYZ "),  # of the wrong colour space
        srgb_profile().replace(b"RGB XYZ ", b"\xfe\xff\xfe\xffXYZ "),
    ],
    ids=["nonsense", "truncated", "wrong space", "no space"],
)
def test_a_broken_profile_is_ignored_and_said(tmp_path, capsys, profile, mode, colour, expected):
    path = tmp_path / "odd.png"
    Image.new(mode, (2, 2), colour).save(path, icc_profile=profile)
    np.testing.assert_array_equal(pixel(path), expected)
    said = f"{path}: its ICC profile is damaged or of another kind of colours than its own, which are taken as if it"
    assert capsys.readouterr().out.startswith(said)
    read_image(path)
    assert not capsys.readouterr().out  # once is enough


def test_the_file_is_closed(tmp_path):
    path = tmp_path / "open.png"
    buffer = io.BytesIO()
    Image.new("RGB", (2, 2), RED).save(buffer, "PNG")
    path.write_bytes(buffer.getvalue())
    with pytest.MonkeyPatch.context() as patch:
        opened = []
        real_open = type(path).open
        patch.setattr(type(path), "open", lambda self, mode: opened.append(real_open(self, mode)) or opened[-1])
        read_image(path)
    assert [file.closed for file in opened] == [True]
