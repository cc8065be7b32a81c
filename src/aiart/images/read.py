"""Reading a picture file of any usual kind as a float32 sRGB array."""

import io
import os
import struct

import numpy as np
from PIL import ExifTags, Image, ImageCms

from aiart.errors import UserError
from aiart.images.decode import open_picture

# What undoes each EXIF orientation: Exif 2.32 (CIPA DC-008-2019), tag 0x0112.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_image(
    path: str | os.PathLike,
    *,
    background: tuple[float, float, float] = (255, 255, 255),
    max_pixels: int = 100_000_000,
) -> np.ndarray:
    """Return the picture in `path` as float32 of shape (height, width, 3), sRGB from 0 to 255.

    The EXIF orientation is applied, transparency is composited over `background` (sRGB, 0 to 255),
    an embedded ICC profile is converted from, and greyscale and CMYK become RGB. Of an animation
    or a multi-page file the first frame is read.

    Greyscale of 16 bits keeps its precision: 65535 becomes 255.0 and the steps between stay
    fractions. Colour of 16 bits per sample does not: Pillow has no such mode and keeps the upper
    8 bits. Integer samples wider than 16 bits are taken as 0 to 65535. Floating-point samples are
    taken as 0 to 1 where none exceeds 1, else as 0 to 255. ICC profiles of these wide greyscale
    files, and profiles that are broken or of the wrong colour space, are ignored.

    Raises UserError where the file is missing, a folder, unreadable, empty, damaged, no picture,
    has more than `max_pixels` pixels, or has samples that cannot be placed on 0 to 255.
    """
    with open_picture(path, max_pixels) as image:
        image = _upright(image)
        if image.mode == "F" or image.mode.startswith("I"):
            colour, alpha = _wide_grey(image, path)
        else:
            colour, alpha = _eight_bit(image)
    if alpha is None:
        return colour
    # In floating point, so that soft edges are not rounded to 8 bits.
    return alpha * colour + (1 - alpha) * np.asarray(background, dtype=np.float32)


def _upright(image: Image.Image) -> Image.Image:
    """Undo the EXIF orientation.

    `PIL.ImageOps.exif_transpose` also writes the EXIF data anew, which fails on pictures whose
    other tags are malformed; here a tag that cannot be read counts as upright.
    """
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except (SyntaxError, ValueError, TypeError, LookupError, struct.error, OSError):
        return image
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _wide_grey(image: Image.Image, path) -> tuple[np.ndarray, np.ndarray | None]:
    """Scale samples of more than 8 bits, read in NumPy because Pillow's `convert` clips them to 255."""
    samples = np.asarray(image).astype(np.float64)
    top = _white_level(image.mode, samples)
    # Written so that NaN fails too.
    if not (samples.min() >= 0 and samples.max() <= top):
        raise UserError(f"{path}: has samples outside 0 to {top}; save it with 8 or 16 bits per sample, without NaN.")
    grey = (samples * (255 / top)).astype(np.float32)
    colour = np.repeat(grey[..., np.newaxis], 3, axis=2)
    key = image.info.get("transparency")  # the one transparent sample value of a PNG
    alpha = None if key is None else (samples != key).astype(np.float32)[..., np.newaxis]
    return colour, alpha


def _white_level(mode: str, samples: np.ndarray) -> int:
    if mode != "F":
        return 65535
    return 1 if samples.max() <= 1 else 255


def _eight_bit(image: Image.Image) -> tuple[np.ndarray, np.ndarray | None]:
    alpha = None
    if image.has_transparency_data:
        grey = image.mode in ("L", "LA", "La")
        rgba = image.convert("RGBA")
        alpha = np.asarray(rgba.getchannel("A"), dtype=np.float32)[..., np.newaxis] / 255
        profile = image.info.get("icc_profile")
        # Back to one channel, to which the profile of a greyscale picture applies.
        image = rgba.getchannel("R") if grey else rgba.convert("RGB")
        image.info["icc_profile"] = profile
    return np.asarray(_to_srgb(image), dtype=np.float32), alpha


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert an image without alpha to mode RGB in sRGB.

    Pillow inverts the samples of every CMYK JPEG, as Adobe programs store them inverted, so here
    0 always means no ink.
    """
    profile = image.info.get("icc_profile")
    if image.mode in ("1", "P"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    converted = _apply_profile(image, profile) if profile else None
    return image.convert("RGB") if converted is None else converted


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return `image` converted from `profile` to sRGB, or None where the profile does not serve."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # Many programs tag greyscale with an RGB profile; any other mismatch is an error of the next call.
        if image.mode == "L" and source.profile.xcolor_space.strip() == "RGB":
            image = image.convert("RGB")
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (OSError, ValueError, ImageCms.PyCMSError):  # ValueError: a colour space not in ASCII
        return None
