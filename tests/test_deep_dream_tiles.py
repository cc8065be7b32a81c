import itertools

import numpy as np
import pytest

from aiart import memory
from aiart.cli import dream as cli
from aiart.deep_dream.memory import dream_mb
from aiart.deep_dream.objective import build_objective
from aiart.deep_dream.tiles import STRIDE, differing_share, evaluate_picture, tile_spans
from aiart.networks import vgg
from aiart.params.deep_dream import DeepDream
from aiart.params.layers import vgg_layers


@pytest.mark.parametrize("overlap", [0, 1, 31, 32, 64])
@pytest.mark.parametrize("length", [1, 127, 128, 129, 160, 161, 192, 200, 255, 256, 257, 1000, 1023])
def test_spans_cover_every_pixel_once(length, overlap):
    spans = tile_spans(length, 128, overlap)
    covered = [pixel for span in spans for pixel in range(span.core_start, span.core_stop)]
    assert covered == list(range(length))
    for span in spans:
        assert span.start <= span.core_start < span.core_stop <= span.stop
        assert span.stop - span.start <= 128
        assert span.start % STRIDE == 0
        # Never a sliver that InceptionV3 could not see.
        assert span.stop - span.start >= min(length, 75)
    for one, other in itertools.pairwise(spans):
        assert one.stop - other.start >= overlap


def test_without_tiles_there_is_one_span():
    assert tile_spans(5000, 0, 64) == [(0, 5000, 0, 5000)]


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).uniform(0, 255, (203, 330, 3)).astype(np.float32)


def tiny_network(widths=(4, 4, 8, 8, 8)):
    weights = vgg.random_weights(1, widths)
    return lambda image, layers: vgg.features(weights, image, layers)


def both(picture, settings, overlap, guide=None):
    """Evaluation at once and in tiles, with scales as `dream` makes them."""
    objective = build_objective(tiny_network(), settings, guide)
    ones = np.ones(len(settings.layer_weights))
    whole = evaluate_picture(objective, picture, ones, tile=0, overlap=0)
    scales = 1 / (whole.references * whole.density)
    return [evaluate_picture(objective, picture, scales, tile=tile, overlap=overlap) for tile in (0, 160)]


@pytest.mark.parametrize(
    ("layers", "overlap"),
    # Receptive fields are 14, 40 and 24 pixels: twice that is covered.
    [("conv2_2", 32), ("conv3_3", 80), (["conv2_2", "conv3_1"], 64)],
)
def test_tiles_equal_untiled(picture, layers, overlap):
    whole, tiled = both(picture, DeepDream(layers=layers), overlap)
    size = np.abs(whole.gradient).mean()
    np.testing.assert_allclose(tiled.gradient, whole.gradient, atol=1e-4 * size)
    # Overlaps count twice in the values, and zeros are added around each tile.
    np.testing.assert_allclose(tiled.values, whole.values, rtol=0.05)


def test_tiles_equal_untiled_with_a_guide(picture):
    whole, tiled = both(picture, DeepDream(layers="conv2_1"), 32, guide=picture[:64, :64, ::-1])
    np.testing.assert_allclose(tiled.gradient, whole.gradient, atol=1e-4 * np.abs(whole.gradient).mean())


def test_without_overlap_tiles_show_seams_and_only_there(picture):
    whole, tiled = both(picture, DeepDream(layers="conv2_2"), 0)
    wrong = np.abs(tiled.gradient - whole.gradient).max(axis=-1) > 0.01 * np.abs(whole.gradient).mean()
    assert wrong.any()
    # Tiles begin at columns 160 and 192; the middle of what the last two share is 256.
    columns = np.flatnonzero(wrong[:140].any(axis=0))
    assert all(min(abs(column - seam) for seam in (160, 256)) <= 14 for column in columns)


def test_memory_is_bounded_by_the_tile():
    seen = []
    network = tiny_network()

    def watching(tile, scales):
        seen.append(tile.shape[1:3])
        return objective(tile, scales)

    objective = build_objective(network, DeepDream(layers="conv1_1"))
    evaluate_picture(watching, np.zeros((400, 500, 3), np.float32), np.ones(1), tile=128, overlap=32)
    assert max(max(shape) for shape in seen) == 128
    assert len(seen) > 12


def test_the_share_that_tiles_may_change_bounds_what_they_change(picture):
    whole, tiled = both(picture, DeepDream(layers="conv2_2"), 32)
    wrong = np.abs(tiled.gradient - whole.gradient).max(axis=-1) > 1e-3 * np.abs(whole.gradient).mean()
    field = next(layer.receptive_field for layer in vgg_layers((1,) * 5) if layer.name == "conv2_2")
    height, width = picture.shape[:2]
    assert wrong.mean() <= differing_share(height, width, tile=160, overlap=32, field=field)
    assert differing_share(height, width, tile=160, overlap=0, field=field) > 0
    assert differing_share(height, width, tile=0, overlap=0, field=field) == 0
    assert differing_share(1000, 1000, tile=512, overlap=64, field=32) == 0
    assert differing_share(1000, 1000, tile=512, overlap=64, field=600) == 1


def test_tiles_share_what_a_layer_needs_or_half_of_themselves():
    assert DeepDream(layers="conv2_2", tile=512).overlap == 28
    assert DeepDream(layers=["conv4_3", "conv1_1"], tile=512).overlap == 200
    assert DeepDream(layers="conv4_3", tile=256).overlap == 128
    assert DeepDream(layers="conv4_3", tile=256, tile_overlap=10).overlap == 10


def test_tiles_are_found_that_fit(monkeypatch):
    settings = DeepDream(layers="conv2_2", tile="auto", long_side=1024)
    for tile in (128, 320):
        room = dream_mb(settings.model_copy(update={"tile": tile}), 1024 * 512) * 10**6
        monkeypatch.setattr(memory, "free_memory", lambda room=room: (room - memory.in_use(), room))
        assert cli._tiled_to_fit(settings, 1000, 2000).tile == tile
    monkeypatch.setattr(memory, "free_memory", lambda: (10**12, 10**12))
    assert cli._tiled_to_fit(settings, 1000, 2000).tile == 0
    monkeypatch.setattr(memory, "free_memory", lambda: (-memory.in_use(), 10**12))
    assert cli._tiled_to_fit(settings, 1000, 2000).tile == 128  # and what follows refuses it
    assert cli._tiled_to_fit(DeepDream(tile=256), 1000, 2000).tile == 256
