"""Snakemake in the background, so that a test can do things to its jobs meanwhile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.checkout import Checkout


class Background:
    """A command that runs in a checkout; a context manager that leaves nothing running."""

    def __init__(self, checkout: Checkout, *command: str, **environment: str):
        self.log = checkout.folder / "background.log"
        environment = {**os.environ, **environment}
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                cwd=checkout.folder,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # A shell that puts the tests into the background has them, and all below them, ignore SIGINT.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def __enter__(self) -> Background:
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)  # its jobs are cancelled with it
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def wait_until(self, what: str, found: Callable[[], object], seconds: float = 90):
        """What `found` returns as soon as that is true."""
        end = time.monotonic() + seconds
        while not (result := found()):
            if self.process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"{what} did not happen:\n{self.output()[-3000:]}")
            time.sleep(0.2)
        return result

    def finish(self, seconds: float = 240) -> str:
        """Wait for the end; its output."""
        self.process.wait(seconds)
        return self.output()


def slurm_job_ids(output: str) -> list[str]:
    """Ids of the jobs that Snakemake's output says it gave to Slurm."""
    return re.findall(r"SLURM jobid (\d+)", output)


def slurm_job(job_id: str) -> dict[str, str]:
    """What Slurm knows of a job."""
    text = subprocess.check_output(["scontrol", "--oneliner", "show", "job", job_id], text=True)
    return dict(word.split("=", 1) for word in text.split() if "=" in word)
