"""Errors that the command line explains to a user."""


class UserError(Exception):
    """Something only the user can mend: a bad file, a bad setting, a missing download.

    The message is one sentence: what is wrong, where, and what to do. The command line prints it
    without a traceback and exits with status 1.
    """


class NonFiniteError(ValueError):
    """A result holds NaN or infinity, so that nothing can be written from it."""
