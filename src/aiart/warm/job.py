"""How a child of the server becomes the job that a client stands for."""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import socket
import sys
import tempfile
from dataclasses import dataclass
from typing import TextIO

from aiart.warm.client import GO

PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Job:
    arguments: list[str]
    environment: dict[bytes, bytes]
    streams: list[int]
    """Descriptors that are to be its standard input, output and error."""
    connection: socket.socket

    def become(self, server: int) -> None:
        """Make this process, a child of `server` of which everything else is closed, what a new one would be."""
        # Its client ends when the server does, and nobody would know how the job ends.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server or self.connection.recv(len(GO)) != GO:
            os._exit(1)
        self.connection.close()
        for number, stream in enumerate(self.streams):
            os.dup2(stream, number)
            os.close(stream)
        for number, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
            _renew(stream, number)
        os.environb.clear()
        os.environb.update(self.environment)
        tempfile.tempdir = None  # found anew
        if numpy := sys.modules.get("numpy"):
            numpy.random.seed()  # as Python does of its own
        _set_blas_threads()

    def run(self) -> None:
        """As `python -m aiart` does."""
        sys.argv[1:] = self.arguments
        runpy.run_module("aiart", run_name="__main__", alter_sys=True)


def _renew(stream: TextIO, number: int) -> None:
    """Let a standard stream look at its new file as Python does when it starts. It stays the same object, which
    handlers of logs may have."""
    asked_unbuffered = stream.write_through  # PYTHONUNBUFFERED
    buffered = number == 0 or not asked_unbuffered
    buffer = open(number, "wb" if number else "rb", buffering=-1 if buffered else 0, closefd=False)  # noqa: SIM115
    (buffer.raw if buffered else buffer).name = stream.name
    stream.__init__(
        buffer,
        encoding=stream.encoding,
        errors=stream.errors,
        newline="\n",
        line_buffering=not asked_unbuffered and (number == 2 or os.isatty(number)),
        write_through=asked_unbuffered,
    )


def _set_blas_threads() -> None:
    """OpenBLAS has read the number when it was loaded, which was 1 then."""
    names = ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS")
    wanted = next((int(os.environ[name]) for name in names if os.environ.get(name, "").isdecimal()), 0)
    available = len(os.sched_getaffinity(0))
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        libraries = {line.split(maxsplit=5)[5].rstrip("\n") for line in maps if "openblas" in line}
    for path in libraries:
        library = ctypes.CDLL(path)
        for prefix in ("", "scipy_"):
            for suffix in ("", "64_"):
                if set_threads := getattr(library, f"{prefix}openblas_set_num_threads{suffix}", None):
                    set_threads(min(wanted, available) or available)
