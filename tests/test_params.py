import json
import random

import numpy as np
import pytest
from helpers.names import VGG_LAYERS

from aiart.errors import UserError
from aiart.params import canonical_json, checked, parse_yaml, read_yaml
from aiart.params.cyclegan import CycleGAN
from aiart.params.deep_dream import Dream
from aiart.params.feature_networks import STYLE_NETWORKS
from aiart.params.merge import load_params, merged_params
from aiart.params.paintings import Painting
from aiart.params.pix2pix import Pix2Pix
from aiart.params.root import ROOMS, Params
from aiart.params.style_transfer import StyleTransfer

SETTINGS = ", ".join(StyleTransfer.model_fields)


def problem(values) -> str:
    with pytest.raises(UserError) as caught:
        checked(Params, values, "params.yaml")
    return str(caught.value)


# YAML


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2e-05", 2e-5),
        ("1e-4", 1e-4),
        ("1e5", 1e5),
        ("on", "on"),
        ("no", "no"),
        ("017", 17),
        ("0o17", 15),
        ("12:30", "12:30"),
        ("true", True),
        ("~", None),
    ],
)
def test_scalars_are_those_of_yaml_1_2(tmp_path, text, value):
    path = tmp_path / "params.yaml"
    path.write_text(f"key: {text}\n")
    read = read_yaml(path)["key"]
    assert read == value
    assert type(read) is type(value)
    assert parse_yaml(text) == value  # the command line's options


def test_a_learning_rate_as_dvc_writes_it_is_a_number(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("style_transfer: {defaults: {learning_rate: 2e-05, tv_weight: 1e-4}}\n")
    room = load_params(path).style_transfer
    settings = StyleTransfer(**room.defaults)
    assert settings.learning_rate == 0.00002
    assert settings.tv_weight == 0.0001


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a: [1\nb: 2\n", "is not valid YAML at line 2 (expected ',' or ']', but got ':'); mend that line."),
        (
            b"seed: 1\nseed: 2\n",
            'is not valid YAML at line 2 (found duplicate key "seed" with value "2" (original value: "1")); '
            "mend that line.",
        ),
        (b"a: 1\n---\nb: 2\n", "is not valid YAML at line 2 (but found another document); mend that line."),
        (b"seed: \xff\n", "cannot be read (not UTF-8 text); give the path of a params file."),
        (b"- 1\n", "holds list, not a mapping of settings; see params.yaml."),
        (b"just words\n", "holds str, not a mapping of settings; see params.yaml."),
        (b"1: 2\n", "has the key 1, which is no text; quote it."),
    ],
)
def test_a_bad_file_is_named_with_the_line(tmp_path, text, message):
    path = tmp_path / "params.yaml"
    path.write_bytes(text)
    with pytest.raises(UserError) as caught:
        load_params(path)
    assert str(caught.value) == f"{path}: {message}"


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(UserError) as caught:
        read_yaml(tmp_path / "none.yaml")
    assert str(caught.value) == f"{tmp_path}/none.yaml: no such file; give the path of a params file."
    with pytest.raises(UserError) as caught:
        read_yaml(tmp_path)
    assert str(caught.value) == f"{tmp_path}: cannot be read (Is a directory); give the path of a params file."


def test_an_empty_file_means_the_defaults(tmp_path):
    path = tmp_path / "params.yaml"
    path.write_text("# nothing\n")
    assert load_params(path) == Params()


# Canonical text


def test_canonical_text_is_sorted_and_free_of_spelling():
    assert canonical_json({"b": 1.0, "a": [2, 1e0], "c": {"z": None, "y": True}}) == (
        '{"a": [2, 1], "b": 1, "c": {"y": true, "z": null}}'
    )
    assert canonical_json(parse_yaml("{a: 1, b: 1e0, c: 1.0}")) == '{"a": 1, "b": 1, "c": 1}'
    assert canonical_json((1, 2)) == canonical_json([1, 2])
    assert canonical_json("γ") == '"γ"'
    assert canonical_json(1e-5) == "1e-05"


