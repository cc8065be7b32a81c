"""aiart show"""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from pathlib import Path

from aiart.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("page", nargs="?", default="results/index.html", help="page of results to open in a browser")


def run(options: argparse.Namespace) -> None:
    page = Path(options.page)
    if not page.is_file():
        raise UserError(
            f"{page}: is not there; make it by `snakemake --cores all`, or by `aiart page` of what there is."
        )
    address = page.resolve().as_uri()
    print(address)
    if _has_display():
        webbrowser.open(address)


def _has_display() -> bool:
    """Without one a browser would take the terminal, or wait for ever."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
