"""VGG-19 (Simonyan and Zisserman 2015, configuration E) as plain functions over a dictionary of weights.

Layers have the field's names, `conv1_1` … `conv5_4`, and mean the activation *after* the ReLU, so
`conv4_2` here is Keras's `block4_conv2` and Caffe's `relu4_2`. The same functions run the full network
and the slim one: the widths are those of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import tensorflow as tf

from aiart.networks.preprocessing import preprocess
from aiart.networks.weights import as_tensors, read_vgg
from aiart.params.feature_networks import NETWORKS
from aiart.params.layers import VGG_LAYERS as LAYERS

SLIM = NETWORKS["vgg19_slim"]
# Channels of the five blocks of the slim network.
SLIM_WIDTHS = tuple(layer.channels for layer in SLIM.layers if layer.name.endswith("_1"))

# Average pooling shrinks activations that maximum pooling keeps; this factor brings them back, so that
# a layer's weights mean the same under either.
POOLING_SCALE = {"max": 1.0, "avg": 2.0}


def load(
    path: Path,
    layers: Sequence[str],
    *,
    preprocessing: str,
    pooling: str = "max",
    padding: str = "replicate",
    precision: str = "float32",
) -> Callable[[tf.Tensor, Sequence[str]], dict[str, tf.Tensor]]:
    """`features` with the weights in `path`, as `networks.registry` loads it. Raises UserError when a layer is
    not in the file."""
    tensors = as_tensors(read_vgg(path, layers_up_to(layers)), precision)

    def network(picture: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        return features(tensors, picture, wanted, preprocessing=preprocessing, pooling=pooling, padding=padding)

    return network


def block_of(layer: str) -> int:
    """Number, 1 to 5, of the block that `layer` is in."""
    return int(layer[len("conv") : layer.index("_")])


def layers_up_to(layers: Iterable[str]) -> tuple[str, ...]:
    """All layers needed to reach the deepest of `layers`, shallow first."""
    return LAYERS[: max(LAYERS.index(layer) for layer in layers) + 1]


def layer_before(layer: str) -> str | None:
    """The layer that `layer` reads; None where that is the picture."""
    return LAYERS[LAYERS.index(layer) - 1] if layer != LAYERS[0] else None


def between(layer: str, x: tf.Tensor, pooling: str = "max") -> tf.Tensor:
    """What happens to the activation of the layer before, before `layer` convolves it."""
    return _pool(x, pooling) if layer.endswith("_1") and layer != LAYERS[0] else x


def _pool(activation: tf.Tensor, pooling: str) -> tf.Tensor:
    if pooling == "max":
        return tf.nn.max_pool2d(activation, 2, 2, "VALID")
    return tf.nn.avg_pool2d(activation, 2, 2, "VALID") * tf.cast(POOLING_SCALE[pooling], activation.dtype)


def features(
    weights: Mapping[str, tuple[tf.Tensor, tf.Tensor]],
    image: tf.Tensor,
    layers: Iterable[str],
    *,
    preprocessing: str = "caffe",
    pooling: str = "max",
    padding: str = "zero",
) -> dict[str, tf.Tensor]:
    """Activations of `layers`, each (batch, height, width, channels) in float32.

    image: (batch, height, width, 3), RGB 0..255, float32. The convolutions run in the dtype of the weights.
    preprocessing: what is done to it first (`networks/preprocessing.py`); VGG was trained in Caffe.
    padding: `replicate` repeats the picture's edge at the first convolution instead of adding the mean
    colour there, which would be painted as a frame (crowsonkb/style-transfer-pytorch does the same).
    The network is run no further than the deepest layer asked for.
    """
    wanted = set(layers)
    x = preprocess(image, preprocessing)
    x = tf.cast(x, weights["conv1_1"][0].dtype)
    found = {}
    for name in layers_up_to(wanted):
        x = between(name, x, pooling)
        kernel, bias = weights[name]
        if name == "conv1_1" and padding == "replicate":
            # SYMMETRIC by one pixel is replication.
            x = tf.nn.conv2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], "SYMMETRIC"), kernel, 1, "VALID")
        else:
            x = tf.nn.conv2d(x, kernel, 1, "SAME")
        x = tf.nn.relu(tf.nn.bias_add(x, bias))
        if name in wanted:
            found[name] = tf.cast(x, tf.float32)
    return found


def random_weights(seed: int, widths: tuple[int, ...] = SLIM_WIDTHS) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
    """He-normal kernels and zero biases, float32: where distillation starts, and a baseline to judge by."""
    generator = tf.random.Generator.from_seed(seed, alg="philox")
    weights, channels = {}, 3
    for name in LAYERS:
        width = widths[block_of(name) - 1]
        deviation = (2.0 / (9 * channels)) ** 0.5
        kernel = generator.normal((3, 3, channels, width), stddev=deviation)
        weights[name] = (kernel, tf.zeros(width))
        channels = width
    return weights
