"""aiart tidy"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from aiart.errors import UserError
from aiart.networks.states import files_at
from aiart.snakemake_records import METADATA, noted_files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folders", nargs="+", help="folders of results, such as results/deep_dream")
    parser.add_argument("--snakefile", help="the workflow, where Snakemake does not find it by itself")


def run(options: argparse.Namespace) -> None:
    """Remove what Snakemake made once, by its own records, and no rule makes any more, with the states of such
    trainings and paintings. What somebody else put there stays."""
    snakefile = ["--snakefile", options.snakefile] if options.snakefile else []
    listed = subprocess.run(
        [sys.executable, "-m", "snakemake", "--list-untracked", *snakefile], stdout=subprocess.PIPE, text=True
    )
    if listed.returncode:
        raise UserError("The results cannot be listed, for the reason above; mend that and start again.")
    made = noted_files(METADATA)
    for file in listed.stdout.splitlines():
        if file in made and any(Path(folder) in Path(file).parents for folder in options.folders):
            states = files_at(Path("results/.state", Path(file).relative_to("results")).with_suffix(".npz"))
            for path in (file, *states):
                os.remove(path)
                print(f"removed {path}")
