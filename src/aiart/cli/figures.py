"""aiart figures --metrics results/style_transfer/pictures/*.json -o results/figures"""

from __future__ import annotations

import argparse
from typing import Annotated

from pydantic import Field

from aiart.cli.arguments import print_command
from aiart.cli.outputs import check_outputs
from aiart.cli.settings import add_settings, read_settings
from aiart.errors import UserError
from aiart.gallery.figures import gather_figures
from aiart.params.base import Line, Settings
from aiart.params.root import ROOMS

FiguresOfRooms = Annotated[dict[Line, Annotated[list[Line], Field(max_length=100)]], Field(max_length=100)]


class FigureSettings(Settings):
    """What of each room is gathered."""

    headline: FiguresOfRooms = {key: list(room.headline) for key, room in ROOMS.items()}
    """Figures that results are compared by, by room."""
    losses: FiguresOfRooms = {key: list(room.losses) for key, room in ROOMS.items()}
    """Columns of histories that are followed, by room."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--metrics", nargs="+", required=True, help="metrics files of results, .json")
    parser.add_argument("--histories", nargs="*", default=[], help="loss histories, .csv")
    parser.add_argument("--pictures", nargs="*", default=[], help="grids and pictures to compare")
    parser.add_argument("--results", default="results", help="the folder below which all of them lie")
    parser.add_argument("-o", "--output", required=True, help="folder to write; what it held of an earlier call goes")
    add_settings(parser, FigureSettings, "figures")


def run(options: argparse.Namespace) -> None:
    print_command()
    settings = read_settings(options, FigureSettings).model_dump()
    check_outputs(folders=[options.output])
    try:
        gather_figures(
            options.output, options.results, options.metrics, options.histories, options.pictures, **settings
        )
    except OSError as error:
        raise UserError(f"{error.filename}: {error.strerror}; make it first, or make room for it.") from None
