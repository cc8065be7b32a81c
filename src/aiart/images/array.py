"""The array form of a picture, checked, and its strips."""

from collections.abc import Iterator

import numpy as np


def as_picture(image: np.ndarray, name: str = "image") -> np.ndarray:
    """Return `image` as float32, without a copy where it already is.

    Raises ValueError, naming the argument `name`, unless the shape is (height, width, 3) with at
    least one pixel.
    """
    array = np.asarray(image, dtype=np.float32)
    size_of(array, name)
    return array


def size_of(image: np.ndarray, name: str = "image") -> tuple[int, int]:
    """Height and width of a picture of any type; raises ValueError as `as_picture`."""
    if image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
        raise ValueError(f"{name} has shape {image.shape}; give an array of shape (height, width, 3).")
    return image.shape[:2]


def strips(height: int, width: int, pixels: int) -> Iterator[slice]:
    """Rows of a picture from the top, about so many pixels at a time."""
    step = max(1, pixels // width)
    for top in range(0, height, step):
        yield slice(top, min(top + step, height))
