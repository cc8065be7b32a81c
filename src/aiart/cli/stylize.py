"""aiart stylize photo.jpg painting.jpg -o out.png; aiart stylize photos/ painting.jpg -o out/"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

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
from aiart.cli.snapshots import check_snapshots, write_snapshots
from aiart.code_digest import code_digests
from aiart.errors import UserError
from aiart.images import (
    COMPOSITE,
    TRAINED,
    Photograph,
    in_srgb,
    on_white,
    read_cutout,
    read_image,
    read_photograph,
    write_image,
)
from aiart.networks.files import existing_weights_file
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.memory import estimate_mb, least_painting_mb, made_by
from aiart.timings import timings

if TYPE_CHECKING:
    import numpy as np
    from tqdm import tqdm

    from aiart.networks.registry import FeatureNetwork
    from aiart.style_transfer.estimate import Estimate
    from aiart.style_transfer.paint import Painted
    from aiart.style_transfer.targets import Targets


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("content", help="the photograph, or a folder of photographs, which are painted one by one")
    parser.add_argument("styles", nargs="+", metavar="style", help="the painting, or several to blend")
    parser.add_argument("--init-picture", help="picture to start from, with --init picture")
    parser.add_argument("--palette", action=Once, help="picture whose colours it gets; `--palette=` is none")
    several = {"action": "extend", "nargs": "+", "default": []}
    parser.add_argument(
        "--mask", dest="masks", **several, help="masks of --regions, white where each is, or a colour-coded one"
    )
    parser.add_argument("--style-mask", dest="style_masks", **several, help="masks of the paintings, one for each")
    parser.add_argument("--region-map", help="also write the regions, each in a colour of its own, .png")
    parser.add_argument("--snapshots", help="also write the pictures on the way into this folder, .png")
    parser.add_argument("--estimate", action="store_true", help="only say how much memory and time it would take")
    parser.add_argument(
        "--state", help="where a painting that takes long keeps its state, .npz; each adds a key of its own"
    )
    add_folder_arguments(parser)
    add_picture_arguments(parser, animation="the painting process")
    add_settings(parser, StyleTransfer, "style transfer")


def run(options: argparse.Namespace) -> None:
    settings = read_settings(
        options,
        StyleTransfer,
        styles=len(options.styles),
        init_picture=options.init_picture is not None,
        animated=bool(options.animation or options.snapshots),
        palette=bool(options.palette),
        masks=len(options.masks),
        style_masks=len(options.style_masks),
    )
    if options.region_map and not settings.regions:
        raise UserError(
            "--region-map: there are no regions to show; say with --regions what they are, or leave it out."
        )
    beside_it = [options.init_picture, options.palette, *options.masks, *options.style_masks]
    inputs = [options.content, *options.styles, *filter(None, beside_it)]
    folder = options.content if os.path.isdir(options.content) else None
    plan = planned(options, "stylize", folder, [*options.styles, *beside_it, options.weights])

    # Of many photographs most have the same colours, and few their own.
    @lru_cache(maxsize=1)
    def beside(profile: bytes | None) -> _Beside:
        return _read_beside(options, profile)

    if folder is None:
        photograph = read_photograph(options.content, keep_profile=settings.keep_profile)
        beside(photograph.profile)
        check_picture_outputs(
            options,
            bits=settings.bits,
            inputs=inputs,
            folders=[options.snapshots],
            more=[options.region_map],
            state=_state_place(options),
        )
    else:
        beside(None)
    if options.snapshots:
        results = [options.output, options.history, options.metrics, options.timings]
        check_snapshots(options.snapshots, inputs, results)
    start_job(options)
    weights = existing_weights_file(settings.network, options.weights)
    made = made_of(
        styles=options.styles,
        init_picture=options.init_picture,
        palette=options.palette,
        masks=options.masks,
        style_masks=options.style_masks,
        weights=weights,
    )
    from aiart.networks.precision import resolve_precision
    from aiart.networks.registry import load_network
    from aiart.style_transfer.estimate import estimate
    from aiart.style_transfer.paint import region_layers

    precision = resolve_precision(settings.precision)
    made_with = provenance(options, precision)

    def said(source: str | Path) -> dict[str, Any]:
        made_of_all = made_of(content=source) | made
        return {"stylize": settings.model_dump(), "made_with": made_with, "made_of": made_of_all}

    network = load_network(
        settings.network,
        [*settings.content_layer_weights, *settings.style_layer_list, *region_layers(settings)],
        weights=weights,
        pooling=settings.pooling,
        padding=settings.padding,
        precision=precision,
    )
    if folder is not None:
        from aiart.style_transfer.targets import Targets

        targets = Targets()

        def make(one: argparse.Namespace, bar: tqdm, stopped: Sequence[int]) -> None:
            photograph = read_photograph(one.content, keep_profile=settings.keep_profile)
            in_its_colours, of_all = beside(photograph.profile), {"bar": bar, "targets": targets}
            _paint(one, settings, network, photograph, in_its_colours, said(one.content), stopped, **of_all)

        # As many as of the largest; a smaller photograph may have fewer levels.
        evaluations = sum(count for _, count in settings.levels(settings.long_side, settings.long_side))
        make_folder(options, "stylize", plan, said, make, evaluations)
        return
    in_its_colours = beside(photograph.profile)
    if options.estimate:
        with fitting_picture("the estimate", estimate_mb, settings, photograph.picture.shape):
            given = {name: value for name, value in in_its_colours._asdict().items() if name != "init_picture"}
            found = estimate(network, photograph.picture, settings=settings, **given)
        print(_estimated(found))
        return
    with keeping_what_is_reached() as stopped:
        _paint(options, settings, network, photograph, in_its_colours, said(options.content), stopped)


class _Beside(NamedTuple):
    """The pictures that go in beside the photograph, in its colours, as `paint` takes them."""

    styles: list[np.ndarray]
    init_picture: np.ndarray | None
    palette: np.ndarray | None
    masks: list[np.ndarray]
    style_masks: list[np.ndarray]


def _read_beside(options: argparse.Namespace, profile: bytes | None) -> _Beside:
    return _Beside(
        [read_image(path, profile=profile) for path in options.styles],
        read_cutout(options.init_picture, profile=profile)[0] if options.init_picture else None,
        read_image(options.palette, profile=profile) if options.palette else None,
        *([read_image(path) for path in paths] for paths in (options.masks, options.style_masks)),
    )


def _paint(
    options: argparse.Namespace,
    settings: StyleTransfer,
    network: FeatureNetwork,
    photograph: Photograph,
    beside: _Beside,
    said: dict[str, Any],
    stopped: Sequence[int],
    bar: tqdm | None = None,
    targets: Targets | None = None,
) -> None:
    """Paint one photograph and write what was asked for. said: its record. bar, targets: of several paintings."""
    from aiart.networks.states import States
    from aiart.style_transfer.paint import metrics, paint

    _, alpha, profile = photograph
    states = States(_state_place(options), _begun_with(said))
    with fitting_picture("the painting", least_painting_mb, settings, photograph.picture.shape):
        painted = paint(
            network,
            photograph.picture,
            settings=settings,
            seed=options.seed,
            name=Path(options.output).stem,
            bar=bar,
            stopped=stopped,
            states=states,
            targets=targets,
            **beside._asdict(),
        )
        made_with = said["made_with"] | made_by(painted.plans)
        xmp = _mark(options, settings)
        result = Result(
            picture=painted.picture,
            alpha=alpha,
            profile=profile,
            history=painted.history,
            measured=metrics(painted) | _figures(options, settings, painted, photograph, beside),
            settings=said["stylize"],
            made_with=made_with,
            made_of=said["made_of"],
            timings=timings(painted.seconds),
            xmp=xmp,
        )
        more = []
        if options.animation:
            from aiart.gallery import write_animation

            frames = (on_white(in_srgb(frame, profile).astype("float32"), alpha) for frame in painted.frames)
            more.append(lambda: write_animation(options.animation, frames, xmp=xmp))
        if options.region_map:
            more.append(lambda: write_image(options.region_map, painted.region_map, xmp=xmp))
        if options.snapshots:
            more.append(lambda: write_snapshots(options.snapshots, painted.frames, alpha, xmp, profile))
        write_result(options, "stylize", result, *more, stopped=stopped, quiet=bar is not None)
        states.forget()


def _state_place(options: argparse.Namespace) -> Path:
    return Path(options.state or Path(options.output).with_suffix(".state.npz"))


def _begun_with(said: dict[str, Any]) -> dict[str, Any]:
    """All that a painting's evaluations depend on."""
    settings = said["stylize"]
    code = code_digests("style_transfer.paint", "cli.runtime", networks=[settings["network"]])
    return {"settings": settings, "made_of": said["made_of"], "made_with": said["made_with"], "code": code}


