import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from aiart.datasets.folders import open_pairs, open_pictures, open_truth, set_aside
from aiart.errors import UserError

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "datasets"


def colour(*rgb, height=8, width=8):
    return np.full((height, width, 3), rgb, np.uint8)


def save(path, picture=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(colour(1, 2, 3) if picture is None else picture).save(path)


def fill(folder, *names):
    for name in names:
        save(folder / name)


# Which pictures belong to which split


def test_side_by_side_pairs_are_halved(tmp_path):
    save(tmp_path / "train/house.png", np.hstack([colour(255, 0, 0), colour(0, 0, 255)]))
    save(tmp_path / "val/other.png", np.hstack([colour(9, 9, 9), colour(7, 7, 7)]))
    train, test = open_pairs(tmp_path, "train"), open_pairs(tmp_path, "test")
    assert (train.names, test.names) == (["house"], ["other"])
    a, b = train.load(0, 4)
    assert a.dtype == b.dtype == np.uint8
    np.testing.assert_array_equal(a, colour(255, 0, 0, height=4, width=4))
    np.testing.assert_array_equal(b, colour(0, 0, 255, height=4, width=4))


def test_test_goes_before_val(tmp_path):
    fill(tmp_path, "train/1.png", "val/2.png", "test/3.png")
    assert open_pairs(tmp_path, "test").names == ["3"]
    assert open_pairs(tmp_path, "validation").names == ["2"]


@pytest.mark.parametrize(
    "names",
    [
        ("train/1.png", "val/2.png"),
        ("train/1.png", "test/2.png"),
        ("1.png", "2.png"),
        ("trainA/1.png", "trainB/1.png", "valA/2.png", "valB/2.png"),
    ],
)
def test_without_a_folder_beside_test_no_pictures_are_for_validation(tmp_path, names):
    fill(tmp_path, *names)
    assert len(open_pairs(tmp_path, "validation")) == 0
    if "trainA/1.png" in names:
        assert len(open_pictures(tmp_path, "A", "validation")) == 0


def test_domains_have_pictures_for_validation(tmp_path):
    fill(tmp_path, *(f"{split}{domain}/{split}.png" for split in ("train", "val", "test") for domain in "AB"))
    for split, name in (("train", "train"), ("validation", "val"), ("test", "test")):
        assert open_pairs(tmp_path, split).names == open_pictures(tmp_path, "B", split).names == [name]


def test_what_is_set_aside_is_chosen_by_the_seed_and_nothing_is_lost(tmp_path):
    fill(tmp_path, *(f"trainA/{number}.png" for number in range(10, 30)))
    pictures = open_pictures(tmp_path, "A", "train")
    (rest, aside), again, other = (set_aside(pictures, 2, seed) for seed in (1, 1, 2))
    assert (len(rest), len(aside)) == (16, 2)
    assert sorted([*rest.names, *aside.names]) == pictures.names
    assert rest.names == sorted(rest.names)
    assert (rest, aside) == again and aside != other[1]


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("trainA trainB", "testA testB"),
        ("trainA trainB", "valA valB"),
        ("A/train B/train", "A/test B/test"),
        ("A/train B/train", "A/val B/val"),
    ],
)
def test_halves_in_two_folders_are_matched_by_name_without_suffix(tmp_path, train, test):
    (a, b), (test_a, test_b) = train.split(), test.split()
    for number in (2, 1):
        save(tmp_path / a / f"{number}.png", colour(number, 0, 0))
        save(tmp_path / b / f"{number}.bmp", colour(0, number, 0))
    fill(tmp_path, f"{test_a}/9.png", f"{test_b}/9.png")
    pairs = open_pairs(tmp_path, "train")
    assert pairs.names == ["1", "2"]
    assert [int(half.max()) for index in range(2) for half in pairs.load(index, 8)] == [1, 1, 2, 2]
    assert pairs.load(1, 8)[0][0, 0].tolist() == [2, 0, 0]
    assert pairs.load(1, 8)[1][0, 0].tolist() == [0, 2, 0]
    assert open_pairs(tmp_path, "test").names == ["9"]
    for domain, suffix in (("A", ".png"), ("B", ".bmp")):
        assert [file.suffix for file in open_pictures(tmp_path, domain, "train").files] == [suffix] * 2
        assert open_pictures(tmp_path, domain, "test").names == ["9"]


