"""Stands for a job that `aiart.warm.server` starts: hands on its signals, and ends as it ends.

`aiart/bin/aiart` runs this file instead of `python -m aiart`, which takes its place when the server does not answer
or refuses. It takes nothing from the environment and imports next to nothing, to start within some hundredths of a
second; it holds the job's standard streams, and the lock that tells Snakemake of the job, as long as the job runs.
"""

import fcntl
import os
import signal
import socket
import struct
import sys
from contextlib import suppress

CREDENTIALS = struct.Struct("3i")
ENDED = struct.Struct("2i")
"""Status and signal of an ended job, one of which is 0."""
READY, GO = b"ready", b"go"
STOPPING = {signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU}
# What cannot be caught, comes of itself, or means a fault of this process.
OWN = {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL}


def main() -> None:
    _until_then(_end)
    # Another open file could be named in the arguments (/dev/fd/63); the one more is the listing's own.
    plain = len(os.listdir("/proc/self/fd")) == 4 and all(map(_is_open, range(3)))
    _hold_jobs_lock()
    found = _ask(sys.argv[1]) if plain else None
    if found is None:
        _start_cold(sys.argv[2:])
    _stand_for(*found)


def _until_then(handle) -> None:
    """As in aiart.__main__, where nothing is begun yet."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handle)


def _end(number: int, frame: object) -> None:
    with suppress(OSError):
        os.write(2, f"aiart: stopped by {signal.Signals(number).name}.\n".encode())
    os._exit(128 + number)


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _hold_jobs_lock() -> None:
    """As in aiart.cli, where an error is told."""
    with suppress(OSError, KeyError):
        file = os.open(os.environ["AIART_JOBS_LOCK"], os.O_RDWR | os.O_CREAT, 0o666)
        os.set_inheritable(file, True)
        fcntl.flock(file, fcntl.LOCK_SH)


def _ask(address: str) -> tuple[socket.socket, int] | None:
    """A connection to the server, and a pidfd of the job, which waits for a word; None when it does not serve."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.connect(f"\0{address}")
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        if CREDENTIALS.unpack(credentials)[1] != os.geteuid():
            return None
        socket.send_fds(connection, [b"job"], [0, 1, 2])
        answer, files, _, _ = socket.recv_fds(connection, len(READY), 1)
    except OSError:
        return None
    return (connection, files[0]) if answer == READY and files else None


def _start_cold(arguments: list[str]) -> None:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # which Python ignores
        signal.signal(number, signal.SIG_DFL)
    os.execv(sys.executable, [sys.executable, "-m", "aiart", *arguments])


def _stand_for(connection: socket.socket, job: int) -> None:
    def hand_on(number: int, frame: object) -> None:
        with suppress(ProcessLookupError):
            # A job outside of the terminal's foreground would not heed the others.
            signal.pidfd_send_signal(job, signal.SIGSTOP if number in STOPPING else number)
        if number in STOPPING:
            os.kill(os.getpid(), signal.SIGSTOP)

    for number in signal.valid_signals() - OWN:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, hand_on)
    try:
        connection.send(GO)
        ended = connection.recv(ENDED.size)
    except OSError:
        ended = b""
    if len(ended) < ENDED.size:
        os.write(2, b"aiart: the process that warm starts come from was killed, and this job with it; run it again.\n")
        os._exit(1)
    status, number = ENDED.unpack(ended)
    if number:
        _die_of(number)
    os._exit(status)


def _die_of(number: int) -> None:
    import resource

    # The job has left its core already, where one is wanted.
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)


if __name__ == "__main__":
    main()
