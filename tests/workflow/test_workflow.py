"""The whole workflow on tiny params, run as a user would run it. Tests of this file build on one another's
checkout, so each puts back what it changed."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal

import numpy as np
import pandas as pd
from helpers.background import Background
from helpers.checkout import GALLERY, ROOT, Checkout, copy_checkout

from aiart.images import read_image, read_metadata

SWEEP = "results/style_transfer/sweeps/variation"


def test_a_finished_gallery_has_nothing_to_be_done(painted: Checkout):
    assert painted.jobs() == {}
    assert "Nothing to be done" in painted.run("snakemake", "-n")


def test_cells_differ_by_their_setting_and_the_log_reruns_to_the_same_bytes(painted: Checkout):
    metrics = [json.loads((painted.folder / SWEEP / f"tv_weight={value}.json").read_text()) for value in ("0", "2e-05")]
    assert [m["settings"]["tv_weight"] for m in metrics] == [0, 2e-05]
    assert all(m["measured"]["best_total"] < m["measured"]["first_total"] for m in metrics)
    assert [m["settings"]["network"] for m in metrics] == ["vgg19_slim", "vgg19_slim"]

    picture = painted.folder / SWEEP / "tv_weight=0.png"
    before = picture.read_bytes()
    log = painted.folder / "logs/style_transfer/sweeps/variation/tv_weight=0.log"
    command = shlex.split(log.read_text().splitlines()[0])
    assert command[:2] == ["aiart", "stylize"]
    picture.unlink()
    painted.run(*command)
    assert picture.read_bytes() == before
    assert json.loads(read_metadata(picture)["aiart"])["stylize"]["long_side"] == 48


def test_the_grid_shows_the_photograph_and_the_cells_in_order(painted: Checkout):
    grid = read_image(painted.folder / "results/style_transfer/grids/variation.png")
    cells = [painted.folder / "data/photographs/chelsea.png"]
    cells += [painted.folder / SWEEP / f"tv_weight={value}.png" for value in ("0", "2e-05")]
    # Each cell's mean colour is found in its third of the grid.
    for index, path in enumerate(cells):
        third = grid[:, index * grid.shape[1] // 3 : (index + 1) * grid.shape[1] // 3]
        inked = third[np.ptp(third, axis=2) > 12]
        coloured = read_image(path).reshape(-1, 3)
        coloured = coloured[np.ptp(coloured, axis=1) > 12]
        assert np.allclose(inked.mean(axis=0), coloured.mean(axis=0), atol=25)
    table = pd.read_csv(painted.folder / "results/style_transfer/grids/variation.csv")
    assert table.tv_weight.tolist() == [0, 2e-05]
    assert (table.evaluations == 4).all()


def test_a_wrong_key_is_answered_with_one_sentence(painted: Checkout):
    painted.edit("params.yaml", "tv_weight", "tv_wieght")
    try:
        output = painted.run("snakemake", "-n", check=False)
        assert "style_transfer.sweeps.variation: tv_wieght is no setting; did you mean tv_weight?" in output
        assert "Traceback" not in output
    finally:
        (painted.folder / "params.yaml").write_text(GALLERY)


def test_an_unknown_picture_is_answered_with_the_names(painted: Checkout):
    painted.edit("params.yaml", "chelsea", "nobody")
    try:
        output = painted.run("snakemake", "-n", check=False)
        assert "asks for the picture nobody: put nobody.jpg or nobody.png into data/content" in output
    finally:
        (painted.folder / "params.yaml").write_text(GALLERY)


def test_a_failed_job_leaves_no_half_written_picture(tmp_path):
    checkout = copy_checkout(tmp_path)
    (tmp_path / "data/content/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n garbage")
    checkout.edit("params.yaml", "chelsea", "broken")
    # The target has no other job that paints; which of several is begun first is Snakemake's choice.
    output = checkout.run("snakemake", "--cores", "2", "style_transfer", check=False)
    assert "data/content/broken.png" in output
    assert [path for path in (tmp_path / "results").rglob("*") if path.is_file()] == []


def test_a_stopped_job_leaves_nothing_and_is_made_again(tmp_path):
    checkout = copy_checkout(tmp_path)
    checkout.edit("params.yaml", "iterations: 4", "iterations: 1000000")
    log = tmp_path / "logs/style_transfer/sweeps/variation/tv_weight=0.log"
    picture = f"{SWEEP}/tv_weight=0.png"
    with Background(checkout, "snakemake", "--cores", "1", picture) as run:
        run.wait_until("the job", lambda: log.exists() and log.read_text())
        os.killpg(run.process.pid, signal.SIGINT)  # as Ctrl-C does
        run.finish()
    assert run.process.returncode != 0
    assert "stopped by SIG" in log.read_text()
    assert list((tmp_path / SWEEP).glob("*.*")) == []
    assert checkout.jobs(picture)["stylize"] == 1


def test_the_default_params_and_the_paper_preset_plan_every_job(tmp_path):
    checkout = copy_checkout(tmp_path, (ROOT / "params.yaml").read_text(encoding="utf-8"))
    planned = checkout.jobs()
    assert planned["grid"] == 13
    assert planned["stylize"] > 40
    paper = checkout.jobs("--configfile", "workflow/presets/paper.yaml")
    assert (planned["synthetic_dataset"], planned["train"]) == (3, 3)
    assert (paper["download_weights"], paper["download_dataset"]) == (2, 6)
    assert "synthetic_dataset" not in paper and paper["train"] == 16
    assert paper["stylize"] == planned["stylize"]


def test_reading_the_snakefile_loads_no_library_that_only_jobs_need(painted: Checkout, monkeypatch):
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    # With all that is compared with what is there.
    output = painted.run("snakemake", "-n")
    assert "Nothing to be done" in output
    loaded = set(re.findall(r"^import time:.*\| +(\w+)$", output, re.MULTILINE))
    assert "pydantic" in loaded
    assert not loaded & {"pandas", "tensorflow", "keras", "matplotlib", "scipy", "skimage", "h5py"}
