"""The generator of Pix2Pix: a U-Net (Isola et al. 2017, appendix 6.1; `defineG_unet` of the authors' Torch code)."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Literal

import keras
import tensorflow as tf

from aiart.errors import UserError
from aiart.networks.convolutions import DoublingConv2D, HalvingConv2D, ResizeConv2D, convolution
from aiart.networks.normalization import Borrowed, Norm, normalise

# Decoder layers, counted from the innermost.
DROPOUT_LAYERS = (1, 2, 3)
LEAK = 0.2


class UNet(keras.Model):
    """An encoder that halves a picture down to one pixel, and a decoder that sees every map on its way back.

    For 256 px: C64-C128-C256-C512-C512-C512-C512-C512 and mirrored. side: of the square pictures that it is meant
    for, a power of two from 4; other pictures may be of any size whose sides are multiples of `multiple`, which is
    this side. width: channels of the first layer; deeper ones have twice as many each, up to 8 times. dropout: rate
    on the decoder layers `dropout_layers`, the first three of them in the paper. upsampling: `transposed`, 4 × 4
    convolutions as in the paper, or `resize`, nearest neighbours and 3 × 3 convolutions. Weights derive from `seed`.
    dtype: `float32` or `mixed_bfloat16`.

    First, innermost and output layers have no norm: at batch 1 that of a single pixel would give its offset only.
    Raises UserError for another side.
    """

    def __init__(
        self,
        side: int,
        *,
        width: int = 64,
        dropout: float = 0.5,
        dropout_layers: Collection[int] = DROPOUT_LAYERS,
        upsampling: Literal["transposed", "resize"] = "transposed",
        norm: Norm,
        seed: int,
        dtype: str = "float32",
    ):
        super().__init__(name="unet", dtype=dtype)
        depth = side.bit_length() - 1
        if depth < 2 or side != 2**depth:
            raise UserError(
                f"the U-Net halves its pictures down to 1 px, but side is {side}; use a power of two from 4."
            )
        self.multiple = side
        self.reach = None  # every pixel of the innermost map sees a whole picture of that side
        self.rate, self.dropout_layers = dropout, tuple(dropout_layers)
        shared = {"seed": seed, "dtype": dtype}
        convolve = partial(convolution, initial=norm.initial, **shared)
        up = DoublingConv2D if upsampling == "transposed" else ResizeConv2D
        kernel = 4 if upsampling == "transposed" else 3
        channels = [width * min(2**level, 8) for level in range(depth)]

        self.encoder, self.encoder_norms = [], []
        for level, (before, after) in enumerate(zip([3, *channels[:-1]], channels, strict=True)):
            name = f"encoder_{level + 1}"
            self.encoder.append(convolve(name, before, after, 4, kind=HalvingConv2D, bias=norm.bias))
            outer = level in (0, depth - 1)
            self.encoder_norms.append(None if outer else norm.layer(f"{name}_norm", after, **shared))

        self.decoder, self.decoder_norms = [], []
        before = channels[-1]
        for level, after in enumerate(reversed(channels[:-1])):
            name = f"decoder_{level + 1}"
            self.decoder.append(convolve(name, before, after, kernel, kind=up, bias=norm.bias))
            self.decoder_norms.append(norm.layer(f"{name}_norm", after, **shared))
            before = 2 * after
        self.head = convolve("head", before, 3, kernel, kind=up, bias=True)
        self.built = True

    def call(
        self,
        x: tf.Tensor,
        noise: tf.Tensor | None = None,
        training: bool = False,
        running_statistics: bool = False,
        borrowed: Borrowed | None = None,
    ) -> tf.Tensor:
        """Translate x, (N, H, W, 3) in −1..1, to float32 of the same shape and range.

        noise: int32 (N, 2), a seed for each picture's dropout masks, which depend on nothing else; without it
        there is no dropout. training, running_statistics: see `BatchNorm`; without effect for other norms.
        borrowed: see `Borrowed`.
        """
        skips = []
        for level, (convolve, norm) in enumerate(zip(self.encoder, self.encoder_norms, strict=True)):
            x = convolve(tf.nn.leaky_relu(x, LEAK) if level else x)
            x = normalise(norm, x, training, running_statistics, borrowed)
            skips.append(x)
        x = skips.pop()
        for level, (convolve, norm) in enumerate(zip(self.decoder, self.decoder_norms, strict=True)):
            x = normalise(norm, convolve(tf.nn.relu(x)), training, running_statistics, borrowed)
            if noise is not None and self.rate and level + 1 in self.dropout_layers:
                x = dropout(x, noise, self.rate, level)
            # Torch's activations work in place, so that its skips hold leaky values; under a ReLU that is the same.
            x = tf.concat([x, skips.pop()], axis=-1)
        return tf.tanh(tf.cast(self.head(tf.nn.relu(x)), tf.float32))


def dropout(x: tf.Tensor, seeds: tf.Tensor, rate: float, layer: int) -> tf.Tensor:
    """Zero a share `rate` of x (N, H, W, C) and divide the rest by 1 − rate.

    The mask of a picture depends on its seed (a row of `seeds`, int32 (N, 2)), the number of the layer and the
    shape of one map, but not on the batch: however a batch is spread over devices, the result is the same.
    """
    # Named, since the choice left to TensorFlow differs between devices.
    algorithm = "philox"

    def keep(seed: tf.Tensor) -> tf.Tensor:
        seed = tf.random.fold_in(seed, layer, alg=algorithm)
        return tf.random.stateless_uniform(tf.shape(x)[1:], seed, alg=algorithm) >= rate

    kept = tf.map_fn(keep, seeds, fn_output_signature=tf.bool)
    return tf.where(kept, x / (1 - rate), tf.zeros((), x.dtype))
