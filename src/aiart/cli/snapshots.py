"""Frames of one run in a folder: 0000.png, 0001.png, …, which say themselves that they are frames."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from aiart.errors import UserError
from aiart.images import read_metadata, write_image
from aiart.params import canonical_json

NAME = re.compile(r"\d{4,}\.png")


def check_snapshots(
    folder: str | Path, inputs: Iterable[str | Path | None] = (), results: Iterable[str | Path | None] = ()
) -> None:
    """UserError when the folder holds a picture of a frame's name that is not one, and would be lost, or one that the
    command reads; or when another of the command's `results` is to have such a name there."""
    for path in results:
        if path and NAME.fullmatch(Path(path).name) and os.path.realpath(Path(path).parent) == os.path.realpath(folder):
            raise UserError(f"{path}: is the name of a frame of {folder}; give that result another name.")
    read = {os.path.realpath(path) for path in inputs if path is not None}
    for path in _named_like_frames(folder):
        if os.path.realpath(path) in read:
            raise UserError(f"{path}: is read by this command and could be replaced; choose another folder.")
        if not _is_frame(path):
            raise UserError(f"{path}: is no frame of an earlier run and could be replaced; choose another folder.")


def write_snapshots(
    folder: str | Path,
    frames: Sequence[np.ndarray],
    alpha: np.ndarray | None = None,
    xmp: str = "",
    profile: bytes | None = None,
) -> None:
    """Write the frames, (height, width, 3) in 0..255, with the opacity, origin and colours that `alpha`, `xmp` and
    `profile` say to `write_image`, and remove what an earlier run left beyond them."""
    for number, frame in enumerate(frames):
        metadata = {"aiart": canonical_json({"frame": number})}
        path = Path(folder, f"{number:04}.png")
        write_image(path, frame, alpha=alpha, metadata=metadata, xmp=xmp, profile=profile)
    for path in _named_like_frames(folder):
        if int(path.stem) >= len(frames) and _is_frame(path):
            path.unlink()


def _named_like_frames(folder: str | Path) -> Iterator[Path]:
    if Path(folder).is_dir():
        yield from sorted(path for path in Path(folder).iterdir() if NAME.fullmatch(path.name))


def _is_frame(path: Path) -> bool:
    try:
        return "frame" in json.loads(read_metadata(path).get("aiart", "{}"))
    except (UserError, ValueError, TypeError):  # not a picture, or one of another program
        return False
