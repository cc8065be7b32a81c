"""aiart stylize photo.jpg painting.jpg -o out.png"""

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
from aiart.params.style_transfer import StyleTransfer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("content", help="the photograph")
    parser.add_argument("styles", nargs="+", metavar="style", help="the painting, or several to blend")
    parser.add_argument("-o", "--output", required=True, help="picture to write, .png or .jpg")
    parser.add_argument("--init-picture", help="picture to start from, with --init picture")
    parser.add_argument("--weights", help="weights file of the network; `aiart networks` says where it is")
    parser.add_argument("--animation", help="also write the painting process, .gif or .webp")
    parser.add_argument("--snapshots", help="also write the pictures on the way into this folder, .png")
    add_record_arguments(parser)
    parser.add_argument("--estimate", action="store_true", help="only say how much memory and time it would take")
    add_job_arguments(parser)
    add_settings(parser, StyleTransfer, "style transfer")


def run(options: argparse.Namespace) -> None:
    settings = read_settings(options, StyleTransfer)
    if (settings.init == "picture") != (options.init_picture is not None):
        raise UserError("--init picture and --init-picture FILE go together; give both or neither.")
    if (options.animation or options.snapshots) and not settings.snapshot_every:
        raise UserError(
            "--animation and --snapshots need --snapshot-every N, the evaluations between two frames; add it."
        )
    content = read_image(options.content)
    styles = [read_image(path) for path in options.styles]
    init_picture = read_image(options.init_picture) if options.init_picture else None
    check_suffix(options.output, (".png", ".jpg", ".jpeg"))
    if options.animation:
        check_suffix(options.animation, (".gif", ".webp"))

    start_job(options)
    from aiart.networks.precision import resolve_precision
    from aiart.networks.registry import load_vgg
    from aiart.style_transfer.estimate import estimate
    from aiart.style_transfer.paint import metrics, paint, timings

    precision = resolve_precision(settings.precision)
    network = load_vgg(
        settings.network,
        [*settings.content_layer_weights, *settings.style_layer_list],
        weights=options.weights,
        pooling=settings.pooling,
        padding=settings.padding,
        precision=precision,
    )
    if options.estimate:
        found = estimate(network, content, styles, settings)
        print(f"{found.width}×{found.height} pixels: about {found.memory_mb:.0f} MB and {found.seconds:.0f} s")
        return
    painted = paint(
        network,
        content,
        styles,
        settings,
        seed=options.seed,
        init_picture=init_picture,
        name=Path(options.output).stem,
    )
    made_with = provenance(options, precision=precision)
    resolved = settings.model_dump()
    write_image(
        options.output,
        painted.picture,
        metadata={"aiart": canonical_json({"stylize": resolved, "made_with": made_with})},
    )
    if options.animation:
        from aiart.gallery import write_animation

        write_animation(options.animation, [frame.astype("float32") for frame in painted.frames])
    if options.snapshots:
        for number, frame in enumerate(painted.frames):
            write_image(Path(options.snapshots) / f"{number:04}.png", frame)
    report = {"measured": metrics(painted), "settings": resolved, "made_with": made_with}
    write_records(options, painted.history, report, timings(painted))
