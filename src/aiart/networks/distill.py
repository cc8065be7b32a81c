"""Knowledge distillation of VGG-19 into `vgg19_slim`.

After "Collaborative Distillation for Ultra-Resolution Universal Style Transfer" (Wang et al., CVPR 2020):
at every layer a learned 1×1 map, the linear embedding, takes the student's features to the teacher's, and
is thrown away afterwards. Departures: the features of *all* sixteen convolutions are matched, not one per
block; their Gram matrices are matched too, since those are what style transfer uses; and blocks are
trained from shallow to deep.
"""

from __future__ import annotations

import math
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from tqdm import tqdm

from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.networks import vgg
from aiart.networks.channel_selection import (
    least_squares_embedding,
    samples,
    selected_kernel,
    spanning_channels,
)
from aiart.networks.crops import random_crops, read_pictures
from aiart.networks.paint_over import draw_goal, gram_matrices, paint_over
from aiart.networks.teachers import load_teachers
from aiart.networks.vgg_layers import block_of
from aiart.networks.weights import Arrays, as_tensors, read_vgg, write_npz
from aiart.params.canonical import canonical_json
from aiart.params.networks import Distill, Phase

# The student learns on inputs divided by this, about their deviation, so that weights and biases are of
# one size and Adam moves both; `export` folds it into conv1_1.
INPUT_DEVIATION = 64.0
HELD_OUT_BATCHES = 16
HISTORY_EVERY = 20
# Held-out crops come from the same generator as training ones, at steps that training never reaches.
HELD_OUT_STEP = 10**9


def distill(
    settings: Distill,
    output: str | Path,
    *,
    seed: int,
    state: str | Path,
    vgg19_weights: str | None = None,
    history: str | Path | None = None,
    report: str | Path | None = None,
) -> pd.DataFrame:
    """Train a student and write its weights (.npz, float16) to `output`.

    state: checkpoint of the unfinished run; continued when it was begun with equal settings and deleted at
    the end. history: CSV of the losses. report: CSV of the errors per layer, which is also returned.
    Raises UserError for unreadable teachers or pictures and when the loss is no longer finite.
    """
    keras.utils.set_random_seed(seed)
    pictures = read_pictures(settings.pictures)
    held_out = read_pictures(settings.held_out) if settings.held_out else []
    student = Student(seed)
    if settings.start:
        crops = random_crops(pictures, seed=seed, step=0, batch=16, crop=settings.crop, scale=settings.scale)
        student.start_from(read_vgg(settings.start, vgg.LAYERS), tf.constant(crops))
    checkpoint = Checkpoint(Path(state), canonical_json({"seed": seed, **settings.model_dump()}))
    checkpoint.restore(student)

    first_step = 0
    for number, phase in enumerate(settings.phases):
        if checkpoint.phase <= number:
            train_phase(student, phase, number, first_step, pictures, settings, seed, vgg19_weights, checkpoint)
        first_step += phase.steps

    layers = _layers(sorted({block for phase in settings.phases for block in phase.blocks}))
    teach, layers = _teachers(settings, layers, vgg19_weights)
    table = evaluate(student, teach, layers, settings, held_out or pictures, seed)
    table.insert(1, "pictures", "held out" if held_out else "training")
    write_npz(output, export(student, table, settings))
    if history:
        with atomic_write(history) as temporary:
            pd.DataFrame(checkpoint.history).to_csv(temporary, index=False, lineterminator="\n")
    if report:
        with atomic_write(report) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n", float_format="%.6g")
    checkpoint.delete()
    return table


