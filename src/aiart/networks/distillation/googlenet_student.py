"""The student of GoogLeNet: `googlenet_slim`'s variables, and the linear embeddings that training adds.

It starts, as the student of VGG-19 does, from a choice of the teacher's channels. But each kernel is fitted at once,
by least squares from the student's own patches to what the teacher has before its ReLU there, and not put together
from the teacher's kernel and a fitted map: the fit then makes up for the neighbours too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from aiart.networks import googlenet
from aiart.networks.array_files import write_arrays
from aiart.networks.distillation.channel_selection import (
    in_chunks,
    least_squares_embedding,
    patches,
    samples,
    spanning_channels,
)
from aiart.networks.weights import Arrays
from aiart.params.networks import Distill

LAYERS = googlenet.LAYERS


class Scaled:
    """A variable of numbers of about 1, and the size that they are multiplied by: Adam's steps have one length for all,
    and in a network with local response normalisation layers cannot be rescaled to suit them."""

    def __init__(self, value: np.ndarray, size: float, name: str):
        self.variable = tf.Variable(np.asarray(value, np.float32) / size, name=name)
        self.size = tf.Variable(size, dtype=tf.float32, trainable=False, name=f"{name}_size")

    def value(self) -> tf.Tensor:
        return self.variable * self.size

    def assign(self, value: np.ndarray, size: float) -> None:
        self.variable.assign(np.asarray(value, np.float32) / size)
        self.size.assign(size)


class Student:
    """The slim network's variables, and the linear embeddings that training adds, created when first used."""

    def __init__(self, seed: int):
        self.seed = seed
        self.convolutions = {
            name: (Scaled(kernel, _rms(kernel), f"{name}/kernel"), Scaled(bias, 1.0, f"{name}/bias"))
            for name, (kernel, bias) in googlenet.random_weights(seed, googlenet.slim_width).items()
        }
        self.started: set[str] = set()
        self.embeddings: dict[str, tuple[Scaled, Scaled]] = {}
        self.target_rms: dict[str, tf.Variable] = {}

    def start_from(self, weights: Arrays, image: tf.Tensor) -> None:
        """Take over slim weights, of the shallowest layers or of all."""
        layers = [layer for layer in LAYERS if set(googlenet.convolutions(layer)) <= set(weights)]
        found = googlenet.features(weights, image, layers)
        for layer in layers:
            size = 0.3 * _rms(found[layer])
            for name in googlenet.convolutions(layer):
                self.set_convolution(name, *weights[name], size)
        self.started = set(layers)

    def set_convolution(self, name: str, kernel: np.ndarray, bias: np.ndarray, bias_size: float) -> None:
        self.convolutions[name][0].assign(kernel, _rms(kernel))
        self.convolutions[name][1].assign(bias, bias_size)

    def weights(self) -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
        return {name: (kernel.value(), bias.value()) for name, (kernel, bias) in self.convolutions.items()}

    def features(self, image: tf.Tensor, layers: Iterable[str]) -> dict[str, tf.Tensor]:
        return googlenet.features(self.weights(), image, layers)

    def embed(self, layer: str, feature: tf.Tensor) -> tf.Tensor:
        matrix, bias = self.embeddings[layer]
        return tf.einsum("bhwc,cd->bhwd", feature, matrix.value()) + bias.value()

    def add_embedding(self, layer: str, matrix: np.ndarray, bias: np.ndarray, target_rms: float) -> None:
        """A map to the teacher's features divided by their root mean square, so that all layers count alike."""
        self.embeddings[layer] = (
            Scaled(matrix, _rms(matrix), f"{layer}/embedding"),
            Scaled(bias, 0.3, f"{layer}/embedding_bias"),
        )
        self.target_rms[layer] = tf.Variable(target_rms, dtype=tf.float32, trainable=False, name=f"{layer}/rms")

    def trainable(self, blocks: list[int]) -> list[tf.Variable]:
        chosen = []
        for layer in layers_of(blocks):
            chosen += [v for name in googlenet.convolutions(layer) for v in self.convolutions[name]]
            chosen += self.embeddings.get(layer, ())
        return [scaled.variable for scaled in chosen]

    def variables(self) -> dict[str, tf.Variable]:
        groups = [*self.convolutions.values(), *self.embeddings.values()]
        scaled = [v for group in groups for s in group for v in (s.variable, s.size)]
        return {v.name: v for v in [*scaled, *self.target_rms.values()]}


