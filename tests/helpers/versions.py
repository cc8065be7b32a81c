"""A Git repository with a DVC remote for the tests of versions, in which all four methods make something tiny."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.checkout import ALL_METHODS, Checkout, copy_checkout

# Long enough to be killed in the middle.
PARAMS = ALL_METHODS.replace("    epochs: 2\n    decay_epochs: 1\n", "    epochs: 80\n    decay_epochs: 1\n").replace(
    "    samples: 2\n", "    samples: 2\n    checkpoint_every: 20\n"
)


def clean(checkout: Checkout) -> bool:
    """Neither tool has anything to do."""
    return "up to date" in checkout.run("dvc", "status") and "Nothing to be done" in checkout.run("snakemake", "-n")


def make_repository(folder: Path, remote: Path) -> tuple[Checkout, str]:
    """Everything made by `dvc repro`, committed and pushed; and what that printed."""
    checkout = copy_checkout(folder, PARAMS)
    run = checkout.run
    init(checkout, remote)
    output = run("dvc", "repro")
    run("git", "add", "-A")
    run("git", "commit", "-qm", "first")
    run("dvc", "push")
    return checkout, output


def init(checkout: Checkout, remote: Path) -> None:
    """Git and DVC begin there, with a folder as DVC's remote."""
    checkout.run("git", "init", "-q", "-b", "main")
    name_author(checkout)
    checkout.run("dvc", "init", "-q", "-f")
    for name in ("analytics", "check_update"):
        checkout.run("dvc", "config", f"core.{name}", "false")
    checkout.run("dvc", "remote", "add", "-q", "-d", "local", str(remote))


def bring(folder: Path) -> None:
    """A dataset of three pairs in two folders."""
    for domain in ("trainA", "trainB"):
        (folder / domain).mkdir(parents=True)
        for number in range(3):
            picture = np.full((32, 32, 3), 40 * number + 9 * (domain == "trainA"), np.uint8)
            Image.fromarray(picture).save(folder / domain / f"{number}.png")


def name_author(checkout: Checkout) -> None:
    checkout.run("git", "config", "user.name", "a tester")
    checkout.run("git", "config", "user.email", "tester@example.org")


def clone(repository: Checkout, folder: Path, *, pull: bool = True) -> Checkout:
    repository.run("git", "clone", "-q", str(repository.folder), str(folder))
    there = Checkout(folder)
    name_author(there)
    if pull:
        there.run("dvc", "pull")
    return there


def metadata(folder: Path) -> Iterator[dict]:
    """Snakemake's record of every file."""
    for path in (folder / ".snakemake/metadata").rglob("*"):
        if path.is_file():  # parts of a long name are folders
            yield json.loads(path.read_text())


def records(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    """Rule, logs and inputs of every job, from Snakemake's records."""
    jobs = {(record["rule"], *record["log"]): record for record in metadata(folder)}
    for record in jobs.values():
        yield record["rule"], record["log"], record["input"]


def modules_loaded(folder: Path, log: Path) -> set[str]:
    """Source files, below src/aiart, that a job loaded, from its log when PYTHONPROFILEIMPORTTIME was set."""
    files = set()
    for name in re.findall(r"^import time:.*\| +aiart\.([\w.]+)$", log.read_text(), re.MULTILINE):
        path = name.replace(".", "/")
        files.add(f"{path}/__init__.py" if (folder / "src/aiart" / path).is_dir() else f"{path}.py")
    return files