class Student:
    """The slim network's variables, and the linear embeddings that training adds, created when first used."""

    def __init__(self, seed: int):
        self.seed = seed
        self.weights = {
            layer: (tf.Variable(kernel, name=f"{layer}/kernel"), tf.Variable(bias, name=f"{layer}/bias"))
            for layer, (kernel, bias) in vgg.random_weights(seed).items()
        }
        self.started = False
        self.embeddings: dict[str, tuple[tf.Variable, tf.Variable]] = {}
        self.target_rms: dict[str, tf.Variable] = {}

    def start_from(self, weights: Arrays, image: tf.Tensor) -> None:
        """Take over slim weights, each layer divided by its root mean square on `image`: the inverse of `export`."""
        found = vgg.features(as_tensors(weights), image, vgg.LAYERS)
        before = INPUT_DEVIATION
        for layer, (kernel, bias) in weights.items():
            rms = float(tf.sqrt(tf.reduce_mean(found[layer] ** 2)))
            self.weights[layer][0].assign(kernel * before / rms)
            self.weights[layer][1].assign(bias / rms)
            before = rms
        self.started = True

    def features(self, image: tf.Tensor, layers: list[str]) -> dict[str, tf.Tensor]:
        kernel, bias = self.weights["conv1_1"]
        return vgg.features(self.weights | {"conv1_1": (kernel / INPUT_DEVIATION, bias)}, image, layers)

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
        for layer in _layers(blocks):
            chosen += [*self.weights[layer], *self.embeddings.get(layer, ())]
        return chosen

    def variables(self) -> dict[str, tf.Variable]:
        groups = [*self.weights.values(), *self.embeddings.values()]
        return {v.name: v for group in groups for v in group} | {v.name: v for v in self.target_rms.values()}


class Checkpoint:
    """The state of an unfinished run in one .npz, written by rename: arrays and JSON, nothing to unpickle."""

    def __init__(self, path: Path, begun_with: str):
        self.path, self.begun_with = path, begun_with
        self.phase, self.step = 0, 0
        self.optimizer: list[np.ndarray] = []
        self.history: list[dict] = []

    def save(self, student: Student, optimizer: keras.Optimizer, phase: int, step: int) -> None:
        arrays = {f"student/{name}": v.numpy() for name, v in student.variables().items()}
        arrays |= {f"optimizer/{i:04}": np.asarray(v) for i, v in enumerate(optimizer.variables)}
        if self.history:
            arrays |= {f"history/{key}": np.array([row[key] for row in self.history]) for key in self.history[0]}
        with atomic_write(self.path) as temporary:
            np.savez(temporary, begun_with=self.begun_with, phase=phase, step=step, **arrays)

    def restore(self, student: Student) -> None:
        """Take up the run that the file holds; a damaged file, or one of other settings, is left aside."""
        try:
            # Opened here, since np.load leaves a damaged file open.
            with self.path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                found = {key: file[key] for key in file.files}
        except FileNotFoundError:
            return
        except Exception as error:
            print(f"{self.path}: checkpoint cannot be read ({error}); starting again.")
            return
        if str(found.get("begun_with")) != self.begun_with:
            print(f"{self.path}: checkpoint of other settings; starting again.")
            return
        for key, value in found.items():
            if key.startswith("student/") and key.endswith("/embedding:0"):
                layer = key.split("/")[1]
                student.add_embedding(layer, value, np.zeros(value.shape[1], np.float32), 1.0)
        variables = student.variables()
        for key, value in found.items():
            if key.startswith("student/"):
                variables[key.removeprefix("student/")].assign(value)
        self.phase, self.step = int(found["phase"]), int(found["step"])
        self.optimizer = [found[key] for key in sorted(found) if key.startswith("optimizer/")]
        columns = {k.removeprefix("history/"): v.tolist() for k, v in found.items() if k.startswith("history/")}
        self.history = pd.DataFrame(columns).to_dict("records")
        print(f"{self.path}: continuing phase {self.phase + 1} at step {self.step}.")

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)


