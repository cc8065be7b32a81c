"""Conda environments: the same versions as the locks, and Snakemake's --use-conda with a stand-in for conda."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import re
import subprocess
import sys
import tarfile
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import yaml
from helpers.background import Background
from helpers.checkout import ROOT
from helpers.needs import missing
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from aiart.datasets.paintings import PAINTERS
from aiart.datasets.photographs import PHOTOGRAPHS

LOCKS = {"cpu": "requirements.lock", "gpu": "requirements-gpu.lock"}


def pins(extra: str) -> tuple[dict, list[Requirement]]:
    """An environment file, and the pins of its pip part."""
    environment = yaml.safe_load((ROOT / "workflow/envs" / f"{extra}.yaml").read_text(encoding="utf-8"))
    return environment, [Requirement(pin) for pin in environment["dependencies"][-1]["pip"]]


@pytest.mark.parametrize("extra", LOCKS)
def test_an_environment_file_holds_the_pins_of_its_lock(extra):
    _, in_environment = pins(extra)
    # Entries of a lock: `name==version ; marker`, then hashes on lines of their own.
    entries = re.split(r"\n(?=\S)", (ROOT / LOCKS[extra]).read_text(encoding="utf-8").strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    locked = [Requirement(entry.split("\\")[0]) for entry in entries]
    assert sorted(map(str, in_environment)) == sorted(map(str, locked))
    assert all(str(pin.specifier).startswith("==") for pin in locked)


@pytest.mark.parametrize("extra", LOCKS)
def test_an_environment_file_has_what_the_package_asks_for(extra):
    environment, in_environment = pins(extra)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = {pin.name: str(pin.specifier).removeprefix("==") for pin in in_environment if not pin.marker}
    versions |= {p.name: str(p.specifier)[2:] for p in in_environment if p.marker and p.marker.evaluate()}
    for text in [*project["dependencies"], *project["optional-dependencies"][extra]]:
        wanted = Requirement(text)
        if not wanted.marker or wanted.marker.evaluate():
            name = wanted.name.replace(".", "-")
            assert name in versions, f"{text} is not in workflow/envs/{extra}.yaml"
            assert wanted.specifier.contains(versions[name]), text
    (python,) = [spec for spec in environment["dependencies"] if str(spec).startswith("python=")]
    assert SpecifierSet(project["requires-python"]).contains(f"{python.removeprefix('python=')}.0")
    assert environment["channels"] == ["conda-forge", "nodefaults"]


def add_package(channel: Path, name: str, version: str, files: dict[str, str], depends: list[str]) -> None:
    """Write a package into the channel, and its entry into the channel's index."""
    folder = channel / "noarch"
    folder.mkdir(parents=True, exist_ok=True)
    index = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": depends}
    index |= {"subdir": "noarch", "noarch": "generic"}
    paths = [
        {
            "_path": path,
            "path_type": "hardlink",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "size_in_bytes": len(text.encode()),
        }
        for path, text in files.items()
    ]
    members = {
        "info/index.json": json.dumps(index),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}),
        **files,
    }
    file = folder / f"{name}-{version}-0.tar.bz2"
    with tarfile.open(file, "w:bz2") as archive:
        for path, text in members.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(text.encode()), 0o755
            archive.addfile(member, io.BytesIO(text.encode()))
    repodata = folder / "repodata.json"
    known = json.loads(repodata.read_text())["packages"] if repodata.exists() else {}
    content = file.read_bytes()
    known[file.name] = index | {
        "size": len(content),
        "md5": hashlib.md5(content).hexdigest(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    repodata.write_text(json.dumps({"info": {"subdir": "noarch"}, "packages": known, "packages.conda": {}}))


@pytest.mark.slow
def test_use_conda_makes_one_environment_from_the_file_and_runs_every_job_in_it(checkout, tmp_path_factory):
    if importlib.util.find_spec("rattler") is None:
        missing("needs py-rattler; run `pip install -e .[cluster]`")
    requirements = tmp_path_factory.mktemp("pins") / "cpu.txt"
    requirements.write_text("\n".join(map(str, pins("cpu")[1])))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--dry-run",
        "-r",
        requirements,
    ]
    if subprocess.run(pip, check=False, capture_output=True).returncode:
        missing("needs an environment made from requirements.lock: the stand-in borrows its packages")

    base = tmp_path_factory.mktemp("conda")
    (base / "bin").mkdir()
    (base / "bin/conda").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$0.py" "$@"\n')
    (base / "bin/conda").chmod(0o755)
    (base / "bin/conda.py").symlink_to(ROOT / "tests/helpers/stand_in_conda.py")
    (base / "bin/activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')
    # Its Python is the one that runs this test, and keeps a list of what it was called with.
    python = f'#!/bin/sh\necho "$@" >> "${{0%/bin/python}}/calls"\nexec "{sys.executable}" "$@"\n'
    channel = base / "channels/conda-forge"
    add_package(channel, "python", "3.11.9", {"bin/python": python}, [])
    add_package(channel, "python", "3.14.0", {"bin/python": "#!/bin/sh\nexit 1\n"}, [])
    add_package(channel, "pip", "26.0", {"lib/pip.txt": "pip\n"}, ["python"])

    environment = {"STAND_IN_CHANNELS": str(base / "channels"), "PATH": f"{base / 'bin'}:/usr/local/bin:/usr/bin:/bin"}
    # As docs/conda.md says for nodes without internet: first the environment, later the jobs.
    for more in (["--conda-create-envs-only"], []):
        with Background(checkout, "snakemake", "--cores", "2", "--use-conda", *more, **environment) as run:
            output = run.finish()
        assert run.process.returncode == 0, output[-3000:]
        assert ("Creating conda environment" in output) == bool(more)
    (prefix,) = [path for path in (checkout.folder / ".snakemake/conda").iterdir() if path.is_dir()]
    installed = {json.loads(p.read_text())["name"]: json.loads(p.read_text()) for p in prefix.glob("conda-meta/*.json")}
    assert {name: record["version"] for name, record in installed.items()} == {"python": "3.11.9", "pip": "26.0"}
    calls = (prefix / "calls").read_text().splitlines()
    assert calls[0].startswith("-m pip install")
    pictures = len(PHOTOGRAPHS) + len(PAINTERS)
    commands = Counter(call.split()[2] for call in calls[1:])
    assert commands == {
        "picture": pictures,
        "stylize": 2,
        "grid": 1,
        "curves": 1,
        "scatter": 1,
        "figures": 1,
        "page": 1,
    }
    # Without --use-conda next time: nothing is made again, although the environment is another.
    assert checkout.jobs() == {}
