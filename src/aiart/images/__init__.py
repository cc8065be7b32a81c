"""Pictures as arrays: reading, resizing, colour and writing.

Everywhere in the project a picture is a float32 array of shape (height, width, 3): sRGB samples
from 0 to 255, rows from the top. Files are decoded to that form on the way in and rounded to
8 bits only on the way out, so no step between loses precision. How opaque a cut-out is comes and
goes beside it, as float32 (height, width) from 0 to 1.
"""

from aiart.images.atomic import atomic_write
from aiart.images.colour import match_colour_statistics, match_luminance, preserve_luminance_colours
from aiart.images.cutout import Photograph, on_white, read_cutout, read_photograph
from aiart.images.profiles import in_srgb, kept_profile
from aiart.images.read import read_image
from aiart.images.resize import centre_crop, crop_to_aspect, resize_exact, resize_long_side, size_at
from aiart.images.write import FORMATS, read_metadata, read_source, write_image
from aiart.images.xmp import ALGORITHMIC, COMPOSITE, TRAINED, xmp_packet

__all__ = [
    "ALGORITHMIC",
    "COMPOSITE",
    "FORMATS",
    "TRAINED",
    "Photograph",
    "atomic_write",
    "centre_crop",
    "crop_to_aspect",
    "in_srgb",
    "kept_profile",
    "match_colour_statistics",
    "match_luminance",
    "on_white",
    "preserve_luminance_colours",
    "read_cutout",
    "read_image",
    "read_metadata",
    "read_photograph",
    "read_source",
    "resize_exact",
    "resize_long_side",
    "size_at",
    "write_image",
    "xmp_packet",
]
