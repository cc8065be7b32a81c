"""A process that has imported what jobs import, but computed nothing, and forks one child for each job.

    python -m aiart.warm.server LISTENER RUN

LISTENER is the descriptor of a listening socket, RUN that of a socket whose other end only the Snakemake of this run
holds (workflow/rules/warm_starts.smk): when that is closed, even by SIGKILL, the server takes no more jobs and ends
with the last of those that it has. Through it Snakemake hears which process is whose job, and what it took.

Nothing is imported before the first job asks for it. A job that this process may not or cannot start finds its
connection closed, and starts by itself. Only Linux has what is needed here.
"""

from __future__ import annotations

import fcntl
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from aiart.warm.client import CREDENTIALS, ENDED, READY
from aiart.warm.job import Job
from aiart.warm.preload import command_of, preload, state_of_sources
from aiart.warm.surroundings import THREADS, arguments, environment, parents, surroundings

# Seconds; a client asks as soon as it is connected.
PATIENCE = 2
# python -I -S client.py ADDRESS, and then what `aiart` was given.
CLIENT_WORDS = 5


@dataclass(frozen=True, eq=False)
class Running:
    """A job at work."""

    pid: int
    process: int
    """Its pidfd."""
    client: socket.socket
    above: list[int]
    """The client, and the processes between it and Snakemake."""


class Server:
    """Takes jobs as long as the run, the sources and this process are what they were."""

    def __init__(self, listener: socket.socket, run: socket.socket):
        self.pid = os.getpid()
        self.sources = state_of_sources()
        self.given = surroundings(self.pid)
        self.listener, self.run = listener, run
        self.poll = select.poll()
        self.poll.register(listener, select.POLLIN)
        # That the other side has ended is told without asking for any event.
        self.poll.register(run, 0)
        self.jobs: dict[int, Running] = {}
        """By the descriptors of their pidfds and of their clients."""
        self.loaded: set[str] = set()
        self.started = 0
        self.takes_jobs = True

    def serve(self) -> Job | None:
        """Returns in each child, with the job that it is to become, and in the server at the end of the run."""
        while self.takes_jobs or self.jobs:
            # The last alone: to look after one can close others, whose numbers the next one gets.
            for descriptor, _ in self.poll.poll()[-1:]:
                if job := self.jobs.get(descriptor):
                    self.look_after(job, descriptor)
                elif self.takes_jobs and descriptor == self.run.fileno():
                    self.take_no_more()
                elif self.takes_jobs and descriptor == self.listener.fileno() and (new := self.accept()):
                    return new
        return None

    def take_no_more(self) -> None:
        self.takes_jobs = False
        self.poll.unregister(self.listener)
        self.poll.unregister(self.run)
        self.listener.close()

    def look_after(self, job: Running, descriptor: int) -> None:
        if descriptor != job.process:  # The client was killed; so would the job have been.
            self.poll.unregister(job.client)
            signal.pidfd_send_signal(job.process, signal.SIGKILL)
            return
        _, status, took = os.wait4(job.pid, 0)
        self.tell(job=job.pid, above=job.above, cpu=took.ru_utime + took.ru_stime, rss=took.ru_maxrss / 1024)
        with suppress(OSError):  # killed
            code = os.waitstatus_to_exitcode(status)
            job.client.send(ENDED.pack(max(code, 0), max(-code, 0)))
        for file in (job.process, job.client.fileno()):
            del self.jobs[file]
            with suppress(KeyError):
                self.poll.unregister(file)
        self.forget(job)

    def forget(self, job: Running) -> None:
        os.close(job.process)
        job.client.close()

    def accept(self) -> Job | None:
        """Start a job and return it in its process; else close its connection."""
        streams: list[int] = []
        try:
            client, _ = self.listener.accept()
        except OSError:
            return None
        try:
            client.settimeout(PATIENCE)
            pid, user, _ = CREDENTIALS.unpack(
                client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
            )
            if user == os.geteuid():
                _, streams, _, _ = socket.recv_fds(client, 16, 3)
            if len(streams) == 3 and self.given == surroundings(pid) and self.is_ready_for(words := words_of(pid)):
                client.settimeout(None)
                if job := self.start(pid, words, client, streams):
                    return job
        except OSError:  # The client has ended, or there is no room for a process.
            pass
        for stream in streams:
            os.close(stream)
        if client.fileno() not in self.jobs:
            client.close()
        return None

    def is_ready_for(self, words: list[str]) -> bool:
        command = command_of(words)
        if command is None or self.sources != state_of_sources():
            return False
        if command not in self.loaded:
            with self.ended_by_the_run():
                if not preload(command) or self.sources != state_of_sources():
                    self.take_no_more()
                    return False
            self.loaded.add(command)
            gc.freeze()  # No child is to write to what all of them share.
        return True

    @contextmanager
    def ended_by_the_run(self) -> Iterator[None]:
        """Let the kernel end this process when the run ends meanwhile, unless jobs would end with it."""
        flags = fcntl.fcntl(self.run, fcntl.F_GETFL)
        if not self.jobs:
            fcntl.fcntl(self.run, fcntl.F_SETOWN, self.pid)
            fcntl.fcntl(self.run, fcntl.F_SETFL, flags | os.O_ASYNC)  # SIGIO
        yield
        fcntl.fcntl(self.run, fcntl.F_SETFL, flags)

    def start(self, pid: int, words: list[str], client: socket.socket, streams: list[int]) -> Job | None:
        job = Job(words, environment(pid), streams, client)
        above = parents(pid, last=os.getppid())
        child = os.fork()
        if child == 0:
            return job
        try:
            running = Running(child, os.pidfd_open(child), client, above)
        except OSError:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            raise
        self.jobs |= {running.process: running, client.fileno(): running}
        self.poll.register(running.process, select.POLLIN)
        self.poll.register(client, 0)
        self.started += 1
        self.tell(job=child, above=above)
        socket.send_fds(client, [READY], [running.process])
        return None

    def leave(self) -> None:
        """Close, in a child, all that is the server's."""
        self.listener.close()
        self.run.close()
        for other in set(self.jobs.values()):
            self.forget(other)

    def tell(self, **facts) -> None:
        with suppress(OSError):
            self.run.send(json.dumps(facts).encode(), socket.MSG_DONTWAIT)


def words_of(pid: int) -> list[str]:
    """What a client was given for `aiart`."""
    return [os.fsdecode(word) for word in arguments(pid)[CLIENT_WORDS:]]


def main() -> None:
    os.close(os.pidfd_open(os.getpid()))  # Where Linux is too old for it, nothing is served.
    # Threads would not live on in a child; each job has its own number of them (aiart.warm.job).
    os.environ |= dict.fromkeys(THREADS, "1")
    server = Server(*(socket.socket(fileno=int(number)) for number in sys.argv[1:3]))
    if job := server.serve():
        server.leave()
        job.become(server.pid)
        job.run()
    print(
        f"{server.started} jobs were started warm; this process took {time.process_time():.1f} seconds of one core.",
        file=sys.stderr,
        flush=True,
    )
    os._exit(0)


if __name__ == "__main__":
    main()
