"""The U-Net generator of Pix2Pix."""

from __future__ import annotations

import keras
import tensorflow as tf

from aiart.networks.convolutions import DoublingConv2D, HalvingConv2D, ResizeConv2D, convolution
from aiart.networks.normalization import Norm, normalise

UPSAMPLING = {"transposed": (DoublingConv2D, 4), "resize": (ResizeConv2D, 3)}
# Decoder layers, counted from the innermost, that have dropout (Isola et al. 2017, §6.1.1).
DROPPED_OUT = 3
SLOPE = 0.2


class UNet(keras.Model):
    """C64-C128-C256-C512-…-C512 down to 1 × 1 and back, with skips (Isola et al. 2017, §6.1.1, and `unet` in
    models.lua of their code). Pictures of `side` px make log₂ side layers each way, none wider than 8·width.

    As in that code, and unlike many ports, the first layer, the innermost and the last are not normalised: at a
    batch of one, instance and batch norm would set the 1 × 1 innermost layer to its offset, whatever went in.
    """

    def __init__(
        self,
        side: int,
        *,
        width: int = 64,
        dropout: float = 0.5,
        upsampling: str = "transposed",
        norm: Norm,
        seed: int,
        dtype: str = "float32",
    ):
        """side: of the training pictures, a power of 2 from 4. norm: of all layers but the three named above.
        dtype: a Keras policy; `mixed_bfloat16` computes in bfloat16 with float32 weights."""
        super().__init__(dtype=dtype)
        depth = side.bit_length() - 1
        widths = [min(2**level, 8) * width for level in range(depth)]
        shared = {"seed": seed, "dtype": dtype}
        self.dropout = dropout
        self.multiple = 2**depth
        self.down, self.down_norms = [], []
        for level, channels in enumerate(widths):
            normed = 0 < level < depth - 1
            before = widths[level - 1] if level else 3
            bias = norm.bias or not normed
            self.down.append(
                convolution(f"down_{level}", before, channels, 4, bias=bias, kind=HalvingConv2D, **shared)
            )
            self.down_norms.append(norm.layer(f"down_{level}_norm", channels, **shared) if normed else None)
        kind, kernel = UPSAMPLING[upsampling]
        self.up, self.up_norms = [], []
        for level in reversed(range(depth)):
            innermost, last = level == depth - 1, level == 0
            before = widths[level] * (1 if innermost else 2)
            channels = 3 if last else widths[level - 1]
            bias = norm.bias or last
            self.up.append(convolution(f"up_{level}", before, channels, kernel, bias=bias, kind=kind, **shared))
            self.up_norms.append(None if last else norm.layer(f"up_{level}_norm", channels, **shared))
        self.built = True

    def call(
        self,
        x: tf.Tensor,
        noise: tf.Tensor | None = None,
        training: bool = False,
        running_statistics: bool = False,
    ) -> tf.Tensor:
        """x (N, H, W, 3) in −1..1, H and W multiples of `multiple` → float32 of the same shape, in −1..1.

        noise: int32 (N, 2), a seed for each picture, from which its dropout masks derive; None leaves dropout out.
        training, running_statistics: see `BatchNorm`.
        """
        statistics = {"training": training, "running_statistics": running_statistics}
        skips = []
        for level, (layer, norm) in enumerate(zip(self.down, self.down_norms, strict=True)):
            x = layer(tf.nn.leaky_relu(x, SLOPE) if level else x)
            x = normalise(norm, x, **statistics)
            skips.append(x)
        skips.pop()
        for place, (layer, norm) in enumerate(zip(self.up, self.up_norms, strict=True)):
            x = normalise(norm, layer(tf.nn.relu(x)), **statistics)
            if skips:
                if place < DROPPED_OUT and noise is not None and self.dropout:
                    x = dropped_out(x, self.dropout, noise, place)
                x = tf.concat([x, skips.pop()], axis=-1)
        return tf.tanh(tf.cast(x, tf.float32))


def dropped_out(x: tf.Tensor, rate: float, noise: tf.Tensor, place: int) -> tf.Tensor:
    """Dropout with a mask for each picture that depends on its own seed and the layer alone, so that a batch may
    be spread over devices. The number of pictures must be known when the graph is traced."""
    seeds = tf.unstack(noise + tf.constant([[place, 0]]) * 7919)
    pictures = zip(tf.unstack(x), seeds, strict=True)
    return tf.stack([tf.nn.experimental.stateless_dropout(picture, rate, seed) for picture, seed in pictures])
