"""What the long tests need beyond the project's own requirements."""

from __future__ import annotations

import importlib.util
import os
from types import ModuleType

import pytest


def missing(reason: str) -> None:
    """Skip, since something is not there; where it has to be, in continuous integration, fail."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def need_plugin(name: str) -> None:
    if importlib.util.find_spec(f"snakemake_executor_plugin_{name}") is None:
        missing(f"needs Snakemake's executor plugin {name}; run `pip install -e .[cluster]`")


def needed(module: str, extra: str) -> ModuleType:
    """A module of one of the project's extras; skips the test where it is not installed."""
    return pytest.importorskip(module, reason=f"needs {module}; run `pip install -e '.[{extra}]'`")
