"""Where people run the workflow from, and where what they bring lies. Slow ones run DVC on a recorded repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.checkout import OWN, TINY_PARAMS, Checkout, copy_checkout, jobs_in
from helpers.tiny_conda import write_tiny_conda
from helpers.versions import bring, clean, clone, name_author

from aiart.datasets.places import check_places
from aiart.errors import UserError

PHOTOGRAPHS = ("chelsea", "coffee", "rocket")
BIN = Path(sys.executable).parent
OWN_RUN = "{dataset: mine}"


def with_dvc(folder: Path, params: str = TINY_PARAMS) -> Checkout:
    """A checkout under Git and DVC, in which nothing has been made."""
    checkout = copy_checkout(folder, params)
    checkout.run("git", "init", "-q", "-b", "main")
    name_author(checkout)
    checkout.run("dvc", "init", "-q", "-f")
    for name in ("analytics", "check_update"):
        checkout.run("dvc", "config", f"core.{name}", "false")
    return checkout


@pytest.fixture(scope="module")
def drawn(tmp_path_factory) -> Checkout:
    """A checkout with a dataset of one's own, whose list has been made."""
    checkout = copy_checkout(
        tmp_path_factory.mktemp("drawn"), TINY_PARAMS.replace("{dataset: synthetic_facades}", OWN_RUN)
    )
    bring(checkout.folder / "data/own/datasets/mine")
    checkout.snakemake(*(f"data/photographs/{name}.png" for name in PHOTOGRAPHS), "data/prepared/mine.tsv")
    return checkout


# Where it is run


