"""What the page of results knows of each picture: settings, inputs, figures and losses, as one plain object."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiart.datasets.inputs import named_pictures
from aiart.datasets.places import dataset_folder
from aiart.digits import rounded
from aiart.errors import UserError
from aiart.gallery.figures import measured_figures, read_losses
from aiart.images import read_metadata
from aiart.images.decode import open_picture
from aiart.page.thumbnails import LARGE_SIDE, MOST_PIXELS, write_film, write_thumbnail, write_zoom
from aiart.params import canonical_json
from aiart.params.reading import parse_json
from aiart.params.recipes import RECIPES, TRAININGS
from aiart.params.rooms import Room
from aiart.params.root import Params
from aiart.params.sweeps import derive_seed
from aiart.plain_files import read_text

TRAINING_ROOMS = {command.room for command in TRAININGS.values()}
CURVE_POINTS = 18
"""So many points of a history are drawn: enough for a curve as wide as a column of text."""


def gather(params: Params, results: Path, thumbnails: Path) -> dict[str, Any]:
    """Everything below `results` that params.yaml asks for and that is there, by room and folder, with thumbnails
    written on the way. What pictures share is said once. Paths in it are relative to `results`. Raises UserError where
    a file cannot be read.
    """
    files = _Files(results, thumbnails)
    rooms = [_room(room, files, params.seed) for room in params.rooms.values()]
    found = {
        "commands": {name: _command(name) for name in RECIPES},
        "above": files.above,
        "files": files.listed,
        "sizes": files.sizes.listed,
        "losses": files.losses.listed,
        "rooms": [room for room in rooms if room["folders"]],
    }
    return _short(found)


class _Numbered:
    """Values that several pictures name by their number."""

    def __init__(self):
        self.listed: list[Any] = []

    def number(self, value: Any) -> int:
        if value not in self.listed:
            self.listed.append(value)
        return self.listed.index(value)


class _Files:
    """Where pictures lie, and the files that pictures are made of, each listed once."""

    def __init__(self, results: Path, thumbnails: Path):
        self.results, self.thumbnails = results, thumbnails
        self.above = self.relative(Path())
        self.sizes, self.losses = _Numbered(), _Numbered()
        self.listed: list[list[Any]] = []
        self.places: dict[str, int] = {}

    def relative(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.results)).as_posix()

    def thumbnail(self, picture: Path, name: str) -> int:
        """Writes it; returns the number of the picture's size, which is width and height."""
        return self.sizes.number([*write_thumbnail(picture, self.thumbnails / f"{name}.webp")])

    def place(self, named: dict[str, str], pictures: dict[str, Path]) -> int:
        """The number of a file that a record names: name, sha256, path; of a picture the number of its size, and its
        address where that is not just above."""
        key = f"{named['sha256']} {named['name']}"
        if key not in self.places:
            self.places[key] = len(self.listed)
            path = pictures.get(named["name"])
            shown = []
            if path and path.is_file():
                shown.append(self.thumbnail(path, f"inputs/{named['sha256'][:12]}"))
                if (address := self.relative(path)) != f"{self.above}/{path.as_posix()}":
                    shown.append(address)
            self.listed.append([named["name"], named["sha256"], path.as_posix() if path else "", *shown])
        return self.places[key]


def _command(name: str) -> dict[str, Any]:
    """`aiart.params.recipes` as data, for the page's own recipes of pictures that are dropped on it."""
    command = RECIPES[name]
    return {
        "room": command.room,
        "defaults": _defaults(name),
        "frames": command.frames,
        "inputs": [[part, given.option, given.setting or ""] for part, given in command.inputs.items()],
        "kind": command.kind,
        "also": command.also,
    }


def _defaults(name: str) -> dict[str, Any]:
    return {key: field.default for key, field in RECIPES[name].settings.model_fields.items()}


def _command_of(room: Room) -> str:
    return next(name for name, command in RECIPES.items() if command.room == room.key)


def _room(room: Room, files: _Files, seed: int) -> dict[str, Any]:
    items = {path: item for path, item in room.items().items() if _file(room, path, files).exists()}
    pictures = {path: _picture(room, path, item, files, seed) for path, item in items.items()}
    figures = list(dict.fromkeys(name for picture in pictures.values() for name in picture["figures"]))
    for picture in pictures.values():
        picture["figures"] = [picture["figures"].get(name) for name in figures]
    of_room, folders = _by_folder(pictures, _defaults(_command_of(room)))
    paths = [f"{folder['folder']}/{picture['name']}" for folder in folders for picture in folder["pictures"]]
    places = {path: number for number, path in enumerate(paths)}
    sweeps = []
    for name, sweep in room.sweeps.items():
        cells = [places.get(f"sweeps/{name}/{cell.name}") for cell in sweep.cells()]
        if any(cell is not None for cell in cells):
            grid = room.grid_settings(name)
            kept = ("title", "caption", "column_title", "columns", "row_title", "rows")
            sweeps.append({"cells": cells, **{key: grid[key] for key in kept if grid[key]}})
    return {
        "key": room.key,
        "title": room.title,
        "command": _command_of(room),
        "headline": list(room.headline),
        "plot": room.plot,
        "fewer_is_right": bool(room.axes),
        "figures": figures,
        "shared": of_room,
        "folders": folders,
        "sweeps": sweeps,
    }


