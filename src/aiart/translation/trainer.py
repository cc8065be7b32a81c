"""The training loop of every method.

Keras's `fit` with `BackupAndRestore` resumes weights and epochs, but not image pools, averaged losses, samples
and the best weights at the very step where it was stopped; so the loop is written out, around one compiled step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from aiart.errors import UserError
from aiart.networks.states import States
from aiart.params.training import Training
from aiart.stopping import Stopped, stop_when_asked
from aiart.translation.checkpoint import read_variables, write_variables
from aiart.translation.continuing import choose_state
from aiart.translation.devices import shared_batches, writes_files
from aiart.translation.recorder import Recorder
from aiart.translation.schedule import rate_factor
from aiart.translation.value_range import to_bytes

# Validation and samples use so many held-out pictures at most, the first ones; `aiart evaluate` uses all of its own.
HELD_OUT_PICTURES = 32


class Learner(Protocol):
    """What every method's learner can do; its `step` says what the arrays are."""

    loss_names: tuple[str, ...]

    def step(self, first: Any, second: Any, index: Any, rates: Any, number: Any) -> tf.Tensor: ...
    def state(self) -> dict[str, tf.Variable]: ...
    def generators(self) -> dict[str, keras.Model]: ...
    def samples(self, first: np.ndarray, second: np.ndarray) -> np.ndarray: ...
    def score(self, first: np.ndarray, second: np.ndarray) -> float: ...


@dataclass(frozen=True)
class TrainingData:
    """batches: of steps first … last − 1, as (first, second, index). held_out: two float32 arrays (n, S, S, 3) in
    −1..1, for validation and samples. files: every picture that is used, in its order, by what it is for."""

    batches: Callable[[int, int], tf.data.Dataset]
    steps_per_epoch: int
    held_out: tuple[np.ndarray, np.ndarray]
    files: Mapping[str, Sequence[Path]]


