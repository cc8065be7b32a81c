"""aiart picture painting starry_flow -o starry_flow.png"""

from __future__ import annotations

import argparse

from aiart.images import write_image


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=["photograph", "painting"])
    parser.add_argument("name", help="one of the built-in names; a wrong one is answered with the list")
    parser.add_argument("-o", "--output", required=True, help="picture to write, .png or .jpg")
    parser.add_argument("--seed", type=int, default=1, help="another seed paints another picture of the same manner")
    parser.add_argument("--side", type=int, default=512, help="side of a painting in pixels")


def run(options: argparse.Namespace) -> None:
    if options.kind == "photograph":
        from aiart.datasets.photographs import PHOTOGRAPHS, load_photograph

        picture = load_photograph(options.name)
        about = PHOTOGRAPHS[options.name]
        metadata = {"title": about.shows, "credit": about.credit, "licence": about.licence}
    else:
        from aiart.datasets.paintings import paint

        picture = paint(options.name, height=options.side, width=options.side, seed=options.seed)
        metadata = {"title": options.name, "credit": "painted by aiart", "seed": str(options.seed)}
    write_image(options.output, picture, metadata=metadata)
    print(f"{options.output}: {picture.shape[1]}×{picture.shape[0]} pixels")
