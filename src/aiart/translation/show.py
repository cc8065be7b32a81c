"""Pictures of a training's course."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from aiart.gallery import draw_placed_grid
from aiart.images import COMPOSITE, write_image, xmp_packet
from aiart.params.training import Training
from aiart.translation.trainer import TrainingData
from aiart.translation.value_range import to_bytes


def show_sample(folder: str | Path, settings: Training, data: TrainingData, step: int, pictures: np.ndarray) -> None:
    """Write a sample to `folder` as soon as it is there, for whoever watches."""
    page, _ = draw_progress(settings, data, {step: pictures}, f"Step {step}")
    write_image(Path(folder, "samples", f"{step:07}.png"), page, xmp=xmp_packet(COMPOSITE))


def draw_progress(
    settings: Training, data: TrainingData, samples: dict[int, np.ndarray], title: str
) -> tuple[np.ndarray, dict[str, Any]]:
    """Held-out pictures in columns, what the generators made of them in rows, by step; and where these tiles stand, for
    the page of results: what columns and rows are called, their left and upper edges, width and height of a tile."""
    inputs = [pictures[: settings.sample_pictures] for pictures in data.held_out]
    # A method of one direction translates the first of the two arrays only.
    shown = dict(zip(settings.directions, inputs, strict=False))
    labels = [f"{name.replace('_to_', ' → ')}  {i + 1}" for name, of in shown.items() for i in range(len(of))]
    first = to_bytes(np.concatenate(list(shown.values())))
    rows = ["input", *(f"{step:,}" for step in samples)]
    page, places = draw_placed_grid(
        [list(row.astype(np.float32)) for row in (first, *samples.values())],
        column_labels=labels,
        row_labels=rows,
        title=title,
        row_title="steps",
        cell_long_side=min(settings.image_side, 160),
    )
    tiles = {
        "columns": labels,
        "rows": rows,
        "left": [places[0, column].left for column in range(len(labels))],
        "top": [places[row, 0].top for row in range(len(rows))],
        "size": [places[0, 0].width, places[0, 0].height],
    }
    return page, tiles
