"""What `aiart crate` packs and says, on a small repository whose records are written by hand. What a real run leaves,
and whether a validator accepts it: tests/workflow/test_crate_of_a_run.py."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path
from types import SimpleNamespace

import pytest

from aiart.cli import crate
from aiart.datasets.catalogue import WEIGHTS
from aiart.datasets.files import file_digest
from aiart.provenance.checkout import public_address, refuse_unrecorded, tracked_files
from aiart.provenance.jobs import read_jobs

PICTURE = "results/style_transfer/pictures/my cat.png"
WEIGHTS_FILE = "data/weights/vgg19.h5"
ENVIRONMENT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull} | {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in {"NAME": "A", "EMAIL": "a@example.org", "DATE": "2026-11-03T04:05:06+09:00"}.items()
}


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True, env=os.environ | ENVIRONMENT)
    return done.stdout.strip()


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)


def record(rule: str, command: str, inputs: list[str], outputs: list[str]) -> None:
    """As Snakemake notes each output of a job."""
    sums = {path: f"sha256:{file_digest(path)}" for path in inputs}
    log = f"logs/{outputs[0]}.log"
    facts = {
        "rule": rule,
        "log": [log],
        "input": inputs,
        "input_checksums": sums,
        "shellcmd": f"{command} > {log} 2>&1",
    }
    for path in outputs:
        write(path, f"made {path}") if not os.path.exists(path) else None
        write(f".snakemake/metadata/{urlsafe_b64encode(path.encode()).decode()}", json.dumps(facts))


@pytest.fixture
def gallery(tmp_path, monkeypatch):
    """A committed gallery of one picture, of a photograph of one's own by a network whose weights were fetched."""
    monkeypatch.chdir(tmp_path)
    for name in ENVIRONMENT:
        monkeypatch.setenv(name, ENVIRONMENT[name])
    built_in = "data/paintings/ink_wash.png"
    monkeypatch.setattr(crate, "refuse_unrecorded", lambda: None)  # DVC takes its time to start
    monkeypatch.setattr(crate, "ASKED_FOR", ("results/index.html", "results/figures/figures.csv", built_in))
    for path in ("Snakefile", "workflow/rules/a.smk", "src/aiart/a.py", "params.yaml", "dvc.lock", "README.md"):
        write(path, f"{path}\n")
    write("params.yaml", "seed: 1\n")
    write("dvc.lock", "schema: '2.0'\nstages: {}\n")
    write("workflow/bin/run", "#!/bin/sh\n")
    os.chmod("workflow/bin/run", 0o755)
    os.symlink("workflow", "profiles")
    write(".dvc/config", "")
    write(".gitignore", "/results\n/data\n/.snakemake\n/.dvc/tmp\n/crate.zip\n")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    write("data/content/my cat.jpg", "a photograph")
    write("results/figures/metrics/cat.json", "{}")
    write("results/thumbnails/cat.webp", "small")
    made_with = {"tensorflow": "2.21.0", "instructions": "avx2", "seed": 7}
    write(PICTURE.replace(".png", ".json"), json.dumps({"made_with": made_with, "measured": {}}))
    record("weights", f"aiart fetch weights vgg19 -o {WEIGHTS_FILE}", [], [WEIGHTS_FILE])
    record(
        "painting", f"aiart picture painting ink_wash -o {built_in} --seed 3 --side 64", ["src/aiart/a.py"], [built_in]
    )
    settings = {"style_weight": 2e-05, "pyramid": [], "keep": "best", "long_side": None}
    files = f"-o '{PICTURE}' --history '{PICTURE.replace('.png', '.csv')}' --timings logs/t.json --gpus 1 --threads 1"
    files += " --palette= --settings-file .snakemake/texts/a.txt --state results/.state/cat.npz"
    command = f"aiart stylize 'data/content/my cat.jpg' {built_in} --weights {WEIGHTS_FILE} {files}"
    inputs = ["data/content/my cat.jpg", built_in, WEIGHTS_FILE, "src/aiart/a.py"]
    outputs = [PICTURE.replace(".png", suffix) for suffix in (".csv", ".json", ".png")]
    record("stylize", f"{command} --seed 7 --settings '{json.dumps(settings)}'", inputs, outputs)
    record("old", "aiart dream", [], ["results/deep_dream/pictures/asked for once.png"])
    record("figures", "aiart figures", outputs[1:], ["results/figures/figures.csv"])
    record("page", "aiart page", [PICTURE], ["results/index.html"])
    return tmp_path


@pytest.fixture
def described(gallery, aiart):
    """`described("--license", …)`: the entities by @id, and the archive's entries."""

    def make(*options: str):
        status, _, error = aiart("crate", "-o", "crate.zip", *options)
        assert (status, error) == (0, "")
        with zipfile.ZipFile("crate.zip") as archive:
            entities = json.loads(archive.read("ro-crate-metadata.json"))["@graph"]
            found = {entity["@id"]: entity for entity in entities}
            assert len(found) == len(entities)
            return SimpleNamespace(by_id=found, entries={entry.filename: entry for entry in archive.infolist()})

    return make


