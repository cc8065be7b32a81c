"""The student of VGG-19: the slim network's variables, and the linear embeddings that training adds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import tensorflow as tf

from aiart.networks import vgg
from aiart.networks.distillation.channel_selection import (
    fitted_kernel,
    in_chunks,
    least_squares_embedding,
    samples_in_chunks,
    selected_kernel,
    spanning_channels,
)
from aiart.networks.preprocessing import preprocess
from aiart.networks.weights import Arrays, as_tensors, read_vgg, write_vgg
from aiart.params.networks import Distill

LAYERS = vgg.LAYERS
read, write = read_vgg, write_vgg

# The student learns on inputs divided by this, about their deviation, so that weights and biases are of
# one size and Adam moves both; `export` folds it into conv1_1.
INPUT_DEVIATION = 64.0


class Student:
    """The slim network's variables, and the linear embeddings that training adds, created when first used."""

    def __init__(self, seed: int):
        self.seed = seed
        self.weights = {
            layer: (tf.Variable(kernel, name=f"{layer}/kernel"), tf.Variable(bias, name=f"{layer}/bias"))
            for layer, (kernel, bias) in vgg.random_weights(seed).items()
        }
        self.given: Arrays = {}
        """Weights that it started from, and the root mean squares that they are divided by here."""
        self.given_rms: dict[str, float] = {}
        self.embeddings: dict[str, tuple[tf.Variable, tf.Variable]] = {}
        self.target_rms: dict[str, tf.Variable] = {}

    def start_from(self, weights: Arrays, image: tf.Tensor) -> None:
        """Take over slim weights, of the shallowest layers or of all, each layer divided by its root mean square on
        `image`: the inverse of `export`."""
        found = vgg.features(as_tensors(weights), image, weights, preprocessing=vgg.SLIM.preprocessing)
        before = INPUT_DEVIATION
        for layer, (kernel, bias) in weights.items():
            rms = float(tf.sqrt(tf.reduce_mean(found[layer] ** 2)))
            self.weights[layer][0].assign(kernel * before / rms)
            self.weights[layer][1].assign(bias / rms)
            self.given_rms[layer] = before = rms
        self.given = weights

    def features(self, image: tf.Tensor, layers: list[str]) -> dict[str, tf.Tensor]:
        kernel, bias = self.weights["conv1_1"]
        weights = self.weights | {"conv1_1": (kernel / INPUT_DEVIATION, bias)}
        return vgg.features(weights, image, layers, preprocessing=vgg.SLIM.preprocessing)

    def entering(self, image: tf.Tensor, layer: str) -> tf.Tensor:
        """What the convolution of `layer` reads."""
        before = vgg.layer_before(layer)
        if before is None:
            return preprocess(image, vgg.SLIM.preprocessing) / INPUT_DEVIATION
        return vgg.between(layer, self.features(image, [before])[before])

    def embed(self, layer: str, feature: tf.Tensor) -> tf.Tensor:
        matrix, bias = self.embeddings[layer]
        return tf.einsum("bhwc,cd->bhwd", feature, matrix) + bias

    def add_embedding(self, layer: str, matrix: np.ndarray, bias: np.ndarray, target_rms: float) -> None:
        """A map to the teacher's features divided by their root mean square, so that all layers count alike."""
        self.embeddings[layer] = (
            tf.Variable(matrix, name=f"{layer}/embedding"),
            tf.Variable(bias, name=f"{layer}/embedding_bias"),
        )
        self.target_rms[layer] = tf.Variable(target_rms, dtype=tf.float32, trainable=False, name=f"{layer}/rms")

    def trainable(self, blocks: list[int]) -> list[tf.Variable]:
        chosen = []
        for layer in layers_of(blocks):
            chosen += [*self.weights[layer], *self.embeddings.get(layer, ())]
        return chosen

    def variables(self) -> dict[str, tf.Variable]:
        groups = [*self.weights.values(), *self.embeddings.values()]
        return {v.name: v for group in groups for v in group} | {v.name: v for v in self.target_rms.values()}


def initialise(student: Student, layers: list[str], teach, image: tf.Tensor, seed: int, teacher: Arrays) -> None:
    """Start `layers` from a choice of their teacher's channels (see channel_selection), and fit every layer's
    embedding by least squares.

    Where VGG-19 teaches a layer and the one before, its kernel is read through that one's embedding; elsewhere a kernel
    is fitted to the activations.
    """
    for layer in layers:
        target = samples_in_chunks(lambda x, layer=layer: teach(x)[layer], image, seed)
        rms = float(np.sqrt(np.mean(target**2)))
        if layer not in student.given:
            _start_layer(student, layer, target, rms, image, seed, teacher)
        feature = samples_in_chunks(lambda x, layer=layer: student.features(x, [layer])[layer], image, seed)
        student.add_embedding(layer, *least_squares_embedding(feature, target / rms), rms)


def _start_layer(
    student: Student, layer: str, target: np.ndarray, rms: float, image: tf.Tensor, seed: int, teacher: Arrays
) -> None:
    kernel, bias = student.weights[layer]
    channels = spanning_channels(target, bias.shape[0])
    before = vgg.layer_before(layer)
    if layer in teacher and (before is None or before in student.embeddings):
        if before is None:
            embedding = INPUT_DEVIATION * np.eye(3), np.zeros(3)
        else:
            matrix, offset = student.embeddings[before]
            embedding = (v.numpy() * student.target_rms[before].numpy() for v in (matrix, offset))
        start = selected_kernel(*teacher[layer], channels, tuple(embedding))
    else:
        entering = in_chunks(lambda x: student.entering(x, layer), image)
        # A map that no ReLU cut off has values below 0, which the student's cannot have.
        start = fitted_kernel(entering.numpy(), np.maximum(target[:, channels], 0), seed)
    for variable, value in zip((kernel, bias), start, strict=True):
        # Channels beyond those of a narrow teacher stay random.
        variable.assign(np.concatenate([value / rms, variable[..., len(channels) :]], axis=-1))


def export(student: Student, table: pd.DataFrame, settings: Distill) -> dict[str, tuple]:
    """Weights for `vgg.features`, scaled so that each layer's root mean square is VGG-19's.

    ReLU networks can be rescaled layer by layer without changing what they compute; equal sizes let the
    same content and style weights serve both networks. A layer taught by another network has no such
    size to meet and takes that of the deepest layer taught by VGG-19. Layers that the student started from and that
    no phase taught are as they were, to the last bit.
    """
    taught_by_vgg = set()
    for teacher in settings.teachers:
        if teacher.is_vgg:
            taught_by_vgg |= set(teacher.layers or vgg.LAYERS)
    rms = table.set_index("layer")
    weights, before, size = {}, INPUT_DEVIATION, 1.0
    for layer in vgg.LAYERS:
        if layer in student.given and layer not in rms.index:
            weights[layer] = student.given[layer]
            before = size = student.given_rms[layer]
            continue
        kernel, bias = (np.asarray(v) for v in student.weights[layer])
        scale = 1.0
        if layer in rms.index:
            if layer in taught_by_vgg:
                size = rms.teacher_rms[layer]
            scale = size / rms.student_rms[layer]
        weights[layer] = (kernel * scale / before, bias * scale)
        before = scale
    return weights


def layers_of(blocks: list[int]) -> list[str]:
    return [layer for layer in vgg.LAYERS if vgg.block_of(layer) in blocks]
