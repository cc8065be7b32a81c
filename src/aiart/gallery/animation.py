"""Short looping films of a picture as it comes about."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.images.xmp import VOCABULARY, source_of

_PALETTE_FRAMES = 16
_PALETTE_FRAME_SIDE = 160
_DITHER_DEPTH = 10.0  # a little less than the step between neighbours in a palette of 256 colours, on the 0..255 scale


def write_animation(
    path: str | Path,
    frames: Iterable[np.ndarray],
    *,
    frame_milliseconds: int = 80,
    hold_last_milliseconds: int = 1500,
    loop: bool = True,
    xmp: str = "",
) -> None:
    """Write `frames` as an animated GIF or WebP, after the suffix of `path`.

    The same frames give the same bytes. A file that is already there is replaced only on success.

    Args:
        path: ends in .gif or .webp.
        frames: pictures, all of one shape (height, width, 3), sRGB, 0..255. A frame equal to the one
            before it is not stored again: the one before is shown longer.
        frame_milliseconds: how long each frame is shown. A GIF keeps only whole hundredths of a second.
        hold_last_milliseconds: how long the last frame is shown instead.
        xmp: what it says of its origin, a packet of `xmp_packet`. Pillow writes none into a GIF, which has the
            address of its digital source type as a comment.
        loop: start again for ever; otherwise stop at the last frame.

    Raises:
        UserError: another suffix.
        ValueError: no frames, or frames of different shapes.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (".gif", ".webp"):
        raise UserError(f"{path}: an animation is written as GIF or WebP; let the name end in .gif or .webp.")
    pictures = [_to_image(frame) for frame in frames]
    if len({picture.size for picture in pictures}) != 1:
        raise ValueError("an animation needs frames, all of one shape")
    if suffix == ".gif":
        pictures = _share_palette(pictures)
        # Without a loop count a GIF plays once.
        options = {"loop": 0} if loop else {}
        if source := source_of(xmp):
            options["comment"] = f"DigitalSourceType {VOCABULARY}{source}".encode()
    else:
        options = {"loop": 0 if loop else 1, "quality": 90, "method": 4}
        if xmp:
            options["xmp"] = xmp.encode()
    durations = [frame_milliseconds] * (len(pictures) - 1) + [hold_last_milliseconds]
    first, *others = pictures
    with atomic_write(path) as temporary:
        first.save(temporary, save_all=True, append_images=others, duration=durations, **options)


def _to_image(frame: np.ndarray) -> Image.Image:
    return Image.fromarray(np.rint(np.clip(frame, 0, 255)).astype(np.uint8))


def _share_palette(pictures: Sequence[Image.Image]) -> list[Image.Image]:
    """The pictures with one palette of 256 colours made from all of them.

    With a palette per frame, or with dither that spreads errors, parts of the picture that stand still
    would flicker. So the dither is an ordered one: the same pattern on every frame.
    """
    sample = _sample(pictures)
    # Until less than a thousandth of the pixels change their colour. To the last pixel it takes 1.4 to 2.2 times as
    # long, and the pictures' error falls by 0.1 to 0.3 %.
    palette = sample.quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=max(1, sample.width * sample.height // 1000))
    width, height = pictures[0].size
    pattern = _bayer(height, width)[..., None] * _DITHER_DEPTH
    return [
        _to_image(np.asarray(picture, np.float32) + pattern).quantize(palette=palette, dither=Image.Dither.NONE)
        for picture in pictures
    ]


def _sample(pictures: Sequence[Image.Image]) -> Image.Image:
    """Some of the pictures, the first and the last among them, made small and put side by side."""
    chosen = np.unique(np.linspace(0, len(pictures) - 1, _PALETTE_FRAMES).round().astype(int))
    small = [pictures[number].copy() for number in chosen]
    for picture in small:
        picture.thumbnail((_PALETTE_FRAME_SIDE, _PALETTE_FRAME_SIDE), Image.Resampling.BOX)
    return Image.fromarray(np.hstack([np.asarray(picture) for picture in small]))


def _bayer(height: int, width: int) -> np.ndarray:
    """An 8 × 8 Bayer threshold pattern, repeated over (height, width), in -0.5..0.5 with mean 0."""
    pattern = np.zeros((1, 1))
    for _ in range(3):
        pattern = np.block([[4 * pattern, 4 * pattern + 2], [4 * pattern + 3, 4 * pattern + 1]])
    pattern = (pattern + 0.5) / 64 - 0.5
    return np.tile(pattern, (height // 8 + 1, width // 8 + 1))[:height, :width]
