"""What every room has: defaults, single things by name, and sweeps; a method's own room stands beside its settings."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, model_validator

from aiart.params.base import MANY, Name, Settings
from aiart.params.load import checked, checked_for_use
from aiart.params.sweeps import Cell, Sweep, label

MOST_JOBS = 5000
"""The most pictures or trainings of one room, the cells of its sweeps among them."""


class Room(Settings):
    """One method. Everything that it makes is the room's defaults with what differs for it."""

    key: ClassVar[str]
    """Name of the room in params.yaml."""
    title: ClassVar[str]
    """Name of the method for people."""
    settings_model: ClassVar[type[Settings]]
    """Settings that may stand in `defaults`."""
    item_model: ClassVar[type[Settings]]
    """Settings of a whole picture or training, with the names of what goes in."""
    kinds: ClassVar[tuple[str, ...]]
    """The fields that hold single pictures or trainings by name."""
    firsts: ClassVar[dict[str, str]]
    """What a sweep can show before its cells, and how that is labelled: `input`, what the cells have beside them, or
    a setting that names a picture."""
    headline: ClassVar[tuple[str, ...]]
    """The measured figures that results are compared by; `a_to_b.kid` is the figure `kid` of the group `a_to_b`."""
    plot: ClassVar[dict[str, str]] = {}
    """The two figures that the page of results sets against each other, across and up, and what more of each means; the
    first of the headline where there are none."""
    axes: ClassVar[tuple[str, ...]] = ()
    """What these two are, of the first of which fewer is better, where each sweep becomes such a plot as well."""
    printed: ClassVar[dict[str, str]]
    """Settings that a grid's caption names when all cells share them, and how."""
    losses: ClassVar[tuple[str, ...]]
    """Columns of a history whose course is followed from version to version."""
    curve: ClassVar[tuple[str, str, str]]
    """Columns of a history that the curves of a sweep have on their axes, x and y, and what y is."""

    defaults: dict[str, Any] = {}
    """Settings for everything in this room; each picture, training and sweep can change them."""
    sweeps: Annotated[dict[Name, Sweep], Field(max_length=MANY)] = {}
    """Sweeps by name; each becomes one grid."""

    @model_validator(mode="after")
    def _settings_hold(self):
        count = sum(len(getattr(self, kind)) for kind in self.kinds)
        count += sum(len(sweep.cells()) for sweep in self.sweeps.values())
        if count > MOST_JOBS:
            raise ValueError(f"{count:,} pictures or trainings are asked for, more than {MOST_JOBS:,}; leave some out")
        # Building every item once finds unknown keys and illegal values before any job starts.
        checked(self.settings_model, self.defaults, f"{self.key}.defaults")
        for kind in self.kinds:
            for name in getattr(self, kind):
                self.item(kind, name)
        for name, sweep in self.sweeps.items():
            if sweep.first not in (None, *self.firsts):
                raise ValueError(f"sweeps.{name}.first is {sweep.first}; here it can be {' or '.join(self.firsts)}")
            for cell in sweep.cells():
                self.sweep_cell(name, cell)
        return self

    def item(self, kind: str, name: str):
        """What is called `name` among the room's `kind`, with the room's defaults."""
        settings = {**self.defaults, **getattr(self, kind)[name]}
        return checked_for_use(self.item_model, settings, f"{self.key}.{kind}.{name}", **self.use_of(kind))

    def sweep_cell(self, sweep: str, cell: Cell):
        """One cell of a sweep, with the sweep's and the room's settings."""
        settings = {**self.defaults, **self.sweeps[sweep].base, **cell.settings}
        return checked_for_use(self.item_model, settings, f"{self.key}.sweeps.{sweep}", **self.use_of("sweeps"))

    def use_of(self, kind: str) -> dict[str, Any]:
        """What the item model's `check_use` is told of an item of this kind."""
        return {}

    def items(self) -> dict[str, Settings]:
        """Every picture or training by its path below results/<room>, without suffix."""
        made = {f"{kind}/{name}": self.item(kind, name) for kind in self.kinds for name in getattr(self, kind)}
        for sweep in self.sweeps:
            for cell in self.sweeps[sweep].cells():
                made[f"sweeps/{sweep}/{cell.name}"] = self.sweep_cell(sweep, cell)
        return made

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
            "first_label": self.firsts.get(sweep.first or ""),
            "cells_per_line": sweep.cells_per_line,
            "cell_side": sweep.cell_side,
            "notes": sweep.notes,
        }

    def curve_settings(self, name: str) -> dict[str, Any]:
        """What `aiart curves` prints for the sweep `name`."""
        sweep, (x, y, y_label) = self.sweeps[name], self.curve
        labels = [", ".join(cell.labels.values()) for cell in sweep.cells()]
        return {"labels": labels, "title": sweep.title, "x": x, "y": y, "y_label": y_label}

    def scatter_settings(self, name: str) -> dict[str, Any]:
        """What `aiart scatter` prints for the sweep `name`, in a room that has axes."""
        sweep, (x, y), (x_label, y_label) = self.sweeps[name], self.plot, self.axes
        cells = sweep.cells()
        return {
            **{"x": x, "y": y, "x_label": x_label, "y_label": y_label, "fewer_is_right": True, "title": sweep.title},
            "labels": [cell.labels[sweep.column_name] for cell in cells],
            "groups": [cell.labels[sweep.row_name] for cell in cells] if sweep.rows else [],
            "group_title": sweep.row_name,
        }

    def facts(self, name: str) -> str:
        """Network, sizes and weights of a sweep's cells, as far as all cells share them, as one sentence."""
        cells = [self.sweep_cell(name, cell).model_dump() for cell in self.sweeps[name].cells()]
        shared = {key: value for key, value in cells[0].items() if all(cell[key] == value for cell in cells)}
        words = [text.format(label(shared[key])) for key, text in self.printed.items() if key in shared]
        return ", ".join(words) + "."


class PictureRoom(Room):
    """A method that makes single pictures and animations."""

    kinds = ("pictures", "animations")
    pictures: Annotated[dict[Name, dict[str, Any]], Field(max_length=MANY)] = {}
    """Single pictures by name: settings that differ from the defaults."""
    animations: Annotated[dict[Name, dict[str, Any]], Field(max_length=MANY)] = {}
    """Animations by name: the making of a painting (snapshot_every), or a zoom into a dream (zoom_frames)."""

    def use_of(self, kind: str) -> dict[str, Any]:
        return {"animated": kind == "animations"}
