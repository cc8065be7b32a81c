"""Opening a picture file with Pillow, every failure told as a UserError."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from aiart.errors import UserError
from aiart.images import tiff
from aiart.pixel_limit import VARIABLE, most_pixels, too_large
from aiart.plain_files import refuse_pipe

# Named rather than left to Pillow, which would otherwise also try formats that start other
# programs (EPS runs Ghostscript) on a file somebody sent.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP")

# Editors write their histories into PNG files; Pillow refuses a text of more than 1 MiB, and more than 64 together.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY

# Pillow warns of large sizes and odd tags; the one is checked here and the other harmless. Not by `catch_warnings`
# around each reading: pictures are read in many threads, and it holds for all of them.
warnings.filterwarnings("ignore", module=r"PIL\.")

# How Pillow names the samples of a PNG that it decodes to 8 bits, and what it multiplies or divides them by. Of
# the one transparent colour it leaves that out, so that nothing, or another colour, would be transparent.
_GREY_STEPS = {"L;2": 85, "L;4": 17}


@contextmanager
def open_picture(path: str | os.PathLike, max_pixels: int | None = None) -> Iterator[Image.Image]:
    """Yield the loaded Pillow image in `path`, its first frame if there are several.

    The size is taken from the header and checked before anything is decoded. Without `max_pixels` the limit is that of
    `aiart.pixel_limit`.

    Raises UserError where the file is missing, a folder, no plain file, unreadable, empty, larger
    than `max_pixels`, damaged, of a kind that is not supported, or no picture in one of `FORMATS`.
    """
    path = Path(path)
    max_pixels = most_pixels() if max_pixels is None else max_pixels
    if Image.MAX_IMAGE_PIXELS is not None:
        # Pillow refuses twice as many by itself, in later frames too, and must not where the setting allows them.
        Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, -(-max_pixels // 2))
    with _open_file(path) as file:
        start = file.peek(4)
        if not start:
            raise UserError(f"{path}: is empty (0 bytes); copy or download the picture again.")
        read = _read_tiff if tiff.is_tiff(start) else _read
        with read(path, file, max_pixels) as image:
            yield image


def _open_file(path: Path):
    try:
        refuse_pipe(path)
        return path.open("rb")
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; check the path.") from error
    except IsADirectoryError as error:
        raise UserError(f"{path}: is a folder; give the path of one picture in it.") from error
    except PermissionError as error:
        # Windows says this of a folder too.
        if path.is_dir():
            raise UserError(f"{path}: is a folder; give the path of one picture in it.") from error
        raise UserError(f"{path}: may not be read; give yourself permission to read it.") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be opened ({error.strerror}); check the path.") from error


def _read(path: Path, file, max_pixels: int) -> Image.Image:
    with _decoding(path):
        image = Image.open(file, formats=FORMATS)
        _check_size(path, *image.size, max_pixels)
        if image.format == "PNG" and "transparency" in image.info:
            image.info["transparency"] = _eight_bit_key(image)
        first = image.tile[0].extents if image.format == "GIF" and image.tile else None
        image.load()
        return _clear_around(image, first) if first not in (None, (0, 0, *image.size)) else image


def _read_tiff(path: Path, file, max_pixels: int) -> Image.Image:
    with _decoding(path):
        image = _open_tiff(file)
        if image is not None:
            _check_size(path, *image.size, max_pixels)
            if tiff.is_right_in_pillow(image):
                image.load()
                return image
        return tiff.read_other(path, file, image, lambda width, height: _check_size(path, width, height, max_pixels))


def _open_tiff(file) -> Image.Image | None:
    """None for a kind that Pillow does not know, which it tells by various exceptions, or cannot decompress."""
    try:
        image = Image.open(file, formats=["TIFF"])
    except (Image.DecompressionBombError, MemoryError):
        raise
    except Exception:
        return None
    return image if tiff.can_decompress(image) else None


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Tell what goes wrong in a decoder as a UserError.

    Over damaged files Pillow and tifffile raise nearly every exception there is, so all of them
    count as damage, except for those that say otherwise.
    """
    try:
        yield
    except (UserError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        if _starts_like_jpeg(path):
            raise UserError(
                f"{path}: is a JPEG that is damaged or has other than 8 bits per sample; export it again, with 8."
            ) from error
        raise UserError(
            f"{path}: is not a picture that can be read; give a JPEG, PNG, GIF, BMP, PPM, TIFF or WebP file."
        ) from error
    except Image.DecompressionBombError as error:
        raise UserError(
            f"{path}: has more than {2 * Image.MAX_IMAGE_PIXELS:,} pixels; save a smaller copy of it, or allow more "
            f"by --max-megapixels or {VARIABLE}."
        ) from error
    except Exception as error:
        if "MAX_TEXT" in str(error):
            raise UserError(
                f"{path}: holds more than {PngImagePlugin.MAX_TEXT_MEMORY >> 20} MiB of metadata beside the picture; "
                "save it again without."
            ) from error
        if "nsupported" in str(error):
            raise UserError(f"{path}: is of a kind that is not supported ({error}); save it as PNG.") from error
        raise UserError(f"{path}: is damaged or incomplete; copy, download or export the picture again.") from error


def _starts_like_jpeg(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(3) == b"\xff\xd8\xff"


def _check_size(path: Path, width: int, height: int, max_pixels: int) -> None:
    if min(width, height) < 1:
        raise ValueError("no pixels")
    if width * height > max_pixels:
        raise too_large(path, width, height)


def _eight_bit_key(image: PngImagePlugin.PngImageFile):
    """The transparent colour as its pixels will be decoded."""
    key, stored = image.info["transparency"], image.tile[0].args
    if stored in _GREY_STEPS:
        return key * _GREY_STEPS[stored]
    if stored == "RGB;16B":
        return tuple(sample >> 8 for sample in key)
    return key


def _clear_around(image: Image.Image, extents: tuple[int, int, int, int]) -> Image.Image:
    """What the first frame of a GIF leaves free is transparent, as browsers show it; Pillow gives it some colour."""
    cleared = Image.new("RGBA", image.size)
    cleared.paste(image.convert("RGBA").crop(extents), extents)
    return cleared
