"""Resizing with antialiasing, and centred crops."""

import numpy as np
from PIL import Image

from aiart.images.array import as_picture


def resize_long_side(image: np.ndarray, long_side: int, *, upscale: bool = False) -> np.ndarray:
    """Resize to `long_side` pixels on the longer side, keeping the aspect ratio.

    The shorter side is rounded to the nearest pixel and is at least 1. A picture already no
    longer than `long_side` is returned unchanged, as a copy, unless `upscale` is set.

    Takes and returns (height, width, 3), 0 to 255, float32 out. Raises ValueError where
    `long_side` is below 1.
    """
    image = as_picture(image)
    height, width = image.shape[:2]
    size = size_at(height, width, long_side, upscale=upscale)
    return image.copy() if size == (height, width) and not upscale else resize_exact(image, *size)


def size_at(height: int, width: int, long_side: int, *, upscale: bool = False) -> tuple[int, int]:
    """Height and width that `resize_long_side` gives a picture of this size. Raises ValueError likewise."""
    _check_size(long_side=long_side)
    longest = max(height, width)
    if longest <= long_side and not upscale:
        return height, width
    return max(1, round(height * long_side / longest)), max(1, round(width * long_side / longest))


def resize_exact(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize to `height` × `width` pixels, whatever that does to the aspect ratio.

    Uses Pillow's Lanczos filter, whose support grows with the reduction, so fine patterns average
    out rather than alias. Each channel is resized in floating point; what the filter overshoots
    is clipped to 0 to 255.

    Takes and returns (height, width, 3), 0 to 255, float32 out. Raises ValueError where a size is
    below 1.
    """
    image = as_picture(image)
    _check_size(height=height, width=width)
    return np.clip(np.stack([_lanczos(image[..., channel], height, width) for channel in range(3)], axis=-1), 0, 255)


def resize_opacity(alpha: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize float32 (height, width) from 0 to 1 as `resize_exact` does a picture."""
    _check_size(height=height, width=width)
    return np.clip(_lanczos(alpha, height, width), 0, 1)


def _lanczos(channel: np.ndarray, height: int, width: int) -> np.ndarray:
    channel = Image.fromarray(np.ascontiguousarray(channel, dtype=np.float32))
    return np.asarray(channel.resize((width, height), Image.Resampling.LANCZOS))


def centre_crop(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the central `height` × `width` pixels, as a copy.

    An odd margin leaves its spare pixel at the bottom and the right. Raises ValueError where a
    size is below 1 or larger than the picture's.
    """
    image = as_picture(image)
    _check_size(height=height, width=width)
    if height > image.shape[0] or width > image.shape[1]:
        raise ValueError(
            f"a crop of {height} × {width} pixels does not fit a picture of "
            f"{image.shape[0]} × {image.shape[1]}; crop less or resize first."
        )
    top = (image.shape[0] - height) // 2
    left = (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width].copy()


def crop_to_aspect(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return the largest central part with the aspect ratio height : width, as a copy.

    As the `crop_to_aspect` option of Keras: followed by `resize_exact` to the same sizes it
    fits a picture to a network's input without distorting it. Raises ValueError where a size is
    below 1.
    """
    image = as_picture(image)
    _check_size(height=height, width=width)
    full_height, full_width = image.shape[:2]
    return centre_crop(
        image,
        min(full_height, max(1, round(full_width * height / width))),
        min(full_width, max(1, round(full_height * width / height))),
    )


def _check_size(**sizes: int) -> None:
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name} is {size}; give at least 1 pixel.")
