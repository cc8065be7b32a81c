"""The network that the settings name."""

from __future__ import annotations

from pathlib import Path

from aiart.deep_dream.objective import Network
from aiart.networks.precision import resolve_precision
from aiart.networks.registry import load_vgg
from aiart.networks.vgg_layers import receptive_field
from aiart.params.deep_dream import DeepDream


def load_network(settings: DeepDream, weights: str | Path | None = None) -> tuple[Network, int]:
    """The network, cut after the deepest layer in use, and the pixels it needs on a picture's shorter side.

    Raises UserError when the weights are absent or incomplete.
    """
    layers = list(settings.layer_weights)
    precision = resolve_precision(settings.precision)
    if settings.network == "inception_v3":
        # Only here, since Keras takes a second to start.
        from aiart.networks.inception import SMALLEST_SIDE, load_inception

        return load_inception(layers, weights=weights, precision=precision), SMALLEST_SIDE
    network = load_vgg(settings.network, layers, weights=weights, padding="replicate", precision=precision)
    # One position of the deepest layer.
    return network, max(receptive_field(layer)[1] for layer in layers)
