"""What a stage of dvc.yaml runs: Snakemake, with the targets on the command line. Reading the workflow takes Snakemake
more than a second, so where the whole gallery seems to be made the first stage asks it about all, and the next ones, of
the same `dvc repro`, do not ask again as long as nothing changes.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

INPUTS = ["params.yaml", "Snakefile", "workflow", "src", "data"]
MADE = ["results", ".snakemake/metadata", ".snakemake/incomplete"]
SETTINGS = [".dvc/config", ".dvc/config.local"]
# The last thing that a run makes.
FIGURES = Path("results/figures/figures.csv")
# Its content: the process whose `dvc repro` this is. Its date: when Snakemake was asked, and found all made.
FINISHED = Path(".snakemake/finished")


def last_change(paths: list[str]) -> int:
    """When something in these files and folders was last written, added, removed or renamed, in nanoseconds: Snakemake
    looks at the same dates. Not when its status changed: DVC sets permissions before each stage. Links are followed.
    """
    newest, seen, waiting = 0, set(), [path for path in paths if os.path.lexists(path)]
    try:
        while waiting:
            path = waiting.pop()
            status = os.stat(path) if os.path.exists(path) else os.lstat(path)
            newest = max(newest, status.st_mtime_ns, os.lstat(path).st_mtime_ns)
            identity = (status.st_dev, status.st_ino)
            if os.path.isdir(path) and os.path.basename(path) != "__pycache__" and identity not in seen:
                seen.add(identity)
                waiting += (entry.path for entry in os.scandir(path))
    except OSError:  # it vanished just now, or cannot be listed
        return time.time_ns()
    return newest


def found_finished(caller: str) -> bool:
    """Whether Snakemake found all made since this `dvc repro` began, and nothing has changed since."""
    if not FINISHED.exists() or FINISHED.read_text(encoding="utf-8") != caller:
        return False
    return last_change([*INPUTS, *MADE, *SETTINGS]) < FINISHED.stat().st_mtime_ns


def seems_finished() -> bool:
    return FIGURES.exists() and last_change(INPUTS) < FIGURES.stat().st_mtime_ns


def is_finished(caller: str) -> bool:
    FINISHED.parent.mkdir(exist_ok=True)
    FINISHED.write_text(caller, encoding="utf-8")
    asked = subprocess.run(["snakemake", "--cores", "all", "--dry-run"], capture_output=True, text=True)
    finished = asked.returncode == 0 and "Nothing to be done" in asked.stdout + asked.stderr
    if not finished:
        FINISHED.unlink()
    return finished


signal.signal(signal.SIGINT, signal.SIG_DFL)
if not shutil.which("snakemake"):
    sys.exit("Snakemake is not on PATH: activate its environment, then start `dvc repro` again.")
caller = os.environ["AIART_CALLER"]  # workflow/bin/run
if found_finished(caller) or (seems_finished() and is_finished(caller)):
    print("Nothing to be done: Snakemake found all that params.yaml asks for, as it would make it.")
else:
    os.execvp("snakemake", ["snakemake", "--cores", "all", *sys.argv[1:]])
