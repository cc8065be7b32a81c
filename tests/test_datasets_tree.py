"""Going through folders with links in them, of which every part of the project has the same view."""

import os
import re
import sys

import numpy as np
import pytest
from PIL import Image

from aiart.cli import main
from aiart.datasets import tree
from aiart.datasets.folders import open_pairs, open_pictures
from aiart.datasets.manifest import read_manifest, write_manifest
from aiart.datasets.tree import files_below
from aiart.errors import UserError


def save(path, value=9):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((8, 8, 3), value, np.uint8)).save(path)


@pytest.fixture
def linked(tmp_path):
    """A paired dataset of links: to a folder elsewhere, to one in which each file is a link."""
    for name in ("1", "2"):
        save(tmp_path / f"elsewhere/a/{name}.png")
        save(tmp_path / f"elsewhere/b/{name}.png")
    dataset = tmp_path / "dataset"
    (dataset / "trainB").mkdir(parents=True)
    (dataset / "trainA").symlink_to(tmp_path / "elsewhere/a")
    for name in ("1", "2"):
        (dataset / f"trainB/{name}.png").symlink_to(f"../../elsewhere/b/{name}.png")
    return dataset


def test_what_is_behind_links_is_found_by_all_alike(linked, tmp_path, monkeypatch, capsys):
    assert len(open_pairs(linked, "train")) == 1 and len(open_pictures(linked, "A", "train")) == 1
    paths = ["trainA/1.png", "trainA/2.png", "trainB/1.png", "trainB/2.png"]
    assert [file.relative_to(linked).as_posix() for file in files_below(linked)] == paths
    manifest = tmp_path / "dataset.tsv"
    monkeypatch.setattr(
        sys, "argv", ["aiart", "dataset", "check", str(linked), "--kind", "paired", "--manifest", str(manifest)]
    )
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0, capsys.readouterr().err
    assert [entry.path for entry in read_manifest(manifest)] == paths


def test_a_change_behind_a_link_changes_the_manifest(linked, tmp_path):
    write_manifest(linked, tmp_path / "before.tsv")
    save(tmp_path / "elsewhere/a/2.png", 200)
    write_manifest(linked, tmp_path / "after.tsv")
    assert (tmp_path / "before.tsv").read_bytes() != (tmp_path / "after.tsv").read_bytes()


def test_a_dataset_of_links_has_the_manifest_of_one_of_files(linked, tmp_path):
    for file in files_below(linked):
        copy = tmp_path / "copied" / file.relative_to(linked)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    for name in ("dataset", "copied"):
        write_manifest(tmp_path / name, tmp_path / f"{name}.tsv")
    assert (tmp_path / "dataset.tsv").read_bytes() == (tmp_path / "copied.tsv").read_bytes()


@pytest.mark.parametrize("name", ["trainA", "trainB/3.png", "README.md"])
def test_a_link_that_leads_nowhere_gets_one_sentence(linked, name):
    (linked / name).unlink(missing_ok=True)
    (linked / name).symlink_to("gone")
    message = re.escape(f"{linked / name}: is a link to gone, where nothing is; set it right or take it out.")
    with pytest.raises(UserError, match=message):
        files_below(linked)
    if name == "trainA":
        with pytest.raises(UserError, match=message):
            open_pairs(linked, "train")


def test_the_folder_itself_can_be_a_link(linked, tmp_path):
    (tmp_path / "other").symlink_to(linked)
    assert len(files_below(tmp_path / "other")) == 4
    (tmp_path / "gone").symlink_to("nowhere")
    with pytest.raises(UserError, match="gone: is a link to nowhere, where nothing is"):
        files_below(tmp_path / "gone")


def test_loops_of_links_end(tmp_path):
    save(tmp_path / "a/1.png")
    save(tmp_path / "b/2.png")
    (tmp_path / "a/self").symlink_to(".")
    (tmp_path / "a/up").symlink_to("..")
    (tmp_path / "a/b").symlink_to("../b")
    (tmp_path / "b/a").symlink_to("../a")
    found = [file.relative_to(tmp_path).as_posix() for file in files_below(tmp_path)]
    assert found == ["a/1.png", "a/b/2.png", "b/2.png", "b/a/1.png"]


def test_a_link_to_itself_leads_nowhere(tmp_path):
    (tmp_path / "x.png").symlink_to("x.png")
    with pytest.raises(UserError, match=r"x\.png: is a link to x\.png, where nothing is"):
        files_below(tmp_path)


def test_folders_that_links_multiply_are_refused_in_bounded_time(tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "MOST_FOLDERS", 200)
    for number in range(12):
        (tmp_path / str(number)).mkdir()
        for twice in ("x", "y"):
            (tmp_path / str(number) / twice).symlink_to(f"../{number + 1}" if number < 11 else "../nothing-below")
    (tmp_path / "nothing-below").mkdir()
    with pytest.raises(UserError, match="holds more than 200 folders, links followed"):
        files_below(tmp_path)


def test_a_pipe_is_refused_and_not_read(tmp_path):
    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(UserError, match=r"x\.png: is neither a file nor a folder; take it out\."):
        files_below(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_listed_gets_one_sentence(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o000)
    with pytest.raises(UserError, match="locked: cannot be listed"):
        files_below(tmp_path)
