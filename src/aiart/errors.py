"""Errors that the command line explains to a user."""


class UserError(Exception):
    """Something only the user can mend: a bad file, a bad setting, a missing download.

    The message is one sentence, on one line: what is wrong, where, and what to do. The command line prints it
    without a traceback and exits with status 1.
    """

    def __init__(self, message: str):
        super().__init__(one_line(message))


class UnwritableError(UserError):
    """A result cannot be written, and others would not be either."""


class NonFiniteError(ValueError):
    """A result holds NaN or infinity, so that nothing can be written from it."""


def library_says(error: BaseException, words: tuple[str, ...]) -> bool:
    """Whether an error of TensorFlow or Keras has one of these words."""
    library = type(error).__module__.partition(".")[0]
    return library in ("tensorflow", "keras") and any(word in str(error) for word in words)


def one_line(text: str) -> str:
    """Text of a message as one line of at most some 4,000 characters: names of files can hold line breaks, and codes
    that a terminal obeys, which are shown as escapes."""
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return line if len(line) <= 4000 else f"{line[:3000]}…{line[-900:]}"
