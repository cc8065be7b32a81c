"""Applying a trained model to pictures of any size."""

from __future__ import annotations

import math

import numpy as np

from aiart.images import resize_long_side
from aiart.memory import fitting, in_use
from aiart.translation.model_file import Model
from aiart.translation.value_range import from_network, to_network

# A residual generator halves a picture twice and then mirrors the edge, so that 8 pixels are the least it can do with.
SMALLEST_SIDE = 16


def translate_picture(
    model: Model,
    picture: np.ndarray,
    direction: str | None = None,
    *,
    noise_seed: int | None = None,
    side: int | None = None,
) -> np.ndarray:
    """Translate one picture, float32 (H, W, 3) in 0..255 on both sides, of any size.

    side: pixels that the longer side is resized to first; without it the picture keeps its size, and the result
    has it too. direction: may be left out for a model of one direction. noise_seed: dropout stays on and derives
    from this seed; without it dropout is off.

    The networks need multiples of `model.multiple`, so the picture is continued around by its mirror image and
    the result cropped back. Raises UserError for a direction that the model has not, or when memory is short.
    """
    if side is not None:
        picture = resize_long_side(picture, side, upscale=True)
    height, width = picture.shape[:2]
    padded, top, left = pad_to_multiple(picture, model.multiple)
    used, longest = in_use(), max(height, width)

    def takes(longer: int) -> int:
        sides = (_padded_side(side * longer / longest, model.multiple) for side in (height, width))
        return used + math.prod(sides) * model.settings.generator_width * model.settings.translation_bytes

    smaller = {"--side": (range(SMALLEST_SIDE, longest, SMALLEST_SIDE), takes)}
    with fitting(f"a picture of {width}×{height} pixels", takes(longest), smaller):
        made = model.translate(to_network(padded[np.newaxis]), direction, noise_seed)
    return from_network(made[0])[top : top + height, left : left + width]


def _padded_side(side: float, multiple: int) -> int:
    return math.ceil(max(side, SMALLEST_SIDE) / multiple) * multiple


def pad_to_multiple(picture: np.ndarray, multiple: int) -> tuple[np.ndarray, int, int]:
    """Continue a picture by its mirror image, as often as it takes, to sides that are multiples of `multiple`.

    Returns it with the row and the column where the picture begins: it stays in the middle, so that all its edges
    have as much around them. No side is below 16 pixels.
    """
    height, width = picture.shape[:2]
    more_rows, more_columns = (_padded_side(side, multiple) - side for side in (height, width))
    top, left = more_rows // 2, more_columns // 2
    margins = ((top, more_rows - top), (left, more_columns - left))
    for axis, margin in enumerate(margins):
        # A single row has no neighbour to mirror but itself.
        mode = "reflect" if picture.shape[axis] > 1 else "edge"
        picture = np.pad(picture, [margin if axis == other else (0, 0) for other in range(3)], mode=mode)
    return picture, top, left


def noise_seed(seed: int, name: str) -> int:
    """Dropout's seed for the picture called `name`: equal whatever other pictures there are."""
    return int(np.random.default_rng([seed, *name.encode()]).integers(2**31))
