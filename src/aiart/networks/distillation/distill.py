"""Knowledge distillation of a feature network into a slim one.

After "Collaborative Distillation for Ultra-Resolution Universal Style Transfer" (Wang et al., CVPR 2020):
at every layer a learned 1×1 map, the linear embedding, takes the student's features to the teacher's, and
is thrown away afterwards. Departures: the features of *all* sixteen convolutions are matched, not one per
block; their Gram matrices are matched too, since those are what style transfer uses, and for a dreamer the
gradients that it dreams along; and blocks are trained from shallow to deep.
"""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from tqdm import tqdm

from aiart.code_digest import code_digests
from aiart.datasets.files import files_digest
from aiart.errors import UserError
from aiart.networks.distillation import channel_selection
from aiart.networks.distillation.checkpoint import Checkpoint
from aiart.networks.distillation.crops import picture_files, random_crops, read_pictures
from aiart.networks.distillation.dreams import Dreams, goals, unlikeness
from aiart.networks.distillation.errors import embedding_errors, evaluate
from aiart.networks.distillation.paint_over import draw_goal, paint_over
from aiart.networks.distillation.teachers import load_teachers
from aiart.networks.files import existing_weights_file
from aiart.networks.weights import Arrays
from aiart.params.feature_networks import NETWORKS
from aiart.params.networks import GOOGLENET, Distill, Phase, Teacher
from aiart.stopping import Stopped, stop_when_asked

HISTORY_EVERY = 20
# Crops that dreams begin at come from the same generator as the others, at steps that training never reaches.
DREAM_STEP = 2 * 10**9


@dataclass(frozen=True)
class Distilled:
    """weights: of the student. write(path): write them as its module reads them, in float16. history: the losses by
    step. report: the errors per layer."""

    weights: Arrays
    write: Callable[[str | Path], None]
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
    net = importlib.import_module(NETWORKS[settings.student].student)
    student = net.Student(seed)
    if settings.start:
        crops = random_crops(pictures, seed=seed, step=0, batch=16, crop=settings.crop, scale=settings.scale)
        kept = net.LAYERS if settings.start_blocks is None else net.layers_of(settings.start_blocks)
        student.start_from(net.read(settings.start, kept), tf.constant(crops))
    checkpoint = Checkpoint(state, _begun_with(settings, seed, made_with, vgg19_weights))
    checkpoint.restore(student)

    first_step = 0
    for number, phase in enumerate(settings.phases):
        if checkpoint.phase <= number:
            train_phase(net, student, phase, number, first_step, pictures, settings, seed, vgg19_weights, checkpoint)
        first_step += phase.steps

    layers = net.layers_of(sorted({block for phase in settings.phases for block in phase.blocks}))
    teach, layers = _teachers(settings, layers, vgg19_weights)
    table = evaluate(student, teach, layers, settings, held_out or pictures, seed)
    table.insert(1, "pictures", "held out" if held_out else "training")
    checkpoint.states.finish()
    weights = net.export(student, table, settings)
    return Distilled(weights, partial(net.write, weights=weights), pd.DataFrame(checkpoint.history), table)


# They are in the state by what they hold, or change no step.
_LEFT_OUT = {"pictures", "held_out", "start", "checkpoint_minutes"}


def _begun_with(settings: Distill, seed: int, made_with: dict[str, Any], vgg19_weights: str | None) -> dict[str, Any]:
    """All that the steps depend on; files by what they hold, not by where they lie."""
    plain = settings.model_dump(exclude=_LEFT_OUT)
    weights = []
    for teacher, of_teacher in zip(settings.teachers, plain["teachers"], strict=True):
        if teacher.own_layers:
            weights.append(_teacher_file(teacher, vgg19_weights))
        else:
            weights += sorted(path for path in Path(of_teacher.pop("network")).rglob("*") if path.is_file())
        of_teacher.pop("weights")
    files = {
        "pictures": picture_files(settings.pictures),
        "held_out": picture_files(settings.held_out),
        "start": [Path(settings.start)] if settings.start else [],
        "weights": weights,
    }
    begun_with = {**plain, "seed": seed, "made_with": made_with, "files": files_digest(files)}
    return {**begun_with, "code": _code(begun_with)}