def test_any_characters_in_the_path_and_no_environment_on_path_do(tmp_path):
    checkout = copy_checkout(tmp_path / "it's a 'ünicode' & $HOME place")
    done = subprocess.run(
        [BIN / "snakemake", "--cores", "1", "data/photographs/chelsea.png"],
        cwd=checkout.folder,
        env={"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (checkout.folder / "data/photographs/chelsea.png").exists()


def test_stages_find_the_environment_of_the_dvc_that_runs_them(tmp_path):
    checkout = with_dvc(tmp_path / "a place")
    (checkout.folder / "dvc.yaml").write_text(
        "stages:\n  one:\n    cmd: workflow/bin/run python -c 'import snakemake, sys; print(sys.executable)' > python\n"
        "    outs: [python]\n"
    )
    subprocess.run(
        [BIN / "dvc", "repro", "-q"],
        cwd=checkout.folder,
        env={"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"]},
        check=True,
    )
    assert (checkout.folder / "python").read_text().strip() == str(BIN / "python")


def test_in_environments_that_snakemake_makes_jobs_run_with_their_python(tmp_path, monkeypatch):
    """conda is a stand-in that makes an environment of one program."""
    checkout = copy_checkout(tmp_path / "checkout")
    (tmp_path / "bin").mkdir()
    write_tiny_conda(tmp_path / "bin", f'echo ran > {tmp_path}/ran\nexec {BIN / "python"} "$@"\n')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    checkout.snakemake("--use-conda", "data/photographs/coffee.png")
    assert (tmp_path / "ran").exists()


def test_braces_in_the_path_get_one_sentence(tmp_path):
    checkout = copy_checkout(tmp_path / "a {b}")
    assert "rename the folder" in checkout.run("snakemake", "-n", check=False)


# What people bring


def test_a_change_behind_a_link_in_an_own_dataset_is_seen(drawn, tmp_path):
    folder = drawn.folder / "data/own/datasets/mine/trainA"
    elsewhere = tmp_path / "elsewhere"
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    try:
        assert drawn.planned("data/prepared/mine.tsv") == {}
        picture = elsewhere / "1.png"
        before = picture.read_bytes()
        picture.write_bytes((elsewhere / "2.png").read_bytes())
        assert drawn.planned("data/prepared/mine.tsv") == {"own_dataset": 1}
        picture.write_bytes(before)
        assert drawn.planned("data/prepared/mine.tsv") == {}
    finally:
        folder.unlink()
        elsewhere.rename(folder)


def test_a_link_that_leads_nowhere_in_an_own_dataset_gets_one_sentence(drawn):
    link = drawn.folder / "data/own/datasets/mine/trainA/gone.png"
    link.symlink_to("nowhere.png")
    try:
        output = drawn.run("snakemake", "-n", "data/prepared/mine.tsv", check=False)
        assert f"{link.relative_to(drawn.folder)}: is a link to nowhere.png, where nothing is" in output
    finally:
        link.unlink()


@pytest.mark.parametrize(
    ("place", "right"),
    [
        ("data/datasets/mine/1.png", "mv data/datasets/mine data/own/datasets/"),
        ("data/prepared/mine/1.png", "mv data/prepared/mine data/own/datasets/"),
        ("data/photographs/my cat.png", "mv 'data/photographs/my cat.png' data/content/"),
        ("data/paintings/mine.jpg", "mv data/paintings/mine.jpg data/style/"),
    ],
)
def test_what_lies_where_the_workflow_makes_things_gets_a_sentence_that_says_what_to_move(
    tmp_path, monkeypatch, place, right
):
    monkeypatch.chdir(tmp_path)
    for path in (place, "data/prepared/facades/1.png", "data/prepared/mine.tsv", "data/photographs/coffee.png"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    with pytest.raises(UserError, match=re.escape(f"by `{right}`.")):
        check_places([])
    Path(place).unlink()
    if Path(place).parent.name == "mine":
        Path(place).parent.rmdir()
    check_places([])
    # Another version of this project had it.
    Path("data/paintings/gone.png").parent.mkdir(exist_ok=True)
    Path("data/paintings/gone.png").touch()
    check_places(["data/paintings/gone.png"])


def test_snakemake_says_so_before_it_does_anything(drawn):
    file = drawn.folder / "data/datasets/mine/1.png"
    file.parent.mkdir(parents=True)
    file.touch()
    try:
        output = drawn.run("snakemake", "--cores", "1", check=False)
        assert "by `mv data/datasets/mine data/own/datasets/`" in output and "Building DAG" not in output
        assert file.exists()
    finally:
        file.unlink()
        file.parent.rmdir()


def test_no_output_of_dvc_holds_what_people_bring():
    from ruamel.yaml import YAML

    stages = YAML(typ="safe").load(Path(__file__).parents[2] / "dvc.yaml")["stages"]
    outs = {path for stage in stages.values() for out in stage["outs"] for path in out}
    deps = {path for stage in stages.values() for path in stage["deps"]}
    for own in OWN:
        assert own in deps
        assert not any(f"{own}/".startswith(f"{out}/") or out.startswith(f"{own}/") for out in outs)


def test_dvc_adds_what_people_bring_and_sees_it(tmp_path):
    checkout = with_dvc(tmp_path)
    (tmp_path / "data/own/datasets/mine").mkdir()
    (tmp_path / "data/own/datasets/mine/1.png").write_bytes(b"1")
    (tmp_path / "data/content/cat.png").write_bytes(b"2")
    checkout.run("dvc", "add", "-q", "data/own/datasets/mine", "data/content/cat.png")
    # What DVC does not see it removes in `dvc exp run`, as left over.
    seen = checkout.run("dvc", "ls", ".", "--recursive", "--dvc-only").split()
    assert "data/own/datasets/mine/1.png" in seen and "data/content/cat.png" in seen


def test_tidying_leaves_what_people_put_beside_results(drawn):
    note = drawn.folder / "results/pix2pix/runs/notes.png"
    note.parent.mkdir(parents=True)
    note.write_text("mine")
    drawn.snakemake("tidy")
    assert note.exists()


def test_tidying_that_fails_says_so(drawn):
    params = drawn.folder / "params.yaml"
    text = params.read_text()
    tidy = ["src/aiart/bin/aiart", "tidy", "results/pix2pix"]
    params.write_text("[")
    try:
        output = drawn.run(*tidy, check=False)
    finally:
        params.write_text(text)
    assert "params.yaml: is not valid YAML" in output and "The results cannot be listed" in output
    assert "Traceback" not in output


def test_the_first_of_several_commands_that_fails_ends_a_job(drawn):
    snakefile = drawn.folder / "Snakefile"
    text = snakefile.read_text()
    snakefile.write_text(f'{text}\nrule piped:\n    shell: "false | cat"\n')
    try:
        output = drawn.run("snakemake", "--cores", "1", "piped", check=False)
    finally:
        snakefile.write_text(text)
    assert "Error in rule piped" in output


@pytest.mark.parametrize("place", ["results/cyclegan", "results/style_transfer/grids/gone.png"])
def test_a_link_that_leads_nowhere_among_results_gets_one_sentence(drawn, place):
    link = drawn.folder / place
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("nowhere")
    try:
        output = drawn.run("snakemake", "-n", check=False)
    finally:
        link.unlink()
    assert f"{place}: is a link to nowhere, where nothing is; set it right or take it out." in output


# Results that nobody can tell the making of


def test_a_file_without_a_record_is_made_again(drawn):
    target = "data/photographs/coffee.png"
    assert drawn.planned(target) == {}
    drawn.run("snakemake", "--cleanup-metadata", target)
    assert "has no record" not in (output := drawn.run("snakemake", "-n", target)) and "have no record" in output
    # However often one looks.
    assert drawn.planned(target) == {"photograph": 1}
    drawn.snakemake(target)
    assert drawn.planned(target) == {}


def test_a_record_that_snakemake_cannot_read_is_none(drawn):
    target = "data/photographs/rocket.png"
    for record in (drawn.folder / ".snakemake/metadata").iterdir():
        if f'"{target}"' not in record.read_text() and '"rule": "photograph"' in record.read_text():
            record.write_text("{")
    assert drawn.planned(target) == {"photograph": 1}
    drawn.snakemake(target, "data/photographs/chelsea.png", "data/photographs/coffee.png")
    assert drawn.planned(target) == {}


# Links into DVC's cache


def test_link_types_of_dvc_are_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("DVC_GLOBAL_CONFIG_DIR", str(tmp_path / "global"))
    checkout = with_dvc(tmp_path / "checkout")
    checkout.run("dvc", "config", "--global", "cache.type", "reflink,hardlink")
    output = checkout.run("snakemake", "--cores", "1", check=False)
    assert "DVC's setting cache.type asks for links (hardlink)" in output
    assert not (checkout.folder / "data/photographs").exists()
    checkout.run("dvc", "config", "--local", "cache.type", "reflink,copy")
    assert checkout.planned("data/photographs/coffee.png") == {"photograph": 1}


def test_records_that_are_links_are_not_written_through(drawn, tmp_path):
    records = sorted((drawn.folder / ".snakemake/metadata").iterdir())
    cached = tmp_path / "cached"
    cached.mkdir()
    before = {}
    for number, record in enumerate(records):
        kept = cached / record.name
        kept.write_bytes(record.read_bytes())
        before[kept] = kept.read_bytes()
        record.unlink()
        if number % 2:
            os.link(kept, record)
        else:
            record.symlink_to(kept)
    drawn.snakemake("--force", "data/photographs/coffee.png")
    assert {kept: kept.read_bytes() for kept in before} == before
    assert not any(record.is_symlink() for record in (drawn.folder / ".snakemake/metadata").iterdir())


def test_a_linked_folder_of_all_results_is_refused_where_dvc_would_fail(tmp_path, monkeypatch):
    checkout = with_dvc(tmp_path / "checkout")
    (tmp_path / "disk").mkdir()
    (checkout.folder / "results").symlink_to(tmp_path / "disk")
    assert checkout.planned("data/photographs/coffee.png") == {"photograph": 1}
    monkeypatch.setenv("DVC_STAGE", "train")
    assert "results is a link, and DVC takes nothing" in checkout.run("snakemake", "-n", check=False)


# With DVC


@pytest.fixture(scope="module")
def there(repository, tmp_path_factory) -> Checkout:
    """A pulled clone with a dataset of one's own. Tests go on from each other."""
    checkout = clone(repository.checkout, tmp_path_factory.mktemp("places") / "clone")
    folder = checkout.folder
    bring(folder / "data/own/datasets/mine")
    return checkout


def own_files(checkout: Checkout) -> list[str]:
    folder = checkout.folder / "data/own/datasets/mine"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))


