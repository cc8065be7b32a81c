"""Regions of a painting: where they are, what counts in them, and what is painted there."""

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from aiart.errors import UserError
from aiart.images import read_image, read_metadata, write_image
from aiart.params.feature_networks import NETWORKS
from aiart.params.load import checked_for_use
from aiart.params.paintings import StyleTransferRoom
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.objective import style_terms
from aiart.style_transfer.paint import paint
from aiart.style_transfer.regions import COLOURS, found_areas, masked_areas, merged, position_weights, region_map
from aiart.style_transfer.statistics import STATISTICS, Look
from aiart.style_transfer.superpixels import found_masks

LAYERS = {layer.name: layer for layer in NETWORKS["vgg19_slim"].layers}
SIZE = (48, 64)


def grey(mask):
    """As a mask is read: (height, width, 3), 0..255."""
    return np.repeat(np.asarray(mask, np.float32)[..., np.newaxis] * 255, 3, axis=2)


LEFT = np.zeros(SIZE, np.float32)
LEFT[:, :32] = 1
HALVES = [grey(LEFT), grey(1 - LEFT)]


def chosen(regions, **changes):
    return StyleTransfer(
        **{
            "content_layers": "conv2_2",
            "style_layers": ["conv1_1", "conv2_1"],
            "style_statistic": "gram",
            "content_weight": 0.01,
            "style_weight": 100,
            "tv_weight": 0.01,
            "iterations": 15,
            "long_side": 64,
            "regions": regions,
            **changes,
        }
    )


# Where regions are


def test_what_no_mask_covers_is_a_region_of_all_styles():
    area, rest = masked_areas([grey(LEFT)], SIZE, 2, chosen([{"styles": [2], "weight": 3, "statistic": "moments"}]))
    np.testing.assert_allclose(area.mask, LEFT)
    np.testing.assert_allclose(rest.mask, 1 - LEFT)
    assert area[1:4] == ((1,), 3.0, "moments")
    assert rest[1:4] == ((0, 1), 1.0, "gram")


def test_masks_that_overlap_share_and_soft_edges_stay_soft():
    soft = np.tile(np.linspace(0, 1, 64, dtype=np.float32), (48, 1))
    areas = masked_areas([grey(soft), grey(np.ones(SIZE))], SIZE, 1, chosen([{}, {"weight": 2}]))
    np.testing.assert_allclose(sum(area.mask for area in areas), np.ones(SIZE), atol=1e-6)
    np.testing.assert_allclose(areas[0].mask, soft / (1 + soft), atol=1e-6)


def test_a_colour_coded_mask_is_taken_apart_by_its_colours():
    picture = np.zeros((*SIZE, 3), np.float32)
    picture[:, :32], picture[:, 32:] = (255, 0, 0), (0, 128, 255)
    regions = [{"colour": "#0080ff", "styles": [1]}, {"colour": "#FF0000", "styles": [2]}]
    right, left = masked_areas([picture], SIZE, 2, chosen(regions))
    np.testing.assert_allclose(left.mask, LEFT)
    np.testing.assert_allclose(right.mask, 1 - LEFT)
    with pytest.raises(UserError, match=r"no pixel of the mask is #00ff00; most of it is #0080ff, #ff0000\.$"):
        masked_areas([picture], SIZE, 1, chosen([{"colour": "#00ff00"}]))


@pytest.mark.parametrize(
    ("mask", "said"),
    [(np.ones((64, 48)), "is 48×64 pixels and the photograph 64×48"), (np.zeros(SIZE), "black everywhere")],
)
def test_masks_of_another_shape_or_without_a_region_are_refused(mask, said):
    with pytest.raises(UserError, match=said):
        masked_areas([grey(mask)], SIZE, 1, chosen([{}]))


def test_a_mask_of_the_same_shape_in_another_size_is_brought_to_the_photograph():
    area, _ = masked_areas([grey(np.repeat(np.repeat(LEFT, 3, axis=0), 3, axis=1))], SIZE, 1, chosen([{"weight": 2}]))
    np.testing.assert_allclose(area.mask, LEFT, atol=0.2)
    assert area.mask[:, :30].min() > 0.98


def test_a_map_shows_each_region_in_a_colour_that_a_mask_may_have():
    areas = masked_areas(HALVES, SIZE, 1, chosen([{}, {"weight": 2}]))
    shown = region_map(areas)
    regions = [{"colour": colour, "weight": weight} for colour, weight in zip(COLOURS, (1, 2), strict=False)]
    for area, same in zip(areas, masked_areas([shown], SIZE, 1, chosen(regions)), strict=True):
        np.testing.assert_allclose(area.mask, same.mask)


