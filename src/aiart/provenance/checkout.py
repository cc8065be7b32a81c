"""Which version of the code a checkout is, and whether all that it holds is of that version."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiart.errors import UserError
from aiart.params.plain import clipped

WORKFLOW = "Snakefile"
LOCK = "dvc.lock"
MOST_NAMED = 3
"""So many files that differ are named in a message."""


@dataclass(frozen=True)
class Version:
    """A commit: its 40 digits; the day it was made, as 2026-11-25; the address it is published at, or nothing."""

    commit: str
    day: str
    address: str


def read_version() -> Version:
    """The commit of the working folder, which is the top of a clone of the workflow.

    Raises UserError where it is not, where files differ from the commit, or where there is source code that is in no
    commit.
    """
    missing = [name for name in (WORKFLOW, LOCK, "params.yaml") if not os.path.isfile(name)]
    if missing or not Path(".git").exists():
        raise UserError(
            f"{missing[0] if missing else '.git'}: is not here; start `aiart crate` at the top of a clone of the "
            "workflow in which a gallery was made and recorded."
        )
    commit, day = _git("log", "-1", "--format=%H %cs").split()
    changed = [line[3:] for line in _git("status", "--porcelain", "--untracked-files=no").splitlines()]
    changed += _git("ls-files", "--others", "--exclude-standard", WORKFLOW, "workflow", "src").splitlines()
    if changed:
        raise UserError(
            f"{_named(changed)}: differ from the commit that the crate would name; commit them or undo the changes."
        )
    # Every clone has one; the others are its owner's.
    origin = [line.split()[1] for line in _git("remote", "-v").splitlines() if line.startswith("origin\t")]
    return Version(commit, day, public_address(origin[0]) if origin else "")


def public_address(remote: str) -> str:
    """The address of a repository as a browser takes it, without names and passwords; nothing for a path."""
    if match := re.fullmatch(r"(?:ssh://)?git@([\w.-]+)[:/](?:\d+/)?(.+?)(?:\.git)?/?", remote):
        return f"https://{match[1]}/{match[2]}"
    parts = urlsplit(remote)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    port = f":{parts.port}" if parts.port else ""
    return f"https://{parts.hostname}{port}{parts.path.removesuffix('/').removesuffix('.git')}"


def tracked_files() -> list[str]:
    """All files that Git has and that are there, which in a sparse checkout are not all; links among them."""
    return [name for name in _git("ls-files", "-z").split("\0") if os.path.isfile(name) or os.path.islink(name)]


def refuse_unrecorded() -> None:
    """Raise UserError unless settings, inputs, code and results are those that dvc.lock records."""
    asked = subprocess.run([sys.executable, "-m", "dvc", "status", "--json"], capture_output=True, text=True)
    if asked.returncode:
        reason = clipped((asked.stderr.strip().splitlines() or ["no reason"])[-1], 200)
        raise UserError(f"{LOCK}: DVC does not say whether it records these results ({reason}); see `dvc status`.")
    if stages := list(json.loads(asked.stdout)):
        raise UserError(
            f"{LOCK}: records other settings, inputs, code or results ({_named(stages)}) than there are; run "
            "`dvc repro`, commit it, and start again."
        )


def _named(names: list[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise UserError("Git is not installed; it knows which version of the code made the results.") from None
    if done.returncode:
        raise UserError(f"Git does not say which version this is ({clipped(os.fsdecode(done.stderr).strip(), 200)}).")
    return os.fsdecode(done.stdout)
