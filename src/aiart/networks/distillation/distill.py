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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from tqdm import tqdm

from aiart.datasets.files import files_digest
from aiart.networks import vgg
from aiart.networks.distillation.checkpoint import Checkpoint
from aiart.networks.distillation.crops import picture_files, random_crops, read_pictures
from aiart.networks.distillation.paint_over import draw_goal, paint_over
from aiart.networks.distillation.student import Student, embedding_errors, export, initialise, layers_of
from aiart.networks.distillation.teachers import load_teachers
from aiart.networks.files import existing_weights_file
from aiart.networks.weights import Arrays, read_vgg
from aiart.params.networks import Distill, Phase
from aiart.stopping import Stopped, stop_when_asked

HELD_OUT_BATCHES = 16
HISTORY_EVERY = 20
# Held-out crops come from the same generator as training ones, at steps that training never reaches.
HELD_OUT_STEP = 10**9


@dataclass(frozen=True)
class Distilled:
    """weights: float16 arrays for `write_npz`. history: the losses by step. report: the errors per layer."""

    weights: Arrays
    history: pd.DataFrame
    report: pd.DataFrame


def distill(
    settings: Distill,
    *,
    seed: int,
    state: str | Path,
    made_with: dict[str, Any],
    vgg19_weights: str | None = None,
) -> Distilled:
    """Train a student to the end, from its state where there is one.

    state: where states are kept, NAME.npz; each distillation has one of its own there, which stays, so that more
    phases go on from it. made_with: versions and whatever else the bytes depend on besides.
    Raises UserError for unreadable teachers or pictures and when the loss is no longer finite, Stopped with the state
    saved when it was stopped.
    """
    keras.utils.set_random_seed(seed)
    pictures = read_pictures(settings.pictures)
    held_out = read_pictures(settings.held_out) if settings.held_out else []
    student = Student(seed)
    if settings.start:
        crops = random_crops(pictures, seed=seed, step=0, batch=16, crop=settings.crop, scale=settings.scale)
        student.start_from(read_vgg(settings.start, vgg.LAYERS), tf.constant(crops))
    checkpoint = Checkpoint(state, _begun_with(settings, seed, made_with, vgg19_weights))
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
    checkpoint.states.finish()
    return Distilled(export(student, table, settings), pd.DataFrame(checkpoint.history), table)


def _begun_with(settings: Distill, seed: int, made_with: dict[str, Any], vgg19_weights: str | None) -> dict[str, Any]:
    """All that the steps depend on; files by what they hold, not by where they lie."""
    plain = settings.model_dump(exclude={"pictures", "held_out", "start", "checkpoint_minutes"})
    weights = []
    for teacher, of_teacher in zip(settings.teachers, plain["teachers"], strict=True):
        if teacher.is_vgg:
            weights.append(existing_weights_file(teacher.network, teacher.weights or vgg19_weights))
        else:
            weights += sorted(path for path in Path(of_teacher.pop("network")).rglob("*") if path.is_file())
        of_teacher.pop("weights")
    files = {
        "pictures": picture_files(settings.pictures),
        "held_out": picture_files(settings.held_out),
        "start": [Path(settings.start)] if settings.start else [],
        "weights": weights,
    }
    return {**plain, "seed": seed, "made_with": made_with, "files": files_digest(files)}


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
    with stop_when_asked() as stopped:
        for step in bar:
            goal = draw_goal(seed, first_step + step, len(layers))
            errors = [float(error) for error in step_function(batch(first_step + step), *goal)]
            if not all(map(math.isfinite, errors)):
                raise checkpoint.not_finite(number, step + 1, "the loss")
            checkpoint.window.append(errors)
            if (step + 1) % HISTORY_EVERY == 0 or step + 1 == phase.steps:
                feature, gram = (float(mean) for mean in np.mean(checkpoint.window, axis=0))
                row = {"phase": number + 1, "step": first_step + step + 1, "features": feature, "gram": gram}
                checkpoint.history.append(row)
                checkpoint.window = []
                bar.set_postfix(features=f"{feature:.4f}", gram=f"{gram:.4f}")
            due = not checkpoint.window and time.monotonic() - saved > 60 * settings.checkpoint_minutes
            if stopped or due:
                checkpoint.save(student, optimizer, number, step + 1)
                saved = time.monotonic()
            if stopped:
                where = f"phase {number + 1}, step {step + 1}, from {checkpoint.states.path}"
                raise Stopped(stopped[0], f"the same command goes on after {where}")
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
        if teacher.is_vgg:
            pairs = teacher.layers or {layer: layer for layer in vgg.LAYERS}
            path = existing_weights_file(teacher.network, teacher.weights or vgg19_weights)
            return read_vgg(path, [o for o, t in pairs.items() if o == t and o in layers])
    return {}


def _teachers(settings: Distill, layers: list[str], vgg19_weights: str | None):
    return load_teachers(settings.teachers, layers, vgg19_weights=vgg19_weights, precision=settings.precision)