_SHARED = ("settings", "made_with", "made_of")


def _by_folder(
    pictures: dict[str, dict[str, Any]], defaults: dict[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What most pictures have otherwise than by default, and the pictures by folder: each says what it has otherwise
    than most in its folder, and the folder what most in it have otherwise than most of all."""
    most = {key: _common([picture[key] for picture in pictures.values()]) for key in _SHARED}
    by_default = {"settings": defaults, "made_with": {}, "made_of": {}}
    shared = _besides(most, by_default)
    of_room = {key: by_default[key] | most[key] for key in _SHARED}
    folders: dict[str, dict[str, Any]] = {}
    for path, picture in pictures.items():
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, {"folder": folder, "pictures": []})["pictures"].append({"name": name, **picture})
    for folder in folders.values():
        inside: list[dict[str, Any]] = folder["pictures"]
        of_folder = {key: _common([picture[key] for picture in inside]) for key in _SHARED}
        folder["shared"] = _besides(of_folder, of_room)
        known = {key: of_room[key] | of_folder[key] for key in _SHARED}
        folder["pictures"] = [
            {key: value for key, value in picture.items() if key not in _SHARED} | _besides(picture, known)
            for picture in inside
        ]
    return shared, list(folders.values())


def _common(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The value that most have of each name, where all have one: else it would be one that nobody gave."""
    common = {}
    for name in dict.fromkeys(name for one in found for name in one):
        counts = Counter(canonical_json(one[name]) for one in found if name in one)
        text, count = counts.most_common(1)[0]
        if count > 1 and counts.total() == len(found):
            common[name] = json.loads(text)
    return common


def _besides(found: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """Of each part that can be shared what is found otherwise than known, where there is any."""
    others = {
        key: {
            name: value
            for name, value in found[key].items()
            if name not in known[key] or canonical_json(known[key][name]) != canonical_json(value)
        }
        for key in _SHARED
    }
    return {key: other for key, other in others.items() if other}


def _file(room: Room, path: str, files: _Files) -> Path:
    return files.results / room.key / f"{path}.png"


def _picture(room: Room, path: str, item: Any, files: _Files, seed: int) -> dict[str, Any]:
    file = _file(room, path, files)
    beside = {suffix: file.with_name(f"{file.name.removesuffix('.png')}{suffix}") for suffix in _BESIDE}
    record = _record(beside[".json"])
    pictures = {Path(name).name: Path(name) for name in _named(item)}
    found = {
        "size": files.thumbnail(file, f"{room.key}/{path}"),
        "settings": item.model_dump(),
        "made_with": record.get("made_with", {}),
        "made_of": {
            part: [files.place(one, pictures) for one in (named if isinstance(named, list) else [named])]
            for part, named in record.get("made_of", {}).items()
        },
        "figures": rounded(dict(measured_figures(record.get("measured", {}), _groups(room)))),
    }
    size = files.sizes.listed[found["size"]]
    if max(size) >= LARGE_SIDE:
        write_zoom(file, files.thumbnails / room.key / f"{path}.zoom.html", f"{room.title}: {path}")
        found["zoom"] = 1
    if curves := _curves(beside[".csv"], room.losses, files):
        found["curves"] = curves
    if beside[".gif"].exists():
        found["film"] = [*write_film(beside[".gif"], files.thumbnails / room.key / f"{path}.film.webp")]
    if beside[".input.png"].exists() and beside[".strip.png"].exists():
        found["pair"] = files.sizes.number(_size_of(beside[".strip.png"]))
    if beside[".progress.png"].exists():
        found["progress"] = _tiles(beside[".progress.png"])
    if beside[".regions.png"].exists():
        found["regions"] = files.thumbnail(beside[".regions.png"], f"{room.key}/{path}.regions")
    if room.key in TRAINING_ROOMS:
        # As the workflow trains it; its record is that of the judgement.
        found["trained"] = [dataset_folder(item.dataset).as_posix(), derive_seed(seed, room.key, *path.split("/")[:2])]
    return found


_BESIDE = (".json", ".csv", ".gif", ".input.png", ".strip.png", ".progress.png", ".regions.png")


def _size_of(picture: Path) -> list[int]:
    with open_picture(picture, MOST_PIXELS) as image:
        return [*image.size]


def _tiles(progress: Path) -> dict[str, Any]:
    """Where the tiles of a training's course stand; nothing for one that another version drew."""
    text = read_metadata(progress, max_pixels=MOST_PIXELS).get("tiles", "{}")
    try:
        return parse_json(text)
    except ValueError as error:
        raise UserError(f"{progress}: does not say where its tiles stand ({error}); make it again.") from None


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


def _curves(path: Path, losses: Iterable[str], files: _Files) -> list[list[Any]]:
    """Of each loss the number of its name and steps, and its values, thinned to what can be seen."""
    if not path.exists():
        return []
    curves = []
    for name, loss in read_losses(path, list(losses)):
        points = _thinned(list(enumerate(loss, 1)))
        # A column that counts anew at every octave is no axis.
        steps = [int(float(step)) for _, (step, _) in points]
        values = [_short(float(f"{float(value):.3g}")) for _, (_, value) in points]
        # Most histories have the same steps.
        curves.append([files.losses.number([name, steps]), *values])
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