def begun_with_this_code(begun_with: dict[str, Any]) -> dict[str, Any]:
    """What a distillation that other code began would be begun with by this one: settings that are new since then have
    their defaults."""
    plain = {name: field.default for name, field in Distill.model_fields.items() if name not in _LEFT_OUT}
    kept = {*plain, "seed", "made_with", "files"} & begun_with.keys()
    return {**plain, **{name: begun_with[name] for name in kept}, "code": _code(begun_with)}


def _code(begun_with: dict[str, Any]) -> dict[str, str]:
    """Digests of all sources that the steps run."""
    names = [begun_with["student"], *(teacher.get("network") for teacher in begun_with["teachers"])]
    modules = [name.removeprefix("aiart.") for name in (NETWORKS[begun_with["student"]].student, __name__)]
    return code_digests(*modules, "cli.runtime", networks=[name for name in names if name in NETWORKS])


def train_phase(
    net: ModuleType,
    student: Any,
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
    teach, layers = _teachers(settings, net.layers_of(phase.blocks), vgg19_weights)

    def batch(step: int, crops: int = settings.batch) -> tf.Tensor:
        return tf.constant(
            random_crops(pictures, seed=seed, step=step, batch=crops, crop=settings.crop, scale=settings.scale)
        )

    if new_layers := [layer for layer in layers if layer not in student.embeddings]:
        arrays = teacher_arrays(net, settings, vgg19_weights, layers)
        start = batch(first_step, max(settings.batch, channel_selection.START_PIXELS // settings.crop**2))
        net.initialise(student, new_layers, teach, start, seed, arrays)

    variables = student.trainable(phase.blocks)
    schedule = keras.optimizers.schedules.CosineDecay(phase.learning_rate, phase.steps, alpha=0.01)
    # Clipped: a rare crop of one flat colour has next to no variance to divide its error by.
    optimizer = keras.optimizers.Adam(schedule, global_clipnorm=1.0)
    optimizer.build(variables)

    painted = round(settings.painted_share * settings.batch)
    dreams = None
    if dreamed := round(settings.dream_share * settings.batch):
        shapes = teach(batch(first_step, 1))
        dreams = Dreams(dreamed, settings.crop, [shapes[layer].shape[-1] for layer in layers], seed)

    def features_of_dreams(features, embed, picture, layer, channel):
        """Features of dreams, and the gradients that they go on along."""
        with tf.GradientTape() as tape:
            tape.watch(picture)
            own = features(picture, layers)
            value = goals({name: embed(name, own[name]) for name in layers}, own, layer, channel)
        return own, tape.gradient(value, picture)

    @tf.function
    def step_function(image, weights, length, dreaming):
        if painted:
            over = paint_over(student.features, image[:painted], image[-painted:], layers, weights, length)
            image = tf.concat([over, image[painted:]], axis=0)
        targets = teach(image)
        theirs = ours = None
        if dreams:
            of_dreams, theirs = features_of_dreams(lambda x, _: teach(x), lambda _, feature: feature, *dreaming)
            targets = _joined(targets, of_dreams)
        with tf.GradientTape() as tape:
            found = student.features(image, layers)
            errors = {"features": 0.0, "gram": 0.0}
            if dreams:
                of_dreams, ours = features_of_dreams(student.features, student.embed, *dreaming)
                found = _joined(found, of_dreams)
                errors["gradients"] = unlikeness(ours, theirs)
            for layer in layers:
                feature, gram = embedding_errors(student, layer, found[layer], targets[layer])
                errors["features"] += feature / len(layers)
                errors["gram"] += gram / len(layers)
            loss = errors["features"] + settings.gram_weight * errors["gram"]
            if dreams:
                loss += settings.gradient_weight * errors["gradients"]
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return errors, ours, theirs

    def take_step(step: int) -> dict[str, float]:
        goal = draw_goal(seed, step, len(layers))
        if dreams is None:
            errors, _, _ = step_function(batch(step), *goal, ())
        else:
            chosen, shift = dreams.draw(step, lambda index: batch(DREAM_STEP + index, 1)[0].numpy())
            rolled = np.roll(dreams.pictures[chosen], shift, (1, 2))
            dreaming = tuple(tf.constant(x) for x in (rolled, dreams.layer[chosen], dreams.channel[chosen]))
            errors, *gradients = step_function(batch(step), *goal, dreaming)
            dreams.move(chosen, *(np.roll(gradient.numpy(), -shift, (1, 2)) for gradient in gradients))
        return {name: float(error) for name, error in errors.items()}

    start = 0
    if checkpoint.phase == number and checkpoint.step:
        start = checkpoint.step
        for variable, value in zip(optimizer.variables, checkpoint.optimizer, strict=True):
            variable.assign(value)
        if dreams:
            dreams.restore(checkpoint.dreams)

    saved = time.monotonic()
    bar = tqdm(range(start, phase.steps), initial=start, total=phase.steps, disable=None, unit="step")
    bar.set_description(f"phase {number + 1}, blocks {phase.blocks}")
    with stop_when_asked() as stopped:
        for step in bar:
            errors = take_step(first_step + step)
            if not all(map(math.isfinite, errors.values())):
                raise checkpoint.not_finite(number, step + 1, "the loss")
            checkpoint.window.append(list(errors.values()))
            if (step + 1) % HISTORY_EVERY == 0 or step + 1 == phase.steps:
                means = {k: float(mean) for k, mean in zip(errors, np.mean(checkpoint.window, axis=0), strict=True)}
                checkpoint.history.append({"phase": number + 1, "step": first_step + step + 1, **means})
                checkpoint.window = []
                bar.set_postfix({name: f"{mean:.4f}" for name, mean in means.items()})
            due = not checkpoint.window and time.monotonic() - saved > 60 * settings.checkpoint_minutes
            if stopped or due:
                checkpoint.save(student, optimizer, number, step + 1, dreams.arrays() if dreams else {})
                saved = time.monotonic()
            if stopped:
                where = f"phase {number + 1}, step {step + 1}, from {checkpoint.states.path}"
                raise Stopped(stopped[0], f"the same command goes on after {where}")
    checkpoint.save(student, optimizer, number + 1, 0)


def _joined(*parts: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """Features of several batches as those of one."""
    return {layer: tf.concat([part[layer] for part in parts], axis=0) for layer in parts[0]}


def teacher_arrays(net: ModuleType, settings: Distill, vgg19_weights: str | None, layers: list[str]) -> Arrays:
    """The own kernels of the first teacher that has the student's layers, for those of `layers` that it teaches under
    their own names."""
    for teacher in settings.teachers:
        if teacher.own_layers:
            pairs = teacher.layers or {layer: layer for layer in teacher.own_layers}
            named = [ours for ours, theirs in pairs.items() if ours == theirs and ours in layers]
            return net.read(_teacher_file(teacher, vgg19_weights), named) if named else {}
    return {}


def _teacher_file(teacher: Teacher, vgg19_weights: str | None) -> Path:
    if teacher.network != GOOGLENET:
        return existing_weights_file(teacher.network, teacher.weights or vgg19_weights)
    path = Path(teacher.weights)
    if not path.is_file():
        raise UserError(f"{path}: no such weights file; give the path of an .npz or .safetensors file.")
    return path


def _teachers(settings: Distill, layers: list[str], vgg19_weights: str | None):
    known = NETWORKS[settings.student].layer_names
    return load_teachers(
        settings.teachers, layers, known=known, vgg19_weights=vgg19_weights, precision=settings.precision
    )
