"""The whole workflow on tiny params, run as a user would run it. Tests of this file build on one another's
checkout, so each puts back what it changed."""

from __future__ import annotations

import json
import os
import shlex
import time

import numpy as np
import pandas as pd
import pytest
from helpers.checkout import ROOT, TINY_PARAMS, Checkout, copy_checkout

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


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Another value paints one cell; its grid and its curves follow.
        ("[0, 2e-05]", "[0, 3e-05]", {"stylize": 1, "grid": 1, "curves": 1}),
        ("[0, 2e-05]", "[0, 2e-05, 7]", {"stylize": 1, "grid": 1, "curves": 1}),
        # The same cells in another order are only laid out again.
        ("[0, 2e-05]", "[2e-05, 0]", {"grid": 1, "curves": 1}),
        ("Total variation", "TV", {"grid": 1, "curves": 1}),
        ("iterations: 4", "iterations: 5", {"stylize": 2, "grid": 1, "curves": 1}),
        ("long_side: 48", "long_side: 48.0", {}),
        ("style_weight: 1000", "style_weight: 1e3", {}),
        ("2e-05", "0.00002", {}),
        ("sample_pictures: 2", "sample_pictures: 1", {"train": 1, "evaluate": 1}),
        ("{dataset: synthetic_facades}", "{dataset: synthetic_facades, title: Houses}", {"evaluate": 1}),
        (
            "painting_side: 64",
            "painting_side: 65",
            {"painting": 7, "stylize": 2, "grid": 1, "curves": 1},
        ),
        (
            "chelsea",
            "coffee",
            {"stylize": 2, "grid": 1, "curves": 1},
        ),
    ],
)
def test_an_edit_of_params_runs_exactly_what_depends_on_it(painted: Checkout, old, new, expected):
    painted.edit("params.yaml", old, new)
    try:
        assert painted.jobs() == expected
    finally:
        (painted.folder / "params.yaml").write_text(TINY_PARAMS)


def test_swapped_values_are_seen(painted: Checkout):
    text = TINY_PARAMS.replace("style_weight: 1000", "style_weight: 48").replace("long_side: 48", "long_side: 1000")
    (painted.folder / "params.yaml").write_text(text)
    try:
        assert painted.jobs()["stylize"] == 2
    finally:
        (painted.folder / "params.yaml").write_text(TINY_PARAMS)


def test_new_dates_alone_run_nothing(painted: Checkout):
    later = time.time() + 100
    for path in ("data/photographs/chelsea.png", "src/aiart/style_transfer/losses.py", "params.yaml"):
        os.utime(painted.folder / path, (later, later))
    assert painted.jobs() == {}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/aiart/gallery/grid.py", {"grid": 1, "evaluate": 1}),
        ("src/aiart/gallery/curves.py", {"curves": 1}),
        ("src/aiart/style_transfer/losses.py", {"stylize": 2, "grid": 1, "curves": 1}),
        ("src/aiart/networks/distillation/distill.py", {}),
        ("src/aiart/translation/pix2pix/learner.py", {"train": 1, "evaluate": 1}),
        ("src/aiart/translation/cyclegan/learner.py", {}),
        ("src/aiart/translation/metrics.py", {"evaluate": 1}),
    ],
)
def test_an_edit_of_code_runs_only_the_jobs_that_use_it(painted: Checkout, path, expected):
    before = (painted.folder / path).read_text()
    (painted.folder / path).write_text(before + "\n# edited\n")
    try:
        assert painted.jobs() == expected
    finally:
        (painted.folder / path).write_text(before)


def test_a_picture_of_ones_own_is_used_by_its_name(painted: Checkout):
    own = painted.folder / "data/content/chelsea.png"
    own.write_bytes((painted.folder / "data/paintings/ink_wash.png").read_bytes())
    try:
        # The sweep's cells now take the file; the built-in photograph is no longer asked for.
        assert painted.jobs() == {"stylize": 2, "grid": 1, "curves": 1}
    finally:
        own.unlink()


def test_a_wrong_key_is_answered_with_one_sentence(painted: Checkout):
    painted.edit("params.yaml", "tv_weight", "tv_wieght")
    try:
        output = painted.run("snakemake", "-n", check=False)
        assert "style_transfer.sweeps.variation: tv_wieght is no setting; did you mean tv_weight?" in output
        assert "Traceback" not in output
    finally:
        (painted.folder / "params.yaml").write_text(TINY_PARAMS)


def test_an_unknown_picture_is_answered_with_the_names(painted: Checkout):
    painted.edit("params.yaml", "chelsea", "nobody")
    try:
        output = painted.run("snakemake", "-n", check=False)
        assert "asks for the picture nobody: put nobody.jpg or nobody.png into data/content" in output
    finally:
        (painted.folder / "params.yaml").write_text(TINY_PARAMS)


def test_a_failed_job_leaves_no_half_written_picture(tmp_path):
    checkout = copy_checkout(tmp_path)
    (tmp_path / "data/content/broken.png").write_bytes(b"\x89PNG\r\n\x1a\n garbage")
    checkout.edit("params.yaml", "chelsea", "broken")
    output = checkout.run("snakemake", "--cores", "2", check=False)
    assert "data/content/broken.png" in output
    assert not list((tmp_path / "results").rglob("*.png"))


def test_the_default_params_and_the_paper_preset_plan_every_job(tmp_path):
    checkout = copy_checkout(tmp_path, (ROOT / "params.yaml").read_text(encoding="utf-8"))
    planned = checkout.jobs()
    assert planned["grid"] == 10
    assert planned["stylize"] > 40
    paper = checkout.jobs("--configfile", "workflow/presets/paper.yaml")
    assert (planned["synthetic_dataset"], planned["train"]) == (2, 2)
    assert (paper["download_weights"], paper["download_dataset"]) == (2, 6)
    assert "synthetic_dataset" not in paper and paper["train"] == 16
    assert paper["stylize"] == planned["stylize"]
