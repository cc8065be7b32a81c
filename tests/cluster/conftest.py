"""A real Slurm for the tests of this folder, and a checkout.

The long tests need the executor plugins (`pip install -e .[cluster]`), and those of Slurm also root and
`tests/cluster/slurm.sh install`. Without them they are skipped; with CI set they fail instead.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.checkout import TINY_PARAMS, copy_checkout
from helpers.needs import missing, need_plugin

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def slurm():
    """One node of Slurm, from the first test that asks for it to the end of all tests."""
    need_plugin("slurm")
    script = HERE / "slurm.sh"
    if os.geteuid() != 0:
        missing("needs root, to start Slurm's daemons")
    if not all(map(shutil.which, ("slurmctld", "slurmd", "munged"))):
        missing("needs Slurm; run `tests/cluster/slurm.sh install` as root")
    subprocess.run([script, "stop"], check=True)
    started = subprocess.run([script, "start"], capture_output=True, text=True, check=False)
    try:
        if started.returncode:
            missing(f"Slurm does not start on this machine: {started.stderr[-2000:]}")
        yield
    finally:
        subprocess.run([script, "stop"], check=True)


@pytest.fixture
def checkout(tmp_path):
    """A checkout that has two pictures to paint, a grid and a plot to draw, and nothing to train."""
    training = "  runs:\n    houses: {dataset: synthetic_facades}\n"
    assert training in TINY_PARAMS
    return copy_checkout(tmp_path, TINY_PARAMS.replace(training, ""))
