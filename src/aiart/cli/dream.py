"""aiart dream photo.jpg -o out.png --layers mixed4"""

from __future__ import annotations

import argparse
from pathlib import Path

from aiart.cli.runtime import (
    add_job_arguments,
    add_record_arguments,
    check_suffix,
    provenance,
    start_job,
    write_records,
)
from aiart.cli.settings import add_settings, read_settings
from aiart.errors import UserError
from aiart.images import read_image, write_image
from aiart.params import canonical_json
from aiart.params.deep_dream import DeepDream, check_guide


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picture", help="the photograph")
    parser.add_argument("-o", "--output", required=True, help="picture to write, .png or .jpg")
    parser.add_argument("--guide", nargs="*", default=[], help="picture whose features to dream of")
    parser.add_argument("--weights", help="weights file of the network; `aiart networks` says where it is")
    parser.add_argument("--animation", help="also write a zoom into the dream, .gif or .webp")
    add_record_arguments(parser)
    add_job_arguments(parser)
    add_settings(parser, DeepDream, "deep dream")
    parser.add_argument("--layer", dest="setting_layers", default=argparse.SUPPRESS, help="the same as --layers")


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, DeepDream)
    try:
        check_guide(settings, bool(options.guide))
    except ValueError as error:
        raise UserError(f"settings: {error}.") from None
    if bool(options.animation) != bool(settings.zoom_frames):
        raise UserError("--animation FILE and --zoom-frames N go together; give both or neither.")
    picture = read_image(options.picture)
    guide = read_image(options.guide[0]) if options.guide else None
    check_suffix(options.output, (".png", ".jpg", ".jpeg"))
    if options.animation:
        check_suffix(options.animation, (".gif", ".webp"))

    start_job(options)
    from aiart.deep_dream.dream import dream, metrics, timings
    from aiart.deep_dream.feature_network import load_network
    from aiart.deep_dream.objective import build_objective
    from aiart.networks.precision import resolve_precision

    precision = resolve_precision(settings.precision)
    network, smallest_side = load_network(settings, options.weights)
    objective = build_objective(network, settings, guide)
    name = Path(options.output).stem
    dreamed = dream(objective, picture, settings, seed=options.seed, smallest_side=smallest_side, name=name)
    made_with = provenance(options, precision=precision)
    resolved = settings.model_dump()
    write_image(
        options.output,
        dreamed.picture,
        metadata={"aiart": canonical_json({"dream": resolved, "made_with": made_with})},
    )
    if options.animation:
        from aiart.deep_dream.zoom import zoom_frames
        from aiart.gallery import write_animation

        frames = zoom_frames(
            objective, dreamed.picture, settings, seed=options.seed, smallest_side=smallest_side, name=name
        )
        write_animation(options.animation, frames)
    report = {"measured": metrics(dreamed), "settings": resolved, "made_with": made_with}
    write_records(options, dreamed.history, report, timings(dreamed))
