"""Files of what Pillow does not write: PNG of 16 bits, and TIFF strip by strip."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL.PngImagePlugin import PngInfo, putchunk

# Deeper compression takes longer and saves nothing: the low bytes are noise.
_LEVEL = 4
_PAETH = 4
_ADOBE_DEFLATE = 8
_XMP_TAG, _BYTE = 700, 1


def write_png_16(
    path: Path, shape: tuple[int, int, int], levels: Iterable[np.ndarray], text: PngInfo, profile: bytes | None
) -> None:
    """Write a PNG of 16 bits per sample. shape: height, width and 3 channels or 4. levels: uint16 strips of it from the
    top. profile: the ICC profile of its samples. W3C, PNG Specification, third edition."""
    height, width, channels = shape
    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        putchunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 16, 2 if channels == 3 else 6, 0, 0, 0))
        if profile:
            putchunk(file, b"iCCP", b"ICC Profile\0\0" + zlib.compress(profile))
        for name, content, *_ in text.chunks:
            putchunk(file, name, content)
        packer = zlib.compressobj(_LEVEL)
        above = np.zeros((1, width * 2 * channels), np.uint8)
        for strip in levels:
            lines = strip.astype(">u2").view(np.uint8).reshape(len(strip), -1)
            filtered = _paeth(lines, np.concatenate([above, lines[:-1]]), 2 * channels)
            above = lines[-1:]
            if packed := packer.compress(np.insert(filtered, 0, _PAETH, axis=1).tobytes()):
                putchunk(file, b"IDAT", packed)
        putchunk(file, b"IDAT", packer.flush())
        putchunk(file, b"IEND", b"")


def _paeth(lines: np.ndarray, above: np.ndarray, pixel: int) -> np.ndarray:
    """Bytes less what is predicted of them from the left, above and between. pixel: its bytes. Section 9.4."""
    left, corner = (np.pad(bytes_, ((0, 0), (pixel, 0)))[:, :-pixel].astype(np.int16) for bytes_ in (lines, above))
    up = above.astype(np.int16)
    from_left, from_up, from_corner = np.abs(up - corner), np.abs(left - corner), np.abs(left + up - 2 * corner)
    nearer = np.where(from_up <= from_corner, up, corner)
    predicted = np.where((from_left <= from_up) & (from_left <= from_corner), left, nearer)
    return lines - predicted.astype(np.uint8)


def write_tiff(
    path: Path,
    shape: tuple[int, int, int],
    levels: Iterable[np.ndarray],
    *,
    description: str,
    xmp: str,
    profile: bytes | None,
) -> None:
    """Write a TIFF of 8 or 16 bits per sample, compressed without loss. shape: height, width and 3 channels or 4.
    levels: strips of it from the top, uint8 or uint16, all but the last of one height. description: in ASCII."""
    import tifffile

    levels = iter(levels)
    first = next(levels)
    height, width, channels = shape

    def packed() -> Iterable[bytes]:
        yield _packed(first)
        yield from map(_packed, levels)

    tags = [(_XMP_TAG, _BYTE, len(xmp.encode()), xmp.encode(), True)] if xmp else []
    # Offsets of 32 bits reach this far, and noise grows a little when it is packed.
    large = height * width * channels * first.itemsize > 0xF0000000
    with tifffile.TiffWriter(path, bigtiff=large, byteorder="<") as tiff:
        tiff.write(
            packed(),
            shape=shape,
            dtype=first.dtype,
            photometric="rgb",
            extrasamples=["unassalpha"] if channels == 4 else None,
            rowsperstrip=len(first),
            compression=_ADOBE_DEFLATE,
            predictor=2,
            description=description,
            metadata=None,
            software=False,
            iccprofile=profile,
            extratags=tags,
        )


def _packed(strip: np.ndarray) -> bytes:
    """A strip as TIFF's horizontal predictor leaves it: each sample less the one to the left."""
    differences = strip.astype(strip.dtype.newbyteorder("<"))
    differences[:, 1:] -= strip[:, :-1]
    return zlib.compress(differences.tobytes(), _LEVEL)
