"""The workflow through a real Slurm: one node, two cores or more, one GPU that is none (slurm.sh)."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import time

import numpy as np
import pandas as pd
import pytest
from helpers.background import Background, slurm_job, slurm_job_ids
from helpers.checkout import TINY_PARAMS, Checkout, copy_checkout

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("slurm")]

# The test's Slurm keeps no accounts, and a user can wait longer for the first look at a job.
SNAKEMAKE = ["snakemake", "--profile", "workflow/profiles/slurm", "--slurm-status-command", "squeue"]
SNAKEMAKE += ["--slurm-init-seconds-before-status-checks", "2"]
CELLS = [f"results/style_transfer/sweeps/variation/tv_weight={value}.png" for value in ("0", "2e-05")]
LONG_TRAINING = {
    "epochs: 2": "epochs: 600",
    "decay_epochs: 1": "decay_epochs: 1\n    checkpoint_every: 10\n    log_every: 10",
}
TRAINED = "results/pix2pix/runs/houses"


@pytest.fixture(scope="module")
def painted(tmp_path_factory) -> tuple[Checkout, str]:
    """A checkout whose gallery was made through Slurm, and Snakemake's output."""
    checkout = copy_checkout(tmp_path_factory.mktemp("slurm"))
    return checkout, checkout.run(*SNAKEMAKE)


def test_everything_is_made_and_what_computes_is_submitted(painted):
    _, output = painted
    assert re.search(r"(\d+) of \1 steps \(100%\) done", output)
    jobs = [slurm_job(job_id) for job_id in slurm_job_ids(output)]
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    # The plugin puts the rule, or the group of rules, into the comment.
    by_rule = {re.match(r"rule_([a-z]+)", job["Comment"])[1]: job for job in jobs}
    assert sorted(by_rule) == ["evaluate", "pictures", "synthetic", "train"]
    assert len(jobs) == 4
    assert by_rule["train"]["TresPerJob"] == by_rule["evaluate"]["TresPerJob"] == "gres:gpu:1"
    assert by_rule["train"]["TimeLimit"] == "1-00:00:00"
    assert "TresPerJob" not in by_rule["synthetic"]


def test_pictures_share_a_job(painted):
    _, output = painted
    (job,) = [job for job in map(slurm_job, slurm_job_ids(output)) if job["Comment"].startswith("rule_pictures")]
    # Two cells, one after the other: cores, memory and GPU of one, time of both.
    assert job["NumCPUs"] == "1"
    assert job["MinMemoryNode"] == "1204M"
    assert job["TimeLimit"] == "02:00:00"
    assert job["TresPerJob"] == "gres:gpu:1"
    assert job["Requeue"] == "1"


def test_nothing_is_left_to_be_done_with_or_without_the_profile(painted):
    checkout, _ = painted
    assert checkout.jobs() == {}
    # The default profile is in force beside Slurm's: a new date alone makes nothing anew.
    later = time.time() + 100
    os.utime(checkout.folder / "data/photographs/chelsea.png", (later, later))
    assert checkout.jobs(*SNAKEMAKE[1:]) == {}


def test_a_picture_from_a_node_has_the_bytes_of_one_made_here(painted):
    checkout, _ = painted
    picture = checkout.folder / CELLS[0]
    before = picture.read_bytes()
    log = (checkout.folder / "logs/style_transfer/sweeps/variation/tv_weight=0.log").read_text()
    picture.unlink()
    checkout.run(*shlex.split(log.splitlines()[0]))
    assert picture.read_bytes() == before


def test_jobs_wait_for_the_gpu_and_a_cancelled_one_is_made_by_the_next_run(checkout):
    ungrouped = [*SNAKEMAKE, "--group-components", "pictures=1"]
    with Background(checkout, *ungrouped, "--retries", "0") as run:
        ids = run.wait_until("two jobs", lambda: len(slurm_job_ids(run.output())) == 2 and slurm_job_ids(run.output()))
        # At first the one that waits may be said to wait for the other's turn (Priority).
        waiting = [("PENDING", "Resources"), ("RUNNING", "None")]
        run.wait_until(
            "one running, one waiting for the GPU",
            lambda: sorted((slurm_job(i)["JobState"], slurm_job(i)["Reason"]) for i in ids) == waiting,
        )
        (running,) = [i for i in ids if slurm_job(i)["JobState"] == "RUNNING"]
        subprocess.run(["scancel", running], check=True)
        output = run.finish()
    assert run.process.returncode != 0
    assert slurm_job(running)["JobState"] == "CANCELLED"
    assert "Error in group pictures" in output
    # The other one was painted all the same, and what is missing is made by the same command.
    assert sorted((checkout.folder / cell).exists() for cell in CELLS) == [False, True]
    assert checkout.jobs() == {"stylize": 1, "grid": 1, "curves": 1, "scatter": 1}
    checkout.snakemake()
    assert checkout.jobs() == {}


