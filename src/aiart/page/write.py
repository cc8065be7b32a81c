"""The page of results as one file: a template with styles, scripts and data put in, and thumbnails beside it."""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2

from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.page.album import album_of
from aiart.page.gather import gather
from aiart.params.root import Params

STYLES = ("style.css", "dialogs.css")
SCRIPTS = (
    "vendor/img-comparison-slider-8.0.7.js",
    "elements.js",
    "results.js",
    "recipes.js",
    "png.js",
    "zoom.js",
    "compare.js",
    "details.js",
    "sweeps.js",
    "plot.js",
    "table.js",
    "start.js",
)


def write_page(page: Path, params: Params, album: Path | None = None) -> int:
    """Write `page` for the results beside it and its thumbnails into the folder `thumbnails` there; returns how many
    pictures it shows. What an earlier call left in that folder goes. The same results give the same bytes.

    album: the same page with small copies of all pictures in it, as one file.

    Raises UserError where nothing that params.yaml asks for is there, or a file cannot be read.
    """
    results, thumbnails = page.parent, page.parent / "thumbnails"
    new = page.parent / ".thumbnails.new"
    shutil.rmtree(new, ignore_errors=True)
    try:
        data = gather(params, results, new)
        count = sum(len(folder["pictures"]) for room in data["rooms"] for folder in room["folders"])
        if not count and any(room.items() for room in params.rooms.values()):
            raise UserError(f"{results}: holds nothing of what params.yaml asks for; run snakemake --cores all first.")
        html = {page: _fill(data)}
        if album:
            html[album] = _fill(data | {"album": album_of(new, len(html[page].encode()))})
        shutil.rmtree(thumbnails, ignore_errors=True)
        new.mkdir(exist_ok=True)
        new.rename(thumbnails)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    for target, text in html.items():
        with atomic_write(target) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return count


def _fill(data: dict[str, Any]) -> str:
    folder = resources.files("aiart.page")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(folder.joinpath("page.html.jinja").read_text(encoding="utf-8"))
    # Within a script element `</` would end it.
    return template.render(
        styles=[_slim(folder.joinpath(name).read_text(encoding="utf-8")) for name in STYLES],
        scripts=[_slim(folder.joinpath(name).read_text(encoding="utf-8")) for name in SCRIPTS],
        data=json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/"),
    )


def _slim(text: str) -> str:
    """Without indents and comment lines, which no string of ours goes over."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/** ", "/* ")))
