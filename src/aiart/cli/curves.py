"""aiart curves a.csv b.csv --labels a b -o losses.png"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from aiart.cli.runtime import print_command
from aiart.cli.settings import add_settings, read_settings
from aiart.errors import UserError
from aiart.gallery import plot_curves, read_table
from aiart.params.base import Settings


class CurveSettings(Settings):
    """What is plotted and printed."""

    labels: list[str] = []
    """One for each history."""
    title: str = ""
    """Printed over the plot."""
    x: str = "evaluation"
    """Column of the histories on the horizontal axis."""
    y: str = "total"
    """Column of the histories on the vertical axis, which is logarithmic."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("histories", nargs="+", help="loss histories, .csv")
    parser.add_argument("-o", "--output", required=True, help="plot to write, .png or .svg")
    parser.add_argument("--timings", nargs="*", default=[], help="timings (.json) of the same runs, in order")
    parser.add_argument("--time-output", help="also plot over seconds, taken from --timings")
    add_settings(parser, CurveSettings, "plot")


def run(options: argparse.Namespace) -> None:
    print_command()
    settings = read_settings(options, CurveSettings)
    labels = settings.labels or [Path(path).stem for path in options.histories]
    if len(labels) != len(options.histories):
        raise UserError(f"labels: {len(labels)} for {len(options.histories)} histories; give one for each.")
    tables = [read_table(path) for path in options.histories]
    for path, table in zip(options.histories, tables, strict=True):
        for column in (settings.y, settings.x):
            if column not in table:
                raise UserError(f"{path}: has no column {column}; it has {', '.join(table.columns)}.")
    common = {"y_label": "loss", "title": settings.title, "y_log": True}
    curves = {
        label: (table[settings.x], table[settings.y]) for label, table in zip(labels, tables, strict=True)
    }
    plot_curves(options.output, curves, x_label=settings.x, **common)
    # Seconds differ from run to run, so this plot is kept apart from the reproducible results, and it can
    # only be drawn where the runs were made.
    if options.time_output and all(Path(path).is_file() for path in options.timings):
        seconds = [json.loads(Path(path).read_text())["seconds"] for path in options.timings]
        over_time = {
            label: (when[: len(table)], table[settings.y])
            for label, when, table in zip(labels, seconds, tables, strict=True)
        }
        plot_curves(options.time_output, over_time, x_label="seconds", **common)
