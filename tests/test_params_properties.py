"""Whatever is written as params, settings or options is taken or answered with one sentence, soon."""

import argparse
import contextlib
import copy
import importlib
import io
import json
import os
import string
import subprocess
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiart.cli import COMMANDS, main
from aiart.cli.curves import CurveSettings
from aiart.cli.figures import FigureSettings
from aiart.cli.grid import GridSettings
from aiart.cli.scatter import ScatterSettings
from aiart.cli.settings import add_settings, read_settings
from aiart.datasets.synthetic import SYNTHETIC
from aiart.errors import UserError
from aiart.params import checked, parse_yaml
from aiart.params.deep_dream import DeepDream
from aiart.params.merge import load_params, merged_params
from aiart.params.networks import Distill
from aiart.params.reading import parse_json
from aiart.params.root import ROOMS, Params
from aiart.params.style_transfer import StyleTransfer
from aiart.params.training import Evaluation

common = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
cases = pytest.mark.parametrize(
    "cases",
    [
        pytest.param(settings(max_examples=150, derandomize=True, **common), id="some"),
        pytest.param(settings(max_examples=4000, **common), id="many", marks=pytest.mark.slow),
    ],
)

VALID = """
seed: 3
inputs: {painting_side: 64, synthetic_facades: {train_pictures: 3, side: 32}}
networks: {vgg19: own.h5}
style_transfer:
  defaults: {long_side: 48, style_layers: [conv1_1, conv2_1], content_layers: {conv1_1: 1}, style_statistic: moments}
  pictures: {two: {content: a, style: [b, c], style_blend_weights: [1, 2], pyramid: [{scale: 0.5, iterations: 3}]}}
  animations: {film: {content: a, style: b, snapshot_every: 2, regions: {auto: 2}}}
  sweeps:
    s: {title: t, columns: {tv_weight: [0, 2e-05]}, rows: {style: [b, c]}, base: {content: a}, first: style}
deep_dream:
  animations: {zoom: {picture: a, layers: conv3_1, zoom_frames: 3}}
  sweeps: {s: {title: t, columns: {layers: {one: conv1_1, two: [conv1_1, conv2_1]}}, base: {picture: a}}}
pix2pix: {runs: {r: {dataset: d, image_side: 32, batch: 2, load_side: 40}}, evaluation: {layer: conv4_3}}
cyclegan: {runs: {r: {dataset: d, domains: [x, y], blocks: 3}}}
distill: {phases: [{blocks: [1], steps: 3}], scale: [0.5, 2], teachers: [{layers: {conv1_1: conv1_2}}]}
"""

