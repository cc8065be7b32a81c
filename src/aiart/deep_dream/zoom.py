"""The endless zoom: every frame is dreamed on the one before, enlarged and turned a little."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from skimage.transform import warp
from tqdm import tqdm

from aiart.deep_dream.dream import dream
from aiart.deep_dream.objective import Objective
from aiart.params.deep_dream import DeepDream
from aiart.params.sweeps import derive_seed


def zoom_frames(
    objective: Objective,
    first: np.ndarray,
    settings: DeepDream,
    *,
    seed: int,
    smallest_side: int,
    name: str = "zoom",
    stopped: Sequence[int] = (),
    guide: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """`settings.zoom_frames` frames, uint8 (height, width, 3). The first is `first`, a finished dream
    (RGB 0..255); the arguments are those of `dream`. Once `stopped` holds something, the frame under way is left out
    and no other follows. The guide of a caricature stays where it is."""
    # Only the first picture may be noise; the others go on from there.
    settings = settings.model_copy(update={"start": "picture"})
    picture = first
    for number in tqdm(range(settings.zoom_frames), desc=name, unit="frame", disable=None):
        if number > 0:
            closer = zoom_and_rotate(picture, settings.zoom, settings.rotation)
            frame_seed = derive_seed(seed, f"frame {number}")
            picture = dream(
                objective,
                closer,
                settings,
                seed=frame_seed,
                smallest_side=smallest_side,
                name=f"frame {number + 1}",
                stopped=stopped,
                guide=guide,
            ).picture
            if stopped:
                return
        yield np.rint(picture).astype(np.uint8)


def zoom_and_rotate(picture: np.ndarray, zoom: float, degrees: float) -> np.ndarray:
    """Enlarge `picture` (height, width, 3; RGB 0..255) around its centre and turn it counter-clockwise,
    keeping its size; what comes in from outside is the picture mirrored."""
    height, width = picture.shape[:2]
    x, y = (width - 1) / 2, (height - 1) / 2
    # From the new picture's coordinates to the old one's. The y axis points down, so a positive angle turns
    # what is looked up clockwise, and the picture counter-clockwise. Written out, since scikit-image puts
    # transformations together by the BLAS.
    cosine, sine = math.cos(math.radians(degrees)) / zoom, math.sin(math.radians(degrees)) / zoom
    inverse = np.array(
        [[cosine, -sine, x - cosine * x + sine * y], [sine, cosine, y - sine * x - cosine * y], [0.0, 0.0, 1.0]]
    )
    moved = warp(picture, inverse, order=3, mode="reflect", preserve_range=True, clip=False)
    return np.clip(moved, 0, 255).astype(np.float32)
