"""aiart dream photo.jpg -o out.png --layers mixed4; aiart dream photos/ -o out/"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiart.cli.arguments import Once
from aiart.cli.folders import add_folder_arguments, make_folder, planned
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
from aiart.images import COMPOSITE, TRAINED, Photograph, in_srgb, read_image, read_photograph
from aiart.memory import fits, most_that_fits
from aiart.networks.files import existing_weights_file
from aiart.params.deep_dream import DeepDream
from aiart.params.feature_networks import NETWORKS
from aiart.timings import timings

SMALLEST_TILE = 128

if TYPE_CHECKING:
    import numpy as np
    from tqdm import tqdm

    from aiart.deep_dream.objective import Objective


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picture", help="the photograph, or a folder of photographs, which are dreamed on one by one")
    parser.add_argument("--guide", action=Once, help="picture whose features to dream of; `--guide=` is none")
    add_folder_arguments(parser)
    add_picture_arguments(parser, animation="a zoom into the dream")
    add_settings(parser, DeepDream, "deep dream")
    parser.add_argument("--layer", dest="setting_layers", default=argparse.SUPPRESS, help="the same as --layers")


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, DeepDream, guided=bool(options.guide), animated=bool(options.animation))
    folder = options.picture if os.path.isdir(options.picture) else None
    plan = planned(options, "dream", folder, [options.guide or None, options.weights])
    # Of many photographs most have the same colours, and few their own.
    guides = lru_cache(maxsize=1)(partial(_read_guide, options))
    if folder is None:
        photograph = read_photograph(options.picture, keep_profile=settings.keep_profile)
        guides(photograph.profile)
        check_picture_outputs(options, bits=settings.bits, inputs=[options.picture, options.guide])
    else:
        guides(None)
    start_job(options)
    weights = existing_weights_file(settings.network, options.weights)
    made = made_of(guide=options.guide, weights=weights)
    from aiart.deep_dream.objective import build_objective
    from aiart.networks.precision import resolve_precision
    from aiart.networks.registry import load_network

    precision = resolve_precision(settings.precision)
    made_with = provenance(options, precision)
    network = load_network(settings.network, list(settings.layer_weights), weights=weights, precision=precision)

    def said(source: str | Path) -> dict[str, Any]:
        return {"dream": settings.model_dump(), "made_with": made_with, "made_of": made_of(picture=source) | made}

    @lru_cache(maxsize=1)
    def objectives(profile: bytes | None) -> Objective:
        return build_objective(network, settings, guides(profile))

    def make(one: argparse.Namespace, photograph: Photograph, stopped: Sequence[int], bar: tqdm | None = None) -> None:
        objective, guide = objectives(photograph.profile), guides(photograph.profile)
        _dream(one, settings, objective, photograph, guide, said(one.picture), stopped, bar)

    if folder is None:
        with keeping_what_is_reached() as stopped:
            make(options, photograph, stopped)
        return

    def read_and_make(one: argparse.Namespace, bar: tqdm, stopped: Sequence[int]) -> None:
        make(one, read_photograph(one.picture, keep_profile=settings.keep_profile), stopped, bar)

    make_folder(options, "dream", plan, said, read_and_make, settings.octaves * settings.iterations)


def _read_guide(options: argparse.Namespace, profile: bytes | None) -> np.ndarray | None:
    return read_image(options.guide, profile=profile) if options.guide else None


def _dream(
    options: argparse.Namespace,
    settings: DeepDream,
    objective: Objective,
    photograph: Photograph,
    guide: np.ndarray | None,
    said: dict[str, Any],
    stopped: Sequence[int],
    bar: tqdm | None = None,
) -> None:
    """Dream on one photograph and write what was asked for. said: its record. bar: of several dreams."""
    from aiart.deep_dream.dream import dream, metrics
    from aiart.deep_dream.zoom import zoom_frames
    from aiart.gallery import write_animation

    picture, alpha, profile = photograph
    settings = _tiled_to_fit(settings, *picture.shape[:2])
    smallest_side = NETWORKS[settings.network].smallest_side(list(settings.layer_weights))
    common = {"seed": options.seed, "smallest_side": smallest_side, "name": Path(options.output).stem, "guide": guide}
    shared = 0 if settings.tile_overlap == "auto" else settings.tile_overlap
    tiles = range(max(SMALLEST_TILE, 2 * shared), settings.tile or settings.long_side, 64)
    # A neuron is in one tile only.
    tiles = () if settings.neuron else tiles
    with fitting_picture("the dream", dream_mb, settings, picture.shape, tiles=tiles):
        dreamed = dream(objective, picture, settings, **common, stopped=stopped, bar=bar)
        made_with = dict(said["made_with"])
        if settings.tile:
            made_with["tiles_may_change"] = round(dreamed.differing_share, 4)
        xmp = _mark(options, settings)
        result = Result(
            picture=dreamed.picture,
            alpha=alpha,
            profile=profile,
            history=dreamed.history,
            measured=metrics(dreamed),
            settings=settings.model_dump(),
            made_with=made_with,
            made_of=said["made_of"],
            timings=timings(dreamed.seconds),
            xmp=xmp,
        )
        more = []
        if options.animation:
            frames = zoom_frames(objective, dreamed.picture, settings, **common, stopped=stopped)
            shown = (in_srgb(frame, profile) for frame in frames)
            more.append(lambda: write_animation(options.animation, shown, xmp=xmp))
        write_result(options, "dream", result, *more, stopped=stopped, quiet=bar is not None)


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
