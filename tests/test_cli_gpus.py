"""The choice among several GPUs, in processes of their own, on a machine whose GPUs are named by a stand-in."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CLAIM = """
import os, sys
from aiart.cli.gpus import claim_gpus
from aiart.errors import UserError
try:
    claim_gpus(int(sys.argv[2]), training=sys.argv[1] == "training")
    print(os.environ.get("CUDA_VISIBLE_DEVICES", "all"), flush=True)
except UserError as error:
    sys.exit(print(error))
sys.stdin.read()
"""


@pytest.fixture
def machine(tmp_path):
    """`machine(2)` starts a machine with so many GPUs; its answer starts a job and says what that may see."""
    environment = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    environment |= {"TMPDIR": str(tmp_path), "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    running = []

    def start(gpus: int, fails: bool = False):
        stand_in = tmp_path / "nvidia-smi"
        stand_in.write_text(
            "#!/bin/sh\n" + "".join(f"echo GPU-{i}\n" for i in range(gpus)) + f"exit {int(fails)}\n", encoding="utf-8"
        )
        stand_in.chmod(0o755)

        def job(kind: str, wanted: int = 1, **more: str) -> str:
            process = subprocess.Popen(
                [sys.executable, "-c", CLAIM, kind, str(wanted)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment | more,
            )
            running.append(process)
            # The line of the job's log, or why there is none.
            line = process.stdout.readline().strip()
            if line.endswith("."):
                process.communicate()
            return line.removeprefix("GPU: ")

        def end(number: int) -> None:
            running[number].communicate()

        job.end, job.environment = end, environment
        return job

    yield start
    for process in running:
        if process.poll() is None:
            process.communicate()


def test_trainings_do_not_meet_and_the_place_of_an_ended_one_is_taken(machine):
    job = machine(2)
    assert [job("training"), job("training")] == ["GPU-0", "GPU-1"]
    refused = job("training")
    assert "2 of this machine's 2 GPUs have a training already" in refused
    job.end(0)
    assert job("training") == "GPU-0"


def test_pictures_share_the_gpus_evenly_and_avoid_trainings(machine):
    job = machine(3)
    assert job("training") == "GPU-0"
    assert [job("picture") for _ in range(5)] == ["GPU-1", "GPU-2", "GPU-0", "GPU-1", "GPU-2"]


def test_a_training_on_several_gpus_takes_those_without_another(machine):
    job = machine(4)
    assert job("training", 1) == "GPU-0"
    assert job("training", 2) == "GPU-1, GPU-2"
    assert "3 of this machine's 4 GPUs have a training already" in job("training", 2)
    assert job("training", 1) == "GPU-3"


@pytest.mark.parametrize(
    ("gpus", "fails", "environment"),
    [(1, False, {}), (2, True, {}), (2, False, {"CUDA_VISIBLE_DEVICES": "1"})],
    ids=["one GPU", "no driver", "chosen already"],
)
def test_where_there_is_nothing_to_choose_nothing_is_claimed(machine, gpus, fails, environment):
    job = machine(gpus, fails)
    answer = environment.get("CUDA_VISIBLE_DEVICES", "all")
    assert [job("training", **environment) for _ in range(3)] == [answer] * 3


def test_a_job_of_the_workflow_claims_before_it_computes(machine):
    job = machine(2)
    ended = subprocess.run(
        [sys.executable, "-m", "aiart", "stylize", "none.png", "none.png", "-o", "painted.png", "--gpus", "1"],
        env=job.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.startswith("GPU: GPU-0\n")
    assert ended.returncode == 1
