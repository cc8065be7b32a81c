"""aiart translate facades.npz labels.png -o translated"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from aiart.cli.runtime import WholeNumber, add_job_arguments, provenance, start_job
from aiart.datasets.folders import SUFFIXES
from aiart.errors import UserError
from aiart.images import read_cutout, write_image
from aiart.params import canonical_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="trained model, .npz, of `aiart train`")
    parser.add_argument("pictures", nargs="+", help="pictures of any size, or folders of pictures")
    parser.add_argument("-o", "--output", required=True, help="folder to write to; NAME.jpg becomes NAME.png there")
    parser.add_argument("--direction", choices=["a_to_b", "b_to_a"], help="needed for a model that has both")
    parser.add_argument(
        "--side",
        type=WholeNumber(1, 16384),
        help="resize the longer side to so many pixels first; without it sizes are kept",
    )
    parser.add_argument(
        "--no-dropout", action="store_true", help="leave Pix2Pix's dropout off: smoother, and equal for every seed"
    )
    add_job_arguments(parser)


def run(options: argparse.Namespace) -> None:
    outputs = output_files(picture_files(options.pictures), Path(options.output))
    start_job(options)
    from tqdm import tqdm

    from aiart.translation.model_file import load_model
    from aiart.translation.translate import noise_seed, translate_picture

    model = load_model(options.model)
    direction = _direction(options, model.directions)
    made_by = {"method": model.method, "direction": direction, "dropout": not options.no_dropout, "side": options.side}
    metadata = {"aiart": canonical_json({"translate": made_by, "made_with": provenance(options)})}
    for source, output in tqdm(outputs.items(), unit="picture", disable=None):
        noise = None if options.no_dropout else noise_seed(options.seed, source.stem)
        try:
            picture, alpha = read_cutout(source)
            made = translate_picture(model, picture, direction, noise_seed=noise, side=options.side)
        except UserError as error:
            # What is wrong with one of many pictures must say with which.
            raise error if str(source) in str(error) else UserError(f"{source}: {error}") from None
        write_image(output, made, alpha=alpha, metadata=metadata)
    count = f"{len(outputs)} pictures" if len(outputs) > 1 else "1 picture"
    print(f"{options.output}: {count}, {direction}")


def picture_files(paths: Sequence[str]) -> list[Path]:
    """The files that are named, and those in the folders that are named, sorted by name; each file once."""
    files = []
    for path in map(Path, paths):
        if not path.is_dir():
            if not path.is_file():
                what = "is a pipe or a device, not a file" if path.exists() else "no such file"
                raise UserError(f"{path}: {what}; check the path.")
            files.append(path)
            continue
        found = sorted(
            file for file in path.iterdir() if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
        )
        if not found:
            raise UserError(f"{path}: holds no pictures; give a folder with files in {', '.join(SUFFIXES)}.")
        files += found
    return list(dict.fromkeys(files))


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
