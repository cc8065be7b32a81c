"""Writing a file whole or not at all."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aiart.errors import UnwritableError

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def atomic_write(path: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary path to write to; on success it replaces `path`, on failure it is removed.

    The temporary path lies in the folder of `path` (created if missing), so that the replacement
    is one rename within a file system, and it has the same suffix, because many writers choose
    the format by it. The file does not exist yet: whoever creates it does so under the user's
    umask, which `tempfile` would override with mode 0600. A symbolic link at `path` is itself
    replaced; a DVC cache it points into is not written to.

    Raises UnwritableError, a UserError, where the file system refuses the file; any other error of the body passes
    through, with the old file as it was.
    """
    path = Path(path)
    temporary = path.with_name(f".tmp-{secrets.token_hex(8)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        os.replace(temporary, path)
    except OSError as error:
        if not _is_about(error, temporary):
            raise
        raise UnwritableError(
            f"{path}: cannot be written ({error.strerror}); make room or permission for it, or choose another path."
        ) from error
    finally:
        # Nothing to remove on success, and no folder to remove it from where that was refused.
        with suppress(OSError):
            temporary.unlink()


def _is_about(error: OSError, temporary: Path) -> bool:
    """Tell the refusal of our file or its folder from an unrelated error in the body."""
    if error.errno in _NO_SPACE:
        return True
    if isinstance(error, FileNotFoundError):  # the body wrote nothing: a bug, not the user's to mend
        return False
    ours = {str(temporary), *map(str, temporary.parents)}
    return str(error.filename) in ours
