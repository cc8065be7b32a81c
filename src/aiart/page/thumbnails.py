"""Small copies of pictures, and films as one picture of all their frames, as WebP without dates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from aiart.errors import UserError
from aiart.gallery.deep_zoom import write_deep_zoom
from aiart.images import atomic_write, read_image, read_photograph, read_source, xmp_packet
from aiart.images.decode import open_picture

SIDE = 224
"""Longer side of a thumbnail, in pixels."""
LARGE_SIDE = 4096
"""Longer side of pictures from which on they are zoomed into on a page of their own."""
FRAME_SIDE = 160
MOST_FRAMES = 48
FRAMES_PER_LINE = 8
MOST_PIXELS = 400_000_000


def write_thumbnail(picture: Path, target: Path) -> tuple[int, int]:
    """Write a small copy; returns width and height of the picture itself. Raises UserError where it cannot be read."""
    small = Image.fromarray(np.rint(read_image(picture)).astype(np.uint8))
    size = small.size
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    _write(small, target)
    return size


def write_zoom(picture: Path, target: Path, title: str) -> None:
    """Write `target`, a page on which a picture is zoomed into, with its tiles. Raises UserError where it cannot be
    read or written."""
    colour, alpha, profile = read_photograph(picture, keep_profile=True)
    xmp = xmp_packet(read_source(picture))
    write_deep_zoom(target, colour, alpha=alpha, xmp=xmp, profile=profile, title=title)


def write_film(animation: Path, target: Path) -> tuple[int, int, int, int]:
    """Write the frames of an animation side by side, as many as are told apart by eye; returns how many there are,
    how many stand in a line, and width and height of one. Raises UserError where it cannot be read."""
    with open_picture(animation, MOST_PIXELS) as image:
        count = getattr(image, "n_frames", 1)
        last, kept = count - 1, min(count, MOST_FRAMES)
        frames = []
        for number in range(kept):
            try:
                image.seek(round(last * number / max(1, kept - 1)))
                frame = image.convert("RGB")
            except (OSError, EOFError, ValueError) as error:
                raise UserError(f"{animation}: cannot be read ({error}); make it again.") from None
            frame.thumbnail((FRAME_SIDE, FRAME_SIDE), Image.Resampling.LANCZOS)
            frames.append(frame)
    width, height = frames[0].size
    lines = -(-kept // FRAMES_PER_LINE)
    film = Image.new("RGB", (width * min(kept, FRAMES_PER_LINE), height * lines))
    for number, frame in enumerate(frames):
        film.paste(frame, (number % FRAMES_PER_LINE * width, number // FRAMES_PER_LINE * height))
    _write(film, target)
    return kept, FRAMES_PER_LINE, width, height


def _write(image: Image.Image, target: Path) -> None:
    with atomic_write(target) as temporary:
        image.save(temporary, "WEBP", quality=72, method=4)
