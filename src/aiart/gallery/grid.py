"""Comparison grids: pictures side by side with their parameters written on the page."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from aiart.gallery.layout import Box, Layout, Line, PlacedText, Texts, lay_out
from aiart.gallery.typesetting import line_height, load_font
from aiart.images import resize_long_side

_PAPER = (255, 255, 255)
_RULE = (150, 150, 150)
_HAIRLINE = (222, 222, 222)  # around each picture, or one with a white edge would run into the paper


def draw_grid(cells: Sequence[Sequence[np.ndarray | None]], **labels: Any) -> np.ndarray:
    """The page of `draw_placed_grid`, which explains the arguments."""
    return draw_placed_grid(cells, **labels)[0]


def draw_placed_grid(
    cells: Sequence[Sequence[np.ndarray | None]],
    *,
    column_labels: Sequence[str],
    row_labels: Sequence[str] | None = None,
    title: str = "",
    row_title: str = "",
    column_title: str = "",
    caption: str = "",
    cell_notes: Sequence[Sequence[str]] | None = None,
    columns: int | None = None,
    cell_long_side: int = 256,
) -> tuple[np.ndarray, dict[tuple[int, int], Box]]:
    """Draw a labelled comparison grid on white paper.

    Args:
        cells: rows of pictures, all rows equally long. A picture is (height, width, 3), sRGB, 0..255, of
            any size and aspect; it is fitted undistorted. None leaves the place blank.
        column_labels: one per column, drawn over it. Long labels are wrapped, then set smaller.
        row_labels: one per row, drawn to its left.
        title: over everything, bold.
        row_title: what the rows vary (a parameter's name), drawn over the row labels.
        column_title: what the columns vary, drawn over the column labels.
        caption: under everything; a newline starts a new line.
        cell_notes: a short text under each picture (a metric's value), nested like `cells`; "" for none.
        columns: breaks a single row into lines of at most this many pictures, as even as they can be;
            every picture then keeps its own label. Only for one row without row labels.
        cell_long_side: length in pixels of each picture's longer side as drawn.

    Returns:
        The page as float32 (height, width, 3), sRGB, 0..255, and where each picture stands on it, by (line, place in
        the line). The same arguments give the same bytes.

    Raises:
        ValueError: the labels or notes do not match the cells, or no cell holds a picture.
    """
    _check_shapes(cells, column_labels, row_labels, cell_notes, columns)
    if row_title and row_labels is None:
        raise ValueError("row_title needs row_labels")
    fitted = [
        [None if cell is None else resize_long_side(cell, cell_long_side, upscale=True) for cell in row]
        for row in cells
    ]
    if columns is None:
        rows, labels = fitted, [column_labels] + [()] * (len(cells) - 1)
        notes = cell_notes or [()] * len(cells)
    else:
        rows, labels = wrap_row(fitted[0], columns), wrap_row(column_labels, columns)
        notes = wrap_row(cell_notes[0], columns) if cell_notes else [()] * len(rows)
    lines = [
        Line([None if cell is None else cell.shape[:2] for cell in row], label, note, row_label)
        for row, label, note, row_label in zip(rows, labels, notes, row_labels or [""] * len(rows), strict=True)
    ]
    layout = lay_out(lines, Texts(title, row_title, column_title, caption), cell_long_side)
    return _draw(layout, rows), layout.pictures


def wrap_row(row: Sequence, columns: int) -> list[Sequence]:
    """Split `row` into the fewest lines of at most `columns` items, as even as possible: 9 by 6 is 5 + 4."""
    if columns < 1:
        raise ValueError(f"columns must be at least 1, not {columns}")
    lines = math.ceil(len(row) / columns)
    length = math.ceil(len(row) / lines)
    return [row[start : start + length] for start in range(0, len(row), length)]


def _check_shapes(cells, column_labels, row_labels, cell_notes, columns) -> None:
    if not any(cell is not None for row in cells for cell in row):
        raise ValueError("a grid needs at least one picture")
    widths = {len(row) for row in cells}
    if widths != {len(column_labels)}:
        raise ValueError(f"rows of {sorted(widths)} cells do not match {len(column_labels)} column labels")
    if row_labels is not None and len(row_labels) != len(cells):
        raise ValueError(f"{len(cells)} rows do not match {len(row_labels)} row labels")
    if cell_notes is not None and [len(row) for row in cell_notes] != [len(row) for row in cells]:
        raise ValueError("cell_notes must be nested like cells")
    if columns is not None and (len(cells) != 1 or row_labels is not None):
        raise ValueError("columns is only for a single row without row labels")


def _draw(layout: Layout, rows: Sequence[Sequence[np.ndarray | None]]) -> np.ndarray:
    page = Image.new("RGB", (layout.width, layout.height), _PAPER)
    draw = ImageDraw.Draw(page)
    for rule in layout.rules:
        draw.rectangle(_corners(rule), fill=_RULE)
    for placed in layout.texts:
        _draw_text(draw, placed)
    for box in layout.pictures.values():
        draw.rectangle(_corners(Box(box.left - 1, box.top - 1, box.width + 2, box.height + 2)), fill=_HAIRLINE)
    paper = np.asarray(page).astype(np.float32)
    for (line, place), box in layout.pictures.items():
        paper[box.top : box.bottom, box.left : box.right] = rows[line][place]
    return paper


def _corners(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right - 1, box.bottom - 1


def _draw_text(draw: ImageDraw.ImageDraw, placed: PlacedText) -> None:
    text, box = placed.text, placed.box
    font = load_font(text.size, text.bold)
    anchor, x = {
        "left": ("ls", box.left),
        "centre": ("ms", box.left + box.width / 2),
        "right": ("rs", box.right),
    }[placed.align]
    # The baseline stands so that ascenders and descenders both stay inside the line.
    ascent, descent = font.getmetrics()
    pitch = line_height(text.size)
    baseline = (pitch - ascent - descent) // 2 + ascent
    for number, line in enumerate(text.lines):
        draw.text((x, box.top + number * pitch + baseline), line, font=font, fill=placed.colour, anchor=anchor)
