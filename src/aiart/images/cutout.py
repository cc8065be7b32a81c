"""Transparent cut-outs: a ground to paint them on, so that no colour from outside comes into their edges."""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np
from PIL import Image

from aiart.images.profiles import kept_profile
from aiart.images.read import WHITE, composite, read_layers
from aiart.images.resize import resize_opacity

# Below this opacity a pixel's colour is blended with the ground's: files hold anything under what is transparent.
_TRUSTED = 0.25


def read_cutout(
    path: str | os.PathLike, *, max_pixels: int | None = None, profile: bytes | None = None
) -> tuple[np.ndarray, np.ndarray | None]:
    """The picture in `path` on a ground of its own, and how opaque it is; otherwise as `read_image`.

    Returns float32 (height, width, 3) from 0 to 255, by `fill_transparent`, and float32 (height, width) from 0 to
    1. An opaque picture comes as `read_image` gives it, with None.
    """
    colour, alpha = read_layers(path, max_pixels=max_pixels, profile=profile)
    return (colour, None) if alpha is None else (fill_transparent(colour, alpha, out=colour), alpha)


class Photograph(NamedTuple):
    """picture, alpha: as `read_cutout` gives them. profile: the `kept_profile` in whose colours the picture is, None
    for sRGB."""

    picture: np.ndarray
    alpha: np.ndarray | None
    profile: bytes | None


def read_photograph(path: str | os.PathLike, *, keep_profile: bool) -> Photograph:
    """The picture in `path`, in its own colours where its profile is to be kept. Raises UserError as `read_image`."""
    profile = kept_profile(path) if keep_profile else None
    return Photograph(*read_cutout(path, profile=profile), profile)


def fill_transparent(colour: np.ndarray, alpha: np.ndarray, *, out: np.ndarray | None = None) -> np.ndarray:
    """Continue the colours of what is opaque into what is transparent: near an edge the edge's own, farther away
    the mean of more and more of the picture (push-pull: Gortler et al., "The Lumigraph", 1996).

    colour: float32 (height, width, 3), 0 to 255; alpha: (height, width), 0 to 1. Colours of an opacity of 0.25 and
    more are kept. A picture without any opaque pixel becomes white. Written into `out` where it is given, which may
    be `colour`.
    """
    out = np.empty_like(colour) if out is None else out
    weight = np.minimum(alpha / np.float32(_TRUSTED), 1).astype(np.float32)
    for channel in range(3):  # one after the other, as a large picture fills the memory
        out[..., channel] = _fill(colour[..., channel], weight) if weight.any() else WHITE[channel]
    return np.clip(out, 0, 255, out=out)


def on_white(picture: np.ndarray, alpha: np.ndarray | None) -> np.ndarray:
    """`picture`, float32 (height, width, 3), over white by `alpha` of any size; as it is where that is None."""
    return picture if alpha is None else composite(picture, resize_opacity(alpha, *picture.shape[:2]))


def _fill(channel: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """`channel` where `weight` is 1, and what smaller and smaller copies of it hold where that is less."""
    height, width = weight.shape
    if weight.min() == 1 or height == width == 1:
        return channel
    half = (-(-height // 2), -(-width // 2))
    coarse_weight = _resized(weight, *half, Image.Resampling.BOX)
    coarse = _resized(channel * weight, *half, Image.Resampling.BOX)
    coarse /= np.maximum(coarse_weight, np.finfo(np.float32).tiny)
    # Four times: one known pixel of four is enough to know the coarse one.
    ground = _resized(_fill(coarse, np.minimum(4 * coarse_weight, 1)), height, width, Image.Resampling.BILINEAR)
    return ground + weight * (channel - ground)


def _resized(channel: np.ndarray, height: int, width: int, method: Image.Resampling) -> np.ndarray:
    return np.array(Image.fromarray(np.ascontiguousarray(channel)).resize((width, height), method))
