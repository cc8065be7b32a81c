"""What the page of results knows of each picture: settings, inputs, figures and losses, as one plain object."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiart.datasets.inputs import named_pictures
from aiart.digits import rounded
from aiart.errors import UserError
from aiart.gallery.figures import measured_figures, read_losses
from aiart.page.thumbnails import write_film, write_thumbnail
from aiart.params import canonical_json
from aiart.params.recipes import COMMANDS
from aiart.params.rooms import Room
from aiart.params.root import Params
from aiart.plain_files import read_text

CURVE_POINTS = 18
"""So many points of a history are drawn: enough for a curve as wide as a column of text."""


def gather(params: Params, results: Path, thumbnails: Path) -> dict[str, Any]:
    """Everything below `results` that params.yaml asks for and that is there, by room, with thumbnails written on the
    way. Paths in it are relative to `results`. Raises UserError where a file cannot be read."""
    files = _Files(results, thumbnails)
    rooms = [_room(room, files) for room in params.rooms.values()]
    commands = {name: _command(name) for name in COMMANDS}
    steps: list[list[int]] = []
    for picture in (picture for room in rooms for picture in room["pictures"]):
        for curve in picture.get("curves", []):
            # Most histories have the same steps.
            if curve[1] not in steps:
                steps.append(curve[1])
            curve[1] = steps.index(curve[1])
    found = {"commands": commands, "files": files.listed, "steps": steps, "rooms": [r for r in rooms if r["pictures"]]}
    return _short(found)


class _Files:
    """Where pictures lie, and the files that pictures are made of, each listed once."""

    def __init__(self, results: Path, thumbnails: Path):
        self.results, self.thumbnails = results, thumbnails
        self.listed: list[list[Any]] = []
        self.places: dict[str, int] = {}

    def relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.results)).as_posix()

    def thumbnail(self, picture: Path, name: str) -> list[Any]:
        """Path, width and height."""
        target = self.thumbnails / f"{name}.webp"
        return [self.relative(target), *write_thumbnail(picture, target)]

    def place(self, named: dict[str, str], pictures: dict[str, Path]) -> int:
        """The number of a file that a record names; pictures are shown where they lie."""
        key = f"{named['sha256']} {named['name']}"
        if key not in self.places:
            self.places[key] = len(self.listed)
            path = pictures.get(named["name"])
            shown = []
            if path and path.is_file():
                shown = [self.relative(path), *self.thumbnail(path, f"inputs/{path.stem}-{named['sha256'][:8]}")]
            self.listed.append([named["name"], named["sha256"], path.as_posix() if path else "", *shown])
        return self.places[key]


def _command(name: str) -> dict[str, Any]:
    """`aiart.params.recipes` as data, for the page's own recipes of pictures that are dropped on it."""
    command = COMMANDS[name]
    return {
        "room": command.room,
        "defaults": {key: field.default for key, field in command.settings.model_fields.items()},
        "frames": command.frames,
        "inputs": [[part, given.option, given.setting or ""] for part, given in command.inputs.items()],
    }


def _room(room: Room, files: _Files) -> dict[str, Any]:
    items = room.items()
    pictures = [_picture(room, path, item, files) for path, item in items.items() if _file(room, path, files).exists()]
    places = {picture["path"]: number for number, picture in enumerate(pictures)}
    sweeps = []
    for name, sweep in room.sweeps.items():
        cells = [places.get(f"sweeps/{name}/{cell.name}") for cell in sweep.cells()]
        if any(cell is not None for cell in cells):
            grid = room.grid_settings(name)
            kept = ("title", "caption", "column_title", "columns", "row_title", "rows")
            sweeps.append({"cells": cells, **{key: grid[key] for key in kept if grid[key]}})
    figures = list(dict.fromkeys(name for picture in pictures for name in picture["figures"]))
    for picture in pictures:
        picture["figures"] = [picture["figures"].get(name) for name in figures]
    command = next((name for name, command in COMMANDS.items() if command.room == room.key), "")
    return {
        "key": room.key,
        "title": room.title,
        "command": command,
        "headline": list(room.headline),
        "figures": figures,
        "shared": {key: _share(pictures, key) for key in ("settings", "made_with", "made_of")},
        "pictures": pictures,
        "sweeps": sweeps,
    }


