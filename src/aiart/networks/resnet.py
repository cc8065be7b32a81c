"""The generator of CycleGAN: a residual network (Zhu et al. 2017, appendix 7.2; after Johnson et al. 2016)."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import keras
import tensorflow as tf

from aiart.networks.convolutions import Initial, ResizeConv2D, convolution, padded
from aiart.networks.normalization import Borrowed, Norm, normalise


class ResNetGenerator(keras.Model):
    """c7s1-64, d128, d256, R256 × blocks, u128, u64, c7s1-3.

    Pictures may be of any size from 8 px whose sides are multiples of `multiple`; norms apart, what is further away
    than `reach` pixels changes nothing. width: channels of the first
    layer. blocks: residual blocks; 6 up to 128 px and 9 above in the paper. downsamplings: halvings before them, 2 in
    the paper, each of which doubles the channels. upsampling: `transposed`, 3 × 3
    convolutions of stride ½ as in the paper, or `resize`, nearest neighbours and 3 × 3 convolutions. identity_start:
    the network makes what is added to the picture, at first nothing, in place of the paper's tanh of a new one.
    Weights derive from `seed`. dtype: `float32` or `mixed_bfloat16`.

    Strided convolutions and transposed ones pad at the end of an axis only (`same`), where Torch's pad at its
    beginning: it is the same network for pictures turned by 180°. Either way what goes down comes up in its place;
    to mix the two shifts the picture by 3 px, and to cut Torch's padding by hand takes twice the time. padding:
    `torch` turns the picture and what becomes of it, so that kernels turned by 180° do what Torch's do.
    """

    def __init__(
        self,
        *,
        width: int = 64,
        blocks: int,
        downsamplings: int = 2,
        upsampling: Literal["transposed", "resize"] = "transposed",
        norm: Norm,
        identity_start: bool = False,
        padding: Literal["same", "torch"] = "same",
        seed: int,
        dtype: str = "float32",
    ):
        super().__init__(name="resnet_generator", dtype=dtype)
        self.identity_start, self.padding = identity_start, padding
        self.rate = 0.0
        self.multiple = 2**downsamplings
        # Of each convolution the pixels that its grid is wide, on the side where it looks further.
        halving = doubling = sum(2**level for level in range(1, downsamplings + 1))
        self.reach = 3 + halving + blocks * 2 * self.multiple + doubling + 3
        shared = {"seed": seed, "dtype": dtype}
        down = {"strides": 2, "padding": "same", "bias": norm.bias}
        up = {"kind": ResizeConv2D, "bias": norm.bias}
        if upsampling == "transposed":
            up = {"kind": keras.layers.Conv2DTranspose, **down}

        def pair(name: str, before: int, after: int, kernel: int, initial: Initial = norm.initial, **options) -> list:
            layer = convolution(name, before, after, kernel, initial=initial, **options, **shared)
            return [layer, norm.layer(f"{name}_norm", after, **shared)]

        self.first = pair("first", 3, width, 7, bias=norm.bias)
        widths = [width * 2**level for level in range(downsamplings + 1)]
        halvings = list(enumerate(pairwise(widths), start=1))
        self.down = [pair(f"down_{i}", before, after, 3, **down) for i, (before, after) in halvings]
        self.blocks = [
            [
                pair(f"block_{number}_{part}", widths[-1], widths[-1], 3, initial, bias=norm.bias)
                for part, initial in (("a", norm.initial), ("b", norm.initial_of_branch))
            ]
            for number in range(1, blocks + 1)
        ]
        self.up = [pair(f"up_{i}", after, before, 3, **up) for i, (before, after) in reversed(halvings)]
        head = "zeros" if identity_start else norm.initial
        self.head = convolution("head", width, 3, 7, initial=head, bias=True, **shared)
        self.built = True

    def call(
        self,
        x: tf.Tensor,
        noise: tf.Tensor | None = None,
        training: bool = False,
        running_statistics: bool = False,
        borrowed: Borrowed | None = None,
    ) -> tf.Tensor:
        """Translate x, (N, H, W, 3) in −1..1, to float32 of the same shape and range, which a sum with the picture
        can leave by a little.

        noise: without effect, this network has no dropout. training, running_statistics: see `BatchNorm`; without
        effect for other norms. borrowed: see `Borrowed`.
        """

        turned = self.padding == "torch"
        picture = x = tf.reverse(x, axis=(1, 2)) if turned else x

        def through(pair: list, x: tf.Tensor) -> tf.Tensor:
            return normalise(pair[1], pair[0](x), training, running_statistics, borrowed)

        x = tf.nn.relu(through(self.first, padded(x, 3)))
        for pair in self.down:
            x = tf.nn.relu(through(pair, x))
        for first, second in self.blocks:
            x += through(second, padded(tf.nn.relu(through(first, padded(x, 1))), 1))
        for pair in self.up:
            x = tf.nn.relu(through(pair, x))
        made = tf.cast(self.head(padded(x, 3)), tf.float32)
        made = picture + made if self.identity_start else tf.tanh(made)
        return tf.reverse(made, axis=(1, 2)) if turned else made
