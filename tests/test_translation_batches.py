import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
import tensorflow as tf

from aiart.datasets.files import files_digest
from aiart.datasets.folders import open_pairs, open_pictures
from aiart.errors import UserError
from aiart.images import write_image
from aiart.params.cyclegan import CycleGAN
from aiart.params.pix2pix import Pix2Pix
from aiart.translation import batches
from aiart.translation.batches import reading_errors, steps_per_epoch
from aiart.translation.cyclegan.data import held_out_pictures, open_data, unpaired_batches
from aiart.translation.pix2pix.data import held_out_pairs, paired_batches

SIDE, LOADED = 16, 24
PIX2PIX = Pix2Pix(image_side=SIDE, load_side=LOADED, receptive_field=16)
CYCLEGAN = CycleGAN(image_side=SIDE, load_side=LOADED, receptive_field=16)


class Numbered:
    """Pictures that say which they are (red), and where each pixel came from (green: column, blue: row)."""

    def __init__(self, count):
        self.count = count
        self.loaded = Counter()

    def __len__(self):
        return self.count

    def load(self, index, side):
        self.loaded[index] += 1
        rows, columns = np.indices((side, side), np.uint8)
        return np.stack([np.full_like(rows, index), columns, rows], axis=-1)


class NumberedPairs(Numbered):
    """b is the negative of a."""

    def load(self, index, side):
        a = super().load(index, side)
        return a, 255 - a


def to_bytes(batch):
    return np.rint((np.asarray(batch) + 1) * 127.5).astype(np.uint8)


def seen(batch):
    """For each picture of `Numbered` in a batch: its index, left and top of the crop, whether it is mirrored."""
    found = []
    for picture in to_bytes(batch):
        index, columns, rows = picture[..., 0], picture[0, :, 1].astype(int), picture[:, 0, 2].astype(int)
        assert (index == index[0, 0]).all()
        mirrored = bool(columns[0] > columns[-1])
        np.testing.assert_array_equal(columns[::-1] if mirrored else columns, np.arange(SIDE) + columns.min())
        np.testing.assert_array_equal(rows, np.arange(SIDE) + rows[0])
        found.append((int(index[0, 0]), int(columns.min()), int(rows[0]), mirrored))
    return found


def run(pairs, settings=PIX2PIX, seed=1, first=0, last=12):
    return [[part.numpy() for part in step] for step in paired_batches(pairs, settings, seed, first, last)]


def run_unpaired(a, b, settings=CYCLEGAN, seed=1, first=0, last=12):
    return [[part.numpy() for part in step] for step in unpaired_batches(a, b, settings, seed, first, last)]


def assert_equal(one, other):
    assert len(one) == len(other)
    for step, same in zip(one, other, strict=True):
        for part, equal in zip(step, same, strict=True):
            np.testing.assert_array_equal(part, equal)


def order(pairs, settings, seed=1, epochs=1, first_epoch=0):
    """Indices in the order of each epoch."""
    each = steps_per_epoch(len(pairs), settings.batch)
    steps = run(pairs, settings, seed, first_epoch * each, (first_epoch + epochs) * each)
    indices = [255 - item[0] for step in steps for item in np.rint((step[0][:, 0, 0] + 1) * 127.5).astype(int)]
    return np.reshape(indices, (epochs, -1)).tolist()


# Epochs


@pytest.mark.parametrize(("count", "batch", "steps"), [(10, 1, 10), (10, 3, 3), (3, 4, 1), (8, 4, 2), (1, 1, 1)])
def test_steps_per_epoch(count, batch, steps):
    assert steps_per_epoch(count, batch) == steps


