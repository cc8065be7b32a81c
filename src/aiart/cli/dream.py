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
from aiart.memory import fits, most_that_fits
from aiart.networks.files import existing_weights_file
from aiart.params.deep_dream import DeepDream
from aiart.params.feature_networks import NETWORKS
from aiart.timings import timings

SMALLEST_TILE = 128


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

    settings = _tiled_to_fit(settings, *picture.shape[:2])
    precision = resolve_precision(settings.precision)
    layers = list(settings.layer_weights)
    network = load_network(settings.network, layers, weights=weights, precision=precision)
    smallest_side = NETWORKS[settings.network].smallest_side(layers)
    objective = build_objective(network, settings, guide)
    common = {"seed": options.seed, "smallest_side": smallest_side, "name": Path(options.output).stem, "guide": guide}
    shared = 0 if settings.tile_overlap == "auto" else settings.tile_overlap
    tiles = range(max(SMALLEST_TILE, 2 * shared), settings.tile or settings.long_side, 64)
    # A neuron is in one tile only.
    tiles = () if settings.neuron else tiles
    memory = fitting_picture("the dream", dream_mb, settings, picture.shape, tiles=tiles)
    with keeping_what_is_reached() as stopped, memory:
        dreamed = dream(objective, picture, settings, **common, stopped=stopped)
        made_with = provenance(options, precision)
        if settings.tile:
            made_with["tiles_may_change"] = round(dreamed.differing_share, 4)
        result = Result(
            picture=dreamed.picture,
            alpha=alpha,
            profile=profile,
            history=dreamed.history,
            measured=metrics(dreamed),
            settings=settings.model_dump(),
            made_with=made_with,
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


def _tiled_to_fit(settings: DeepDream, height: int, width: int) -> DeepDream:
    """The settings with a number for `tile: auto`: 0 where the dream of a picture of this size fits into the memory as
    a whole, else the largest side of tiles with which it does."""
    if settings.tile != "auto":
        return settings
    scale = min(1, settings.long_side / max(height, width))
    pixels, longest = round(scale**2 * height * width), round(scale * max(height, width))

    def takes(tile: int) -> int:
        return dream_mb(settings.model_copy(update={"tile": tile}), pixels) * 10**6

    sides = range(SMALLEST_TILE, max(longest, SMALLEST_TILE + 1), 64)
    return settings.model_copy(update={"tile": 0 if fits(takes(0)) else most_that_fits(sides, takes)})


def _mark(options: argparse.Namespace, settings: DeepDream) -> str:
    if settings.start == "noise":
        return mark(TRAINED, [options.guide])
    return mark(COMPOSITE, [options.picture, options.guide])
