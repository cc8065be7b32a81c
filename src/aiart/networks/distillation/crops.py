"""Random crops for distillation, a pure function of (seed, step) so that a run can resume anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from aiart.errors import UserError
from aiart.images import read_image, resize_long_side

SUFFIXES = (".png", ".jpg", ".jpeg")
# Larger pictures are reduced once when read: crops at scale 0.5 then still see all of their detail.
LONGEST_SIDE = 768


def picture_files(folders: Sequence[str | Path]) -> list[Path]:
    """Every PNG and JPEG in `folders` (not below), in name order."""
    found = []
    for folder in folders:
        files = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in SUFFIXES)
        if not files:
            raise UserError(f"{folder}: holds no PNG or JPEG pictures to learn from; name another folder.")
        found += files
    return found


def read_pictures(folders: Sequence[str | Path]) -> list[np.ndarray]:
    """The pictures of `picture_files` as uint8 (height, width, 3)."""
    return [
        np.rint(resize_long_side(read_image(file), LONGEST_SIDE)).astype(np.uint8) for file in picture_files(folders)
    ]


def random_crops(
    pictures: Sequence[np.ndarray],
    *,
    seed: int,
    step: int,
    batch: int,
    crop: int,
    scale: tuple[float, float],
) -> np.ndarray:
    """(batch, crop, crop, 3) RGB 0..255, float32.

    A third of the crops is disturbed, by noise or by a second crop laid over it: a picture on its way to
    being painted looks like that, and the student has to agree with its teacher there too.
    """
    random = np.random.default_rng((seed, step))
    crops = [_crop(pictures, random, crop, scale) for _ in range(batch)]
    for index in range(batch):
        kind = random.integers(6)
        if kind == 0:
            strength = random.uniform(2, 40)
            crops[index] = crops[index] + random.normal(0, strength, crops[index].shape)
        elif kind == 1:
            share = random.uniform(0.2, 0.8)
            crops[index] = share * crops[index] + (1 - share) * _crop(pictures, random, crop, scale)
    return np.clip(np.stack(crops), 0, 255).astype(np.float32)


def _crop(pictures, random, crop, scale) -> np.ndarray:
    picture = pictures[random.integers(len(pictures))]
    height, width = picture.shape[:2]
    side = min(int(crop / random.uniform(*scale)), height, width)
    top, left = random.integers(height - side + 1), random.integers(width - side + 1)
    patch = picture[top : top + side, left : left + side]
    if random.integers(2):
        patch = patch[:, ::-1]
    resized = Image.fromarray(np.ascontiguousarray(patch)).resize((crop, crop), Image.Resampling.BICUBIC)
    return np.asarray(resized, np.float32)