def test_canonical_text_does_not_depend_on_the_order_of_keys():
    settings = {f"key{i}": {"x": i, "y": [i, i + 0.5]} for i in range(12)}
    expected = canonical_json(settings)
    for seed in range(20):
        keys = list(settings)
        random.Random(seed).shuffle(keys)
        assert canonical_json({key: dict(reversed(settings[key].items())) for key in keys}) == expected


def test_swapped_values_give_another_canonical_text():
    assert canonical_json({"content_weight": 1, "style_weight": 2}) != canonical_json(
        {"content_weight": 2, "style_weight": 1}
    )
    assert canonical_json([1, 2]) != canonical_json([2, 1])


def test_canonical_text_keeps_every_digit_and_refuses_what_json_has_not():
    for value in np.random.default_rng(0).normal(0, 1e3, 50).tolist():
        assert json.loads(canonical_json(value)) == value
    assert json.loads(canonical_json(2.0**60)) == 2.0**60
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json(float("nan"))


# Messages


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"seeed": 1},
            "seeed is no setting; did you mean seed? settings here are " + ", ".join(Params.model_fields) + ".",
        ),
        (
            {"style_transfer": {"defaults": {"itertions": 3}}},
            f"style_transfer.defaults: itertions is no setting; did you mean iterations? settings here are {SETTINGS}.",
        ),
        (
            {"style_transfer": {"sweeps": {"s": {"title": "t", "colums": {"tv_weight": [1]}}}}},
            "style_transfer.sweeps.s.colums is no setting; did you mean columns? settings here are title, caption, "
            "columns, rows, base, first, cells_per_line, cell_side, notes, curves.",
        ),
        (
            {
                "style_transfer": {
                    "sweeps": {
                        "s": {"title": "t", "columns": {"tv_wight": [1]}, "base": {"content": "a", "style": "b"}}
                    }
                }
            },
            "style_transfer.sweeps.s: tv_wight is no setting; did you mean tv_weight? settings here are "
            f"{SETTINGS}, content, style, palette, masks, style_masks.",
        ),
        (
            {"distill": {"phases": [{"block": [1], "steps": 1}]}},
            "distill.phases.0.block is no setting; did you mean blocks? settings here are blocks, steps, "
            "learning_rate.",
        ),
        (
            {"distill": {"teachers": [{"xyzzy": 1}]}},
            "distill.teachers.0.xyzzy is no setting; settings here are network, weights, layers.",
        ),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_one(values, message):
    assert problem(values) == f"params.yaml: {message}"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seed": -1}, "seed is -1, but: input should be greater than or equal to 0."),
        ({"seed": "x"}, "seed is 'x', but: input should be a valid integer, unable to parse string as an integer."),
        ({"seed": 1.5}, "seed is 1.5, but: input should be a valid integer, got a number with a fractional part."),
        ({"seed": True}, "seed: true is no number; write one."),
        ({"seed": 2**31}, "seed is 2147483648, but: input should be less than 2147483648."),
        (
            {"inputs": {"painting_side": 32}},
            "inputs.painting_side is 32, but: input should be greater than or equal to 64.",
        ),
        ({"distill": {"crop": 40}}, "distill.crop is 40, but: input should be a multiple of 16."),
        ({"distill": {"scale": [1]}}, "distill.scale.1 is missing; add it."),
        (
            {"distill": {"phases": []}},
            "distill.phases is [], but: list should have at least 1 item after validation, not 0.",
        ),
        (
            {"distill": {"phases": [{"blocks": [6], "steps": 1}]}},
            "distill.phases.0.blocks.0 is 6, but: input should be less than or equal to 5.",
        ),
        (
            {"style_transfer": {"pictures": {"a b": {}}}},
            "style_transfer.pictures: the key 'a b' is no legal name, but: string should match pattern "
            "'^[A-Za-z0-9][A-Za-z0-9_-]*$'.",
        ),
        (
            {"style_transfer": {"animations": {"film": {"content": "a", "style": "b"}}}},
            "style_transfer.animations.film: snapshot_every is 0, so that there are no frames; set it to the "
            "evaluations between two.",
        ),
        (
            {"style_transfer": {"pictures": {"size": {"content": "a", "style": "b"}}}},
            "size cannot be a key or name here, since DVC overlooks it; choose another name.",
        ),
        (
            {"distill": {"teachers": [{"nfiles": 1}]}},
            "nfiles cannot be a key or name here, since DVC overlooks it; choose another name.",
        ),
    ],
)
def test_a_wrong_value_is_named_with_what_is_legal(values, message):
    assert problem(values) == f"params.yaml: {message}"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"iterations": 0}, "iterations is 0, but: input should be greater than or equal to 1."),
        ({"optimizer": "lbgfs"}, "optimizer is 'lbgfs', but: input should be 'lbfgs' or 'adam'."),
        (
            {"network": "vgg16"},
            f"network is 'vgg16', but: input should be {', '.join(map(repr, STYLE_NETWORKS[:-1]))} "
            f"or {STYLE_NETWORKS[-1]!r}.",
        ),
        ({"tv_weight": float("nan")}, "tv_weight is nan, but: input should be a finite number."),
        ({"content_layers": 3}, "content_layers is 3, but: input should be a valid string."),
        (
            {"content_layers": {"conv3_2": -1}},
            "content_layers.conv3_2 is -1, but: input should be greater than or equal to 0.",
        ),
        ({"content_layers": {}}, "content_layers: no layer is named; give at least one."),
        (
            {"content_layers": "conv3_5"},
            f"content_layers: conv3_5 is no layer; did you mean conv3_4? layers are {VGG_LAYERS}.",
        ),
        ({"style_layers": ["conv1_1", "mixed4"]}, f"style_layers: mixed4 is no layer; layers are {VGG_LAYERS}."),
        ({"style_layers": []}, "style_layers: no layer is named; give at least one."),
        ({"style_layers": ["conv1_1", "conv1_1"]}, "style_layers: a layer is named twice; name each once."),
        (
            {"style_layer_weights": "equally"},
            "style_layer_weights is 'equally', but: input should be 'equal' or 'geometric'.",
        ),
        (
            {"style_layer_weights": [1, 2]},
            "style_layer_weights has 2 numbers for 5 style_layers; give one for each.",
        ),
        ({"style_layer_weights": [0] * 5}, "style_layer_weights are all zero; make at least one larger."),
        (
            {"content_weight": 0, "style_weight": 0, "tv_weight": 0},
            "content_weight, style_weight and tv_weight are all zero; make at least one larger.",
        ),
        (
            {"pyramid": [{"scale": 1.5, "iterations": 1}]},
            "pyramid.0.scale is 1.5, but: input should be less than 1.",
        ),
    ],
)
def test_a_wrong_style_transfer_setting_is_named(settings, message):
    assert problem({"style_transfer": {"defaults": settings}}) == f"params.yaml: style_transfer.defaults: {message}"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"content": "a"}, "style is missing; add it."),
        ({"content": "a", "style": []}, "style names no picture; give at least one."),
        (
            {"content": "a", "style": ["b", "c"], "style_blend_weights": [1, 2, 3]},
            "style_blend_weights has 3 numbers for 2 style pictures; give one for each.",
        ),
        (
            {"content": "a", "style": ["b", "c"], "style_blend_weights": [0, 0]},
            "style_blend_weights are all zero; make at least one larger.",
        ),
        (
            {"content": "a", "style": ["b", "c"], "style_blend_weights": {"conv1_1": [1]}},
            "style_blend_weights.conv1_1 has 1 numbers for 2 style pictures; give one for each.",
        ),
        (
            {"content": "a", "style": ["b", "c"], "style_statistic": {"conv5_2": "gram"}},
            "style_statistic names conv5_2, "
            "which is none of style_layers (conv1_1, conv2_1, conv3_1, conv4_1, conv5_1); "
            "leave it out or add it there.",
        ),
        (
            {"content": "a", "style": "b", "init": "picture"},
            "init: picture is for the command line only; choose content, noise or style.",
        ),
        (
            {"content": "../a", "style": "b"},
            "content is '../a', but: string should match pattern '^[A-Za-z0-9][A-Za-z0-9_-]*$'.",
        ),
    ],
)
def test_a_wrong_picture_is_named(settings, message):
    found = problem({"style_transfer": {"pictures": {"mine": settings}}})
    assert found == f"params.yaml: style_transfer.pictures.mine: {message}"


