"""aiart dataset make synthetic_facades -o data/prepared/synthetic_facades"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from aiart.cli.arguments import SEED, WholeNumber, add_limit, print_command
from aiart.cli.outputs import check_outputs
from aiart.cli.settings import add_settings, read_settings
from aiart.datasets.folders import Pairs, Pictures, open_pairs, open_pictures, open_truth, pictures_below
from aiart.datasets.manifest import write_manifest
from aiart.datasets.places import PREPARED
from aiart.datasets.synthetic import SYNTHETIC, write_synthetic
from aiart.datasets.tree import files_below
from aiart.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    form = argparse.ArgumentDefaultsHelpFormatter
    make = actions.add_parser("make", help="draw a built-in dataset", description="Draw a built-in dataset.")
    names = make.add_subparsers(title="datasets", metavar="NAME", dest="name", required=True)
    for name, dataset in SYNTHETIC.items():
        named = names.add_parser(name, help=dataset.shows, description=f"Draw {dataset.shows}.", formatter_class=form)
        named.add_argument("-o", "--output", help=f"folder to write; without it {PREPARED / name}")
        named.add_argument("--manifest", help="also list the files, with hashes, in this file")
        named.add_argument("--seed", type=SEED, default=1, help="another seed draws other pictures")
        add_settings(named, dataset.settings, "settings")
        named.set_defaults(action=_make)
    check = actions.add_parser(
        "check",
        help="open every picture of a dataset of yours",
        description="Open every picture of a dataset and say what is in it.",
        formatter_class=form,
    )
    check.add_argument("folder", help="the dataset, such as data/own/datasets/mine")
    check.add_argument("--kind", choices=["paired", "unpaired"], required=True, help="for Pix2Pix, or for CycleGAN")
    check.add_argument("--manifest", help="also list the files, with hashes, in this file")
    check.add_argument(
        "--image-side",
        type=WholeNumber(1, 16384),
        default=256,
        help="count the pictures smaller than this",
    )
    add_limit(check)
    check.set_defaults(action=_check)


def run(options: argparse.Namespace) -> None:
    print_command()
    options.action(options)


def _make(options: argparse.Namespace) -> None:
    settings = read_settings(options, SYNTHETIC[options.name].settings)
    folder = Path(options.output or PREPARED / options.name)
    check_outputs(options.manifest, folders=[folder])
    write_synthetic(options.name, folder, settings, options.seed)
    if options.manifest:
        # The old one stands for pictures that are gone, whatever happens now.
        Path(options.manifest).unlink(missing_ok=True)
        write_manifest(folder, options.manifest)
    print(
        f"{folder}: {settings.train_pictures} pictures to train on and {settings.test_pictures} held out"
        f"{' of each domain' if SYNTHETIC[options.name].kind == 'unpaired' else ''}, {settings.side} px"
    )


def _check(options: argparse.Namespace) -> None:
    check_outputs(options.manifest, inputs=pictures_below(options.folder))
    opened = dict(_opened(options.folder, options.kind))
    unusable = []
    for part, pictures in opened.items():
        sizes, faults = _survey(pictures, part)
        unusable += faults
        if sizes:
            unit = "pairs" if isinstance(pictures, Pairs) else "pictures"
            print(f"{part}: {len(pictures)} {unit}, {_described(np.array(sizes), options.image_side)}")
    if unusable:
        print("\n".join(unusable))
        raise UserError(f"{options.folder}: has files that cannot be used, as listed; mend them or take them out.")
    for line in _passed_over(Path(options.folder), opened.values()):
        print(line)
    if options.manifest:
        write_manifest(options.folder, options.manifest)


def _opened(folder: str, kind: str) -> Iterator[tuple[str, Pairs | Pictures]]:
    for split, name in (("train", "to train on"), ("validation", "to validate on"), ("test", "held out")):
        if kind == "paired":
            yield name, open_pairs(folder, split)
        else:
            for domain in ("A", "B"):
                yield f"{domain}, {name}", open_pictures(folder, domain, split)
    for domain in ("A", "B") if kind == "unpaired" else ():
        if (truth := open_truth(folder, domain)) is not None:
            yield f"{domain}, what the held out would be in the other domain", truth


def _survey(pictures: Pairs | Pictures, part: str) -> tuple[list[list[tuple[int, int]]], list[str]]:
    """Height and width of every picture, or of both halves of every pair, and what is wrong with those unreadable."""
    sizes, faults = [], []
    for index in tqdm(range(len(pictures)), desc=part, unit="picture", disable=None, leave=False):
        try:
            read = pictures.read(index)
        except UserError as error:
            faults.append(str(error))
            continue
        sizes.append([half.shape[:2] for half in (read if isinstance(read, tuple) else (read,))])
    return sizes, faults


def _described(sizes: np.ndarray, side: int) -> str:
    """sizes: (n, 1 or 2, 2), heights and widths."""
    sides = sizes.reshape(-1, 2)
    order = sides.prod(axis=1).argsort(kind="stable")
    smallest, largest = (f"{width}×{height}" for height, width in sides[order[[0, -1]]])
    text = f"{smallest} pixels" if smallest == largest else f"{smallest} to {largest} pixels"
    smaller = int((sizes.min(axis=(1, 2)) < side).sum())
    return text + (f", {smaller} smaller than {side}×{side}, which training at that side enlarges" if smaller else "")


def _passed_over(folder: Path, opened) -> Iterator[str]:
    """One line about the files that are no part of the dataset, if there are any."""
    used = set()
    for pictures in opened:
        for item in pictures.files:
            used.update(item if isinstance(item, tuple) else [item])
    passed = [path for path in files_below(folder) if path not in used]
    if passed:
        some = ", ".join(path.relative_to(folder).as_posix() for path in passed[:3])
        yield f"{len(passed)} files are not used: {some}{', …' if len(passed) > 3 else ''}"