def layers_of(blocks: Iterable[int]) -> list[str]:
    return [layer for layer in LAYERS if googlenet.block_of(layer) in blocks]


def initialise(student: Student, layers: list[str], teach, image: tf.Tensor, seed: int, teacher: Arrays) -> None:
    """Start `layers` from the teacher's channels where GoogLeNet teaches them, and fit every layer's embedding by
    least squares. A layer without its kernels in `teacher` keeps its random ones."""
    for layer in layers:
        if set(googlenet.convolutions(layer)) <= set(teacher) and layer not in student.started:
            _start_layer(student, layer, image, seed, teacher)
        target = samples(in_chunks(lambda x, layer=layer: teach(x)[layer], image), seed)
        rms = float(np.sqrt(np.mean(target**2)))
        feature = samples(in_chunks(lambda x, layer=layer: student.features(x, [layer])[layer], image), seed)
        student.add_embedding(layer, *least_squares_embedding(feature, target / rms), rms)


def _start_layer(student: Student, layer: str, image: tf.Tensor, seed: int, teacher: Arrays) -> None:
    theirs, ours = (
        in_chunks(lambda x, weights=weights: googlenet.entering(weights, x, layer), image)
        for weights in (teacher, student.weights())
    )
    for branch in googlenet.branches(layer):
        x, y = (in_chunks(lambda x, branch=branch: googlenet.enter(branch, x), part) for part in (theirs, ours))
        for name, following in zip(branch, [*branch[1:], None], strict=True):
            before_relu = _convolve(name, x, *teacher[name])
            x = tf.nn.relu(before_relu)
            # A channel counts by what the next convolution of the branch makes of it.
            say = np.sqrt(np.sum(teacher[following][0] ** 2, axis=(0, 1, 3))) if following else 1.0
            width = student.convolutions[name][1].variable.shape[0]
            channels = spanning_channels(samples(x, seed) * say, width)
            kernel, bias = _fitted(name, y, before_relu, channels, seed, teacher)
            student.set_convolution(name, kernel, bias, 0.3 * _rms(before_relu))
            y = tf.nn.relu(_convolve(name, y, kernel, bias))


def _fitted(
    name: str, feature: tf.Tensor, target: tf.Tensor, channels: np.ndarray, seed: int, teacher: Arrays
) -> tuple[np.ndarray, np.ndarray]:
    """Kernel and bias that come closest to the `channels` of `target`, the teacher's before its ReLU."""
    kernel, bias = teacher[name]
    if feature.shape[-1] == kernel.shape[2] == 3:  # the picture itself, which both see
        return kernel[..., channels], bias[channels]
    side = kernel.shape[0]
    matrix, offset = least_squares_embedding(
        patches(np.asarray(feature), side, seed), samples(target, seed)[:, channels]
    )
    return matrix.reshape(side, side, feature.shape[-1], len(channels)), offset


def _convolve(name: str, x: tf.Tensor, kernel: np.ndarray, bias: np.ndarray) -> tf.Tensor:
    return in_chunks(lambda part: googlenet.convolution(name, part, kernel, bias), x)


def _rms(values) -> float:
    return max(float(np.sqrt(np.mean(np.square(values)))), 1e-6)


def export(student: Student, table: pd.DataFrame, settings: Distill) -> Arrays:
    """Weights for `googlenet.features`. Activations have the size of the chosen channels of the teacher."""
    return {name: (kernel.numpy(), bias.numpy()) for name, (kernel, bias) in student.weights().items()}


def read(path: str | Path, layers: Sequence[str]) -> Arrays:
    return googlenet.read_googlenet(path, layers)


def write(path: str | Path, weights: Arrays) -> None:
    """float16, for `googlenet.read_googlenet`; byte-reproducible and never half-written."""
    arrays = {
        f"{name}/{part}": np.asarray(array, np.float16)
        for name, pair in weights.items()
        for part, array in zip(("kernel", "bias"), pair, strict=True)
    }
    write_arrays(path, arrays)
