"""Convolutions that the translation networks share."""

from __future__ import annotations

import zlib
from typing import Literal

import keras
import numpy as np
import tensorflow as tf

# Up to so many positions of the smaller map, over the whole batch, a matrix product and a little shuffling take
# less time than oneDNN's convolution, forward and backward: measured on 2 cores for 512 to 1024 channels.
FEW_WHEN_HALVING = 16
FEW_WHEN_DOUBLING = 64

Initial = Literal["normal", "he", "zeros"]
INITIALIZERS = {
    "normal": lambda seed: keras.initializers.RandomNormal(0.0, 0.02, seed=seed),
    "he": lambda seed: keras.initializers.HeNormal(seed=seed),
    "zeros": lambda seed: keras.initializers.Zeros(),
}


def layer_seed(seed: int, name: str) -> int:
    """A seed of its own for the layer of that name, so that adding a layer changes no other's weights."""
    return int(np.random.SeedSequence([seed, zlib.crc32(name.encode())]).generate_state(1)[0])


def convolution(
    name: str,
    channels_in: int,
    channels_out: int,
    kernel: int,
    *,
    seed: int,
    dtype: str,
    bias: bool,
    kind: type[keras.layers.Layer] = keras.layers.Conv2D,
    initial: Initial = "normal",
    **options,
) -> keras.layers.Layer:
    """A built layer with weights that derive from `seed` and `name`, and a bias of 0.

    initial: `normal`, weights N(0, 0.02) as in both papers; `he`, of variance 2 / inputs (He et al. 2015), which
    carry signals through many layers without norm; `zeros`.
    """
    layer = kind(
        channels_out,
        kernel,
        use_bias=bias,
        kernel_initializer=INITIALIZERS[initial](layer_seed(seed, name)),
        name=name,
        dtype=dtype,
        **options,
    )
    layer.build((None, None, None, channels_in))
    return layer


def padded(x: tf.Tensor, pixels: int, mode: str = "REFLECT") -> tf.Tensor:
    """x (N, H, W, C) with so many more pixels on each side.

    Followed by a convolution without padding: one with padding of its own, other than `same`, is no oneDNN
    operation and takes 2 (float32) to 40 (bfloat16) times as long.
    """
    return tf.pad(x, [[0, 0], [pixels, pixels], [pixels, pixels], [0, 0]], mode)


