"""What each room makes: single pictures, animations, and sweeps."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import model_validator

from aiart.params.base import Name, Settings
from aiart.params.deep_dream import DeepDream, Dream
from aiart.params.load import checked
from aiart.params.style_transfer import Painting, StyleTransfer
from aiart.params.sweeps import Cell, Sweep, label


class Room(Settings):
    """Pictures of one method. Every picture is the room's defaults with what differs for it."""

    key: ClassVar[str]
    """Name of the room in params.yaml."""
    settings_model: ClassVar[type[Settings]]
    """Settings that may stand in `defaults`."""
    picture_model: ClassVar[type[Settings]]
    """Settings of a whole picture, with the names of the files that go in."""
    frames: ClassVar[str]
    """The setting without which there is no animation."""
    printed: ClassVar[dict[str, str]]
    """Settings that a grid's caption names when all cells share them, and how."""

    defaults: dict[str, Any] = {}
    """Settings for all pictures of this room; each picture and sweep can change them."""
    pictures: dict[Name, dict[str, Any]] = {}
    """Single pictures by name: settings that differ from the defaults."""
    animations: dict[Name, dict[str, Any]] = {}
    """Animations by name: the making of a painting (snapshot_every), or a zoom into a dream (zoom_frames)."""
    sweeps: dict[Name, Sweep] = {}
    """Sweeps by name; each becomes one grid."""

    @model_validator(mode="after")
    def _settings_hold(self):
        # Building every picture once finds unknown keys and illegal values before any job starts.
        checked(self.settings_model, self.defaults, f"{self.key}.defaults")
        for name in self.pictures:
            self.picture(name)
        for name in self.animations:
            if not getattr(self.animation(name), self.frames):
                raise ValueError(f"animations.{name} needs {self.frames}; set it to a number above 0")
        for name, sweep in self.sweeps.items():
            for cell in sweep.cells():
                self.sweep_cell(name, cell)
        return self

    def picture(self, name: str):
        """The single picture `name`, with the room's defaults."""
        return checked(self.picture_model, {**self.defaults, **self.pictures[name]}, f"{self.key}.pictures.{name}")

    def animation(self, name: str):
        """The animation `name`, with the room's defaults."""
        settings = {**self.defaults, **self.animations[name]}
        return checked(self.picture_model, settings, f"{self.key}.animations.{name}")

    def sweep_cell(self, sweep: str, cell: Cell):
        """One cell of a sweep, with the sweep's and the room's settings."""
        settings = {**self.defaults, **self.sweeps[sweep].base, **cell.settings}
        return checked(self.picture_model, settings, f"{self.key}.sweeps.{sweep}")

    def grid_settings(self, name: str) -> dict[str, Any]:
        """What `aiart grid` prints for the sweep `name`."""
        sweep = self.sweeps[name]
        first = {"content": "the photograph", "picture": "the photograph", "style": "the painting"}
        return {
            "columns": sweep.column_labels,
            "rows": sweep.row_labels or None,
            "column_title": sweep.column_name,
            "row_title": sweep.row_name,
            "title": sweep.title,
            "caption": f"{sweep.caption} {self.facts(name)}".strip(),
            "first_label": first.get(sweep.first or ""),
            "cells_per_line": sweep.cells_per_line,
        }

    def curve_settings(self, name: str) -> dict[str, Any]:
        """What `aiart curves` prints for the sweep `name`."""
        sweep = self.sweeps[name]
        return {"labels": [", ".join(cell.labels.values()) for cell in sweep.cells()], "title": sweep.title}

    def facts(self, name: str) -> str:
        """Network, sizes and weights of a sweep's cells, as far as all cells share them, as one sentence."""
        cells = [self.sweep_cell(name, cell).model_dump() for cell in self.sweeps[name].cells()]
        shared = {key: value for key, value in cells[0].items() if all(cell[key] == value for cell in cells)}
        words = [text.format(label(shared[key])) for key, text in self.printed.items() if key in shared]
        return ", ".join(words) + "."


class StyleTransferRoom(Room):
    """Everything that is painted by style transfer."""

    key = "style_transfer"
    settings_model = StyleTransfer
    picture_model = Painting
    frames = "snapshot_every"
    printed = {
        "network": "{}",
        "long_side": "{} px",
        "iterations": "{} evaluations",
        "optimizer": "{}",
        "content_weight": "α {}",
        "style_weight": "β {}",
        "tv_weight": "γ {}",
    }


class DeepDreamRoom(Room):
    """Everything that is dreamed."""

    key = "deep_dream"
    settings_model = DeepDream
    picture_model = Dream
    frames = "zoom_frames"
    printed = {
        "network": "{}",
        "layers": "{}",
        "long_side": "{} px",
        "octaves": "{} octaves",
        "iterations": "{} iterations each",
    }
