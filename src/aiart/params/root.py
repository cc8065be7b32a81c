"""The whole of params.yaml."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from aiart.params.base import Count, Name, Settings
from aiart.params.load import checked
from aiart.params.networks import Distill, NetworkFiles
from aiart.params.style_transfer import Painting, StyleTransfer
from aiart.params.sweeps import Cell, Sweep, label


class Inputs(Settings):
    """How the built-in pictures are made. Your own files go to data/content and data/style."""

    painting_side: Annotated[int, Field(ge=64, le=4096)] = 512
    """Longer side, in pixels, of the paintings that the project paints itself."""


class StyleTransferRoom(Settings):
    """Everything that is painted by style transfer."""

    defaults: dict[str, Any] = {}
    """Settings for all pictures of this room; each picture and sweep can change them."""
    pictures: dict[Name, dict[str, Any]] = {}
    """Single pictures by name: settings that differ from the defaults."""
    animations: dict[Name, dict[str, Any]] = {}
    """Paintings whose making is shown as an animation; they need snapshot_every."""
    sweeps: dict[Name, Sweep] = {}
    """Sweeps by name; each becomes one grid."""

    @model_validator(mode="after")
    def _settings_hold(self):
        # Building every picture once finds unknown keys and illegal values before any job starts.
        checked(StyleTransfer, self.defaults, "style_transfer.defaults")
        for name in self.pictures:
            self.picture(name)
        for name in self.animations:
            if not self.animation(name).snapshot_every:
                raise ValueError(f"animations.{name} needs snapshot_every, the evaluations between two frames")
        for name, sweep in self.sweeps.items():
            for cell in sweep.cells():
                self.sweep_cell(name, cell)
        return self

    def picture(self, name: str) -> Painting:
        """The single picture `name`, with the room's defaults."""
        return checked(Painting, {**self.defaults, **self.pictures[name]}, f"style_transfer.pictures.{name}")

    def animation(self, name: str) -> Painting:
        """The animation `name`, with the room's defaults."""
        return checked(Painting, {**self.defaults, **self.animations[name]}, f"style_transfer.animations.{name}")

    def sweep_cell(self, sweep: str, cell: Cell) -> Painting:
        """One cell of a sweep, with the sweep's and the room's settings."""
        settings = {**self.defaults, **self.sweeps[sweep].base, **cell.settings}
        return checked(Painting, settings, f"style_transfer.sweeps.{sweep}")

    def grid_settings(self, name: str) -> dict[str, Any]:
        """What `aiart grid` prints for the sweep `name`."""
        sweep = self.sweeps[name]
        return {
            "columns": sweep.column_labels,
            "rows": sweep.row_labels or None,
            "column_title": sweep.column_name,
            "row_title": sweep.row_name,
            "title": sweep.title,
            "caption": f"{sweep.caption} {self.facts(name)}".strip(),
            "first_label": {"content": "the photograph", "style": "the painting"}.get(sweep.first or ""),
            "cells_per_line": sweep.cells_per_line,
        }

    def curve_settings(self, name: str) -> dict[str, Any]:
        """What `aiart curves` prints for the sweep `name`."""
        sweep = self.sweeps[name]
        return {
            "labels": [", ".join(cell.labels.values()) for cell in sweep.cells()],
            "title": sweep.title,
        }

    def facts(self, name: str) -> str:
        """Network, size, iterations and weights of a sweep's cells, as far as all cells share them."""
        paintings = [self.sweep_cell(name, cell).model_dump() for cell in self.sweeps[name].cells()]
        shared = {key: value for key, value in paintings[0].items() if all(p[key] == value for p in paintings)}
        words = {
            "network": "{}",
            "long_side": "{} px",
            "iterations": "{} evaluations",
            "optimizer": "{}",
            "content_weight": "α {}",
            "style_weight": "β {}",
            "tv_weight": "γ {}",
        }
        return ", ".join(text.format(label(shared[key])) for key, text in words.items() if key in shared) + "."


class Params(Settings):
    """params.yaml."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    """All randomness derives from this number and the name of the picture or run."""
    inputs: Inputs = Inputs()
    """Built-in pictures."""
    networks: NetworkFiles = NetworkFiles()
    """Weights files of your own."""
    style_transfer: StyleTransferRoom = StyleTransferRoom()
    """Neural style transfer."""
    distill: Distill = Distill()
    """Training of the slim network (not part of `all`: run `snakemake distill`)."""
    version: Count = 1
    """Version of this file's layout."""

    @model_validator(mode="before")
    @classmethod
    def _keys_that_dvc_sees(cls, values: Any) -> Any:
        refuse_unseen_keys(values)
        return values


def refuse_unseen_keys(values: Any) -> None:
    """ValueError when a key, at any depth, is `size` or `nfiles`: DVC's run cache leaves both out of its hash,
    so that it would bring back results made with another value."""
    if isinstance(values, dict):
        for key, value in values.items():
            if key in ("size", "nfiles"):
                raise ValueError(f"{key} cannot be a key or name here, since DVC overlooks it; choose another name")
            refuse_unseen_keys(value)
    elif isinstance(values, list):
        for value in values:
            refuse_unseen_keys(value)