def test_a_job_that_runs_out_of_memory_is_sent_again_with_more(checkout):
    checkout.edit("params.yaml", "[0, 2e-05]", "[0]")
    output = checkout.run(*SNAKEMAKE, "--set-resources", "stylize:mem_mb=600*attempt")
    first, second = (slurm_job(job_id) for job_id in slurm_job_ids(output))
    assert (first["MinMemoryNode"], second["MinMemoryNode"]) == ("600M", "1200M")
    assert (first["JobState"], second["JobState"]) == ("FAILED", "COMPLETED")
    assert "exceeded memory limit" in output
    assert checkout.jobs() == {}


def steps_in(text: str, before: str, after: str) -> list[int]:
    return [int(number) for number in re.findall(f"{before}([0-9]+){after}", text)]


def test_a_training_cancelled_once_and_pushed_aside_once_ends_with_the_same_bytes(tmp_path):
    params = TINY_PARAMS
    for old, new in LONG_TRAINING.items():
        assert old in params
        params = params.replace(old, new, 1)
    there, here = (copy_checkout(tmp_path / name, params) for name in ("slurm", "here"))
    there.snakemake("data/prepared/synthetic_facades.tsv")
    log = there.folder / "logs/pix2pix/runs/houses/train.log"

    def steps() -> list[int]:
        """Steps that the job says it has made since it was last started."""
        return steps_in(log.read_text(), "step ", "/1800,") if log.exists() else []

    def begun_after() -> int:
        """The step that the job said it goes on from."""
        return max(steps_in(log.read_text(), "continuing after step ", ""), default=0)

    with Background(there, *SNAKEMAKE, f"{TRAINED}.npz") as run:
        run.wait_until("100 steps", lambda: steps() and steps()[-1] >= 100)
        first = slurm_job_ids(run.output())[-1]
        subprocess.run(["scancel", first], check=True)
        # Snakemake sends it again.
        run.wait_until("the second job", lambda: slurm_job_ids(run.output())[-1] != first)
        second = slurm_job_ids(run.output())[-1]
        run.wait_until("going on", begun_after)
        assert begun_after() >= 100
        run.wait_until("50 steps more", lambda: steps() and steps()[-1] >= begun_after() + 50)
        made = steps()[-1]
        # A job of the partition `urgent` takes the GPU, and Slurm puts ours back into the queue.
        urgent = ["sbatch", "--partition=urgent", "--gpus=1", "--output=/dev/null", "--wrap=sleep 1"]
        subprocess.run(urgent, check=True)
        run.wait_until("the push", lambda: slurm_job(second)["Restarts"] == "1")
        output = run.finish()
    assert run.process.returncode == 0, output[-3000:]
    assert slurm_job_ids(output)[-1] == second
    assert begun_after() >= made
    here.snakemake(f"{TRAINED}.npz")
    for suffix in (".npz", ".csv", ".progress.png"):
        one, other = ((checkout.folder / f"{TRAINED}{suffix}").read_bytes() for checkout in (there, here))
        assert one == other, suffix


def test_a_training_shared_by_two_tasks_has_the_losses_of_one(tmp_path):
    shared, alone = (copy_checkout(tmp_path / name) for name in ("shared", "alone"))
    for checkout in (shared, alone):
        checkout.edit("params.yaml", "    epochs: 2\n", "    epochs: 4\n    batch: 2\n    log_every: 1\n")
    alone.snakemake(f"{TRAINED}.npz")
    # Two tasks on the one node that there is, and no GPU, of which there is one.
    two_tasks = ["--set-resources", "train:mpi=srun", "train:tasks=2", "train:gpu=0"]
    output = shared.run(*SNAKEMAKE, f"{TRAINED}.npz", *two_tasks)
    assert slurm_job(slurm_job_ids(output)[-1])["NumTasks"] == "2"
    log = (shared.folder / "logs/pix2pix/runs/houses/train.log").read_text()
    assert len(re.findall("^step 1/", log, re.MULTILINE)) == 2
    one, two = (pd.read_csv(checkout.folder / f"{TRAINED}.csv") for checkout in (alone, shared))
    columns = ["generator", "generator_l1", "discriminator"]
    assert len(one) == len(two) >= 4
    np.testing.assert_allclose(two[columns], one[columns], rtol=5e-3)
    # The rest of the workflow, without Slurm, takes the model as it is.
    assert shared.jobs(f"{TRAINED}.png") == {"evaluate": 1}
