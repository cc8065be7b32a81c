"""The one exception that a user is meant to read."""


class UserError(Exception):
    """Something only the user can mend: a bad file, a bad setting, a missing download.

    The message is one sentence: what is wrong, where, and what to do. The command line prints it
    without a traceback and exits with status 1.
    """
