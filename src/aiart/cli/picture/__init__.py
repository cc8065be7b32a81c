"""aiart picture painting starry_flow -o starry_flow.png"""

from __future__ import annotations

import argparse
import importlib

from aiart.cli.arguments import SEED, WholeNumber, check_suffix
from aiart.cli.outputs import check_outputs
from aiart.images import write_image


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", choices=["photograph", "painting"])
    parser.add_argument("name", help="one of the built-in names; a wrong one is answered with the list")
    parser.add_argument("-o", "--output", required=True, help="picture to write, .png or .jpg")
    parser.add_argument("--seed", type=SEED, default=1, help="another seed paints another picture of the same manner")
    parser.add_argument("--side", type=WholeNumber(64, 4096), default=512, help="side of a painting in pixels")


def run(options: argparse.Namespace) -> None:
    check_suffix(options.output, (".png", ".jpg", ".jpeg"))
    check_outputs(options.output)
    # By name, so that a photograph is not unpacked again when a painter changes (aiart.sources).
    kind = importlib.import_module(f"aiart.cli.picture.{options.kind}")
    picture, metadata, xmp = kind.make(options)
    write_image(options.output, picture, metadata=metadata, xmp=xmp)
    print(f"{options.output}: {picture.shape[1]}×{picture.shape[0]} pixels")