@pytest.mark.slow
def test_an_experiment_leaves_an_own_dataset_that_is_in_no_version(there):
    before = own_files(there)
    assert len(before) == 6
    there.run("dvc", "exp", "run", "-S", "pix2pix.defaults.decay_epochs=2")
    assert own_files(there) == before
    there.run("git", "checkout", "-q", "params.yaml", "dvc.lock")
    there.run("dvc", "checkout", "--force")
    assert own_files(there) == before


@pytest.mark.slow
def test_an_experiment_elsewhere_says_what_must_be_recorded_first(there):
    there.edit("params.yaml", "{dataset: synthetic_facades}", OWN_RUN)
    output = there.run("dvc", "exp", "run", "--temp", check=False)
    assert "data/own/datasets/mine" in output and "in your checkout first run `dvc add`" in output


@pytest.mark.slow
def test_an_own_dataset_that_was_added_goes_with_every_version(there, tmp_path):
    before = own_files(there)
    there.run("dvc", "add", "-q", "data/own/datasets/mine")
    there.run("git", "add", "-A")
    there.run("dvc", "repro")
    there.run("git", "add", "-A")
    there.run("git", "commit", "-qm", "mine")
    assert clean(there)
    for options in (["--name", "here"], ["--temp", "--name", "apart"]):
        output = there.run("dvc", "exp", "run", *options, "-S", f"pix2pix.defaults.decay_epochs={len(options) + 1}")
        assert jobs_in(output)["train"] == 1
        assert own_files(there) == before
    there.run("dvc", "exp", "apply", "apart")
    assert own_files(there) == before and clean(there)
    there.run("git", "checkout", "-q", "params.yaml", "dvc.lock")
    there.run("dvc", "checkout")
    assert own_files(there) == before
    there.run("dvc", "push")
    other = clone(there, tmp_path / "other")
    assert own_files(other) == before and clean(other)


