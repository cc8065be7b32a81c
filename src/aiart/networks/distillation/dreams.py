"""Dreams under way, the teacher's and the student's, a step further whenever the student learns on them.

A dream is made by some dozens of steps along gradients, and what a student errs in adds up from step to step. So it
learns on pictures that are half dreamed already, and not the activations alone but the very gradients that are
followed (Czarnecki et al. 2017, "Sobolev Training for Neural Networks"). Both networks' gradients are known then, and
each dream takes its next step along one of them: many along the teacher's, which show what ought to be seen, the others
along the student's, which show its errors to the teacher (as in `paint_over`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import tensorflow as tf

from aiart.images import resize_exact

# Dreams under way at one time for each that a step of training takes, so that those of one step are unlike.
UNDER_WAY = 8
STEPS = (3, 25)
STEP_LENGTH = (1.5, 7.0)
# Where a dream begins anew: at the middle of the one before, enlarged as from octave to octave; at a crop of a picture;
# or at noise.
FROM_BEFORE, FROM_NOISE = 0.4, 0.1
ENLARGED = (1.15, 1.6)
WHOLE_LAYER = 0.5
BY_STUDENT = 0.4
# Pixels by which the pictures of a step are rolled, as dreams are.
JITTER = 16


class Dreams:
    """Pictures that are being dreamed, what each is a dream of, and how far it is. A pure function of the seed and of
    the steps taken, which `arrays` keeps."""

    def __init__(self, count: int, side: int, channels: Sequence[int], seed: int):
        """channels: of each layer of the teacher that can be dreamed of."""
        self.channels, self.seed = channels, seed
        self.pictures = np.zeros((count * UNDER_WAY, side, side, 3), np.float32)
        self.layer = np.zeros(len(self.pictures), np.int32)
        self.channel = np.zeros(len(self.pictures), np.int32)
        """−1 where the whole layer is dreamed of."""
        self.left = np.zeros(len(self.pictures), np.int32)
        self.length = np.zeros(len(self.pictures), np.float32)
        self.by_student = np.zeros(len(self.pictures), bool)
        self.count = count

    def arrays(self) -> dict[str, np.ndarray]:
        """All that changes, by name."""
        names = ("pictures", "layer", "channel", "left", "length", "by_student")
        return {name: getattr(self, name) for name in names}

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Take up what `arrays` gave."""
        for name, array in arrays.items():
            getattr(self, name)[:] = array

    def draw(self, step: int, crop: Callable[[int], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Indices of those that step number `step` learns on, and by how much they are rolled; ended ones begin anew.

        crop(seed): a picture (side, side, 3), RGB 0..255.
        """
        random = np.random.default_rng((self.seed, step, 2))
        chosen = random.choice(len(self.pictures), self.count, replace=False)
        for index in chosen:
            if self.left[index] <= 0:
                self._begin(index, random, crop)
        return chosen, random.integers(-JITTER, JITTER + 1, 2)

    def _begin(self, index: int, random: np.random.Generator, crop: Callable[[int], np.ndarray]) -> None:
        side = self.pictures.shape[1]
        kind = random.random()
        if kind < FROM_BEFORE and self.pictures[index].any():
            part = int(side / random.uniform(*ENLARGED))
            edge = (side - part) // 2
            picture = resize_exact(self.pictures[index, edge : edge + part, edge : edge + part], side, side)
        elif kind < 1 - FROM_NOISE:
            picture = crop(int(random.integers(2**31)))
        else:
            picture = random.normal(127.5, random.uniform(4, 40), (side, side, 3))
        self.pictures[index] = np.clip(picture, 0, 255)
        self.layer[index] = random.integers(len(self.channels))
        whole = random.random() < WHOLE_LAYER
        self.channel[index] = -1 if whole else random.integers(self.channels[self.layer[index]])
        self.left[index] = random.integers(*STEPS)
        self.length[index] = random.uniform(*STEP_LENGTH)
        self.by_student[index] = random.random() < BY_STUDENT

    def move(self, chosen: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> None:
        """A step of each: along `ours`, the student's gradients, or `theirs`, the teacher's. One without a gradient
        ends."""
        for index, by_student, by_teacher in zip(chosen, ours, theirs, strict=True):
            gradient = by_student if self.by_student[index] else by_teacher
            size = np.abs(gradient).mean()
            if not np.isfinite(size) or size < 1e-12:
                self.left[index] = 0
                continue
            step = self.length[index] * gradient / size
            self.pictures[index] = np.clip(self.pictures[index] + step, 0, 255)
            self.left[index] -= 1


def goals(
    wide: Mapping[str, tf.Tensor], own: Mapping[str, tf.Tensor], layer: tf.Tensor, channel: tf.Tensor
) -> tf.Tensor:
    """(pictures,): what each picture's dream raises, the mean square of its layer or channel.

    wide: maps with the teacher's channels by layer, among which `channel` counts. own: the network's own maps, by
    which whole layers (channel −1) are measured. layer: each picture's, counted among those of `wide`.
    """
    total = 0.0
    for number, name in enumerate(wide):
        strength = tf.reduce_mean(tf.nn.relu(wide[name]) ** 2, axis=[1, 2])
        one = tf.reduce_sum(strength * tf.one_hot(channel, strength.shape[-1]), axis=1)
        whole = tf.reduce_mean(own[name] ** 2, axis=[1, 2, 3])
        total += tf.where(layer == number, tf.where(channel < 0, whole, one), 0.0)
    return total


def unlikeness(ours: tf.Tensor, theirs: tf.Tensor) -> tf.Tensor:
    """1 − the cosine between gradients (pictures, height, width, 3), mean over pictures.

    They are averaged over 4 × 4 pixels first: finer noise is lost in the next steps of a dream.
    """
    a, b = (tf.nn.avg_pool2d(gradient, 4, 2, "SAME") for gradient in (ours, theirs))
    squares = tf.reduce_sum(a * a, [1, 2, 3]) * tf.reduce_sum(b * b, [1, 2, 3])
    return 1 - tf.reduce_mean(tf.reduce_sum(a * b, [1, 2, 3]) * tf.math.rsqrt(squares + 1e-30))