def test_a_picture_is_the_result_of_an_action_with_its_command_inputs_and_settings(described):
    crate = described()
    (action,) = [entity for entity in crate.by_id.values() if entity.get("name") == f"stylize {PICTURE}"]
    assert action["@type"] == "CreateAction" and action["instrument"] == {"@id": "#aiart-stylize"}
    assert action["description"].startswith("aiart stylize 'data/content/my cat.jpg' data/paintings/ink_wash.png")
    assert ">" not in action["description"]
    assert {"@id": PICTURE.replace(" ", "%20")} in action["result"] and len(action["result"]) == 3
    objects = [crate.by_id[one["@id"]] for one in action["object"]]
    values = {one["name"]: one["value"] for one in objects if one["@type"] == "PropertyValue"}
    assert values == {
        **{"style_weight": 2e-05, "pyramid": "[]", "keep": "best", "long_side": "null"},
        **{"seed": 7, "threads": "1", "tensorflow": "2.21.0", "instructions": "avx2"},
    }
    read = {one["name"]: one["sha256"] for one in objects if one["@type"] == "File"}
    assert set(read) == {"data/content/my cat.jpg", "data/paintings/ink_wash.png", WEIGHTS_FILE}
    assert all(file_digest(path) == digest for path, digest in read.items())


def test_the_whole_names_its_commit_day_licence_and_authors(described):
    git("remote", "add", "origin", "https://me:secret@example.org/art/aiart.git")
    crate = described("--license", "CC-BY-4.0", "--author", "Ada Lovelace <0000-0002-1825-0097>", "--author", "B")
    whole, workflow = crate.by_id["./"], crate.by_id["Snakefile"]
    assert whole["mainEntity"] == {"@id": "Snakefile"} and whole["datePublished"] == "2026-11-03"
    assert whole["license"] == {"@id": "https://spdx.org/licenses/CC-BY-4.0"}
    assert whole["author"] == [{"@id": "https://orcid.org/0000-0002-1825-0097"}, {"@id": "#author-B"}]
    assert all(crate.by_id[one["@id"]]["agent"] == whole["author"] for one in whole["mentions"])
    assert workflow["identifier"] == f"swh:1:rev:{git('rev-parse', 'HEAD')}"
    assert workflow["codeRepository"] == "https://example.org/art/aiart"
    assert crate.by_id["#run"]["object"] == [{"@id": "params.yaml"}, {"@id": "data/content/my%20cat.jpg"}]


def test_it_holds_what_was_made_of_what_with_the_code_and_leaves_out_what_nobody_asks_for(described):
    entries = described().entries
    expected = {"ro-crate-metadata.json", PICTURE, "data/content/my cat.jpg", "data/paintings/ink_wash.png"}
    expected |= {"results/figures/metrics/cat.json", "results/thumbnails/cat.webp", "src/aiart/a.py", "dvc.lock"}
    assert expected <= set(entries)
    assert not [name for name in entries if "asked for once" in name]
    assert stat.S_ISLNK(entries["profiles"].external_attr >> 16)
    assert (
        entries["workflow/bin/run"].external_attr >> 16 & 0o111 and not entries["dvc.lock"].external_attr >> 16 & 0o111
    )


def test_weights_that_were_fetched_are_named_by_address_and_hash_and_not_packed(described):
    crate = described()
    entity = crate.by_id[WEIGHTS["vgg19"].urls[0]]
    assert entity["sha256"] == file_digest(WEIGHTS_FILE) and WEIGHTS_FILE not in crate.entries


def test_what_is_named_is_there_and_what_is_there_is_named(described):
    crate = described()
    folders = tuple(name for name, entity in crate.by_id.items() if entity["@type"] == "Dataset" and name != "./")
    assert all(name in crate.entries for name in folders)
    named = {entity["name"] for entity in crate.by_id.values() if entity["@type"] == "File"}
    assert {WEIGHTS_FILE} == named - set(crate.entries)
    rest = {name for name in crate.entries if name not in named and not name.startswith(folders)}
    assert rest == {"ro-crate-metadata.json", "Snakefile", ".gitignore", ".dvc/config", "profiles"}
    references = [one for entity in crate.by_id.values() for value in entity.values() for one in targets(value)]
    outside = ("https://bioschemas.org", "https://w3id.org/ro/crate", "https://doi.org", "https://snakemake")
    assert all(name in crate.by_id or name.startswith(outside) for name in references)


def targets(value) -> list[str]:
    if isinstance(value, list):
        return [name for one in value for name in targets(one)]
    return [value["@id"]] if isinstance(value, dict) else []


