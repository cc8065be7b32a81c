"""ICC profiles: colours of a photograph as sRGB, or another picture's as the photograph's.

Converted by LittleCMS, with 8 bits and the perceptual intent.
"""

from __future__ import annotations

import io
import os
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from aiart.images.array import strips
from aiart.images.decode import open_picture

_UNUSABLE = (OSError, ValueError, ImageCms.PyCMSError)  # ValueError: a colour space not in ASCII
_PIXELS_AT_ONCE = 1 << 20


class ToColours:
    """Converts images without alpha, strips of the picture in `path` and so all of one mode, to RGB.

    profile: the ICC profile of the picture; without one, and where it does not serve, which is said once, its colours
    are those of Pillow's plain conversion. into: an RGB profile, None for sRGB.

    Pillow inverts the samples of every CMYK JPEG, as Adobe programs store them inverted, so here 0 always means no ink.
    """

    def __init__(self, path: str | os.PathLike, profile: bytes | None, into: bytes | None = None):
        self.path, self.profile, self.into = path, profile, into
        self.transforms: dict[str, ImageCms.ImageCmsTransform | None] = {}

    def __call__(self, image: Image.Image) -> Image.Image:
        if image.mode in ("1", "P"):
            image = image.convert("L" if image.mode == "1" else "RGB")
        if self.profile and self.profile != self.into:
            found = self._transform(image.mode, self.profile)
            # Many programs tag greyscale with an RGB profile.
            if found is None and image.mode == "L":
                image = image.convert("RGB")
                found = self._transform("RGB", self.profile)
            if found is not None:
                return found.apply(image)
            say_once(
                f"{self.path}: its ICC profile is damaged or of another kind of colours than its own, which are taken "
                "as if it had none."
            )
        image = image.convert("RGB")
        same = self.into is None or self.profile == self.into
        return image if same else self._transform("RGB", None).apply(image)

    def _transform(self, mode: str, profile: bytes | None) -> ImageCms.ImageCmsTransform | None:
        key = f"{mode} of {'sRGB' if profile is None else 'its own'}"
        if key not in self.transforms:
            try:
                made = ImageCms.ImageCmsTransform(_opened(profile), _opened(self.into), mode, "RGB")
            except _UNUSABLE:
                made = None
            self.transforms[key] = made
        return self.transforms[key]


def kept_profile(path: str | os.PathLike, *, max_pixels: int | None = None) -> bytes | None:
    """The ICC profile of the picture in `path`, for results to have it too; None where it has none or, which is then
    said, none that a picture in RGB could have. Raises UserError as `read_image`."""
    with open_picture(path, max_pixels) as image:
        profile = image.info.get("icc_profile")
    if not profile:
        return None
    try:
        ImageCms.ImageCmsTransform(_opened(None), _opened(profile), "RGB", "RGB")
    except _UNUSABLE:
        say_once(f"{path}: its ICC profile is damaged or not of RGB, so that the result is in sRGB.")
        return None
    return profile


def in_srgb(picture: np.ndarray, profile: bytes | None) -> np.ndarray:
    """`picture`, (height, width, 3) from 0 to 255 of the colours of a `kept_profile`, as uint8 in sRGB; unchanged
    where that is None."""
    if profile is None:
        return picture
    convert, made = ToColours("the picture", profile), np.empty(picture.shape, np.uint8)
    height, width, _ = picture.shape
    for rows in strips(height, width, _PIXELS_AT_ONCE):
        levels = np.rint(np.clip(picture[rows], 0, 255)).astype(np.uint8)
        made[rows] = np.asarray(convert(Image.fromarray(levels)))
    return made


def _opened(profile: bytes | None) -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB") if profile is None else io.BytesIO(profile))


@lru_cache(1000)
def say_once(sentence: str) -> None:
    """Print what is wrong with a picture, but not again: those to train on are read again and again."""
    print(sentence, flush=True)
