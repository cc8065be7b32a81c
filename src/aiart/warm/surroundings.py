"""All that a process is given by whoever starts it, as Linux tells of it.

A job may be started warm only where this is the same as what the server was given: then whatever was read from it while
modules were imported is what the job would have read. So a job with its own limits, umask, niceness, processors,
control group, ignored signals or other environment needs no care: it starts by itself.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

# Snakemake gives these to each job; they are handed on (aiart.warm.job).
LIBRARIES = ("OMP", "GOTO", "OPENBLAS", "MKL", "NUMEXPR")
THREADS = (*(f"{name}_NUM_THREADS" for name in LIBRARIES), "VECLIB_MAXIMUM_THREADS")
TEMPORARY = ("TMPDIR", "TMP", "TEMPDIR", "TEMP")
# A shell counts and notes where it is; nothing of ours reads that.
SHELL = ("SHLVL", "PWD", "OLDPWD", "_")
PER_JOB = {os.fsencode(name) for name in (*THREADS, *TEMPORARY, *SHELL)}

STATUS = (
    *("Umask", "Uid", "Gid", "Groups", "SigBlk", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"),
    *("NoNewPrivs", "Seccomp", "Cpus_allowed", "Mems_allowed", "CoreDumping", "THP_enabled"),
)
TEXTS = ("limits", "cgroup", "oom_score_adj")
LINKS = ("cwd", "root", "exe")
# Every job hears these, even where a shell has put Snakemake into the background and had it ignore SIGINT.
HEARD = 1 << signal.SIGINT - 1 | 1 << signal.SIGTERM - 1
# Session, niceness, priority and policy, by their places after the name in /proc/PID/stat (man proc_pid_stat).
STAT = (3, 16, 37, 38)


def surroundings(pid: int) -> dict[str, object]:
    """What a process was given, comparable. Raises OSError when it has ended, or is not ours to look at."""
    process = Path("/proc", str(pid))
    status = dict(line.partition(":")[::2] for line in (process / "status").read_text().splitlines())
    stat = _stat(pid)
    return {
        "status": [status.get(name) for name in STATUS],
        "ignored signals": int(status["SigIgn"], 16) & ~HEARD,
        "stat": [stat[place] for place in STAT],
        "texts": [(process / name).read_text() for name in TEXTS],
        "links": [os.readlink(process / name) for name in LINKS],
        "folder": _identity(process / "cwd"),
        "namespaces": {name: os.readlink(process / "ns" / name) for name in os.listdir(process / "ns")},
        "python": arguments(pid)[0],
        "environment": {name: value for name, value in environment(pid).items() if name not in PER_JOB},
    }


def environment(pid: int) -> dict[bytes, bytes]:
    """The environment that a process was started with."""
    entries = Path("/proc", str(pid), "environ").read_bytes().split(b"\0")
    return dict(entry.split(b"=", 1) for entry in entries if b"=" in entry)


def arguments(pid: int) -> list[bytes]:
    """The command line of a process."""
    return Path("/proc", str(pid), "cmdline").read_bytes().split(b"\0")[:-1]


def parents(pid: int, last: int) -> list[int]:
    """A process, its parent, and so on, up to but without `last`."""
    found = []
    while pid > 1 and pid != last:
        found.append(pid)
        pid = int(_stat(pid)[1])
    return found


def _stat(pid: int) -> list[str]:
    """/proc/PID/stat after the name, which may hold anything."""
    return Path("/proc", str(pid), "stat").read_text(errors="replace").rpartition(")")[2].split()


def _identity(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino
