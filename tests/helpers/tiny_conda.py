"""NOT conda: a stand-in of a few lines whose environments hold one program, for jobs that need only be started there.

`stand_in_conda.py` solves and installs real packages instead.
"""

from __future__ import annotations

from pathlib import Path


def write_tiny_conda(folder: Path, python: str) -> None:
    """Put `conda` and `activate` into `folder`. python: the text of the script that each environment has as python."""
    write_script(folder / "python.in", python)
    write_script(
        folder / "conda",
        f"""\
case "$1 $2" in
  "--version ") echo conda 24.7.1 ;;
  "info --json") echo '{{"conda_prefix": "{folder.parent}", "platform": "linux-64"}}' ;;
  "config --get") echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
  "env create")
    while [ "$1" != --prefix ]; do shift; done
    mkdir -p "$2/bin"
    cp {folder}/python.in "$2/bin/python"
    ;;
esac
""",
    )
    (folder / "activate").write_text('export PATH="$1/bin:$PATH"\n')


def write_script(path: Path, text: str) -> None:
    """Write a program for the shell."""
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o755)
