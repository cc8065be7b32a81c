"""Where every command starts, as `aiart` and as `python -m aiart`."""

import os
import signal
from contextlib import suppress


def main() -> None:
    """Hear signals before anything else is imported, which takes a moment; then run the command."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # What nohup has a command not hear stays unheard.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _end)
    from aiart import cli

    cli.main()


def _end(number: int, frame: object) -> None:
    """Nothing is begun yet, or all is done: there is nothing to clear away."""
    with suppress(OSError):
        os.write(2, f"aiart: stopped by {signal.Signals(number).name}.\n".encode())
    os._exit(128 + number)


if __name__ == "__main__":
    main()
