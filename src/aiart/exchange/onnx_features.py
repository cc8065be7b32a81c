"""Feature networks as ONNX graphs, from a picture to the activations of layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from aiart.errors import UserError
from aiart.exchange.onnx_graph import Graph
from aiart.networks import googlenet, vgg
from aiart.networks.preprocessing import CAFFE_MEAN_BGR
from aiart.networks.weights import read_vgg
from aiart.params.feature_networks import NETWORKS

INPUT = ("batch", 3, "height", "width")


def features_onnx(network: str, path: Path, layers: Sequence[str], texts: Mapping[str, str]) -> bytes:
    """A feature network as `networks.registry` loads it, from `input`, float32 (batch, 3, height, width), RGB 0..255,
    to an output for each layer, of its name. Raises UserError for one that cannot be exported."""
    build = {"aiart.networks.vgg": _vgg, "aiart.networks.googlenet": _googlenet}.get(NETWORKS[network].module)
    if build is None:
        raise UserError(f"{network}: there is no export of this network as .onnx; choose another network.")
    graph = Graph()
    reversed_channels = graph.add("Gather", "input", graph.integers(2, 1, 0), axis=1)
    mean = graph.weight("mean", np.array(CAFFE_MEAN_BGR).reshape(1, 3, 1, 1))
    channels = build(graph, path, layers, graph.add("Sub", reversed_channels, mean))
    shapes = {layer: ("batch", channels[layer], f"{layer}_height", f"{layer}_width") for layer in layers}
    return graph.serialized(network, {"input": INPUT}, shapes, texts)


def _vgg(graph: Graph, path: Path, layers: Sequence[str], x: str) -> dict[str, int]:
    """Adds the layers' outputs; returns their channels."""
    arrays = read_vgg(path, vgg.layers_up_to(layers))
    for layer, (kernel, bias) in arrays.items():
        if layer == vgg.LAYERS[0]:  # as `vgg.features` does for `replicate`
            x, pads = graph.padded(x, 1, "edge"), (0, 0, 0, 0)
        else:
            x, pads = _pooled(graph, x, 2, 2) if layer.endswith("_1") else x, (1, 1, 1, 1)
        x = graph.add("Relu", graph.convolution(layer, x, kernel, bias, pads=pads), name=layer)
    return {layer: len(bias) for layer, (_, bias) in arrays.items()}


def _googlenet(graph: Graph, path: Path, layers: Sequence[str], x: str) -> dict[str, int]:
    """Adds the layers' outputs; returns their channels."""
    arrays = googlenet.read_googlenet(path, layers)
    channels = {}
    for layer in googlenet.layers_up_to(layers):
        x = _between(graph, layer, x)
        ends = [_branch(graph, arrays, branch, x) for branch in googlenet.branches(layer)]
        x = graph.add("Concat", *ends, axis=1, name=layer)
        channels[layer] = sum(len(arrays[branch[-1]][1]) for branch in googlenet.branches(layer))
    return channels


def _branch(graph: Graph, arrays: Mapping[str, tuple], branch: Sequence[str], x: str) -> str:
    if branch[0].endswith("/pool_proj"):
        x = _pooled(graph, x, 3, 1, pads=(1, 1, 1, 1))
    for name in branch:
        kernel, bias = arrays[name]
        options = {"pads": (kernel.shape[0] // 2,) * 4, "strides": (2, 2) if name.endswith("_s2") else (1, 1)}
        x = graph.add("Relu", graph.convolution(name, x, kernel, bias, **options))
    return x


def _between(graph: Graph, layer: str, x: str) -> str:
    """`googlenet.between`."""

    def pool(x: str) -> str:
        return _pooled(graph, x, 3, 2, pads=(0, 0, 1, 1))

    def normalise(x: str) -> str:
        size = 2 * googlenet.LRN_RADIUS + 1
        return graph.add("LRN", x, size=size, alpha=size * googlenet.LRN_ALPHA, beta=0.75, bias=1.0)

    steps: dict[str, list[Callable[[str], str]]] = {
        "conv2": [pool, normalise],
        "inception_3a": [normalise, pool],
        "inception_4a": [pool],
    }
    for step in steps.get(layer, []):
        x = step(x)
    return x


def _pooled(graph: Graph, x: str, side: int, stride: int, **options) -> str:
    return graph.add("MaxPool", x, kernel_shape=(side, side), strides=(stride, stride), **options)
