"""Writing pictures as PNG or JPEG, with the parameters that made them inside."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aiart.errors import NonFiniteError, UserError
from aiart.images.array import as_picture
from aiart.images.atomic import atomic_write
from aiart.images.cutout import on_white
from aiart.images.decode import open_picture
from aiart.images.resize import resize_opacity
from aiart.images.xmp import PNG_KEYWORD, source_of

_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}
_MAX_KEYWORD = 79  # bytes in a PNG keyword: https://www.w3.org/TR/png-3/#11tEXt
_MAX_COMMENT = 65533  # bytes in a JPEG marker segment: ITU-T T.81, B.2.4.5


def write_image(
    path: str | os.PathLike,
    image: np.ndarray,
    *,
    alpha: np.ndarray | None = None,
    metadata: Mapping[str, str] | None = None,
    xmp: str = "",
    quality: int = 95,
) -> None:
    """Write `image` to `path`, whole or not at all, as PNG or JPEG by the suffix.

    `image` is (height, width, 3) sRGB, floating point from 0 to 255 (rounded to the nearest
    level, clipped outside the range) or uint8. `alpha`, from 0 to 1 and (height, width) of any
    size, is how opaque it is: a PNG keeps it, and in a JPEG the picture lies on white. `metadata`
    goes into text chunks of a PNG, and as JSON into the comment of a JPEG, sorted by key.
    `xmp` is a packet of `xmp_packet`, which stands beside it.
    `quality` is JPEG's, 1 to 95. The same arguments give the same bytes under the same version of
    Pillow: no time stamp is written.
    Missing folders are created.

    Raises UserError where the suffix is another, the file cannot be written, or JPEG metadata exceeds
    65533 bytes, and ValueError where the array has another shape or type or holds NaN or infinity
    (NonFiniteError), or where a PNG keyword is not 1 to 79 Latin-1 characters without NUL.
    """
    path = Path(path)
    file_format = _FORMATS.get(path.suffix.lower())
    if file_format is None:
        raise UserError(f"{path}: pictures are written only as PNG or JPEG; end the name in .png, .jpg or .jpeg.")
    picture = Image.fromarray(_to_uint8(image) if alpha is None else _with_alpha(image, alpha, file_format))
    if file_format == "PNG":
        options = {"compress_level": 6, "pnginfo": _png_text(metadata or {}, xmp)}
    else:
        # Chroma at full resolution (4:4:4): halved, it frays the edges of saturated brush strokes.
        options = {"quality": quality, "subsampling": "4:4:4", "comment": _jpeg_comment(metadata or {}, path)}
        if xmp:
            options["xmp"] = xmp.encode()
    with atomic_write(path) as temporary:
        picture.save(temporary, file_format, **options)


def read_metadata(path: str | os.PathLike, *, max_pixels: int = 100_000_000) -> dict[str, str]:
    """Return the metadata that `write_image` put into `path`, empty where there is none.

    All text chunks of a PNG but its XMP are returned; of a JPEG, the comment where it is a JSON object.
    Raises UserError under the same conditions as `read_image`.
    """
    with open_picture(path, max_pixels) as image:
        if image.format == "PNG":
            return {str(key): str(value) for key, value in image.text.items() if key != PNG_KEYWORD}
        comment = image.info.get("comment", b"")
    try:
        values = json.loads(comment)
    except ValueError:  # a comment of another program
        return {}
    return {key: str(value) for key, value in values.items()} if isinstance(values, dict) else {}


def read_source(path: str | os.PathLike, *, max_pixels: int = 100_000_000) -> str | None:
    """The IPTC digital source type that a picture's XMP names, None without one. Raises UserError as `read_image`."""
    with open_picture(path, max_pixels) as image:
        return source_of(image.info.get("xmp", b""))


def _to_uint8(image: np.ndarray) -> np.ndarray:
    array = np.asarray(image)
    if array.dtype != np.uint8 and not np.issubdtype(array.dtype, np.floating):
        raise ValueError(f"image has type {array.dtype}; give float32 or uint8.")
    samples = as_picture(array)
    if not np.isfinite(samples).all():
        raise NonFiniteError("image holds NaN or infinity; no picture can be written from it.")
    return np.rint(np.clip(samples, 0, 255)).astype(np.uint8)


def _with_alpha(image: np.ndarray, alpha: np.ndarray, file_format: str) -> np.ndarray:
    if file_format == "JPEG":
        return _to_uint8(on_white(as_picture(image), alpha))
    opacity = resize_opacity(alpha, *np.shape(image)[:2])
    return np.dstack([_to_uint8(image), np.rint(255 * opacity).astype(np.uint8)])


def _png_text(metadata: Mapping[str, str], xmp: str) -> PngInfo:
    text = PngInfo()
    for key in sorted(metadata):
        if not 1 <= len(key.encode("latin-1")) <= _MAX_KEYWORD or "\0" in key:
            raise ValueError(f"metadata key {key!r} is not a PNG keyword; use 1 to 79 Latin-1 characters.")
        text.add_text(key, metadata[key])  # tEXt where Latin-1 holds the value, else iTXt
    if xmp:
        text.add_itxt(PNG_KEYWORD, xmp)
    return text


def _jpeg_comment(metadata: Mapping[str, str], path: Path) -> bytes:
    if not metadata:
        return b""
    comment = json.dumps(dict(metadata), sort_keys=True).encode("ascii")
    if len(comment) > _MAX_COMMENT:
        raise UserError(
            f"{path}: what is said in it takes {len(comment):,} bytes, and JPEG has room for {_MAX_COMMENT:,}; "
            "name a .png, or say less."
        )
    return comment
