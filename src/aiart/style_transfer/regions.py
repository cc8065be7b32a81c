"""Regions of a painting: where each is, and how much every position of a layer counts in it.

Guided statistics after Gatys, Ecker, Bethge, Hertzmann and Shechtman, "Controlling Perceptual Factors in Neural Style
Transfer", CVPR 2017, §4: activations are multiplied by guides T with ΣT² = 1 over a layer's positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.ndimage import minimum_filter

from aiart.errors import UserError
from aiart.images.resize import resize_opacity
from aiart.params.layers import Layer
from aiart.params.regions import OfLayers, Region, StyleStatistic
from aiart.params.style_transfer import StyleTransfer

# What masks leave to no region, and is less than this everywhere, is rounding.
NOTHING = 0.02
# Levels that a pixel of a colour-coded mask may be away from its region's colour.
TOLERANCE = 16
# As a map shows regions; well told apart with colour-blind eyes as well (Okabe and Ito 2008).
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999", "#000000")


class Area(NamedTuple):
    """A region that was found in the photograph."""

    mask: np.ndarray
    """(height, width), 0 to 1; those of all areas add up to 1."""
    styles: tuple[int, ...]
    """Numbers, from 0, of the style pictures that it learns from; none where the photograph stays."""
    weight: float
    statistic: StyleStatistic | OfLayers
    colour: str | None = None
    """In the masks of style pictures."""


def whole(size: tuple[int, int], styles: int, settings: StyleTransfer) -> Area:
    """The one area of a picture without regions."""
    return Area(np.ones(size, np.float32), tuple(range(styles)), 1.0, settings.style_statistic)


def masked_areas(
    masks: Sequence[np.ndarray], size: tuple[int, int], styles: int, settings: StyleTransfer
) -> list[Area]:
    """The areas of `settings.regions` in a picture of this size (height, width), and one for what no mask covers, with
    all styles. Masks are pictures (h, w, 3), 0..255: one for each region, or a colour-coded one. Where masks overlap,
    they share.

    Raises UserError where a mask has another shape than the photograph or is black, or a region's colour is not in it.
    """
    for mask in masks:
        _check_shape(mask, size)
    each = masks if len(masks) == len(settings.regions) else [*masks] * len(settings.regions)
    found = [
        resize_opacity(colour_mask(mask, region.colour) if region.colour else grey_mask(mask), *size)
        for region, mask in zip(settings.regions, each, strict=True)
    ]
    total = np.maximum(sum(found), 1)
    areas = [
        _area(region, mask / total, styles, settings) for region, mask in zip(settings.regions, found, strict=True)
    ]
    rest = 1 - sum(area.mask for area in areas)
    return [*areas, whole(size, styles, settings)._replace(mask=rest)] if rest.max() > NOTHING else areas


def found_areas(masks: Sequence[np.ndarray], size: tuple[int, int], styles: int, settings: StyleTransfer) -> list[Area]:
    """The areas of masks (h, w) that were found: one style picture after the other."""
    scaled = [resize_opacity(mask, *size) for mask in masks]
    total = np.maximum(sum(scaled), 1e-6)
    return [Area(mask / total, (number % styles,), 1.0, settings.style_statistic) for number, mask in enumerate(scaled)]


def merged(areas: Sequence[Area]) -> list[Area]:
    """Areas that are alike in everything are one, whose parts are painted as if there were no border between them."""
    found: dict[str, Area] = {}
    for area in areas:
        key = repr(area[1:])
        found[key] = area._replace(mask=found[key].mask + area.mask) if key in found else area
    # Rounding would leave positions of a whole picture that count unalike.
    return [area._replace(mask=np.ones_like(area.mask)) if len(found) == 1 else area for area in found.values()]


def grey_mask(picture: np.ndarray) -> np.ndarray:
    """A grey picture (h, w, 3), 0..255, as a mask (h, w), 0..1. Raises UserError where it is black everywhere."""
    if not picture.any():
        raise UserError("A mask is black everywhere, so that nothing is in its region; make the region white.")
    return (picture.mean(axis=2) / 255).astype(np.float32)


def style_mask(picture: np.ndarray, area: Area) -> np.ndarray:
    """What of a painting an area learns from, (h, w), 0..1, by the painting's mask, a picture (h, w, 3): of a
    colour-coded one, what has the area's colour."""
    return colour_mask(picture, area.colour) if area.colour else grey_mask(picture)


def colour_mask(picture: np.ndarray, colour: str) -> np.ndarray:
    """Where a colour-coded picture has a colour, `#rrggbb`. Raises UserError where it is nowhere."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32)
    mask = (np.abs(picture - wanted) <= TOLERANCE).all(axis=2)
    if not mask.any():
        raise UserError(f"regions: no pixel of the mask is {colour}; {_colours_there(picture)}.")
    return mask.astype(np.float32)


def kept_mask(areas: Sequence[Area], size: tuple[int, int]) -> np.ndarray | None:
    """Where the photograph stays, (height, width), 0 to 1, where the picture has this size; None where it stays
    nowhere."""
    kept = [area.mask for area in areas if not (area.styles and area.weight)]
    return resize_opacity(sum(kept), *size) if kept else None


def position_weights(mask: np.ndarray, layer: Layer, size: tuple[int, int]) -> np.ndarray | None:
    """How much each position of a layer counts, (positions,), of sum 1, where the picture has this size (height,
    width): T² of the mask, which is first brought to that size. None where all count alike.

    Only positions that see nothing but the region count, which keeps what is beyond its border out (`inside` of the
    authors' code); where no position of a layer does, as many as see some of it.
    """
    if mask.min() == mask.max():
        return None
    at_size = resize_opacity(mask, *size)
    inside = minimum_filter(at_size, size=2 * (layer.receptive_field // 2) + 1, mode="nearest")
    grid = layer.grid(*size)
    guide = next(g for g in (resize_opacity(m, *grid) for m in (inside, at_size, at_size + 1e-3)) if g.any())
    squares = guide.astype(np.float64).ravel() ** 2
    return (squares / squares.sum()).astype(np.float32)


def region_map(areas: Sequence[Area]) -> np.ndarray:
    """The areas as a colour-coded picture (height, width, 3), 0..255, each pixel the colour of its largest share."""
    palette = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS], np.float32)
    return palette[np.argmax([area.mask for area in areas], axis=0) % len(palette)]


def _area(region: Region, mask: np.ndarray, styles: int, settings: StyleTransfer) -> Area:
    chosen = range(styles) if region.styles is None else [number - 1 for number in region.styles]
    statistic = settings.style_statistic if region.statistic is None else region.statistic
    kept = not (chosen and region.weight)
    colour = region.colour and region.colour.lower()
    return Area(mask, (), 0.0, "gram") if kept else Area(mask, tuple(chosen), region.weight, statistic, colour)


def _check_shape(mask: np.ndarray, size: tuple[int, int]) -> None:
    (height, width), (rows, columns) = size, mask.shape[:2]
    # A pixel more or less is rounding.
    if abs(rows * width - columns * height) > max(rows, columns, height, width) * 1.5:
        raise UserError(
            f"A mask is {columns}×{rows} pixels and the photograph {width}×{height}, which is another shape; give "
            "masks of the photograph's shape."
        )


def _colours_there(picture: np.ndarray) -> str:
    colours, counts = np.unique(np.rint(picture).astype(np.uint8).reshape(-1, 3), axis=0, return_counts=True)
    most = colours[np.argsort(-counts, kind="stable")[:5]]
    return "most of it is " + ", ".join("#{:02x}{:02x}{:02x}".format(*colour) for colour in most)
