"""Facts about InceptionV3's layers that need no TensorFlow (Szegedy et al. 2016, as built by Keras)."""

from __future__ import annotations

from aiart.params.layers import INCEPTION_LAYERS

CHANNELS = (256, 288, 288, 768, 768, 768, 768, 768, 1280, 2048, 2048)
STRIDES = (8, 8, 8, 16, 16, 16, 16, 16, 32, 32, 32)
# Of the longest branch of each block; 1311 is also the figure of Araujo, Norris and Sim, Distill 2019.
RECEPTIVE_FIELDS = (63, 95, 127, 159, 351, 543, 735, 927, 1055, 1183, 1311)


def layer_table(network: str = "inception_v3") -> list[tuple[str, int, int, int]]:
    """Layer, channels, stride and receptive field (both in pixels) of every layer, shallow first."""
    return list(zip(INCEPTION_LAYERS, CHANNELS, STRIDES, RECEPTIVE_FIELDS, strict=True))
