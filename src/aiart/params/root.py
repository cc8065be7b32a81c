"""The whole of params.yaml."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from aiart.params.base import Count, Name, Settings
from aiart.params.load import checked
from aiart.params.networks import Distill, NetworkFiles
from aiart.params.style_transfer import Painting, StyleTransfer
from aiart.params.sweeps import Cell, Sweep


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
    sweeps: dict[Name, Sweep] = {}
    """Sweeps by name; each becomes one grid."""

    @model_validator(mode="after")
    def _settings_hold(self):
        # Building every picture once finds unknown keys and illegal values before any job starts.
        checked(StyleTransfer, self.defaults, "style_transfer.defaults")
        for name in self.pictures:
            self.picture(name)
        for name, sweep in self.sweeps.items():
            for cell in sweep.cells():
                self.sweep_cell(name, cell)
        return self

    def picture(self, name: str) -> Painting:
        """The single picture `name`, with the room's defaults."""
        return checked(Painting, {**self.defaults, **self.pictures[name]}, f"style_transfer.pictures.{name}")

    def sweep_cell(self, sweep: str, cell: Cell) -> Painting:
        """One cell of a sweep, with the sweep's and the room's settings."""
        settings = {**self.defaults, **self.sweeps[sweep].base, **cell.settings}
        return checked(Painting, settings, f"style_transfer.sweeps.{sweep}")


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
