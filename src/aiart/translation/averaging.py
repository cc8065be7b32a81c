"""The average of a generator's weights over its last steps, which makes better pictures than the last step's alone
(Yazıcı et al. 2019, "The Unusual Effectiveness of Averaging in GAN Training")."""

from __future__ import annotations

import keras
import tensorflow as tf

# Steps over which the weights of the first steps, which are fresh ones, are forgotten sooner (as in
# `tf.train.ExponentialMovingAverage`).
WARM_UP = 10


def update_average(average: keras.Model, network: keras.Model, decay: float, number: tf.Tensor) -> None:
    """Move the weights of `average`, a network of the same form, towards those of `network`, inside or outside of a
    distribution strategy. decay: weight of the past. number: of the step, int64, counted from 0."""
    steps = tf.cast(number + 1, tf.float32)
    past = tf.minimum(decay, steps / (steps + WARM_UP))
    for mean, variable in zip(average.variables, network.variables, strict=True):
        # The handle is each device's own, which all hold the same weights.
        value = past * mean.value.read_value() + (1 - past) * variable.value.read_value()
        tf.raw_ops.AssignVariableOp(resource=mean.value.handle, value=value)
