"""aiart curves a.csv b.csv --labels a,b -o losses.png"""

from __future__ import annotations

import argparse
from pathlib import Path

from aiart.cli.arguments import check_suffix, print_command
from aiart.cli.outputs import check_outputs
from aiart.cli.records import read_record, readable
from aiart.cli.settings import add_settings, read_settings
from aiart.errors import UserError
from aiart.gallery import plot_curves, read_table
from aiart.params.base import Labels, Line, Settings


class CurveSettings(Settings):
    """What is plotted and printed."""

    labels: Labels = []
    """One for each history."""
    title: Line = ""
    """Printed over the plot."""
    x: Line = "evaluation"
    """Column of the histories on the horizontal axis."""
    y: Line = "total"
    """Column of the histories on the vertical axis, which is logarithmic where all of them are positive."""
    y_label: Line = "loss"
    """What that column is."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("histories", nargs="+", help="loss histories, .csv")
    parser.add_argument("-o", "--output", required=True, help="plot to write, .png or .svg")
    parser.add_argument("--timings-folder", help="folder of the same runs' NAME.timings.json")
    parser.add_argument("--time-output", help="also plot over seconds, taken from --timings-folder")
    add_settings(parser, CurveSettings, "plot")


def run(options: argparse.Namespace) -> None:
    print_command()
    settings = read_settings(options, CurveSettings)
    labels = settings.labels or [readable(Path(path).stem) for path in options.histories]
    if len(labels) != len(options.histories):
        raise UserError(f"labels: {len(labels)} for {len(options.histories)} histories; give one for each.")
    if twice := next((label for label in labels if labels.count(label) > 1), None):
        raise UserError(f"labels: {twice} stands for two histories; give --labels, one name for each.")
    if options.time_output and not options.timings_folder:
        raise UserError("--time-output needs --timings-folder, where the seconds are; add it.")
    for path in filter(None, (options.output, options.time_output)):
        check_suffix(path, (".png", ".svg"))
    check_outputs(options.output, options.time_output, inputs=options.histories)
    tables = [read_table(path) for path in options.histories]
    for path, table in zip(options.histories, tables, strict=True):
        for column in (settings.y, settings.x):
            if column not in table:
                raise UserError(f"{path}: has no column {column}; it has {', '.join(table.columns)}.")
            if table[column].dtype.kind not in "iuf":
                raise UserError(f"{path}: has something other than numbers in its column {column}; choose another.")
    positive = all((table[settings.y].dropna() > 0).all() for table in tables)
    common = {"y_label": settings.y_label, "title": settings.title, "y_log": positive}
    curves = {label: (table[settings.x], table[settings.y]) for label, table in zip(labels, tables, strict=True)}
    plot_curves(options.output, curves, x_label=settings.x, **common)
    if options.time_output:
        _plot_over_time(options, [table[settings.y] for table in tables], labels, common)


def _plot_over_time(options, columns, labels, common) -> None:
    """Seconds differ from run to run, so this plot is kept apart from the reproducible results, and it can
    only be drawn where the runs were made."""
    files = [Path(options.timings_folder, f"{Path(path).stem}.timings.json") for path in options.histories]
    if missing := [file for file in files if not file.is_file()]:
        print(f"{missing[0]} is absent, so the losses are not plotted over seconds.")
        return
    curves = {}
    for label, file, column in zip(labels, files, columns, strict=True):
        seconds = read_record(file, "seconds", list)
        if len(seconds) < len(column):
            raise UserError(f"{file}: has {len(seconds)} times for {len(column)} rows; make both files in one run.")
        # A dream's starting picture is timed as well.
        curves[label] = seconds[len(seconds) - len(column) :], column
    plot_curves(options.time_output, curves, x_label="seconds", **common)
