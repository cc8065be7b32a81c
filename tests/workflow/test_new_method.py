"""A new method: its settings, its package, its line in params.yaml's model, and nothing else."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest
from helpers.checkout import TINY_PARAMS, Checkout, copy_checkout

SETTINGS = '''"""Parameters of plain regression."""

from typing import Literal

from aiart.params.base import Line, Name, Paragraph
from aiart.params.training import Training, TrainingRoom


class Regression(Training):
    """Translation learnt from pairs by their mean absolute difference alone."""

    presets = {}
    loss_names = ("generator", "discriminator_accuracy")
    weights_mb = 300
    translation_bytes = 25

    preset: Literal["plain"] = "plain"
    """There is one."""

    @property
    def directions(self):
        return ("a_to_b",)


class RegressionRun(Regression):
    """One training."""

    dataset: Name
    """A paired dataset."""
    title: Line = "Regression"
    """Printed over the grid."""
    caption: Paragraph = ""
    """Printed under the grid."""


class RegressionRoom(TrainingRoom):
    """Every regression."""

    key = "regression"
    title = "Regression"
    settings_model = Regression
    item_model = RegressionRun
    dataset_kind = "paired"
    headline = ("l1",)
    losses = Regression.loss_names
    curve = ("step", "generator", "loss")
'''
LEARNER = '''"""One generator and its step."""

import numpy as np
import tensorflow as tf

from aiart.networks.resnet import ResNetGenerator
from aiart.params.regression import Regression
from aiart.translation import losses
from aiart.translation.adam import Adam
from aiart.translation.build import generator_options
from aiart.translation.checkpoint import network_state


def build_generator(settings, seed):
    return ResNetGenerator(blocks=1, **generator_options(settings, seed))


def build_learner(settings, seed):
    return Learner(settings, seed)


class Learner:
    loss_names = Regression.loss_names

    def __init__(self, settings, seed):
        self.generator = build_generator(settings, seed)
        self.adam = Adam(self.generator.trainable_variables, settings.beta_1, settings.beta_2)

    def step(self, source, target, index, rates, number):
        with tf.GradientTape() as tape:
            loss = losses.l1(self.generator(source, training=True), target)
        self.adam.apply(tape.gradient(loss, self.adam.variables), rates[0], number)
        return tf.stack([loss, 0.5])

    def state(self):
        return network_state({"generator": self.generator}, {"generator": self.adam})

    def generators(self):
        return {"a_to_b": self.generator}

    def samples(self, source, target):
        return np.concatenate([self.generator(source[i : i + 1]).numpy() for i in range(len(source))])

    def score(self, source, target):
        return float(np.mean(np.abs(self.samples(source, target) - target)))
'''
DATA = '''"""The pairs."""

import aiart.translation.pix2pix.data as pairs


def open_data(folder, settings, seed):
    return pairs.open_data(folder, settings, seed)
'''
JUDGE = '''"""Judged by the truth, as Pix2Pix is."""

from aiart.translation.pix2pix.judge import describe, draw_page, judge

__all__ = ["describe", "draw_page", "judge"]
'''
# Two lines in a file that is there.
FIELD = '''    regression: RegressionRoom = RegressionRoom()
    """Plain regression."""
    distill: Distill'''
PARAMS = f"""{TINY_PARAMS}
regression:
  defaults: {{image_side: 32, generator_width: 4, epochs: 1, decay_epochs: 0, samples: 1, threads: 1}}
  sweeps:
    rates:
      title: Rates
      curves: true
      first: input
      columns: {{generator_learning_rate: [0.001, 0.01]}}
      base: {{dataset: synthetic_facades}}
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Checkout:
    made = copy_checkout(tmp_path_factory.mktemp("method"), PARAMS)
    subprocess.run(["git", "init", "-q"], cwd=made.folder, check=True)
    subprocess.run(["git", "add", "-A"], cwd=made.folder, check=True)
    source = made.folder / "src/aiart"
    (source / "translation/regression").mkdir()
    (source / "params/regression.py").write_text(SETTINGS)
    for name, text in {"__init__": "", "learner": LEARNER, "data": DATA, "judge": JUDGE}.items():
        (source / f"translation/regression/{name}.py").write_text(text)
    made.edit("src/aiart/params/root.py", "    distill: Distill", FIELD)
    made.edit(
        "src/aiart/params/root.py",
        "from aiart.params.rooms import Room",
        "from aiart.params.regression import RegressionRoom\nfrom aiart.params.rooms import Room",
    )
    return made


def test_a_new_method_is_a_settings_file_a_package_and_a_field(checkout: Checkout):
    changed = checkout.run("git", "diff", "--name-only", "--", "src").split()
    changed += checkout.run("git", "ls-files", "--others", "--exclude-standard", "--directory", "src").split()
    assert sorted(changed) == [
        "src/aiart/params/regression.py",
        "src/aiart/params/root.py",
        "src/aiart/translation/regression/",
    ]
    planned = checkout.jobs("regression")
    assert planned == {
        "train": 2, "evaluate": 2, "grid": 1, "curves": 1, "synthetic_dataset": 1, "regression": 1,
    }  # fmt: skip
    assert '"RegressionRunSettings"' in checkout.run("src/aiart/bin/aiart", "params", "--schema")
    assert "regression" in checkout.run("src/aiart/bin/aiart", "train", "--help")


@pytest.mark.slow
def test_it_is_trained_judged_and_shown(checkout: Checkout):
    checkout.snakemake("regression")
    cell = "results/regression/sweeps/rates/generator_learning_rate=0.001"
    assert json.loads((checkout.folder / f"{cell}.json").read_text())["measured"]["l1"] > 0
    with np.load(checkout.folder / f"{cell}.npz") as model:
        assert json.loads(str(model["model"]))["method"] == "regression"
    for made in ("grids/rates.png", "curves/rates.png"):
        assert (checkout.folder / "results/regression" / made).is_file()
