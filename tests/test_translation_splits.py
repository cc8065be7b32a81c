"""Which pictures a training learns from, is validated on, and leaves to the evaluation."""

from functools import partial

import numpy as np
import pytest

from aiart.datasets.folders import open_pairs, open_pictures
from aiart.errors import UserError
from aiart.images import write_image
from aiart.translation.methods import METHODS, part
from aiart.translation.splits import training_and_validation

SIDE = 16
# The grey level of a picture says which split it is of.
LEVELS = {"train": 40, "val": 120, "test": 200}


def dataset(folder, splits, count=12):
    for split in splits:
        for domain in "AB":
            for number in range(count):
                picture = np.full((SIDE, SIDE, 3), LEVELS[split] + number, np.float32)
                write_image(folder / f"{split}{domain}" / f"{number:02}.png", picture)
    return folder


def shown(folder, method, **settings):
    """The grey levels that a training learns from, and those that it is validated on, of both domains alike."""
    chosen = METHODS[method].settings_model(
        image_side=SIDE, load_side=SIDE, receptive_field=16, decay_epochs=0, epochs=1, **settings
    )
    data = part(method, "data").open_data(folder, chosen, seed=3)
    steps = list(data.batches(0, 3 * data.steps_per_epoch).as_numpy_iterator())
    learnt = {int(level) for a, b, _ in steps for level in np.rint((np.array([a, b])[:, 0, 0, 0, 0] + 1) * 127.5)}
    validated = {int(level) for level in np.rint((np.concatenate(data.held_out)[:, 0, 0, 0] + 1) * 127.5)}
    return learnt, validated


def split_of(levels):
    return {next(split for split, level in LEVELS.items() if level <= found < level + 20) for found in levels}


@pytest.mark.parametrize("method", METHODS)
def test_the_best_weights_are_chosen_without_the_test_pictures(method, tmp_path):
    learnt, validated = shown(dataset(tmp_path, ["train", "test"]), method, keep="best")
    assert split_of(learnt | validated) == {"train"}
    assert not learnt & validated
    assert len(validated) == 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("keep", ["best", "last"])
def test_a_folder_for_validation_is_used_for_nothing_else(method, keep, tmp_path):
    learnt, validated = shown(dataset(tmp_path, ["train", "val", "test"]), method, keep=keep)
    assert (split_of(learnt), split_of(validated)) == ({"train"}, {"val"})
    assert len(validated) == 12


@pytest.mark.parametrize("method", METHODS)
def test_with_the_last_weights_all_training_pictures_are_learnt_from(method, tmp_path):
    _, validated = shown(dataset(tmp_path, ["train", "test"]), method, keep="last")
    assert split_of(validated) == {"test"}
    settings = METHODS[method].settings_model(keep="last")
    training, _ = training_and_validation(partial(open_pairs, tmp_path), settings, 1)
    assert len(training) == 12


def test_no_more_are_set_aside_than_are_looked_at(tmp_path):
    for number in range(400):
        (tmp_path / f"{number:03}.png").touch()
    settings = METHODS["pix2pix"].settings_model(keep="best")
    training, validation = training_and_validation(partial(open_pairs, tmp_path), settings, 1)
    assert (len(training), len(validation)) == (360 - 32, 32)  # every tenth is held out


def test_a_single_picture_cannot_be_set_aside(tmp_path):
    dataset(tmp_path, ["train", "test"], count=1)
    settings = METHODS["cyclegan"].settings_model(keep="best")
    with pytest.raises(UserError, match="keep is best, for which a training picture is set aside, but there is"):
        training_and_validation(partial(open_pictures, tmp_path, "A"), settings, 1)
