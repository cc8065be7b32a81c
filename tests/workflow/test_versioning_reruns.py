"""Which jobs an edit reruns in a clone whose results were pulled; nothing else does. Run with `pytest -m slow`."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from helpers.checkout import TARGETS, Checkout, jobs_in
from helpers.versions import PARAMS, clean, clone, modules_loaded, records

pytestmark = pytest.mark.slow

SWEEP = {"grid": 1, "curves": 1, "figures": 1}
PIX2PIX = {"train": 1, "evaluate": 1, "figures": 1}
EVERYTHING = {
    "photograph": 6,
    "painting": 7,
    "synthetic_dataset": 2,
    "train": 2,
    "evaluate": 2,
    "dream": 1,
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
    ("old", "new", "expected"),
    [
        ("seed: 1", "seed: 2", {rule: count for rule, count in EVERYTHING.items() if rule != "photograph"}),
        ("painting_side: 64", "painting_side: 65", {"painting": 7, "stylize": 2, **SWEEP}),
        ("blocks: 1", "blocks: 2", PIX2PIX),
        ("{train_pictures: 3", "{train_pictures: 4", {"synthetic_dataset": 2, "train": 2, "evaluate": 2, "figures": 1}),
        ("conv2_1}", "conv2_2}", {"dream": 1, "figures": 1}),
        ("[0, 2e-05]", "[0, 3e-05]", {"stylize": 1, **SWEEP}),
        # Values that change places.
        ("decay_epochs: 1\n    samples: 2", "decay_epochs: 2\n    samples: 1", PIX2PIX),
    ],
)
def test_an_edited_value_reruns_what_depends_on_it(pulled, old, new, expected):
    pulled.edit("params.yaml", old, new)
    try:
        assert pulled.planned() == expected
    finally:
        (pulled.folder / "params.yaml").write_text(PARAMS)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("translation/cyclegan/learner.py", PIX2PIX),
        ("translation/losses.py", {"train": 2, "evaluate": 2, "figures": 1}),
        ("networks/resnet.py", PIX2PIX),
        ("translation/judging.py", {"evaluate": 2, "figures": 1}),
        ("gallery/curves.py", {"curves": 1, "figures": 1}),
        ("gallery/layout.py", {"evaluate": 2, "grid": 1, "figures": 1}),
        ("deep_dream/octaves.py", {"dream": 1, "figures": 1}),
        ("style_transfer/losses.py", {"stylize": 2, **SWEEP}),
        ("datasets/facades/house.py", {"synthetic_dataset": 1, **PIX2PIX}),
        ("networks/distillation/distill.py", {}),
        ("translation/recorder.py", {}),
    ],
)
def test_an_edited_source_file_reruns_the_jobs_that_use_it(pulled, path, expected):
    file = pulled.folder / "src/aiart" / path
    before = file.read_text()
    file.write_text(before + "\n# edited\n")
    try:
        assert pulled.planned() == expected
    finally:
        file.write_text(before)


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
        assert pulled.planned() == {"dream": 1, "figures": 1}
        assert "data/content" in pulled.run("dvc", "status")
    finally:
        own.unlink()
    assert clean(pulled)


# What a job may load without listing it as an input: modules that read settings, find files or devices, print, or keep
# the state of an unfinished training. An edit there must not be able to change a result.
HARMLESS = {
    *(
        "errors.py",
        "cli/__init__.py",
        "cli/gpus.py",
        "cli/settings.py",
        "params/base.py",
        "params/canonical.py",
        "params/load.py",
        # What they say reaches a job as one of its params.
        "params/rooms.py",
        "params/sweeps.py",
    ),
    *("params/layers.py", "datasets/catalogue.py", "datasets/files.py", "datasets/manifest.py", "networks/files.py"),
    *("translation/checkpoint.py", "translation/devices.py", "translation/recorder.py", "style_transfer/estimate.py"),
}
# Loaded by a job only because a package or the module that builds both methods' networks loads them.
BESIDES = {
    "photograph": (),
    "painting": (),
    "synthetic_dataset": ("datasets/", "cli/runtime.py"),
    # The picture of a training's course is not worth a training when the look of grids changes.
    "train": ("gallery/", "networks/unet.py", "networks/resnet.py", "translation/show.py", "cli/runtime.py"),
    "evaluate": ("gallery/", "networks/unet.py", "networks/resnet.py", "networks/patchgan.py"),
    "stylize": (),
    "dream": (),
    "grid": ("gallery/", "cli/runtime.py"),
    "curves": ("gallery/", "images/", "cli/runtime.py"),
    "figures": ("gallery/", "images/", "cli/runtime.py"),
}


def test_every_source_file_that_can_change_a_result_is_an_input_of_its_job(repository):
    folder = repository.checkout.folder
    seen = set()
    for rule, logs, inputs in records(folder):
        listed = {path.removeprefix("src/aiart/") for path in inputs}
        loaded = modules_loaded(folder, next(folder / log for log in logs if log.endswith(".log")))
        assert len(loaded) > 5
        forgotten = {
            path
            for path in loaded - listed - HARMLESS
            if not path.endswith("__init__.py") and not path.startswith(BESIDES[rule])
        }
        assert not forgotten, f"{rule} does not list {sorted(forgotten)}"
        seen.add(rule)
    assert seen == set(BESIDES)
    assert not seen & TARGETS


def test_what_a_run_keeps_for_itself_is_in_no_version(repository):
    kept = repository.checkout.run("git", "ls-files") + (repository.checkout.folder / "dvc.lock").read_text()
    assert "results/.state" not in kept and "logs/" not in kept
    assert not Path(repository.checkout.folder / ".dvc/cache/runs").exists()
