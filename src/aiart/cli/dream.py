"""aiart dream photo.jpg -o out.png --layers mixed4"""

from __future__ import annotations

import argparse
from pathlib import Path

from aiart.cli.runtime import add_job_arguments, provenance, start_job, write_json
from aiart.cli.settings import add_settings, read_settings
from aiart.errors import UserError
from aiart.images import atomic_write, read_image, write_image
from aiart.params import canonical_json
from aiart.params.deep_dream import DeepDream, check_guide


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picture", help="the photograph")
    parser.add_argument("-o", "--output", required=True, help="picture to write, .png or .jpg")
    parser.add_argument("--guide", nargs="*", default=[], help="picture whose features to dream of")
    parser.add_argument("--weights", help="weights file of the network; `aiart networks` says where it is")
    parser.add_argument("--animation", help="also write a zoom into the dream, .gif or .webp")
    parser.add_argument("--history", help="also write the objective of every iteration, .csv")
    parser.add_argument("--metrics", help="also write the activation gains and the settings, .json")
    parser.add_argument("--timings", help="also write seconds and memory, .json")
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
    _check_suffix(options.output, (".png", ".jpg", ".jpeg"))
    if options.animation:
        _check_suffix(options.animation, (".gif", ".webp"))

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
    if options.history:
        with atomic_write(options.history) as temporary:
            dreamed.history.to_csv(temporary, index=False, lineterminator="\n")
    if options.metrics:
        write_json(options.metrics, {"measured": metrics(dreamed), "settings": resolved, "made_with": made_with})
    took = timings(dreamed)
    if options.timings:
        write_json(options.timings, took)
    print(
        f"{options.output}: {took['seconds_total']:.1f} s, {took['peak_memory_mb']:.0f} MB, "
        f"{settings.network} in {precision}"
    )


def _check_suffix(path: str, allowed: tuple[str, ...]) -> None:
    if Path(path).suffix.lower() not in allowed:
        raise UserError(f"{path}: cannot be written; use a name that ends in {' or '.join(allowed)}.")