def test_the_same_gallery_gives_the_same_bytes_whenever_and_wherever(gallery, aiart, tmp_path_factory, monkeypatch):
    aiart("crate", "-o", "crate.zip")
    first = Path("crate.zip").read_bytes()
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "copy"
    shutil.copytree(gallery, elsewhere, symlinks=True)
    monkeypatch.chdir(elsewhere)
    for path in elsewhere.rglob("*"):
        os.utime(path, (10**9, 10**9), follow_symlinks=False)
    assert aiart("crate", "-o", "crate.zip")[0] == 0
    assert Path("crate.zip").read_bytes() == first


def test_the_description_alone_lies_at_the_top_of_the_clone(gallery, aiart):
    status, said, _ = aiart("crate", "-o", "ro-crate-metadata.json")
    assert status == 0 and said.startswith("ro-crate-metadata.json: 5 jobs at commit ")
    assert json.loads(Path("ro-crate-metadata.json").read_text())["@graph"][1]["@id"] == "./"
    status, _, error = aiart("crate", "-o", "results/ro-crate-metadata.json")
    assert status == 1 and "its paths start at the top of the clone" in error


BROKEN = {
    "an edited file": (lambda: write("params.yaml", "other"), "params.yaml: differ from the commit"),
    "code in no commit": (lambda: write("src/aiart/new.py", ""), "src/aiart/new.py: differ from the commit"),
    "no result": (lambda: os.remove(PICTURE), f"{PICTURE}: is not there"),
    "no record": (
        lambda: shutil.rmtree(".snakemake"),
        "results/index.html: is not there, or was not made by Snakemake",
    ),
    "another input": (lambda: write("data/content/my cat.jpg", "other"), "data/content/my cat.jpg: has changed since"),
    "no clone": (lambda: shutil.rmtree(".git"), ".git: is not here"),
    "no workflow": (lambda: os.remove("Snakefile"), "Snakefile: is not here"),
    "no DVC": (lambda: shutil.rmtree(".dvc"), ".dvc/config: differ from the commit"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_would_not_be_true_is_refused_in_a_sentence(gallery, aiart, case):
    act, expected = BROKEN[case]
    act()
    status, _, error = aiart("crate", "-o", "crate.zip")
    assert status == 1 and error.startswith("aiart crate: ") and error.count("\n") == 1
    assert expected in error and not Path("crate.zip").exists()


def test_results_that_dvc_did_not_record_are_refused(gallery, aiart, monkeypatch):
    monkeypatch.setattr(crate, "refuse_unrecorded", refuse_unrecorded)
    write("dvc.yaml", "stages: {paint: {cmd: 'true', deps: [params.yaml]}}")
    git("add", "-A")
    git("commit", "-qm", "a stage that never ran")
    status, _, error = aiart("crate", "-o", "crate.zip")
    assert status == 1 and "dvc.lock: records other settings, inputs, code or results (paint) than there are" in error


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-o", "crate.tar"], ".zip"),
        (["-o", "crate.zip", "--license", "free for all"], "spdx.org"),
        (["-o", "crate.zip", "--author", "Ada <0000-0002-1825-0098>"], "ORCID"),
        (["-o", "crate.zip", "--author", "<0000-0002-1825-0097>"], "write a name"),
    ],
)
def test_wrong_options_are_named(aiart, options, expected):
    status, _, error = aiart("crate", *options)
    assert status == 1 and expected in error


@pytest.mark.parametrize(
    ("remote", "address"),
    [
        ("git@example.org:art/aiart.git", "https://example.org/art/aiart"),
        ("ssh://git@example.org:2222/art/aiart.git", "https://example.org/art/aiart"),
        ("https://user:token@example.org/art/aiart.git/", "https://example.org/art/aiart"),
        ("/home/me/aiart", ""),
        ("../aiart", ""),
        ("file:///home/me/aiart", ""),
    ],
)
def test_a_repository_is_named_by_what_a_browser_takes_without_secrets(remote, address):
    assert public_address(remote) == address


def test_datasets_that_were_brought_are_named_by_their_list(gallery):
    write("data/own/datasets/mine/trainA/1.png", "a")
    command = "aiart dataset check data/own/datasets/mine --manifest data/prepared/mine.tsv --kind paired"
    record("own_dataset", command, ["data/own/datasets/mine/trainA/1.png"], ["data/prepared/mine.tsv"])
    (job,) = read_jobs("data/prepared/mine.tsv")
    assert (job.inputs, job.outputs, job.parameters()) == ({}, ["data/prepared/mine.tsv"], {"kind": "paired"})


def test_a_tracked_file_that_is_not_there_is_left_out(gallery):
    assert "profiles" in tracked_files() and "workflow/bin/run" in tracked_files()
    git("sparse-checkout", "set", "--no-cone", "/*", "!/README.md")
    assert "README.md" not in tracked_files()
