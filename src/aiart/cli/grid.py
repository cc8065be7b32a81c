"""aiart grid a.png b.png --columns a,b -o grid.png"""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from aiart.cli.arguments import Once, add_limit, check_suffix, print_command
from aiart.cli.marks import mark_of_page
from aiart.cli.outputs import check_outputs, write_each
from aiart.cli.records import figure_of, read_record, readable
from aiart.cli.settings import add_settings, read_settings
from aiart.errors import UserError
from aiart.gallery import draw_grid, write_table
from aiart.images import read_image, resize_long_side, write_image
from aiart.memory import fitting, in_use
from aiart.params.base import Count, FigureNames, Labels, Line, Settings, Side, Text

# Of each pixel of a cell: as it is read, on the page, and as the page is written.
CELL_BYTES = 45


class GridSettings(Settings):
    """What is printed on a grid."""

    columns: Labels = []
    """Labels of the columns, or of the single pictures when there are no rows."""
    rows: Labels | None = None
    """Labels of the rows."""
    column_title: Line = ""
    """The setting that changes from left to right."""
    row_title: Line = ""
    """The setting that changes from top to bottom."""
    title: Line = ""
    """Printed over the grid."""
    caption: Text = ""
    """Printed under it."""
    first_label: Line | None = None
    """Label of the picture shown before the others, if there is one."""
    cells_per_line: Annotated[Count, Field(le=100)] | None = None
    """Where a grid of one row is broken into lines."""
    cell_side: Side = 256
    """Longer side of a cell in pixels; larger pictures are reduced to it."""
    notes: FigureNames = []
    """Figures of the metrics files that are printed under each cell; `a.b` is the figure `b` of the group `a`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pictures", nargs="+", help="the cells, row by row")
    parser.add_argument("-o", "--output", required=True, help="grid to write, .png or .jpg")
    parser.add_argument("--first", action=Once, help="picture shown before the others; `--first=` is none")
    parser.add_argument("--metrics", nargs="*", default=[], help="metrics files (.json) of the cells, in order")
    parser.add_argument("--table", help="also write the metrics as a table, .csv")
    add_limit(parser)
    add_settings(parser, GridSettings, "grid")


def run(options: argparse.Namespace) -> None:
    print_command()
    settings = read_settings(options, GridSettings)
    rows = settings.rows or [""]
    labels = settings.columns or [readable(Path(picture).stem) for picture in options.pictures]
    if len(options.pictures) != len(rows) * len(labels):
        raise UserError(
            f"{options.output}: {len(options.pictures)} pictures do not fill {len(rows)} rows of {len(labels)}; "
            "give one picture for each cell."
        )
    check_suffix(options.output, (".png", ".jpg", ".jpeg"))
    check_outputs(options.output, options.table, inputs=[*options.pictures, options.first, *options.metrics])
    with _fitting_cells(_cell(options.pictures[0], settings.cell_side), len(options.pictures)):
        _write(options, settings, rows, labels)


def _fitting_cells(first: np.ndarray, count: int) -> AbstractContextManager[None]:
    """`fitting` for so many cells like the first."""
    used, side = in_use(), max(first.shape[:2])

    def takes(smaller: int) -> int:
        return used + round(count * CELL_BYTES * first.shape[0] * first.shape[1] * (smaller / side) ** 2)

    return fitting("the grid", takes(side), {"--cell-side": (range(16, side, 16), takes)})


def _write(options, settings: GridSettings, rows: list[str], labels: list[str]) -> None:
    pictures = [_cell(path, settings.cell_side) for path in options.pictures]
    cells = [pictures[i : i + len(labels)] for i in range(0, len(pictures), len(labels))]
    measured = _measured(options, options.table or "notes") if options.table or settings.notes else []
    table = _table(settings, rows, labels, measured) if options.table else None
    notes = _notes(options, settings, len(labels), measured) if settings.notes else None
    if options.first:
        first = _cell(options.first, settings.cell_side)
        cells = [[first if index == 0 else None, *row] for index, row in enumerate(cells)]
        labels = [settings.first_label or readable(Path(options.first).stem), *labels]
        notes = [["", *row] for row in notes] if notes else None
    below = f"Below each: {' · '.join(settings.notes)}" if settings.notes else ""
    caption = f"{settings.caption}\n{below}".strip()
    grid = draw_grid(
        cells,
        column_labels=labels,
        row_labels=settings.rows,
        title=settings.title,
        row_title=settings.row_title,
        column_title=settings.column_title,
        caption=caption,
        cell_notes=notes,
        columns=None if settings.rows else settings.cells_per_line,
        cell_long_side=settings.cell_side,
    )
    metadata = {"title": settings.title, "caption": caption}
    xmp = mark_of_page([*options.pictures, *([options.first] if options.first else [])])
    writers = [lambda: write_image(options.output, grid, metadata=metadata, xmp=xmp)]
    if table:
        writers.append(lambda: write_table(options.table, table))
    write_each(*writers)


def _cell(path: str, side: int):
    return resize_long_side(read_image(path), side)


def _measured(options: argparse.Namespace, wanted_for: str) -> list[dict[str, Any]]:
    """What was measured of each cell."""
    if len(options.metrics) != len(options.pictures):
        raise UserError(
            f"{wanted_for}: {len(options.metrics)} metrics files for {len(options.pictures)} cells; give one for each "
            "cell."
        )
    return [read_record(path, "measured", dict) for path in options.metrics]


def _notes(options: argparse.Namespace, settings: GridSettings, columns: int, measured) -> list[list[str]]:
    """What stands under each cell, row by row."""
    notes = [
        " · ".join(f"{figure_of(path, of_cell, name):.3g}" for name in settings.notes)
        for path, of_cell in zip(options.metrics, measured, strict=True)
    ]
    return [notes[i : i + columns] for i in range(0, len(notes), columns)]


def _table(settings, rows, labels, measured) -> list[dict[str, Any]]:
    places = [(row, column) for row in rows for column in labels]
    table = []
    for (row, column), of_cell in zip(places, measured, strict=True):
        place = {settings.row_title: row} if settings.rows else {}
        place[settings.column_title or "picture"] = column
        # Nested figures stay in the cell's own file, and a figure never hides the setting that it is named after.
        figures = {k: v for k, v in of_cell.items() if not isinstance(v, dict) and k not in place}
        table.append({**place, **figures})
    return table
