import pytest

from aiart.errors import UserError
from aiart.params import checked
from aiart.params.deep_dream import DeepDream, DeepDreamRoom, Dream
from aiart.params.feature_networks import NETWORKS
from aiart.params.layers import GOOGLENET_LAYERS
from aiart.params.load import checked_for_use


def message(values, model=DeepDream):
    with pytest.raises(UserError) as caught:
        checked(model, values, "x")
    return str(caught.value)


def test_network_and_layers_follow_from_each_other():
    assert (DeepDream().network, DeepDream().layers) == ("googlenet_slim", "inception_4c")
    assert DeepDream(layers="mixed3").network == "inception_v3"
    assert DeepDream(layers=["mixed3", "mixed5"]).network == "inception_v3"
    assert DeepDream(layers={"mixed3": 2}).network == "inception_v3"
    assert DeepDream(layers="conv3_1").network == "vgg19_slim"
    assert DeepDream(network="inception_v3").layers == "mixed4"
    assert DeepDream(network="vgg19").layers == DeepDream(network="vgg19_slim").layers
    assert DeepDream(network="vgg19", layers="conv3_1").layers == "conv3_1"


def test_layer_weights():
    assert DeepDream(layers="conv3_1").layer_weights == {"conv3_1": 1.0}
    assert DeepDream(layers=["conv3_1", "conv4_1"]).layer_weights == {"conv3_1": 1.0, "conv4_1": 1.0}
    assert DeepDream(layers={"mixed3": 0.5, "mixed4": 0}).layer_weights == {"mixed3": 0.5}


def test_every_field_is_documented_and_has_a_name_that_dvc_hashes():
    for name, field in DeepDream.model_fields.items():
        assert field.description, name
        assert name not in ("size", "nfiles")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"octave": 3}, "x: octave is no setting; did you mean octaves? settings here are "),
        (
            {"network": "vgg19", "layers": "mixed4"},
            "x: layers: mixed4 is a layer of inception_v3, not of vgg19; change layers or network.",
        ),
        (
            {"network": "inception_v3", "layers": "conv4_1"},
            "x: layers: conv4_1 is a layer of vgg19_slim, not of inception_v3; change layers or network.",
        ),
        (
            {"layers": "mixd4"},
            "x: layers: mixd4 is no layer; layers are " + ", ".join(GOOGLENET_LAYERS) + ".",
        ),
        (
            {"network": "inception_v3", "layers": "mixed11"},
            "x: layers: mixed11 is no layer; did you mean mixed1? layers are "
            + ", ".join(NETWORKS["inception_v3"].layer_names)
            + ".",
        ),
        ({"layers": []}, "x: layers: no layer is named; give at least one."),
        ({"layers": ["conv1_1", "conv1_1"]}, "x: layers: a layer is named twice; name each once."),
        ({"layers": {"conv1_1": 0}}, "x: layers: the weights are all zero; make at least one larger."),
        ({"channel": -1}, "x: channel is -1, but: input should be greater than or equal to 0."),
        (
            {"parametrization": "fourier", "laplacian_levels": 3},
            "x: laplacian_levels has no effect with parametrization fourier; leave it out or change parametrization.",
        ),
        (
            {"learning_rate": 0.1},
            "x: learning_rate has no effect with parametrization pixels; leave it out or change parametrization.",
        ),
        ({"channel": []}, "x: channel: no channel is named; give at least one, or null for all."),
        ({"channel": [3, 3]}, "x: channel: a channel is named twice; name each once."),
        ({"channel": {"3": 1, "03": 1}}, "x: channel: a channel is named twice; name each once."),
        ({"channel": {"3": 0}}, "x: channel: the weights are all zero; make at least one another."),
        ({"neuron": [0.5, 1.5]}, "x: neuron.1 is 1.5, but: input should be less than or equal to 1."),
        ({"objective": "l1"}, "x: objective is 'l1', but: input should be 'l2' or 'mean'."),
        ({"octaves": 0}, "x: octaves is 0, but: input should be greater than or equal to 1."),
        ({"octave_scale": 1}, "x: octave_scale is 1, but: input should be greater than 1."),
        ({"step_size": 0}, "x: step_size is 0, but: input should be greater than 0."),
        ({"jitter": -1}, "x: jitter is -1, but: input should be greater than or equal to 0."),
        (
            {"gradient_normalization": "max"},
            "x: gradient_normalization is 'max', but: input should be 'mean_abs' or 'std'.",
        ),
        (
            {"tile": 256, "tile_overlap": 129},
            "x: tile_overlap is 129, more than half of tile 256; lower it or raise tile.",
        ),
        (
            {"tile": 256, "neuron": [0.5, 0.5]},
            "x: neuron and tile exclude each other, since a neuron is in one tile only; set tile to 0.",
        ),
        ({"tile": 64}, "x: tile is 64, but: input should be greater than or equal to 128."),
    ],
)
def test_bad_settings_are_named(values, expected):
    found = message(values)
    assert found.startswith(expected) if expected.endswith(" ") else found == expected


@pytest.mark.parametrize("key", ["channel", "neuron"])
def test_a_guide_excludes_parts_of_layers(key):
    value = {"channel": 3, "neuron": [0.5, 0.5]}[key]
    with pytest.raises(UserError) as caught:
        checked_for_use(Dream, {"picture": "cat", "guide": "dog", key: value}, "x", animated=False)
    assert str(caught.value) == (
        f"x: guide and {key} exclude each other, since a guide acts on whole layers; remove one."
    )
    assert checked_for_use(Dream, {"picture": "cat", key: value}, "x", animated=False).guide is None


def test_every_channel_of_a_layer_is_a_column():
    sweep = {"title": "Atlas", "columns": {"channel": "all"}, "base": {"picture": "coffee", "layers": "inception_3b"}}
    room = checked(DeepDreamRoom, {"sweeps": {"atlas": sweep}}, "deep_dream")
    cells = room.sweeps["atlas"].cells()
    assert [cell.settings["channel"] for cell in cells] == list(range(360))
    assert [cells[0].name, cells[-1].name] == ["channel=0", "channel=359"]
    assert room.sweep_cell("atlas", cells[7]).when_silent == "keep"
    # Written out, it is read again.
    assert checked(DeepDreamRoom, room.model_dump(), "deep_dream") == room


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"base": {"layers": ["conv3_1", "conv4_1"]}},
            "channel: all is every channel of one layer; name one in layers",
        ),
        (
            {"rows": {"layers": ["conv3_1", "conv4_1"]}},
            "channel: all is every channel of one layer; name one in layers",
        ),
        ({"columns": {"octaves": "all"}}, "an axis is `all` only as columns: {channel: all} in Deep Dream"),
        ({"columns": {"octaves": [1]}, "rows": {"channel": "all"}}, "an axis is `all` only as columns: {channel: all}"),
        ({"base": {"layers": "mixed10"}}, "mixed10 has 2,048 channels, more than 1,000; name another layer"),
    ],
)
def test_an_atlas_has_one_layer(changes, expected):
    sweep = {"title": "Atlas", "columns": {"channel": "all"}, **changes}
    sweep["base"] = {"picture": "coffee", **sweep.get("base", {})}
    assert expected in message({"sweeps": {"atlas": sweep}}, DeepDreamRoom)
