"""A picture of any size to be looked at in a browser, from the whole down to every pixel: a pyramid of tiles in the
Deep Zoom format, which OpenSeadragon and others read too, and a page that shows it without a server or a network.

https://learn.microsoft.com/previous-versions/windows/silverlight/dotnet-windows-silverlight/cc645077(v=vs.95)
"""

from __future__ import annotations

import html
import json
import re
import secrets
import shutil
from importlib import resources
from pathlib import Path

import numpy as np
from PIL import Image

from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.images.write import as_pillow, png_text

TILE, OVERLAP = 510, 1
"""Sides of the tiles, which share one pixel on each side with their neighbours."""
_QUALITY = 90
_NAME = re.compile(r"\d+/\d+_\d+\.(?:jpg|png)")


def files_folder(page: Path) -> Path:
    """Where the tiles of `page` lie: NAME_files beside NAME.html and NAME.dzi."""
    return page.with_name(f"{page.stem}_files")


def check_deep_zoom(page: str | Path) -> None:
    """UserError where the folder of the tiles holds anything else, which would be lost."""
    folder = files_folder(Path(page))
    for path in folder.rglob("*"):
        if not path.is_dir() and not _NAME.fullmatch(path.relative_to(folder).as_posix()):
            raise UserError(f"{path}: is no tile of an earlier run and would be lost; choose another name.")


def write_deep_zoom(
    page: str | Path,
    picture: np.ndarray,
    *,
    alpha: np.ndarray | None = None,
    xmp: str = "",
    profile: bytes | None = None,
    title: str = "",
) -> None:
    """Write `page`, NAME.html, with NAME.dzi and the folder NAME_files beside it, which take the place of earlier ones.

    picture: (height, width, 3) from 0 to 255; alpha, xmp and profile: as for `write_image`, the last two in every tile.
    Tiles are JPEG, with `alpha` PNG. Memory: at most two pictures of 8 bits beside the arrays. The same arguments
    give the same bytes.
    """
    page = Path(page)
    suffix = "jpg" if alpha is None else "png"
    options = {"icc_profile": profile}
    if suffix == "png":
        options["pnginfo"] = png_text({}, xmp)
    else:
        options |= {"quality": _QUALITY, "subsampling": "4:4:4"} | ({"xmp": xmp.encode()} if xmp else {})
    height, width = picture.shape[:2]
    levels = (max(height, width) - 1).bit_length()
    folder = files_folder(page)
    new = page.with_name(f".tmp-{secrets.token_hex(8)}_files")
    try:
        image = as_pillow(picture, alpha)
        for level in range(levels, -1, -1):
            if level < levels:
                image = image.reduce(2)
            _write_level(image, new / str(level), suffix, options)
        shutil.rmtree(folder, ignore_errors=True)
        new.rename(folder)
    except OSError as error:
        raise UserError(
            f"{folder}: cannot be written ({error.strerror}); make room or permission for it, or choose another name."
        ) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    with atomic_write(page.with_suffix(".dzi")) as temporary:
        temporary.write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="{suffix}" Overlap="{OVERLAP}" '
            f'TileSize="{TILE}"><Size Width="{width}" Height="{height}"/></Image>\n',
            encoding="utf-8",
        )
    about = {"width": width, "height": height, "tile": TILE, "overlap": OVERLAP, "levels": levels, "suffix": suffix}
    viewer = resources.files("aiart.gallery").joinpath("deep_zoom.html").read_text(encoding="utf-8")
    # Within a script element `</` would end it.
    data = json.dumps(about | {"folder": folder.name}).replace("</", "<\\/")
    with atomic_write(page) as temporary:
        text = viewer.replace("PICTURE_TITLE", html.escape(title or page.stem)).replace("PICTURE_DATA", data)
        temporary.write_text(text, encoding="utf-8", errors="surrogateescape")


def _write_level(image: Image.Image, folder: Path, suffix: str, options: dict) -> None:
    folder.mkdir(parents=True)
    for row in range(-(-image.height // TILE)):
        for column in range(-(-image.width // TILE)):
            box = (
                max(0, column * TILE - OVERLAP),
                max(0, row * TILE - OVERLAP),
                min(image.width, (column + 1) * TILE + OVERLAP),
                min(image.height, (row + 1) * TILE + OVERLAP),
            )
            image.crop(box).save(folder / f"{column}_{row}.{suffix}", **options)