# What counts in them


def test_only_positions_that_see_nothing_but_the_region_count():
    layer = LAYERS["conv2_1"]  # of 2 pixels and 10 around
    weights = position_weights(LEFT, layer, SIZE).reshape(24, 32)
    assert weights.sum() == pytest.approx(1)
    inside = 16 - layer.receptive_field // 2 // layer.stride
    assert (weights[:, : inside - 1] > 0).all()
    assert weights[:, inside + 1 :].max() < 1e-3 * weights.max()
    # The picture's own border is none.
    np.testing.assert_allclose(weights[:, 0], weights[:, 3], rtol=1e-3)


def test_a_region_that_no_position_sees_alone_counts_where_some_of_it_is_seen():
    thin = np.zeros(SIZE, np.float32)
    thin[:, 20:26] = 1
    weights = position_weights(thin, LAYERS["conv3_1"], SIZE).reshape(12, 16)
    assert weights.sum() == pytest.approx(1)
    assert weights[:, 5].min() > 10 * weights[:, 9].max()


def test_a_mask_that_is_alike_everywhere_counts_as_none():
    assert position_weights(np.full(SIZE, 0.5, np.float32), LAYERS["conv1_1"], SIZE) is None


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_of_a_region_are_those_of_a_picture_of_it_alone(name):
    random = np.random.default_rng(0)
    picture, painting = (np.maximum(random.normal(0.3, 1, (1, 12, 10, 5)), 0) for _ in range(2))
    inside = np.zeros((12, 10))
    inside[:, :4] = 1
    weights = tf.constant((inside / inside.sum()).ravel())
    statistic, settings = STATISTICS[name], StyleTransfer()
    look, alone = Look(120, (0,), weights), Look(48)

    def distance(x):
        return statistic.distance(x, statistic.target(tf.constant(painting), look), look, settings)

    part, painted = (tf.constant(x[:, :, :4]) for x in (picture, painting))
    expected = statistic.distance(part, statistic.target(painted, alone), alone, settings)
    assert float(distance(tf.constant(picture))) == pytest.approx(float(expected), rel=0.03)
    with tf.GradientTape() as tape:
        x = tf.constant(picture)
        tape.watch(x)
        loss = distance(x)
    gradient = tape.gradient(loss, x).numpy()
    assert not gradient[:, :, 4:].any()
    direction = random.normal(0, 1, picture.shape)
    up, down = (float(distance(tf.constant(picture + sign * 1e-6 * direction))) for sign in (1, -1))
    assert (up - down) / 2e-6 == pytest.approx((gradient * direction).sum(), rel=1e-4, abs=1e-7)


def test_a_painting_teaches_only_what_its_mask_shows(tiny_network, scene):
    sky, land = scene(48, 32, 2) * 0.3, scene(48, 32, 3) * 0.3 + 170
    painting = np.concatenate([sky, land], axis=1)
    settings = chosen([{"styles": [1]}, {"styles": [2]}])
    areas = masked_areas(HALVES, SIZE, 2, settings)
    masked = style_terms(tiny_network, [painting, painting], settings, SIZE, (0,), areas, HALVES)
    alone = [term for one in (sky, land) for term in style_terms(tiny_network, [one], chosen([]), SIZE)]
    for term, expected in zip(masked, alone, strict=True):
        assert float(tf.norm(term.target - expected.target) / tf.norm(expected.target)) < 0.3
        whole = style_terms(tiny_network, [painting], chosen([]), SIZE)[[t.layer for t in alone].index(term.layer)]
        assert float(tf.norm(term.target - expected.target)) < 0.5 * float(tf.norm(whole.target - expected.target))


# What is painted there


@pytest.mark.parametrize("statistic", STATISTICS)
def test_inside_each_region_the_own_style_is_nearest(tiny_network, scene, statistic):
    styles = [scene(40, 40, 2) * 0.3, scene(40, 40, 3) * 0.3 + 170]
    settings = chosen([{"styles": [1]}, {"styles": [2], "statistic": statistic}], content_weight=0, init="noise")
    painted = paint(tiny_network, scene(*SIZE, 1), styles, settings, seed=1, masks=HALVES)

    def distances(part):
        return [
            sum(
                float(term.loss(tiny_network(tf.constant(part[np.newaxis]), [term.layer])[term.layer], settings))
                for term in style_terms(tiny_network, [style], chosen([]), part.shape[:2])
            )
            for style in styles
        ]

    left, right = distances(painted.picture[:, :26]), distances(painted.picture[:, 38:])
    assert left[0] < 0.4 * left[1]
    assert right[1] < 0.4 * right[0]


