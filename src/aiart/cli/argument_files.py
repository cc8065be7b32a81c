"""`@FILE` on a command line, for what does not fit on it: Linux takes 128 kB."""

from __future__ import annotations

from aiart.errors import UserError
from aiart.plain_files import read_text


def arguments_of_files(arguments: list[str]) -> list[str]:
    """The same with the lines of FILE in place of `@FILE`. Raises UserError where it cannot be read."""
    words = []
    for argument in arguments:
        if not argument.startswith("@"):
            words.append(argument)
            continue
        try:
            words += read_text(argument[1:]).removesuffix("\n").split("\n")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise UserError(f"{argument[1:]}: {reason}; give a file of arguments, one a line.") from None
    return words
