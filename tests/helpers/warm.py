"""Jobs that start warm, without Snakemake: a server as the workflow starts it, and the shells that ask it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from aiart.warm.run import Run
from helpers.checkout import ROOT


class WarmShells:
    """A context manager: a copy of the sources in `folder`, and shells that run its commands warm or cold."""

    def __init__(self, folder: Path, **environment: str):
        self.folder = folder
        self.environment = environment
        shutil.copytree(ROOT / "src/aiart", folder / "src/aiart", ignore=shutil.ignore_patterns("__pycache__"))

    def __enter__(self) -> WarmShells:
        # What Snakemake gives to every job.
        words = {"PATH": f"{self.folder}/src/aiart/bin:{os.environ['PATH']}", "AIART_PYTHON": sys.executable}
        words |= self.environment | {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS")}
        self.prefix = (
            "unset PYTHONPATH PYTEST_CURRENT_TEST; export "
            + " ".join(f"{n}={shlex.quote(v)}" for n, v in words.items())
            + "; "
        )
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            self.run = Run(self.prefix, "bash", "warm_starts.log")
        finally:
            os.chdir(before)
        return self

    def __exit__(self, *_) -> None:
        if self.run.server.poll() is None:
            self.run.server.send_signal(signal.SIGCONT)
        self.run.end()
        self.run.server.kill()

    def start(self, line: str, *, warm: bool, **more) -> subprocess.Popen:
        """A shell that runs a line, in a process group of its own."""
        asks = self.run.export if warm else ""
        return subprocess.Popen(
            ["bash", "-c", f"{self.prefix}{asks} {line}"],
            cwd=self.folder,
            process_group=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )

    def ends(self, line: str, *, warm: bool) -> tuple[int, bytes, bytes]:
        """Its exit status and what it wrote."""
        shell = self.start(line, warm=warm)
        said = shell.communicate(timeout=120)
        return shell.returncode, *said

    def started(self) -> int:
        """How many jobs were started warm; the server ends for it."""
        self.run.end()
        return int((self.folder / "warm_starts.log").read_text().split()[0])


def wait_for(what, seconds: float = 60):
    """What a function returns as soon as that is true."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
    return found