@pytest.mark.parametrize("layout", ["train/{}.png", "{}.png", "A/{}.png B/{}.png"])
def test_every_tenth_is_held_out_where_no_folder_says_which(tmp_path, layout):
    for number in range(21):
        fill(tmp_path, *[part.format(f"{number:02}") for part in layout.split()])
    train, test = open_pairs(tmp_path, "train").names, open_pairs(tmp_path, "test").names
    assert test == ["00", "10", "20"]
    assert len(train) == 18
    assert sorted(train + test) == [f"{number:02}" for number in range(21)]


def test_domains_without_pairs_need_not_agree(tmp_path):
    fill(tmp_path, *[f"trainA/a{number}.png" for number in range(12)], "trainB/x.jpg", "trainB/y.jpg", "testB/z.jpg")
    assert open_pictures(tmp_path, "A", "test").names == ["a0", "a8"]  # by name: a0, a1, a10, a11, a2, …
    assert len(open_pictures(tmp_path, "A", "train")) == 10
    assert open_pictures(tmp_path, "B", "train").names == ["x", "y"]
    assert open_pictures(tmp_path, "B", "test").names == ["z"]


@pytest.mark.parametrize(
    ("train", "test", "truth"),
    [
        ("trainA", "testA", "truthA"),
        ("A/train", "A/val", "A/truth"),
        ("trainA", "trainA", "truthA"),
        ("A", "A", "truthA"),
    ],
)
def test_a_truth_is_found_beside_the_held_out_pictures_and_matched_by_name(tmp_path, train, test, truth):
    names = ["1", "2"] if test != train else [f"{number:02}" for number in (0, 10)]
    fill(tmp_path, *(f"{train}/{number:02}.png" for number in range(11)))
    if test != train:
        fill(tmp_path, *(f"{test}/{name}.png" for name in names))
    assert open_truth(tmp_path, "A") is None
    for shade, name in enumerate(reversed(names)):
        save(tmp_path / truth / f"{name}.bmp", colour(shade, 0, 0))
    found = open_truth(tmp_path, "A")
    assert found.names == open_pictures(tmp_path, "A", "test").names == names
    assert [int(found.load(index, 8).max()) for index in range(2)] == [1, 0]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            "0",
            "DATA/truthA: lacks what 1.png, 2.png, 3.png and 1 more of DATA/testA would be in the other domain; put "
            "pictures of the same names there, or move the folder away.",
        ),
        (
            "012345",
            "DATA/truthA: holds 5.png, but DATA/testA holds nothing of the same name out of training; move what is too "
            "many away.",
        ),
    ],
)
def test_a_truth_whose_names_do_not_match_gets_one_sentence(tmp_path, names, message):
    fill(tmp_path, "trainA/9.png", *(f"testA/{number}.png" for number in range(5)))
    fill(tmp_path, *(f"truthA/{name}.png" for name in names))
    with pytest.raises(UserError) as caught:
        open_truth(tmp_path, "A")
    assert str(caught.value).replace(str(tmp_path), "DATA") == message


def test_hidden_files_other_suffixes_and_deeper_folders_are_passed_over(tmp_path):
    fill(tmp_path, "train/1.png", "train/2.PNG", "train/.3.png", "train/deeper/4.png", "test/5.png")
    (tmp_path / "train/Thumbs.db").write_bytes(b"x")
    (tmp_path / "train/folder.png").mkdir()
    assert open_pairs(tmp_path, "train").names == ["1", "2"]


# Reading


def test_a_picture_keeps_its_size_when_read_and_is_stretched_when_loaded(tmp_path):
    save(tmp_path / "A/1.png", colour(5, 6, 7, height=5, width=9))
    save(tmp_path / "A/2.png", colour(5, 6, 7, height=5, width=9))
    pictures = open_pictures(tmp_path, "A", "train")
    assert pictures.read(0).shape == (5, 9, 3)
    np.testing.assert_array_equal(pictures.load(0, 6), colour(5, 6, 7, height=6, width=6))


def test_reduction_does_not_alias(tmp_path):
    stripes = np.repeat(np.tile(np.uint8([0, 255]), 64)[None, :, None], 128, axis=0).repeat(3, axis=2)
    save(tmp_path / "A/1.png", stripes)
    save(tmp_path / "A/2.png", stripes)
    loaded = open_pictures(tmp_path, "A", "test").load(0, 16)
    assert np.abs(loaded[:, 2:-2].astype(int) - 127.5).max() < 3


def test_orientation_transparency_and_grey_are_read_as_everywhere(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "A").mkdir()
    Image.fromarray(np.hstack([colour(200, 0, 0), colour(0, 0, 200)])).save(tmp_path / "A/1.tiff", exif=exif)
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(tmp_path / "A/2.png")
    Image.new("L", (4, 4), 77).save(tmp_path / "A/3.gif")
    pictures = open_pictures(tmp_path, "A", "train")
    assert open_pictures(tmp_path, "A", "test").read(0).shape == (16, 8, 3)
    assert [pictures.read(index)[0, 0].tolist() for index in range(2)] == [[255] * 3, [77] * 3]