def _share(pictures: list[dict[str, Any]], key: str) -> dict[str, Any]:
    """The value that most pictures have of each setting, taken out of those that have it."""
    names = dict.fromkeys(name for picture in pictures for name in picture[key])
    shared = {}
    for name in names:
        counts = Counter(canonical_json(picture[key][name]) for picture in pictures if name in picture[key])
        text, count = counts.most_common(1)[0]
        # A value that not all pictures have a say in would be one that nobody gave.
        if count > 1 and counts.total() == len(pictures):
            shared[name] = json.loads(text)
            for picture in pictures:
                if canonical_json(picture[key][name]) == text:
                    del picture[key][name]
    return shared


def _file(room: Room, path: str, files: _Files) -> Path:
    return files.results / room.key / f"{path}.png"


def _picture(room: Room, path: str, item: Any, files: _Files) -> dict[str, Any]:
    file = _file(room, path, files)
    beside = {suffix: file.with_name(f"{file.name.removesuffix('.png')}{suffix}") for suffix in _BESIDE}
    record = _record(beside[".json"])
    pictures = {Path(name).name: Path(name) for name in _named(item)}
    found = {
        "path": path,
        "size": files.thumbnail(file, f"{room.key}/{path}")[1:],
        "settings": item.model_dump(),
        "made_with": record.get("made_with", {}),
        "made_of": {
            part: [files.place(one, pictures) for one in (named if isinstance(named, list) else [named])]
            for part, named in record.get("made_of", {}).items()
        },
        "figures": rounded(dict(measured_figures(record.get("measured", {}), _groups(room)))),
    }
    if curves := _curves(beside[".csv"], room.losses):
        found["curves"] = curves
    if beside[".gif"].exists():
        film = files.thumbnails / room.key / f"{path}.film.webp"
        found["film"] = [files.relative(film), *write_film(beside[".gif"], film)]
    pairs = [files.relative(beside[suffix]) for suffix in (".input.png", ".strip.png") if beside[suffix].exists()]
    if len(pairs) == 2:
        found["pair"] = pairs
    if beside[".progress.png"].exists():
        found["progress"] = files.relative(beside[".progress.png"])
    return found


_BESIDE = (".json", ".csv", ".gif", ".input.png", ".strip.png", ".progress.png")


def _groups(room: Room) -> set[str]:
    return {name.split(".")[0] for name in room.headline}


def _named(item: Any) -> list[str]:
    try:
        return named_pictures(item)
    except UserError:  # a picture of one's own that is gone by now; the record still has its hash
        return []


def _record(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(read_text(path)) if path.exists() else {}
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: cannot be read as a record ({error}); make it again.") from None
    if not isinstance(record, dict):
        raise UserError(f"{path}: is no record; make it again.")
    return record


def _curves(path: Path, losses: Iterable[str]) -> list[list[Any]]:
    """Name, steps and values of each loss, thinned to what can be seen."""
    if not path.exists():
        return []
    curves = []
    for name, loss in read_losses(path, list(losses)):
        points = _thinned(list(enumerate(loss, 1)))
        # A column that counts anew at every octave is no axis.
        steps = [float(step) for _, (step, _) in points]
        curves.append(
            [name, [int(step) for step in steps], [_short(float(f"{float(value):.3g}")) for _, (_, value) in points]]
        )
    return curves


def _short(value: Any) -> Any:
    """Whole numbers without a fraction, also within lists and dictionaries, which keep their order."""
    if isinstance(value, dict):
        return {key: _short(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_short(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


def _thinned(points: list[Any]) -> list[Any]:
    last = len(points) - 1
    if last < CURVE_POINTS:
        return points
    # Close together at the beginning, where losses fall.
    return [
        points[number] for number in sorted({round(last * (i / (CURVE_POINTS - 1)) ** 2) for i in range(CURVE_POINTS)})
    ]
