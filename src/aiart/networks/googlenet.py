"""GoogLeNet (Szegedy et al. 2015, "Going Deeper with Convolutions") as plain functions over a dictionary of weights.

Convolutions have the names of BVLC's Caffe model: `conv1/7x7_s2`, `conv2/3x3`, `inception_3a/1x1` and so on. Layers
are `conv1` and `conv2`, the activations after the ReLU, and `inception_3a` … `inception_4e`, the concatenations that
end the modules. The same functions run the full network and the slim one: the widths are those of the weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from aiart.errors import UserError
from aiart.networks.array_files import open_arrays
from aiart.networks.arrays import ArraysError
from aiart.networks.preprocessing import preprocess
from aiart.networks.weights import Arrays, as_tensors
from aiart.params.layers import GOOGLENET_LAYERS as LAYERS

STEM = {"conv1": ("conv1/7x7_s2",), "conv2": ("conv2/3x3_reduce", "conv2/3x3")}
BRANCHES = (("1x1",), ("3x3_reduce", "3x3"), ("5x5_reduce", "5x5"), ("pool_proj",))
# Channels of the full network, in the order of the convolutions; modules in that of BRANCHES.
WIDTHS = {
    "conv1": (64,),
    "conv2": (64, 192),
    "inception_3a": (64, 96, 128, 16, 32, 32),
    "inception_3b": (128, 128, 192, 32, 96, 64),
    "inception_4a": (192, 96, 208, 16, 48, 64),
    "inception_4b": (160, 112, 224, 24, 64, 64),
    "inception_4c": (128, 128, 256, 24, 64, 64),
    "inception_4d": (112, 144, 288, 32, 64, 64),
    "inception_4e": (256, 160, 320, 32, 128, 128),
}
KERNEL_SIDES = {"7x7_s2": 7, "5x5": 5, "3x3": 3}  # others are 1 × 1

# Caffe's LRN of size 5 divides its alpha of 1e-4 by the size.
LRN_RADIUS, LRN_ALPHA = 2, 1e-4 / 5

Convolve = Callable[[str, tf.Tensor], tf.Tensor]


def load(
    path: Path, layers: Sequence[str], *, preprocessing: str, precision: str = "float32"
) -> Callable[[tf.Tensor, Sequence[str]], dict[str, tf.Tensor]]:
    """`features` with the weights in `path`, as `networks.registry` loads it. Raises UserError when a convolution
    that `layers` need is not in the file."""
    tensors = as_tensors(read_googlenet(path, layers), precision)

    def network(picture: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        return features(tensors, picture, wanted, preprocessing=preprocessing)

    return network


def read_googlenet(path: str | Path, layers: Iterable[str]) -> Arrays:
    """Kernel (side, side, in, out) and bias (out,), float32, of each convolution that `layers` need, by its name.

    path: an .npz or .safetensors with `conv1/7x7_s2/kernel`, `conv1/7x7_s2/bias` and so on, of any float type and any
    widths that fit together. Raises UserError when the file is absent, of another form, or lacks a convolution.
    """
    path = Path(path)
    arrays, channels = {}, 3
    try:
        with open_arrays(path) as file:
            for layer in layers_up_to(layers):
                ends = []
                for branch in branches(layer):
                    width = channels
                    for name in branch:
                        arrays[name] = _read_convolution(path, file, name, layer, width)
                        width = len(arrays[name][1])
                    ends.append(width)
                channels = sum(ends)
    except (OSError, ArraysError) as error:
        raise UserError(
            f"{path}: cannot be read as GoogLeNet weights ({error}); fetch it again or use another."
        ) from error
    return arrays


def _read_convolution(path: Path, file, name: str, layer: str, channels: int) -> tuple[np.ndarray, np.ndarray]:
    for part in ("kernel", "bias"):
        if f"{name}/{part}" not in file:
            raise UserError(
                f"{path}: holds no {name}/{part}, so {layer} cannot be used; choose shallower layers or a complete "
                "file."
            )
    kernel, bias = file[f"{name}/kernel"], file[f"{name}/bias"]
    side = KERNEL_SIDES.get(name.split("/")[1], 1)
    if kernel.shape[:-1] != (side, side, channels) or bias.shape != kernel.shape[-1:]:
        raise UserError(
            f"{path}: {name} has a kernel of shape {kernel.shape} and a bias of shape {bias.shape}, "
            f"not ({side}, {side}, {channels}, n) and (n,); use another file."
        )
    if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
        raise UserError(f"{path}: {name} holds numbers that are not finite; fetch it again or use another.")
    return kernel.astype(np.float32), bias.astype(np.float32)


def layers_up_to(layers: Iterable[str]) -> tuple[str, ...]:
    """All layers needed to reach the deepest of `layers`, shallow first."""
    return LAYERS[: max(LAYERS.index(layer) for layer in layers) + 1]


def branches(layer: str) -> tuple[tuple[str, ...], ...]:
    """What `layer` adds to the one before: names of convolutions that follow each other, for each branch."""
    if layer in STEM:
        return (STEM[layer],)
    return tuple(tuple(f"{layer}/{name}" for name in branch) for branch in BRANCHES)


def convolutions(layer: str) -> tuple[str, ...]:
    """Names of the convolutions that `layer` adds to the one before."""
    return tuple(name for branch in branches(layer) for name in branch)


def block_of(layer: str) -> int:
    """Number, 1 to 4, of the block that `layer` is in: poolings are between blocks."""
    return int(layer.removeprefix("conv").removeprefix("inception_")[0])


def slim_width(channels: int) -> int:
    """Channels of the slim network where the full one has so many: three quarters, in fours."""
    return 4 * round(channels * 3 / 16 + 1e-6)


def random_weights(seed: int, width: Callable[[int], int] = int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """He-normal kernels and zero biases, float32, of width(channels) channels each."""
    random = np.random.default_rng(seed)
    weights, before = {}, 3
    for layer in LAYERS:
        widths = iter(map(width, WIDTHS[layer]))
        ends = []
        for branch in branches(layer):
            channels = before
            for name in branch:
                side, wide = KERNEL_SIDES.get(name.split("/")[1], 1), next(widths)
                kernel = random.normal(0, (2 / (side**2 * channels)) ** 0.5, (side, side, channels, wide))
                weights[name] = (kernel.astype(np.float32), np.zeros(wide, np.float32))
                channels = wide
            ends.append(channels)
        before = sum(ends)
    return weights


def features(
    weights: Mapping[str, tuple[tf.Tensor, tf.Tensor]],
    image: tf.Tensor,
    layers: Iterable[str],
    *,
    preprocessing: str = "caffe",
) -> dict[str, tf.Tensor]:
    """Activations of `layers`, each (batch, height, width, channels) in float32.

    image: (batch, height, width, 3), RGB 0..255, float32. The convolutions run in the dtype of the weights.
    The network is run no further than the deepest layer asked for.
    """
    wanted = set(layers)
    x = tf.cast(preprocess(image, preprocessing), weights["conv1/7x7_s2"][0].dtype)
    found = {}

    def convolve(name: str, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(convolution(name, x, *weights[name]))

    for layer in layers_up_to(wanted):
        x = run_layer(layer, between(layer, x), convolve)
        if layer in wanted:
            found[layer] = tf.cast(x, tf.float32)
    return found


def entering(weights: Mapping[str, tuple], image: tf.Tensor, layer: str, preprocessing: str = "caffe") -> tf.Tensor:
    """What the branches of `layer` read."""
    index = LAYERS.index(layer)
    if index == 0:
        return preprocess(image, preprocessing)
    return between(layer, features(weights, image, [LAYERS[index - 1]], preprocessing=preprocessing)[LAYERS[index - 1]])


def between(layer: str, x: tf.Tensor) -> tf.Tensor:
    """What happens to the activation of the layer before, before `layer` convolves it."""
    if layer == "conv2":
        return normalise(pool(x))
    if layer == "inception_3a":
        return pool(normalise(x))
    return pool(x) if layer == "inception_4a" else x


def run_layer(layer: str, x: tf.Tensor, convolve: Convolve) -> tf.Tensor:
    """`layer` from what `between` gives, with convolve(name, x) as its convolutions and their ReLU."""
    ends = []
    for branch in branches(layer):
        y = enter(branch, x)
        for name in branch:
            y = convolve(name, y)
        ends.append(y)
    return tf.concat(ends, axis=-1)


def enter(branch: Sequence[str], x: tf.Tensor) -> tf.Tensor:
    """What the first convolution of a branch reads."""
    return tf.nn.max_pool2d(x, 3, 1, "SAME") if branch[0].endswith("/pool_proj") else x


def convolution(name: str, x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor) -> tf.Tensor:
    """The convolution called `name`, before its ReLU."""
    if name == "conv1/7x7_s2":
        # Caffe adds three zeros on every side, where SAME would add two and three.
        return tf.nn.bias_add(tf.nn.conv2d(tf.pad(x, [[0, 0], [3, 3], [3, 3], [0, 0]]), kernel, 2, "VALID"), bias)
    return tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME"), bias)


def pool(x: tf.Tensor) -> tf.Tensor:
    """Maximum over 3 × 3, every second pixel; a window may reach over the end by one, as Caffe rounds up.

    The zero that it finds there changes nothing, since activations are at least 0.
    """
    return tf.nn.max_pool2d(tf.pad(x, [[0, 0], [0, 1], [0, 1], [0, 0]]), 3, 2, "VALID")


def normalise(x: tf.Tensor) -> tf.Tensor:
    """Local response normalisation: each channel divided by (1 + α Σ of the squares of five channels)^¾, in float32.

    TensorFlow's own cannot be differentiated twice, and takes, as do slices and a power, ten times as long as this: the
    sum as a convolution, and two roots.
    """
    y = tf.cast(x, tf.float32)
    channel = np.arange(y.shape[-1])
    near = np.abs(channel[:, np.newaxis] - channel) <= LRN_RADIUS
    square = 1 + tf.nn.conv2d(y * y, (LRN_ALPHA * near[np.newaxis, np.newaxis]).astype(np.float32), 1, "SAME")
    root = tf.math.rsqrt(square)
    return tf.cast(y * root * tf.sqrt(root), x.dtype)
