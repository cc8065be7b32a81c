"""The array form of a picture, checked."""

import numpy as np


def as_picture(image: np.ndarray, name: str = "image") -> np.ndarray:
    """Return `image` as float32, without a copy where it already is.

    Raises ValueError, naming the argument `name`, unless the shape is (height, width, 3) with at
    least one pixel.
    """
    array = np.asarray(image, dtype=np.float32)
    if array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}; give an array of shape (height, width, 3).")
    return array
