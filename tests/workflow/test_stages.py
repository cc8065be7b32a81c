"""How often the stages of dvc.yaml start Snakemake, with a stand-in for it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.checkout import ROOT

FIGURES = "results/figures/figures.csv"


def tick() -> None:
    """Wait until the clock that files are dated by has gone on."""
    time.sleep(0.02)


class Stages:
    def __init__(self, folder: Path):
        self.folder = folder
        for name in ("params.yaml", "src/aiart/a.py", "data/content/cat.jpg", ".snakemake/metadata/a", FIGURES):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            tick()
            (folder / name).touch()
        (folder / "bin").mkdir()
        self.finds("Nothing to be done (all requested files are present and up to date).")

    def finds(self, text: str) -> None:
        command = self.folder / "bin/snakemake"
        command.write_text(f'#!/bin/sh\necho "$*" >> asked.txt\necho "{text}"\n')
        command.chmod(0o755)

    def run(self, target: str, *, caller: str = "1") -> list[str]:
        """With what Snakemake was started."""
        tick()
        (self.folder / "asked.txt").unlink(missing_ok=True)
        subprocess.run(
            [sys.executable, ROOT / "workflow/bin/stage.py", target],
            cwd=self.folder,
            env={"AIART_CALLER": caller, "PATH": f"{self.folder}/bin{os.pathsep}{os.environ['PATH']}"},
            check=True,
        )
        asked = self.folder / "asked.txt"
        return asked.read_text().splitlines() if asked.exists() else []


@pytest.fixture
def stages(tmp_path) -> Stages:
    return Stages(tmp_path)


WHETHER_ALL_IS_MADE = "--cores all --dry-run"


def test_where_all_is_made_one_start_does_for_all_stages(stages):
    assert stages.run("data") == [WHETHER_ALL_IS_MADE]
    for target in ("pix2pix", "style_transfer", "all"):
        assert stages.run(target) == []


def test_another_repro_asks_again(stages):
    assert stages.run("data") == stages.run("data", caller="2") == [WHETHER_ALL_IS_MADE]


@pytest.mark.parametrize("path", ["params.yaml", "src/aiart/a.py", "data/content/dog.jpg"])
def test_after_an_edit_each_stage_makes_what_is_its_own(stages, path):
    stages.run("data")
    tick()
    (stages.folder / path).write_text("edited")
    assert stages.run("pix2pix") == ["--cores all pix2pix"]


@pytest.mark.parametrize("path", [".snakemake/metadata/a", "results/figures/other.csv"])
def test_what_is_made_or_removed_between_two_stages_is_seen(stages, path):
    (stages.folder / "results/figures/other.csv").touch()
    stages.run("data")
    tick()
    (stages.folder / path).unlink()
    assert stages.run("pix2pix") == [WHETHER_ALL_IS_MADE]


def test_behind_links_too(stages, tmp_path_factory):
    disk = tmp_path_factory.mktemp("disk")
    (stages.folder / "data/own").symlink_to(disk)
    (disk / "loop").symlink_to(disk)
    tick()
    (stages.folder / FIGURES).touch()
    assert stages.run("data") == [WHETHER_ALL_IS_MADE]
    tick()
    (disk / "cat.jpg").touch()
    assert stages.run("pix2pix") == ["--cores all pix2pix"]


def test_where_something_is_to_be_made_each_stage_makes_its_own(stages):
    stages.finds("Job stats: 1 stylize")
    assert stages.run("data") == [WHETHER_ALL_IS_MADE, "--cores all data"]
    (stages.folder / FIGURES).unlink()
    assert stages.run("style_transfer") == ["--cores all style_transfer"]
