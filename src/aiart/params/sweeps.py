"""Sweeps: one or two settings take several values, and every combination is one cell of a grid."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, field_validator, model_validator

from aiart.params.base import MANY, Count, FigureNames, Line, Name, Paragraph, Settings, Side

# Values along an axis, or by a label of one's own.
Values = (
    Annotated[list[Any], Field(max_length=MANY)] | Annotated[dict[Line, Any], Field(max_length=MANY)] | Literal["all"]
)
Axis = Annotated[dict[Name, Values], Field(max_length=100)]


class Cell(NamedTuple):
    """One picture of a sweep."""

    labels: dict[str, str]
    """Setting: how its value is printed; the row's first."""
    settings: dict[str, Any]
    """Setting: its value."""

    @property
    def name(self) -> str:
        """Of the cell's files, without suffix: `content_weight=1_tv_weight=0.001`."""
        return "_".join(f"{setting}={file_name_part(text)}" for setting, text in self.labels.items())


class Sweep(Settings):
    """One grid. `columns` and `rows` each name one setting and the values that it takes."""

    title: Line
    """Printed over the grid."""
    caption: Paragraph = ""
    """Printed under the grid, before the facts (network, size, iterations)."""
    columns: Axis
    """The setting that changes from left to right: `{tv_weight: [0, 1, 10]}`, or with labels of your own
    `{style_layers: {shallow: [conv1_1, conv2_1], deep: [conv5_1]}}`."""
    rows: Axis | None = None
    """The setting that changes from top to bottom, if there are two."""
    base: dict[str, Any] = {}
    """Settings of all cells that differ from the room's defaults."""
    first: Literal["content", "style", "regions", "picture", "input"] | None = None
    """What is shown before the first cell: the photograph (`content`; in Deep Dream `picture`), the painting
    (`style`), the map of the regions of the first cell that has some (`regions`), or what the models of a training
    sweep translate (`input`)."""
    cells_per_line: Annotated[Count, Field(le=100)] = 6
    """A sweep of one axis is broken into lines of at most so many pictures."""
    cell_side: Side = 256
    """Longer side in pixels of a picture on the grid; 64 to 96 for atlases of hundreds."""
    notes: FigureNames = []
    """Figures that are printed under each cell, by their names in its .json: `[effectiveness, cfsd]`; `a_to_b.kid` is
    the figure `kid` of the group `a_to_b`."""
    curves: bool = False
    """Whether the losses of the cells are also plotted as curves."""

    @field_validator("columns", "rows")
    @classmethod
    def _one_setting(cls, axis):
        if axis is None:
            return axis
        if len(axis) != 1:
            raise ValueError("an axis names exactly one setting, for example {tv_weight: [0, 1, 10]}")
        values = next(iter(axis.values()))
        if values == "all":
            raise ValueError("an axis is `all` only as columns: {channel: all} in Deep Dream; list its values")
        if not values:
            raise ValueError("an axis needs at least one value")
        labels = _labels(values)
        if len(set(labels)) != len(labels):
            raise ValueError("an axis has the same value twice; name each once")
        return axis

    @model_validator(mode="after")
    def _different_settings(self):
        if self.column_name == self.row_name:
            raise ValueError(f"columns and rows both name {self.column_name}; name another setting in one of them")
        if (count := len(self.column_labels) * max(len(self.row_labels), 1)) > MANY:
            raise ValueError(f"columns and rows make {count:,} cells, more than {MANY:,}; make two sweeps of them")
        return self

    @property
    def column_name(self) -> str:
        return next(iter(self.columns))

    @property
    def row_name(self) -> str:
        return next(iter(self.rows)) if self.rows else ""

    @property
    def column_labels(self) -> list[str]:
        return _labels(self.columns[self.column_name])

    @property
    def row_labels(self) -> list[str]:
        return _labels(self.rows[self.row_name]) if self.rows else []

    def cells(self) -> list[Cell]:
        """All cells, row by row."""
        rows = _pairs(self.rows[self.row_name]) if self.rows else [None]
        cells = []
        for row in rows:
            for text, value in _pairs(self.columns[self.column_name]):
                labels, settings = {self.column_name: text}, {self.column_name: value}
                if row:
                    labels = {self.row_name: row[0], **labels}
                    settings = {self.row_name: row[1], **settings}
                cells.append(Cell(labels, settings))
        return cells


def label(value: Any) -> str:
    """How a value is printed on a grid: `0.001`, `1e-05`, `1e6`, `conv1_1 + conv2_1`. Equal numbers have one label,
    however they are written: files are named by it, and what is written down in between may make 1000000 of 1e6."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < 2**53):
        number = float(value)
        short = f"{number:g}"
        whole = number.is_integer() and (abs(number) < 1e6 or float(short) != number)
        return str(int(number)) if whole else short.replace("e+0", "e")
    if isinstance(value, list):
        return " + ".join(label(item) for item in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {label(item)}" for key, item in value.items())
    return str(value)


def file_name_part(text: str) -> str:
    """A label as part of a file name: letters, digits, `_`, `.`, `+` and `-`; no two labels become one name."""
    name = re.sub(r"[^A-Za-z0-9_.+-]+", "-", text.replace(" + ", "+")).strip("-.") or "x"
    if name == text and len(name) <= 60 and not re.search(r"-[0-9a-f]{6}$", name):
        return name
    # Something was replaced, would be too long, or looks like a digest: a digest keeps different labels apart.
    return f"{name[:50]}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def derive_seed(seed: int, *names: str) -> int:
    """The seed of one picture or run: a function of the project's seed and of the run's name."""
    digest = hashlib.sha256("/".join([str(seed), *names]).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def _labels(values: list[Any] | dict[str, Any]) -> list[str]:
    return [text for text, _ in _pairs(values)]


def _pairs(values: list[Any] | dict[str, Any]) -> list[tuple[str, Any]]:
    if isinstance(values, dict):
        return [(str(key), value) for key, value in values.items()]
    return [(label(value), value) for value in values]
