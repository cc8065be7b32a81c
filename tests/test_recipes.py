"""The way back from a picture to the command and the block of params.yaml that make it."""

import argparse
import json
import shlex

import pytest

from aiart.cli import dream, stylize, train
from aiart.cli.settings import read_settings
from aiart.params import parse_yaml
from aiart.params.recipes import COMMANDS, TRAININGS, command_line, command_of, params_block
from aiart.params.root import Params

MODULES = {"stylize": stylize, "dream": dream}


def record(command, made_of, **settings):
    model = COMMANDS[command].settings
    return json.loads(
        json.dumps(
            {
                command: model(**settings).model_dump(),
                "made_with": {"seed": 7, "threads": 1, "aiart": "0.1.0"},
                "made_of": {part: [{"name": name, "sha256": "0"} for name in names] for part, names in made_of.items()},
            }
        )
    )


PAINTED = record(
    "stylize",
    {"content": ["cat.png"], "styles": ["a.jpg", "b.png"]},
    style_weight=1e7,
    style_layers=["conv1_1", "conv2_1"],
    content_layers={"conv3_2": 0.5},
    optimizer="adam",
)
DREAMED = record("dream", {"picture": ["rocket.png"], "guide": ["ink_wash.png"]}, layers="conv4_3", octaves=2)


@pytest.mark.parametrize("made", [PAINTED, DREAMED])
def test_the_command_line_has_the_settings_of_the_record(made):
    command = command_of(made)
    parser = argparse.ArgumentParser()
    MODULES[command].add_arguments(parser)
    words = shlex.split(command_line(made, "new.png"))
    options = parser.parse_args(words[2:])
    assert words[:2] == ["aiart", command]
    assert (options.seed, options.threads, options.output) == (7, 1, "new.png")
    use = {"styles": 2, "init_picture": False} if command == "stylize" else {"guided": True}
    read = read_settings(options, COMMANDS[command].settings, **use, animated=False)
    assert read.model_dump() == COMMANDS[command].settings(**made[command]).model_dump()


def test_the_command_line_names_the_files_that_it_is_told():
    line = command_line(PAINTED, "new.png", lambda named: f"my data/{named['name']}")
    assert line.startswith("aiart stylize 'my data/cat.png' 'my data/a.jpg' 'my data/b.png' -o new.png ")
    assert "--guide ink_wash.png" in command_line(DREAMED, "new.png")


@pytest.mark.parametrize("made", [PAINTED, DREAMED])
def test_the_block_of_params_has_the_settings_of_the_record(made):
    command = COMMANDS[command_of(made)]
    params = Params(**parse_yaml(params_block(made, "again")))
    item = params.rooms[command.room].item("pictures", "again").model_dump()
    assert command.settings(**made[command_of(made)]).model_dump().items() <= item.items()


def test_the_block_of_params_names_pictures_without_suffix():
    block = parse_yaml(params_block(PAINTED, "again"))["style_transfer"]["pictures"]["again"]
    assert (block["content"], block["style"]) == ("cat", ["a", "b"])


def test_a_name_that_yaml_would_take_for_something_else_is_quoted():
    made = {**DREAMED, "made_of": {"picture": {"name": "null.png", "sha256": "0"}, "guide": {"name": "1.png"}}}
    block = parse_yaml(params_block(made, "again"))["deep_dream"]["pictures"]["again"]
    assert (block["picture"], block["guide"]) == ("null", "1")


@pytest.mark.parametrize(("command", "frames"), [("stylize", "snapshot_every"), ("dream", "zoom_frames")])
def test_what_had_frames_is_an_animation_again(command, frames):
    inputs = {"content": ["a.png"], "styles": ["b.png"]} if command == "stylize" else {"picture": ["a.png"]}
    made = record(command, inputs, **{frames: 3})
    assert "-o new.png --animation new.gif " in command_line(made, "new.png")
    params = Params(**parse_yaml(params_block(made, "again")))
    assert params.rooms[COMMANDS[command].room].item("animations", "again")


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_has_its_command_and_its_block(name):
    settings = {"epochs": 3, "decay_epochs": 0, "norm": "none"}
    made = {name: settings, "made_with": {"seed": 5}, "made_of": {"dataset": {"name": "my_pairs"}}}
    words = shlex.split(command_line(made, "my.npz", lambda named: f"data/own/datasets/{named['name']}"))
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    options = parser.parse_args(words[2:])
    assert words[:3] == ["aiart", *name.split()] and options.dataset == "data/own/datasets/my_pairs"
    assert (options.output, options.history, options.progress) == ("my.npz", "my.csv", "my.progress.png")
    assert options.seed == 5
    assert read_settings(options, TRAININGS[name].settings) == TRAININGS[name].settings(**settings)
    params = Params(**parse_yaml(params_block(made, "again")))
    run = params.rooms[TRAININGS[name].room].item("runs", "again")
    assert run.dataset == "my_pairs" and settings.items() <= run.model_dump().items()


def test_a_record_of_another_command_is_refused():
    assert command_of({"made_of": {}}) is None
    with pytest.raises(ValueError, match="none of stylize, dream, train "):
        command_line({"made_of": {}}, "new.png")