@dataclass
class Progress:
    """Everything that is collected on the way, besides the variables."""

    step: int = 0
    window: list[list[float]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    samples: dict[int, np.ndarray] = field(default_factory=dict)
    best_score: float | None = None
    best_step: int = 0
    best: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def history(self) -> pd.DataFrame:
        """One row for every `log_every` steps: step, epoch (both counted from 1), mean losses, rates, validation."""
        return pd.DataFrame(self.rows)


def train(
    learner: Learner,
    data: TrainingData,
    settings: Training,
    *,
    states: States,
    recorder: Recorder,
    strategy: tf.distribute.Strategy | None = None,
) -> Progress:
    """Train to the end, from a state where there is one; the generators then hold the chosen weights.

    Stopped by SIGTERM or Ctrl-C it saves its state before it raises Stopped. That of the end is saved too: more epochs
    go on from it. Raises UserError when a loss is not finite; the last state before that stays.
    """
    strategy = strategy or tf.distribute.get_strategy()
    total = settings.epochs * data.steps_per_epoch
    progress = _restore(learner, states, settings, data.steps_per_epoch, strategy)
    compiled = _compiled(learner, settings, strategy)
    batches = shared_batches(data.batches(progress.step, total), settings.batch, strategy)
    recorder.start(progress.step, total)
    try:
        with stop_when_asked() as stopped:
            if progress.step:
                _look(learner, data, settings, progress, recorder)
            for batch in batches:
                rates = _rates(settings, progress.step // data.steps_per_epoch)
                losses = compiled(*batch, tf.constant(rates), tf.constant(progress.step, tf.int64)).numpy()
                progress.step += 1
                _check_finite(losses, learner.loss_names, progress.step, states)
                progress.window.append([float(loss) for loss in losses])
                recorder.step(progress.window[-1][0])
                # Saved before it is looked at: what is noted of a step depends on whether it is the last one, which
                # it no longer is when more epochs go on from here.
                last = progress.step == total
                if stopped or last or progress.step % settings.checkpoint_every == 0:
                    _save(learner, states, progress, strategy, last=last)
                if stopped:
                    raise Stopped(
                        stopped[0], f"the same command goes on after step {progress.step:,}, from {states.path}"
                    )
                _look(learner, data, settings, progress, recorder)
    finally:
        recorder.close()
    if settings.keep == "best":
        for name, array in progress.best.items():
            direction, number = name.split("/")
            learner.generators()[direction].variables[int(number)].assign(array)
    return progress


def sample_steps(settings: Training, steps_per_epoch: int) -> set[int]:
    """The steps after which samples are taken, evenly spread and the last one among them."""
    total = settings.epochs * steps_per_epoch
    return {round(total * (i + 1) / settings.samples) for i in range(settings.samples)}


def _compiled(learner: Learner, settings: Training, strategy: tf.distribute.Strategy) -> Callable:
    @tf.function(jit_compile=settings.jit_compile)
    def step(first, second, index, rates, number):
        losses = strategy.run(learner.step, args=(first, second, index, rates, number))
        return strategy.reduce(tf.distribute.ReduceOp.MEAN, losses, axis=None)

    return step


def _rates(settings: Training, epoch: int) -> np.ndarray:
    factor = rate_factor(epoch, settings)
    return np.float32([settings.generator_learning_rate * factor, settings.discriminator_learning_rate * factor])


def _look(learner: Learner, data: TrainingData, settings: Training, progress: Progress, recorder: Recorder) -> None:
    """What happens after some of the steps: samples, validation, and a row of the history."""
    epoch = (progress.step - 1) // data.steps_per_epoch
    epoch_ends = progress.step % data.steps_per_epoch == 0
    last = progress.step == settings.epochs * data.steps_per_epoch
    validates = settings.validate_every and epoch_ends and ((epoch + 1) % settings.validate_every == 0 or last)
    if progress.step in sample_steps(settings, data.steps_per_epoch):
        shown = [pictures[: settings.sample_pictures] for pictures in data.held_out]
        progress.samples[progress.step] = to_bytes(learner.samples(*shown))
        recorder.samples(progress.step, progress.samples[progress.step])
    score = None
    if validates:
        score = learner.score(*data.held_out)
        if progress.best_score is None or score < progress.best_score:
            progress.best_score, progress.best_step = score, progress.step
            if settings.keep == "best":
                progress.best = {
                    f"{direction}/{i:03}": variable.numpy()
                    for direction, network in learner.generators().items()
                    for i, variable in enumerate(network.variables)
                }
    if len(progress.window) == settings.log_every or validates or last:
        means = np.mean(np.array(progress.window, np.float64), axis=0)
        row = {"step": progress.step, "epoch": epoch + 1} | dict(
            zip(learner.loss_names, (float(mean) for mean in means), strict=True)
        )
        rates = _rates(settings, epoch)
        row |= {"generator_rate": float(rates[0]), "discriminator_rate": float(rates[1]), "validation": score}
        progress.rows.append(row)
        progress.window = []
        recorder.row(row)


def _check_finite(losses: np.ndarray, names: tuple[str, ...], step: int, states: States) -> None:
    if not np.isfinite(losses).all():
        bad = ", ".join(name for name, value in zip(names, losses, strict=True) if not np.isfinite(value))
        raise UserError(f"step {step}: not finite: {bad}; lower the learning rates or use float32{_last_good(states)}.")


def _save(
    learner: Learner, states: States, progress: Progress, strategy: tf.distribute.Strategy, *, last: bool
) -> None:
    arrays = {f"variables/{name}": array for name, array in read_variables(learner.state(), strategy).items()}
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise UserError(
            f"step {progress.step}: a weight is not finite; lower the learning rates or use float32"
            f"{_last_good(states)}."
        )
    arrays |= {f"samples/{step:09}": pictures for step, pictures in progress.samples.items()}
    arrays |= {f"best/{name}": array for name, array in progress.best.items()}
    if not writes_files(strategy):
        return
    notes = {key: getattr(progress, key) for key in ("step", "window", "rows", "best_score", "best_step")}
    try:
        states.save(arrays, notes)
    except UserError as error:
        if not last:
            raise
        # The results of the whole training may still find a place.
        print(f"{error} No training goes on from here.", flush=True)


def _last_good(states: States) -> str:
    there = states.newest_path()
    return f" (the last good state stays in {there})" if there else ""


def _restore(
    learner: Learner, states: States, settings: Training, steps_per_epoch: int, strategy: tf.distribute.Strategy
) -> Progress:
    found = choose_state(states, settings, steps_per_epoch)
    if found is None:
        return Progress()
    state, arrays = found

    def part(prefix: str) -> dict[str, np.ndarray]:
        return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}

    try:
        write_variables(learner.state(), part("variables/"), strategy)
        progress = Progress(**state.notes, best=part("best/"))
        # Of one that was adopted from code with other losses a mean over both kinds would be of neither.
        progress.window = [losses for losses in progress.window if len(losses) == len(learner.loss_names)]
    except (KeyError, TypeError, ValueError) as error:  # which only one that was adopted can raise
        raise UserError(
            f"{state.path}: does not fit what this code trains ({error}); delete it to begin anew, or go back to the "
            "version that began it."
        ) from None
    samples = {int(step): pictures for step, pictures in part("samples/").items()}
    due = {step for step in sample_steps(settings, steps_per_epoch) if step < state.notes["step"]}
    if due <= samples.keys():
        samples = {step: samples[step] for step in sorted(due)}  # those of another training beside them
    progress.samples = samples
    print(f"{state.path}: continuing after step {state.notes['step']}.", flush=True)
    return progress
