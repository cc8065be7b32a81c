"""Where every command runs: whatever ends it early becomes one sentence and an exit status."""

from __future__ import annotations

import codecs
import errno
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

from aiart.errors import NonFiniteError, UserError, library_says, one_line
from aiart.memory import is_lack_of_memory, too_large
from aiart.stopping import Stopped, stop_at_once

NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def guarded(name: str, work: Callable[[], None]) -> int:
    """Run a command's work and return its exit status.

    0 when it is done. 1 after one sentence on stderr when the user can mend it, memory or room ran out, or a result
    is not finite. 128 + the signal's number when it was stopped: 130 by Ctrl-C, 143 by SIGTERM, 129 by a terminal that
    closes. Anything else is a fault of this program: it keeps its traceback, with a sentence after it, and the status
    is 1. argparse's own SystemExit passes through.
    """
    _open_standard_streams()
    _print_any_name()
    with stop_at_once():
        try:
            work()
            # Else Python would find out on its way out, and say so in its own words.
            sys.stdout.flush()
        except SystemExit:
            _flush_what_argparse_printed()
            raise
        except BaseException as error:
            explained = explain(error)
            if explained is None:
                with suppress(OSError):
                    traceback.print_exc()
                explained = "the lines above are a fault of this program, not of yours; please report them.", 1
            _say(f"aiart {name}: {explained[0]}" if name else f"aiart: {explained[0]}")
            return explained[1]
    return 0


def explain(error: BaseException) -> tuple[str, int] | None:
    """One sentence and an exit status, or None for a fault of this program."""
    if isinstance(error, UserError):
        return str(error), 1
    if isinstance(error, KeyboardInterrupt):
        number = error.number if isinstance(error, Stopped) else signal.SIGINT
        reached = f"; {error}." if str(error) else "."
        return f"stopped by {signal.Signals(number).name}{reached}", 128 + number
    if isinstance(error, BrokenPipeError):
        _drop_stdout()
        return "its output was closed before all of it was printed; let the reader read to the end.", 1
    if is_lack_of_memory(error):
        return f"{too_large()}; make the pictures or the network smaller, or free some memory.", 1
    if isinstance(error, NonFiniteError | FloatingPointError) or library_says(
        error, ("Tensor had NaN", "Tensor had Inf")
    ):
        return f"a result is not finite ({_first_line(error)}); lower the weights and rates, or use float32.", 1
    if isinstance(error, RecursionError):
        return "the input is nested too deeply; make it flatter.", 1
    if isinstance(error, OSError):
        return _explain_os_error(error)
    return None


def _explain_os_error(error: OSError) -> tuple[str, int] | None:
    if error.errno in NO_SPACE:
        if error.filename is None:
            _drop_stdout()
        return f"{error.filename or 'what it writes'}: {error.strerror}; make room, or write elsewhere.", 1
    if error.filename is None or error.strerror is None:
        return None
    path = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else error.filename
    return f"{path}: {error.strerror}; check the path and its permissions.", 1


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")[:200]


def _flush_what_argparse_printed() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _drop_stdout()


def _drop_stdout() -> None:
    """Let Python flush the rest into nothing when it ends, rather than fail again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_standard_streams() -> None:
    """Let what a caller closed lead nowhere: Python has no stream for it, and the next file to be opened would get its
    number, and with it what native code prints."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            lowest_free = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(lowest_free, mode))


def _print_any_name() -> None:
    """Names of files can hold bytes that are no text, which UTF-8 gives back as they were, or letters that another
    encoding lacks, which become escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            utf8 = codecs.lookup(stream.encoding).name == "utf-8"
            stream.reconfigure(errors="surrogateescape" if utf8 else "backslashreplace")


def _say(line: str) -> None:
    with suppress(OSError):
        print(one_line(line), file=sys.stderr, flush=True)
