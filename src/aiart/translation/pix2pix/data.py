"""The pairs that Pix2Pix is trained on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf

from aiart.datasets.folders import Pairs, open_pairs
from aiart.params.pix2pix import Pix2Pix
from aiart.translation.batches import (
    Cache,
    augmented,
    batched,
    derived_seed,
    mixed_seed,
    reader,
    steps_per_epoch,
    used_pictures,
)
from aiart.translation.splits import training_and_validation
from aiart.translation.trainer import HELD_OUT_PICTURES, TrainingData
from aiart.translation.value_range import to_network

# What is drawn at random, each from a stream of its own.
_ORDER, _PAIR = 0, 1


def open_data(folder: str | Path, settings: Pix2Pix, seed: int) -> TrainingData:
    """Batches of (source, target), and held-out pairs. Raises UserError when the folder is not one of pairs."""
    pairs, held_out = training_and_validation(partial(open_pairs, folder), settings, seed)
    count = used_pictures(len(pairs), settings)
    return TrainingData(
        partial(paired_batches, pairs, settings, seed),
        steps_per_epoch(count, settings.batch),
        held_out_pairs(held_out, settings, HELD_OUT_PICTURES),
        {
            "train": [file for pair in pairs.files[:count] for file in pair],
            "held_out": [file for pair in held_out.files[:HELD_OUT_PICTURES] for file in pair],
        },
    )


def paired_batches(pairs: Pairs, settings: Pix2Pix, seed: int, first_step: int, last_step: int) -> tf.data.Dataset:
    """The batches of steps first_step … last_step − 1 as (source, target, index).

    source, target: float32 (batch, S, S, 3) in −1..1, chosen by the direction; both halves of a pair get
    the same crop and mirroring. index: int32 (batch,), the running numbers. Each epoch has an order of its own,
    and leaves out what does not fill a batch.

    One call is meant for a whole run, since its pictures are cached with it. Iterate inside `reading_errors`.
    """
    count, side = used_pictures(len(pairs), settings), settings.loaded_side
    to_b = settings.directions == ("a_to_b",)

    def load(index: int) -> np.ndarray:
        a, b = pairs.load(index, side)
        return np.concatenate([a, b] if to_b else [b, a], axis=-1)

    read = reader(Cache(), "pairs", load, (side, side, 6))
    per_epoch = steps_per_epoch(count, settings.batch) * settings.batch

    def example(number: tf.Tensor) -> tuple[tf.Tensor, ...]:
        place = number % per_epoch % count
        order = mixed_seed(derived_seed(seed, _ORDER, number // per_epoch))
        index = tf.random.experimental.index_shuffle(place, order, tf.constant(count - 1, tf.int64))
        pair = augmented(read(index), settings, derived_seed(seed, _PAIR, number))
        return pair[..., :3], pair[..., 3:], tf.cast(number, tf.int32)

    return batched(example, settings, first_step, last_step)


def held_out_pairs(pairs: Pairs, settings: Pix2Pix, limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """(source, target) of the first `limit` pairs, or of all: float32 (n, S, S, 3) in −1..1, stretched to
    `image_side` without crop or mirroring."""
    loaded = [pairs.load(index, settings.image_side) for index in range(min(len(pairs), limit or len(pairs)))]
    a, b = (to_network(np.stack(half)) for half in zip(*loaded, strict=True))
    return (a, b) if settings.directions == ("a_to_b",) else (b, a)