def _figures(
    options: argparse.Namespace, settings: StyleTransfer, painted: Painted, photograph: Photograph, beside: _Beside
) -> dict[str, Any]:
    """How well the painting took the style and kept the picture, where that is asked for."""
    if not options.metrics:
        return {}
    from aiart.style_transfer.judging import load_judges, measure, parts_of

    return measure(
        load_judges(settings.network, existing_weights_file(settings.network, options.weights)),
        painted.picture,
        photograph.picture,
        beside.styles,
        parts=parts_of(settings, painted.areas, len(beside.styles), beside.style_masks),
        style_scale=settings.style_scale,
    )


def _estimated(found: Estimate) -> str:
    """Lines for each level, where there are several or memory decided how one is painted, and for all."""
    lines = [
        f"{level.width}×{level.height} pixels: {level.evaluations} evaluations {level.plan.in_words()}, "
        f"about {_time(level.seconds)}"
        for level in found.levels
    ]
    whole = f"about {found.memory_mb:.0f} MB and {_time(found.seconds)}"
    return "\n".join([*lines, f"{found.width}×{found.height} pixels: {whole}"])


def _time(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 180 else f"{seconds / 60:.0f} minutes"


def _mark(options: argparse.Namespace, settings: StyleTransfer) -> str:
    # Without a content loss and from noise, nothing of the photograph is in the picture but its size.
    of_itself = settings.preserve_colours in ("none", "palette")
    if settings.init == "noise" and not settings.content_weight and of_itself:
        return mark(TRAINED, [*options.styles, options.palette])
    return mark(COMPOSITE, [options.content, *options.styles, options.init_picture, options.palette])
