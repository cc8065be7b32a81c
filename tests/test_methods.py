"""A trained method is one settings file and one package: nobody else knows it by its name."""

import ast
import re
import tokenize
from collections.abc import Iterator

import pytest
from ruamel.yaml import YAML

from aiart.params.root import ROOMS
from aiart.sources import sources
from aiart.translation.methods import METHODS, PARTS, part

NAMES = {name: room.settings_model.__name__ for name, room in METHODS.items()}
ITS_OWN = tuple(f"src/aiart/{folder}/{name}" for folder in ("params", "translation") for name in NAMES)
# Where a method is registered: its room is a field of params.yaml.
REGISTRATION = "src/aiart/params/root.py"


def knows(name: str, tree: ast.Module) -> Iterator[int]:
    """Lines of a module that name a method: in code or in a text that is no docstring."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        words = []
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            words.append(node.value)
        elif isinstance(node, ast.Name):
            words.append(node.id)
        elif isinstance(node, ast.Attribute):
            words.append(node.attr)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            words += [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        if any(re.search(rf"(?<![A-Za-z0-9]){name}(?![A-Za-z0-9])|^{NAMES[name]}([A-Z]|$)", word) for word in words):
            yield node.lineno


@pytest.mark.parametrize("name", NAMES)
def test_no_other_source_file_names_a_method(name, root):
    found = []
    for file in sorted((root / "src").rglob("*.py")):
        path = file.relative_to(root).as_posix()
        if not path.startswith(ITS_OWN) and path != REGISTRATION:
            found += [f"{path}:{line}" for line in knows(name, ast.parse(file.read_bytes()))]
    assert found == []


@pytest.mark.parametrize("name", NAMES)
def test_no_rule_names_a_method(name, root):
    found = []
    for file in [root / "Snakefile", *(root / "workflow").rglob("*.smk"), *(root / "workflow/bin").glob("*.py")]:
        with file.open("rb") as text:
            for token in tokenize.tokenize(text.readline):
                if token.type != tokenize.COMMENT and re.search(rf"\\b({name}|{NAMES[name]})", token.string):
                    found.append(f"{file.relative_to(root)}:{token.start[0]}")
    assert found == []


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('"""pix2pix"""\ndef f():\n    "for pix2pix"\n', []),
        ('kinds = {"pix2pix": "paired"}', [1]),
        ('x = 1\nif method == "pix2pix":\n    pass', [2]),
        ("isinstance(settings, Pix2Pix)", [1]),
        ("from aiart.params.pix2pix import Pix2PixRoom", [1]),
        ("import aiart.translation.pix2pix.judge", [1]),
        ("room = params.pix2pix", [1]),
        ("url = 'https://junyanz/pytorch-pix2pix2'", []),
    ],
)
def test_what_counts_as_naming_a_method(text, lines):
    assert sorted(set(knows("pix2pix", ast.parse(text)))) == lines


@pytest.mark.parametrize("method", METHODS)
def test_a_judgement_is_a_source_of_its_own_methods_evaluation_alone(method):
    judge = f"src/aiart/translation/{method}/judge.py"
    for other in METHODS:
        # A method may judge as another does.
        judged_so = other == method or judge in sources(f"translation.{other}.judge")
        assert not (judged_so and {method, other} == {"pix2pix", "cyclegan"})
        for command, parts in PARTS.items():
            listed = sources(f"cli.{command}", *(f"translation.{other}.{part}" for part in parts))
            assert (judge in listed) == (judged_so and command == "evaluate")


@pytest.mark.parametrize("key", ROOMS)
def test_every_room_states_all_that_others_ask_of_it(key):
    for owner in (ROOMS[key], ROOMS[key].settings_model):
        for base in owner.__mro__:
            for name, kind in vars(base).get("__annotations__", {}).items():
                assert not str(kind).startswith("ClassVar") or hasattr(owner, name), f"{owner.__name__}.{name}"


@pytest.mark.parametrize("key", ROOMS)
def test_dvc_keeps_what_every_room_makes_and_finds_its_params(key, root):
    stages = YAML(typ="safe").load(root / "dvc.yaml")["stages"]
    (making,) = [stage for stage in stages.values() if any(f"results/{key}" in out for out in stage["outs"])]
    assert key in making["params"]
    assert {key, f"results/{key}"} <= set(making["cmd"].split())
    assert f"results/{key}" in stages["record"]["deps"]
    assert key not in METHODS or key in stages["data"]["params"]
    # DVC fails when a stage names params that are not there.
    assert key in YAML(typ="safe").load(root / "params.yaml")


def test_every_method_has_the_modules_that_the_commands_load():
    faces = {"learner": ["build_generator", "build_learner"], "data": ["open_data"]}
    faces["judge"] = ["judge", "draw_page", "describe"]
    assert {name for parts in PARTS.values() for name in parts} == set(faces)
    for method in METHODS:
        for name, functions in faces.items():
            assert all(callable(getattr(part(method, name), function)) for function in functions)