tokens = st.sampled_from(
    [*"[]{},:-?!&*|>'\"%#@`~=\n\t \\\0é\x85\ufeff", "\n  ", "\n    - ", ": ", "- ", "? ", "&a ", "*a", "<<: ", "!!int ",
     "!!float ", "!!bool ", "!!set ", "!!binary ", "!!timestamp ", "!x ", "%YAML 1.1\n---\n", "---\n", "...\n",
     "null", "true",
     "on", "1", "0x", "0o9", "1_0", "1e9", ".nan", "-.inf", "2001-13-45", "12:30:99", "9" * 5000, "x" * 3000,
     '"\\ud800"',
     '"\\x00"', "seed", "style_transfer", "sweeps", "columns", "defaults", "str", "list[str]"]
)  # fmt: skip
yaml_like = st.lists(tokens, max_size=40).map("".join)
texts = (
    yaml_like
    | st.text(max_size=200)
    | st.builds(lambda at, put: VALID[:at] + put + VALID[at:], st.integers(0, 1500), yaml_like)
)
numbers = (
    st.integers() | st.floats() | st.sampled_from([0, -1, 1, 2**31, 10**18, 10**400, 1e19, 1e308, -0.0, 5e-324, 0.5])
)
words = st.text(max_size=8) | st.sampled_from(
    ["conv1_1", "mixed4", "a b", "str", "[key]", "size", "x" * 5000, "\ud800", "\udcff", ""]
)
scalars = st.none() | st.booleans() | numbers | words
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words | st.integers(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@contextlib.contextmanager
def one_sentence():
    """Nothing is raised in the body, or a UserError of one sentence, soon."""
    start = time.process_time()
    try:
        yield
    except UserError as error:
        message = str(error)
        assert message.endswith("."), message
        assert message.isprintable(), message
        assert len(message) < 2000, len(message)
    assert time.process_time() - start < 3, "half a second on an idle machine"


def mappings(tree):
    """Every mapping and list of a tree."""
    if isinstance(tree, dict | list):
        yield tree
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from mappings(item)


@st.composite
def near(draw, valid):
    """A valid tree in which some things are replaced, added, renamed or left out."""
    tree = copy.deepcopy(valid)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(list(mappings(tree))))
        known = list(place) if isinstance(place, dict) else list(range(len(place)))
        change = draw(st.sampled_from(["replace", "add", "rename", "drop"]))
        if not known or change == "add":
            if isinstance(place, dict):
                place[draw(words)] = draw(values)
            else:
                place.append(draw(values))
            continue
        key = draw(st.sampled_from(known))
        if change == "replace":
            place[key] = draw(values)
        elif change == "drop":
            del place[key]
        elif isinstance(place, dict):
            place[draw(words | st.sampled_from(sorted(MOST_KEYS)))] = place.pop(key)
    return tree


MODELS = {
    "stylize": (StyleTransfer, {"styles": 2, "init_picture": False, "animated": True}),
    "dream": (DeepDream, {"guided": True, "animated": False}),
    "evaluate": (Evaluation, {}),
    "distill": (Distill, {}),
    "grid": (GridSettings, {}),
    "curves": (CurveSettings, {}),
    "scatter": (ScatterSettings, {}),
    "figures": (FigureSettings, {}),
    **{key: (room.settings_model, {}) for key, room in ROOMS.items() if key not in ("style_transfer", "deep_dream")},
    **{name: (dataset.settings, {}) for name, dataset in SYNTHETIC.items()},
}
MOST_KEYS = {key for model, _ in MODELS.values() for key in model.model_fields} | set(Params.model_fields)


@cases
def test_any_text_of_a_params_file(cases, tmp_path):
    path = tmp_path / "params.yaml"

    @cases
    @given(texts.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=200))
    def holds(content):
        path.write_bytes(content)
        with one_sentence():
            load_params(path)

    holds()


@cases
def test_any_tree_near_a_valid_one(cases):
    valid = parse_yaml(VALID)
    checked(Params, valid, "params.yaml")

    @cases
    @given(near(valid))
    def holds(tree):
        with one_sentence():
            params = checked(Params, tree, "params.yaml")
            for room in params.rooms.values():
                for name in room.sweeps:
                    checked(GridSettings, room.grid_settings(name), "grid")
                    checked(CurveSettings, room.curve_settings(name), "curves")
                    if room.axes:
                        checked(ScatterSettings, room.scatter_settings(name), "scatter")
        with one_sentence():
            merged_params([], tree if isinstance(tree, dict) else {})

    holds()


@cases
def test_any_text_and_any_tree_of_settings(cases):
    @cases
    @given(st.sampled_from(sorted(MODELS)), texts, st.dictionaries(st.sampled_from(sorted(MOST_KEYS)) | words, values))
    def holds(name, text, tree):
        model, use = MODELS[name]
        parser = argparse.ArgumentParser()
        add_settings(parser, model, "settings")
        for given_text in (text, json.dumps(tree, default=str, skipkeys=True)):
            with one_sentence():
                read_settings(parser.parse_args([f"--settings={given_text}"]), model, **use)
        with contextlib.suppress(ValueError):
            parse_json(text)

    holds()