@pytest.mark.parametrize("region", [{"weight": 0}, {"styles": []}], ids=str)
@pytest.mark.parametrize(
    "changes", [{"init": "noise"}, {"optimizer": "adam", "pyramid": [{"scale": 0.5, "iterations": 3}]}]
)
def test_the_photograph_stays_where_a_region_says_so(tiny_network, scene, region, changes):
    content, styles = scene(*SIZE, 1), [scene(40, 40, 2)]
    settings = chosen([region], snapshot_every=5, **changes)
    painted = paint(tiny_network, content, styles, settings, seed=1, masks=HALVES[:1])
    for picture in (painted.picture, *painted.frames[-1:]):
        assert np.abs(picture[:, :31] - content[:, :31]).max() <= 1
        assert np.abs(picture[:, 33:] - content[:, 33:]).mean() > 5


def test_regions_of_the_same_style_equal_none(tiny_network, scene):
    content, styles = scene(*SIZE, 1), [scene(40, 40, 2)]
    half = grey(np.full(SIZE, 0.5))
    plain = paint(tiny_network, content, styles, chosen([]), seed=1)
    for masks in (HALVES, [half, half], HALVES[:1]):
        settings = chosen([{"styles": [1]}, {}][: len(masks)])
        assert paint(tiny_network, content, styles, settings, seed=1, masks=masks).picture.tobytes() == (
            plain.picture.tobytes()
        )


def test_regions_of_unlike_weight_share_the_loss_by_their_size(tiny_network, scene):
    settings = chosen([{}, {"weight": 2}])
    areas = merged(masked_areas(HALVES, SIZE, 1, settings))
    terms = style_terms(tiny_network, [scene(40, 40, 2)], settings, SIZE, (0,), areas)
    assert [term.weight for term in terms] == pytest.approx([0.25, 0.25, 0.5, 0.5])


# Found without a mask


def bands():
    """Sky, corn and ground."""
    picture = np.full((96, 80, 3), (120.0, 170, 230))
    picture[32:64] = [230, 220, 60]
    picture[64:] = [40, 90, 30]
    return picture + np.random.default_rng(0).normal(0, 9, picture.shape).astype(np.float32)


def colours(picture, layers):
    """A network that sees what colours are where."""
    return {layer: tf.nn.avg_pool2d(picture, 4, 4, "VALID") for layer in layers}


def test_found_regions_are_what_looks_alike_from_top_to_bottom_and_repeat():
    photograph = np.clip(bands(), 0, 255)
    masks, again = (found_masks(colours, "conv3_1", photograph, 3, seed=1) for _ in range(2))
    np.testing.assert_array_equal(masks, again)
    for number, mask in enumerate(masks):
        assert mask[32 * number + 4 : 32 * number + 28].mean() > 0.95
    areas = found_areas(masks, (48, 40), 2, chosen({"auto": 3}))
    assert [area.styles for area in areas] == [(0,), (1,), (0,)]
    np.testing.assert_allclose(sum(area.mask for area in areas), np.ones((48, 40)), atol=1e-5)


@pytest.mark.parametrize("count", [2, 9])
def test_regions_are_found_even_where_all_is_alike(tiny_network, count):
    masks = found_masks(tiny_network, "conv2_2", np.full((40, 20, 3), 99, np.float32), count, seed=1)
    np.testing.assert_array_equal(sum(masks), np.ones((40, 20)))


# Settings and the command


