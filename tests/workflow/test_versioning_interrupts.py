"""One `dvc repro` at a time, which can be killed, is started again by the same command, and ends with the same bytes
as one that was not. Run with `pytest -m slow`."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

import psutil
import pytest
from helpers.background import Background
from helpers.versions import clean, clone

pytestmark = pytest.mark.slow

STATES = "results/.state/pix2pix/runs"
LOG = "logs/pix2pix/runs/houses/train.log"


def trainings_of(run):
    """The trainings at work in a run in the background: the commands, not the shells around them."""
    found = []
    for job in psutil.Process(run.process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
            if "train" in job.cmdline():
                found.append(job)
    return found


def test_a_second_repro_elsewhere_killed_twice_ends_with_the_same_hashes(repository, tmp_path):
    # Nothing is pulled, so everything is made again.
    there = clone(repository.checkout, tmp_path / "second", pull=False)
    log = there.folder / LOG

    with Background(there, "dvc", "repro", "-f") as run:
        run.wait_until("a checkpoint", lambda: any((there.folder / STATES).glob("houses.*.npz")))
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait()
    assert not (there.folder / "results/pix2pix/runs/houses.npz").exists()

    with Background(there, "dvc", "repro", "-f") as run:
        run.wait_until("the training", lambda: log.exists() and "continuing after step" in log.read_text())
        os.killpg(run.process.pid, signal.SIGINT)
        assert "failed to reproduce 'train'" in run.finish()
    assert int(log.read_text().split("continuing after step ")[1].split(".")[0]) >= 20

    with Background(there, "dvc", "repro", "-f") as run:
        run.wait_until("the training", lambda: trainings_of(run))
        # Held, so that it lasts as long as the questions do.
        training = trainings_of(run)[0]
        training.suspend()
        # Neither tool starts a second time. Reading goes on.
        refused = there.run("snakemake", "--cores", "1", "results/deep_dream/pictures/dreamed.png", check=False)
        assert "Another snakemake or dvc is at work in this checkout. Wait until it has ended" in refused
        for command in (["repro"], ["commit", "-f"], ["checkout"]):
            refused = there.run("dvc", *command, check=False)
            assert "Unable to acquire lock" in refused or "is being blocked by" in refused
        assert there.planned()
        there.run("dvc", "metrics", "diff")
        assert run.process.poll() is None
        training.resume()
        run.finish()
        assert run.process.returncode == 0, run.output()[-3000:]
    assert "continuing after step" in log.read_text()
    # Not one hash of an output differs from those of the uninterrupted run.
    assert there.run("git", "status", "--porcelain", "--untracked-files=no") == ""
    assert clean(there)


def test_a_job_that_outlived_its_killed_run_is_waited_for(repository, tmp_path):
    there = clone(repository.checkout, tmp_path / "orphan")
    there.edit("params.yaml", "epochs: 80", "epochs: 8000")
    with Background(there, "snakemake", "--cores", "2", "results/pix2pix/runs/houses.npz") as run:
        run.wait_until("a checkpoint", lambda: any((there.folder / STATES).glob("houses.*.npz")))
        run.process.kill()  # Snakemake alone
        run.process.wait()
        refused = there.run("snakemake", "--cores", "2", "results/pix2pix/runs/houses.npz", check=False)
        assert "A job that outlived its killed run is still at work in this checkout." in refused
        os.killpg(run.process.pid, signal.SIGTERM)
    # Going back to the version forgets what was begun.
    there.run("git", "checkout", "-q", ".")
    there.run("dvc", "checkout", "--force")
    assert clean(there)
