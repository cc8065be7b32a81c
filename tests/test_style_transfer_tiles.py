"""Loss and gradient in tiles are those of the whole picture."""

import random

import numpy as np
import pytest
import tensorflow as tf

from aiart.datasets.paintings import paint as paint_style
from aiart.datasets.photographs import load_photograph
from aiart.images import resize_exact
from aiart.networks.registry import load_network
from aiart.params.feature_networks import NETWORKS
from aiart.params.load import checked_for_use
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.objective import build_objective
from aiart.style_transfer.paint import paint
from aiart.style_transfer.regions import masked_areas
from aiart.style_transfer.statistics import STATISTICS
from aiart.style_transfer.tiled import TiledObjective
from aiart.style_transfer.tiles import Tiling, gradient_reach, grid_step, most_seen, tiles

LAYERS = {layer.name: layer for layer in NETWORKS["vgg19_slim"].layers}
STYLE_LAYERS = ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]
SIZE = (433, 600)
PARTS = ("total", "content", "style", "tv")


@pytest.fixture(scope="module")
def pictures():
    """A photograph, two paintings, and a picture on the way between them."""
    photograph = resize_exact(load_photograph("astronaut"), *SIZE)
    painting = paint_style("starry_flow", height=300, width=417, seed=1)
    noise = np.random.default_rng(0).normal(0, 20, photograph.shape)
    picture = np.clip(photograph + noise, 0, 255).astype(np.float32)
    return photograph, [painting, np.ascontiguousarray(photograph[::-1, :300])], picture


def halves():
    """Two masks of one border that no tile has, and a part that both share."""
    mask = np.zeros((*SIZE, 3), np.float32)
    mask[:, :331], mask[100:200, 300:400] = 255, 128
    return [mask, 255 - mask]


def relative(one, other):
    return np.linalg.norm(np.asarray(one) - other) / np.linalg.norm(other)


@pytest.mark.parametrize(
    ("side", "changes"),
    [
        (211, {"content_layers": "conv3_2"}),
        pytest.param(101, {}, marks=pytest.mark.slow),
        pytest.param(131, {"style_statistic": "moments", "tv_form": "isotropic"}, marks=pytest.mark.slow),
        pytest.param(
            131,
            {"padding": "zero", "pooling": "avg", "tv_form": "squared", "gram_normalization": "documents"},
            marks=pytest.mark.slow,
        ),
        pytest.param(150, {"regions": [{}, {"styles": [2], "statistic": "moments"}]}, marks=pytest.mark.slow),
        (
            250,
            {
                "regions": [{"styles": [1, 2]}, {"styles": []}],
                "content_layers": {"conv1_1": 1, "conv3_3": 2},
                "style_layers": STYLE_LAYERS[:3],
            },
        ),
    ],
)
def test_loss_and_gradient_are_those_of_the_whole_picture(pictures, side, changes):
    photograph, styles, picture = pictures
    settings = StyleTransfer(**{"content_layers": "conv4_2", "style_layers": STYLE_LAYERS, **changes})
    network = load_network(
        "vgg19_slim",
        [*STYLE_LAYERS, *settings.content_layer_weights],
        padding=settings.padding,
        pooling=settings.pooling,
    )
    areas = masked_areas(halves(), SIZE, 2, settings) if settings.regions else ()
    given = (network, photograph, styles if settings.regions else styles[:1], settings)
    whole = build_objective(*given, areas=areas)(tf.constant(picture[np.newaxis]))
    # Both are tried where the network is shallow, and thus quick.
    for keep_content in (True, False)[: 2 - ("conv5_1" in settings.style_layers)]:
        objective = TiledObjective(*given, tiling=Tiling(side, keep_content), areas=areas)
        tiled = objective(picture[np.newaxis])
        assert len(objective.tiles) > 3
        for part in PARTS:
            assert getattr(tiled, part) == pytest.approx(float(getattr(whole, part)), rel=1e-5), part
        gradient = whole.gradient.numpy()
        assert relative(tiled.gradient, gradient) < 1e-5
        assert np.abs(tiled.gradient - gradient).max() < 1e-5 * np.abs(gradient).max()


def test_the_order_of_tiles_changes_no_byte_and_no_tile_has_a_seam(pictures):
    photograph, styles, picture = pictures
    settings = StyleTransfer(content_layers="conv3_2", style_layers=STYLE_LAYERS[:3])
    network = load_network("vgg19_slim", ["conv3_2"])
    given = (network, photograph, styles[:1], settings)
    objective = TiledObjective(*given, tiling=Tiling(120))
    first = objective(picture[np.newaxis])
    for tiled in (objective.tiles, objective.views):
        random.Random(1).shuffle(tiled)
    again = objective(picture[np.newaxis])
    assert first.gradient.tobytes() == again.gradient.tobytes()
    assert first[:4] == again[:4]

    # What is left of the difference to the whole picture's gradient is rounding: no more of it at borders of tiles.
    difference = np.abs(first.gradient - build_objective(*given)(tf.constant(picture[np.newaxis])).gradient)[0]
    rows = sorted({tile.core[0] for tile in objective.tiles} - {0})
    borders = np.concatenate([difference[[row - 1, row]].ravel() for row in rows])
    assert borders.mean() < 2 * difference.mean()


