"""A command that takes the place of one of ours: it says what it finds, or does what it is told to."""

import ctypes
import gc
import json
import locale
import logging
import os
import resource
import signal
import sys
import tempfile
import threading
import time

import numpy as np


def add_arguments(parser):
    parser.add_argument("deed")
    parser.add_argument("more", nargs="*")


def run(options):
    globals()[options.deed](*options.more)


def says(*words):
    """All that could differ between a job that starts warm and one that starts by itself."""
    found = {
        "environment": {n: v for n, v in os.environ.items() if n not in ("AIART_WARM_SOCKET", "SHLVL")},
        "temporary": tempfile.gettempdir(),
        "folder": os.getcwd(),
        "umask": os.umask(0o77),
        "limits": {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource) if n.startswith("RLIMIT_")},
        "niceness": os.nice(0),
        "processors": sorted(os.sched_getaffinity(0)),
        "session": os.getsid(0),
        "handlers": {n: str(signal.getsignal(n)).split(" at ")[0] for n in signal.valid_signals()},
        "blocked": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ())),
        "files": {n: _identity(n) for n in sorted(map(int, os.listdir("/proc/self/fd"))) if _is_open(n)},
        "inherited": [os.get_inheritable(n) for n in range(3)],
        "streams": [
            (s.name, s.mode, s.encoding, s.errors, s.newlines, s.line_buffering, s.write_through, s.isatty(), s.closed)
            for s in (sys.stdin, sys.stdout, sys.stderr)
        ],
        "same streams": [sys.stdin is sys.__stdin__, sys.stdout is sys.__stdout__, sys.stderr is sys.__stderr__],
        "arguments": sys.argv,
        "path": sys.path,
        "flags": str(sys.flags),
        "prefix": [sys.prefix, sys.executable],
        "main": [sys.modules["__main__"].__name__, sys.modules["__main__"].__file__],
        "threads": [thread.name for thread in threading.enumerate()],
        "tasks": len(os.listdir("/proc/self/task")),
        "locale": [*map(str, locale.getlocale()), locale.setlocale(locale.LC_ALL)],
        "logging": [str(logging.getLogger().handlers), logging.getLogger().level],
        "garbage": [gc.isenabled(), gc.get_threshold()],
        "floats": str(np.geterr()),
        "blas": _blas_threads(),
        "input": sys.stdin.readline() if "read" in words else "",
    }
    print(json.dumps(found, indent=1, sort_keys=True))
    print("to standard error", file=sys.stderr)


def _identity(number):
    """A file that is at hand by name, else what kind it is."""
    target = os.readlink(f"/proc/self/fd/{number}")
    return target if target.startswith("/") else target.partition(":")[0]


def _is_open(number):
    return os.path.exists(f"/proc/self/fd/{number}") or number < 3


def _blas_threads():
    with open("/proc/self/maps") as maps:
        paths = sorted({line.split(maxsplit=5)[5].strip() for line in maps if "openblas" in line})
    names = [f"{prefix}openblas_get_num_threads{suffix}" for prefix in ("", "scipy_") for suffix in ("", "64_")]
    libraries = [ctypes.CDLL(path) for path in paths]
    return [getattr(library, name)() for library in libraries for name in names if hasattr(library, name)]


def draws():
    """A number that nobody chose, of each generator that starts with one."""
    import random

    print(np.random.uniform(), random.random(), tempfile.mktemp())


def parent(*words):
    print(os.getppid())


def ends(status):
    print("said before", end="")
    sys.stdout.flush()
    os.write(2, b"told")
    os._exit(int(status)) if int(status) > 2 else sys.exit(int(status))


def dies(number):
    signal.signal(int(number), signal.SIG_DFL)
    os.kill(os.getpid(), int(number))


def fails():
    raise RuntimeError("a fault")


def waits(note):
    """Note its number, and then each signal that has a handler of its own here, to the end of `note`."""
    heard = []
    for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT):
        signal.signal(number, lambda number, frame: heard.append(number))
    with open(f"{note}.new", "w") as file:
        file.write(str(os.getpid()))
    os.rename(f"{note}.new", note)
    while signal.SIGUSR2 not in heard:
        time.sleep(0.02)
    print([signal.Signals(number).name for number in heard])


def computes(seconds, megabytes):
    held = np.ones(int(megabytes) * (1 << 17))
    while time.process_time() < float(seconds):
        held.sum()
