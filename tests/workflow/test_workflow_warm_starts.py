"""Runs of Snakemake whose jobs start warm: the same results, true benchmarks, and nothing left behind."""

from __future__ import annotations

import csv
import os
import signal
import sys
import time
from pathlib import Path

import pytest
from helpers.background import Background
from helpers.checkout import GALLERY, Checkout, copy_checkout

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere jobs start by themselves")

PAINTING = "results/style_transfer/sweeps/variation/tv_weight=0.png"
DREAM = "results/deep_dream/pictures/dreamed.png"


@pytest.fixture(scope="module")
def checkouts(tmp_path_factory) -> dict[str, Checkout]:
    """What was made warm, and what was made cold."""
    made = {name: copy_checkout(tmp_path_factory.mktemp(name), GALLERY) for name in ("warm", "cold")}
    made["warm"].snakemake(PAINTING, DREAM)
    made["cold"].run("env", "AIART_WARM_STARTS=0", "snakemake", "--cores", "2", PAINTING, DREAM)
    return made


def started_warm(checkout: Checkout) -> int | None:
    log = checkout.folder / ".snakemake/warm_starts.log"
    return int(log.read_text().split()[0]) if log.exists() else None


def files(checkout: Checkout) -> dict[str, bytes]:
    found = (path for top in ("data", "results") for path in (checkout.folder / top).rglob("*") if path.is_file())
    return {str(path.relative_to(checkout.folder)): path.read_bytes() for path in found}


def processes_in(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(process / "cwd")).is_relative_to(folder):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def test_every_byte_is_the_same(checkouts):
    warm, cold = files(checkouts["warm"]), files(checkouts["cold"])
    assert PAINTING in warm
    assert DREAM in warm
    assert warm == cold


def test_every_job_started_warm_or_none_where_that_is_turned_off(checkouts):
    # Two built-in photographs, a painting, and what is made of them.
    assert started_warm(checkouts["warm"]) == 5
    assert started_warm(checkouts["cold"]) is None


def test_logs_say_the_same_but_for_what_it_took(checkouts):
    log = "logs/style_transfer/sweeps/variation/tv_weight=0.log"
    warm, cold = ((checkouts[name].folder / log).read_text().splitlines() for name in ("warm", "cold"))
    assert warm[0] == cold[0]
    assert len(warm) == len(cold)


def test_benchmarks_count_the_job_and_not_what_stands_for_it(checkouts):
    for job in (PAINTING, DREAM):
        name = job.replace("results", "logs").replace(".png", ".tsv")
        with (checkouts["warm"].folder / name).open() as file:
            (measured,) = csv.DictReader(file, delimiter="\t")
        # TensorFlow alone takes more than the process that stands for the job and its shell.
        assert float(measured["max_rss"]) > 150
        assert float(measured["cpu_time"]) > 0.2


def test_a_run_leaves_nothing_behind(checkouts):
    for checkout in checkouts.values():
        assert not processes_in(checkout.folder)
        assert not [path for path in checkout.folder.rglob("*") if path.is_socket() or path.is_fifo()]


def test_in_environments_jobs_start_by_themselves(checkouts, tmp_path):
    """Where none has to be made, Snakemake takes the option without conda."""
    checkout = copy_checkout(tmp_path, GALLERY)
    checkout.run("snakemake", "data/paintings/ink_wash.png", "--cores", "1", "--sdm", "env-modules")
    assert started_warm(checkout) is None


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["Snakemake alone", "its group", "politely"])
def test_nothing_lives_on_longer_than_a_cold_job_would(tmp_path, whom):
    checkout = copy_checkout(tmp_path, GALLERY.replace("epochs: 2\n", "epochs: 50000\n"))
    checkout.snakemake("data")
    with Background(checkout, "snakemake", "--cores", "1", "results/pix2pix/runs/houses.npz") as run:
        log = checkout.folder / "logs/pix2pix/runs/houses/train.log"
        run.wait_until("the training", lambda: log.exists() and log.stat().st_size)
        if whom == "Snakemake alone":
            os.kill(run.process.pid, signal.SIGKILL)
        else:
            os.killpg(run.process.pid, signal.SIGKILL if whom == "its group" else signal.SIGINT)
        run.process.wait(60)
        end = time.monotonic() + 60
        if whom == "Snakemake alone":
            # The job lives on, and says so to the next run.
            assert "is still at work in this checkout" in checkout.run("snakemake", "--cores", "1", DREAM, check=False)
            for pid in processes_in(checkout.folder):
                if b"client.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGTERM)
        while processes_in(checkout.folder):
            assert time.monotonic() < end, [
                Path(f"/proc/{pid}/cmdline").read_bytes() for pid in processes_in(checkout.folder)
            ]
            time.sleep(0.1)
