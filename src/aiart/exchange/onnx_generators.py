"""Generators as ONNX graphs: what `aiart translate --no-dropout` makes of a picture of any size."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np

from aiart.errors import UserError
from aiart.exchange.onnx_graph import Graph
from aiart.networks.convolutions import DoublingConv2D, HalvingConv2D, ResizeConv2D
from aiart.networks.resnet import ResNetGenerator
from aiart.networks.unet import LEAK, UNet
from aiart.translation.translate import SMALLEST_SIDE

SHAPE = ("batch", 3, "height", "width")


def generator_onnx(network: keras.Model, name: str, texts: Mapping[str, str]) -> bytes:
    """A U-Net or a residual generator, from `input` to `output`, float32 (batch, 3, height, width) in −1..1.

    Pictures are continued by their mirror image to sides that the network divides, and cropped again, in the graph.
    Each is normalised by its own statistics, with batch norm too. Raises UserError for another network.
    """
    graph = Graph()
    build = {UNet: _unet, ResNetGenerator: _resnet}.get(type(network))
    if build is None:
        raise UserError(f"{name}: there is no export of a {type(network).__name__} as .onnx; choose .safetensors.")
    padded, sides = _padded_to_multiple(graph, "input", network.multiple)
    _cropped(graph, build(graph, network, padded), sides)
    return graph.serialized(name, {"input": SHAPE}, {"output": SHAPE}, texts)


def _unet(graph: Graph, network: UNet, x: str) -> str:
    skips = []
    for level, (layer, norm) in enumerate(zip(network.encoder, network.encoder_norms, strict=True)):
        x = graph.add("LeakyRelu", x, alpha=LEAK) if level else x
        x = _normalised(graph, norm, _convolved(graph, layer, x))
        skips.append(x)
    x = skips.pop()
    for layer, norm in zip(network.decoder, network.decoder_norms, strict=True):
        x = _normalised(graph, norm, _convolved(graph, layer, graph.add("Relu", x)))
        x = graph.add("Concat", x, skips.pop(), axis=1)
    return graph.add("Tanh", _convolved(graph, network.head, graph.add("Relu", x)))


def _resnet(graph: Graph, network: ResNetGenerator, x: str) -> str:
    turned = network.padding == "torch"
    picture = x

    def through(pair: list, x: str) -> str:
        return _normalised(graph, pair[1], _convolved(graph, pair[0], x, turned))

    x = graph.add("Relu", through(network.first, graph.padded(x, 3)))
    for pair in network.down:
        x = graph.add("Relu", through(pair, x))
    for first, second in network.blocks:
        y = graph.add("Relu", through(first, graph.padded(x, 1)))
        x = graph.add("Add", x, through(second, graph.padded(y, 1)))
    for pair in network.up:
        x = graph.add("Relu", through(pair, x))
    made = _convolved(graph, network.head, graph.padded(x, 3), turned)
    return graph.add("Add", picture, made) if network.identity_start else graph.add("Tanh", made)


def _convolved(graph: Graph, layer: keras.layers.Layer, x: str, turned: bool = False) -> str:
    """turned: the network turns its pictures by 180°; here its kernels and the ends where they pad are turned back."""
    kernel = np.asarray(layer.kernel)
    kernel = kernel[::-1, ::-1] if turned else kernel
    bias = np.asarray(layer.bias) if layer.use_bias else None
    # What `same` adds to an even number of pixels, or takes from a transposed convolution's result.
    one_end = (1, 1, 0, 0) if turned else (0, 0, 1, 1)
    match layer:
        case HalvingConv2D():
            options = {"strides": (2, 2), "pads": (1, 1, 1, 1)}
        case DoublingConv2D():
            options = {"strides": (2, 2), "pads": (1, 1, 1, 1), "transposed": True}
        case ResizeConv2D():
            scales = graph.weight("twice", np.array([1, 1, 2, 2]))
            nearest = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
            x = graph.add("Resize", x, "", scales, **nearest)
            options = {"pads": (1, 1, 1, 1)}
        case keras.layers.Conv2DTranspose():
            options = {"strides": (2, 2), "pads": one_end, "transposed": True}
        case _ if layer.padding == "same":
            options = {"strides": layer.strides, "pads": one_end}
        case _:
            options = {}
    return graph.convolution(layer.name, x, kernel, bias, **options)


def _normalised(graph: Graph, norm: keras.layers.Layer | None, x: str) -> str:
    """Batch norm by a picture's own statistics is instance norm."""
    if norm is None:
        return x
    scale = np.ones(norm.channels) if norm.gamma is None else np.asarray(norm.gamma)
    offset = np.zeros(norm.channels) if norm.beta is None else np.asarray(norm.beta)
    weights = graph.weight(f"{norm.name}/gamma", scale), graph.weight(f"{norm.name}/beta", offset)
    return graph.add("InstanceNormalization", x, *weights, epsilon=norm.epsilon)


def _padded_to_multiple(graph: Graph, x: str, multiple: int) -> tuple[str, list[tuple[str, str]]]:
    """`translate.pad_to_multiple` as a graph; with the beginning and the end of the picture on each axis."""
    one, two, of = graph.integers(1), graph.integers(2), graph.integers(multiple)
    sides = []
    for axis in (2, 3):
        side = graph.add("Shape", "input", start=axis, end=axis + 1)
        least = graph.add("Max", side, graph.integers(SMALLEST_SIDE))
        parts = graph.add("Div", graph.add("Add", least, graph.integers(multiple - 1)), of)
        padded = graph.add("Mul", parts, of)
        begin = graph.add("Div", graph.add("Sub", padded, side), two)
        # The mirror image of a side repeats after twice its length less the two ends.
        last = graph.add("Mul", graph.add("Sub", side, one), two)
        scalars = [graph.add("Squeeze", n) for n in (graph.integers(0), padded, one)]
        place = graph.add("Sub", graph.add("Range", *scalars), begin)
        place = graph.add("Mod", place, graph.add("Max", last, one))
        x = graph.add("Gather", x, graph.add("Min", place, graph.add("Sub", last, place)), axis=axis)
        sides.append((begin, graph.add("Add", begin, side)))
    return x, sides


def _cropped(graph: Graph, x: str, sides: list[tuple[str, str]]) -> str:
    begins, ends = (graph.add("Concat", *places, axis=0) for places in zip(*sides, strict=True))
    return graph.add("Slice", x, begins, ends, graph.integers(2, 3), name="output")
