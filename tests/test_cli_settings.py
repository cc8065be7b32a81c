"""Settings on the command line are read and checked as those of params.yaml are."""

import argparse

import pytest

from aiart.cli.curves import CurveSettings
from aiart.cli.grid import GridSettings
from aiart.cli.settings import add_settings, read_settings
from aiart.errors import UserError
from aiart.params import canonical_json, checked
from aiart.params.deep_dream import DeepDream
from aiart.params.networks import Distill
from aiart.params.root import Params
from aiart.params.style_transfer import StyleTransfer


def read(model, *arguments, **use):
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_settings(parser, model, "settings")
    return read_settings(parser.parse_args([str(argument) for argument in arguments]), model, **use)


PLAIN = {StyleTransfer: {"styles": 1, "init_picture": False, "animated": False},
         DeepDream: {"guided": False, "animated": False}}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "option", "text", "value"),
    [
        (StyleTransfer, "style-layers", "conv1_1,conv2_1", ["conv1_1", "conv2_1"]),
        (StyleTransfer, "style-layers", "conv1_1, conv2_1", ["conv1_1", "conv2_1"]),
        (StyleTransfer, "style-layers", "[conv1_1, conv2_1]", ["conv1_1", "conv2_1"]),
        (StyleTransfer, "style-layers", '["conv1_1","conv2_1"]', ["conv1_1", "conv2_1"]),
        (StyleTransfer, "style-layers", "conv1_1", "conv1_1"),
        (StyleTransfer, "content-layers", "conv1_1,conv2_1", ["conv1_1", "conv2_1"]),
        (StyleTransfer, "content-layers", "{conv1_1: 1, conv2_1: 0.5}", {"conv1_1": 1, "conv2_1": 0.5}),
        (StyleTransfer, "style-layer-weights", "1,2,0.5,0,1", [1, 2, 0.5, 0, 1]),
        (StyleTransfer, "style-layer-weights", "geometric", "geometric"),
        (StyleTransfer, "style-blend-weights", "2", [2]),
        (StyleTransfer, "style-blend-weights", "null", None),
        (DeepDream, "layers", "mixed3,mixed4", ["mixed3", "mixed4"]),
        (DeepDream, "neuron", "0.5,0.25", [0.5, 0.25]),
        (Distill, "scale", "0.5,2", (0.5, 2)),
        (Distill, "pictures", "here,there", ["here", "there"]),
        (Distill, "pictures", "here", ["here"]),
        (GridSettings, "columns", "a,b", ["a", "b"]),
        (GridSettings, "title", "one, two", "one, two"),
        (CurveSettings, "labels", "a", ["a"]),
    ],
)
def test_a_list_is_written_with_commas_or_as_in_params_yaml(model, option, text, value):
    settings = read(model, f"--{option}={text}", **PLAIN.get(model, {}))
    assert getattr(settings, option.replace("-", "_")) == value


def test_an_empty_part_of_a_list_is_refused():
    with pytest.raises(UserError, match=r"^settings: style_layers\.1 is None, but: input should be a valid string\.$"):
        read(StyleTransfer, "--style-layers", "conv1_1,,conv2_1", **PLAIN[StyleTransfer])


def outcome(call):
    """What is said of settings, without the words that say where they stand; None when they are accepted."""
    try:
        call()
    except UserError as error:
        return str(error).partition("one: ")[2] or str(error).removeprefix("settings: ")


PAINTINGS = [
    {},
    {"style_blend_weights": [1, 2]},
    {"style_blend_weights": [1, 2, 3]},
    {"style_blend_weights": [0, 0]},
    {"style_blend_weights": []},
    {"style_blend_weights": {"conv1_1": [1, 0]}},
    {"regions": {"auto": 2}},
    {"regions": [{}]},
    {"style_statistic": {"conv1_1": "moments", "conv2_1": "sliced_wasserstein"}},
    {"snapshot_every": 2},
    {"style_layers": []},
    {"style_layers": ["conv1_1"], "style_layer_weights": [0]},
    {"long_side": 1},
    {"init": "noise"},
]
DREAMS = [
    {},
    {"channel": 3},
    {"channel": 128},
    {"layers": {"conv5_1": 0, "conv1_1": 1}, "channel": 16},
    {"neuron": [0.5, 0.5]},
    {"neuron": [0.5]},
    {"zoom_frames": 3},
    {"zoom_frames": 3, "channel": 3},
    {"layers": "mixed4", "network": "vgg19_slim"},
    {"layers": {}},
    {"tile": 128, "tile_overlap": 100},
    {"guide_objective": "caricature"},
    {"guide_objective": "caricature", "channel": 3},
    {"cosine_power": 3},
]


@pytest.mark.parametrize("animated", [False, True])
@pytest.mark.parametrize("settings", PAINTINGS, ids=canonical_json)
@pytest.mark.parametrize("styles", [1, 2])
def test_a_painting_is_refused_or_accepted_alike_in_params_yaml_and_by_the_command(settings, styles, animated):
    item = {"content": "a", "style": ["b", "c"][:styles], **settings}
    room = {"style_transfer": {"animations" if animated else "pictures": {"one": item}}}
    use = {"styles": styles, "init_picture": False, "animated": animated}
    said = outcome(lambda: checked(Params, room, "params.yaml"))
    assert outcome(lambda: read(StyleTransfer, "--settings", canonical_json(settings), **use)) == said


@pytest.mark.parametrize("animated", [False, True])
@pytest.mark.parametrize("settings", DREAMS, ids=canonical_json)
@pytest.mark.parametrize("guided", [False, True])
def test_a_dream_is_refused_or_accepted_alike_in_params_yaml_and_by_the_command(settings, guided, animated):
    item = {"picture": "a", "guide": "b" if guided else None, **settings}
    room = {"deep_dream": {"animations" if animated else "pictures": {"one": item}}}
    said = outcome(lambda: checked(Params, room, "params.yaml"))
    use = {"guided": guided, "animated": animated}
    assert outcome(lambda: read(DeepDream, "--settings", canonical_json(settings), **use)) == said


def test_a_command_cannot_read_settings_without_saying_what_for():
    for model in PLAIN:
        with pytest.raises(TypeError, match="required keyword-only argument"):
            read(model)


def test_a_channel_that_a_layer_lacks_is_said_before_anything_runs():
    with pytest.raises(UserError) as caught:
        read(DeepDream, "--layers=conv4_3,conv1_2", "--channel=16", **PLAIN[DeepDream])
    assert str(caught.value) == ("settings: channel is 16, but conv1_2 of vgg19_slim has 16 channels; choose 0 to 15.")
    assert read(DeepDream, "--layers=mixed4", "--channel=767", **PLAIN[DeepDream]).channel == 767