def train_phase(
    student: Student,
    phase: Phase,
    number: int,
    first_step: int,
    pictures: list[np.ndarray],
    settings: Distill,
    seed: int,
    vgg19_weights: str | None,
    checkpoint: Checkpoint,
) -> None:
    """One phase: the blocks named learn, at all of their layers, with a cosine learning rate."""
    teach, layers = _teachers(settings, _layers(phase.blocks), vgg19_weights)

    def batch(step: int) -> tf.Tensor:
        return tf.constant(
            random_crops(pictures, seed=seed, step=step, batch=settings.batch, crop=settings.crop, scale=settings.scale)
        )

    if new_layers := [layer for layer in layers if layer not in student.embeddings]:
        initialise(student, new_layers, teach, batch(first_step), seed, teacher_arrays(settings, vgg19_weights, layers))

    variables = student.trainable(phase.blocks)
    schedule = keras.optimizers.schedules.CosineDecay(phase.learning_rate, phase.steps, alpha=0.01)
    # Clipped: a rare crop of one flat colour has next to no variance to divide its error by.
    optimizer = keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    optimizer.build(variables)

    painted = round(settings.painted_share * settings.batch)

    @tf.function
    def step_function(image, weights, length):
        if painted:
            over = paint_over(student.features, image[:painted], image[-painted:], layers, weights, length)
            image = tf.concat([over, image[painted:]], axis=0)
        targets = teach(image)
        with tf.GradientTape() as tape:
            found = student.features(image, layers)
            feature_error, gram_error = 0.0, 0.0
            for layer in layers:
                feature, gram = embedding_errors(student, layer, found[layer], targets[layer])
                feature_error += feature / len(layers)
                gram_error += gram / len(layers)
            loss = feature_error + settings.gram_weight * gram_error
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return feature_error, gram_error

    start = 0
    if checkpoint.phase == number and checkpoint.step:
        start = checkpoint.step
        for variable, value in zip(optimizer.variables, checkpoint.optimizer, strict=True):
            variable.assign(value)

    saved = time.monotonic()
    bar = tqdm(range(start, phase.steps), initial=start, total=phase.steps, disable=None, unit="step")
    bar.set_description(f"phase {number + 1}, blocks {phase.blocks}")
    sums = []
    for step in bar:
        sums.append(
            [
                float(value)
                for value in step_function(batch(first_step + step), *draw_goal(seed, first_step + step, len(layers)))
            ]
        )
        if (step + 1) % HISTORY_EVERY == 0 or step + 1 == phase.steps:
            feature, gram = np.mean(sums, axis=0)
            if not math.isfinite(feature + gram):
                raise UserError(
                    f"{checkpoint.path}: the loss of phase {number + 1} is not finite at step {step + 1}; "
                    "lower its learning_rate and run again."
                )
            row = {"phase": number + 1, "step": first_step + step + 1, "features": feature, "gram": gram}
            checkpoint.history.append(row)
            bar.set_postfix(features=f"{feature:.4f}", gram=f"{gram:.4f}")
            sums = []
            if time.monotonic() - saved > 60 * settings.checkpoint_minutes:
                checkpoint.save(student, optimizer, number, step + 1)
                saved = time.monotonic()
    checkpoint.save(student, optimizer, number + 1, 0)


def initialise(student: Student, layers: list[str], teach, image: tf.Tensor, seed: int, teacher: Arrays) -> None:
    """Start `layers` from the teacher's channels where VGG-19 teaches them (see channel_selection), and fit
    every layer's embedding by least squares. A layer above one without a teacher keeps its random kernel."""
    targets = teach(image)
    for layer in layers:
        target = samples(targets[layer], seed)
        rms = float(np.sqrt(np.mean(target**2)))
        index = vgg.LAYERS.index(layer)
        before = vgg.LAYERS[index - 1]
        if layer in teacher and not student.started and (index == 0 or before in student.embeddings):
            kernel, bias = student.weights[layer]
            channels = spanning_channels(target, bias.shape[0])
            if index == 0:
                embedding = INPUT_DEVIATION * np.eye(3), np.zeros(3)
            else:
                matrix, offset = student.embeddings[before]
                embedding = (v.numpy() * student.target_rms[before].numpy() for v in (matrix, offset))
            chosen_kernel, chosen_bias = selected_kernel(*teacher[layer], channels, tuple(embedding))
            kernel.assign(chosen_kernel / rms)
            bias.assign(chosen_bias / rms)
        feature = samples(student.features(image, [layer])[layer], seed)
        student.add_embedding(layer, *least_squares_embedding(feature, target / rms), rms)


