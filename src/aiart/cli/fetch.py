"""aiart fetch weights vgg19"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from aiart.datasets.archives import check_counts, unpack
from aiart.datasets.catalogue import (
    DATASETS,
    PICTURES,
    WEIGHTS,
    Dataset,
    find_dataset,
    find_picture,
    find_weights,
)
from aiart.datasets.fetch import fetch_file
from aiart.datasets.files import file_digest, parse_hash
from aiart.datasets.manifest import write_manifest
from aiart.datasets.places import PREPARED
from aiart.errors import UserError
from aiart.remote_file import RemoteFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", nargs="?", choices=("weights", "picture", "dataset"), help="what to fetch")
    parser.add_argument("name", nargs="?", help="its name in the catalogue, such as vgg19, starry_night or facades")
    parser.add_argument("--list", action="store_true", help="show the catalogue with sizes and licences")
    parser.add_argument(
        "-o",
        "--output",
        help="file to write, or folder for a dataset; without it data/weights/NAME.h5, data/downloads/NAME.jpg or "
        "data/prepared/NAME",
    )
    parser.add_argument("--manifest", help="also list what was fetched, with hashes, in this file")
    parser.add_argument(
        "--archive",
        help="where a dataset's archive lies or goes; without it beside the folder of -o, or in data/downloads",
    )
    parser.add_argument("--hash", help="expect this hash, md5:… or sha256:…, instead of the one on record")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(options: argparse.Namespace) -> None:
    if options.list:
        print("\n".join(_catalogue()))
        return
    if options.kind is None or options.name is None:
        raise UserError("say what to fetch, as in `aiart fetch picture starry_night`, or --list what there is.")
    if options.archive and options.kind != "dataset":
        raise UserError(f"--archive goes with a dataset, not with {options.kind}; leave it out.")
    print(shlex.join(["aiart", *sys.argv[1:]]), flush=True)
    if options.kind == "dataset":
        output = _fetch_dataset(find_dataset(options.name), options)
    else:
        file = find_weights(options.name) if options.kind == "weights" else find_picture(options.name).file
        folder = "data/weights" if options.kind == "weights" else "data/downloads"  # where the workflow looks
        output = Path(options.output or f"{folder}/{options.name}{Path(file.name).suffix}")
        _fetch(file, output, options)
    if options.manifest:
        write_manifest(output, options.manifest)


def _fetch(file: RemoteFile, destination: Path, options: argparse.Namespace) -> None:
    if options.hash:
        file = replace(file, **{"sha256": None, "md5": None, "size": None} | parse_hash(options.hash))
    url = fetch_file(file, destination, progress=not options.quiet)
    print(f"{destination}: from {url}" if url else f"{destination}: there already, and intact")
    if file.known_hash is None:
        print(f"{destination}: no hash is on record to check it by; its sha256 is {file_digest(destination)}")
    about = "; ".join(text for text in (file.licence, file.credit) if text)
    if about:
        print(f"{destination}: {about}")


def _fetch_dataset(dataset: Dataset, options: argparse.Namespace) -> Path:
    folder = Path(options.output or PREPARED / options.name)
    archive = Path(options.archive or _archive(dataset, options))
    if folder.is_dir() and any(folder.iterdir()):
        # A folder appears only when it was unpacked whole.
        print(f"{folder}: there already; delete it to unpack it again")
    else:
        _fetch(dataset.file, archive, options)
        unpack(
            archive,
            folder,
            limit_bytes=dataset.unpacked_limit,
            limit_files=dataset.file_limit,
            drop_top_folder=True,
        )
    check_counts(folder, dataset.counts)
    return folder


def _archive(dataset: Dataset, options: argparse.Namespace) -> Path:
    # The suffix of the archive, by which it is unpacked, since no folder need be named like it.
    suffix = dataset.file.name[dataset.file.name.index(".") :]
    if options.output is None:
        return Path(f"data/downloads/{options.name}{suffix}")
    folder = Path(options.output)
    return folder.with_name(folder.name + suffix)


def _catalogue() -> Iterator[str]:
    yield from _table("weights", [(name, file, "") for name, file in WEIGHTS.items()])
    yield from _table("picture", [(name, p.file, f"{p.role}: {p.shows}") for name, p in PICTURES.items()])
    yield from _table("dataset", [(name, d.file, _counted(d)) for name, d in DATASETS.items()])


def _table(kind: str, rows: list[tuple[str, RemoteFile, str]]) -> Iterator[str]:
    width = max(len(name) for name, _, _ in rows)
    for name, file, shows in rows:
        size = f"{file.size / 1e6:.1f} MB" if file.size else "?"
        by_hand = "" if file.urls else "only by hand"
        about = "; ".join(text for text in (shows, file.credit, file.licence, by_hand) if text)
        yield f"{kind}  {name:{width}}  {size:>9}  {about}"


def _counted(dataset: Dataset) -> str:
    counts = ", ".join(f"{name} {count:,}" for name, count in dataset.counts.items())
    return f"{dataset.kind} ({counts})" if counts else dataset.kind
