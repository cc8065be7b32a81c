"""aiart stylize photo.jpg painting.jpg -o out.png"""

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
from aiart.cli.snapshots import check_snapshots, write_snapshots
from aiart.code_digest import code_digests
from aiart.errors import UserError
from aiart.images import COMPOSITE, TRAINED, in_srgb, kept_profile, on_white, read_cutout, read_image, write_image
from aiart.networks.files import existing_weights_file
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.memory import estimate_mb, least_painting_mb, made_by
from aiart.timings import timings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("content", help="the photograph")
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
    profile = kept_profile(options.content) if settings.keep_profile else None
    content, alpha = read_cutout(options.content, profile=profile)
    styles = [read_image(path, profile=profile) for path in options.styles]
    init_picture = read_cutout(options.init_picture, profile=profile)[0] if options.init_picture else None
    palette = read_image(options.palette, profile=profile) if options.palette else None
    masks, style_masks = ([read_image(path) for path in paths] for paths in (options.masks, options.style_masks))
    others = [options.init_picture, options.palette, *options.masks, *options.style_masks]
    inputs = [options.content, *options.styles, *filter(None, others)]
    place = Path(options.state or Path(options.output).with_suffix(".state.npz"))
    check_picture_outputs(
        options,
        bits=settings.bits,
        inputs=inputs,
        folders=[options.snapshots],
        more=[options.region_map],
        state=place,
    )
    if options.snapshots:
        results = [options.output, options.history, options.metrics, options.timings]
        check_snapshots(options.snapshots, inputs, results)
    start_job(options)
    xmp = _mark(options, settings)
    weights = existing_weights_file(settings.network, options.weights)
    made = made_of(
        content=options.content,
        styles=options.styles,
        init_picture=options.init_picture,
        palette=options.palette,
        masks=options.masks,
        style_masks=options.style_masks,
        weights=weights,
    )
    from aiart.networks.precision import resolve_precision
    from aiart.networks.registry import load_network
    from aiart.networks.states import States
    from aiart.style_transfer.estimate import estimate
    from aiart.style_transfer.judging import load_judges, measure, parts_of
    from aiart.style_transfer.paint import metrics, paint, region_layers

    precision = resolve_precision(settings.precision)
    network = load_network(
        settings.network,
        [*settings.content_layer_weights, *settings.style_layer_list, *region_layers(settings)],
        weights=weights,
        pooling=settings.pooling,
        padding=settings.padding,
        precision=precision,
    )
    if options.estimate:
        with fitting_picture("the estimate", estimate_mb, settings, content.shape):
            found = estimate(network, content, styles, settings, palette=palette, masks=masks, style_masks=style_masks)
        print(f"{found.width}×{found.height} pixels: about {found.memory_mb:.0f} MB and {found.seconds:.0f} s")
        return
    made_with = provenance(options, precision)
    states = States(place, _begun_with(settings, made, made_with))
    fits = fitting_picture("the painting", least_painting_mb, settings, content.shape)
    with keeping_what_is_reached() as stopped, fits:
        painted = paint(
            network,
            content,
            styles,
            settings,
            seed=options.seed,
            init_picture=init_picture,
            palette=palette,
            masks=masks,
            style_masks=style_masks,
            name=Path(options.output).stem,
            stopped=stopped,
            states=states,
        )
        figures = measure(
            load_judges(settings.network, weights),
            painted.picture,
            content,
            styles,
            parts=parts_of(settings, painted.areas, len(styles), style_masks),
            style_scale=settings.style_scale,
        )
        result = Result(
            picture=painted.picture,
            alpha=alpha,
            profile=profile,
            history=painted.history,
            measured=metrics(painted) | figures,
            settings=settings.model_dump(),
            made_with=made_with | made_by(painted.plans),
            made_of=made,
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
        write_result(options, "stylize", result, *more, stopped=stopped)
        states.forget()


def _begun_with(settings: StyleTransfer, made: dict, made_with: dict) -> dict:
    """All that a painting's evaluations depend on."""
    code = code_digests("style_transfer.paint", "cli.runtime", networks=[settings.network])
    return {"settings": settings.model_dump(), "made_of": made, "made_with": made_with, "code": code}


def _mark(options: argparse.Namespace, settings: StyleTransfer) -> str:
    # Without a content loss and from noise, nothing of the photograph is in the picture but its size.
    of_itself = settings.preserve_colours in ("none", "palette")
    if settings.init == "noise" and not settings.content_weight and of_itself:
        return mark(TRAINED, [*options.styles, options.palette])
    return mark(COMPOSITE, [options.content, *options.styles, options.init_picture, options.palette])
