import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from aiart.datasets import crops, facades, streets
from aiart.datasets.folders import open_pairs, open_pictures
from aiart.datasets.synthetic import SYNTHETIC, write_synthetic
from aiart.errors import UserError
from aiart.images import read_image
from aiart.params.datasets import SyntheticDatasets, SyntheticFacades, SyntheticPaintings, SyntheticStreets

FACADES = SyntheticFacades(train_pictures=3, test_pictures=2, side=32)
PAINTINGS = SyntheticPaintings(train_pictures=2, test_pictures=1, side=32)
STREETS = SyntheticStreets(train_pictures=2, test_pictures=1, side=32)


def contents(folder):
    """Every file below the folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def pictures(folder):
    return {name: content for name, content in contents(folder).items() if name.endswith(".png")}


def test_facades_are_pairs_side_by_side(tmp_path):
    write_synthetic("synthetic_facades", tmp_path / "f", FACADES, 5)
    assert sorted(pictures(tmp_path / "f")) == [
        "test/0001.png", "test/0002.png", "train/0001.png", "train/0002.png", "train/0003.png",
    ]  # fmt: skip
    pairs = open_pairs(tmp_path / "f", "train")
    photo, labels = facades.draw_facade(32, 5, 1)
    np.testing.assert_array_equal(pairs.read(1)[0], photo)
    np.testing.assert_array_equal(pairs.read(1)[1], labels)


def test_paintings_are_two_domains(tmp_path):
    write_synthetic("synthetic_paintings", tmp_path / "p", PAINTINGS, 5)
    for domain in "AB":
        for split, count in (("train", 2), ("test", 1)):
            found = open_pictures(tmp_path / "p", domain, split)
            assert len(found) == count
            for index, drawn in enumerate(crops.draw_domain(domain, split, count, 32, 5)):
                np.testing.assert_allclose(found.read(index), drawn, atol=0.5001)


def test_streets_are_two_domains_and_the_held_out_ones_at_the_other_time(tmp_path, monkeypatch):
    asked = []
    draw = streets.draw_street
    monkeypatch.setattr(
        "aiart.datasets.streets.dataset.draw_street", lambda *street: asked.append(street) or draw(*street)
    )
    write_synthetic("synthetic_streets", tmp_path / "s", STREETS, 5)
    assert len(set(asked)) == len(asked) == 6  # each in one folder, and in that of its truth
    of = {path: read_image(tmp_path / "s" / path) for path in pictures(tmp_path / "s")}
    by_day, by_night = (
        {path: picture for path, picture in of.items() if path.split("/")[0] in folders}
        for folders in (("trainA", "testA", "truthB"), ("trainB", "testB", "truthA"))
    )
    assert len(by_day) == len(by_night) == 4
    skies = [[picture[:2].mean() for picture in of.values()] for of in (by_day, by_night)]
    assert min(skies[0]) > 1.5 * max(skies[1])
    for domain in "AB":
        test, truth = of[f"test{domain}/0001.png"], of[f"truth{domain}/0001.png"]
        assert any(np.array_equal((test, truth)[::step], draw(*street)) for street in asked for step in (1, -1))


def test_no_two_pictures_are_the_same(tmp_path):
    write_synthetic("synthetic_facades", tmp_path / "f", FACADES, 1)
    write_synthetic("synthetic_paintings", tmp_path / "p", PAINTINGS, 1)
    write_synthetic("synthetic_streets", tmp_path / "s", STREETS, 1)
    drawn = [picture for folder in "fps" for picture in pictures(tmp_path / folder).values()]
    assert len(set(drawn)) == len(drawn) == 19


@pytest.mark.parametrize(
    ("name", "settings"),
    [("synthetic_facades", FACADES), ("synthetic_paintings", PAINTINGS), ("synthetic_streets", STREETS)],
)
def test_bytes_derive_from_settings_and_seed(tmp_path, name, settings):
    for folder, seed in (("one", 1), ("again", 1), ("other", 2)):
        write_synthetic(name, tmp_path / folder, settings, seed)
    one, again, other = (contents(tmp_path / folder) for folder in ("one", "again", "other"))
    assert one == again
    assert not set(pictures(tmp_path / "one").values()) & set(pictures(tmp_path / "other").values())
    assert one.keys() == other.keys()


def test_more_of_one_split_leaves_the_others_pictures(tmp_path):
    write_synthetic("synthetic_facades", tmp_path / "few", FACADES, 1)
    write_synthetic("synthetic_facades", tmp_path / "many", FACADES.model_copy(update={"train_pictures": 5}), 1)
    few, many = pictures(tmp_path / "few"), pictures(tmp_path / "many")
    assert few.items() < many.items()
    assert len(many) == 7


def test_a_later_run_replaces_an_earlier_one(tmp_path):
    folder = tmp_path / "f"
    write_synthetic("synthetic_facades", folder, FACADES, 1)
    write_synthetic("synthetic_facades", folder, FACADES.model_copy(update={"train_pictures": 1}), 1)
    assert sorted(pictures(folder)) == ["test/0001.png", "test/0002.png", "train/0001.png"]
    assert os.listdir(tmp_path) == ["f"]


def test_files_of_other_origin_are_never_deleted(tmp_path):
    folder = tmp_path / "f"
    write_synthetic("synthetic_facades", folder, FACADES, 1)
    (folder / "train/mine.png").write_bytes(b"mine")
    before = contents(folder)
    with pytest.raises(UserError, match=r"f: holds train/mine\.png, which this command did not write"):
        write_synthetic("synthetic_facades", folder, FACADES, 1)
    assert contents(folder) == before
    plain = tmp_path / "plain"
    plain.write_bytes(b"x")
    with pytest.raises(UserError, match="plain: is a file that this command did not write"):
        write_synthetic("synthetic_facades", plain, FACADES, 1)


def test_a_failure_leaves_the_old_dataset_and_nothing_else(tmp_path, monkeypatch):
    folder = tmp_path / "f"
    write_synthetic("synthetic_facades", folder, FACADES, 1)
    before = contents(folder)
    draw = facades.draw_facade

    def failing(side, seed, index):
        if index == 2:
            raise KeyboardInterrupt
        return draw(side, seed, index)

    monkeypatch.setattr("aiart.datasets.facades.dataset.draw_facade", failing)
    with pytest.raises(KeyboardInterrupt):
        write_synthetic("synthetic_facades", folder, FACADES, 2)
    assert contents(folder) == before
    assert os.listdir(tmp_path) == ["f"]


def test_a_killed_job_leaves_no_dataset_and_the_next_one_clears_up(tmp_path):
    code = (
        "from aiart.datasets.synthetic import write_synthetic\n"
        "from aiart.params.datasets import SyntheticFacades\n"
        f"write_synthetic('synthetic_facades', {str(tmp_path / 'f')!r}, SyntheticFacades(side=256), 1)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.rglob("*.png"))) < 3:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "f").exists()
    write_synthetic("synthetic_facades", tmp_path / "f", FACADES, 1)
    assert os.listdir(tmp_path) == ["f"]
    assert len(pictures(tmp_path / "f")) == 5


def test_folders_that_cannot_be_written_and_unknown_names(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(UserError, match="cannot be written"):
        write_synthetic("synthetic_facades", tmp_path / "file/f", FACADES, 1)
    with pytest.raises(UserError, match="'facades'; they are synthetic_facades, synthetic_paintings"):
        write_synthetic("facades", tmp_path / "f", FACADES, 1)


def test_params_name_the_same_datasets_with_limits_that_can_be_drawn():
    assert list(SyntheticDatasets.model_fields) == list(SYNTHETIC)
    for name, field in SyntheticDatasets.model_fields.items():
        assert field.annotation is SYNTHETIC[name].settings
    limits = {
        model: {type(limit).__name__: limit for limit in model.model_fields["side"].metadata}
        for model in (SyntheticFacades, SyntheticPaintings, SyntheticStreets)
    }
    assert limits[SyntheticFacades]["Ge"].ge == limits[SyntheticStreets]["Ge"].ge == facades.SHORTEST_SIDE
    assert limits[SyntheticPaintings]["Ge"].ge == crops.SHORTEST_SIDE
    assert limits[SyntheticPaintings]["Le"].le == crops.LONGEST_SIDE


def test_the_largest_paintings_can_be_drawn(tmp_path):
    settings = SyntheticPaintings(train_pictures=1, test_pictures=1, side=crops.LONGEST_SIDE)
    write_synthetic("synthetic_paintings", tmp_path / "p", settings, 1)
    assert read_image(tmp_path / "p/testB/0001.png").shape == (crops.LONGEST_SIDE, crops.LONGEST_SIDE, 3)


@pytest.mark.parametrize("folder", [".", "..", "a/..", "/"])
def test_a_folder_that_cannot_appear_by_a_rename_is_refused(tmp_path, monkeypatch, folder):
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    with pytest.raises(UserError, match="is a folder to be in, not one to make; give a name for a new one"):
        write_synthetic("synthetic_facades", folder, FACADES, 1)
    assert [path.name for path in tmp_path.rglob("*")] == ["a"]
