"""Downloading one file: several mirrors, resumed where it broke off, checked, and put in place whole.

pooch checks hashes and renames atomically, but starts a broken download again from nothing, which for archives
of gigabytes means never; so the transfer is made here with requests, on which pooch itself stands.
"""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aiart import __version__
from aiart.datasets.files import defect
from aiart.errors import UserError
from aiart.plain_files import refuse_pipe
from aiart.remote_file import RemoteFile

try:
    import fcntl
except ImportError:  # Windows; there two downloads of one file at once are left to the hash
    fcntl = None

_CHUNK = 1 << 16
# A broken connection that brought this many new bytes does not count as a failed try.
_HEADWAY = 1 << 20
# Answers that may be better a moment later; any other 4xx will stay as it is.
_PASSING = {408, 425, 429}


@dataclass(frozen=True)
class RetryPolicy:
    """How long to bear with a mirror.

    tries: per mirror. backoff: seconds before the second try, doubled before each further one.
    connect_timeout: seconds until a server must have answered. read_timeout: seconds it may then fall silent.
    """

    tries: int = 4
    backoff: float = 1.0
    connect_timeout: float = 10.0
    read_timeout: float = 30.0


class _Interrupted(Exception):
    """The mirror may do better on another try."""


class _Refused(Exception):
    """The mirror will not do better; go on to the next."""


def fetch_file(
    entry: RemoteFile, destination: str | Path, *, progress: bool = True, policy: RetryPolicy | None = None
) -> str | None:
    """Put the file at `destination` and return the URL that gave it, or None when an intact copy lay there.

    An intact copy is kept without touching the network. Otherwise mirrors are tried in order. What arrived of
    an interrupted download stays beside `destination` as `<name>.part`, and the next try or the next run goes on
    from there (HTTP Range, RFC 9110 §14) if a hash is on record to check the joined file by; where the server
    ignores Range, from the start. `destination` itself appears by one rename, only after size and hash agree.
    progress: show a bar; never drawn where standard error is not a terminal.
    Raises UserError when no mirror gives the file, when it cannot be written, or when another process is
    downloading it.
    """
    destination = Path(destination)
    policy = policy or RetryPolicy()
    fault = None
    if destination.is_dir():
        raise UserError(f"{destination}: is a folder; choose another path for {entry.name}.")
    if destination.exists():
        refuse_pipe(destination)
        fault = defect(destination, entry)
        if fault is None:
            # Looked at, it is as good as new: whoever asked for it can tell by its date.
            with suppress(OSError):
                os.utime(destination)
            return None
    failures: dict[str, str] = {}
    try:
        if entry.urls:
            destination.parent.mkdir(parents=True, exist_ok=True)
            url = _from_mirrors(entry, destination, policy, progress, failures)
            if url:
                return url
    except OSError as error:
        raise UserError(
            f"{destination}: cannot be written ({error.strerror or error}); make room or permission for it, "
            "or choose another path."
        ) from error
    raise UserError(_by_hand(entry, destination, failures, fault))


def _from_mirrors(
    entry: RemoteFile, destination: Path, policy: RetryPolicy, progress: bool, failures: dict[str, str]
) -> str | None:
    """The first URL that gave the file; the others' reasons are put into `failures`."""
    path = destination.with_name(destination.name + ".part")
    with path.open("ab") as part:
        _lock(part, destination)
        for url in entry.urls:
            try:
                _from_mirror(url, part, entry, policy, progress)
            except _Refused as refusal:
                failures[url] = str(refusal)
                continue
            if fcntl is None:
                part.close()  # Windows does not rename an open file
            os.replace(path, destination)
            return url
    if path.stat().st_size == 0:
        path.unlink()
    return None


def _lock(part: BinaryIO, destination: Path) -> None:
    """Keep two processes from writing to the same partial file; released when it is closed."""
    if fcntl is None:
        return
    try:
        fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        ours = os.path.samestat(os.fstat(part.fileno()), os.stat(part.name))
    except (BlockingIOError, FileNotFoundError):
        ours = False  # or the other one renamed it between our opening and our locking
    if not ours:
        raise UserError(f"{destination}: another process is downloading it; wait until that has finished.")


def _by_hand(entry: RemoteFile, destination: Path, failures: dict[str, str], fault: str | None) -> str:
    """The one sentence to say when no mirror gave the file."""
    told = "; ".join(f"{url}: {reason}" for url, reason in failures.items())
    if told:
        why = f"could not be downloaded ({told}{f'; note: {entry.note}' if entry.note else ''})"
    else:
        why = f"is not offered for download ({entry.note or 'no mirror is known'})"
    there = f"the file at {destination} {fault}; " if fault else ""
    copy = f"a copy with {entry.described()}" if entry.described() else "a copy"
    return f"{entry.name} {why}; {there}put {copy} at {destination} and run the command again."