def test_a_layer_of_the_other_network_is_told_apart_from_an_unknown_one():
    with pytest.raises(UserError) as caught:
        checked(Dream, {"picture": "a", "network": "inception_v3", "layers": "conv3_1"}, "dream")
    assert str(caught.value) == (
        "dream: layers: conv3_1 is a layer of vgg19_slim, not of inception_v3; change layers or network."
    )


# The files of the repository


def test_params_yaml_loads_and_every_cell_has_a_network_and_a_picture(root):
    path = root / "params.yaml"
    params = load_params(path)
    assert set(read_yaml(path)) <= set(Params.model_fields)
    room = params.style_transfer
    assert len(room.sweeps) >= 6
    for name, sweep in room.sweeps.items():
        rows = max(len(sweep.row_labels), 1)
        cells = [room.sweep_cell(name, cell) for cell in sweep.cells()]
        assert len({canonical_json(cell.model_dump()) for cell in cells}) == rows * len(sweep.column_labels)
    assert all(room.item("animations", name).snapshot_every > 0 for name in room.animations)
    assert all(isinstance(room.item("pictures", name), Painting) for name in room.pictures)


def test_presets_load_on_top_of_params_yaml(root):
    presets = sorted((root / "workflow" / "presets").glob("*.yaml"))
    assert presets
    plain = load_params(root / "params.yaml")
    for preset in presets:
        params = merged_params([str(root / "params.yaml"), str(preset)], {})
        assert params != plain, f"{preset} changes nothing"


