"""A GPU, and the table at the end. Without a GPU every test of this folder is skipped."""

from __future__ import annotations

import pytest
from helpers.gpu import smi, table

ROWS = pytest.StashKey[list]()


@pytest.fixture(scope="session")
def gpus() -> list[str]:
    """The GPUs' names; the tests compute on what TensorFlow of requirements-gpu.lock finds of them."""
    found = [uuid for (uuid,) in smi("uuid")]
    if not found:
        pytest.skip("needs an NVIDIA GPU with its driver (nvidia-smi lists none here)")
    return found


@pytest.fixture(scope="session")
def two_gpus(gpus) -> list[str]:
    if len(gpus) < 2:
        pytest.skip("needs a machine with two GPUs")
    return gpus


@pytest.fixture(scope="session")
def rows(request) -> list:
    return request.config.stash.setdefault(ROWS, [])


def pytest_terminal_summary(terminalreporter, config):
    if rows := config.stash.get(ROWS, []):
        terminalreporter.write_line(f"\n{table(rows)}\n")
