"""A folder of photographs given to `aiart stylize` or `aiart dream`: which of them are made, and which are there.

What a picture in the output folder was made of and with is said by its own record. One that is as it would be made now
is kept, one that was stopped is made again, and one that was made otherwise is replaced only when that is asked for.
"""

from __future__ import annotations

import argparse
import gc
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from aiart.cli.many import make_each, output_files, picture_files, report
from aiart.cli.outputs import check_outputs
from aiart.cli.pictures import keeping_what_is_reached
from aiart.errors import UserError
from aiart.images import read_metadata
from aiart.params.canonical import canonical_json
from aiart.params.reading import parse_json

DONE = {"stylize": "painted", "dream": "dreamed on"}
# Of what a picture is made with, what is more than the last bits.
MADE_WITH = ("aiart", "seed", "precision")
SINGLE = ("animation", "deep_zoom", "history", "metrics", "timings", "snapshots", "region_map", "estimate", "state")
# So many reasons are named.
FEW = 3


def add_folder_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--overwrite", action="store_true", help="of a folder: make those again that were made with other settings"
    )


class Planned(NamedTuple):
    """outputs: where the picture of each photograph goes. records: what those that are there already say."""

    outputs: Mapping[Path, Path]
    records: Mapping[Path, dict[str, Any]]


def planned(options: argparse.Namespace, command: str, folder: str | None, inputs: Sequence[str | None]) -> Planned:
    """What is asked for of each photograph; nothing where `folder` is None, since only one picture is asked for.

    inputs: the other files that are read. Raises UserError where an option is for the other case, where something
    cannot be written, or where a picture of another making lies in its place.
    """
    if folder is None:
        if options.overwrite:
            raise UserError("--overwrite: is for a folder of photographs; a single picture is always replaced.")
        return Planned({}, {})
    for name in SINGLE:
        if getattr(options, name, None):
            raise UserError(
                f"--{name.replace('_', '-')}: is for a single picture, and {folder} is a folder; leave it out, or name "
                "one of its pictures."
            )
    if os.path.realpath(options.output) == os.path.realpath(folder):
        raise UserError(f"{options.output}: is the folder of the photographs themselves; choose another folder.")
    sources, passed_over = picture_files([folder], DONE[command])
    outputs = output_files(sources, Path(options.output))
    check_outputs(*outputs.values(), folders=[options.output], inputs=[*inputs, *sources])
    records = {}
    for output in filter(Path.exists, outputs.values()):
        if (record := _record(output, command)) is None:
            raise UserError(
                f"{output}: was not made by `aiart {command}` and would be replaced; choose another folder."
            )
        records[output] = record
    for line in passed_over:
        print(line, flush=True)
    return Planned(outputs, records)


def make_folder(
    options: argparse.Namespace,
    command: str,
    plan: Planned,
    said: Callable[[Path], dict[str, Any]],
    make: Callable[..., object],
    steps: int,
) -> None:
    """Make the pictures that are not there yet, under one bar of so many steps for each, and print the last line.

    said: the record of a photograph's picture as it would be made now: settings under the command's name, made_with and
    made_of. make: is given the options of one picture, the bar, and the signals that came.

    Raises UserError where pictures could not be made, and before the first where one that is there was made otherwise.
    """
    outputs, left = plan.outputs, _left(options, command, plan, said)
    if kept := len(outputs) - len(left):
        print(f"{options.output}: {kept} of {len(outputs)} pictures are there already and are kept.", flush=True)
    from tqdm import tqdm

    part = "content" if command == "stylize" else "picture"
    bar = tqdm(total=len(left) * steps, unit="it", disable=None)
    with keeping_what_is_reached() as stopped:

        def make_one(source: Path, output: Path) -> None:
            bar.set_description(source.stem, refresh=False)
            one = argparse.Namespace(**{**vars(options), part: str(source), "output": str(output)})
            make(one, bar, stopped)
            # TensorFlow's graphs refer to themselves, and each painting has its own: a thousand would fill the memory.
            gc.collect()

        faults = make_each(left, make_one, bar, stopped)
    report(faults, len(left), DONE[command])
    print(f"{options.output}: {len(outputs)} pictures, {len(left)} of them made now")


def _left(
    options: argparse.Namespace,
    command: str,
    plan: Planned,
    said: Callable[[Path], dict[str, Any]],
) -> dict[Path, Path]:
    """What is to be made of the outputs."""
    left, others = {}, {}
    for source, output in plan.outputs.items():
        record = plan.records.get(output)
        differences = _differences(record, said(source), command) if record else []
        if record and "stopped_after" not in record and not differences:
            continue
        left[source] = output
        if differences and "stopped_after" not in record:
            others[output] = differences
    if others and not options.overwrite:
        output, differences = next(iter(others.items()))
        what = f"{output} and {len(others) - 1} more: were" if len(others) > 1 else f"{output}: was"
        raise UserError(
            f"{what} made otherwise ({', '.join(differences[:FEW])}); choose another folder, or add --overwrite to "
            f"replace {'them' if len(others) > 1 else 'it'}."
        )
    return left


def _differences(record: Mapping[str, Any], now: Mapping[str, Any], command: str) -> list[str]:
    """Names of settings, inputs, and what else a picture was made with, that are others now."""
    # What is `auto` was decided when the picture was made.
    settings = {name: record[command].get(name) if value == "auto" else value for name, value in now[command].items()}
    found = [
        *_unlike(record[command], settings),
        *_unlike(_hashes(record), _hashes(now)),
        *_unlike(*({name: one["made_with"].get(name) for name in MADE_WITH} for one in (record, now))),
    ]
    return [f"version of {name}" if name == "aiart" else name for name in found]


def _unlike(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    names = dict.fromkeys([*other, *one])
    return [name for name in names if canonical_json(one.get(name)) != canonical_json(other.get(name))]


def _hashes(record: Mapping[str, Any]) -> dict[str, Any]:
    """Of each part of what a picture is made of, whatever its files are called now."""
    return {
        part: [file["sha256"] for file in (files if isinstance(files, list) else [files])]
        for part, files in record["made_of"].items()
    }


def _record(output: Path, command: str) -> dict[str, Any] | None:
    """What a picture says of how it was made; None where it was not by this command."""
    try:
        record = parse_json(read_metadata(output).get("aiart", "{}"))
        _hashes(record), record["made_with"].keys(), record[command].keys()
    except (UserError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return record
