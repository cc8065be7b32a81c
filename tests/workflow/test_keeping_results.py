"""A result stays until a new one is complete, whatever happens to the job that is to make it. Toy rules, and one
training."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path

import pytest
from helpers.background import Background
from helpers.checkout import ROOT, Checkout
from helpers.needs import need_plugin
from helpers.versions import clean, clone

# A job of two results and one that takes them; `what` says what the first one does.
TOY = f"""
import os
include: "{ROOT}/workflow/rules/keep_results.smk"

rule all:
    input: "summary.txt"

rule make:
    output: a="out/a.txt", b="out/b.txt"
    log: "make.log"
    params: config["text"]
    shell: config["what"]

rule summarise:
    input: rules.make.output
    output: "summary.txt"
    shell: "cat {{input}} > .tmp && mv .tmp {{output}}"
"""
RENAME = "echo {params} > .a && mv .a {output.a}; "
WHOLE = RENAME + "echo {params} > .b && mv .b {output.b}"
FAILS = "echo tried > {log}; exit 1"


@pytest.fixture
def toy(tmp_path):
    """Made once, with the text `old`."""
    (tmp_path / "Snakefile").write_text(TOY)
    checkout = Checkout(tmp_path)
    make(checkout, "old", WHOLE)
    assert results(checkout) == ["old", "old", "old\nold"]
    return checkout


def make(checkout, text, what, *more, dry=False, check=True):
    extra = ("--dry-run", "--quiet", "rules") if dry else ()
    return checkout.run(
        *("snakemake", "--cores", "2", "--nolock", "--rerun-incomplete", "--latency-wait", "1", *more, *extra),
        *("--rerun-triggers", "mtime", "params", "input", "--config", f"text={text}", f"what={what}"),
        check=check,
    )


def results(checkout):
    files = ("out/a.txt", "out/b.txt", "summary.txt")
    return [(checkout.folder / file).read_text().strip() for file in files if (checkout.folder / file).exists()]


def test_a_failed_job_leaves_results_and_records_as_they_were(toy):
    for _ in range(2):
        assert "Error in rule make" in make(toy, "new", FAILS, check=False)
        assert results(toy) == ["old", "old", "old\nold"]
        assert (toy.folder / "make.log").read_text() == "tried\n"
    # They are current under the params that they were made with, and no others.
    assert "Nothing to be done" in make(toy, "old", WHOLE, dry=True)
    assert "make" in make(toy, "new", WHOLE, dry=True)
    make(toy, "new", WHOLE)
    assert results(toy) == ["new", "new", "new\nnew"]
    assert "Nothing to be done" in make(toy, "new", WHOLE, dry=True)


@pytest.mark.slow
def test_a_job_that_failed_first_leaves_nothing_marked(tmp_path):
    (tmp_path / "Snakefile").write_text(TOY)
    make(Checkout(tmp_path), "new", FAILS, check=False)
    assert results(Checkout(tmp_path)) == []
    assert not [path for path in (tmp_path / ".snakemake/incomplete").rglob("*") if path.is_file()]


@pytest.mark.parametrize("then", ["old", "new"])
def test_what_a_failed_job_made_in_part_is_made_again(toy, then):
    make(toy, "new", RENAME + "exit 1", check=False)
    assert results(toy) == ["new", "old", "old\nold"]
    make(toy, then, WHOLE)
    assert results(toy) == [then, then, f"{then}\n{then}"]


def test_results_are_there_while_they_are_made_and_after_a_kill(toy):
    arguments = ("--config", "text=new", "what=touch started; sleep 60")
    with Background(toy, "snakemake", "--cores", "2", "--nolock", "--rerun-triggers", "params", *arguments) as run:
        run.wait_until("the job", (toy.folder / "started").exists)
        assert results(toy) == ["old", "old", "old\nold"]
        os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait()
    assert results(toy) == ["old", "old", "old\nold"]
    make(toy, "new", WHOLE)
    assert results(toy) == ["new", "new", "new\nnew"]


def test_an_old_result_is_not_recorded_for_one_that_was_not_written(toy):
    said = make(toy, "new", RENAME, check=False)
    assert "Rule make ended well, but did not write out/b.txt." in said
    assert results(toy) == ["new", "old", "old\nold"]
    assert "make" in make(toy, "new", WHOLE, dry=True)


@pytest.mark.slow
def test_a_job_that_fails_once_and_is_tried_again_is_recorded(toy):
    said = make(toy, "new", "if ! test -e tried; then touch tried; exit 1; fi; " + WHOLE, "--retries", "1")
    assert "Trying to restart job" in said
    assert results(toy) == ["new", "new", "new\nnew"]
    assert "Nothing to be done" in make(toy, "new", WHOLE, dry=True)


@pytest.mark.slow
def test_touching_records_what_is_there(toy):
    make(toy, "new", WHOLE, "--touch")
    assert results(toy) == ["old", "old", "old\nold"]
    assert "Nothing to be done" in make(toy, "new", WHOLE, dry=True)


@pytest.mark.slow
def test_on_a_cluster_too_a_failed_job_leaves_results_as_they_were(toy):
    need_plugin("cluster_generic")
    submit = toy.folder / "submit.sh"
    submit.write_text("#!/bin/sh\nsh $1 > /dev/null 2>&1; echo $? > status; echo 1\n")
    status = toy.folder / "status.sh"
    status.write_text("#!/bin/sh\ntest $(cat status) = 0 && echo success || echo failed\n")
    for script in (submit, status):
        script.chmod(0o755)
    cluster = ("--executor", "cluster-generic", "--jobs", "1", "--seconds-between-status-checks", "1")
    cluster += ("--cluster-generic-submit-cmd", "./submit.sh", "--cluster-generic-status-cmd", "./status.sh")
    assert "Error in rule make" in make(toy, "new", FAILS, *cluster, check=False)
    assert results(toy) == ["old", "old", "old\nold"]
    assert "Nothing to be done" in make(toy, "old", WHOLE, dry=True)
    make(toy, "new", WHOLE, *cluster)
    assert results(toy) == ["new", "new", "new\nnew"]
    assert "Nothing to be done" in make(toy, "new", WHOLE, dry=True)


RUN = "{dataset: synthetic_facades}"
# The discriminator's numbers overflow within a few steps.
FAILING = "{dataset: synthetic_facades, epochs: 40, discriminator_learning_rate: 100, gan_weight: 1e18, norm: none}"
FILES = [f"results/pix2pix/runs/houses{suffix}" for suffix in (".npz", ".csv", ".progress.png", ".png", ".json")]


def contents(checkout):
    return {file: (checkout.folder / file).read_bytes() for file in FILES}


def test_a_training_that_fails_leaves_the_good_model_and_a_change_taken_back_trains_nothing(painted, tmp_path):
    checkout = Checkout(Path(shutil.copytree(painted.folder, tmp_path, symlinks=True, dirs_exist_ok=True)))
    assert checkout.planned("pix2pix") == {}
    good = contents(checkout)

    checkout.edit("params.yaml", RUN, FAILING)
    said = checkout.run("snakemake", "--cores", "2", "pix2pix", check=False)
    assert "not finite" in said and "Error in rule train" in said
    assert contents(checkout) == good
    for path in re.findall(r"stays in ([^)]+)\)", said):
        assert (tmp_path / path).exists()
    assert checkout.planned("pix2pix") == {"train": 1, "evaluate": 1}

    checkout.edit("params.yaml", FAILING, RUN)
    assert checkout.planned("pix2pix") == {}

    # Another training ends, and has replaced the model; the first one's state brings it back without a step.
    log = tmp_path / "logs/pix2pix/runs/houses/train.log"
    checkout.edit("params.yaml", "epochs: 2\n", "epochs: 3\n")
    checkout.run("snakemake", "--cores", "2", "pix2pix")
    assert "not continued, since its learning rates have fallen otherwise" in log.read_text()
    assert contents(checkout) != good
    checkout.edit("params.yaml", "epochs: 3\n", "epochs: 2\n")
    checkout.run("snakemake", "--cores", "2", "pix2pix")
    assert "continuing after step 6" in log.read_text()
    assert contents(checkout) == good

    # A training that is no longer asked for is tidied away with its states.
    states = tmp_path / "results/.state/pix2pix/runs"
    assert len(list(states.glob("houses.*.npz"))) == 2
    checkout.edit("params.yaml", "houses:", "homes:")
    checkout.run("snakemake", "--cores", "2", "tidy")
    assert list(states.iterdir()) == [] and not (tmp_path / FILES[0]).exists()


@pytest.mark.slow
def test_a_dvc_repro_that_failed_and_is_taken_back_leaves_the_version_as_it_was(repository, tmp_path):
    there = clone(repository.checkout, tmp_path / "failing")
    good = contents(there)
    there.edit("params.yaml", RUN, FAILING)
    assert "failed to reproduce 'train'" in there.run("dvc", "repro", check=False)
    assert contents(there) == good
    there.run("git", "checkout", "-q", ".")
    assert clean(there)
