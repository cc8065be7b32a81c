"""Writing pictures as PNG, JPEG or TIFF, with the parameters that made them inside."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aiart.errors import NonFiniteError, UserError
from aiart.images.array import as_picture, size_of, strips
from aiart.images.atomic import atomic_write
from aiart.images.decode import open_picture
from aiart.images.encode import write_png_16, write_tiff
from aiart.images.read import composite
from aiart.images.resize import resize_opacity
from aiart.images.xmp import PNG_KEYWORD, source_of

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF"}
"""Formats of results by the suffixes of their names."""
_TOPS = {8: 255, 16: 65535}
_PIXELS_AT_ONCE = 1 << 18
_DESCRIPTION = 270  # tag of a TIFF
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
    bits: int = 8,
    profile: bytes | None = None,
) -> None:
    """Write `image` to `path`, whole or not at all, as PNG, JPEG or TIFF by the suffix.

    `image` is (height, width, 3), floating point from 0 to 255 (rounded to the nearest level,
    clipped outside the range) or uint8: sRGB, or of the ICC `profile`, which then goes into the
    file. `alpha`, from 0 to 1 and (height, width) of any size, is how opaque it is: PNG and TIFF
    keep it, and in a JPEG the picture lies on white. `metadata` goes into text chunks of a PNG, and
    as JSON into the comment of a JPEG and the description of a TIFF, sorted by key. `xmp` is a
    packet of `xmp_packet`, which stands beside it. `quality` is JPEG's, 1 to 95. `bits` per sample
    are 8 or, but not in a JPEG, 16. The same arguments give the same bytes under the same versions
    of Pillow and tifffile: no time stamp is written. Beside `image` and `alpha` it takes less memory
    than two pictures of 8 bits. Missing folders are created.

    Raises UserError where the suffix is another, the file cannot be written, or JPEG metadata exceeds
    65533 bytes, and ValueError where the array has another shape or type or holds NaN or infinity
    (NonFiniteError), for a JPEG of 16 bits, or where a PNG keyword is not 1 to 79 Latin-1 characters
    without NUL.
    """
    path, metadata = Path(path), metadata or {}
    file_format = FORMATS.get(path.suffix.lower())
    if file_format is None:
        raise UserError(
            f"{path}: pictures are written only as PNG, JPEG or TIFF; end the name in {', '.join(FORMATS)}."
        )
    if bits not in _TOPS or (bits == 16 and file_format == "JPEG"):
        raise ValueError(f"a {file_format} has no {bits} bits per sample.")
    image = np.asarray(image)
    if image.dtype != np.uint8 and not np.issubdtype(image.dtype, np.floating):
        raise ValueError(f"image has type {image.dtype}; give float32 or uint8.")
    height, width = size_of(image)
    opacity = None if alpha is None else resize_opacity(alpha, height, width)
    on_ground = opacity is not None and file_format == "JPEG"
    levels = _strips_of_levels(image, opacity, on_ground, bits)
    shape = (height, width, 3 if opacity is None or on_ground else 4)
    if file_format == "JPEG":
        # Chroma at full resolution (4:4:4): halved, it frays the edges of saturated brush strokes.
        options = {"quality": quality, "subsampling": "4:4:4", "comment": _jpeg_comment(metadata, path)}
        options |= {"xmp": xmp.encode()} if xmp else {}
    elif file_format == "PNG":
        text = png_text(metadata, xmp)
        options = {"compress_level": 6, "pnginfo": text}
    with atomic_write(path) as temporary:
        if file_format == "TIFF":
            description = json.dumps(dict(metadata), sort_keys=True) if metadata else ""
            write_tiff(temporary, shape, levels, description=description, xmp=xmp, profile=profile)
        elif bits == 16:
            write_png_16(temporary, shape, levels, text, profile)
        else:
            _in_pillow(shape, levels).save(temporary, file_format, icc_profile=profile, **options)


def read_metadata(path: str | os.PathLike, *, max_pixels: int | None = None) -> dict[str, str]:
    """Return the metadata that `write_image` put into `path`, empty where there is none.

    All text chunks of a PNG but its XMP are returned; of a JPEG the comment, and of a TIFF the description, where it is
    a JSON object.
    Raises UserError under the same conditions as `read_image`.
    """
    with open_picture(path, max_pixels) as image:
        if image.format == "PNG":
            return {str(key): str(value) for key, value in image.text.items() if key != PNG_KEYWORD}
        said = image.tag_v2.get(_DESCRIPTION, "") if image.format == "TIFF" else image.info.get("comment", b"")
    try:
        values = json.loads(said)
    except (ValueError, TypeError):  # a comment of another program
        return {}
    return {key: str(value) for key, value in values.items()} if isinstance(values, dict) else {}


def read_source(path: str | os.PathLike, *, max_pixels: int | None = None) -> str | None:
    """The IPTC digital source type that a picture's XMP names, None without one. Raises UserError as `read_image`."""
    with open_picture(path, max_pixels) as image:
        return source_of(image.info.get("xmp", b""))


def as_pillow(image: np.ndarray, alpha: np.ndarray | None = None) -> Image.Image:
    """`image` and `alpha` of `write_image` as an image in RGB, or RGBA, of 8 bits. Raises ValueError likewise."""
    height, width = size_of(image)
    opacity = None if alpha is None else resize_opacity(alpha, height, width)
    shape = (height, width, 3 if opacity is None else 4)
    return _in_pillow(shape, _strips_of_levels(image, opacity, False, 8))


def _strips_of_levels(
    image: np.ndarray, opacity: np.ndarray | None, on_ground: bool, bits: int
) -> Iterator[np.ndarray]:
    """Strips of `image` as they are stored, with `opacity` as a fourth channel, or on white for `on_ground`."""
    height, width = size_of(image)
    for rows in strips(height, width, _PIXELS_AT_ONCE):
        strip = as_picture(image[rows])
        if on_ground:
            strip = composite(strip, opacity[rows])
        levels = _levels(strip, bits)
        if opacity is not None and not on_ground:
            levels = np.dstack([levels, _levels(255 * opacity[rows], bits)])
        yield levels


def _levels(samples: np.ndarray, bits: int) -> np.ndarray:
    if not np.isfinite(samples).all():
        raise NonFiniteError("image holds NaN or infinity; no picture can be written from it.")
    levels = np.clip(samples, 0, 255)
    return np.rint(levels * (_TOPS[bits] / 255) if bits > 8 else levels).astype(np.uint8 if bits == 8 else np.uint16)


def _in_pillow(shape: tuple[int, int, int], levels: Iterable[np.ndarray]) -> Image.Image:
    height, width, channels = shape
    picture, top = Image.new("RGB" if channels == 3 else "RGBA", (width, height)), 0
    for strip in levels:
        picture.paste(Image.fromarray(strip), (0, top))
        top += len(strip)
    return picture


def png_text(metadata: Mapping[str, str], xmp: str) -> PngInfo:
    """The text chunks of a PNG that `write_image` writes. Raises ValueError likewise."""
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