def _from_mirror(url: str, part: BinaryIO, entry: RemoteFile, policy: RetryPolicy, progress: bool) -> None:
    """Complete `part` from one mirror and check it; raises _Refused with the reason of the last failure."""
    furthest = part.tell()
    failed = 0
    while True:
        resumed_at = _keep_what_can_be_checked(part, entry)
        try:
            if not _is_complete(part, entry):
                resumed_at = _transfer(url, part, entry, policy, progress)
            part.flush()
            fault = defect(Path(part.name), entry)
            if fault is None:
                return
            _clear(part)
            if not resumed_at:
                raise _Refused(f"the file it gives {fault}")
            reason = f"the resumed file {fault}"  # perhaps the older part was at fault
        except _Interrupted as interruption:
            reason = str(interruption)
        failed += 1
        if part.tell() >= furthest + _HEADWAY:
            furthest = part.tell()
            failed = 0
        if failed >= policy.tries:
            raise _Refused(reason)
        time.sleep(policy.backoff * 2 ** max(failed - 1, 0))


def _keep_what_can_be_checked(part: BinaryIO, entry: RemoteFile) -> int:
    """Bytes to resume after: none without a hash, since nothing would tell a file joined from two versions."""
    if entry.known_hash is None or (entry.size is not None and part.tell() > entry.size):
        _clear(part)
    part.seek(0, os.SEEK_END)
    return part.tell()


def _clear(part: BinaryIO) -> None:
    part.truncate(0)
    part.seek(0)


def _is_complete(part: BinaryIO, entry: RemoteFile) -> bool:
    """Whether an earlier run got everything and ended before the rename."""
    part.flush()
    length = part.tell()
    if entry.size is not None:
        return length == entry.size
    return length > 0 and defect(Path(part.name), entry) is None


def _transfer(url: str, part: BinaryIO, entry: RemoteFile, policy: RetryPolicy, progress: bool) -> int:
    """Append what is missing; returns the byte it went on from. Raises _Interrupted or _Refused."""
    import requests
    import urllib3

    offset = part.tell()
    # A server that compresses on the way would give other bytes than those on record. Wikimedia answers only
    # clients that name themselves.
    headers = {
        "User-Agent": f"aiart/{__version__} {requests.utils.default_user_agent()}",
        "Accept-Encoding": "identity",
    }
    if offset:
        headers["Range"] = f"bytes={offset}-"
    timeout = (policy.connect_timeout, policy.read_timeout)
    try:
        with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
            offset = _first_byte(response, part, offset)
            length = _content_length(response)
            if entry.size is not None and length is not None and offset + length != entry.size:
                raise _Refused(f"it offers {offset + length:,} bytes instead of {entry.size:,}")
            part.truncate(offset)
            part.seek(offset)
            _copy(response, part, entry, length, progress)
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        part.seek(0, os.SEEK_END)
        raise _Interrupted(_explain(error, part.tell() - offset, policy)) from error
    return offset


def _first_byte(response, part: BinaryIO, offset: int) -> int:
    """Which byte of the file the answer begins with: `offset`, or 0 where the server ignores Range."""
    status = response.status_code
    if status == 206 and offset and response.headers.get("Content-Range", "").startswith(f"bytes {offset}-"):
        return offset
    if status == 200:
        return 0
    if status in (206, 416):  # another range than asked for, or none: start again
        _clear(part)
        raise _Interrupted("it would not resume the download")
    said = f"{status} {response.reason}".strip()
    if status in _PASSING or status >= 500:
        raise _Interrupted(said)
    raise _Refused(said)


def _content_length(response) -> int | None:
    text = response.headers.get("Content-Length", "")
    return int(text) if text.isdigit() else None


def _copy(response, part: BinaryIO, entry: RemoteFile, length: int | None, progress: bool) -> None:
    from tqdm import tqdm

    start = part.tell()
    total = entry.size if entry.size is not None else length and start + length
    # disable=None: no bar where standard error is not a terminal
    bar = tqdm(
        total=total, initial=start, unit="B", unit_scale=True, desc=entry.name, disable=None if progress else True
    )
    with bar:
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            if entry.size is not None and part.tell() + len(chunk) > entry.size:
                _clear(part)
                raise _Refused(f"it sends more than {entry.size:,} bytes")
            part.write(chunk)
            bar.update(len(chunk))
    received = part.tell() - start
    if length is not None and received < length:  # urllib3 1.x does not tell
        raise _Interrupted(f"the connection broke after {start + received:,} of {start + length:,} bytes")
    if entry.size is not None and part.tell() < entry.size:
        raise _Interrupted(f"the download ended after {part.tell():,} of {entry.size:,} bytes")


def _explain(error: Exception, received: int, policy: RetryPolicy) -> str:
    """A transport error in a few words."""
    import requests
    import urllib3

    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    if isinstance(error, requests.ConnectTimeout):
        return f"no answer within {policy.connect_timeout:g} s"
    if any(isinstance(e, requests.ReadTimeout | urllib3.exceptions.ReadTimeoutError) for e in chain):
        return f"nothing came for {policy.read_timeout:g} s"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not valid"
    if any(isinstance(e, socket.gaierror) for e in chain):
        return "its name cannot be resolved (offline?)"
    if any(isinstance(e, ConnectionRefusedError) for e in chain):
        return "the connection was refused"
    if isinstance(error, requests.ConnectionError | urllib3.exceptions.HTTPError):
        return f"the connection broke after {received:,} bytes"
    return f"it cannot be asked ({type(error).__name__})"
