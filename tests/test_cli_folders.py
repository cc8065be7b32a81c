"""`aiart stylize` and `aiart dream` on a folder: every picture as it would be alone, and none of them made twice."""

import json
import os
import signal
from pathlib import Path

import pytest
import tqdm

from aiart import memory
from aiart.cli import pictures
from aiart.errors import UnwritableError
from aiart.images import read_metadata, write_image
from aiart.style_transfer.memory import least_painting_mb

FEW = ["--iterations", "3", "--long-side", "48"]
SHALLOW = ["--content-layers", "conv1_2", "--style-layers", "conv1_1"]
STYLIZE = ["stylize", "photos", "painting.jpg", "-o", "out", *SHALLOW, *FEW]
DREAM = ["dream", "photos", "-o", "out", "--layers", "conv1_1", "--octaves", "2", "--jitter", "0", *FEW]
COMMANDS = pytest.mark.parametrize("command", [STYLIZE, DREAM], ids=["stylize", "dream"])


@pytest.fixture(autouse=True)
def photos(tmp_path, monkeypatch, scene):
    """A folder of three photographs, and a painting beside it."""
    monkeypatch.chdir(tmp_path)
    for seed, (name, size) in enumerate({"a.jpg": (36, 48), "b.png": (48, 36), "c.png": (36, 48)}.items()):
        write_image(Path("photos", name), scene(*size, seed))
    write_image("painting.jpg", scene(40, 40, 7))
    return tmp_path / "photos"


