"""Reading a picture file of any usual kind as a float32 sRGB array."""

import os
import struct

import numpy as np
from PIL import ExifTags, Image

from aiart.images.array import strips
from aiart.images.decode import open_picture
from aiart.images.profiles import ToColours, say_once
from aiart.images.samples import white_level
from aiart.images.tiff import UPRIGHT

WHITE = (255, 255, 255)
# Beside the picture itself, only so many pixels are held in floating point at once.
_PIXELS_AT_ONCE = 1 << 20


def read_image(
    path: str | os.PathLike,
    *,
    background: tuple[float, float, float] = WHITE,
    max_pixels: int | None = None,
    profile: bytes | None = None,
) -> np.ndarray:
    """Return the picture in `path` as float32 of shape (height, width, 3), sRGB from 0 to 255, or in the colours of a
    `profile` of `kept_profile`.

    The EXIF orientation is applied, transparency is composited over `background` (sRGB, 0 to 255),
    an embedded ICC profile is converted from, and greyscale and CMYK become RGB. Of an animation
    or a multi-page file the first frame is read.

    Greyscale of more than 8 bits keeps its precision: 65535 becomes 255.0 and the steps between
    stay fractions. Colour does not: Pillow has no such mode, and the upper 8 bits are kept. Signed
    samples of which one is negative have black at the lowest value of their type. Samples of 32
    bits count as 16 bits where all fit, else as their type's full range. Floating-point samples
    are taken as 0 to 1 where none exceeds 1, else as 0 to 255. ICC profiles of such wide greyscale
    files, and profiles that are broken or of the wrong colour space, are left out, and that is said.

    Raises UserError where the file is missing, a folder, no plain file, unreadable, empty, damaged,
    no picture, of a kind that is not supported, has more than `max_pixels` pixels, or has samples
    that cannot be placed on 0 to 255.
    """
    colour, alpha = read_layers(path, max_pixels=max_pixels, profile=profile)
    return colour if alpha is None else composite(colour, alpha, background, out=colour)


def read_layers(
    path: str | os.PathLike, *, max_pixels: int | None = None, profile: bytes | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """The colours of the picture in `path` and how opaque each is, otherwise as `read_image`.

    Returns float32 (height, width, 3) from 0 to 255, not multiplied by the opacity, and float32
    (height, width) from 0 to 1, or None where the picture is opaque everywhere.
    """
    with open_picture(path, max_pixels) as image:
        image = _upright(image)
        convert = ToColours(path, image.info.get("icc_profile"), profile)
        wide = image.mode == "F" or image.mode.startswith("I")
        top = white_level(np.asarray(image), path) if wide else None
        if wide and convert.profile:
            say_once(f"{path}: its ICC profile is left out, as greyscale of more than 8 bits is not converted.")
        width, height = image.size
        colour, alpha = np.empty((height, width, 3), np.float32), None
        for rows in strips(height, width, _PIXELS_AT_ONCE):
            strip = image.crop((0, rows.start, width, rows.stop))
            colour[rows], opacity = _wide_grey(strip, top) if wide else _eight_bit(strip, convert)
            if opacity is not None and alpha is None and opacity.min() < 1:
                alpha = np.ones((height, width), np.float32)
            if alpha is not None:
                alpha[rows] = opacity
    return colour, alpha


def composite(
    colour: np.ndarray,
    alpha: np.ndarray,
    background: tuple[float, float, float] = WHITE,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Lay `colour`, float32 (height, width, 3), over `background` by `alpha`, (height, width) from 0 to 1.

    In floating point, so that soft edges are not rounded to 8 bits. Written into `out` where it is
    given, which may be `colour`.
    """
    ground, out = np.asarray(background, dtype=np.float32), np.empty_like(colour) if out is None else out
    height, width = alpha.shape
    for rows in strips(height, width, _PIXELS_AT_ONCE):
        opacity = alpha[rows, :, np.newaxis]
        out[rows] = opacity * colour[rows] + (1 - opacity) * ground
    return out


def _upright(image: Image.Image) -> Image.Image:
    """Undo the EXIF orientation.

    `PIL.ImageOps.exif_transpose` also writes the EXIF data anew, which fails on pictures whose
    other tags are malformed; here a tag that cannot be read counts as upright.
    """
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except (SyntaxError, ValueError, TypeError, LookupError, struct.error, OSError):
        return image
    return image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image


def _wide_grey(image: Image.Image, top: int) -> tuple[np.ndarray, np.ndarray | None]:
    """Scale samples of more than 8 bits, read in NumPy because Pillow's `convert` clips them to 255."""
    samples = np.asarray(image).astype(np.float64)
    grey = (samples * (255 / top)).astype(np.float32)
    key = image.info.get("transparency")  # the one transparent sample value of a PNG
    return grey[..., np.newaxis], None if key is None else samples != key


def _eight_bit(image: Image.Image, convert: ToColours) -> tuple[np.ndarray, np.ndarray | None]:
    alpha = None
    if image.mode == "La":  # which Pillow converts to nothing else
        image = image.convert("LA")
    if image.has_transparency_data:
        grey = image.mode in ("L", "LA")
        rgba = image.convert("RGBA")
        alpha = np.asarray(rgba.getchannel("A"), dtype=np.float32) / 255
        # Back to one channel, to which the profile of a greyscale picture applies.
        image = rgba.getchannel("R") if grey else rgba.convert("RGB")
    return np.asarray(convert(image), dtype=np.float32), alpha
