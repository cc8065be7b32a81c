"""DVC and Snakemake together: one story told from a fresh repository to a pulled clone. Run with `pytest -m slow`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from checkout import Checkout, copy_checkout

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Checkout:
    """A Git repository with a local DVC remote, reproduced and pushed."""
    folder = tmp_path_factory.mktemp("repository")
    checkout = copy_checkout(folder)
    for name in ("content", "style"):
        (folder / "data" / name / ".gitkeep").touch()
    run = checkout.run
    run("git", "init", "-q", "-b", "main")
    run("git", "config", "user.name", "a tester")
    run("git", "config", "user.email", "tester@example.org")
    run("dvc", "init", "-q", "-f")
    run("dvc", "config", "core.analytics", "false")
    run("dvc", "remote", "add", "-q", "-d", "local", str(tmp_path_factory.mktemp("remote")))
    run("dvc", "repro")
    run("git", "add", "-A")
    run("git", "commit", "-qm", "first")
    run("dvc", "push")
    return checkout


def clean(checkout: Checkout) -> bool:
    return "up to date" in checkout.run("dvc", "status") and checkout.jobs() == {}


def clone(repository: Checkout, folder: Path) -> Checkout:
    repository.run("git", "clone", "-q", str(repository.folder), str(folder))
    there = Checkout(folder)
    there.run("dvc", "pull")
    return there


def jobs_run(output: str) -> list[str]:
    """Messages of the jobs in Snakemake's output."""
    return sorted({line.split(": ", 1)[1] for line in output.splitlines() if line.startswith("Job ") and ": " in line})


def test_a_second_repro_runs_nothing(repository):
    assert clean(repository)
    assert "didn't change" in repository.run("dvc", "repro")


def test_a_pulled_clone_is_clean_at_another_path_and_an_edit_runs_its_jobs(repository, tmp_path):
    there = clone(repository, tmp_path / "elsewhere")
    assert clean(there)
    there.edit("params.yaml", "2e-05", "3e-05")
    output = there.run("dvc", "repro")
    assert jobs_run(output) == [
        "Draw the grid variation",
        "Paint sweeps/variation/tv_weight=3e-05",
        "Plot the losses of variation",
    ]
    assert clean(there)


def test_results_are_equal_to_the_byte_in_a_second_clone(repository, tmp_path):
    there = clone(repository, tmp_path / "second")
    for name in ("results", "data/photographs", "data/paintings", ".snakemake"):
        shutil.rmtree(there.folder / name)
    there.snakemake()
    for path in sorted((repository.folder / "results").rglob("*.*")):
        again = there.folder / path.relative_to(repository.folder)
        assert again.read_bytes() == path.read_bytes(), path


def test_snakemake_alone_is_recorded_without_running_a_job_again(repository, tmp_path):
    there = clone(repository, tmp_path / "alone")
    there.edit("params.yaml", "iterations: 4", "iterations: 3")
    there.snakemake()
    assert "up to date" not in there.run("dvc", "status")
    there.run("dvc", "commit", "-f")
    assert clean(there)
    assert "iterations: 3" in (there.folder / "dvc.lock").read_text()


def test_going_back_with_git_and_dvc_checkout_brings_back_the_old_pictures(repository, tmp_path):
    there = clone(repository, tmp_path / "back")
    picture = there.folder / "results/style_transfer/sweeps/variation/tv_weight=0.png"
    before = picture.read_bytes()
    there.run("git", "checkout", "-qb", "other")
    there.edit("params.yaml", "style_weight: 1000", "style_weight: 3")
    there.run("dvc", "repro")
    there.run("git", "commit", "-qam", "other")
    after = picture.read_bytes()
    assert after != before
    there.run("git", "checkout", "-q", "main")
    there.run("dvc", "checkout")
    assert picture.read_bytes() == before and clean(there)
    there.run("git", "checkout", "-q", "other")
    there.run("dvc", "checkout")
    assert picture.read_bytes() == after and clean(there)
