"""Good pictures and archives, damaged at random: each is read, or refused in one sentence, in bounded time and room."""

import io
import struct
import tarfile
import zipfile
import zlib

import numpy as np
import pytest
import tifffile
from helpers.hostile import finish, unpack_and_remove
from helpers.mutations import check_mutants, mutants
from PIL import Image, ImageCms

from aiart.images import read_image

MANY = 1500
# Pictures of so many pixels are within bounds here, so that three of them bound the memory.
MAX_PIXELS = 2_000_000
PICTURE_PEAK = 150 << 20
RGBA = np.random.default_rng(3).integers(0, 256, (5, 6, 4), dtype=np.uint8).repeat(6, 0).repeat(7, 1)


def saved(mode="RGB", file_format="PNG", **options):
    def write(path):
        image = Image.fromarray(RGBA).convert("RGB").convert(mode) if mode != "RGBA" else Image.fromarray(RGBA)
        image.save(path, file_format, **options)

    return write


def deep_tiff(dtype, **options):
    return lambda path: tifffile.imwrite(path, (RGBA[..., :3] / 255).astype(dtype), photometric="rgb", **options)


def deep_png(path):
    """16 bits per sample, and a transparent colour, which Pillow does not write."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in RGBA[..., :3])
    header = struct.pack(">IIBBBBB", *RGBA.shape[1::-1], 16, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"tRNS", bytes(6)), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
FRAMES = [Image.fromarray(np.roll(RGBA, shift, 0)) for shift in (3, 6)]
EXIF = Image.Exif()
EXIF[0x0112] = 6
PICTURES = {
    "a.jpg": saved("RGB", "JPEG", exif=EXIF, comment=b"{}"),
    "progressive.jpg": saved("RGB", "JPEG", progressive=True),
    "cmyk.jpg": saved("CMYK", "JPEG"),
    "alpha.png": saved("RGBA", "PNG", icc_profile=PROFILE),
    "palette.png": saved("P", "PNG", transparency=b"\0\x80"),
    "deep.png": deep_png,
    "animated.gif": saved("RGB", "GIF", save_all=True, append_images=FRAMES),
    "a.bmp": saved("RGB", "BMP"),
    "palette.bmp": saved("P", "BMP"),
    "a.ppm": saved("RGB", "PPM"),
    "plain.pgm": lambda path: path.write_text(f"P2 42 30 255\n{' '.join(map(str, RGBA[..., 0].ravel()))}\n"),
    "a.webp": saved("RGBA", "WEBP"),
    "animated.webp": saved("RGBA", "WEBP", save_all=True, append_images=FRAMES, lossless=True),
    "lzw.tiff": saved("RGB", "TIFF", compression="tiff_lzw", icc_profile=PROFILE),
    "jpeg.tiff": saved("RGB", "TIFF", compression="jpeg"),
    "fax.tiff": saved("1", "TIFF", compression="group4"),
    "alpha.tiff": saved("LA", "TIFF", compression="packbits"),
    "float.tiff": saved("F", "TIFF"),
    "deep.tiff": deep_tiff("f4", compression="zlib", bigtiff=True),
    "planar.tiff": deep_tiff("f2", planarconfig="contig", byteorder=">", tile=(16, 16)),
}


def check_pictures(folder, names, count, seed):
    for name in names:
        PICTURES[name](folder / name)
        assert read_image(folder / name).shape == ((42, 30, 3) if name == "a.jpg" else (30, 42, 3))
    return check_mutants(
        "aiart.images:read_image",
        [folder / name for name in names],
        count=count,
        seed=seed,
        peak=PICTURE_PEAK,
        finish="helpers.hostile:finish",
        options={"max_pixels": MAX_PIXELS},
    )


def test_damaged_pictures(tmp_path):
    counts = check_pictures(tmp_path, PICTURES, count=25, seed=1)
    assert list(counts) == list(PICTURES)
    assert all(count["refused"] and count["read"] + count["refused"] == 25 for count in counts.values())


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("name", PICTURES)
def test_many_damaged_pictures(tmp_path, name, seed):
    check_pictures(tmp_path, [name], MANY, seed)


ENTRIES = {
    "set/": b"",
    "set/a/1.jpg": b"one" * 200,
    "set/a/2.jpg": bytes(range(256)) * 4,
    "set/" + "n" * 120 + "/3.jpg": b"3",
}


def zipped(method):
    def write(path):
        with zipfile.ZipFile(path, "w", method) as file:
            for name, content in ENTRIES.items():
                file.writestr(name, content)

    return write


def tarred(tar_format):
    def write(path):
        with tarfile.open(path, "w:", format=tar_format, pax_headers={"comment": "x"}) as file:
            for name, content in ENTRIES.items():
                info = tarfile.TarInfo(name.rstrip("/"))
                info.size, info.type = len(content), tarfile.DIRTYPE if name.endswith("/") else tarfile.REGTYPE
                file.addfile(info, io.BytesIO(content))

    return write


ARCHIVES = {
    "stored.zip": zipped(zipfile.ZIP_STORED),
    "deflated.zip": zipped(zipfile.ZIP_DEFLATED),
    "bzip2.zip": zipped(zipfile.ZIP_BZIP2),
    "lzma.zip": zipped(zipfile.ZIP_LZMA),
    "gnu.tar.gz": tarred(tarfile.GNU_FORMAT),
    "pax.tar.gz": tarred(tarfile.PAX_FORMAT),
    "ustar.tgz": tarred(tarfile.USTAR_FORMAT),
}


def check_archives(folder, names, count, seed):
    for name in names:
        ARCHIVES[name](folder / name)
        unpack_and_remove(with_checksum(folder / name))
    return check_mutants(
        "helpers.hostile:unpack_and_remove",
        [folder / name for name in names],
        count=count,
        seed=seed,
        peak=80 << 20,
        finish="helpers.hostile:finish",
        options={"limit_bytes": 10_000_000, "limit_files": 100},
    )


def with_checksum(archive):
    """The good archive, where what is damaged lies within another format."""
    whole = archive.with_name(f"whole-{archive.name}")
    whole.write_bytes(finish(archive, archive.read_bytes()))
    return whole


def test_damaged_archives(tmp_path):
    counts = check_archives(tmp_path, ARCHIVES, count=60, seed=1)
    assert list(counts) == list(ARCHIVES)
    assert all(count["refused"] and count["read"] + count["refused"] == 60 for count in counts.values())


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("name", ARCHIVES)
def test_many_damaged_archives(tmp_path, name, seed):
    check_archives(tmp_path, [name], MANY, seed)


# ---- the net itself


def test_mutants_are_many_and_repeatable():
    content = bytes(range(256)) * 8
    first = list(mutants(content, 50, seed=4))
    assert first == list(mutants(content, 50, seed=4))
    assert first != list(mutants(content, 50, seed=5))
    assert len(set(first)) > 45
    assert content not in first


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        ("helpers.broken:raises", "ZeroDivisionError"),
        ("helpers.broken:hangs", "a mutant took too long"),
        ("helpers.broken:crashes", "ended with -11"),
        ("helpers.broken:swells", "took"),
        ("helpers.broken:talks", "wrote to standard error"),
        ("helpers.broken:accuses_nobody", "does not name"),
    ],
)
def test_the_net_catches(tmp_path, reader, said):
    path = tmp_path / "good.bin"
    path.write_bytes(bytes(100))
    with pytest.raises(AssertionError, match=said):
        check_mutants(reader, [path], count=2, seed=1, peak=150 << 20, seconds_each=1)
