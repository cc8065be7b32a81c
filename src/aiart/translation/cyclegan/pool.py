"""The image pool: earlier fakes that a discriminator goes on seeing (Shrivastava et al. 2017, §2.3)."""

from __future__ import annotations

import tensorflow as tf


class ImagePool:
    """Up to `capacity` pictures of one domain, used by its discriminator only.

    The first `capacity` pictures are stored and returned. After that, with probability ½ a stored picture is
    returned and the new one takes its place; otherwise the new one is returned and not stored (Zhu et al. 2017,
    §4, and `util/image_pool.py` of their code). Contents and filling are variables, so that a checkpoint holds
    them; under a distribution strategy each device has a pool of its own.
    """

    def __init__(self, capacity: int, side: int, seed: int):
        self.capacity, self.seed = capacity, seed
        kept = {
            "trainable": False,
            "synchronization": tf.VariableSynchronization.ON_READ,
            "aggregation": tf.VariableAggregation.ONLY_FIRST_REPLICA,
        }
        self.pictures = tf.Variable(tf.zeros((max(capacity, 1), side, side, 3)), **kept)
        self.filled = tf.Variable(tf.zeros((), tf.int32), **kept)

    def exchange(self, pictures: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        """What the discriminator sees instead of `pictures` (N, side, side, 3), N known when traced.

        index: int32 (N,), the running numbers of the pictures, from which chance derives.
        """
        if self.capacity == 0:
            return pictures
        return tf.stack(
            [self._exchange_one(p, i) for p, i in zip(tf.unstack(pictures), tf.unstack(index), strict=True)]
        )

    def _exchange_one(self, picture: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        filled = self.filled.read_value()
        filling = filled < self.capacity
        chance = tf.random.stateless_uniform((2,), seed=tf.stack([self.seed, index]))
        chosen = tf.minimum(tf.cast(chance[1] * self.capacity, tf.int32), self.capacity - 1)
        slot = tf.where(filling, filled, chosen)
        # Only one picture is read and written: a read of the whole pool would copy it.
        stored = tf.raw_ops.ResourceGather(resource=self.pictures.handle, indices=slot, dtype=tf.float32)
        swap = tf.logical_and(tf.logical_not(filling), chance[0] < 0.5)
        kept = tf.where(tf.logical_or(filling, swap), picture, stored)
        tf.raw_ops.ResourceScatterUpdate(resource=self.pictures.handle, indices=slot, updates=kept)
        self.filled.assign(tf.minimum(filled + 1, self.capacity))
        return tf.where(swap, stored, picture)
