"""aiart dream photo.jpg -o out.png --layers mixed4"""

from __future__ import annotations

import argparse
from pathlib import Path

from aiart.cli.arguments import Once
from aiart.cli.marks import mark
from aiart.cli.pictures import (
    Result,
    add_picture_arguments,
    check_picture_outputs,
    fitting_picture,
    keeping_what_is_reached,
    write_result,
)
from aiart.cli.records import made_of, provenance
from aiart.cli.runtime import start_job
from aiart.cli.settings import add_settings, read_settings
from aiart.deep_dream.memory import dream_mb
from aiart.images import COMPOSITE, TRAINED, in_srgb, kept_profile, read_cutout, read_image
from aiart.networks.files import existing_weights_file
from aiart.params.deep_dream import DeepDream
from aiart.params.feature_networks import NETWORKS
from aiart.timings import timings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picture", help="the photograph")
    parser.add_argument("--guide", action=Once, help="picture whose features to dream of; `--guide=` is none")
    add_picture_arguments(parser, animation="a zoom into the dream")
    add_settings(parser, DeepDream, "deep dream")
    parser.add_argument("--layer", dest="setting_layers", default=argparse.SUPPRESS, help="the same as --layers")


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, DeepDream, guided=bool(options.guide), animated=bool(options.animation))
    profile = kept_profile(options.picture) if settings.keep_profile else None
    picture, alpha = read_cutout(options.picture, profile=profile)
    guide = read_image(options.guide, profile=profile) if options.guide else None
    check_picture_outputs(options, bits=settings.bits, inputs=[options.picture, options.guide])
    start_job(options)
    xmp = _mark(options, settings)
    weights = existing_weights_file(settings.network, options.weights)
    made = made_of(picture=options.picture, guide=options.guide, weights=weights)
    from aiart.deep_dream.dream import dream, metrics
    from aiart.deep_dream.objective import build_objective
    from aiart.deep_dream.zoom import zoom_frames
    from aiart.gallery import write_animation
    from aiart.networks.precision import resolve_precision
    from aiart.networks.registry import load_network

    precision = resolve_precision(settings.precision)
    layers = list(settings.layer_weights)
    network = load_network(settings.network, layers, weights=weights, precision=precision)
    smallest_side = NETWORKS[settings.network].smallest_side(layers)
    objective = build_objective(network, settings, guide)
    common = {"seed": options.seed, "smallest_side": smallest_side, "name": Path(options.output).stem, "guide": guide}
    tiles = range(max(128, 2 * settings.tile_overlap), settings.tile or settings.long_side, 64)
    # A neuron is in one tile only.
    tiles = () if settings.neuron else tiles
    memory = fitting_picture("the dream", dream_mb, settings, picture.shape, tiles=tiles)
    with keeping_what_is_reached() as stopped, memory:
        dreamed = dream(objective, picture, settings, **common, stopped=stopped)
        result = Result(
            picture=dreamed.picture,
            alpha=alpha,
            profile=profile,
            history=dreamed.history,
            measured=metrics(dreamed),
            settings=settings.model_dump(),
            made_with=provenance(options, precision),
            made_of=made,
            timings=timings(dreamed.seconds),
            xmp=xmp,
        )
        more = []
        if options.animation:
            frames = zoom_frames(objective, dreamed.picture, settings, **common, stopped=stopped)
            shown = (in_srgb(frame, profile) for frame in frames)
            more.append(lambda: write_animation(options.animation, shown, xmp=xmp))
        write_result(options, "dream", result, *more, stopped=stopped)


def _mark(options: argparse.Namespace, settings: DeepDream) -> str:
    if settings.start == "noise":
        return mark(TRAINED, [options.guide])
    return mark(COMPOSITE, [options.picture, options.guide])
