"""What a picture says of how it was made, and the command that makes it so. Nothing here reads a picture's pixels."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiart.errors import UserError
from aiart.images import read_metadata
from aiart.params import canonical_json
from aiart.params.load import checked
from aiart.params.plain import clipped
from aiart.params.reading import parse_json
from aiart.params.recipes import COMMANDS, command_line
from aiart.plain_files import read_text

# Each command that can be repeated and its inputs, in the order of its command line.
INPUTS = {
    **{name: (*command.inputs, "weights") for name, command in COMMANDS.items()},
    "translate": ("model", "picture"),
}
# Parts that may be several files.
MANY = {part for command in COMMANDS.values() for part, given in command.inputs.items() if given.many}
SETTINGS = {name: command.settings for name, command in COMMANDS.items()}
_NEEDED = {"content", "styles", "picture", "model", "weights"}
_TRANSLATION = {
    **{"method": str, "direction": str, "dropout": bool, "side": int | None},
    **{"tile": int | None, "bits": int, "keep_profile": bool, "approximation": str | None},
}
# Of what earlier versions said nothing.
_WITHOUT = {"tile": None, "bits": 8, "keep_profile": False, "approximation": None}
_MAX_RECORD = 256 * 1024

Record = dict[str, Any]


def read_record(path: str | Path) -> tuple[str, Record]:
    """The command that made the picture `path`, and its record: what the command was given under its name, `made_of`
    (name and sha256 of each input) and `made_with`. It stands in the picture, or else in the .json of the same name
    beside it.

    Raises UserError where it is no picture that can be read, or has no such record of a picture that is made by one
    command, or one that was changed by hand or holds settings that this version does not know.
    """
    path = Path(path)
    said = read_metadata(path)
    record = _parsed(path, said["aiart"]) if "aiart" in said else _beside(path) or {}
    command = next((name for name in INPUTS if name in record), None)
    if command is None:
        raise UserError(f"{path}: {_what_else(said, record)}.")
    _check_inputs(path, command, record)
    _check_made_with(path, record)
    _check_settings(path, command, record)
    return command, record


def command_words(command: str, record: Record, inputs: Mapping[str, Any], output: str) -> list[str]:
    """The words, without `aiart`, of the command that makes the picture of a record.

    inputs: the path of each part of `made_of`, a list of them for those of `MANY`; weights may be left out, and are the
    network's own then. output: a picture, for `translate` a folder.
    """
    if command == "translate":
        return _translation_words(record, inputs, output)
    made_of = {part: inputs[part] for part in COMMANDS[command].inputs if inputs.get(part)}
    named = {part: [{"name": file} for file in _listed(files)] for part, files in made_of.items()}
    words = shlex.split(command_line({**record, "made_of": named}, output))[1:]
    return [*words, "--weights", inputs["weights"]] if inputs.get("weights") else words


def _translation_words(record: Record, inputs: Mapping[str, Any], output: str) -> list[str]:
    settings, made_with = record["translate"], record["made_with"]
    words = ["translate", inputs["model"], inputs["picture"], "-o", output, "--direction", settings["direction"]]
    words += ["--seed", str(made_with["seed"]), "--threads", str(made_with["threads"])]
    words += [
        word
        for name in ("side", "tile", "bits", "keep_profile")
        if (value := settings.get(name, _WITHOUT.get(name))) != _WITHOUT.get(name)
        for word in (f"--{name.replace('_', '-')}", str(value).lower())
    ]
    return words if settings["dropout"] else [*words, "--no-dropout"]


def _listed(files: Any) -> list[Any]:
    return files if isinstance(files, list) else [files]


def _parsed(path: Path, text: str) -> Record:
    if len(text) > _MAX_RECORD:
        raise UserError(f"{path}: says more than {_MAX_RECORD // 1024} kB of how it was made, which no record of ours "
                        "does; take a copy that nobody changed.")  # fmt: skip
    try:
        record = parse_json(text)
    except ValueError as error:
        raise UserError(f"{path}: what it says of how it was made {error}; take a copy that nobody changed.") from None
    if not isinstance(record, dict):
        raise _changed(path, "is no object")
    return record


def _beside(path: Path) -> Record | None:
    """The record of figures beside a picture, as one of a picture."""
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return None
    try:
        found = json.loads(read_text(beside))
        made_of, settings = found["made_of"], found["settings"]
        command = "stylize" if "content" in made_of else "dream" if "picture" in made_of else None
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    if command is None:
        return None
    return _parsed(beside, canonical_json({command: settings, **{k: v for k, v in found.items() if k != "settings"}}))


def _what_else(said: Mapping[str, str], record: Record) -> str:
    made_of = record.get("made_of")
    if "frame" in record:
        return "is a frame of another picture's making; repeat that picture, with --snapshots or --animation"
    if isinstance(made_of, dict) and {"model", "dataset"} & set(made_of):
        return "shows how a model was judged; `aiart evaluate` makes it again, from the model"
    if record:
        return "is made by no command that this version can repeat; it repeats " + ", ".join(INPUTS)
    if "credit" in said and "title" in said:
        return "is a built-in picture; `aiart picture` makes it again"
    if "caption" in said and "title" in said:
        return "is a grid of other pictures; repeat those, one by one"
    return (
        "says nothing of how it was made; give a picture as `aiart stylize`, `dream` or `translate` wrote it (grids, "
        "curves and the progress of trainings are not repeated, and other programs take the record out)"
    )


def _changed(path: Path, why: str) -> UserError:
    return UserError(f"{path}: its record was changed by hand or damaged ({why}); take a copy that nobody changed.")


def _check_inputs(path: Path, command: str, record: Record) -> None:
    made_of = record.get("made_of")
    if not isinstance(made_of, dict):
        raise _changed(path, "made_of is missing")
    for part in INPUTS[command]:
        found = made_of.get(part)
        if found is None:
            if part in _NEEDED:
                raise _changed(path, f"made_of names no {part}")
            continue
        files = found if part in MANY else [found]
        if not isinstance(files, list) or not files or not all(map(_is_identity, files)):
            raise _changed(path, f"{part} of made_of is not name and sha256")


def _is_identity(file: Any) -> bool:
    if not isinstance(file, dict) or not all(isinstance(file.get(key), str) for key in ("name", "sha256")):
        return False
    name, digest = file["name"], file["sha256"]
    plain = name not in ("", ".", "..") and "/" not in name and len(name.encode()) <= 255
    return plain and len(digest) == 64 and not set(digest) - set("0123456789abcdef")


def _check_made_with(path: Path, record: Record) -> None:
    made_with = record.get("made_with")
    if not isinstance(made_with, dict):
        raise _changed(path, "made_with is missing")
    for key, most in (("seed", 2**31 - 1), ("threads", 1024)):
        value = made_with.get(key)
        if type(value) is not int or not 0 <= value <= most:
            raise _changed(path, f"{key} of made_with is no whole number from 0 to {most:,}")


def _check_settings(path: Path, command: str, record: Record) -> None:
    settings = record[command]
    if command in SETTINGS:
        try:
            checked(SETTINGS[command], settings, command)
        except UserError as error:
            raise UserError(f"{path}: {_of_version(record)} does not know its settings ({_inner(error)}); repeat it "
                            "with the version that made it.") from None  # fmt: skip
        return
    if not isinstance(settings, dict):
        raise _changed(path, "translate is no object")
    if unknown := sorted(set(settings) - set(_TRANSLATION)):
        raise UserError(f"{path}: {_of_version(record)} does not know its settings ({clipped(', '.join(unknown))}); "
                        "repeat it with the version that made it.")  # fmt: skip
    for key, kind in _TRANSLATION.items():
        value = settings.get(key, _WITHOUT.get(key))
        if not isinstance(value, kind) or (key in ("side", "tile", "bits") and isinstance(value, bool)):
            raise _changed(path, f"{key} of translate is something else than a translation's")


def _inner(error: UserError) -> str:
    return clipped(str(error).rstrip("."), 300)


def _of_version(record: Record) -> str:
    from aiart import __version__

    made_by = record["made_with"].get("aiart")
    return f"aiart {__version__} (it was made by {clipped(str(made_by))})" if made_by != __version__ else (
        f"aiart {__version__}, which is to have made it,"
    )  # fmt: skip
