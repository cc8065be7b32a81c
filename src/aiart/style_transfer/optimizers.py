"""Adam and L-BFGS-B over the pixels of one picture."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np
import scipy.optimize
import tensorflow as tf

from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.objective import Evaluation

# Pairs of differences that L-BFGS keeps: more gained nothing where it was measured.
LBFGS_PAIRS = 20

Objective = Callable[[tf.Tensor], Evaluation]
# Called after every evaluation with the picture (1, height, width, 3) that was evaluated, and the result.
Observer = Callable[[np.ndarray, Evaluation], None]


class Enough(Exception):
    """Ends a minimiser after an evaluation, in the middle of a line search too; an observer may raise it."""


def minimise(
    objective: Objective, start: np.ndarray, iterations: int, settings: StyleTransfer, observe: Observer
) -> None:
    """Evaluate the objective `iterations` times along the chosen optimiser's path from `start`.

    start: (height, width, 3), RGB 0..255. Everything is reported through `observe`. An L-BFGS run that
    converges ends before, and so does any when `observe` raises Enough.
    """
    minimiser = {"lbfgs": _lbfgs, "adam": _adam}[settings.optimizer]
    with contextlib.suppress(Enough):
        minimiser(objective, start[np.newaxis].astype(np.float32), iterations, settings, observe)


def _adam(objective, start, iterations, settings, observe) -> None:
    picture = tf.Variable(start)
    mean, square = tf.Variable(tf.zeros_like(picture)), tf.Variable(tf.zeros_like(picture))
    beta_1, beta_2 = settings.adam_beta_1, 0.999

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

    for step in range(1, iterations + 1):
        evaluation = objective(picture.value())
        observe(picture.numpy(), evaluation)
        update(evaluation.gradient, tf.constant(float(step)))


def _lbfgs(objective, start, iterations, settings, observe) -> None:
    count = 0

    def value_and_gradient(flat):
        nonlocal count
        if count == iterations:
            raise Enough
        count += 1
        picture = flat.reshape(start.shape).astype(np.float32)
        evaluation = objective(tf.constant(picture))
        observe(picture, evaluation)
        return float(evaluation.total) * scale, evaluation.gradient.numpy().ravel().astype(np.float64) * scale

    # SciPy's first step has length 1 along the gradient, in the units of the pixels; scaled so that the
    # gradient's length is that of one grey level everywhere, the first line search starts near its goal.
    length = _length(objective(tf.constant(start)).gradient)
    scale = start.size**0.5 / length if length > 0 else 1.0
    scipy.optimize.minimize(
        value_and_gradient,
        np.clip(start, 0, 255).ravel().astype(np.float64),
        method="L-BFGS-B",
        jac=True,
        # Bounds, since clipping between evaluations would spoil the curvature pairs.
        bounds=scipy.optimize.Bounds(0.0, 255.0),
        options={"maxcor": LBFGS_PAIRS, "maxfun": 10**9, "maxiter": 10**9, "ftol": 0.0, "gtol": 0.0},
    )


def _length(gradient: tf.Tensor) -> float:
    length = float(tf.norm(gradient))
    # The squares of very large or very small numbers leave the range of float32, where the numbers do not.
    return length if 0 < length < float("inf") else float(np.linalg.norm(gradient.numpy().astype(np.float64)))