@pytest.mark.slow
def test_a_dataset_of_another_repository_can_be_imported(there):
    there.run("dvc", "import", "-q", str(there.folder), "data/own/datasets/mine", "-o", "data/own/datasets/imported")
    there.edit("params.yaml", OWN_RUN, "{dataset: imported}")
    assert there.planned("data/prepared/imported.tsv") == {"own_dataset": 1}
    there.edit("params.yaml", "{dataset: imported}", OWN_RUN)


@pytest.mark.slow
def test_results_without_records_are_made_again_before_dvc_records_them(repository, tmp_path):
    checkout = clone(repository.checkout, tmp_path / "clone")
    checkout.run("rm", "-rf", ".snakemake")
    checkout.edit("params.yaml", "iterations: 2", "iterations: 3")
    output = checkout.run("dvc", "repro")
    assert jobs_in(output)["dream_picture"] == 1 and jobs_in(output)["grid"] == 1
    picture = checkout.folder / "results/deep_dream/pictures/dreamed.json"
    assert json.loads(picture.read_text())["settings"]["iterations"] == 3
    assert clean(checkout)


@pytest.mark.slow
def test_folders_of_results_can_lie_on_another_disk(repository, tmp_path):
    checkout = clone(repository.checkout, tmp_path / "clone")
    dreams = checkout.folder / "results/deep_dream"
    dreams.rename(tmp_path / "disk")
    dreams.symlink_to(tmp_path / "disk")
    assert clean(checkout)
    checkout.edit("params.yaml", "iterations: 2", "iterations: 3")
    assert jobs_in(checkout.run("dvc", "repro"))["dream_picture"] == 1
    assert clean(checkout)
    checkout.run("git", "checkout", "-q", "params.yaml", "dvc.lock")
    checkout.run("dvc", "checkout")
    assert dreams.is_symlink() and clean(checkout)
