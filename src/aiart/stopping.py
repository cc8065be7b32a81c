"""Being stopped from outside, by Ctrl-C, SIGTERM or a terminal that closes, without losing what was reached."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(KeyboardInterrupt):
    """The user or the system stopped the process by the signal `number`; reached: what there is now, as a clause."""

    def __init__(self, number: int, reached: str = ""):
        super().__init__(reached)
        self.number = number


@contextmanager
def stop_at_once() -> Iterator[None]:
    """The first signal raises `Stopped` wherever the program is, so that half-written files are removed on the way
    out; a second one ends the process without that."""

    def handle(number: int, frame: FrameType | None) -> NoReturn:
        _end_at_the_next()
        raise Stopped(number)

    with _handled_by(handle):
        yield


@contextmanager
def stop_when_asked() -> Iterator[list[int]]:
    """Collects the first signal, so that the step under way can be finished and what was reached written: the work
    looks at the list between its steps. A second signal ends the process at once."""
    received: list[int] = []

    def handle(number: int, frame: FrameType | None) -> None:
        _end_at_the_next()
        received.append(number)

    with _handled_by(handle):
        yield received


def _end_at_the_next() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    # A terminal that closes sends more than one of these.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@contextmanager
def _handled_by(handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    # Python lets only the main thread choose handlers.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What nohup has a command not hear stays unheard.
    heard = [number for number in SIGNALS if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