def made(folder="out"):
    """Bytes of every picture, by name."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def dates():
    return {path.name: path.stat().st_mtime_ns for path in Path("out").iterdir()}


@COMMANDS
def test_each_picture_is_as_it_is_alone_and_a_bad_one_ends_nothing(aiart, photos, scene, monkeypatch, command):
    (photos / "bad.png").write_bytes(b"no picture")
    (photos / "worse.png").write_bytes(b"")
    (photos / "notes.txt").write_text("no picture")
    write_image(photos / "more" / "a.png", scene(36, 48, 5))
    bars = []
    begin = tqdm.tqdm.__init__

    def counted(self, *arguments, **options):
        bars.append(self)
        begin(self, *arguments, **options)

    monkeypatch.setattr(tqdm.tqdm, "__init__", counted)
    status, out, err = aiart(*command)
    done = {"stylize": "painted", "dream": "dreamed on"}[command[0]]
    assert status == 1
    assert err == f"aiart {command[0]}: 2 of 5 pictures could not be {done}, as listed; mend or leave out those.\n"
    assert f"passed over folders with 1 pictures, which are {done} when the folder is named (1: more), files" in out
    assert [line.partition(":")[0] for line in out.splitlines()[-2:]] == ["photos/bad.png", "photos/worse.png"]
    assert [*made()] == ["a.png", "b.png", "c.png"]
    assert len(bars) == 1
    alone = [f"photos/{name}" if name == "photos" else name.replace("out", "alone/c.png") for name in command]
    assert aiart(*(name.replace("photos/photos", "photos/c.png") for name in alone))[0] == 0
    assert made("alone") == {"c.png": made()["c.png"]}


@COMMANDS
def test_what_is_there_is_kept_and_what_was_made_otherwise_is_not_lost(aiart, command):
    assert aiart(*command)[1].endswith("out: 3 pictures, 3 of them made now\n")
    before, then = made(), dates()
    Path("out/b.png").unlink()
    status, out, _ = aiart(*command)
    assert status == 0
    assert out.endswith("out: 2 of 3 pictures are there already and are kept.\nout: 3 pictures, 1 of them made now\n")
    assert made() == before
    assert {name for name, date in dates().items() if date != then[name]} == {"b.png"}
    then = dates()
    status, _, err = aiart(*command, "--seed", "2", "--iterations", "2")
    assert (status, err) == (
        1,
        f"aiart {command[0]}: out/a.png and 2 more: were made otherwise (iterations, seed); choose another folder, or "
        "add --overwrite to replace them.\n",
    )
    assert dates() == then
    status, out, _ = aiart(*command, "--iterations", "2", "--overwrite")
    assert (status, out.splitlines()[-1]) == (0, "out: 3 pictures, 3 of them made now")
    assert json.loads(read_metadata("out/a.png")["aiart"])[command[0]]["iterations"] == 2


def test_an_edited_photograph_or_painting_is_another(aiart, photos, scene):
    assert aiart(*STYLIZE)[0] == 0
    write_image(photos / "c.png", scene(36, 48, 9))
    assert "out/c.png: was made otherwise (content); choose another" in aiart(*STYLIZE)[2]
    write_image("painting.jpg", scene(40, 40, 8))
    assert "out/a.png and 2 more: were made otherwise (styles); choose" in aiart(*STYLIZE)[2]


@COMMANDS
def test_a_folder_that_was_stopped_is_gone_on_with(aiart, monkeypatch, command):
    assert aiart(*command, "-o", "whole")[0] == 0
    moved, update = [], tqdm.tqdm.update
    of_one = 3 if command[0] == "stylize" else 6

    def updated(self, steps=1):
        if steps == 1:
            moved.append(self)
            if len(moved) == of_one + 2:
                os.kill(os.getpid(), signal.SIGINT)
        return update(self, steps)

    with monkeypatch.context() as patch:
        patch.setattr(tqdm.tqdm, "update", updated)
        status, _, err = aiart(*command)
    assert (status, err) == (
        130,
        f"aiart {command[0]}: stopped by SIGINT; out/b.png is what was reached after 2 evaluations; 2 of 3 pictures "
        "were looked at, the rest is left out.\n",
    )
    assert [*made()] == ["a.png", "b.png"]
    assert json.loads(read_metadata("out/b.png")["aiart"])["stopped_after"] == 2
    status, out, _ = aiart(*command)
    assert (status, out.splitlines()[-2]) == (0, "out: 1 of 3 pictures are there already and are kept.")
    assert made() == made("whole")


@COMMANDS
def test_a_picture_of_another_making_is_not_replaced(aiart, scene, command):
    write_image("out/b.png", scene(8, 8, 1))
    before = made()
    for more in ([], ["--overwrite"]):
        assert aiart(*command, *more)[2] == (
            f"aiart {command[0]}: out/b.png: was not made by `aiart {command[0]}` and would be replaced; choose "
            "another folder.\n"
        )
    assert made() == before


def test_pictures_of_one_name_are_not_written_over_each_other(aiart, photos, scene):
    write_image(photos / "a.png", scene(36, 48, 5))
    assert "photos/a.jpg and photos/a.png: would both be written to out/a.png; rename one" in aiart(*STYLIZE)[2]
    Path("photos/a.png").unlink()
    into_itself = "./photos: is the folder of the photographs themselves; choose another folder.\n"
    assert aiart(*STYLIZE[:4], "./photos", *FEW)[2] == f"aiart stylize: {into_itself}"
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("command", "name", "more"),
    [
        (STYLIZE, "--estimate", []),
        (STYLIZE, "--snapshots", ["frames", "--snapshot-every", "1"]),
        (STYLIZE, "--metrics", ["a.json"]),
        (DREAM, "--animation", ["a.gif", "--zoom-frames", "2"]),
        (DREAM, "--history", ["a.csv"]),
        (DREAM, "--deep-zoom", ["a.html"]),
    ],
)
def test_files_beside_a_picture_are_for_a_single_one(aiart, command, name, more):
    status, _, err = aiart(*command, name, *more)
    assert status == 1
    assert f"{name}: is for a single picture, and photos is a folder; leave it out, or name one of its pictures." in err


def test_overwriting_is_for_a_folder(aiart):
    status, _, err = aiart("stylize", "photos/a.jpg", "painting.jpg", "-o", "out.png", "--overwrite")
    assert status == 1 and "--overwrite: is for a folder of photographs; a single picture is always replaced." in err


def test_a_full_disk_ends_it_at_once(aiart, monkeypatch):
    def full(path, *arguments, **options):
        raise UnwritableError(f"{path}: cannot be written (No space left on device); make room.")

    monkeypatch.setattr(pictures, "write_image", full)
    status, _, err = aiart(*DREAM)
    assert (status, err) == (
        1,
        "aiart dream: out/a.png: cannot be written (No space left on device); make room; 0 of 3 pictures were looked "
        "at, the rest is left out.\n",
    )


def test_one_that_does_not_fit_into_memory_is_named_and_the_others_are_made(aiart, photos, scene, monkeypatch):
    from aiart.params.style_transfer import StyleTransfer

    write_image(photos / "b.png", scene(480, 640, 1))
    settings = StyleTransfer(long_side=640, content_layers="conv1_2", style_layers=["conv1_1"], iterations=3)
    enough = least_painting_mb(settings, 480 * 640) - 10
    monkeypatch.setattr(memory, "free_memory", lambda: (enough * 10**6 - memory.in_use(), 10**12))
    status, _, err = aiart(*STYLIZE, "--long-side", "640")
    assert status == 1 and err.startswith("aiart stylize: photos/b.png: there is not enough memory")
    assert [*made()] == ["a.png", "c.png"]
