"""TIFF files: read by Pillow where it reads them rightly, by tifffile where it does not.

Of two hundred combinations of type, channels, planes, byte order and compression, Pillow 13 misreads or refuses
more than half; tifffile has none wrong, but decompresses only what Python's standard library does.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, TiffImagePlugin, _imaging

from aiart.errors import UserError
from aiart.images.samples import full_range, white_level

# Pillow's own reader of uncompressed files takes planes of 16 bits for planes of 8 and stumbles over padded tiles.
TiffImagePlugin.READ_LIBTIFF = True

_BITS, _COMPRESSION, _PHOTOMETRIC, _PLANES, _FORMAT = 258, 259, 262, 284, 339
_UNCOMPRESSED, _PACKBITS, _DEFLATE = 1, 32773, (8, 32946)
_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _SEPARATED = 0, 1, 2, 5
_COLOURS = {_MIN_IS_WHITE: 1, _MIN_IS_BLACK: 1, _RGB: 3, _SEPARATED: 4}
_MODES = {(1, False): "L", (1, True): "LA", (3, False): "RGB", (3, True): "RGBA", (4, False): "CMYK"}
_PREMULTIPLIED, _ALPHA = 1, 2
# What undoes each orientation of a file that Pillow, which does it by itself, does not read.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_CANNOT = "save it as PNG, or as TIFF with 8 bits per sample and LZW compression or none"

# libtiff tells its errors twice: to Pillow, which raises them, and to standard error, where they would stand before
# our one sentence. Its handler is asked for through Pillow's own module, the only one that surely links to it.
_libtiff = ctypes.CDLL(_imaging.__file__)
with contextlib.suppress(AttributeError):  # linked so that its functions cannot be found: it goes on talking
    _libtiff.TIFFSetErrorHandler(None)
# Both log what they then raise.
for _name in ("tifffile", TiffImagePlugin.__name__):
    logging.getLogger(_name).setLevel(logging.CRITICAL)


def is_tiff(start: bytes) -> bool:
    """Whether a file that begins with these bytes, at least 4, claims to be one."""
    return start.startswith(tuple(TiffImagePlugin.PREFIXES))


def is_right_in_pillow(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Whether Pillow reads such a file as it is meant, or else refuses it."""
    tags = image.tag_v2
    bits, photometric = max(tags.get(_BITS, (1,))), tags.get(_PHOTOMETRIC, _MIN_IS_WHITE)
    if set(tags.get(_FORMAT, (1,))) != {1}:
        return False
    if tags.get(_PLANES, 1) == 2 and len(image.getbands()) == 2:  # the plane of alpha is lost
        return False
    return bits <= 8 or (bits == 16 and photometric != _MIN_IS_WHITE)