@pytest.mark.parametrize(
    ("key", "kind", "names"),
    [
        ("style_transfer", "pictures", {"content": "cat", "style": "waves"}),
        ("deep_dream", "pictures", {"picture": "cat"}),
        ("pix2pix", "runs", {"dataset": "mine"}),
        ("cyclegan", "runs", {"dataset": "mine"}),
    ],
)
def test_an_item_has_its_own_settings_then_those_of_its_room_then_those_of_the_method(key, kind, names):
    size, steps = ("long_side", "iterations") if kind == "pictures" else ("image_side", "log_every")
    room = Params.model_validate(
        {key: {"defaults": {size: 32, steps: 7}, kind: {"one": names, "other": {**names, steps: 9}}}}
    ).rooms[key]
    one, other, own = room.item(kind, "one"), room.item(kind, "other"), room.settings_model()
    assert (getattr(one, size), getattr(one, steps)) == (32, 7)
    assert (getattr(other, size), getattr(other, steps)) == (32, 9)
    assert getattr(own, size) != 32 and getattr(own, steps) not in (7, 9)
    assert one.precision == own.precision


# Laying files over each other


def test_mappings_are_merged_and_lists_replaced(tmp_path):
    low, high = tmp_path / "low.yaml", tmp_path / "high.yaml"
    low.write_text(
        "seed: 3\n"
        "style_transfer:\n"
        "  defaults: {iterations: 5, tv_weight: 1, style_layers: [conv1_1, conv2_1]}\n"
        "  pictures: {one: {content: a, style: b}}\n"
        "distill: {pictures: [x, y]}\n"
    )
    high.write_text(
        "style_transfer:\n"
        "  defaults: {tv_weight: 1e-4, style_layers: [conv3_1]}\n"
        "  pictures: {two: {content: c, style: d}}\n"
        "distill: {pictures: [z]}\n"
    )
    params = merged_params([str(low), str(high)], {})
    assert params.seed == 3
    assert params.style_transfer.defaults == {"iterations": 5, "tv_weight": 0.0001, "style_layers": ["conv3_1"]}
    assert list(params.style_transfer.pictures) == ["one", "two"]
    assert params.distill.pictures == ["z"]


