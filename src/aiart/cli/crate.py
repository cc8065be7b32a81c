"""aiart crate -o gallery.crate.zip: results, inputs, settings and code, with what made each of them, to publish"""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterator

from aiart import __version__
from aiart.cli.arguments import check_suffix
from aiart.cli.outputs import check_outputs
from aiart.cli.records import readable
from aiart.datasets.paintings import PAINTERS
from aiart.datasets.photographs import PHOTOGRAPHS
from aiart.datasets.tree import files_below
from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.provenance.archive import write_archive
from aiart.provenance.checkout import read_version, refuse_unrecorded, tracked_files
from aiart.provenance.jobs import read_jobs
from aiart.provenance.metadata import FILE, About, metadata
from aiart.snakemake_records import METADATA

ASKED_FOR = (
    "results/index.html",
    "results/album.html",
    "results/figures/figures.csv",
    *(f"data/photographs/{name}.png" for name in PHOTOGRAPHS),
    *(f"data/paintings/{name}.png" for name in PAINTERS),
)
"""What is made of all results, and what is there whatever is asked for: these, and whatever they are made of, are all
that the workflow makes."""
FOLDERS = ("results/figures", "results/thumbnails", METADATA.as_posix())
"""What has many files of which none is looked at by itself."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        help=f"archive to write (.zip), or {FILE} in this folder, for the folder as it is",
    )
    parser.add_argument("--title", default=f"Pictures made by aiart {__version__}", help="name of the crate")
    parser.add_argument(
        "--license", default="MIT", help="of the whole crate, by its name at spdx.org, such as CC-BY-4.0"
    )
    parser.add_argument(
        "--author",
        action="append",
        default=[],
        help="who made it: `Ada Lovelace`, or with an ORCID `Ada Lovelace <0000-0002-1825-0097>`; again for more",
    )


def run(options: argparse.Namespace) -> None:
    authors = [_author(readable(text)) for text in options.author]
    about = About(readable(options.title), _licence(options.license), authors)
    check_suffix(options.output, (".zip", ".json"))
    alone = options.output.endswith(".json")
    if alone and os.path.realpath(options.output) != os.path.realpath(FILE):
        raise UserError(f"{options.output}: its paths start at the top of the clone; write {FILE} there, or a .zip.")
    check_outputs(options.output)
    version = read_version()
    refuse_unrecorded()
    jobs = read_jobs(*ASKED_FOR)
    folders = [*FOLDERS, *(name for name in ("src", "workflow") if os.path.isdir(name))]
    described = metadata(about, version, jobs, folders)
    text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    if alone:
        with atomic_write(options.output) as temporary:
            temporary.write_text(text, encoding="utf-8")
    else:
        files = {path for job in jobs for path in (*job.inputs, *job.outputs)}
        files -= {path for job in jobs if job.download for path in job.outputs}
        write_archive(options.output, {*files, *tracked_files(), *_files_of(FOLDERS)} - {FILE}, folders, {FILE: text})
    size = os.stat(options.output).st_size
    print(f"{options.output}: {len(jobs)} jobs at commit {version.commit[:7]}, {size / 1e6:,.1f} MB")


def _files_of(folders: tuple[str, ...]) -> Iterator[str]:
    for folder in folders:
        yield from (path.as_posix() for path in files_below(folder))


def _licence(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,60}", text):
        raise UserError(
            f"--license {text}: is no name of a licence at spdx.org; give one such as CC-BY-4.0 or CC0-1.0."
        )
    return text


def _author(text: str) -> tuple[str, str]:
    """Name and ORCID, or nothing, of `Name <ORCID>`."""
    name, _, orcid = text.partition("<")
    digits = orcid.removesuffix(">").removeprefix("https://orcid.org/")
    if not name.strip() or ("<" in text and not (text.endswith(">") and _is_orcid(digits))):
        raise UserError(f"--author {text}: write a name, or `Name <ORCID>` with the ORCID as 0000-0002-1825-0097.")
    return name.strip(), f"https://orcid.org/{digits}" if digits else ""


def _is_orcid(digits: str) -> bool:
    """Whether its last digit is that which ISO 7064 MOD 11-2 asks for."""
    if not re.fullmatch(r"(\d{4}-){3}\d{3}[\dX]", digits):
        return False
    *first, last = list(digits.replace("-", ""))
    total = 0
    for digit in first:
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == last
