"""aiart scatter a.png b.png --metrics a.json b.json --x cfsd --y effectiveness -o plot.png"""

from __future__ import annotations

import argparse
from pathlib import Path

from aiart.cli.arguments import check_suffix, print_command
from aiart.cli.marks import mark_of_page
from aiart.cli.outputs import check_outputs
from aiart.cli.records import figure_of, read_record, readable
from aiart.cli.settings import add_settings, read_settings
from aiart.errors import UserError
from aiart.gallery import draw_scatter
from aiart.gallery.scatter import SIDES, Point, shown
from aiart.images import read_image, resize_long_side, write_image
from aiart.params.base import Labels, Line, Settings


class ScatterSettings(Settings):
    """What is plotted and printed."""

    x: Line
    """The figure on the horizontal axis, which is logarithmic where it spans more than a factor of three."""
    y: Line
    """The figure on the vertical axis."""
    x_label: Line = ""
    """What that of the horizontal axis is; its name, without."""
    y_label: Line = ""
    """What that of the vertical axis is."""
    fewer_is_right: bool = False
    """Whether the horizontal axis falls from left to right."""
    labels: Labels = []
    """One for each picture, printed below it."""
    groups: Labels = []
    """One for each picture: those of one group have one colour."""
    group_title: Line = ""
    """Printed over the names of the groups."""
    title: Line = ""
    """Printed over the plot."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pictures", nargs="+", help="pictures, each a point of the plot")
    parser.add_argument("-o", "--output", required=True, help="plot to write, .png or .jpg")
    parser.add_argument("--metrics", nargs="+", required=True, help="metrics files (.json) of the pictures, in order")
    add_settings(parser, ScatterSettings, "plot")


def run(options: argparse.Namespace) -> None:
    print_command()
    settings = read_settings(options, ScatterSettings)
    count = len(options.pictures)
    if len(options.metrics) != count:
        raise UserError(f"--metrics: {len(options.metrics)} for {count} pictures; give one for each.")
    labels = settings.labels or [readable(Path(path).stem) for path in options.pictures]
    for name, given in (("labels", labels), ("groups", settings.groups or labels)):
        if len(given) != count:
            raise UserError(f"{name}: {len(given)} for {count} pictures; give one for each.")
    check_suffix(options.output, (".png", ".jpg", ".jpeg"))
    check_outputs(options.output, inputs=[*options.pictures, *options.metrics])
    with_picture = set(shown(count))
    points = [
        Point(
            *_figures(metrics, settings),
            resize_long_side(read_image(picture), SIDES[1]) if number in with_picture else None,
            labels[number],
            settings.groups[number] if settings.groups else "",
        )
        for number, (picture, metrics) in enumerate(zip(options.pictures, options.metrics, strict=True))
    ]
    page = draw_scatter(
        points,
        x_label=settings.x_label or settings.x,
        y_label=settings.y_label or settings.y,
        title=settings.title,
        group_title=settings.group_title,
        fewer_is_right=settings.fewer_is_right,
    )
    write_image(options.output, page, metadata={"title": settings.title}, xmp=mark_of_page(options.pictures))


def _figures(path: str, settings: ScatterSettings) -> tuple[float, float]:
    measured = read_record(path, "measured", dict)
    return figure_of(path, measured, settings.x), figure_of(path, measured, settings.y)
