import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiart.cli import main
from aiart.datasets.manifest import read_manifest
from aiart.errors import UserError
from aiart.images import read_image

SMALL = ["--train-pictures", "2", "--test-pictures", "1", "--side", "48"]


@pytest.fixture
def aiart(tmp_path, monkeypatch, capsys):
    """`aiart("make", …)`: exit status, stdout and stderr of `aiart dataset`, run in this process and a new folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aiart", "dataset", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return run


def save(path, height, width):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((height, width, 3), 9, np.uint8)).save(path)


def listed(manifest):
    return [entry.path for entry in read_manifest(manifest)]


# make


def test_facades_are_made_with_a_manifest(aiart, tmp_path):
    arguments = ["make", "synthetic_facades", "-o", "d/mine", "--manifest", "d/mine.tsv", "--seed", "3", *SMALL]
    status, out, err = aiart(*arguments)
    assert (status, err) == (0, "")
    first, last = out.splitlines()
    assert shlex.split(first) == ["aiart", "dataset", *arguments]
    assert last == "d/mine: 2 pictures to train on and 1 held out, 48 px"
    assert listed("d/mine.tsv") == ["test/0001.png", "train/0001.png", "train/0002.png"]
    assert read_image("d/mine/train/0001.png").shape == (48, 96, 3)


def test_paintings_are_made_where_the_workflow_looks_for_them(aiart, tmp_path):
    settings = '{"train_pictures": 1, "test_pictures": 9, "side": 32}'
    status, out, _ = aiart("make", "synthetic_paintings", "--settings", settings, "--test-pictures", "1")
    assert status == 0
    folder = "data/prepared/synthetic_paintings"
    assert out.splitlines()[1] == f"{folder}: 1 pictures to train on and 1 held out of each domain, 32 px"
    assert sorted(path.parent.name for path in (tmp_path / folder).rglob("*.png")) == [
        "testA", "testB", "trainA", "trainB",
    ]  # fmt: skip


def test_manifests_tell_seeds_apart(aiart):
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        aiart("make", "synthetic_facades", "-o", name, "--manifest", f"{name}.tsv", "--seed", seed, *SMALL)
    one, again, other = (read_manifest(f"{name}.tsv") for name in ("one", "again", "other"))
    assert one == again != other


def test_a_manifest_that_cannot_be_renewed_does_not_stand_for_new_pictures(aiart, monkeypatch):
    arguments = ["make", "synthetic_facades", "-o", "mine", "--manifest", "mine.tsv", *SMALL]
    aiart(*arguments)

    def full(*_):
        raise UserError("mine.tsv: cannot be written (No space left on device); make room.")

    monkeypatch.setattr("aiart.cli.dataset.write_manifest", full)
    status, _, err = aiart(*arguments, "--seed", "2")
    assert status == 1 and "No space left" in err
    assert not Path("mine.tsv").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["make", "synthetic_paintings", "--side", "113"], 1, "side is 113, but: input should be less than or equal"),
        (["make", "synthetic_facades", "--settings", '{"pictures": 3}'], 1, "pictures is no setting; did you mean "),
        (["make", "facades"], 2, "invalid choice: 'facades' (choose from "),
        (["make", "synthetic_facades", "--seed", "-1"], 2, "-1 is no whole number from 0 to 2,147,483,647; give one"),
        (["check", "none", "--kind", "paired"], 1, "none: no such folder; give the folder of a dataset."),
        (["check", "none"], 2, "the following arguments are required: --kind"),
        ([], 2, "the following arguments are required: ACTION"),
    ],
)
def test_wrong_usage(aiart, arguments, status, message):
    found, _, err = aiart(*arguments)
    assert found == status
    assert message in err


# check


def test_pairs_are_counted_and_measured(aiart, tmp_path):
    save(tmp_path / "d/train/1.png", 40, 60)  # halves of 30×40
    save(tmp_path / "d/train/2.png", 64, 128)
    save(tmp_path / "d/train/3.png", 64, 400)
    save(tmp_path / "d/test/4.png", 64, 128)
    status, out, err = aiart("check", "d", "--kind", "paired", "--manifest", "d.tsv", "--image-side", 64)
    assert (status, err) == (0, "")
    assert out.splitlines()[1:] == [
        "to train on: 3 pairs, 30×40 to 200×64 pixels, 1 smaller than 64×64, which training at that side enlarges",
        "held out: 1 pairs, 64×64 pixels",
    ]
    assert listed("d.tsv") == ["test/4.png", "train/1.png", "train/2.png", "train/3.png"]


def test_halves_in_two_folders_count_as_one_pair(aiart, tmp_path):
    for number, domain, height in ((1, "A", 20), (1, "B", 300), (2, "A", 300), (2, "B", 300)):
        save(tmp_path / f"d/{domain}/{number}.png", height, 300)
    assert aiart("check", "d", "--kind", "paired")[1].splitlines()[1:] == [
        "to train on: 1 pairs, 300×300 pixels",
        "held out: 1 pairs, 300×20 to 300×300 pixels, 1 smaller than 256×256, which training at that side enlarges",
    ]


def test_domains_are_counted_apart(aiart, tmp_path):
    for number in range(11):
        save(tmp_path / f"d/trainA/{number}.png", 300, 300)
        save(tmp_path / f"d/trainB/{number}.png", 10, 10)
    save(tmp_path / "d/testB/x.png", 300, 300)
    assert aiart("check", "d", "--kind", "unpaired")[1].splitlines()[1:] == [
        "A, to train on: 9 pictures, 300×300 pixels",
        "B, to train on: 11 pictures, 10×10 pixels, 11 smaller than 256×256, which training at that side enlarges",
        "A, held out: 2 pictures, 300×300 pixels",
        "B, held out: 1 pictures, 300×300 pixels",
    ]


def test_a_truth_is_counted_and_must_fit(aiart, tmp_path):
    for name in ("trainA/1", "trainB/1", "testA/2", "testB/3", "truthA/2"):
        save(tmp_path / f"d/{name}.png", 300, 300)
    _, out, err = aiart("check", "d", "--kind", "unpaired")
    assert out.splitlines()[-1] == "A, what the held out would be in the other domain: 1 pictures, 300×300 pixels"
    (tmp_path / "d/truthB").mkdir()
    status, _, err = aiart("check", "d", "--kind", "unpaired", "--manifest", "d.tsv")
    assert status == 1 and err.startswith("aiart dataset: d/truthB: lacks what 3.png of d/testB would be in the other ")
    assert not (tmp_path / "d.tsv").exists()
    # To pairs it says nothing, and is named as any other file that is not used.
    for name in ("1", "2", "truthA/2"):
        save(tmp_path / f"e/{name}.png", 300, 600)
    assert aiart("check", "e", "--kind", "paired")[1].splitlines()[-1] == "1 files are not used: truthA/2.png"


def test_files_that_are_passed_over_are_named(aiart, tmp_path):
    for name in ("train/1.png", "test/2.png", "val/3.png", "train/deeper/4.png", ".hidden/5.png", "train/.6.png"):
        save(tmp_path / "d" / name, 300, 600)
    for name in ("notes.txt", "train/Thumbs.db"):
        (tmp_path / "d" / name).write_text("x")
    _, out, _ = aiart("check", "d", "--kind", "paired")
    assert out.splitlines()[-1] == "3 files are not used: notes.txt, train/Thumbs.db, train/deeper/4.png"


def test_all_files_that_cannot_be_used_are_named_and_no_manifest_is_written(aiart, tmp_path):
    save(tmp_path / "d/train/1.png", 300, 600)
    save(tmp_path / "d/train/2.png", 300, 601)
    (tmp_path / "d/train/3.png").write_bytes(b"")
    whole = tmp_path / "d/train/1.png"
    (tmp_path / "d/test").mkdir()
    (tmp_path / "d/test/4.png").write_bytes(whole.read_bytes()[:-200])
    status, out, err = aiart("check", "d", "--kind", "paired", "--manifest", "d.tsv")
    assert status == 1
    assert [line.split("; ")[0] for line in out.splitlines()[2:]] == [
        "d/train/2.png: is 601 pixels wide, an odd number, so it is no two pictures of equal width side by side",
        "d/train/3.png: is empty (0 bytes)",
        "d/test/4.png: is damaged or incomplete",
    ]
    assert err == ("aiart dataset: d: has files that cannot be used, as listed; mend them or take them out.\n")
    assert not (tmp_path / "d.tsv").exists()
