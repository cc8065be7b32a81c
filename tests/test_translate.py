import numpy as np
import pytest
import tensorflow as tf

from aiart import memory
from aiart.errors import UserError
from aiart.params.pix2pix import Pix2Pix
from aiart.translation import translate
from aiart.translation.methods import METHODS, part
from aiart.translation.model_file import Model
from aiart.translation.translate import noise_seed, pad_to_multiple, translate_picture


class Inverter:
    """Stands in for a trained generator: turns black to white, and is as particular about sizes as a U-Net."""

    reach, rate = 0, 0.5

    def __init__(self, multiple):
        self.multiple, self.seen = multiple, []

    def __call__(self, pictures, noise=None, borrowed=None):
        assert pictures.dtype == tf.float32
        assert not pictures.shape[1] % self.multiple and not pictures.shape[2] % self.multiple
        assert pictures.numpy().min() >= -1 and pictures.numpy().max() <= 1
        self.seen.append((tuple(pictures.shape[1:3]), noise))
        return -pictures


def model(network, directions=("b_to_a",)):
    return Model("pix2pix", Pix2Pix(), {}, dict.fromkeys(directions, network))


def picture(height, width, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (height, width, 3)).astype(np.float32)


@pytest.mark.parametrize("multiple", [4, 64, 256])
@pytest.mark.parametrize(("height", "width"), [(64, 64), (37, 53), (3, 200), (257, 65), (1, 1), (2, 130)])
def test_any_size_comes_back_at_its_own_size_and_place(height, width, multiple):
    given = picture(height, width)
    network = Inverter(multiple)
    made = translate_picture(model(network), given).picture
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, 255 - given, atol=1e-3)
    ((seen, _),) = network.seen
    assert seen == tuple(-(-max(side, 16) // multiple) * multiple for side in (height, width))


def test_padding_mirrors_without_repeating_the_edge():
    row = np.arange(13, dtype=np.float32)
    given = np.repeat(np.repeat(row[np.newaxis, :, np.newaxis], 12, axis=0), 3, axis=2)
    padded, top, left = pad_to_multiple(given, 8)
    assert (padded.shape, top, left) == ((16, 16, 3), 2, 1)
    assert padded[0, :, 0].tolist() == [1, *range(13), 11, 10]


def test_padding_wider_than_the_picture_mirrors_it_again_and_again():
    given = np.float32([0, 1, 2]).reshape(1, 3, 1).repeat(3, axis=2).repeat(2, axis=0)
    padded, top, left = pad_to_multiple(given, 16)
    assert (padded.shape, top, left) == ((16, 16, 3), 7, 6)
    assert padded[0, :, 0].tolist() == [2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1]
    np.testing.assert_array_equal(padded[7:9, 6:9], given)


def test_picture_that_fits_is_not_padded():
    given = picture(16, 32)
    padded, top, left = pad_to_multiple(given, 16)
    assert (top, left) == (0, 0)
    np.testing.assert_array_equal(padded, given)


def test_side_resizes_the_longer_side_either_way():
    for side, size in [(50, (25, 50)), (400, (200, 400))]:
        assert translate_picture(model(Inverter(4)), picture(100, 200), side=side).picture.shape[:2] == size


def test_dropout_has_a_seed_or_is_off():
    network = Inverter(4)
    translate_picture(model(network), picture(4, 4), noise_seed=9)
    translate_picture(model(network), picture(4, 4))
    assert network.seen[0][1].numpy().tolist() == [[9, 0]]
    assert network.seen[1][1] is None


def test_seed_of_a_picture_depends_on_seed_and_name_only():
    seeds = {noise_seed(seed, name) for seed in (1, 2) for name in ("house", "esuoh", "Häuser", "")}
    assert len(seeds) == 8
    assert all(0 <= seed < 2**31 for seed in seeds)
    assert noise_seed(1, "house") in seeds


def test_direction_is_chosen_or_refused():
    to_b, to_a = Inverter(4), Inverter(4)
    both = Model("cyclegan", Pix2Pix(), {}, {"a_to_b": to_b, "b_to_a": to_a})
    translate_picture(both, picture(4, 4), "b_to_a")
    assert (len(to_b.seen), len(to_a.seen)) == (0, 1)
    with pytest.raises(UserError, match="both ways"):
        translate_picture(both, picture(4, 4))
    with pytest.raises(UserError, match="only b_to_a"):
        translate_picture(model(Inverter(4)), picture(4, 4), "a_to_b")


def test_a_picture_too_large_for_the_memory_is_one_sentence(monkeypatch):
    class Greedy(Inverter):
        def __call__(self, pictures, noise=None, borrowed=None):
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    with pytest.raises(UserError, match=r"a picture of 60×50 pixels needs more, and --side 48 would fit"):
        translate_picture(model(Greedy(4)), picture(50, 60))
    # 64 channels of 8 bytes at 64 × 64 pixels are two megabytes.
    monkeypatch.setattr(memory, "in_use", lambda: 0)
    monkeypatch.setattr(translate, "in_use", lambda: 0)
    for available, fits in [(2**21, True), (2**21 - 1, False)]:
        monkeypatch.setattr(memory, "free_memory", lambda available=available: (available, 2**22))
        if fits:
            assert translate_picture(model(Inverter(4)), picture(60, 64)).picture.shape == (60, 64, 3)
        else:
            with pytest.raises(UserError, match=r"64×60 pixels takes 0.0 GB, and --side 48 would fit"):
                translate_picture(model(Inverter(16)), picture(60, 64))


@pytest.mark.parametrize("method", ["pix2pix", "cyclegan"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 40), (33, 70)])
def test_the_networks_themselves_take_any_size(method, height, width):
    settings = METHODS[method].settings_model(image_side=32, generator_width=4)
    trained = Model(method, settings, {}, {"a_to_b": part(method, "learner").build_generator(settings, seed=1)})
    made = translate_picture(trained, picture(height, width), noise_seed=3).picture
    assert made.shape == (height, width, 3)
    assert np.isfinite(made).all()
