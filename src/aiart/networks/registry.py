"""Feature networks by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from aiart.networks.files import existing_weights_file
from aiart.networks.precision import resolve_precision
from aiart.params.feature_networks import NETWORKS

FeatureNetwork = Callable[[tf.Tensor, Sequence[str]], dict[str, tf.Tensor]]


def load_network(
    name: str, layers: Sequence[str], *, weights: str | Path | None = None, precision: str = "float32", **options: Any
) -> FeatureNetwork:
    """A function (picture, layers) → activations by layer, cut after the deepest of `layers`.

    The picture is (batch, height, width, 3), RGB 0..255; activations are float32.
    weights: its file, where it is not in its usual place. precision: `float32`, `bfloat16` or `auto`.
    options: what else the `load` of its module takes.
    Raises UserError when the weights are absent or incomplete.
    """
    path = existing_weights_file(name, weights)
    # Only the module of this network, since Keras takes a second to start.
    facts = NETWORKS[name]
    module = importlib.import_module(facts.module)
    return module.load(
        path, layers, preprocessing=facts.preprocessing, precision=resolve_precision(precision), **options
    )
