"""Whose colours a painting has: those of the style pictures, of the photograph, or of a third picture, the palette.

After Gatys, Bethge, Hertzmann and Shechtman, "Preserving Color in Neural Artistic Style Transfer", 2016. They paint the
luminance alone, in grey; here all is painted in colour and the luminance taken of it, so that a strength between 0 and
1 is a picture between both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aiart.images import match_colour_statistics, match_luminance, preserve_luminance_colours, resize_long_side
from aiart.params.style_transfer import StyleTransfer


def prepared(
    photograph: np.ndarray, styles: Sequence[np.ndarray], palette: np.ndarray | None, settings: StyleTransfer
) -> tuple[np.ndarray, list[np.ndarray]]:
    """The photograph and the style pictures as painting is to see them; all are (height, width, 3), RGB 0..255.

    palette: needed by `preserve_colours: palette`, of which the mean and covariance are given to all of them.
    """
    strength = settings.colour_strength
    match settings.preserve_colours:
        case "luminance":
            styles = [match_luminance(style, photograph, strength) for style in styles]
        case "statistics":
            styles = [match_colour_statistics(style, photograph, strength) for style in styles]
        case "palette":
            colours = _colours(palette, settings)
            styles = [match_colour_statistics(style, colours, strength) for style in styles]
            photograph = match_colour_statistics(photograph, colours, strength)
    return photograph, list(styles)


def finished(
    picture: np.ndarray, photograph: np.ndarray, palette: np.ndarray | None, settings: StyleTransfer
) -> np.ndarray:
    """What was painted, with the photograph's chroma where that is to stay, and with exactly the palette's mean and
    covariance, from which painting strays a little; all (height, width, 3)."""
    strength = settings.colour_strength
    if settings.preserve_colours == "luminance":
        return preserve_luminance_colours(picture.astype(np.float32), photograph, strength)
    if settings.preserve_colours == "palette":
        return match_colour_statistics(picture, _colours(palette, settings), strength)
    return picture


def _colours(palette: np.ndarray, settings: StyleTransfer) -> np.ndarray:
    # A large one would take memory, and its colours are the same when it is small.
    return resize_long_side(palette, settings.long_side)
