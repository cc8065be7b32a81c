"""Adam in one pass over the memory."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

EPSILON = 1e-8


class Adam:
    """Adam (Kingma and Ba 2015) for a list of variables, inside or outside of a distribution strategy.

    Keras's optimiser does the same in about eight passes over each variable, which on a CPU takes longer than
    the arithmetic: a seventh of a Pix2Pix step (benchmarks/training_step.py). The kernel used here is the one
    that TensorFlow keeps for it. The powers of β come from the step's number, so that the two moments are the
    only state to save.
    """

    def __init__(self, variables: Sequence[keras.Variable], beta_1: float, beta_2: float):
        self.variables = list(variables)
        self.beta_1, self.beta_2 = beta_1, beta_2
        self.means = [tf.Variable(tf.zeros(v.shape), trainable=False) for v in self.variables]
        self.squares = [tf.Variable(tf.zeros(v.shape), trainable=False) for v in self.variables]

    def apply(self, gradients: Sequence[tf.Tensor], learning_rate: tf.Tensor, number: tf.Tensor) -> None:
        """One step, with the mean of all devices' gradients. number: of the step, int64, counted from 0."""
        gradients = tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, list(gradients))
        exponent = tf.cast(number + 1, tf.float32)
        for variable, mean, square, gradient in zip(self.variables, self.means, self.squares, gradients, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.value.handle,
                m=mean.handle,
                v=square.handle,
                beta1_power=tf.pow(self.beta_1, exponent),
                beta2_power=tf.pow(self.beta_2, exponent),
                lr=learning_rate,
                beta1=self.beta_1,
                beta2=self.beta_2,
                epsilon=EPSILON,
                grad=gradient,
            )
