"""What walks over the pixels of one picture: L-BFGS (`lbfgs`) or Adam."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.lbfgs import lbfgs
from aiart.style_transfer.memory import Plan
from aiart.style_transfer.moments import Moment, Note, not_noted
from aiart.style_transfer.objective import Evaluation

Objective = Callable[..., Evaluation]
# Called after every evaluation with the picture (1, height, width, 3) that was evaluated, and the result; returns the
# loss.
Observer = Callable[[tf.Tensor, Evaluation], float]

BETA_2 = 0.999


class Enough(Exception):
    """Ends a minimiser after an evaluation; an observer may raise it."""


def minimise(
    objective: Objective,
    start: np.ndarray,
    iterations: int,
    settings: StyleTransfer,
    plan: Plan,
    observe: Observer,
    note: Note = not_noted,
    begun: Moment | None = None,
) -> None:
    """Evaluate the objective `iterations` times along the chosen optimiser's path from `start`.

    start: (1, height, width, 3), RGB 0..255, float32; Adam in tiles changes it. Everything is reported through
    `observe`. note: is given, after every evaluation, what gives the moment, from which the same path goes on when it
    is `begun` there. An L-BFGS run in which no pixel can move any more ends before, and so does any when `observe`
    raises Enough.
    """
    with contextlib.suppress(Enough):
        if plan.pairs:
            lbfgs(objective, start, iterations, plan.pairs, observe, note, begun)
        elif plan.tiling:
            _adam_in_place(objective, start, iterations, settings, observe, note, begun)
        else:
            _adam(objective, start, iterations, settings, observe, note, begun)


def _adam(objective, start, iterations, settings, observe, note, begun) -> None:
    picture = tf.Variable(start)
    mean, square = tf.Variable(tf.zeros_like(picture)), tf.Variable(tf.zeros_like(picture))
    variables = {"picture": picture, "mean": mean, "square": square}
    for name, value in (begun.arrays if begun else {}).items():
        variables[name].assign(value)
    beta_1, beta_2 = settings.adam_beta_1, BETA_2

    @tf.function
    def update(gradient, step):
        # One pass over the pixels; Keras's Adam makes several.
        tf.raw_ops.ResourceApplyAdam(
            var=picture.handle,
            m=mean.handle,
            v=square.handle,
            beta1_power=tf.pow(beta_1, step),
            beta2_power=tf.pow(beta_2, step),
            lr=settings.learning_rate,
            beta1=beta_1,
            beta2=beta_2,
            epsilon=settings.adam_epsilon,
            grad=gradient,
        )
        picture.assign(tf.clip_by_value(picture, 0.0, 255.0))

    for step in range(begun.notes["step"] + 1 if begun else 1, iterations + 1):
        evaluated = picture.read_value()
        evaluation = objective(evaluated)
        observe(evaluated, evaluation)
        update(evaluation.gradient, tf.constant(float(step)))
        note(lambda step=step: Moment({name: v.numpy() for name, v in variables.items()}, {"step": step}))


def _adam_in_place(objective, picture, iterations, settings, observe, note, begun) -> None:
    """The same tile by tile, so that nothing of the picture's size is needed beside the moments."""
    fresh = {"picture": picture, "mean": np.zeros_like(picture), "square": np.zeros_like(picture)}
    arrays = begun.arrays if begun else fresh
    picture, mean, square = (arrays[name] for name in ("picture", "mean", "square"))
    # Where Adam stands in for L-BFGS too: from the level before, 30 evaluations at 640 px end at 36.3 thousand with a
    # rate of 10, at 38.0 with 5 and at 50.0 with 1; L-BFGS ends at 33.6.
    rate = settings.learning_rate
    beta_1, beta_2 = settings.adam_beta_1, BETA_2

    def take(place: tuple[slice, slice], slope: np.ndarray) -> None:
        mean[0][place] += (1 - beta_1) * (slope - mean[0][place])
        square[0][place] += (1 - beta_2) * (slope * slope - square[0][place])

    for step in range(begun.notes["step"] + 1 if begun else 1, iterations + 1):
        observe(picture, objective(picture, take))
        length = rate * math.sqrt(1 - beta_2**step) / (1 - beta_1**step)
        # Row by row, for the caches.
        for pixels, mean_row, square_row in zip(picture[0], mean[0], square[0], strict=True):
            pixels -= length * mean_row / (np.sqrt(square_row) + settings.adam_epsilon)
            np.clip(pixels, 0, 255, out=pixels)
        note(lambda step=step: Moment(arrays, {"step": step}))
