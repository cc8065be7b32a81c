"""A checkout of its own for a test module, with params that are painted in seconds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aiart.params.root import ROOMS

ROOT = Path(__file__).resolve().parents[2]
CHECKOUT = ["Snakefile", "dvc.yaml", ".dvcignore", ".gitignore", "profiles", "workflow", "src", "data/README.md"]
CHECKOUT += ["config", "pyproject.toml"]

# What people bring goes there.
OWN = sorted(str(path.parent.relative_to(ROOT)) for path in ROOT.glob("data/**/.gitkeep"))

TINY_PARAMS = """\
seed: 1
inputs:
  painting_side: 64
  synthetic_facades: {train_pictures: 3, test_pictures: 2, side: 32}
  synthetic_paintings: {train_pictures: 3, test_pictures: 2, side: 32}
  synthetic_streets: {train_pictures: 3, test_pictures: 2, side: 32}
networks: {}
deep_dream: {}
cyclegan: {}
pix2pix:
  defaults:
    image_side: 32
    generator_width: 4
    discriminator_width: 4
    receptive_field: 16
    lambda_perceptual: 1
    epochs: 2
    decay_epochs: 1
    samples: 2
    sample_pictures: 2
    threads: 1
  runs:
    houses: {dataset: synthetic_facades}
style_transfer:
  defaults:
    long_side: 48
    iterations: 4
    style_layers: [conv1_1, conv2_1]
    gram_normalization: relative
    style_weight: 1000
  sweeps:
    variation:
      title: Total variation
      first: content
      curves: true
      columns: {tv_weight: [0, 2e-05]}
      base: {content: chelsea, style: ink_wash}
"""

ALL_METHODS = TINY_PARAMS.replace(
    "deep_dream: {}\ncyclegan: {}\n",
    """\
deep_dream:
  defaults: {long_side: 48, octaves: 1, iterations: 2, step_size: 2}
  pictures:
    dreamed: {picture: coffee, layers: conv2_1}
cyclegan:
  defaults:
    image_side: 32
    generator_width: 4
    discriminator_width: 4
    receptive_field: 16
    blocks: 1
    epochs: 1
    decay_epochs: 1
    samples: 1
    sample_pictures: 1
    threads: 1
  runs:
    strokes: {dataset: synthetic_paintings}
""",
)
"""Something of each of the four methods."""

GALLERY = (
    ALL_METHODS.replace(
        "  pictures:\n",
        "  animations:\n    zoomed: {picture: coffee, layers: conv2_1, zoom_frames: 2}\n  pictures:\n",
    )
    + "  animations:\n    made: {content: chelsea, style: ink_wash, snapshot_every: 2}\n"
)
"""At least one job of every rule that downloads nothing."""

# Rules that only name what to make.
TARGETS = {"total", "all", "data", *ROOMS}


def jobs_in(output: str) -> dict[str, int]:
    """Jobs by rule, from what one or several Snakemakes printed."""
    jobs: dict[str, int] = {}
    for table in output.split("Job stats:")[1:]:
        # A header, a line of dashes, then rules in two columns.
        for line in table.lstrip("\n").splitlines()[2:]:
            if not (match := re.fullmatch(r"(\w+) +(\d+)", line.strip())):
                break
            if match[1] not in TARGETS:
                jobs[match[1]] = jobs.get(match[1], 0) + int(match[2])
    return jobs


class Checkout:
    """A working copy in which snakemake runs as a user would run it."""

    def __init__(self, folder: Path, **environment: str):
        """environment: variables that all its commands get besides."""
        self.folder = folder
        self.environment = environment

    def run(self, *command: str, check: bool = True) -> str:
        environment = {k: v for k, v in os.environ.items() if k not in ("SNAKEMAKE_PROFILE", "PYTHONPATH")}
        environment |= self.environment
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=600, check=False
        )
        output = done.stdout + done.stderr
        if check and done.returncode:
            pytest.fail(f"{' '.join(command)} exited with {done.returncode}:\n{output[-3000:]}")
        return output

    def planned(self, *targets: str) -> dict[str, int]:
        """Jobs that `snakemake` would run now, by rule; nothing when there is nothing to be done."""
        output = self.run("snakemake", "--dry-run", "--quiet", "rules", "--cores", "2", *targets)
        # A dry run prints the table twice.
        return jobs_in("Job stats:".join(output.split("Job stats:")[:2]))

    def jobs(self, *targets: str) -> dict[str, int]:
        """The same without `figures` and `page`, which follow from nearly all."""
        return {rule: count for rule, count in self.planned(*targets).items() if rule not in ("figures", "page")}

    def snakemake(self, *targets: str) -> str:
        return self.run("snakemake", "--cores", "2", *targets)

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new), encoding="utf-8")


def copy_checkout(folder: Path, params: str = TINY_PARAMS) -> Checkout:
    for name in CHECKOUT:
        source, target = ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(os.readlink(source))
        elif source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    for name in OWN:
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / ".gitkeep").touch()
    (folder / "params.yaml").write_text(params, encoding="utf-8")
    return Checkout(folder)
