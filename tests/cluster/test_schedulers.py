"""The profiles for PBS, Grid Engine, LSF, Kubernetes and AWS Batch, with a toy in place of each (toy.py)."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path

import pytest
from helpers.background import Background
from helpers.checkout import ROOT, Checkout
from helpers.needs import need_plugin

pytestmark = pytest.mark.slow

COMMANDS = {
    "pbs": ["qsub", "qstat", "qdel"],
    "sge": ["qsub", "qstat", "qacct", "qdel"],
    "lsf": ["bsub", "bjobs", "bkill"],
    "kubernetes": ["kubectl"],
    "aws_batch": ["aws"],
}
BLOCKS = {"pbs": "PBS", "sge": "Grid Engine", "lsf": "LSF"}
CELL = "results/style_transfer/sweeps/variation/tv_weight=0.png"


def choose_block(profile: Path, title: str) -> None:
    """Put one scheduler's block of the generic profile to use, and the others out of it, as a user would."""
    chosen, lines = None, []
    for line in profile.read_text(encoding="utf-8").splitlines():
        if heading := re.match(r"# ---- ([A-Z]\w+( Engine)?)", line):
            chosen = heading[1] == title
        elif chosen is not None and line and not line.startswith("# ----"):
            line = line.removeprefix("# ")
            line = line if chosen else f"# {line}"
        lines.append(line)
    profile.write_text("\n".join(lines) + "\n", encoding="utf-8")


class Cluster:
    """A checkout whose jobs go to a toy."""

    def __init__(self, checkout: Checkout, scheduler: str):
        need_plugin("cluster_generic")
        self.checkout, self.jobs = checkout, checkout.folder / "toy"
        commands = checkout.folder / "commands"
        for folder in (self.jobs, commands):
            folder.mkdir()
        for name in COMMANDS[scheduler]:
            (commands / name).symlink_to(ROOT / "tests/helpers/toy.py")
        profile = "generic" if scheduler in BLOCKS else scheduler
        if profile == "generic":
            choose_block(checkout.folder / "workflow/profiles/generic/config.yaml", BLOCKS[scheduler])
        self.command = ["snakemake", "--profile", f"workflow/profiles/{profile}", "--seconds-between-status-checks=1"]
        self.environment = {"TOY_FOLDER": str(self.jobs), "TOY_SCHEDULER": scheduler}
        self.environment["PATH"] = f"{commands}{os.pathsep}{os.environ['PATH']}"

    def run(self, *arguments: str) -> Background:
        return Background(self.checkout, *self.command, *arguments, **self.environment)

    def asked(self) -> list[dict]:
        """What the jobs asked for, in the order of their submission."""
        count = len(list(self.jobs.glob("job*")))
        return [json.loads((self.jobs / f"job{n + 1}" / "asked.json").read_text()) for n in range(count)]


@pytest.mark.parametrize("scheduler", COMMANDS)
def test_a_lost_job_is_sent_again_twice_as_large_and_paints(checkout, scheduler):
    cluster = Cluster(checkout, scheduler)
    (cluster.jobs / "lose").touch()
    with cluster.run(CELL) as run:
        output = run.finish()
    assert run.process.returncode == 0, output[-3000:]
    assert cluster.asked() == [
        {"cores": 1, "mem_mb": 1204, "minutes": 60, "gpus": 1},
        {"cores": 1, "mem_mb": 2408, "minutes": 120, "gpus": 1},
    ]
    assert checkout.jobs(CELL) == {}


@pytest.mark.parametrize("scheduler", COMMANDS)
def test_an_interrupt_cancels_the_jobs_and_a_cluster_without_gpus_is_asked_for_none(checkout, scheduler):
    cluster = Cluster(checkout, scheduler)
    with cluster.run("--profile", "workflow/profiles/cpu", CELL) as run:
        job = cluster.jobs / "job1"
        run.wait_until("a job", (job / "pid").exists)
        run.wait_until("its registration", lambda: "with external jobid" in run.output())
        os.kill(run.process.pid, signal.SIGINT)
        run.finish()
    assert run.process.returncode != 0
    assert (job / "cancelled").exists()
    assert cluster.asked() == [{"cores": 1, "mem_mb": 1204, "minutes": 60, "gpus": 0}]
    assert not (checkout.folder / CELL).exists()
