"""What `pytest -m gpu` is made of, tried without a GPU; its comparisons are in tests/test_same_bytes.py."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from helpers import gpu


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """`machine(2)`: a machine with so many GPUs, of which the memory in use grows each time that somebody asks."""

    def make(gpus: int, fails: bool = False) -> None:
        stand_in = tmp_path / "nvidia-smi"
        said = {"uuid": "GPU-$i", "memory.used": "$used", "memory.total": "24564", "compute_cap": "8.9"}
        cases = "".join(f"{key}) echo {value};; " for key, value in said.items())
        stand_in.write_text(
            f"""#!/bin/sh
echo >> {tmp_path}/asked
used=$(wc -l < {tmp_path}/asked)
for i in $(seq 0 {gpus - 1}); do
  case "${{1#--query-gpu=}}" in name,driver_version) echo "A card, 575.51";; {cases} esac
done
exit {int(fails)}
"""
        )
        stand_in.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return make


def test_gpus_are_those_that_the_driver_lists(machine, monkeypatch):
    machine(2)
    assert gpu.smi("name", "driver_version") == [["A card", "575.51"]] * 2
    assert gpu.smi("uuid") == [["GPU-0"], ["GPU-1"]]
    machine(2, fails=True)
    assert gpu.smi("uuid") == []
    monkeypatch.setenv("PATH", "/nowhere")
    assert gpu.smi("uuid") == []


def test_the_most_memory_is_seen_while_a_job_runs(machine):
    machine(1)
    with gpu.Memory() as memory:
        end = time.monotonic() + 30
        while memory.taken < 3 and time.monotonic() < end:
            time.sleep(0.05)
    assert memory.taken >= 3


def test_the_table_can_be_pasted(machine):
    machine(1)
    rows = [gpu.Row("dream, 512 px", 3.14159, 1234, 27.18)]
    assert gpu.table(rows).splitlines() == [
        "A card, driver 575.51:",
        "",
        "| job | s on the GPU | its MB | s on the CPU |",
        "|---|---|---|---|",
        "| dream, 512 px | 3.1 | 1234 | 27.2 |",
    ]


def pytest_m_gpu(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "gpu", "-q", "-p", "no:cacheprovider", *arguments, "tests/gpu"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_without_a_gpu_it_says_why_it_tries_nothing(root, monkeypatch):
    monkeypatch.chdir(root)
    said = pytest_m_gpu(PATH="/nowhere")
    assert "needs an NVIDIA GPU with its driver (nvidia-smi lists none here)" in said
    assert "passed" not in said


@pytest.mark.slow
def test_what_it_compares_agrees_between_two_kinds_of_instructions(root, tmp_path):
    gpu.assert_close(
        gpu.small_jobs(tmp_path / "new", 0), gpu.small_jobs(tmp_path / "old", 0, ONEDNN_MAX_CPU_ISA="AVX2")
    )


@pytest.mark.slow
def test_on_a_machine_that_only_says_that_it_has_two_gpus_it_goes_its_way(root, machine, monkeypatch):
    """All but what asks whether a GPU computed: without one TensorFlow takes the CPU."""
    machine(2)
    monkeypatch.chdir(root)
    cannot = "on_the_gpu_and_say_so or precision_auto"
    said = pytest_m_gpu("-k", f"not ({cannot})", TMPDIR=os.environ.get("TMPDIR", "/tmp"))
    assert "11 passed" in said and "| Pix2Pix, 128 px, 30 steps |" in said
