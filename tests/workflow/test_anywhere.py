"""The workflow in folders that are no checkout of it: as a module, deployed from a repository, by --snakefile."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from helpers.checkout import ROOT, TINY_PARAMS, Checkout, copy_checkout
from helpers.tiny_conda import write_script, write_tiny_conda
from helpers.versions import metadata, name_author

PICTURE = "results/style_transfer/sweeps/variation/tv_weight=2e-05.png"
# A rule of somebody's own: what it makes was written long before, which none of ours may do.
OTHER = """
rule found:
    input: "old.txt"
    output: "found.txt"
    shell: "ln -s {input} {output}"
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    """A bare repository of the workflow, with a tag."""
    checkout = copy_checkout(tmp_path_factory.mktemp("published"))
    checkout.run("git", "init", "-q", "-b", "main")
    name_author(checkout)
    checkout.run("git", "add", "-A")
    checkout.run("git", "commit", "-qm", "first")
    checkout.run("git", "tag", "v1")
    repository = tmp_path_factory.mktemp("bare") / "aiart.git"
    checkout.run("git", "clone", "-q", "--bare", ".", str(repository))
    return repository


@pytest.fixture
def installed(tmp_path) -> Path:
    """The package in a folder that holds nothing else of the project."""
    package = tmp_path / "site/aiart"
    shutil.copytree(ROOT / "src/aiart", package, ignore=shutil.ignore_patterns("__pycache__"))
    return package


def deploy(repository: Path, folder: Path, package: Path) -> Checkout:
    """What `snakedeploy deploy-workflow REPOSITORY FOLDER --tag v1` does: get the repository, look for its Snakefile,
    copy its `config`, and write a Snakefile that has it as a module."""
    folder.mkdir()
    work = Checkout(
        folder,
        PYTHONPATH=str(package.parent),
        # Snakemake gets the repository from GitHub, which this bare one stands for.
        GIT_CONFIG_COUNT="1",
        GIT_CONFIG_KEY_0=f"url.{repository}.insteadOf",
        GIT_CONFIG_VALUE_0="https://github.com/somebody/aiart",
        XDG_CACHE_HOME=str(folder.parent / "cache"),
    )
    clone = folder / "clone"
    work.run("git", "clone", "-q", "--branch", "v1", str(repository), str(clone))
    assert (clone / "workflow/Snakefile").is_file()
    shutil.copytree(clone / "config", folder / "config")
    shutil.rmtree(clone)
    statement = module('github("somebody/aiart", path="workflow/Snakefile", tag="v1")', "    config: config\n")
    (folder / "workflow").mkdir()
    (folder / "workflow/Snakefile").write_text(f'configfile: "config/config.yaml"\n{statement}')
    return work


def module(snakefile: str, more: str = "", names: str = "*") -> str:
    """The statements of a workflow that uses this one."""
    return f"module aiart:\n    snakefile: {snakefile}\n{more}\nuse rule * from aiart as {names}\n"


def test_a_deployed_workflow_paints_with_the_installed_package_what_a_checkout_does(bare, installed, painted, tmp_path):
    work = deploy(bare, tmp_path / "a place", installed)
    settings = work.folder / "config/config.yaml"
    assert settings.read_text() == TINY_PARAMS and not settings.is_symlink()
    work.snakemake(PICTURE)
    assert (work.folder / PICTURE).read_bytes() == (painted.folder / PICTURE).read_bytes()
    assert sorted(os.listdir(work.folder)) == [".snakemake", "config", "data", "logs", "results", "workflow"]
    # Nothing tells of where the package lies, and nothing is made again for that.
    assert not [path for record in metadata(work.folder) for path in record["input"] if os.path.isabs(path)]
    assert work.planned(PICTURE) == {}
    # As in a checkout, an edit reruns what depends on it.
    file = installed / "style_transfer/losses.py"
    file.write_text(file.read_text() + "\n")
    (installed / "new.py").touch()
    assert work.planned(PICTURE) == {"stylize": 1}
    assert (work.folder / ".snakemake/src/aiart/new.py").exists()
    (installed / "new.py").unlink()
    settings.write_text(TINY_PARAMS.replace("iterations: 4", "iteration: 4"))
    output = work.run("snakemake", "-n", check=False)
    assert "config: style_transfer.defaults: iteration is no setting; did you mean iterations?" in output
    assert not (work.folder / ".snakemake/src/aiart/new.py").exists()


