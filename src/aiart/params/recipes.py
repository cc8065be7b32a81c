"""How a picture is made again: the `aiart` command and the block of params.yaml that its record stands for.

A record is the JSON object under `aiart` in a picture's text: settings under the name of the command, `made_with` and
`made_of`. Needs neither TensorFlow nor the files that the picture was made of.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from aiart.params.base import Settings
from aiart.params.canonical import canonical_json
from aiart.params.deep_dream import DeepDream
from aiart.params.reading import parse_yaml
from aiart.params.root import ROOMS
from aiart.params.style_transfer import StyleTransfer
from aiart.params.training import TrainingRoom

Named = Mapping[str, str]
"""A file in a record: its name and its sha256."""


@dataclass(frozen=True)
class Input:
    """A part that files play in a picture. option: how the command line names them, empty where they just stand there;
    setting: how params.yaml names them, None where it cannot; many: whether there may be several."""

    option: str = ""
    setting: str | None = None
    many: bool = False


@dataclass(frozen=True)
class Command:
    """A command that makes pictures or models. room: its block of params.yaml. frames: the setting that is above 0
    where an animation is made as well. inputs: by their part in `made_of`, in order. kind: what params.yaml calls what
    it makes. also: options of what it can write beside, with the ends of their names."""

    room: str
    settings: type[Settings]
    frames: str
    inputs: Mapping[str, Input]
    kind: str = "pictures"
    also: tuple[tuple[str, str], ...] = ()


COMMANDS: dict[str, Command] = {
    "stylize": Command(
        "style_transfer",
        StyleTransfer,
        "snapshot_every",
        {
            "content": Input(setting="content"),
            "styles": Input(setting="style", many=True),
            "init_picture": Input("--init-picture"),
            "palette": Input("--palette", "palette"),
            "masks": Input("--mask", "masks", many=True),
            "style_masks": Input("--style-mask", "style_masks", many=True),
        },
    ),
    "dream": Command(
        "deep_dream",
        DeepDream,
        "zoom_frames",
        {"picture": Input(setting="picture"), "guide": Input("--guide", "guide")},
    ),
}
TRAININGS: dict[str, Command] = {
    f"train {key}": Command(
        key,
        room.settings_model,
        "",
        {"dataset": Input("--dataset", "dataset"), "network": Input("--weights")},
        kind="runs",
        also=(("--history", ".csv"), ("--progress", ".progress.png")),
    )
    for key, room in ROOMS.items()
    if issubclass(room, TrainingRoom)
}
"""The same for what is trained. No file holds a record of it; `aiart.page` puts one together."""
RECIPES = COMMANDS | TRAININGS


def command_of(record: Mapping[str, Any]) -> str | None:
    """The command whose settings a record holds; None where it holds none of `RECIPES`."""
    return next((name for name in RECIPES if isinstance(record.get(name), dict)), None)


def changed_settings(record: Mapping[str, Any], command: str) -> dict[str, Any]:
    """Settings of a record that differ from the command's defaults, in the order in which they are documented."""
    fields, settings = RECIPES[command].settings.model_fields, record[command]
    return {
        name: settings[name]
        for name, field in fields.items()
        if name in settings and canonical_json(settings[name]) != canonical_json(field.default)
    }


def command_line(
    record: Mapping[str, Any], output: str, file_of: Callable[[Named], str] = lambda named: named["name"]
) -> str:
    """The command that makes a picture or a model of these settings, seed and threads, to be pasted into a shell.

    output: the file to write. file_of: the path of a file of the record, which holds names without folders. Raises
    ValueError where the record holds no command of `RECIPES`.
    """
    command = _command(record)
    known, words = RECIPES[command], ["aiart", *command.split()]
    options: list[str] = []
    for part, given in known.inputs.items():
        files = [file_of(named) for named in _files(record, part)]
        if given.option:
            options += [word for file in files for word in (given.option, file)]
        else:
            words += files
    words += ["-o", output, *options]
    words += [word for option, end in known.also for word in (option, f"{PurePath(output).with_suffix('')}{end}")]
    if record[command].get(known.frames):
        words += ["--animation", str(PurePath(output).with_suffix(".gif"))]
    for name, value in changed_settings(record, command).items():
        words += [f"--{name.replace('_', '-')}", _text(value)]
    made_with = record.get("made_with", {})
    for name in ("seed", "threads"):
        if name in made_with:
            words += [f"--{name}", str(made_with[name])]
    return shlex.join(words)


def params_block(record: Mapping[str, Any], name: str) -> str:
    """The picture, animation or training `name` as a block of params.yaml: room, inputs by name, and settings.

    Raises ValueError as `command_line` does.
    """
    command = _command(record)
    known = RECIPES[command]
    settings: dict[str, Any] = {}
    for part, given in known.inputs.items():
        names = [PurePath(named["name"]).stem for named in _files(record, part)]
        if names and given.setting:
            settings[given.setting] = names[0] if len(names) == 1 else names
    settings |= changed_settings(record, command)
    lines = [f"      {key}: {_text(value)}" for key, value in settings.items()]
    kind = "animations" if record[command].get(known.frames) else known.kind
    return "\n".join([f"{known.room}:", f"  {kind}:", f"    {name}:", *lines, ""])


def _command(record: Mapping[str, Any]) -> str:
    command = command_of(record)
    if command is None:
        raise ValueError(f"the record holds settings of none of {', '.join(RECIPES)}")
    return command


def _files(record: Mapping[str, Any], part: str) -> list[Named]:
    files = record.get("made_of", {}).get(part, [])
    return [files] if isinstance(files, Mapping) else list(files)


def _text(value: Any) -> str:
    """A value as YAML 1.2 in one line, which both the command line and params.yaml read; plain words without quotes."""
    plain = isinstance(value, str) and value.isidentifier() and parse_yaml(value) == value
    return value if plain else canonical_json(value)
