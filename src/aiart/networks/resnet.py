"""The generator of CycleGAN: a residual network (Zhu et al. 2017, appendix 7.2; after Johnson et al. 2016)."""

from __future__ import annotations

from typing import Literal

import keras
import tensorflow as tf

from aiart.networks.convolutions import ResizeConv2D, convolution, padded
from aiart.networks.normalization import Norm, normalise


class ResNetGenerator(keras.Model):
    """c7s1-64, d128, d256, R256 × blocks, u128, u64, c7s1-3.

    Pictures may be of any size from 8 px whose sides are multiples of `multiple`. width: channels of the first
    layer. blocks: residual blocks; 6 up to 128 px and 9 above in the paper. upsampling: `transposed`, 3 × 3
    convolutions of stride ½ as in the paper, or `resize`, nearest neighbours and 3 × 3 convolutions. Weights derive
    from `seed`. dtype: `float32` or `mixed_bfloat16`.

    Strided convolutions and transposed ones pad at the end of an axis only (`same`), where Torch's pad at its
    beginning: it is the same network for pictures turned by 180°. Either way what goes down comes up in its place;
    to mix the two shifts the picture by 3 px, and to cut Torch's padding by hand takes twice the time.
    """

    multiple = 4

    def __init__(
        self,
        *,
        width: int = 64,
        blocks: int,
        upsampling: Literal["transposed", "resize"] = "transposed",
        norm: Norm,
        seed: int,
        dtype: str = "float32",
    ):
        super().__init__(name="resnet_generator", dtype=dtype)
        shared = {"seed": seed, "dtype": dtype}
        down = {"strides": 2, "padding": "same", "bias": norm.bias}
        up = {"kind": ResizeConv2D, "bias": norm.bias}
        if upsampling == "transposed":
            up = {"kind": keras.layers.Conv2DTranspose, **down}

        def pair(name: str, before: int, after: int, kernel: int, **options) -> list:
            layer = convolution(name, before, after, kernel, **options, **shared)
            return [layer, norm.layer(f"{name}_norm", after, **shared)]

        self.first = pair("first", 3, width, 7, bias=norm.bias)
        self.down = [pair(f"down_{i}", i * width, 2 * i * width, 3, **down) for i in (1, 2)]
        self.blocks = [
            [pair(f"block_{number}_{part}", 4 * width, 4 * width, 3, bias=norm.bias) for part in "ab"]
            for number in range(1, blocks + 1)
        ]
        self.up = [pair(f"up_{i}", 2 * i * width, i * width, 3, **up) for i in (2, 1)]
        self.head = convolution("head", width, 3, 7, bias=True, **shared)
        self.built = True

    def call(
        self, x: tf.Tensor, noise: tf.Tensor | None = None, training: bool = False, running_statistics: bool = False
    ) -> tf.Tensor:
        """Translate x, (N, H, W, 3) in −1..1, to float32 of the same shape and range.

        noise: without effect, this network has no dropout. training, running_statistics: see `BatchNorm`; without
        effect for other norms.
        """

        def through(pair: list, x: tf.Tensor) -> tf.Tensor:
            return normalise(pair[1], pair[0](x), training, running_statistics)

        x = tf.nn.relu(through(self.first, padded(x, 3)))
        for pair in self.down:
            x = tf.nn.relu(through(pair, x))
        for first, second in self.blocks:
            x += through(second, padded(tf.nn.relu(through(first, padded(x, 1))), 1))
        for pair in self.up:
            x = tf.nn.relu(through(pair, x))
        return tf.tanh(tf.cast(self.head(padded(x, 3)), tf.float32))