@pytest.mark.parametrize(
    ("regions", "use", "said"),
    [
        ([{}], {"masks": 0}, "regions: 1 need as many masks, but none is given; give 1."),
        ([{}, {}], {"masks": 3}, "regions: 2 need as many masks, but 3 are given; give 2."),
        (
            [{"colour": "#ff0000"}],
            {"masks": 2},
            "Regions with colours need one colour-coded mask, but 2 are given; give 1.",
        ),
        (
            [{"colour": "#ff0000"}, {}],
            {"masks": 2},
            "some regions have a colour and some have none; give one to each, or",
        ),
        (
            [{"colour": "#ff0000"}, {"colour": "#FF0000"}],
            {"masks": 1},
            "two regions have the same colour; give each its",
        ),
        ([], {"masks": 1}, "masks are given, but no regions; say in regions what each is, such as [{}] for one mask."),
        (
            {"auto": 3},
            {"masks": 1},
            "regions are found, and masks are given as well; leave out the masks or regions.auto.",
        ),
        ([], {"style_masks": 1}, "1 style masks are given for 2 style pictures; give one for each, or none."),
        ([{"styles": [3]}], {"masks": 1}, "regions.0.styles names picture 3 of 2; give one that there is."),
        ([{"styles": [2, 2]}], {"masks": 1}, "regions.0.styles names a picture twice; name each once."),
        (
            [{"statistic": {"conv9": "gram"}}],
            {"masks": 1},
            "regions.0.statistic names conv9, which is none of style_layers",
        ),
        ([{"colour": "red"}], {"masks": 1}, "regions.0.colour is 'red', but: string should match pattern"),
        ({"auto": 1}, {}, "regions.auto is 1, but: input should be greater than or equal to 2."),
        ({"auto": 3, "each": 2}, {}, "regions.each is no setting; settings here are auto."),
        ("all", {}, "regions is 'all', but: "),
    ],
)
def test_regions_that_do_not_go_with_what_goes_in_are_named(regions, use, said):
    use = {"styles": 2, "init_picture": False, "animated": False, **use}
    with pytest.raises(UserError) as caught:
        checked_for_use(StyleTransfer, {"regions": regions}, "settings", **use)
    assert str(caught.value).startswith(f"settings: {said}")


def test_a_sweep_shows_the_regions_of_a_cell_that_has_some():
    def room(regions):
        sweep = {"title": "t", "first": "regions", "columns": {"regions": {"none": [], "two": regions}}}
        return StyleTransferRoom(sweeps={"s": {**sweep, "base": {"content": "a", "style": "b"}}})

    assert room({"auto": 2}).grid_settings("s")["first_label"] == "the regions"
    with pytest.raises(ValueError, match=r"sweeps\.s\.first is regions, but no cell has any"):
        room([])


def test_blend_weights_of_zero_in_a_region_are_named():
    settings = {"regions": [{"styles": [1]}], "style_blend_weights": [0, 1]}
    with pytest.raises(UserError, match=r"^settings: regions\.0: style_blend_weights of its styles are all zero; make"):
        checked_for_use(StyleTransfer, settings, "settings", styles=2, init_picture=False, animated=False, masks=1)


def test_the_command_paints_regions_records_their_masks_and_is_repeated(aiart, scene, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, seed in (("photo", 1), ("one", 2), ("two", 3)):
        write_image(f"{name}.png", scene(*SIZE, seed))
    for name, mask in (("left", HALVES[0]), ("right", HALVES[1])):
        write_image(f"{name}.png", mask)
    command = ["stylize", "photo.png", "one.png", "two.png", "--iterations", "3"]
    masks = ["--mask", "left.png", "right.png", "--regions", '[{"styles": [1]}, {"styles": [2], "weight": 3}]']
    style_masks = ["--style-mask", "left.png", "--style-mask", "right.png"]
    status, _, err = aiart(*command, *masks, *style_masks, "-o", "out.png", "--region-map", "map.png")
    assert (status, err) == (0, "")
    assert [tuple(map(int, read_image("map.png")[5, x])) for x in (5, 60)] == [(0, 0x72, 0xB2), (0xE6, 0x9F, 0)]
    made_of = json.loads(read_metadata("out.png")["aiart"])["made_of"]
    assert [file["name"] for part in ("masks", "style_masks") for file in made_of[part]] == [
        "left.png",
        "right.png",
    ] * 2
    assert aiart("repeat", "out.png", "--check")[0] == 0
    status, _, err = aiart("repeat", "out.png", "-o", "new.png", "--mask", "right.png", "--mask", "left.png")
    assert (status, err) == (0, "")
    assert Path("new.png").read_bytes() != Path("out.png").read_bytes()
    assert aiart(*command, "--regions", "{auto: 2}", "-o", "auto.png", "--region-map", "map.png")[0] == 0
    assert aiart("repeat", "auto.png", "--check")[0] == 0
    status, _, err = aiart(*command, "-o", "out.png", "--region-map", "map.png")
    assert (status, "there are no regions to show" in err) == (1, True)