def can_decompress(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Whether Pillow's libtiff was built with the file's compression."""
    try:
        return bool(_libtiff.TIFFIsCODECConfigured(image.tag_v2.get(_COMPRESSION, _UNCOMPRESSED)))
    except AttributeError:
        return True


def read_other(path: Path, file, image: TiffImagePlugin.TiffImageFile | None, check_size) -> Image.Image:
    """The first page of a file that Pillow does not read rightly as an image in a mode of Pillow, upright.

    file: open at any place. image: as Pillow opened it, None where it did not. check_size: called with width and
    height before anything is decoded. Grey keeps 16 bits or its floating-point samples; colour, and grey with
    alpha, are reduced to 8 bits. Raises UserError for kinds that cannot be read, and whatever tifffile and Pillow
    raise over damaged files.
    """
    import tifffile

    file.seek(0)
    with tifffile.TiffFile(file) as tiff:
        page = tiff.pages.first
        check_size(page.imagewidth, page.imagelength)
        # As large as what its tiles cover: as much is decoded.
        height, width, down, across = _chunks(page)
        check_size(width * across, height * down)
        readable = _is_readable(page)
        if readable and _is_whole(page, file):
            samples, orientation = _by_tifffile(page), page.tags.valueof("Orientation")
        # In the other byte order Pillow misreads these.
        elif readable and image is not None and image.tag_v2.prefix == b"II" and len(image.getbands()) == 1:
            image.load()
            samples, orientation = np.asarray(image).astype(page.dtype)[..., np.newaxis], None  # turned by Pillow
        else:
            raise UserError(f"{path}: is a TIFF with {_kind(page)}, which is not supported; {_CANNOT}.")
        picture = _placed(path, samples, page)
        if page.iccprofile:
            picture.info["icc_profile"] = page.iccprofile
    return picture.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else picture


def _is_readable(page) -> bool:
    colours = _COLOURS.get(page.photometric)
    return (
        page.dtype is not None
        and page.dtype.kind in "uif"
        and isinstance(page.bitspersample, int)
        and page.imagedepth == 1
        and colours is not None
        and colours <= page.samplesperpixel <= colours + 4
    )


def _by_tifffile(page) -> np.ndarray:
    """(height, width, channels) of the page's type."""
    samples = page.asarray().reshape(page.shaped)[:, 0]
    return np.moveaxis(samples[..., 0], 0, -1) if page.planarconfig == 2 else samples[0]


def _chunks(page) -> tuple[int, int, int, int]:
    """Height and width of a tile or strip, and how many lie below and beside each other."""
    height, width = page.imagelength, page.imagewidth
    if page.is_tiled:
        chunk_height, chunk_width = page.tilelength, page.tilewidth
    else:
        chunk_height, chunk_width = min(page.rowsperstrip, height), width
    return chunk_height, chunk_width, -(-height // chunk_height), -(-width // chunk_width)


def _is_whole(page, file) -> bool:
    """Whether tifffile decodes such a page. Raises ValueError where the file holds less than the page needs:
    tifffile would fill the rest with zeros, or inflate far more than the page needs."""
    compression = int(page.compression)
    if compression not in (_UNCOMPRESSED, _PACKBITS, *_DEFLATE) or page.bitspersample != 8 * page.dtype.itemsize:
        return False
    pixel = page.samplesperpixel * page.dtype.itemsize
    needed = page.imagewidth * page.imagelength * pixel
    height, width, down, across = _chunks(page)
    largest, chunks = height * width * pixel, down * across * page.samplesperpixel
    held, size = 0, os.fstat(file.fileno()).st_size
    for offset, count in zip(page.dataoffsets[:chunks], page.databytecounts[:chunks], strict=True):
        if not 0 < count <= size - offset:
            raise ValueError("a strip lies outside the file")
        if compression in _DEFLATE:
            file.seek(offset)
            content = file.read(count)
            count = len(zlib.decompressobj().decompress(content, largest + 1))
            if count > largest:
                raise ValueError("a strip holds more than its part of the picture")
        held += 128 * count if compression == _PACKBITS else count
    if held < needed:
        raise ValueError("the strips hold less than the picture")
    return True


def _placed(path, samples: np.ndarray, page) -> Image.Image:
    colours = _COLOURS[page.photometric]
    alpha, kind = _alpha(page, colours)
    white_is_zero = page.photometric == _MIN_IS_WHITE
    if samples.dtype.kind == "f":
        if alpha is None and colours == 1:
            grey = samples[..., 0].astype(np.float32)
            return Image.fromarray(white_level(grey, path) - grey if white_is_zero else grey)
        levels = _bytes(samples, white_level(samples, path))
    else:
        levels = full_range(samples, page.bitspersample)
        if levels.dtype == np.int64:
            white_level(levels, path)  # refuses
        if alpha is None and colours == 1 and levels.dtype == np.uint16:
            return Image.fromarray(65535 - levels[..., 0] if white_is_zero else levels[..., 0])
        if levels.dtype == np.uint16:
            levels = (levels >> 8).astype(np.uint8)
    chosen = levels[..., :colours]
    if white_is_zero:
        chosen = 255 - chosen
    if alpha is None or colours == 4:
        return _image(chosen, _MODES[colours, False])
    opacity = levels[..., alpha : alpha + 1]
    if kind == _PREMULTIPLIED:
        chosen = _bytes(np.minimum(chosen, opacity), np.maximum(opacity, 1).astype(np.float32))
    return _image(np.concatenate([chosen, opacity], axis=-1), _MODES[colours, True])


def _alpha(page, colours: int) -> tuple[int | None, int]:
    """The channel that holds opacity, if one does, and its kind."""
    kinds = [int(kind) for kind in page.extrasamples]
    if not kinds and page.photometric == _RGB and page.samplesperpixel == 4:
        kinds = [_ALPHA]  # as programs that forget to say so mean it
    found = next((number for number, kind in enumerate(kinds) if kind in (_PREMULTIPLIED, _ALPHA)), None)
    return (None, 0) if found is None else (colours + found, kinds[found])


def _bytes(samples: np.ndarray, white: np.ndarray | int) -> np.ndarray:
    levels, white = np.empty(samples.shape, np.uint8), np.broadcast_to(white, (*samples.shape[:2], 1))
    for row, (line, top) in enumerate(zip(samples, white, strict=True)):  # not all at once in floating point
        levels[row] = np.rint(line * (np.float32(255) / top))
    return levels


def _image(levels: np.ndarray, mode: str) -> Image.Image:
    shape = levels.shape[:2] if levels.shape[2] == 1 else levels.shape
    return Image.frombytes(mode, levels.shape[1::-1], np.ascontiguousarray(levels.reshape(shape)).tobytes())


def _kind(page) -> str:
    formats = {1: "unsigned", 2: "signed", 3: "floating-point"}
    bits = page.bitspersample if isinstance(page.bitspersample, int) else "mixed"
    photometric = getattr(page.photometric, "name", f"photometric {page.photometric}")
    sample = formats.get(int(page.sampleformat), f"format-{int(page.sampleformat)}")
    return f"{page.samplesperpixel} × {bits}-bit {sample} samples ({photometric}) and {_compression(page.compression)}"


def _compression(number: int) -> str:
    import tifffile

    if number == _UNCOMPRESSED:
        return "no compression"
    try:
        return f"{tifffile.COMPRESSION(number).name} compression"
    except ValueError:
        return f"compression {number}"