@cases
def test_any_text_of_any_setting(cases):
    @cases
    @given(st.sampled_from(sorted(MODELS)), st.data(), texts | scalars.map(str) | values.map(str))
    def holds(name, data, text):
        model, use = MODELS[name]
        key = data.draw(st.sampled_from(list(model.model_fields)))
        parser = argparse.ArgumentParser()
        add_settings(parser, model, "settings")
        with one_sentence():
            read_settings(parser.parse_args([f"--{key.replace('_', '-')}={text}"]), model, **use)

    holds()


BEGINNINGS = {
    "stylize": ["none.png", "none.jpg", "-o", "out.png"],
    "dream": ["none.png", "-o", "out.png"],
    "train": ["pix2pix", "--dataset", "none", "-o", "out.npz"],
    "evaluate": ["none.npz", "--dataset", "none", "-o", "out.json"],
    "translate": ["none.npz", "none.png", "-o", "out"],
    "import": ["none.pth", "-o", "out.npz"],
    "export": ["none.npz", "-o", "out.onnx"],
    "repeat": ["none.png", "-o", "out.png"],
    "picture": ["painting", "nobody", "-o", "out.png"],
    "grid": ["none.png", "-o", "out.png"],
    "curves": ["none.csv", "-o", "out.png"],
    "scatter": ["none.png", "--metrics", "none.json", "-o", "out.png"],
    "figures": ["-o", "out", "--metrics", "none.json"],
    "page": ["--params", "none.yaml"],
    "show": ["none.html"],
    "networks": [],
    "fetch": ["picture", "nothing"],
    "dataset": ["check", "none", "--kind", "paired"],
    "distill": ["-o", "out.npz", "--state", "state.npz"],
    "adopt": ["none.0123456789ab.npz"],
    "params": ["none.yaml"],
    "doctor": [],
    "crate": ["-o", "out.zip"],
    "tidy": ["results"],
}


def can_be_an_argument(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:
        return False


def options_of(command: str) -> list[str]:
    parser = argparse.ArgumentParser()
    importlib.import_module(f"aiart.cli.{command}").add_arguments(parser)
    found = [option for action in parser._actions for option in action.option_strings]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            inner = next(parser for name, parser in action.choices.items() if name in BEGINNINGS[command])
            found += [option for action in inner._actions for option in action.option_strings]
    return sorted({option for option in found if option not in ("-o", "--output", "-h", "--help")})


@cases
@pytest.mark.parametrize("command", COMMANDS)
def test_any_options_of_any_command(cases, command, tmp_path, monkeypatch):
    """Up to where TensorFlow would start: exit status 0, 1 or 2, and one line of its own on stderr."""
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(f"aiart.cli.{command}")

    def refuse(*options, **more):
        raise UserError("here the work would begin.")

    if hasattr(module, "start_job"):
        monkeypatch.setattr(module, "start_job", refuse)
    if hasattr(module, "subprocess"):  # what asks TensorFlow or Snakemake in a process of its own
        monkeypatch.setattr(subprocess, "run", refuse)
    names = options_of(command) or ["--nothing"]
    printable = st.text(string.printable, max_size=20)
    texts_of_a_command_line = (texts | scalars.map(str) | printable).filter(can_be_an_argument)

    @settings(parent=cases, max_examples=max(cases.max_examples // 8, 15))
    @given(st.lists(st.tuples(st.sampled_from(names), texts_of_a_command_line), max_size=3))
    def holds(chosen):
        err = io.StringIO()
        arguments = [command, *BEGINNINGS[command], *(f"{name}={text}" for name, text in chosen)]
        start = time.process_time()
        with (
            contextlib.redirect_stderr(err),
            contextlib.redirect_stdout(io.StringIO()),
            pytest.raises(SystemExit) as ended,
        ):
            main(arguments)
        assert time.process_time() - start < 3
        said = err.getvalue()
        assert ended.value.code in (0, 1, 2), said
        assert "Traceback" not in said
        if ended.value.code:
            last = said.splitlines()[-1]
            assert last.startswith("aiart"), said
            assert len(last) < 5000, len(last)

    holds()
