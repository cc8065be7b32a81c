"""Jobs on a GPU held against the same ones on the CPU, and what they took; on a machine without a GPU the CPU against
itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from aiart.sources import ROOT as SRC

TESTS = Path(__file__).resolve().parents[1]
PICTURES = {
    "style transfer": ("results/style_transfer/pictures/*.png", 2.0),
    "dream": ("[df]*r*.png", 2.0),
    "translation": ("out/*.png", 1.0),
}
"""Of each kind of picture: its files, and by how many of 255 levels two devices may differ in the mean. Convolutions by
AVX2 and by AVX-512 differ by 0.2 at most, by bfloat16, which is coarser than a GPU's TF32, from float32 by 2.4."""
LOSS = 0.02
"""By how much of itself a loss of the first two steps may differ: those before the first update, and after it."""


def smi(*wanted: str) -> list[list[str]]:
    """What nvidia-smi says of each GPU; nothing where there is none, or no driver."""
    if not shutil.which("nvidia-smi"):
        return []
    query = ["nvidia-smi", f"--query-gpu={','.join(wanted)}", "--format=csv,noheader,nounits"]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    if answer.returncode:
        return []
    return [[word.strip() for word in line.split(",")] for line in answer.stdout.splitlines() if line.strip()]


class Memory(threading.Thread):
    """The most memory of the GPUs, in MB, in use at once while it runs, beyond what was in use before."""

    def __init__(self):
        super().__init__(daemon=True)
        self.before = self.most = self._used()
        self.over = threading.Event()

    def _used(self) -> int:
        return sum(int(used) for (used,) in smi("memory.used"))

    def run(self):
        while not self.over.wait(0.2):
            self.most = max(self.most, self._used())

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self.join()

    @property
    def taken(self) -> int:
        return self.most - self.before


@dataclass(frozen=True)
class Row:
    """A line of the table: a job, on the GPU and on the CPU."""

    job: str
    seconds: float
    megabytes: int
    cpu_seconds: float

    def __str__(self) -> str:
        return f"| {self.job} | {self.seconds:.1f} | {self.megabytes} | {self.cpu_seconds:.1f} |"


def table(rows: list[Row]) -> str:
    """In Markdown, to be pasted."""
    cards = [f"{name}, driver {driver}" for name, driver in smi("name", "driver_version")] or ["no GPU"]
    head = ["| job | s on the GPU | its MB | s on the CPU |", "|---|---|---|---|"]
    return "\n".join([f"{'; '.join(cards)}:", "", *head, *map(str, rows)])


def python(*arguments: str, folder: Path, **more: str) -> subprocess.Popen:
    """A process of the tests' own Python that finds the package and the helpers."""
    environment = {**os.environ, **more, "PYTHONPATH": os.pathsep.join([str(SRC), str(TESTS)])}
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen) -> str:
    output, _ = process.communicate()
    assert process.returncode == 0, output[-3000:]
    return output


def timed(*arguments: str, folder: Path) -> tuple[float, int]:
    """Seconds of a command of aiart, and the GPU's MB."""
    start = time.monotonic()
    with Memory() as memory:
        finish(python("-m", "aiart", *arguments, folder=folder))
    return time.monotonic() - start, memory.taken


def small_jobs(folder: Path, gpus: int, **more: str) -> Path:
    """The folder, with what the small jobs of networks made there."""
    folder.mkdir(parents=True, exist_ok=True)
    finish(python("-m", "helpers.small_jobs", "networks", str(folder), "--gpus", str(gpus), folder=folder, **more))
    return folder


def apart(kind: str, one: Path, other: Path) -> float:
    """By how many levels the pictures of a kind differ in the mean, those of the pair that differs most."""
    pattern, _ = PICTURES[kind]
    names = sorted(path.relative_to(one).as_posix() for path in one.glob(pattern))
    assert names and names == sorted(path.relative_to(other).as_posix() for path in other.glob(pattern))
    return max(_levels(one / name, other / name) for name in names)


def _levels(one: Path, other: Path) -> float:
    pixels = [np.asarray(Image.open(path).convert("RGB"), np.float32) for path in (one, other)]
    assert pixels[0].shape == pixels[1].shape
    return float(np.abs(pixels[0] - pixels[1]).mean())


def losses_apart(one: Path, other: Path) -> float:
    """By how much of itself a loss of the first two steps of a training differs, the one that differs most."""
    names = ["generator", "generator_gan", "generator_l1", "discriminator"]
    a, b = (pd.read_csv(folder / "pix2pix.csv")[names].to_numpy()[:2] for folder in (one, other))
    return float(np.max(np.abs(a - b) / np.abs(a)))


def assert_close(one: Path, other: Path, kinds=tuple(PICTURES)) -> None:
    """Whether two devices made the same, as far as two can."""
    found = {kind: apart(kind, one, other) for kind in kinds}
    assert all(found[kind] <= PICTURES[kind][1] for kind in kinds), found
    assert losses_apart(one, other) <= LOSS


def instructions(folder: Path) -> set[str]:
    """What the records say that the jobs were computed by."""
    records = [*folder.glob("results/style_transfer/pictures/*.json"), folder / "dream.json", folder / "pix2pix.json"]
    return {json.loads(path.read_text())["made_with"]["instructions"] for path in records}