def embedding_errors(student: Student, layer: str, feature: tf.Tensor, target: tf.Tensor):
    """Relative errors of the embedded features: of the activations (share of the variance that is not
    explained) and of their Gram matrices."""
    target = target / student.target_rms[layer]
    embedded = student.embed(layer, feature)
    spread = tf.reduce_mean(tf.math.squared_difference(target, tf.reduce_mean(target, [0, 1, 2])))
    feature_error = tf.reduce_mean(tf.math.squared_difference(embedded, target)) / spread
    gram, gram_target = gram_matrices(embedded), gram_matrices(target)
    gram_error = tf.reduce_sum((gram - gram_target) ** 2) / tf.reduce_sum(gram_target**2)
    return feature_error, gram_error


def evaluate(student, teach, layers, settings, pictures, seed) -> pd.DataFrame:
    """Errors per layer on undisturbed crops, and the sizes of the activations, as a table."""
    sums = {layer: np.zeros(4) for layer in layers}
    for index in range(HELD_OUT_BATCHES):
        image = tf.constant(
            random_crops(
                pictures,
                seed=seed,
                step=HELD_OUT_STEP + index,
                batch=settings.batch,
                crop=settings.crop,
                scale=settings.scale,
            )
        )
        targets, found = teach(image), student.features(image, layers)
        for layer in layers:
            feature, gram = embedding_errors(student, layer, found[layer], targets[layer])
            squares = tf.reduce_mean(found[layer] ** 2), tf.reduce_mean(targets[layer] ** 2)
            sums[layer] += [float(feature), float(gram), *(float(s) for s in squares)]
    rows = []
    for layer in layers:
        feature, gram, student_square, teacher_square = sums[layer] / HELD_OUT_BATCHES
        rows.append(
            {
                "layer": layer,
                "feature_error": feature,
                "gram_error": gram,
                "student_rms": student_square**0.5,
                "teacher_rms": teacher_square**0.5,
            }
        )
    return pd.DataFrame(rows)


def export(student: Student, table: pd.DataFrame, settings: Distill) -> dict[str, tuple]:
    """Weights for `vgg.features`, scaled so that each layer's root mean square is VGG-19's.

    ReLU networks can be rescaled layer by layer without changing what they compute; equal sizes let the
    same content and style weights serve both networks. A layer taught by another network has no such
    size to meet and takes that of the deepest layer taught by VGG-19.
    """
    taught_by_vgg = set()
    for teacher in settings.teachers:
        if teacher.network == "vgg19":
            taught_by_vgg |= set(teacher.layers or vgg.LAYERS)
    rms = table.set_index("layer")
    weights, before, size = {}, INPUT_DEVIATION, 1.0
    for layer in vgg.LAYERS:
        kernel, bias = (np.asarray(v) for v in student.weights[layer])
        scale = 1.0
        if layer in rms.index:
            if layer in taught_by_vgg:
                size = rms.teacher_rms[layer]
            scale = size / rms.student_rms[layer]
        weights[layer] = (kernel * scale / before, bias * scale)
        before = scale
    return weights


def _layers(blocks: list[int]) -> list[str]:
    return [layer for layer in vgg.LAYERS if block_of(layer) in blocks]


def teacher_arrays(settings: Distill, vgg19_weights: str | None, layers: list[str]) -> Arrays:
    """VGG-19's own kernels for those of `layers` that it teaches under their own names."""
    for teacher in settings.teachers:
        if teacher.network == "vgg19":
            pairs = teacher.layers or {layer: layer for layer in vgg.LAYERS}
            return read_vgg(teacher.weights or vgg19_weights, [o for o, t in pairs.items() if o == t and o in layers])
    return {}


def _teachers(settings: Distill, layers: list[str], vgg19_weights: str | None):
    return load_teachers(settings.teachers, layers, vgg19_weights=vgg19_weights, precision=settings.precision)