def test_null_takes_a_mapping_away(tmp_path):
    low, high = tmp_path / "low.yaml", tmp_path / "high.yaml"
    low.write_text("style_transfer:\n  pictures: {one: {content: a, style: b}, two: {content: a, style: b}}\n")
    high.write_text("style_transfer: {pictures: {one: null}}\n")
    assert list(merged_params([str(low), str(high)], {}).style_transfer.pictures) == ["two"]


def test_the_paper_preset_trains_as_published(root):
    preset = root / "workflow" / "presets" / "paper.yaml"
    params = merged_params([str(root / "params.yaml"), str(preset)], {})
    for room, published in ((params.pix2pix, Pix2Pix), (params.cyclegan, CycleGAN)):
        assert room.runs
        for name in room.runs:
            run = room.item("runs", name)
            for key, value in published().model_dump().items():
                if key not in ("precision", "threads", "log_every", "checkpoint_every", "blocks", "sample_pictures"):
                    assert getattr(run, key) == value, (name, key)
        assert "synthetic" not in " ".join(room.item("runs", name).dataset for name in room.runs)
    assert params.cyclegan.item("runs", "monet").residual_blocks == 9


def test_overrides_win_over_every_file(tmp_path):
    low, high = tmp_path / "low.yaml", tmp_path / "high.yaml"
    low.write_text("seed: 3\n")
    high.write_text("seed: 4\nstyle_transfer: {defaults: {iterations: 5, tv_weight: 1}}\n")
    # As Snakemake hands --config on, whose own YAML takes 2e-05 for text.
    overrides = {"seed": 7, "style_transfer": {"defaults": {"tv_weight": "2e-05"}}}
    params = merged_params([str(low), str(high)], overrides)
    assert params.seed == 7
    settings = StyleTransfer(**params.style_transfer.defaults)
    assert (settings.iterations, settings.tv_weight) == (5, 0.00002)


def test_a_merged_mistake_names_all_files(tmp_path):
    low, high = tmp_path / "low.yaml", tmp_path / "high.yaml"
    low.write_text("seed: 3\n")
    high.write_text("seed: -4\n")
    with pytest.raises(UserError) as caught:
        merged_params([str(low), str(high)], {})
    assert str(caught.value) == f"{low} + {high}: seed is -4, but: input should be greater than or equal to 0."


def test_every_room_is_called_by_its_key_in_params_yaml():
    assert {key: room.key for key, room in ROOMS.items()} == {key: key for key in ROOMS}
    assert set(Params().rooms) == set(ROOMS) < set(Params.model_fields)


def test_a_palette_that_no_painting_uses_is_refused():
    given = {"content": "a", "style": "b", "palette": "c"}
    sweep = {"title": "t", "columns": {"preserve_colours": ["none", "luminance"]}, "base": given}
    unused = "palette has no effect; set preserve_colours to palette, or leave it out."
    for room, where in (
        ({"pictures": {"one": given}}, "pictures.one"),
        ({"animations": {"one": {**given, "snapshot_every": 2}}}, "animations.one"),
        ({"sweeps": {"s": sweep}}, "sweeps.s.base"),
    ):
        assert problem({"style_transfer": room}) == f"params.yaml: style_transfer: {where}.{unused}"
    used = {**sweep, "columns": {"preserve_colours": ["none", "palette"]}}
    room = checked(Params, {"style_transfer": {"sweeps": {"s": used}}}, "params.yaml").style_transfer
    assert [painting.palette_name for painting in room.items().values()] == [None, "c"]
