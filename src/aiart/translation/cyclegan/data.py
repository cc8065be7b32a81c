"""The pictures of two domains that CycleGAN is trained on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf

from aiart.datasets.folders import Pictures, open_pictures
from aiart.params.cyclegan import CycleGAN
from aiart.translation.batches import (
    Cache,
    augmented,
    batched,
    derived_seed,
    reader,
    steps_per_epoch,
    used_pictures,
)
from aiart.translation.splits import training_and_validation
from aiart.translation.trainer import HELD_OUT_PICTURES, TrainingData
from aiart.translation.value_range import to_network

# What is drawn at random, each from a stream of its own.
_A, _B, _CHOICE = 2, 3, 4


def open_data(folder: str | Path, settings: CycleGAN, seed: int) -> TrainingData:
    """Batches of (a, b), and held-out pictures of both. Raises UserError when the folder lacks a domain."""
    (a, held_out_a), (b, held_out_b) = (
        training_and_validation(partial(open_pictures, folder, domain), settings, seed) for domain in "AB"
    )
    count = used_pictures(max(len(a), len(b)), settings)
    return TrainingData(
        partial(unpaired_batches, a, b, settings, seed),
        steps_per_epoch(count, settings.batch),
        tuple(held_out_pictures(pictures, settings, HELD_OUT_PICTURES) for pictures in (held_out_a, held_out_b)),
        {
            **{f"train{name}": of.files[:count] for name, of in (("A", a), ("B", b))},
            **{f"held_out{name}": of.files[:HELD_OUT_PICTURES] for name, of in (("A", held_out_a), ("B", held_out_b))},
        },
    )


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
    count_a, count_b, side = used_pictures(len(a), settings), used_pictures(len(b), settings), settings.loaded_side
    cache, shape = Cache(), (side, side, 3)
    read_a = reader(cache, "A", lambda index: a.load(index, side), shape)
    read_b = reader(cache, "B", lambda index: b.load(index, side), shape)

    def example(number: tf.Tensor) -> tuple[tf.Tensor, ...]:
        # Not counted from the epoch's beginning: the end of A would stay unseen where it fills no batch.
        index_a = number % count_a
        index_b = tf.random.stateless_uniform((), derived_seed(seed, _CHOICE, number), 0, count_b, tf.int64)
        picture_a = augmented(read_a(index_a), settings, derived_seed(seed, _A, number))
        picture_b = augmented(read_b(index_b), settings, derived_seed(seed, _B, number))
        return picture_a, picture_b, tf.cast(number, tf.int32)

    return batched(example, settings, first_step, last_step)


def held_out_pictures(pictures: Pictures, settings: CycleGAN, limit: int | None = None) -> np.ndarray:
    """The first `limit` pictures, or all: float32 (n, S, S, 3) in −1..1, stretched to `image_side` without crop
    or mirroring."""
    count = min(len(pictures), limit or len(pictures))
    return to_network(np.stack([pictures.load(index, settings.image_side) for index in range(count)]))
