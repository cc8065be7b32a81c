"""The catalogue against the documents that it was written from."""

import re
from collections import Counter

import pytest

from aiart.datasets.catalogue import DATASETS, PICTURES, WEIGHTS, find_dataset, find_picture, find_weights
from aiart.datasets.files import DIGITS
from aiart.errors import UserError

PAIRED = {"facades", "cityscapes", "maps", "edges2shoes", "edges2handbags", "night2day"}
UNPAIRED = {
    *("monet2photo", "cezanne2photo", "vangogh2photo", "ukiyoe2photo", "horse2zebra", "apple2orange"),
    *("summer2winter_yosemite", "iphone2dslr_flower", "maps_unpaired", "cityscapes_unpaired", "facades_unpaired"),
}
FILES = {
    **WEIGHTS,
    **{f"picture {name}": picture.file for name, picture in PICTURES.items()},
    **{f"dataset {name}": dataset.file for name, dataset in DATASETS.items()},
}
files = pytest.mark.parametrize("file", FILES.values(), ids=list(FILES))


def test_everything_of_the_documents_is_there():
    assert {name for name, dataset in DATASETS.items() if dataset.kind == "paired"} >= PAIRED
    assert {name for name, dataset in DATASETS.items() if dataset.kind == "unpaired"} >= UNPAIRED
    assert set(WEIGHTS) >= {"vgg19", "inception_v3"}
    assert {"turtle", "tubingen", "golden_gate", "labrador"} <= set(PICTURES)
    assert {"starry_night", "great_wave", "composition_vii", "the_scream"} <= set(PICTURES)


@files
def test_files(file):
    assert re.fullmatch(r"[\w.-]+\.(h5|npz|jpg|png|zip|tar\.gz|tgz)", file.name)
    algorithm, digest = file.known_hash
    assert re.fullmatch(rf"[0-9a-f]{{{DIGITS[algorithm]}}}", digest)
    assert file.size is None or file.size > 1000
    assert all(re.fullmatch(r"https://[\w.-]+/[\w./~%-]+", url) for url in file.urls)
    assert file.licence
    # without a mirror, the note is all that a user gets to know
    assert file.urls or "register at https://" in file.note


def test_nothing_is_listed_twice():
    digests = Counter(file.known_hash for file in FILES.values())
    urls = Counter(url for file in FILES.values() for url in file.urls)
    assert digests.most_common(1)[0][1] == 1
    assert urls.most_common(1)[0][1] == 1


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_come_from_places_that_cannot_change(name):
    picture = PICTURES[name]
    assert picture.role in ("content", "style")
    assert re.search(r", \d+x\d+$", picture.shows)
    assert picture.file.credit
    assert re.match(r"https://raw\.githubusercontent\.com/[\w-]+/[\w-]+/[0-9a-f]{40}/", picture.file.urls[0])
    assert picture.file.sha256 and picture.file.size


@pytest.mark.parametrize("name", DATASETS)
def test_datasets(name):
    dataset = DATASETS[name]
    sides = {"paired": {"train", "val", "test"}, "unpaired": {"trainA", "trainB", "testA", "testB"}}[dataset.kind]
    assert set(dataset.counts) <= sides
    assert dataset.kind == "paired" or set(dataset.counts) in (set(), sides)
    assert dataset.file.name.endswith((".tar.gz", ".tgz", ".zip"))
    assert dataset.unpacked_limit > 2 * (dataset.file.size or 1e9)
    assert dataset.file_limit > sum(dataset.counts.values())
    assert all(url.endswith("/" + dataset.file.name) for url in dataset.file.urls)


def test_facts_picked_from_the_documents():
    assert WEIGHTS["vgg19"].md5 == "253f8cb515780f3b799900260a226db6"
    assert WEIGHTS["inception_v3"].size == 87_910_968
    assert DATASETS["facades"].counts == {"train": 400, "val": 100, "test": 106}
    assert DATASETS["facades"].file.md5.startswith("e2e25dd5")
    assert DATASETS["monet2photo"].counts == {"trainA": 1072, "trainB": 6287, "testA": 121, "testB": 751}
    assert DATASETS["maps_unpaired"].file.size == 1_476_754_427


@pytest.mark.parametrize(
    ("find", "wrong", "message"),
    [
        (find_weights, "vgg16", "No weights are called 'vgg16'; the nearest name is 'vgg19', "),
        (find_picture, "starrynight", "No picture is called 'starrynight'; the nearest name is 'starry_night', "),
        (find_dataset, "facade", "No dataset is called 'facade'; the nearest name is 'facades', "),
        (find_dataset, "", "No dataset is called ''; the nearest name is "),
    ],
)
def test_unknown_names(find, wrong, message):
    with pytest.raises(UserError) as error:
        find(wrong)
    assert str(error.value).startswith(message)
    assert str(error.value).endswith(", and `aiart fetch --list` shows them all.")


def test_known_names():
    assert find_weights("vgg19") is WEIGHTS["vgg19"]
    assert find_picture("turtle") is PICTURES["turtle"]
    assert find_dataset("horse2zebra") is DATASETS["horse2zebra"]
