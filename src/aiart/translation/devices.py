"""The devices that share a training."""

from __future__ import annotations

import tensorflow as tf

from aiart.errors import UserError


def choose_strategy(devices: int) -> tf.distribute.Strategy:
    """TensorFlow's strategy for so many GPUs: one device needs none, several mirror the variables.

    Without any visible GPU the CPU trains alone. Raises UserError when there are some GPUs, but too few.
    """
    gpus = tf.config.list_logical_devices("GPU")
    if devices == 1 or not gpus:
        return tf.distribute.get_strategy()
    if len(gpus) < devices:
        raise UserError(f"devices is {devices}, but only {len(gpus)} GPUs are visible; lower it or ask for more GPUs.")
    return tf.distribute.MirroredStrategy([gpu.name for gpu in gpus[:devices]])