@pytest.mark.parametrize("size", [(433, 600), (64, 64), (65, 1000), (16, 200)])
@pytest.mark.parametrize("layers", [["conv1_1"], ["conv3_2"], ["conv5_1", "conv1_1"], []])
def test_cores_share_the_picture_out_and_each_has_a_position_of_every_layer(size, layers):
    facts = [LAYERS[name] for name in layers]
    step, margin = grid_step(facts), gradient_reach(facts)
    found = tiles(size, 70, margin, step)
    counted = np.zeros(size, int)
    for tile in found:
        counted[tile.inside] += 1
        assert tile.top % step == tile.left % step == 0
        assert tile.core[0] - tile.top >= margin or tile.top == 0
        assert tile.right - tile.core[3] >= margin or tile.right == size[1]
        for layer in facts:
            assert (tile.core[2] - 1) // layer.stride >= -(-tile.core[0] // layer.stride)
    assert (counted == 1).all()
    assert most_seen(found) <= (70 + 4 * step + 2 * (margin + step)) ** 2


def test_half_of_the_margin_is_not_enough(pictures, monkeypatch):
    from aiart.style_transfer import tiled

    photograph, styles, picture = pictures
    settings = StyleTransfer(content_weight=0, style_layers=["conv3_1"], tv_weight=0)
    network = load_network("vgg19_slim", ["conv3_1"])
    given = (network, photograph, styles[:1], settings)
    whole = build_objective(*given)(tf.constant(picture[np.newaxis])).gradient.numpy()
    assert relative(TiledObjective(*given, tiling=Tiling(200))(picture[np.newaxis]).gradient, whole) < 1e-5
    monkeypatch.setattr(tiled, "gradient_reach", lambda layers: gradient_reach(layers) // 2)
    assert relative(TiledObjective(*given, tiling=Tiling(200))(picture[np.newaxis]).gradient, whole) > 1e-4


@pytest.mark.parametrize(
    ("optimizer", "changes"),
    [
        ("lbfgs", {"keep": "last"}),
        ("adam", {"keep": "average", "pyramid": [{"scale": 0.6, "iterations": 3}]}),
    ],
)
def test_a_painting_in_tiles_is_that_of_the_whole_picture(tiny_network, scene, optimizer, changes):
    def painted(tile):
        settings = StyleTransfer(
            content_layers="conv2_2",
            style_layers=["conv1_1", "conv2_1"],
            style_weight=10,
            content_weight=0.01,
            tv_weight=0.01,
            iterations=6,
            optimizer=optimizer,
            tile=tile,
            **changes,
        )
        return paint(tiny_network, scene(90, 150, 1), [scene(80, 70, 2)], settings, seed=1)

    whole, tiled = painted("none"), painted(64)
    assert np.abs(whole.picture - tiled.picture).mean() < 0.05
    assert np.allclose(whole.history.total, tiled.history.total, rtol=1e-3)
    assert all(plan.tiling for plan in tiled.plans)
    assert not any(plan.tiling for plan in whole.plans)


def test_what_sorts_all_positions_cannot_be_cut_and_is_painted_at_once():
    with pytest.raises(Exception, match=r"tile is 256, but style_statistic sliced_wasserstein sorts all positions"):
        checked_for_use(
            StyleTransfer,
            {"tile": 256, "style_statistic": "sliced_wasserstein"},
            "settings",
            styles=1,
            init_picture=False,
            animated=False,
        )
    assert {name for name, statistic in STATISTICS.items() if statistic.of_sums is None} == {"sliced_wasserstein"}
    assert not StyleTransfer(style_statistic={"conv1_1": "sliced_wasserstein"}).tileable
    assert StyleTransfer(style_statistic="moments").tileable


@pytest.mark.parametrize(
    ("long_side", "scales", "evaluations"),
    [
        (200, [1], [100]),
        (360, [1], [100]),
        (450, [0.5, 1], [60, 60]),
        (512, [0.5, 1], [60, 60]),
        (1024, [0.25, 0.5, 1], [60, 60, 40]),
        (4096, [1 / 16, 0.125, 0.25, 0.5, 1], [60, 60, 40, 30, 30]),
        (12000, [1 / 64, 1 / 32, 1 / 16, 0.125, 0.25, 0.5, 1], [60, 60, 40, 30, 30, 30, 30]),
    ],
)
def test_the_automatic_pyramid_halves_down_to_about_256_pixels(long_side, scales, evaluations):
    levels = StyleTransfer(pyramid="auto").levels(long_side * 3 // 4, long_side)
    assert [scale for scale, _ in levels] == scales
    assert [count for _, count in levels] == evaluations
    assert StyleTransfer(pyramid="auto", iterations=1).levels(4096, 4096)[-1] == (1.0, 1)
