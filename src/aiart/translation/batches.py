"""The batches that Pix2Pix and CycleGAN train on.

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

from aiart.datasets.folders import Pairs, Pictures
from aiart.errors import UserError
from aiart.params.cyclegan import CycleGAN
from aiart.params.pix2pix import Pix2Pix
from aiart.params.training import Training

CACHE_BYTES = 2_000_000_000
# What is drawn at random, each from a stream of its own.
_ORDER, _PAIR, _A, _B, _CHOICE = range(5)


def steps_per_epoch(count: int, batch: int) -> int:
    """Whole batches in `count` pictures, at least one: of fewer pictures than a batch some are in it twice."""
    return max(1, count // batch)


def paired_batches(pairs: Pairs, settings: Pix2Pix, seed: int, first_step: int, last_step: int) -> tf.data.Dataset:
    """The batches of steps first_step … last_step − 1 as (source, target, index).

    source, target: float32 (batch, S, S, 3) in −1..1, chosen by `settings.direction`; both halves of a pair get
    the same crop and mirroring. index: int32 (batch,), the running numbers. Each epoch has an order of its own,
    and leaves out what does not fill a batch.

    One call is meant for a whole run, since its pictures are cached with it. Iterate inside `reading_errors`.
    """
    count, side = _used(len(pairs), settings), settings.loaded_side
    to_b = settings.direction == "a_to_b"

    def load(index: int) -> np.ndarray:
        a, b = pairs.load(index, side)
        return np.concatenate([a, b] if to_b else [b, a], axis=-1)

    read = _reader(_Cache(CACHE_BYTES), "pairs", load, (side, side, 6))
    per_epoch = steps_per_epoch(count, settings.batch) * settings.batch

    def example(number: tf.Tensor) -> tuple[tf.Tensor, ...]:
        place = number % per_epoch % count
        order = _words(_seed(seed, _ORDER, number // per_epoch))
        index = tf.random.experimental.index_shuffle(place, order, tf.constant(count - 1, tf.int64))
        pair = _augment(read(index), settings, _seed(seed, _PAIR, number))
        return pair[..., :3], pair[..., 3:], tf.cast(number, tf.int32)

    return _batched(example, settings, first_step, last_step)


def unpaired_batches(
    a: Pictures, b: Pictures, settings: CycleGAN, seed: int, first_step: int, last_step: int
) -> tf.data.Dataset:
    """The batches of steps first_step … last_step − 1 as (a, b, index), float32 (batch, S, S, 3) in −1..1 and
    int32 (batch,).

    Pictures of A come in order, over and over; to each one of B is drawn, with replacement, so that pairings
    change (Zhu et al.'s unaligned data, without the shuffling of A). Each has a crop and a mirroring of its own.
    An epoch is `steps_per_epoch(max(len(a), len(b)), batch)` steps. One call is meant for a whole run, since its
    pictures are cached with it. Iterate inside `reading_errors`.
    """
    count_a, count_b, side = _used(len(a), settings), _used(len(b), settings), settings.loaded_side
    cache, shape = _Cache(CACHE_BYTES), (side, side, 3)
    read_a = _reader(cache, "A", lambda index: a.load(index, side), shape)
    read_b = _reader(cache, "B", lambda index: b.load(index, side), shape)

    def example(number: tf.Tensor) -> tuple[tf.Tensor, ...]:
        # Not counted from the epoch's beginning: the end of A would stay unseen where it fills no batch.
        index_a = number % count_a
        index_b = tf.random.stateless_uniform((), _seed(seed, _CHOICE, number), 0, count_b, tf.int64)
        picture_a = _augment(read_a(index_a), settings, _seed(seed, _A, number))
        picture_b = _augment(read_b(index_b), settings, _seed(seed, _B, number))
        return picture_a, picture_b, tf.cast(number, tf.int32)

    return _batched(example, settings, first_step, last_step)


def held_out_pairs(pairs: Pairs, settings: Pix2Pix, limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(source, target) of the first `limit` pairs, or of all: float32 (n, S, S, 3) in −1..1, stretched to
    `image_side` without crop or mirroring."""
    loaded = [pairs.load(index, settings.image_side) for index in range(min(len(pairs), limit or len(pairs)))]
    a, b = (_signed(np.stack(half)) for half in zip(*loaded, strict=True))
    return (a, b) if settings.direction == "a_to_b" else (b, a)


def held_out_pictures(pictures: Pictures, settings: CycleGAN, limit: int | None = None) -> np.ndarray:
    """The first `limit` pictures, or all: float32 (n, S, S, 3) in −1..1, stretched to `image_side` without crop
    or mirroring."""
    count = min(len(pictures), limit or len(pictures))
    return _signed(np.stack([pictures.load(index, settings.image_side) for index in range(count)]))


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


class _Cache:
    """Pictures by key while there is room, each loaded once, whichever threads ask for it."""

    def __init__(self, room: int):
        self.room = room
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


def _reader(cache: _Cache, domain: str, load: Callable[[int], np.ndarray], shape: tuple[int, int, int]) -> Callable:
    """A function from an index tensor to the uint8 picture, for the inside of `map`."""

    def picture(index: np.ndarray) -> np.ndarray:
        return cache.get((domain, int(index)), lambda: load(int(index)))

    def read(index: tf.Tensor) -> tf.Tensor:
        # Called stateless because the picture depends on the index alone; otherwise op determinism would have
        # pictures decoded one by one.
        return tf.ensure_shape(tf.numpy_function(picture, [index], tf.uint8, stateful=False), shape)

    return read


def _used(count: int, settings: Training) -> int:
    return min(count, settings.picture_limit or count)


def _seed(seed: int, stream: int, number: tf.Tensor) -> tf.Tensor:
    return tf.random.experimental.stateless_fold_in(tf.constant([seed, stream], tf.int64), number)


def _words(seed: tf.Tensor) -> tf.Tensor:
    """`index_shuffle` looks at a few low bits of a seed only: epochs 0 and 256 would have one order. So all bits
    are mixed into them."""
    return tf.random.stateless_uniform((2,), seed, None, None, tf.int64)


def _augment(picture: tf.Tensor, settings: Training, seed: tf.Tensor) -> tf.Tensor:
    """A random crop of `image_side`, mirrored half of the time: uint8 in, float32 −1..1 out."""
    where, flip = tf.unstack(tf.random.experimental.stateless_split(seed, 2))
    side = settings.image_side
    picture = tf.image.stateless_random_crop(picture, (side, side, picture.shape[-1]), where)
    if settings.flip:
        picture = tf.image.stateless_random_flip_left_right(picture, flip)
    return _signed(tf.cast(picture, tf.float32))


def _signed(picture):
    """0..255 → −1..1, float32."""
    return picture / np.float32(127.5) - np.float32(1)


def _batched(example: Callable, settings: Training, first_step: int, last_step: int) -> tf.data.Dataset:
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
