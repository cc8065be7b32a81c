"""DVC and Snakemake together: changing, recording, comparing, going back and forth. Run with `pytest -m slow`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from helpers.checkout import Checkout, copy_checkout, jobs_in
from helpers.versions import bring, clean, clone, init

pytestmark = pytest.mark.slow

CELL = "results/style_transfer/sweeps/variation/tv_weight=3e-05"
DREAM = "results/deep_dream/pictures/dreamed"


@pytest.fixture(scope="module")
def edited(repository, tmp_path_factory) -> tuple[Checkout, str]:
    """A pulled clone after an edit and a `dvc repro`, and what that printed. Tests go on from each other."""
    there = clone(repository.checkout, tmp_path_factory.mktemp("edited") / "clone")
    there.edit("params.yaml", "2e-05", "3e-05")
    return there, there.run("dvc", "repro")


def test_repro_after_an_edit_runs_the_jobs_that_depend_on_it(edited):
    there, output = edited
    assert jobs_in(output) == {"stylize": 1, "grid": 1, "curves": 1, "scatter": 1, "figures": 1, "page": 1}
    assert "Stage 'data' didn't change, skipping" in output and "Stage 'train' didn't change, skipping" in output
    assert clean(there)
    assert json.loads((there.folder / f"{CELL}.json").read_text())["settings"]["tv_weight"] == 3e-05


def test_the_versions_are_compared_with_no_further_setting_up(edited):
    there, _ = edited
    params = json.loads(there.run("dvc", "params", "diff", "--json"))
    assert params["params.yaml"]["style_transfer.sweeps.variation.columns.tv_weight"] == {
        "old": "[0, 2e-05]",
        "new": "[0, 3e-05]",
    }
    shown = there.run("dvc", "metrics", "show")
    assert "failed" not in shown
    assert "pix2pix/runs/houses.json" in shown and "cyclegan/runs/strokes.json" in shown and "ssim" in shown

    metrics = json.loads(there.run("dvc", "metrics", "diff", "--json"))
    # The cell that went, and the one that came; nothing else changed.
    assert sorted(metrics) == [f"results/figures/metrics/{f.removeprefix('results/')}.json" for f in cells("2e-05")]
    assert metrics[f"results/figures/metrics/{CELL.removeprefix('results/')}.json"]["best_total"]["new"] > 0

    plots = json.loads(there.run("dvc", "plots", "diff", "--json"))
    assert "errors" not in plots
    folder = "results/figures"
    for name in (
        "losses/pix2pix/runs/houses/generator_l1.csv",
        "losses/cyclegan/runs/strokes/cycle_a.csv",
        "losses/deep_dream/pictures/dreamed/objective.csv",
        "losses/style_transfer/sweeps/variation/tv_weight=0/total.csv",
        "tables/style_transfer/sweeps/variation best_total.csv",
        "tables/pix2pix/runs l1.csv",
    ):
        (plot,) = plots["data"][f"{folder}/{name}"]
        assert plot["type"] == "vega" and sorted(plot["revisions"]) == ["HEAD", "workspace"]
    for name in ("style_transfer/grids/variation.png", "pix2pix/runs/houses.png"):
        versions = plots["data"][f"{folder}/pictures/{name}"]
        assert sorted((plot["type"], *plot["revisions"]) for plot in versions) == [
            ("image", "HEAD"),
            ("image", "workspace"),
        ]
    html = there.run("dvc", "plots", "show").strip()
    assert html.endswith("dvc_plots/index.html")
    assert (there.folder / "dvc_plots/index.html").exists()


def cells(before: str) -> list[str]:
    """The cells of the sweep that were made before and after the edit."""
    return [CELL.replace("3e-05", before), CELL]


def test_snakemake_alone_is_recorded_without_running_a_job_again(edited):
    there, _ = edited
    # Back to the first value, whose cell is still there.
    there.edit("params.yaml", "3e-05", "2e-05")
    assert jobs_in(there.snakemake()) == {"grid": 1, "curves": 1, "scatter": 1, "figures": 1, "page": 1}
    status = there.run("dvc", "status")
    assert "results/style_transfer" in status and ".snakemake/metadata" in status
    assert "Job stats" not in there.run("dvc", "commit", "-f")
    assert clean(there)
    assert "3e-05" not in (there.folder / "dvc.lock").read_text()


def test_what_is_no_longer_asked_for_stays_until_it_is_tidied_away(repository, edited):
    there, _ = edited
    assert (there.folder / f"{CELL}.png").exists()
    there.snakemake("tidy")
    assert sorted((there.folder / CELL).parent.glob("tv_weight=3e-05.*")) == []
    # Repro finds nothing to run, and the version is the first one again, to the byte.
    assert jobs_in(there.run("dvc", "repro")) == {}
    assert there.run("git", "status", "--porcelain") == ""
    assert clean(there)


def test_results_that_are_in_no_version_are_not_overwritten_by_going_back(edited):
    there, _ = edited
    there.edit("params.yaml", "iterations: 2", "iterations: 3")
    assert jobs_in(there.snakemake()) == {"dream_picture": 1, "figures": 1, "page": 1}
    made = (there.folder / f"{DREAM}.png").read_bytes()
    there.run("git", "checkout", "-q", "params.yaml")
    assert "unsaved files" in there.run("dvc", "checkout", check=False)
    assert (there.folder / f"{DREAM}.png").read_bytes() == made
    # Snakemake alone knows what of it fits.
    assert there.planned() == {"dream_picture": 1, "figures": 1, "page": 1}


def test_branches_bring_their_own_results_in_both_directions(edited):
    there, _ = edited
    picture = there.folder / f"{DREAM}.png"
    there.run("dvc", "checkout", "--force")
    before = picture.read_bytes()
    there.run("git", "checkout", "-qb", "other")
    there.edit("params.yaml", "iterations: 2", "iterations: 3")
    assert jobs_in(there.run("dvc", "repro")) == {"dream_picture": 1, "figures": 1, "page": 1}
    there.run("git", "commit", "-qam", "other")
    after = picture.read_bytes()
    assert after != before
    for branch, content in (("main", before), ("other", after)):
        there.run("git", "checkout", "-q", branch)
        # Without `dvc checkout` Snakemake wants the jobs that differ, and would be right.
        assert there.planned() == {"dream_picture": 1, "figures": 1, "page": 1}
        there.run("dvc", "checkout")
        assert picture.read_bytes() == content
        assert clean(there)
    # Another edit on either branch still sees what was made with what.
    there.edit("params.yaml", "iterations: 3", "iterations: 2")
    assert there.planned() == {"dream_picture": 1, "figures": 1, "page": 1}
    there.run("git", "checkout", "-q", "params.yaml")


def recorded_by_hand(folder: Path, remote: Path) -> Checkout:
    """A repository whose outputs are small files that no job made: DVC moves them as it moves others."""
    there = copy_checkout(folder)
    init(there, remote)
    stages = yaml.safe_load((folder / "dvc.yaml").read_text())["stages"].values()
    for out in (folder / name for stage in stages for entry in stage["outs"] for name in entry):
        file = out if out.suffix else out / f"runs/{out.name}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"made {out}")
    (folder / "results/pix2pix/runs/facades.npz").write_bytes(b"a model")
    there.run("dvc", "commit", "-q", "-f")
    return there


def test_models_results_and_datasets_go_to_another_repository(tmp_path):
    there = recorded_by_hand(tmp_path / "there", tmp_path / "remote")
    bring(there.folder / "data/own/datasets/mine")
    there.run("dvc", "add", "-q", "data/own/datasets/mine")
    there.run("dvc", "push", "-q")
    shutil.rmtree(there.folder / ".dvc/cache")
    there.run("git", "add", "-A")
    there.run("git", "commit", "-qm", "published")
    there.run("gto", "register", "pix2pix-facades")

    other = Checkout(tmp_path / "other")
    other.folder.mkdir()
    other.run("git", "init", "-q")
    other.run("dvc", "init", "-q")
    other.run("dvc", "artifacts", "get", "../there", "pix2pix-facades", "--rev", "v0.0.1", "-o", "model.npz")
    other.run("dvc", "get", "../there", "results/deep_dream", "-o", "dreams")
    other.run("dvc", "import", "../there", "results/pix2pix/runs")
    other.run("dvc", "import", "../there", "data/own/datasets/mine", "-o", "pairs")
    made = there.folder / "results"
    model = (made / "pix2pix/runs/facades.npz").read_bytes()
    assert (other.folder / "model.npz").read_bytes() == (other.folder / "runs/facades.npz").read_bytes() == model
    assert files(other.folder / "dreams") == files(made / "deep_dream")
    assert files(other.folder / "pairs") == files(there.folder / "data/own/datasets/mine")


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