class HalvingConv2D(keras.layers.Conv2D):
    """A 4 × 4 convolution of stride 2 with zero padding of 1: (N, 2h, 2w, C) to (N, h, w, F)."""

    def __init__(self, filters: int, kernel_size: int = 4, **options):
        super().__init__(filters, kernel_size, strides=2, padding="same", **options)

    def call(self, x):
        pictures, height, width, channels = x.shape
        if None in x.shape or pictures * height * width > 4 * FEW_WHEN_HALVING:
            return super().call(x)
        # The padded picture as blocks of 2 × 2 pixels; a window is 2 × 2 such blocks.
        blocks = tf.reshape(padded(x, 1, "CONSTANT"), (pictures, height // 2 + 1, 2, width // 2 + 1, 2, channels))
        rows = tf.stack([_part(blocks, {1: (i, height // 2)}) for i in (0, 1)], axis=2)
        windows = tf.stack([_part(rows, {4: (j, width // 2)}) for j in (0, 1)], axis=5)
        windows = tf.transpose(windows, (0, 1, 4, 2, 3, 5, 6, 7))
        y = tf.matmul(
            tf.reshape(windows, (-1, 16 * channels)),
            tf.reshape(tf.convert_to_tensor(self.kernel), (16 * channels, self.filters)),
        )
        return _with_bias(self, tf.reshape(y, (pictures, height // 2, width // 2, self.filters)))


class DoublingConv2D(keras.layers.Conv2DTranspose):
    """A transposed 4 × 4 convolution of stride 2, Torch's padding 1: (N, h, w, C) to (N, 2h, 2w, F)."""

    def __init__(self, filters: int, kernel_size: int = 4, **options):
        super().__init__(filters, kernel_size, strides=2, padding="same", **options)

    def call(self, x):
        pictures, height, width, channels = x.shape
        if None in x.shape or pictures * height * width > FEW_WHEN_DOUBLING:
            return super().call(x)
        kernel = tf.reshape(tf.convert_to_tensor(self.kernel), (16 * self.filters, channels))
        stamps = tf.matmul(tf.reshape(x, (-1, channels)), kernel, transpose_b=True)
        return _with_bias(self, _stamped(tf.reshape(stamps, (pictures, height, width, 4, 4, self.filters))))


class ResizeConv2D(keras.layers.Conv2D):
    """Twice the size by nearest neighbours, then a 3 × 3 convolution with zero padding (Odena et al. 2016,
    "Deconvolution and Checkerboard Artifacts"): (N, h, w, C) to (N, 2h, 2w, F).

    Computed as the transposed convolution that it is: where two of a kernel's 3 × 3 numbers meet the same small
    pixel, their sum meets it once. That is 4/9 of the multiplications, and takes half of the time. Of few pixels what
    they stamp is summed instead of the kernel, which is larger: a U-Net's step takes 0.7 of the time at batch 1.
    """

    def __init__(self, filters: int, kernel_size: int = 3, **options):
        super().__init__(filters, kernel_size, padding="same", **options)

    def call(self, x):
        pictures, height, width, channels = x.shape
        if None not in x.shape and pictures * height * width <= FEW_WHEN_DOUBLING:
            taps = tf.reshape(tf.convert_to_tensor(self.kernel), (9, channels, self.filters))
            taps = tf.matmul(tf.reshape(x, (1, -1, channels)), taps)
            stamps = _doubling_stamp(_doubling_stamp(tf.reshape(taps, (3, 3, -1, self.filters)), axis=0), axis=1)
            stamps = tf.reshape(tf.transpose(stamps, (2, 0, 1, 3)), (pictures, height, width, 4, 4, self.filters))
            return _with_bias(self, _stamped(stamps))
        pictures, height, width, _ = tf.unstack(tf.shape(x))
        stamp = _doubling_stamp(_doubling_stamp(tf.convert_to_tensor(self.kernel), axis=0), axis=1)
        shape = (pictures, 2 * height, 2 * width, self.filters)
        y = tf.nn.conv2d_transpose(x, tf.transpose(stamp, (0, 1, 3, 2)), shape, strides=2, padding="SAME")
        known = [side and 2 * side for side in x.shape[1:3]]
        return _with_bias(self, tf.ensure_shape(y, (x.shape[0], *known, self.filters)))


def _stamped(stamps: tf.Tensor) -> tf.Tensor:
    """The sum of what the pixels of a map stamp, each 4 × 4 pixels around its own 2 × 2: (N, h, w, 4, 4, F) to
    (N, 2h, 2w, F)."""
    pictures, height, width, _, _, filters = stamps.shape
    # 4 × 4 = (2 × 2) × (2 × 2) pixels, which overlap by 2.
    stamps = tf.reshape(stamps, (pictures, height, width, 2, 2, 2, 2, filters))
    quarters = {(i, j): _part(stamps, {3: (i, 1), 5: (j, 1)}) for i in (0, 1) for j in (0, 1)}
    blocks = tf.add_n(
        [
            tf.pad(tf.squeeze(quarter, (3, 5)), [[0, 0], [i, 1 - i], [j, 1 - j], [0, 0], [0, 0], [0, 0]])
            for (i, j), quarter in quarters.items()
        ]
    )
    y = tf.reshape(tf.transpose(blocks, (0, 1, 3, 2, 4, 5)), (pictures, 2 * height + 2, 2 * width + 2, filters))
    return _part(y, {1: (1, 2 * height), 2: (1, 2 * width)})


def _doubling_stamp(kernel: tf.Tensor, axis: int) -> tf.Tensor:
    """What one small pixel stamps along an axis: four numbers for the three of a kernel."""
    first, second, third = tf.unstack(kernel, axis=axis)
    return tf.stack([third, second + third, first + second, first], axis=axis)


def _part(x: tf.Tensor, spans: dict[int, tuple[int, int]]) -> tf.Tensor:
    """x cut to (begin, size) along some axes. By `tf.slice`: what is written x[...] has a gradient of many times the
    cost, 8 to 10 % of a Pix2Pix step in all."""
    begin = [spans.get(axis, (0, -1))[0] for axis in range(x.shape.rank)]
    size = [spans.get(axis, (0, -1))[1] for axis in range(x.shape.rank)]
    return tf.slice(x, begin, size)


def _with_bias(layer: keras.layers.Layer, y: tf.Tensor) -> tf.Tensor:
    return tf.nn.bias_add(y, tf.convert_to_tensor(layer.bias)) if layer.use_bias else y
