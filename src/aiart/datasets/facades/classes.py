"""The classes of a facade label map and their colours.

Classes and their numbers are those of the CMP Facade Database (R. Tyleček, "The CMP Facade Database",
research report CTU-CMP-2012-24, version 1.1, 2013): a molding is a band across the facade, a cornice the
panel over a window, a blind a shutter or roller blind, deco any other ornament.

Pix2Pix's facades show class n (background 1 … shop 12) in entry 5 n + 1 of MATLAB's colour map jet(64), whose
channels are multiples of 1/16. The flat areas of the JPEG files agree with these values within 2 of 255.
"""

from __future__ import annotations

CLASSES: dict[str, tuple[int, int, int]] = {
    "background": (0, 0, 223),
    "facade": (0, 48, 255),
    "window": (0, 128, 255),
    "door": (0, 207, 255),
    "cornice": (32, 255, 223),
    "sill": (112, 255, 143),
    "balcony": (191, 255, 64),
    "blind": (255, 239, 0),
    "deco": (255, 159, 0),
    "molding": (255, 80, 0),
    "pillar": (255, 0, 0),
    "shop": (175, 0, 0),
}