def test_rules_and_package_must_be_of_one_version(bare, installed, tmp_path):
    work = deploy(bare, tmp_path / "work", installed)
    init = installed / "__init__.py"
    init.write_text('__version__ = "0.0.1"\n')
    output = work.run("snakemake", "-n", check=False)
    assert "but 0.0.1 is installed in the environment of Snakemake: install that version there" in output
    assert "Traceback" not in output
    init.write_text("raise ModuleNotFoundError\n")
    assert "which is not installed in the environment of Snakemake" in work.run("snakemake", "-n", check=False)


@pytest.fixture(scope="module")
def beside(tmp_path_factory) -> Checkout:
    """An empty folder beside a checkout."""
    folder = tmp_path_factory.mktemp("beside")
    copy_checkout(folder / "aiart")
    (folder / "work").mkdir()
    return Checkout(folder / "work")


def test_a_module_of_a_checkout_reads_the_params_of_the_folder_and_leaves_other_rules_alone(beside):
    (beside.folder / "params.yaml").write_text(TINY_PARAMS)
    (beside.folder / "old.txt").touch()
    os.utime(beside.folder / "old.txt", (10, 10))
    (beside.folder / "Snakefile").write_text(OTHER + module('"../aiart/workflow/Snakefile"', names="art_*"))
    target = "data/photographs/coffee.png"
    beside.snakemake("found.txt", target)
    assert (beside.folder / "found.txt").is_symlink()
    assert beside.planned("found.txt", target) == {}
    planned = beside.planned("art_all")
    assert planned["art_stylize"] == 2 and planned["art_page"] == 1


def test_a_module_is_configured_by_what_it_is_handed(beside):
    handed = '    config: {"style_transfer": {"pictures": {"mine": {"content": "coffee", "style": "ink_wash"}}}}\n'
    (beside.folder / "Snakefile").write_text(module('"../aiart/Snakefile"', handed))
    assert set(beside.jobs()) == {"painting", "photograph", "stylize_picture"}


@pytest.mark.parametrize("line", ['prefix: "art"', 'replace_prefix: {"results/deep_dream/": "art/"}'])
def test_paths_of_a_module_cannot_be_changed(beside, line):
    (beside.folder / "Snakefile").write_text(module('"../aiart/Snakefile"', f"    {line}\n"))
    output = beside.run("snakemake", "-n", check=False)
    assert "leave `prefix` and `replace_prefix` out" in output and "Traceback" not in output


def test_by_snakefile_and_by_directory_the_params_of_the_working_folder_count(beside, tmp_path):
    checkout, there = Checkout(beside.folder.parent / "aiart"), Checkout(tmp_path)
    calls = (
        (there, "snakemake", "-n", "--snakefile", str(checkout.folder / "Snakefile")),
        (checkout, "snakemake", "-n", "--directory", str(tmp_path)),
    )
    for where, *call in calls:
        output = where.run(*call, check=False)
        assert "params.yaml: no such file" in output and "Traceback" not in output
    (tmp_path / "params.yaml").write_text(TINY_PARAMS)
    for where, *call in calls:
        assert re.search(r"^stylize +2$", where.run(*call), re.MULTILINE)


def test_with_sdm_conda_apptainer_jobs_run_in_the_image(tmp_path, monkeypatch, stand_ins):
    """Both are stand-ins: of the image, that is in no container, and of conda, whose environment holds one program."""
    checkout = copy_checkout(tmp_path / "checkout")
    checkout.snakemake("data/photographs/coffee.png", "--sdm", "conda", "apptainer")
    image, *ran = (tmp_path / "ran").read_text().splitlines()
    assert image == "docker://condaforge/miniforge3:25.3.0-3"
    assert ran[-1] == "python of conda in a container"


@pytest.fixture
def stand_ins(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    write_script(
        folder / "apptainer",
        f"""\
case "$1 $2" in
  "--version ") echo apptainer version 1.4.0 ;;
  pull*) while [ $# -gt 2 ]; do shift; done; echo "$2" >> {tmp_path}/ran; touch "$(basename "$1")" ;;
  *) while [ "$1" != -c ]; do shift; done; CONTAINER=yes exec bash "$@" ;;
esac
""",
    )
    says_where = f'[ -n "$CONTAINER" ] && echo python of conda in a container >> {tmp_path}/ran'
    write_tiny_conda(folder, f'{says_where}\nexec {sys.executable} "$@"\n')
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
