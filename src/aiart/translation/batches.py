"""What the batches of every method have in common.

Which pictures make a step, and how each is cropped and mirrored, is a pure function of the seed and the running
number of the picture (step × batch + its place in the batch). A run can therefore begin at any step and sees the
same bytes as one that came there from the first.

Each picture is decoded once, stretched to `settings.loaded_side` and kept in memory as uint8, before it is
cropped and mirrored, so that no two epochs are alike. Beyond `CACHE_BYTES` (about 8000 pictures of 286 pixels)
there is no room: the pictures that come later are decoded each time, with equal results but more work.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import tensorflow as tf

from aiart.errors import UserError
from aiart.params.training import Training
from aiart.translation.value_range import to_network

CACHE_BYTES = 2_000_000_000


def steps_per_epoch(count: int, batch: int) -> int:
    """Whole batches in `count` pictures, at least one: of fewer pictures than a batch some are in it twice."""
    return max(1, count // batch)


@contextmanager
def reading_errors() -> Iterator[None]:
    """Raise the UserError of a picture that could not be read, which TensorFlow hands on inside an error of its
    own when it happens within the batches."""
    try:
        yield
    except tf.errors.OpError as error:
        found = re.search(r"^.*?\bUserError: (.*)", error.message)
        if found is None:
            raise
        raise UserError(found[1]) from error


class Cache:
    """Pictures by key while there is room, each loaded once, whichever threads ask for it."""

    def __init__(self):
        self.room = CACHE_BYTES
        self.pictures: dict[tuple[str, int], np.ndarray] = {}
        self.loading: dict[tuple[str, int], threading.Lock] = {}
        self.admission = threading.Lock()

    def get(self, key: tuple[str, int], load: Callable[[], np.ndarray]) -> np.ndarray:
        with self.loading.setdefault(key, threading.Lock()):
            if key in self.pictures:
                return self.pictures[key]
            picture = load()
            with self.admission:
                if picture.nbytes <= self.room:
                    self.room -= picture.nbytes
                    self.pictures[key] = picture
            return picture


def reader(cache: Cache, domain: str, load: Callable[[int], np.ndarray], shape: tuple[int, int, int]) -> Callable:
    """A function from an index tensor to the uint8 picture, for the inside of `map`."""

    def picture(index: np.ndarray) -> np.ndarray:
        return cache.get((domain, int(index)), lambda: load(int(index)))

    def read(index: tf.Tensor) -> tf.Tensor:
        # Called stateless because the picture depends on the index alone; otherwise op determinism would have
        # pictures decoded one by one.
        return tf.ensure_shape(tf.numpy_function(picture, [index], tf.uint8, stateful=False), shape)

    return read


def used_pictures(count: int, settings: Training) -> int:
    return min(count, settings.picture_limit or count)


def derived_seed(seed: int, stream: int, number: tf.Tensor) -> tf.Tensor:
    return tf.random.experimental.stateless_fold_in(tf.constant([seed, stream], tf.int64), number)


def mixed_seed(seed: tf.Tensor) -> tf.Tensor:
    """`index_shuffle` looks at a few low bits of a seed only: epochs 0 and 256 would have one order. So all bits
    are mixed into them."""
    return tf.random.stateless_uniform((2,), seed, None, None, tf.int64)


def augmented(picture: tf.Tensor, settings: Training, seed: tf.Tensor) -> tf.Tensor:
    """A random crop of `image_side`, mirrored half of the time: uint8 in, float32 −1..1 out."""
    where, flip = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    side = settings.image_side
    picture = tf.image.stateless_random_crop(picture, (side, side, picture.shape[-1]), where)
    if settings.flip:
        picture = tf.image.stateless_random_flip_left_right(picture, flip)
    return to_network(tf.cast(picture, tf.float32))


def batched(example: Callable, settings: Training, first_step: int, last_step: int) -> tf.data.Dataset:
    options = tf.data.Options()
    options.deterministic = True
    # Threads of their own, or decoding would wait for those of the training step, which may be a single one.
    options.threading.private_threadpool_size = settings.threads
    # The batches are split among devices; there are no files to share out among machines.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    numbers = tf.data.Dataset.range(first_step * settings.batch, last_step * settings.batch)
    examples = numbers.map(example, num_parallel_calls=settings.threads, deterministic=True)
    batches = examples.batch(settings.batch, drop_remainder=True).prefetch(tf.data.AUTOTUNE)
    return batches.with_options(options)
