"""aiart translate facades.npz labels.png -o translated"""

from __future__ import annotations

import argparse
from pathlib import Path

from aiart.cli.arguments import WholeNumber, add_job_arguments
from aiart.cli.many import make_each, output_files, picture_files, report
from aiart.cli.marks import mark, source_of_method
from aiart.cli.outputs import check_outputs
from aiart.cli.records import made_of, provenance
from aiart.cli.runtime import start_job
from aiart.errors import UserError
from aiart.images import read_photograph, write_image
from aiart.params import canonical_json
from aiart.stopping import stop_when_asked

DONE = "translated"


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
        type=WholeNumber(64, 16384, word="auto"),
        help="cut larger pictures into tiles of so many pixels, an approximation; `auto` where the whole does not fit "
        "into the memory, which without this option is refused",
    )
    parser.add_argument(
        "--bits", type=WholeNumber(8, 16), choices=[8, 16], default=8, help="bits per sample of the results"
    )
    parser.add_argument(
        "--keep-profile",
        choices=["true", "false"],
        default="false",
        help="give results the ICC profile of their picture, and make them in its colours",
    )
    add_job_arguments(parser)


def run(options: argparse.Namespace) -> None:
    sources, passed_over = picture_files(options.pictures, DONE)
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

    def make(source: Path, output: Path) -> None:
        noise = None if options.no_dropout else noise_seed(options.seed, source.stem)
        said = {"made_with": made_with, "made_of": model_file | made_of(picture=source)}
        _translate(options, model, source, output, direction, noise, said, kind)

    with stop_when_asked() as stopped:
        faults = make_each(outputs, make, tqdm(total=len(outputs), unit="picture", disable=None), stopped)
    report(faults, len(outputs), DONE)
    pictures = f"{len(outputs)} pictures" if len(outputs) > 1 else "1 picture"
    print(f"{options.output}: {pictures}, {direction}")


def _translate(
    options: argparse.Namespace, model, source: Path, output: Path, direction: str, noise: int | None, said, kind: str
) -> None:
    """Translate one picture. said: what its record says of inputs and versions."""
    from aiart.translation.translate import translate_picture

    keep_profile = options.keep_profile == "true"
    picture, alpha, profile = read_photograph(source, keep_profile=keep_profile)
    made = translate_picture(model, picture, direction, noise_seed=noise, side=options.side, tile=options.tile)
    settings = {
        "method": model.method,
        "direction": direction,
        "dropout": not options.no_dropout,
        "side": options.side,
        "tile": made.tile,
        "bits": options.bits,
        "keep_profile": keep_profile,
    }
    if made.approximation:
        settings["approximation"] = made.approximation
        print(f"{output}: an approximation in {made.approximation}.", flush=True)
    metadata = {"aiart": canonical_json({"translate": settings, **said})}
    xmp = mark(kind, [source])
    write_image(output, made.picture, alpha=alpha, metadata=metadata, xmp=xmp, bits=options.bits, profile=profile)


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
