"""Facts about VGG's layers that need no TensorFlow."""

from __future__ import annotations

from collections.abc import Iterable

from aiart.params.layers import VGG_LAYERS

WIDTHS = {"vgg19": (64, 128, 256, 512, 512), "vgg19_slim": (16, 32, 64, 128, 128)}


def block_of(layer: str) -> int:
    """Number, 1 to 5, of the block that `layer` is in."""
    return int(layer[len("conv") : layer.index("_")])


def layers_up_to(layers: Iterable[str]) -> tuple[str, ...]:
    """All layers needed to reach the deepest of `layers`, shallow first."""
    return VGG_LAYERS[: max(VGG_LAYERS.index(layer) for layer in layers) + 1]


def receptive_field(layer: str) -> tuple[int, int]:
    """Pixels of input that one activation sees, and pixels between neighbours (its stride)."""
    field, stride = 1, 1
    for name in layers_up_to([layer]):
        if name.endswith("_1") and name != "conv1_1":
            field, stride = field + stride, stride * 2
        field += 2 * stride
    return field, stride


def layer_table(network: str) -> list[tuple[str, int, int, int]]:
    """Layer, channels, stride and receptive field (both in pixels) of every layer, shallow first."""
    rows = []
    for layer in VGG_LAYERS:
        field, stride = receptive_field(layer)
        rows.append((layer, WIDTHS[network][block_of(layer) - 1], stride, field))
    return rows
