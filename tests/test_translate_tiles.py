"""Translating in tiles."""

from itertools import pairwise

import numpy as np
import pytest
import tensorflow as tf

from aiart import memory
from aiart.errors import UserError
from aiart.networks.normalization import Borrowed
from aiart.translation import translate
from aiart.translation.methods import METHODS, part
from aiart.translation.model_file import Model
from aiart.translation.tiles import tile_starts, translate_tiles
from aiart.translation.translate import translate_picture


def trained(method, **settings):
    settings = METHODS[method].settings_model(image_side=32, generator_width=4, **settings)
    return Model(method, settings, {}, {"a_to_b": part(method, "learner").build_generator(settings, seed=1)})


def smooth(height, width):
    """A picture with shapes of every size."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    waves = [np.sin(rows / 9 + columns / 31), np.sin(columns / 5), np.sin(rows / 40 - columns / 17)]
    return 127.5 + 100 * np.stack(waves, -1).astype(np.float32)


@pytest.mark.parametrize(("blocks", "downsamplings"), [(1, 2), (3, 1), (2, 2)])
@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
def test_nothing_from_beyond_its_reach_changes_a_pixel(blocks, downsamplings, upsampling):
    model = trained("cyclegan", blocks=blocks, downsamplings=downsamplings, upsampling=upsampling)
    network, side = model.generators["a_to_b"], 96
    random = np.random.default_rng(1)
    one, other = (random.uniform(-1, 1, (1, side, side, 3)).astype(np.float32) for _ in range(2))
    near = np.abs(np.arange(side) - 48) <= network.reach
    other = np.where((near[:, np.newaxis] & near)[np.newaxis, ..., np.newaxis], one, other)
    borrowed = Borrowed()
    network(tf.constant(one), borrowed=borrowed)
    made = [network(tf.constant(picture), borrowed=borrowed.lend()).numpy()[0] for picture in (one, other)]
    np.testing.assert_allclose(made[0][48, 48], made[1][48, 48], atol=1e-6)
    assert not np.allclose(made[0][0, 0], made[1][0, 0], atol=1e-4)


def test_the_statistics_of_the_same_picture_change_nothing():
    network = trained("cyclegan").generators["a_to_b"]
    picture, borrowed = tf.constant(smooth(32, 48)[np.newaxis] / 127.5 - 1), Borrowed()
    whole = network(picture)
    np.testing.assert_array_equal(network(picture, borrowed=borrowed), whole)
    np.testing.assert_allclose(network(picture, borrowed=borrowed.lend()), whole, atol=2e-5)


@pytest.mark.parametrize("size", [(200, 328), (328, 80), (96, 100)])
def test_without_norms_tiles_are_the_whole_picture(size):
    model, picture = trained("cyclegan", norm="none", blocks=1, downsamplings=1), smooth(*size)
    whole = translate_picture(model, picture).picture
    made = translate_picture(model, picture, tile=96)
    assert made.tile == 96 and made.approximation is None
    np.testing.assert_allclose(made.picture, whole, atol=0.01)


@pytest.mark.parametrize("method", ["cyclegan", "pix2pix"])
def test_no_seam_shows_where_tiles_meet(method):
    model, picture = trained(method), smooth(192, 384)
    made, tiles, exact = translate_tiles(model, picture, None, 128)
    assert tiles > 4 and not exact
    steps = np.abs(np.diff(made, axis=1)).mean(axis=(0, 2))
    typical = np.abs(np.diff(translate_picture(model, picture).picture, axis=1)).mean(axis=(0, 2))
    # Neighbouring columns differ nowhere more than within the whole picture's translation.
    assert steps.max() < 1.3 * typical.max()
    assert 0.7 < steps.mean() / typical.mean() < 1.4


@pytest.mark.parametrize(("length", "tile", "share", "multiple"), [(96, 96, 9, 4), (400, 96, 40, 4), (512, 64, 20, 32)])
def test_tiles_cover_all_and_share_enough(length, tile, share, multiple):
    starts = tile_starts(length, tile, share, multiple)
    assert starts[0] == 0 and starts[-1] + tile == length and not any(start % multiple for start in starts)
    assert all(before + tile - start >= share for before, start in pairwise(starts))


def test_tiles_are_refused_unless_asked_for_and_auto_takes_those_that_fit(monkeypatch):
    model, picture = trained("cyclegan"), smooth(320, 320)
    for module in (memory, translate):
        monkeypatch.setattr(module, "in_use", lambda: 0)
    room = 40 * 320**2 + 128**2 * 4 * model.settings.translation_bytes
    monkeypatch.setattr(memory, "free_memory", lambda: (room, room))
    with pytest.raises(UserError, match=r"320×320 pixels takes .*, and --side \d+ or --tile 128 would fit"):
        translate_picture(model, picture)
    made = translate_picture(model, picture, tile="auto")
    assert (made.tile, made.approximation) == (128, "25 tiles of 128 pixels, by the statistics of a copy of 128 pixels")
    monkeypatch.setattr(memory, "free_memory", lambda: (10**12, 10**12))
    assert translate_picture(model, picture, tile="auto").tile is None
