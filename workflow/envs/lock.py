"""Refresh the locks: requirements.lock, requirements-gpu.lock, and the conda environments made from them.

    python workflow/envs/lock.py [--upgrade]     (needs uv)

The locks hold versions and hashes and no addresses, so that they install from any index. Conda environments
hold Python from conda-forge and the same wheels by pip; Snakemake copies these files elsewhere before it
uses them, so they list the pins instead of naming the lock.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {"cpu": "requirements.lock", "gpu": "requirements-gpu.lock"}
ENVIRONMENT = """\
# Made by workflow/envs/lock.py from {lock}: the same wheels that pip and uv users get.
name: aiart-{extra}
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - pip
  - pip:
{pins}
"""


def compile_lock(extra: str, lock: str, *options: str) -> None:
    # Without the user's own index settings, whose addresses uv would otherwise write down.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("UV_") or k == "UV_CACHE_DIR"}
    command = ["uv", "pip", "compile", "pyproject.toml", "--extra", extra, "--extra", "test", "--universal"]
    command += ["--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
    subprocess.run([*command, *options, "--output-file", lock], check=True, cwd=ROOT, env=environment)


def pins(lock: str) -> list[str]:
    """`name==version ; marker` of every package in a lock."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return [m.rstrip(" \\") for m in re.findall(r"^[a-z0-9][^\n]*", text, flags=re.MULTILINE)]


def environment_text(extra: str) -> str:
    lock = LOCKS[extra]
    return ENVIRONMENT.format(extra=extra, lock=lock, pins="\n".join(f'      - "{pin}"' for pin in pins(lock)))


def main() -> None:
    for extra, lock in LOCKS.items():
        compile_lock(extra, lock, *sys.argv[1:])
        (ROOT / "workflow/envs" / f"{extra}.yaml").write_text(environment_text(extra), encoding="utf-8")


if __name__ == "__main__":
    main()
