#!/usr/bin/env python3
"""NOT conda: a stand-in that answers the calls that Snakemake makes of it, for test_conda.py.

The conda part of an environment file is solved and installed by py-rattler, the library of pixi, from a channel
in the folder STAND_IN_CHANNELS; the pip part is given to the pip of the Python that was installed. Real
channels, and conda itself, are not exercised.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

BASE = Path(sys.argv[0]).absolute().parents[1]


def create(file: str, prefix: str) -> None:
    """Make an environment from its file."""
    from rattler import Channel, install, solve

    environment = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    channels = [name for name in environment["channels"] if name != "nodefaults"]
    specs = [spec for spec in environment["dependencies"] if isinstance(spec, str)]
    pins = [pin for spec in environment["dependencies"] if isinstance(spec, dict) for pin in spec["pip"]]

    async def make() -> None:
        folders = [Channel((Path(os.environ["STAND_IN_CHANNELS"]) / name).as_uri()) for name in channels]
        records = await solve(folders, specs, platforms=["linux-64", "noarch"])
        await install(records, prefix, cache_dir=BASE / "pkgs", show_progress=False)

    asyncio.run(make())
    requirements = Path(prefix, "requirements.txt")
    requirements.write_text("\n".join(pins) + "\n", encoding="utf-8")
    pip = [f"{prefix}/bin/python", "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*pip, "--requirement", requirements], check=True)


def main() -> None:
    match sys.argv[1:]:
        case ["--version"]:
            print("conda 24.7.1")
        case ["info", "--json"]:
            print(json.dumps({"conda_prefix": str(BASE), "platform": "linux-64"}))
        case ["config", "--get", "channel_priority", "--json"]:
            print(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["clean", *_]:
            pass
        case ["env", "create", *rest]:
            parser = argparse.ArgumentParser()
            parser.add_argument("--quiet", action="store_true")
            parser.add_argument("--no-default-packages", action="store_true")
            parser.add_argument("--file")
            parser.add_argument("--prefix")
            given = parser.parse_args(rest)
            create(given.file, given.prefix)
        case other:
            sys.exit(f"the stand-in for conda does not know: {' '.join(other)}")


if __name__ == "__main__":
    main()
