"""The server of one run of Snakemake, as that Snakemake sees it (workflow/rules/warm_starts.smk)."""

from __future__ import annotations

import json
import secrets
import shlex
import socket
import subprocess
import threading
from contextlib import suppress

# Seconds.
PATIENCE = 10


class Run:
    """Starts the server, holds what its life hangs on, and knows what it told of its jobs.

    `address` is where clients ask: a name that the kernel keeps, so that no file can be left behind or have too long a
    path. `server` is its process.
    """

    def __init__(self, prefix: str, shell: str, log: str):
        """prefix: what shell commands of jobs begin with, `address` apart; log: a file for what the server says."""
        self.address = f"aiart-{secrets.token_hex(16)}"
        self._lock = threading.Lock()
        self._jobs: dict[int, dict] = {}
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(f"\0{self.address}")
            listener.listen(1024)
            self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            files = (listener.fileno(), theirs.fileno())
            with theirs, open(log, "w", encoding="utf-8") as said:
                self.server = subprocess.Popen(
                    # By the way that a job comes, since shells change environments.
                    [shell, "-c", f"{prefix}{self.export} exec warm_starts {files[0]} {files[1]}"],
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    pass_fds=files,
                    # Its jobs hear signals through their clients alone, once each.
                    process_group=0,
                )

    @property
    def export(self) -> str:
        """What lets a shell's commands ask the server."""
        return f"export AIART_WARM_SOCKET={shlex.quote(self.address)};"

    def end(self) -> None:
        """Let the server end and wait for it, so that it is gone when the run is, and its time counts as the run's."""
        self._socket.close()
        with suppress(subprocess.TimeoutExpired):  # A job that outlives the run keeps it.
            self.server.wait(PATIENCE)

    def jobs_of(self, pid: int) -> list[dict]:
        """What is known of a process's jobs: `job`, their own; `cpu` seconds and `rss` in MB of those that ended."""
        with self._lock:
            with suppress(OSError, ValueError):  # nothing more was told, or the server was killed
                while told := self._socket.recv(1 << 16, socket.MSG_DONTWAIT):
                    facts = json.loads(told)
                    self._jobs[facts["job"]] = facts
            return [facts for facts in self._jobs.values() if pid in facts["above"]]

    def forget_ended(self, pid: int) -> None:
        """Numbers of processes are used again."""
        for facts in self.jobs_of(pid):
            if "cpu" in facts:
                with self._lock:
                    self._jobs.pop(facts["job"], None)
