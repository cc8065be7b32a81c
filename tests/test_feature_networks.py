"""The table of feature networks: it is the only place that knows them, and a row is all that a new one needs."""

import ast
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aiart.params.deep_dream import DeepDream
from aiart.params.feature_networks import NETWORKS
from aiart.params.pix2pix import Pix2Pix
from aiart.params.style_transfer import StyleTransfer
from aiart.params.training import Evaluation

TABLE = Path("params/feature_networks.py")
# The teacher of a distillation is VGG-19 where its settings name none.
DISTILLATION = Path("params/networks.py")
ROW = """
NETWORKS["toy"] = NetworkFacts(
    about="a network for tests",
    module="aiart.networks.toy",
    weights=RemoteFile(name="toy.npz", urls=("https://example.org/toy.npz",), size=1_000_000, md5="0" * 32),
    weights_form="`.npz` with `kernel`",
    layers=(Layer("first", 4, 2, 3), Layer("second", 4, 4, 7)),
    preprocessing="tf",
    content_layers="second",
    style_layers=("first",),
    dream_layers="second",
    loss_layers=("first", "second"),
    judgement_layer="second",
    painting_bytes=100,
    dream_bytes=100,
)
"""
MODULE = """
import numpy as np
import tensorflow as tf

def load(path, layers, *, preprocessing, precision="float32", pooling="max", padding="replicate"):
    with np.load(path) as file:
        kernel = tf.constant(file["kernel"])

    def network(picture, wanted):
        first = tf.nn.relu(tf.nn.conv2d(picture / 127.5 - 1, kernel, 2, "SAME"))
        return {"first": first, "second": tf.nn.avg_pool2d(first, 2, 2, "VALID")}

    return network
"""
USE = """
import numpy as np
from aiart.cli import main
from aiart.params.root import Params

np.savez("toy.npz", kernel=np.random.default_rng(0).normal(size=(3, 3, 3, 4)).astype("float32"))
Params.model_validate({
    "networks": {"toy": "toy.npz"},
    "style_transfer": {"pictures": {"one": {"network": "toy", "content": "a", "style": "b"}}},
    "deep_dream": {"pictures": {"one": {"layers": "first", "picture": "a"}}},
    "pix2pix": {"defaults": {"feature_network": "toy"}, "evaluation": {"network": "toy"}},
})
for command in (
    ["picture", "photograph", "rocket", "-o", "photo.png"],
    ["stylize", "photo.png", "photo.png", "-o", "painted.png", "--network", "toy", "--weights", "toy.npz",
     "--iterations", "2", "--long-side", "48"],
    ["dream", "photo.png", "-o", "dreamed.png", "--network", "toy", "--weights", "toy.npz",
     "--iterations", "1", "--octaves", "1", "--long-side", "48"],
    ["networks"],
):
    try:
        main(command)
    except SystemExit as ended:
        assert ended.code == 0, command
from aiart.params.training import Evaluation
from aiart.translation.features import load_judges
from aiart.params.pix2pix import Pix2Pix
from aiart.translation.frozen import load_frozen
learning = load_frozen(Pix2Pix(feature_network="toy"), "toy.npz")
assert [features.shape for features in learning(np.zeros((1, 32, 32, 3)))] == [(1, 16, 16, 4), (1, 8, 8, 4)]
assert load_judges(Evaluation(network="toy"), ["toy.npz"])[0].of(np.zeros((32, 32, 3))).shape == (4,)
"""


def test_only_the_table_and_the_networks_own_modules_name_a_network(root):
    own = {Path(*facts.module.split(".")[1:]).with_suffix(".py") for facts in NETWORKS.values()}
    found = []
    for file in sorted((root / "src/aiart").rglob("*.py")):
        path = file.relative_to(root / "src/aiart")
        if path in {TABLE, DISTILLATION, *own}:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and node.value in NETWORKS:
                found.append(f"{path}:{node.lineno}: {node.value}")
    for file in [root / "Snakefile", *sorted((root / "workflow/rules").glob("*.smk"))]:
        text = file.read_text(encoding="utf-8")
        found += [f"{file.name}: {name}" for name in re.findall(r"""["'](\w+)["']""", text) if name in NETWORKS]
    assert found == []


@pytest.mark.parametrize("name", NETWORKS)
def test_a_row_is_whole(name, root):
    facts = NETWORKS[name]
    named = [facts.content_layers, *facts.style_layers, *facts.loss_layers, facts.dream_layers, facts.judgement_layer]
    assert {layer for layer in named if layer} <= set(facts.layer_names)
    assert any(named)
    assert importlib.util.find_spec(facts.module)
    assert facts.weights or (root / f"src/aiart/networks/{name}.npz").is_file()
    assert len(facts.learned_from) in {0, len(facts.layers)}
    assert bool(facts.learned_from) == bool(facts.student)
    strides = [layer.stride for layer in facts.layers]
    assert strides == sorted(strides)


def test_the_smallest_side_is_that_of_the_deepest_layer():
    vgg = NETWORKS["vgg19"]
    assert vgg.smallest_side(["conv1_1", "conv3_2"]) == 4
    assert vgg.smallest_side() == 16
    assert NETWORKS["inception_v3"].smallest_side(["mixed0"]) == 75


def test_layers_follow_the_network_in_every_use():
    for name, facts in NETWORKS.items():
        if facts.style_layers:
            settings = StyleTransfer(network=name)
            assert (settings.content_layers, settings.style_layers) == (facts.content_layers, list(facts.style_layers))
        if facts.dream_layers:
            assert DeepDream(network=name).layers == facts.dream_layers
        if facts.loss_layers:
            assert Pix2Pix(feature_network=name).loss_layers == facts.loss_layers
        if facts.judgement_layer:
            assert Evaluation(network=name).judges == {name: facts.judgement_layer}


def test_the_table_needs_no_tensorflow():
    code = "import sys; import aiart.params.root, aiart.networks.files; print('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_module_and_a_row_are_all_that_a_new_network_needs(root, tmp_path):
    shutil.copytree(root / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    package = tmp_path / "src/aiart"
    (package / "networks/toy.py").write_text(MODULE, encoding="utf-8")
    table = (package / TABLE).read_text(encoding="utf-8")
    place = table.index("DEFAULT_NETWORK = ")
    (package / TABLE).write_text(table[:place] + ROW + table[place:], encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "src")},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert (
        "  layers by default: style transfer second and first; Deep Dream second; losses of trainings first second; "
        "KID and FID second"
    ) in ran.stdout
    assert "`aiart fetch weights toy -o data/weights/toy.npz` downloads them" in ran.stdout
    assert (tmp_path / "painted.png").is_file()
    assert (tmp_path / "dreamed.png").is_file()
