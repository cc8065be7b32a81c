"""`aiart doctor`, with a TensorFlow that does not start, so that nothing waits for it."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest

CONFIG = """\
[core]
    remote = store
[cache]
    type = hardlink
['remote "store"']
    url = ssh://somebody:secret@example.org/store
['remote "disk"']
    url = ../disk
"""


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A folder below a home folder, and Python without a TensorFlow that works."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(tmp_path))
    broken(tmp_path, "raise ImportError('libcudart.so.12: cannot open shared object file')")
    return folder


def broken(folder: Path, line: str) -> None:
    (folder / "tensorflow.py").write_text(f"{line}\n")


def said(printed: str) -> dict[str, str]:
    return {line[:14].strip(): line[15:] for line in printed.splitlines()}


def test_it_says_what_there_is_without_secrets_or_home_folders(aiart, here):
    (here / ".dvc").mkdir()
    (here / ".dvc/config").write_text(CONFIG)
    (here / "results").symlink_to(here.parent)
    status, printed, _ = aiart("doctor")
    assert status == 0
    facts = said(printed)
    assert facts["cache"] == "links: hardlink; in .dvc/cache" and facts["remotes"] == "ssh, a folder"
    assert facts["variables"] == "CUDA_VISIBLE_DEVICES=1" and facts["links"] == "to other places: results"
    assert facts["locks"] == "none held" and "snakemake 9." in facts["packages"]
    assert {"aiart", "python", "lock", "instructions", "tensorflow", "disk", "weights"} <= set(facts)
    assert "secret" not in printed and "somebody" not in printed and str(here.parent) not in printed


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (
            "raise ImportError('libcudart.so.12: cannot open shared object file')",
            "TensorFlow cannot be imported (ImportError: libcudart.so.12: cannot open shared object file)",
        ),
        ("import os; os.kill(os.getpid(), 4)", "TensorFlow ended Python by SIGILL"),
    ],
)
def test_it_says_why_tensorflow_does_not_start(aiart, here, line, why):
    broken(here.parent, line)
    status, printed, _ = aiart("doctor")
    assert status == 0 and said(printed)["precision"] == f"unknown: {why}"


@pytest.mark.parametrize("config", ["[core\n", "nothing\n", "\udcff\n"])
def test_settings_of_dvc_that_cannot_be_read_are_said_to_be_so(aiart, here, config):
    (here / ".dvc").mkdir()
    (here / ".dvc/config").write_text(config, errors="surrogateescape")
    status, printed, _ = aiart("doctor")
    assert status == 0 and "DVC's settings cannot be read" in said(printed)["cache"]


def test_it_says_who_holds_the_folder(aiart, here):
    (here / ".snakemake/locks").mkdir(parents=True)
    (here / ".snakemake/locks/0.input.lock").touch()
    with (here / ".snakemake/jobs.lock").open("w") as jobs, (here / ".snakemake/run.lock").open("w") as run:
        fcntl.flock(jobs, fcntl.LOCK_SH)
        fcntl.flock(run, fcntl.LOCK_EX)
        _, printed, _ = aiart("doctor")
    assert said(printed)["locks"].startswith("held by a run of Snakemake, a job, Snakemake's own, which")
