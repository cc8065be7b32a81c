"""aiart translate facades.npz labels.png -o translated"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from aiart.cli.arguments import WholeNumber, add_job_arguments
from aiart.cli.marks import mark, source_of_method
from aiart.cli.outputs import check_outputs
from aiart.cli.records import made_of, provenance
from aiart.cli.runtime import start_job
from aiart.datasets.folders import SUFFIXES
from aiart.errors import UserError
from aiart.images import kept_profile, read_cutout, write_image
from aiart.params import canonical_json
from aiart.stopping import Stopped, stop_when_asked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="trained model, .npz or .safetensors, of `aiart train` or `aiart import`")
    parser.add_argument("pictures", nargs="+", help="pictures of any size, or folders of pictures")
    parser.add_argument("-o", "--output", required=True, help="folder to write to; NAME.jpg becomes NAME.png there")
    parser.add_argument("--direction", choices=["a_to_b", "b_to_a"], help="needed for a model that has both")
    parser.add_argument(
        "--side",
        type=WholeNumber(1, 16384),
        help="resize the longer side to so many pixels first; without it sizes are kept",
    )
    parser.add_argument(
        "--no-dropout",
        action="store_true",
        help="leave dropout off, where the model has some: smoother, and equal for every seed",
    )
    parser.add_argument(
        "--tile",
        type=_tile,
        help="cut larger pictures into tiles of so many pixels, an approximation; `auto` where the whole does not fit "
        "into the memory, which without this option is refused",
    )
    parser.add_argument("--bits", type=int, choices=[8, 16], default=8, help="bits per sample of the results")
    parser.add_argument(
        "--keep-profile",
        choices=["true", "false"],
        default="false",
        help="give results the ICC profile of their picture, and make them in its colours",
    )
    add_job_arguments(parser)


def _tile(text: str) -> int | str:
    return text if text == "auto" else WholeNumber(64, 16384)(text)


def run(options: argparse.Namespace) -> None:
    sources, passed_over = picture_files(options.pictures)
    outputs = output_files(sources, Path(options.output))
    check_outputs(*outputs.values(), folders=[options.output], inputs=[options.model, *sources])
    start_job(options)
    for line in passed_over:
        print(line, flush=True)
    from tqdm import tqdm

    from aiart.translation.model_file import load_model
    from aiart.translation.translate import noise_seed

    model = load_model(options.model)
    kind = source_of_method(model.method)
    direction = _direction(options, model.directions)
    made_with = provenance(options, model.settings.precision)
    model_file = made_of(model=options.model)
    faults = []
    with stop_when_asked() as stopped:
        for number, (source, output) in enumerate(tqdm(outputs.items(), unit="picture", disable=None)):
            if stopped:
                raise Stopped(stopped[0], f"{number} of {len(outputs)} pictures were looked at, the rest is left out")
            noise = None if options.no_dropout else noise_seed(options.seed, source.stem)
            said = {"made_with": made_with, "made_of": model_file | made_of(picture=source)}
            try:
                _translate(options, model, source, output, direction, noise, said, kind)
            except UserError as error:
                # What is wrong with one of many pictures must say with which.
                faults.append(str(error) if str(source) in str(error) else f"{source}: {error}")
    _report(options.output, len(outputs), direction, faults)


def _translate(
    options: argparse.Namespace, model, source: Path, output: Path, direction: str, noise: int | None, said, kind: str
) -> None:
    """Translate one picture. said: what its record says of inputs and versions."""
    from aiart.translation.translate import translate_picture

    profile = kept_profile(source) if options.keep_profile == "true" else None
    picture, alpha = read_cutout(source, profile=profile)
    made = translate_picture(model, picture, direction, noise_seed=noise, side=options.side, tile=options.tile)
    settings = {
        "method": model.method,
        "direction": direction,
        "dropout": not options.no_dropout,
        "side": options.side,
        "tile": made.tile,
        "bits": options.bits,
        "keep_profile": options.keep_profile == "true",
    }
    if made.approximation:
        settings["approximation"] = made.approximation
        print(f"{output}: an approximation in {made.approximation}.", flush=True)
    metadata = {"aiart": canonical_json({"translate": settings, **said})}
    xmp = mark(kind, [source])
    write_image(output, made.picture, alpha=alpha, metadata=metadata, xmp=xmp, bits=options.bits, profile=profile)


def _report(folder: str, asked: int, direction: str, faults: list[str]) -> None:
    """The last line; UserError when not all pictures could be translated."""
    if len(faults) == 1:
        raise UserError(faults[0])
    for fault in faults:
        print(fault)
    if faults:
        raise UserError(
            f"{len(faults)} of {asked} pictures could not be translated, as listed; mend or leave out those."
        )
    print(f"{folder}: {asked} pictures, {direction}" if asked > 1 else f"{folder}: 1 picture, {direction}")


def picture_files(paths: Sequence[str]) -> tuple[list[Path], list[str]]:
    """The files that are named, and those in the folders that are named, sorted by name; each file once. With a line
    for each folder that holds anything else, which is passed over."""
    files, passed_over = [], []
    for path in map(Path, paths):
        if not path.is_dir():
            if not path.is_file():
                what = "is a pipe or a device, not a file" if path.exists() else "no such file"
                raise UserError(f"{path}: {what}; check the path.")
            files.append(path)
            continue
        visible = sorted(file for file in path.iterdir() if not file.name.startswith("."))
        found = [file for file in visible if file.suffix.lower() in SUFFIXES and file.is_file()]
        others = _described([file for file in visible if file not in set(found)])
        if not found:
            raise UserError(
                f"{path}: holds no pictures{f' but {others}' if others else ''}; give a folder with files in "
                f"{', '.join(SUFFIXES)}."
            )
        if others:
            passed_over.append(f"{path}: passed over {others}.")
        files += found
    return list(dict.fromkeys(files)), passed_over


def _described(others: Sequence[Path]) -> str:
    """What lies beside the pictures of a folder, counted by why it is no picture of it."""
    folders = [path for path in others if path.is_dir()]
    inside = sum(
        Path(name).suffix.lower() in SUFFIXES for folder in folders for _, _, names in os.walk(folder) for name in names
    )
    files = [path for path in others if path.is_file()]
    broken = [path for path in others if path not in set(folders) | set(files)]
    parts = [
        (folders, "folders", f"with {inside} pictures, which are translated when the folder is named"),
        (files, "files", "that are no pictures"),
        (broken, "links or devices", "that lead to no file"),
    ]
    return ", ".join(f"{what} {why} ({_some(paths)})" for paths, what, why in parts if paths)


def _some(paths: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in paths[:3])
    return f"{len(paths)}: {names}, …" if len(paths) > 3 else f"{len(paths)}: {names}"


def output_files(inputs: Sequence[Path], folder: Path) -> dict[Path, Path]:
    """Where each input's translation goes.

    Raises UserError when two inputs would be written to one file, or an output would overwrite an input.
    """
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file, but pictures are written into a folder; choose another name.")
    sources, by_output = {file.resolve() for file in inputs}, {}
    for file in inputs:
        output = folder / f"{file.stem}.png"
        # Compared without case, since some file systems do.
        first = by_output.setdefault(output.name.casefold(), file)
        if first is not file:
            raise UserError(f"{first} and {file}: would both be written to {output}; rename one, or use two folders.")
        if output.resolve() in sources:
            raise UserError(f"{output}: would overwrite a picture that is to be translated; choose another folder.")
    return {file: folder / f"{file.stem}.png" for file in inputs}


def _direction(options: argparse.Namespace, directions: tuple[str, ...]) -> str:
    if options.direction is None:
        if len(directions) > 1:
            raise UserError(f"{options.model}: translates both ways; add --direction {' or '.join(directions)}.")
        return directions[0]
    if options.direction not in directions:
        raise UserError(
            f"{options.model}: translates only {directions[0]}, not {options.direction}; leave out --direction."
        )
    return options.direction