# What a user can get wrong


def refusal(folder, kind, split="train"):
    with pytest.raises(UserError) as error:
        open_pairs(folder, split) if kind == "paired" else open_pictures(folder, kind, split)
    text = str(error.value)
    assert text.endswith(".") and "\n" not in text
    return text.replace(str(folder), "DATA")


@pytest.mark.parametrize(
    ("files", "kind", "message"),
    [
        (None, "paired", "DATA: no such folder; give the folder of a dataset."),
        ("", "paired", "DATA: holds neither pictures nor folders of pairs; put pairs side by side into DATA/train, or"),
        ("notes.txt", "paired", "DATA: holds neither pictures nor folders of pairs"),
        ("train/notes.txt", "paired", "DATA/train: holds no pictures; put files that end in .bmp, .gif,"),
        ("one.png", "paired", "DATA: holds a single picture, and one more is held out of training; add some."),
        ("A/one.png", "A", "DATA/A: holds a single picture, and one more is held out"),
        ("trainB/1.png", "A", "DATA: holds no folder trainA, A/train or A; put the pictures of domain A into DATA/tra"),
        ("A/1.png", "paired", "DATA: holds DATA/A, but no such folder of the other halves; put them beside it."),
        ("trainA/1.png trainB/1.png testB/1.png", "paired", "DATA: holds DATA/testB, but no such folder of the other"),
        ("train/1.png A/1.png B/1.png", "paired", "DATA: holds both DATA/train for pairs side by side and DATA/A for"),
        ("A/1.png A/1.jpg A/2.png B/1.png B/2.png", "paired", "DATA/A: holds 1.jpg and 1.png, of which one is too ma"),
        (
            "A/1.png A/2.png A/3.png A/4.png A/5.png B/5.png",
            "paired",
            "DATA/B: lacks the other halves of 1.png, 2.png, 3.png and 1 more; give both halves of a pair the same na",
        ),
        ("A/1.png B/1.png B/2.jpg", "paired", "DATA/A: lacks the other halves of 2.jpg; give both"),
    ],
)
def test_one_sentence_says_what_is_wrong(tmp_path, files, kind, message):
    folder = tmp_path / "data"
    if files is not None:
        folder.mkdir()
        fill(folder, *[name for name in files.split() if not name.endswith(".txt")])
        for name in [name for name in files.split() if name.endswith(".txt")]:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("x")
    assert refusal(folder, kind).startswith(message)


def test_a_file_is_no_dataset(tmp_path):
    fill(tmp_path, "x.png")
    assert refusal(tmp_path / "x.png", "A") == "DATA: is a file; give the folder of a dataset."


def test_an_empty_folder_of_held_out_pictures_is_refused(tmp_path):
    fill(tmp_path, "train/1.png")
    (tmp_path / "test").mkdir()
    assert open_pairs(tmp_path, "train").names == ["1"]
    assert refusal(tmp_path, "paired", "test").startswith("DATA/test: holds no pictures")


def test_pictures_that_cannot_be_used_are_named(tmp_path):
    save(tmp_path / "train/1.png", colour(1, 1, 1, width=7))
    (tmp_path / "train/2.png").write_bytes(b"not a picture")
    os.symlink(tmp_path / "gone.png", tmp_path / "train/3.png")
    fill(tmp_path, "test/4.png")
    pairs = open_pairs(tmp_path, "train")
    assert len(pairs) == 3  # a link that leads nowhere is missed, not passed over
    for index, message in enumerate(
        ["1.png: is 7 pixels wide, an odd number", "2.png: is not a picture", "3.png: is a link to"]
    ):
        with pytest.raises(UserError, match=message):
            pairs.load(index, 8)


# Real data


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs real datasets beside the repository")
def test_real_datasets_open():
    train, test = open_pairs(SHARED / "facades", "train"), open_pairs(SHARED / "facades", "test")
    assert (len(train), len(test)) == (240, 60)
    photo, labels = train.load(0, 64)
    assert photo.shape == labels.shape == (64, 64, 3)
    # The labels are on the right; wall and background in them are two blues without red.
    assert np.median(labels[..., 0]) < 20 < 190 < np.median(labels[..., 2])
    assert np.median(photo[..., 0]) > 20
    counts = [len(open_pictures(SHARED / "monet2photo", d, s)) for d in "AB" for s in ("train", "test")]
    assert counts == [220, 30, 500, 50]
