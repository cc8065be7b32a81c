"""Parameters of the regions of a painting."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aiart.params.base import Name, Settings

StyleStatistic = Literal["gram", "moments", "sliced_wasserstein"]
OfLayers = Annotated[dict[Name, StyleStatistic], Field(max_length=100)]
MOST_REGIONS = 20


def statistic_of(statistic: StyleStatistic | dict[str, StyleStatistic], layer: str) -> StyleStatistic:
    """The statistic of a layer: layers that a mapping leaves out have `moments`."""
    return statistic.get(layer, "moments") if isinstance(statistic, dict) else statistic


class Region(Settings):
    """A part of the photograph, where a mask of its own is white, or the one mask of all has its colour."""

    colour: Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$", max_length=7)] | None = None
    """The region's colour, `#rrggbb`, where one colour-coded mask says where all regions are."""
    styles: Annotated[list[Annotated[int, Field(ge=1, le=100)]], Field(max_length=100)] | None = None
    """Numbers of the style pictures that it learns from, the first is 1; `[]` leaves the photograph as it is. Without
    it, all."""
    weight: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    """How strong its style is beside that of the other regions; 0 leaves the photograph as it is."""
    statistic: StyleStatistic | OfLayers | None = None
    """Its style_statistic, where it has one of its own."""


class AutoRegions(Settings):
    """Regions that are found, and need no mask."""

    auto: Annotated[int, Field(ge=2, le=9)]
    """So many parts of the photograph that look alike to the network, from top to bottom; the first learns from the
    first style picture, the second from the second, and so on, and then from the first again."""


Regions = Annotated[list[Region], Field(max_length=MOST_REGIONS)] | AutoRegions


def check_regions(regions: list[Region] | AutoRegions, *, styles: int, masks: int, style_masks: int) -> None:
    """ValueError where regions do not go with what goes in: so many style pictures, masks, and masks of style
    pictures."""
    if style_masks not in (0, styles):
        raise ValueError(f"{style_masks} style masks are given for {styles} style pictures; give one for each, or none")
    if isinstance(regions, AutoRegions):
        if masks:
            raise ValueError("regions are found, and masks are given as well; leave out the masks or regions.auto")
        return
    if not regions:
        if masks:
            raise ValueError("masks are given, but no regions; say in regions what each is, such as [{}] for one mask")
        return
    colours = [region.colour.lower() for region in regions if region.colour]
    if colours and len(colours) < len(regions):
        raise ValueError("some regions have a colour and some have none; give one to each, or a mask to each")
    if len(set(colours)) < len(colours):
        raise ValueError("two regions have the same colour; give each its own")
    needed = 1 if colours else len(regions)
    if masks != needed:
        what = "Regions with colours need one colour-coded mask" if colours else f"regions: {needed} need as many masks"
        raise ValueError(f"{what}, but {masks or 'none'} {'is' if masks < 2 else 'are'} given; give {needed}")
    for number, region in enumerate(regions):
        chosen = region.styles or []
        if any(style > styles for style in chosen):
            raise ValueError(f"regions.{number}.styles names picture {max(chosen)} of {styles}; give one that there is")
        if len(set(chosen)) < len(chosen):
            raise ValueError(f"regions.{number}.styles names a picture twice; name each once")
