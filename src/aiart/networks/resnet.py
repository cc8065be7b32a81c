"""The residual generator of CycleGAN."""

from __future__ import annotations

import keras
import tensorflow as tf

from aiart.networks.convolutions import ResizeConv2D, convolution, padded
from aiart.networks.normalization import Norm, normalise


class ResNetGenerator(keras.Model):
    """c7s1-64, d128, d256, R256 × blocks, u128, u64, c7s1-3, tanh (Zhu et al. 2017, §7.2; Johnson et al. 2016).

    The 7 × 7 convolutions and those inside the residual blocks pad by reflection, the strided ones with zeros, one
    pixel on every side (`ResnetGenerator` in networks.py of the authors' code; Keras's `same` would pad one side).
    """

    def __init__(
        self,
        *,
        width: int = 64,
        blocks: int,
        upsampling: str = "transposed",
        norm: Norm,
        seed: int,
        dtype: str = "float32",
    ):
        """norm: of all layers but the last. dtype: a Keras policy, as in `UNet`."""
        super().__init__(dtype=dtype)
        self.multiple = 4
        shared = {"seed": seed, "dtype": dtype}

        def normed(name, before, channels, kernel, **options):
            layer = convolution(name, before, channels, kernel, bias=norm.bias, **shared, **options)
            return [layer, norm.layer(f"{name}_norm", channels, **shared)]

        self.first = normed("first", 3, width, 7)
        self.down = [normed(f"down_{i}", width * 2**i, width * 2 ** (i + 1), 3, strides=2) for i in range(2)]
        deep = 4 * width
        self.blocks = [[normed(f"block_{i}_{j}", deep, deep, 3) for j in "ab"] for i in range(blocks)]
        up = {"kind": ResizeConv2D}
        if upsampling == "transposed":
            up = {"kind": keras.layers.Conv2DTranspose, "strides": 2, "padding": "same"}
        self.up = [normed(f"up_{i}", deep // 2**i, deep // 2 ** (i + 1), 3, **up) for i in range(2)]
        self.last = convolution("last", width, 3, 7, bias=True, **shared)
        self.built = True

    def call(
        self,
        x: tf.Tensor,
        noise: tf.Tensor | None = None,
        training: bool = False,
        running_statistics: bool = False,
    ) -> tf.Tensor:
        """x (N, H, W, 3) in −1..1, H and W multiples of 4 → float32 of the same shape, in −1..1.

        noise: not used, since the paper's generator has no dropout; there so that both generators are called alike.
        """

        def through(x, pair):
            layer, norm = pair
            return normalise(norm, layer(x), training=training, running_statistics=running_statistics)

        x = tf.nn.relu(through(padded(x, 3), self.first))
        for pair in self.down:
            x = tf.nn.relu(through(padded(x, 1, "CONSTANT"), pair))
        for a, b in self.blocks:
            y = tf.nn.relu(through(padded(x, 1), a))
            x = x + through(padded(y, 1), b)
        for pair in self.up:
            x = tf.nn.relu(through(x, pair))
        return tf.tanh(tf.cast(self.last(padded(x, 3)), tf.float32))
