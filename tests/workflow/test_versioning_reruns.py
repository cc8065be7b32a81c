"""Which jobs an edit reruns in a clone whose results were pulled; nothing else does. Run with `pytest -m slow`."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from helpers.checkout import Checkout, jobs_in
from helpers.versions import clean, clone, modules_loaded, records

from aiart.datasets.paintings import PAINTERS
from aiart.datasets.photographs import PHOTOGRAPHS
from aiart.sources import HARMLESS, sources

pytestmark = pytest.mark.slow

SWEEP = {"grid": 1, "curves": 1, "scatter": 1, "figures": 1, "page": 1}
TRAIN_ONE = {"train": 1, "evaluate": 1, "figures": 1, "page": 1}
EVERYTHING = {
    "photograph": len(PHOTOGRAPHS),
    "painting": len(PAINTERS),
    "synthetic_dataset": 2,
    "train": 2,
    "evaluate": 2,
    "dream_picture": 1,
    "stylize": 2,
    **SWEEP,
}


@pytest.fixture(scope="module")
def pulled(repository, tmp_path_factory) -> Checkout:
    """A clone at another path, with everything pulled. Tests put back what they change."""
    return clone(repository.checkout, tmp_path_factory.mktemp("elsewhere") / "deeper" / "clone")


def test_the_first_repro_makes_everything_once_and_the_second_nothing(repository):
    assert jobs_in(repository.first_repro) == EVERYTHING
    assert clean(repository.checkout)
    output = repository.checkout.run("dvc", "repro")
    assert output.count("didn't change, skipping") == 4
    assert "Running stage" not in output


def test_a_pulled_clone_at_another_path_has_nothing_to_do_with_either_tool(repository, pulled):
    assert clean(pulled)
    for path in (repository.checkout.folder / "results").rglob("*.*"):
        if ".state" not in path.parts:
            assert (pulled.folder / path.relative_to(repository.checkout.folder)).read_bytes() == path.read_bytes()


def test_a_clone_made_without_conda_has_nothing_to_do_with_it(pulled, tmp_path, monkeypatch):
    conda = tmp_path / "conda"
    conda.write_text(
        f"""#!/bin/sh
case "$1 $2" in
  "--version ") echo conda 24.7.1 ;;
  "info --json") echo '{{"conda_prefix": "{tmp_path}", "platform": "linux-64"}}' ;;
  "config --get") echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
  *) exit 1 ;;
esac
"""
    )
    conda.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert "Nothing to be done" in pulled.run("snakemake", "-n", "--use-conda")


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        ("params.yaml", "[0, 2e-05]", "[0, 3e-05]", {"stylize": 1, **SWEEP}),
        ("src/aiart/translation/cyclegan/learner.py", " annotations\n", " annotations  # edited\n", TRAIN_ONE),
    ],
)
def test_an_edit_reruns_what_depends_on_it_as_it_does_where_all_was_made(pulled, path, old, new, expected):
    before = (pulled.folder / path).read_text()
    (pulled.folder / path).write_text(before.replace(old, new, 1))
    try:
        assert pulled.planned() == expected
    finally:
        (pulled.folder / path).write_text(before)


def test_files_that_were_touched_but_not_changed_rerun_nothing(pulled):
    later = time.time() + 100
    for folder in ("src", "data", "workflow", "results"):
        for path in (pulled.folder / folder).rglob("*"):
            os.utime(path, (later, later))
    os.utime(pulled.folder / "params.yaml", (later, later))
    assert clean(pulled)


def test_a_changed_picture_reruns_what_was_made_from_it(pulled):
    own = pulled.folder / "data/content/coffee.png"
    own.write_bytes((pulled.folder / "data/photographs/rocket.png").read_bytes())
    try:
        assert pulled.planned() == {"dream_picture": 1, "figures": 1, "page": 1}
        assert "data/content" in pulled.run("dvc", "status")
    finally:
        own.unlink()
    assert clean(pulled)


def test_what_a_job_loads_is_its_input_or_harmless(repository):
    # What packages gather for others to import is loaded with them, used or not.
    gathered = ["images", "gallery", "params"]
    harmless = [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in HARMLESS]
    beside = set(sources(*gathered, *(name for name in harmless if name != "__init__")))
    folder = repository.checkout.folder
    seen = set()
    for rule, logs, inputs in records(folder):
        loaded = {f"src/aiart/{path}" for path in modules_loaded(folder, folder / next(filter(is_log, logs)))}
        assert len(loaded) > 5
        forgotten = {path for path in loaded - set(inputs) - beside if not path.endswith("__init__.py")}
        assert not forgotten, f"{rule} does not list {sorted(forgotten)}"
        seen.add(rule)
    assert seen == set(EVERYTHING)


def is_log(path: str) -> bool:
    return path.endswith(".log")


def test_what_a_run_keeps_for_itself_is_in_no_version(repository):
    kept = repository.checkout.run("git", "ls-files") + (repository.checkout.folder / "dvc.lock").read_text()
    assert "results/.state" not in kept and "logs/" not in kept
    assert not Path(repository.checkout.folder / ".dvc/cache/runs").exists()
