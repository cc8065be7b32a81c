"""Layers of the feature networks, kept here so that checking their names needs no TensorFlow."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """One layer's facts. stride: pixels between neighbouring activations. receptive_field: side in pixels of the
    square that one activation sees."""

    name: str
    channels: int
    stride: int
    receptive_field: int

    def grid(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of the activations of a picture of this size, behind poolings that leave out an odd row."""
        return height // self.stride, width // self.stride


VGG_LAYERS = tuple(
    f"conv{block}_{index}" for block, count in enumerate((2, 2, 4, 4, 4), start=1) for index in range(1, count + 1)
)


def vgg_layers(widths: Sequence[int]) -> tuple[Layer, ...]:
    """The sixteen convolutions of a VGG-19 whose five blocks have so many channels, shallow first."""
    layers, field, stride = [], 1, 1
    for name in VGG_LAYERS:
        block, index = int(name[4]), int(name[6])
        if index == 1 and block > 1:  # behind a pooling of 2 × 2
            field, stride = field + stride, stride * 2
        field += 2 * stride
        layers.append(Layer(name, widths[block - 1], stride, field))
    return tuple(layers)


GOOGLENET_LAYERS = ("conv1", "conv2", *(f"inception_{module}" for module in ("3a", "3b", "4a", "4b", "4c", "4d", "4e")))


def googlenet_layers(widths: Sequence[int]) -> tuple[Layer, ...]:
    """GoogLeNet's convolutions before the modules, and its modules, with so many channels, shallow first. Receptive
    fields are those of the longest branch, 5 × 5."""
    layers, field, stride = [], 1, 1
    for name, width in zip(GOOGLENET_LAYERS, widths, strict=True):
        if name == "conv1":
            field, stride = 7, 2
        else:
            if name in ("conv2", "inception_3a", "inception_4a"):  # behind a pooling of 3 × 3
                field, stride = field + 2 * stride, stride * 2
            field += (2 if name == "conv2" else 4) * stride
        layers.append(Layer(name, width, stride, field))
    return tuple(layers)


def check_layers(value, known: tuple[str, ...]):
    """`value` (a name, a list or a mapping of names) unchanged; ValueError when a name is not in `known`."""
    names = [value] if isinstance(value, str) else list(value)
    if not names:
        raise ValueError("no layer is named; give at least one")
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise ValueError(f"{name} is no layer; {hint}layers are {', '.join(known)}")
    if len(set(names)) != len(names):
        raise ValueError("a layer is named twice; name each once")
    return value
