"""Opening a picture file with Pillow, every failure told as a UserError."""

import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from aiart.errors import UserError

# Named rather than left to Pillow, which would otherwise also try formats that start other
# programs (EPS runs Ghostscript) on a file somebody sent.
FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "TIFF", "WEBP")

# What Pillow's decoders raise for damaged data, besides OSError.
_DAMAGE = (ValueError, SyntaxError, EOFError, struct.error, zlib.error, LookupError, TypeError, OverflowError)


@contextmanager
def open_picture(path: str | os.PathLike, max_pixels: int) -> Iterator[Image.Image]:
    """Yield the loaded Pillow image in `path`, its first frame if there are several.

    The size is taken from the header and checked before anything is decoded. Pillow itself
    refuses more than twice `PIL.Image.MAX_IMAGE_PIXELS` (about 179 million by default), whatever
    `max_pixels` is.

    Raises UserError where the file is missing, a folder, unreadable, empty, larger than
    `max_pixels`, damaged, or no picture in one of `FORMATS`.
    """
    path = Path(path)
    with _open_file(path) as file:
        if not file.peek(1):
            raise UserError(f"{path}: is empty (0 bytes); copy or download the picture again.")
        # Pillow warns of large sizes and odd tags; the one is checked here and the other harmless.
        with warnings.catch_warnings(action="ignore"), _identify(path, file, max_pixels) as image:
            _load(path, image)
            yield image


def _open_file(path: Path):
    try:
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


def _identify(path: Path, file, max_pixels: int) -> Image.Image:
    try:
        image = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError as error:
        raise UserError(
            f"{path}: is not a picture that can be read; give a JPEG, PNG, GIF, BMP, PPM, TIFF or WebP file."
        ) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path, min(2 * Image.MAX_IMAGE_PIXELS, max_pixels)) from error
    except (OSError, *_DAMAGE) as error:
        raise _damaged(path) from error
    width, height = image.size
    if width * height > max_pixels:
        image.close()
        raise _too_large(path, max_pixels)
    return image


def _load(path: Path, image: Image.Image) -> None:
    try:
        image.load()
    except (OSError, *_DAMAGE) as error:
        raise _damaged(path) from error


def _too_large(path: Path, limit: int) -> UserError:
    return UserError(f"{path}: has more than {limit:,} pixels; save a smaller copy of it.")


def _damaged(path: Path) -> UserError:
    return UserError(f"{path}: is damaged or incomplete; copy, download or export the picture again.")
