"""What walks over the pixels of one picture: L-BFGS (`lbfgs`) or Adam."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.lbfgs import lbfgs
from aiart.style_transfer.objective import Evaluation

Objective = Callable[[tf.Tensor], Evaluation]
# Called after every evaluation with the picture (1, height, width, 3) that was evaluated, and the result; returns the
# loss.
Observer = Callable[[tf.Tensor, Evaluation], float]


class Enough(Exception):
    """Ends a minimiser after an evaluation; an observer may raise it."""


def minimise(
    objective: Objective, start: np.ndarray, iterations: int, settings: StyleTransfer, pairs: int, observe: Observer
) -> None:
    """Evaluate the objective `iterations` times along the chosen optimiser's path from `start`.

    start: (height, width, 3), RGB 0..255. pairs: how many L-BFGS remembers. Everything is reported through `observe`.
    An L-BFGS run in which no pixel can move any more ends before, and so does any when `observe` raises Enough.
    """
    first = start[np.newaxis].astype(np.float32)
    with contextlib.suppress(Enough):
        if settings.optimizer == "lbfgs":
            lbfgs(objective, first, iterations, pairs, observe)
        else:
            _adam(objective, first, iterations, settings, observe)


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
        evaluated = picture.read_value()
        evaluation = objective(evaluated)
        observe(evaluated, evaluation)
        update(evaluation.gradient, tf.constant(float(step)))