@pytest.mark.parametrize("batch", [1, 4])
def test_every_epoch_sees_every_pair_once_in_an_order_of_its_own(batch):
    epochs = order(NumberedPairs(12), PIX2PIX.model_copy(update={"batch": batch}), epochs=5)
    assert all(sorted(epoch) == list(range(12)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 5
    assert order(NumberedPairs(12), PIX2PIX, seed=2)[0] != epochs[0]


def test_orders_do_not_come_back_after_256_epochs():
    pairs = NumberedPairs(12)
    assert order(pairs, PIX2PIX, first_epoch=256) != order(pairs, PIX2PIX)
    assert order(pairs, PIX2PIX, seed=257) != order(pairs, PIX2PIX)


def test_what_fills_no_batch_is_left_out_of_an_epoch_but_not_always_the_same():
    epochs = order(NumberedPairs(11), PIX2PIX.model_copy(update={"batch": 4}), epochs=12)
    assert all(len(set(epoch)) == 8 for epoch in epochs)
    assert set().union(*epochs) == set(range(11))


def test_fewer_pairs_than_a_batch_are_repeated_in_it():
    ((first, *_),) = run(NumberedPairs(3), PIX2PIX.model_copy(update={"batch": 5}), last=1)
    indices = [255 - item for item in np.rint((first[:, 0, 0, 0] + 1) * 127.5).astype(int)]
    assert set(indices) == {0, 1, 2} and len(indices) == 5


def test_picture_limit_takes_the_first():
    settings = PIX2PIX.model_copy(update={"picture_limit": 3})
    pairs = NumberedPairs(12)
    run(pairs, settings, last=30)
    assert set(pairs.loaded) == {0, 1, 2}
    a, b = Numbered(9), Numbered(2)
    run_unpaired(a, b, CYCLEGAN.model_copy(update={"picture_limit": 3}), last=30)
    assert (set(a.loaded), set(b.loaded)) == ({0, 1, 2}, {0, 1})


def test_a_single_pair_is_enough():
    assert len(run(NumberedPairs(1), last=4)) == 4


# Resuming


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("start", [1, 7, 11])
def test_a_run_goes_on_at_any_step_with_the_same_bytes(batch, start):
    paired = PIX2PIX.model_copy(update={"batch": batch})
    assert_equal(run(NumberedPairs(7), paired, first=start), run(NumberedPairs(7), paired)[start:])
    unpaired = CYCLEGAN.model_copy(update={"batch": batch})
    whole = run_unpaired(Numbered(7), Numbered(5), unpaired)
    assert_equal(run_unpaired(Numbered(7), Numbered(5), unpaired, first=start), whole[start:])


def test_threads_and_room_in_memory_change_nothing(monkeypatch):
    pairs, a, b = NumberedPairs(7), Numbered(7), Numbered(5)
    paired, unpaired = run(pairs), run_unpaired(a, b)
    monkeypatch.setattr(batches, "CACHE_BYTES", 0)
    for threads in (1, 8):
        assert_equal(run(pairs, PIX2PIX.model_copy(update={"threads": threads})), paired)
        assert_equal(run_unpaired(a, b, CYCLEGAN.model_copy(update={"threads": threads})), unpaired)


def test_running_numbers():
    for steps in (
        run(NumberedPairs(5), PIX2PIX.model_copy(update={"batch": 2}), first=3, last=6),
        run_unpaired(Numbered(5), Numbered(5), CYCLEGAN.model_copy(update={"batch": 2}), first=3, last=6),
    ):
        assert [step[2].tolist() for step in steps] == [[6, 7], [8, 9], [10, 11]]
        assert steps[0][2].dtype == np.int32


# Crops and mirroring


def test_values_shapes_and_types():
    dataset = paired_batches(NumberedPairs(200), PIX2PIX.model_copy(update={"batch": 2}), 1, 0, 100)
    pictures = tf.TensorSpec((2, SIDE, SIDE, 3), tf.float32)
    assert dataset.element_spec == (pictures, pictures, tf.TensorSpec((2,), tf.int32))
    assert len(dataset) == 100
    source, target = (np.concatenate([step[half] for step in dataset]) for half in range(2))
    # Red is the index: 0 to 199, and in the source, which is b, its negative.
    np.testing.assert_allclose([target[..., 0].min(), target[..., 0].max()], [-1, 199 / 127.5 - 1], atol=1e-6)
    np.testing.assert_allclose([source[..., 0].min(), source[..., 0].max()], [1 - 199 / 127.5, 1], atol=1e-6)
    np.testing.assert_allclose((source + 1) * 127.5, to_bytes(source), atol=1e-4)


def test_both_halves_of_a_pair_get_the_same_crop_and_mirroring():
    steps = run(NumberedPairs(9), PIX2PIX.model_copy(update={"direction": "a_to_b"}), last=40)
    for source, target, _ in steps:
        np.testing.assert_array_equal(to_bytes(source), 255 - to_bytes(target))
    assert len({seen(source)[0][1:] for source, _, _ in steps}) > 30


def test_direction_decides_which_half_is_the_source():
    one = run(NumberedPairs(9), PIX2PIX.model_copy(update={"direction": "a_to_b"}))
    other = run(NumberedPairs(9), PIX2PIX.model_copy(update={"direction": "b_to_a"}))
    assert_equal([step[:2] for step in one], [step[1::-1] for step in other])


def test_crops_lie_everywhere_and_half_of_the_pictures_are_mirrored():
    settings = CYCLEGAN.model_copy(update={"batch": 20})
    steps = run_unpaired(Numbered(9), Numbered(7), settings, last=50)
    a, b = (np.array([item for step in steps for item in seen(step[domain])]) for domain in range(2))
    offsets = LOADED - SIDE + 1
    for found in (a, b):
        # 1000 draws: the limits are four standard deviations.
        assert abs(found[:, 3].sum() - 500) < 64
        for axis in (1, 2):
            counts = np.bincount(found[:, axis], minlength=offsets)
            assert len(counts) == offsets
            assert np.abs(counts - 1000 / offsets).max() < 40
        assert np.abs(np.corrcoef(found[:, 1:].T) - np.eye(3)).max() < 0.13
    # The domains are drawn apart.
    assert np.abs(np.corrcoef(a[:, 1:].T, b[:, 1:].T)[:3, 3:]).max() < 0.13


def test_no_mirroring_and_no_crop_when_they_are_off():
    settings = CYCLEGAN.model_copy(update={"flip": False, "load_side": SIDE})
    steps = run_unpaired(Numbered(9), Numbered(7), settings, last=30)
    assert {item[1:] for a, b, _ in steps for item in seen(a) + seen(b)} == {(0, 0, False)}


def test_a_picture_looks_different_in_each_epoch():
    steps = run_unpaired(Numbered(1), Numbered(1), last=20)
    assert len({seen(a)[0] for a, _, _ in steps}) > 15


# Two domains


def test_a_comes_in_order_and_b_at_random():
    settings = CYCLEGAN.model_copy(update={"batch": 5})
    steps = run_unpaired(Numbered(7), Numbered(4), settings, last=80)
    a, b = ([item[0] for step in steps for item in seen(step[domain])] for domain in range(2))
    assert a == [number % 7 for number in range(400)]
    assert np.abs(np.bincount(b, minlength=4) - 100).max() < 35
    assert len(np.bincount(b)) == 4
    pairings = Counter(zip(a, b, strict=True))
    assert len(pairings) == 28
    other = run_unpaired(Numbered(7), Numbered(4), settings, seed=2, last=80)
    assert b != [item[0] for step in other for item in seen(step[1])]


# Memory


def test_each_picture_is_decoded_once():
    pairs = NumberedPairs(6)
    run(pairs, PIX2PIX.model_copy(update={"batch": 4, "threads": 8}), last=20)
    assert pairs.loaded == dict.fromkeys(range(6), 1)
    a, b = Numbered(6), Numbered(2)
    run_unpaired(a, b, CYCLEGAN.model_copy(update={"batch": 4, "threads": 8}), last=20)
    assert a.loaded == dict.fromkeys(range(6), 1)
    assert b.loaded == {0: 1, 1: 1}


def test_without_room_for_all_some_are_decoded_each_time(monkeypatch):
    monkeypatch.setattr(batches, "CACHE_BYTES", 2 * LOADED * LOADED * 6)
    pairs = NumberedPairs(6)
    run(pairs, last=60)
    assert sorted(pairs.loaded.values()) == [1, 1, 10, 10, 10, 10]


# Held-out pictures


def test_held_out_pictures_are_neither_cropped_nor_mirrored():
    settings = PIX2PIX.model_copy(update={"direction": "a_to_b"})
    source, target = held_out_pairs(NumberedPairs(5), settings, 3)
    assert source.dtype == target.dtype == np.float32
    assert [item for picture in source for item in seen(picture[None])] == [(n, 0, 0, False) for n in range(3)]
    np.testing.assert_array_equal(to_bytes(target), 255 - to_bytes(source))
    np.testing.assert_array_equal(held_out_pairs(NumberedPairs(5), PIX2PIX)[1][:3], source)
    assert held_out_pairs(NumberedPairs(5), PIX2PIX)[0].shape == (5, SIDE, SIDE, 3)
    np.testing.assert_array_equal(held_out_pictures(Numbered(2), CYCLEGAN, 9), source[:2])


# With files and devices


@pytest.fixture
def folder(tmp_path, scene):
    for number in range(4):
        write_image(tmp_path / f"pairs/train/{number}.png", scene(20, 40, number))
        for domain in "AB":
            write_image(tmp_path / f"domains/{domain}/{number}.png", scene(30, 20, number + 10 * ord(domain)))
    return tmp_path


def test_batches_of_files(folder):
    pairs = open_pairs(folder / "pairs", "train")
    settings = PIX2PIX.model_copy(update={"load_side": SIDE, "flip": False})
    _, target, _ = run(pairs, settings, last=1)[0]
    photos = [pairs.load(index, SIDE)[0] for index in range(3)]
    assert sum(np.array_equal(to_bytes(target)[0], photo) for photo in photos) == 1


SPLIT = """
import numpy as np, tensorflow as tf
two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], two)
from aiart.datasets.folders import open_pictures
from aiart.params.cyclegan import CycleGAN
from aiart.translation.cyclegan.data import unpaired_batches

a, b = (open_pictures("domains", domain, "train") for domain in "AB")
batches = unpaired_batches(a, b, CycleGAN(image_side=16, load_side=24, batch=4, receptive_field=16), 1, 2, 5)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
split = [part for step in strategy.experimental_distribute_dataset(batches) for part in step]
assert all([len(value) for value in part.values] == [2, 2] for part in split)
joined = [np.concatenate([value.numpy() for value in part.values]) for part in split]
assert len(joined) == 9
np.savez("joined.npz", *joined)
"""


def test_a_training_never_opens_the_truth(tmp_path):
    def trained_on(folder):
        """All that a training is told of a dataset, as bytes."""
        data = open_data(folder, CYCLEGAN, seed=1)
        with reading_errors():
            steps = [part.numpy().tobytes() for batch in data.batches(0, 6) for part in batch]
        return files_digest(data.files), data.steps_per_epoch, steps, [held.tobytes() for held in data.held_out]

    for number in range(12):
        for domain in "AB":
            shade = np.full((20, 20, 3), 20 * number + ord(domain) - 64, np.float32)
            write_image(tmp_path / f"{'train' if number < 9 else 'test'}{domain}" / f"{number}.png", shade)
    before = trained_on(tmp_path)
    for name in ("truthA/9.png", "truthA/strange.png", "truthB/0.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"not a picture")
    assert trained_on(tmp_path) == before


def test_batches_are_split_among_devices(folder):
    # In a process of its own, for TensorFlow takes the number of devices only before it starts.
    subprocess.run([sys.executable, "-c", SPLIT], cwd=folder, check=True)
    a, b = (open_pictures(folder / "domains", domain, "train") for domain in "AB")
    whole = run_unpaired(a, b, CYCLEGAN.model_copy(update={"batch": 4}), first=2, last=5)
    with np.load(folder / "joined.npz") as joined:
        assert_equal([joined.values()], [[part for step in whole for part in step]])


def test_a_damaged_picture_is_told_in_one_sentence(folder):
    (folder / "pairs/train/2.png").write_bytes(b"not a picture")
    pairs = open_pairs(folder / "pairs", "train")
    with (
        pytest.raises(UserError, match=r"^\S*2\.png: is not a picture that can be read; give a [^.]*\.$"),
        reading_errors(),
    ):
        run(pairs)


def test_other_errors_pass_through():
    with pytest.raises(tf.errors.InvalidArgumentError), reading_errors():
        tf.reshape(tf.zeros(3), (2, 2))
