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
from aiart.networks.distillation.checkpoint import Checkpoint
from aiart.networks.distillation.crops import random_crops, read_pictures
from aiart.networks.distillation.paint_over import draw_goal, paint_over
from aiart.networks.distillation.student import Student, embedding_errors, export, initialise, layers_of
from aiart.networks.distillation.teachers import load_teachers
from aiart.networks.weights import Arrays, read_vgg, write_npz
from aiart.params.canonical import canonical_json
from aiart.params.networks import Distill, Phase

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

    layers = layers_of(sorted({block for phase in settings.phases for block in phase.blocks}))
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
    teach, layers = _teachers(settings, layers_of(phase.blocks), vgg19_weights)

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


def teacher_arrays(settings: Distill, vgg19_weights: str | None, layers: list[str]) -> Arrays:
    """VGG-19's own kernels for those of `layers` that it teaches under their own names."""
    for teacher in settings.teachers:
        if teacher.network == "vgg19":
            pairs = teacher.layers or {layer: layer for layer in vgg.LAYERS}
            return read_vgg(teacher.weights or vgg19_weights, [o for o, t in pairs.items() if o == t and o in layers])
    return {}


def _teachers(settings: Distill, layers: list[str], vgg19_weights: str | None):
    return load_teachers(settings.teachers, layers, vgg19_weights=vgg19_weights, precision=settings.precision)
