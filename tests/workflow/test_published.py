"""What the Snakemake Workflow Catalog asks of a workflow that it lists and says how to use (its page "Adding workflows"
and its script `generate-catalog.py`)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from aiart import __version__
from aiart.params.merge import load_params
from aiart.translation.methods import METHODS

BIN = Path(sys.executable).parent


def test_the_catalogue_finds_the_workflow_and_its_rules(root):
    readme = (root / "README.md").read_text().lower()
    assert "snakemake" in readme and "workflow" in readme
    # Where there is a folder `workflow`, a Snakefile beside it is not looked for.
    assert (root / "workflow/Snakefile").is_file()
    assert any(path.suffix == ".smk" for path in (root / "workflow/rules").iterdir())


def test_the_catalogue_can_say_how_the_workflow_is_used(root):
    assert len((root / "config/README.md").read_text().split()) > 100
    usage = yaml.safe_load((root / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) <= {"mandatory-flags", "software-stack-deployment", "report"}
    assert set(usage["mandatory-flags"]) == {"desc", "flags"}
    assert usage["software-stack-deployment"] == {"conda": True, "apptainer": False, "apptainer+conda": True}
    assert usage["report"] is True
    # What snakedeploy copies and names in the Snakefile that it writes.
    assert (root / "config/config.yaml").samefile(root / "params.yaml")


@pytest.mark.parametrize("command", ["snakefmt --check -v workflow/Snakefile workflow/rules", "snakemake --lint"])
def test_what_the_catalogue_checks_is_in_order(root, command):
    program, *arguments = command.split()
    done = subprocess.run([BIN / program, *arguments], cwd=root, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_is_made_of_files_that_are_there_and_named_where_it_is_used(root):
    recipe = (root / "Dockerfile").read_text()
    copied = [name for line in re.findall(r"^COPY (.+)$", recipe, re.MULTILINE) for name in line.split()[:-1]]
    let_through = re.findall(r"^!(.+)$", (root / ".dockerignore").read_text(), re.MULTILINE)
    assert sorted(copied) == sorted(let_through)
    assert all((root / name).exists() for name in copied)
    # All that the package is built from.
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert {project["readme"], *project["license-files"], "src", "pyproject.toml"} <= set(copied)
    assert f"aiart:{project['version']}" in recipe
    for profile in ("kubernetes", "aws_batch"):
        assert "Dockerfile" in (root / f"workflow/profiles/{profile}/config.yaml").read_text()


def test_every_model_that_the_default_gallery_trains_has_a_name_to_get_it_by(root):
    params = load_params(root / "params.yaml")
    trained = {f"results/{key}/runs/{name}.npz" for key in METHODS for name in params.rooms[key].runs}
    artifacts = yaml.safe_load((root / "dvc.yaml").read_text())["artifacts"]
    assert {artifact["path"] for artifact in artifacts.values()} == trained
    assert {artifact["type"] for artifact in artifacts.values()} == {"model"}
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) and artifact["desc"] for name, artifact in artifacts.items())


def test_one_version_is_named_everywhere(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"]
    citation = yaml.safe_load((root / "CITATION.cff").read_text())
    assert __version__ == project == citation["version"]
    assert f"## {project} ({citation['date-released']})" in (root / "CHANGELOG.md").read_text()


def test_continuous_integration_tries_every_python_that_the_package_is_for(root):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    least, below = map(int, re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["requires-python"]).groups())
    versions = [f"3.{minor}" for minor in range(least, below)]
    named = re.findall(r"Programming Language :: Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    job = yaml.safe_load((root / ".github/workflows/tests.yml").read_text())["jobs"]["tests"]
    assert job["strategy"]["matrix"]["python"] == named == versions
    assert job["steps"][-1]["run"].startswith(".ci/run ")


def test_what_is_put_in_order_before_a_commit_is_what_continuous_integration_asks_for(root):
    (local,) = yaml.safe_load((root / ".pre-commit-config.yaml").read_text())["repos"]
    programs = {hook["entry"].removeprefix("sh -c '").split()[0] for hook in local["hooks"]}
    assert {"ruff", "snakefmt", "workflow/bin/run"} == programs
    snakefiles = next(hook["files"] for hook in local["hooks"] if hook["id"] == "snakefmt")
    for path in ("Snakefile", "workflow/Snakefile", "workflow/rules/common.smk"):
        assert re.search(snakefiles, path)


def test_a_clone_shows_what_will_come_where(root, tmp_path):
    text = (root / "results/README.md").read_text()
    stages = yaml.safe_load((root / "dvc.yaml").read_text())["stages"]
    outs = {Path(out) for stage in stages.values() for entry in stage["outs"] for out in entry}
    made = sorted(str(out) for out in outs if out.parent == Path("results"))
    assert "results/index.html" in made
    assert all(f"`{path.removeprefix('results/')}" in text for path in made)
    # Git has this file alone of the folder.
    (tmp_path / ".gitignore").write_text((root / ".gitignore").read_text())
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    asked = ["git", "check-ignore", "results/README.md", *made]
    assert subprocess.run(asked, cwd=tmp_path, capture_output=True, text=True).stdout.split() == made
