"""Feature networks by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import tensorflow as tf

from aiart.networks import vgg
from aiart.networks.files import existing_weights_file
from aiart.networks.precision import resolve_precision
from aiart.networks.vgg_layers import layers_up_to
from aiart.networks.weights import as_tensors, read_vgg

FeatureNetwork = Callable[[tf.Tensor, Sequence[str]], dict[str, tf.Tensor]]


def load_vgg(
    name: str,
    layers: Sequence[str],
    *,
    weights: str | Path | None = None,
    pooling: str = "max",
    padding: str = "zero",
    precision: str = "float32",
) -> FeatureNetwork:
    """A function (picture, layers) → activations by layer, cut after the deepest of `layers`.

    The picture is (batch, height, width, 3), RGB 0..255; activations are float32.
    weights: file for `vgg19`; `vgg19_slim` has its own and needs none.
    Raises UserError when the weights are absent or incomplete.
    """
    path = existing_weights_file(name, weights)
    arrays = read_vgg(path, layers_up_to(layers))
    tensors = as_tensors(arrays, resolve_precision(precision))

    def network(picture: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        return vgg.features(tensors, picture, wanted, pooling=pooling, padding=padding)

    return network
