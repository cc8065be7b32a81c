"""ICC profiles whose conversion is known by hand."""

import struct
from functools import cache

from PIL import ImageCms


@cache  # a profile holds the time at which it was made
def srgb_profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile():
    """sRGB with its red and green primaries exchanged, so that the conversion is known by hand."""
    parts = srgb_profile().replace(b"rXYZ", b"swap").replace(b"gXYZ", b"rXYZ").replace(b"swap", b"gXYZ")
    assert parts != srgb_profile()
    return parts


def linear_grey_profile():
    """The least grey profile of ICC.1:2001-04: a white point (D50) and the identity as curve."""
    white = b"XYZ " + bytes(4) + struct.pack(">3I", 63190, 65536, 54061)
    curve = b"curv" + bytes(8)
    tags = struct.pack(">I", 2) + struct.pack(">4sII4sII", b"wtpt", 156, 20, b"kTRC", 176, 12)
    header = struct.pack(">I4xI4s4s4s12x4s", 188, 0x02100000, b"mntr", b"GRAY", b"XYZ ", b"acsp")
    return header.ljust(68, b"\0") + white[8:] + bytes(48) + tags + white + curve
