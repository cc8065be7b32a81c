"""Paintings that params.yaml names, and the room that makes them."""

from __future__ import annotations

from pydantic import model_validator

from aiart.params.base import Name, Names
from aiart.params.rooms import PictureRoom
from aiart.params.style_transfer import UNUSED_PALETTE, StyleTransfer, listed


class Painting(StyleTransfer):
    """One picture of the gallery: settings, and names of a photograph and of one or more paintings."""

    content: Name
    """A photograph: the name, without suffix, of a file in data/content or of a built-in picture."""
    style: Name | Names
    """One or more paintings: names of files in data/style, of built-in or of catalogue pictures."""

    palette: Name | None = None
    """For `preserve_colours: palette`, the picture whose colours it gets: the name of a photograph or of a painting."""
    masks: Name | Names = []
    """Masks of the regions, one for each or a colour-coded one: names of files in data/masks."""
    style_masks: Name | Names = []
    """A mask for each style picture, likewise: only what is white in it, or has the region's colour, is learnt from."""

    @property
    def styles(self) -> list[str]:
        return listed(self.style)

    @property
    def palette_name(self) -> str | None:
        """The palette, where it is used: a sweep may have one for some of its cells."""
        return self.palette if self.preserve_colours == "palette" else None

    @property
    def mask_names(self) -> list[str]:
        return listed(self.masks)

    @property
    def style_mask_names(self) -> list[str]:
        return listed(self.style_masks)

    def check_use(self, *, animated: bool) -> None:
        if not self.styles:
            raise ValueError("style names no picture; give at least one")
        if self.init == "picture":
            raise ValueError("init: picture is for the command line only; choose content, noise or style")
        super().check_use(
            styles=len(self.styles),
            init_picture=False,
            animated=animated,
            palette=self.palette_name is not None,
            masks=len(self.mask_names),
            style_masks=len(self.style_mask_names),
        )


class StyleTransferRoom(PictureRoom):
    """Everything that is painted by style transfer."""

    key = "style_transfer"
    title = "Style transfer"
    settings_model = StyleTransfer
    item_model = Painting
    headline = ("best_total", "effectiveness_googlenet_slim", "cfsd_googlenet_slim", "colour_distance")
    plot = {
        "cfsd_googlenet_slim": "less of the photograph",
        "effectiveness_googlenet_slim": "more of the style",
    }
    axes = (
        "structure lost of the photograph: CFSD by googlenet_slim (right: more is kept)",
        "style taken: E by googlenet_slim",
    )
    losses = ("total",)
    curve = ("evaluation", "total", "loss")
    firsts = {"content": "the photograph", "style": "the painting", "regions": "the regions"}
    printed = {
        "network": "{}",
        "long_side": "{} px",
        "iterations": "{} evaluations",
        "optimizer": "{}",
        "content_weight": "α {}",
        "style_weight": "β {}",
        "tv_weight": "γ {}",
    }

    @model_validator(mode="after")
    def _palettes_are_used(self):
        """Not by every cell of a sweep, which may show other ways beside it."""
        for kind in self.kinds:
            for name, given in getattr(self, kind).items():
                if given.get("palette") and not self.item(kind, name).palette_name:
                    raise ValueError(f"{kind}.{name}.{UNUSED_PALETTE}")
        for name, sweep in self.sweeps.items():
            if sweep.base.get("palette") and not any(self.sweep_cell(name, c).palette_name for c in sweep.cells()):
                raise ValueError(f"sweeps.{name}.base.{UNUSED_PALETTE}")
        return self

    @model_validator(mode="after")
    def _regions_to_show(self):
        for name, sweep in self.sweeps.items():
            if sweep.first == "regions" and not any(self.sweep_cell(name, cell).regions for cell in sweep.cells()):
                raise ValueError(f"sweeps.{name}.first is regions, but no cell has any; give it some, or another first")
        return self
