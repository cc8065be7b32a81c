"""Every number, text and list that a user can give has bounds, in params.yaml and on the command line."""

import argparse
import importlib
import json

import pytest
from pydantic import BaseModel

from aiart.cli import COMMANDS, main
from aiart.cli.arguments import ShortText, WholeNumber
from aiart.cli.curves import CurveSettings
from aiart.cli.figures import FigureSettings
from aiart.cli.grid import GridSettings
from aiart.cli.scatter import ScatterSettings
from aiart.errors import UserError
from aiart.params import checked
from aiart.params.root import ROOMS, Params
from aiart.params.schema import params_schema


def without_bounds(node, path=""):
    """Paths in a JSON Schema of numbers, texts, lists and open mappings that lack one."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from without_bounds(item, f"{path}/{index}")
    if not isinstance(node, dict):
        return
    kind = node.get("type")
    chosen = "enum" in node or "const" in node
    if kind in ("integer", "number") and not chosen:
        low, high = ("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")
        if not any(key in node for key in low) or not any(key in node for key in high):
            yield path
    bound = {"string": "maxLength", "array": "maxItems", "object": "maxProperties"}.get(kind)
    closed = node.get("additionalProperties") is False or "$ref" in node
    if bound and not chosen and not closed and bound not in node:
        yield path
    for key, item in node.items():
        if key in ("properties", "$defs", "patternProperties"):
            for name, inner in item.items():
                yield from without_bounds(inner, f"{path}/{name}")
        elif key != "default":
            yield from without_bounds(item, f"{path}/{key}")


@pytest.mark.parametrize(
    "schema",
    [params_schema(), *(model.model_json_schema() for model in (GridSettings, CurveSettings, FigureSettings))]
    + [room.settings_model.model_json_schema() for room in ROOMS.values()],
    ids=lambda schema: schema["title"],
)
def test_every_setting_has_bounds(schema):
    assert list(without_bounds(schema)) == []


def test_a_setting_without_a_bound_would_be_found():
    class Loose(BaseModel):
        low: int
        name: str
        names: list[str]
        weights: dict[str, float]

    found = set(without_bounds(Loose.model_json_schema()))
    assert {"/low", "/name", "/names", "/names/items", "/weights", "/weights/additionalProperties"} <= found


def parsers(parser: argparse.ArgumentParser):
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from parsers(inner)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_numeric_option_has_bounds(command):
    top = argparse.ArgumentParser()
    importlib.import_module(f"aiart.cli.{command}").add_arguments(top)
    for parser in parsers(top):
        for action in parser._actions:
            if action.type is not None and not isinstance(action.type, ShortText):
                assert isinstance(action.type, WholeNumber), (parser.prog, action.option_strings)
                assert action.type.least <= action.type.most <= 10**10
                assert action.default is None or action.type(str(action.default)) == action.default


@pytest.mark.parametrize(
    ("room", "settings", "message"),
    [
        ("deep_dream", {"octaves": 2000}, "octaves is 2000, but: input should be less than or equal to 100."),
        ("deep_dream", {"smoothing": 1e9},
         "smoothing is 1000000000.0, but: input should be less than or equal to 256."),
        ("deep_dream", {"jitter": 1e9}, "jitter is 1000000000.0, but: input should be less than or equal to 16384."),
        ("deep_dream", {"tile": 10**9}, "tile is 1000000000, but: input should be less than or equal to 16384."),
        ("style_transfer", {"long_side": 10**6},
         "long_side is 1000000, but: input should be less than or equal to 16384."),
        ("style_transfer", {"tv_weight": 1e308}, "tv_weight is 1e+308, but: input should be less than or equal to "
         "1000000000000000000."),
        ("style_transfer", {"iterations": 1e19},
         "iterations is 1e+19, but: unable to parse input string as an integer, "
         "exceeded maximum size."),
        ("style_transfer", {"style_blend_weights": [1e308, 1]}, "style_blend_weights.0 is 1e+308, but: input should be "
         "less than or equal to 1000000000000000000."),
        ("style_transfer", {"style_layers": ["conv1_1"] * 101}, "style_layers is ['conv1_1', 'conv1_1', 'conv1_1', "
         "'conv1_1', 'conv1_1', 'conv1_1', ...], but: list should have at most 100 items after validation, not 101."),
        ("pix2pix", {"generator_width": 10**9},
         "generator_width is 1000000000, but: input should be less than or equal "
         "to 512."),
        ("pix2pix", {"load_side": 10**6}, "load_side is 1000000, but: input should be less than or equal to 4096."),
        ("cyclegan", {"batch": 10**9}, "batch is 1000000000, but: input should be less than or equal to 4096."),
        ("cyclegan", {"blocks": 10**7}, "blocks is 10000000, but: input should be less than or equal to 64."),
        ("cyclegan", {"epochs": 10**9}, "epochs is 1000000000, but: input should be less than or equal to 100000."),
        ("cyclegan", {"threads": 10**9}, "threads is 1000000000, but: input should be less than or equal to 1024."),
    ],
)  # fmt: skip
def test_a_setting_beyond_sense_is_refused_before_anything_runs(room, settings, message):
    with pytest.raises(UserError) as caught:
        checked(Params, {room: {"defaults": settings}}, "params.yaml")
    assert str(caught.value) == f"params.yaml: {room}.defaults: {message}"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("stylize a b -o c.png --threads 1000000000",
         "argument --threads: 1000000000 is no whole number from 0 to 1,024; "),
        ("dream a -o c.png --seed -1", "argument --seed: -1 is no whole number from 0 to 2,147,483,647; give one"),
        ("dream a -o c.png --gpus 1e9", "argument --gpus: 1e9 is no whole number from 0 to 64; give one"),
        ("translate m.npz a.png -o b --side 100000", "argument --side: 100000 is no whole number from 1 to 16,384; "),
        ("translate m.npz a.png -o b --side 0", "argument --side: 0 is no whole number from 1 to 16,384; give one"),
        ("picture painting ink_wash -o a.png --side 100000",
         "argument --side: 100000 is no whole number from 64 to 4,096"),
        ("dataset check . --kind paired --image-side 0",
         "argument --image-side: 0 is no whole number from 1 to 16,384; "),
        (f"evaluate m.npz --dataset d -o m.json --domains a {'b' * 201}",
         " has 201 characters, more than 200; shorten it"),
        (f"dream a -o c.png --seed {'9' * 5000}",
         f"argument --seed: {'9' * 39}…{'9' * 20} is no whole number from 0 to "),
    ],
)  # fmt: skip
def test_an_option_beyond_sense_is_a_usage_error(capsys, command, message):
    with pytest.raises(SystemExit) as stopped:
        main(command.split())
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_a_sweep_and_a_room_make_no_more_than_can_be_laid_out():
    values = list(range(1, 41))
    sweep = {"title": "t", "columns": {"channel": values}, "rows": {"octaves": values}, "base": {"picture": "cat"}}
    with pytest.raises(UserError) as caught:
        checked(Params, {"deep_dream": {"sweeps": {"s": sweep}}}, "params.yaml")
    assert str(caught.value) == (
        "params.yaml: deep_dream.sweeps.s: columns and rows make 1,600 cells, more than 1,000; make two sweeps of them."
    )
    sweep["rows"] = {"octaves": values[:25]}
    with pytest.raises(UserError) as caught:
        checked(Params, {"deep_dream": {"sweeps": {f"s{i}": sweep for i in range(6)}}}, "params.yaml")
    assert str(caught.value) == (
        "params.yaml: deep_dream: 6,000 pictures or trainings are asked for, more than 5,000; leave some out."
    )


def test_what_a_room_prints_on_a_grid_is_within_the_bounds_of_the_command_that_prints_it():
    caption, title = "c" * 2000, "t" * 200
    layers = {"l" * 200: ["conv1_1", "conv2_1"], "short": ["conv1_1"]}
    sweep = {"title": title, "caption": caption, "columns": {"style_layers": layers}, "rows": {"content": ["a", "b"]}}
    sweep["base"] = {"style": "b"}
    room = checked(Params, {"style_transfer": {"sweeps": {"s": sweep}}}, "params.yaml").style_transfer
    checked(GridSettings, json.loads(json.dumps(room.grid_settings("s"))), "grid")
    checked(CurveSettings, json.loads(json.dumps(room.curve_settings("s"))), "curves")
    checked(ScatterSettings, json.loads(json.dumps(room.scatter_settings("s"))), "scatter")
