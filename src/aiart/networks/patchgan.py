"""The discriminator of Pix2Pix and CycleGAN: a PatchGAN (Isola et al. 2017, section 3.2.2 and appendix 6.1.2)."""

from __future__ import annotations

import keras
import tensorflow as tf

from aiart.networks.convolutions import convolution, padded
from aiart.networks.normalization import Norm, normalise
from aiart.params.patchgan import logits_side, padding, patchgan_layers

LEAK = 0.2


def receptive_field(layers: list[tuple[int, int]]) -> int:
    """Side in pixels of what one output of a stack of convolutions sees, from their kernel sides and strides."""
    field = 1
    for kernel, stride in reversed(layers):
        field = (field - 1) * stride + kernel
    return field


class PatchGAN(keras.Model):
    """A logit for every overlapping patch of a picture.

    receptive_field: side of the patches in pixels, see `patchgan_layers`; 1 is the PixelGAN. channels: of the
    input, 6 for a picture beside its source. width: channels of the first layer; deeper ones have twice as many
    each, up to 8 times. First and last layer have no norm. Weights derive from `seed`. dtype: `float32` or
    `mixed_bfloat16`. Raises UserError for an unknown receptive field.
    """

    def __init__(
        self,
        receptive_field: int = 70,
        *,
        channels: int = 3,
        width: int = 64,
        norm: Norm,
        seed: int,
        dtype: str = "float32",
    ):
        super().__init__(name="patchgan", dtype=dtype)
        self.receptive_field = receptive_field
        self.layout = patchgan_layers(receptive_field)
        widths = [*(width * min(2**level, 8) for level in range(len(self.layout) - 1)), 1]
        self.convolutions, self.norms = [], []
        shared = {"seed": seed, "dtype": dtype}
        for level, (kernel, stride) in enumerate(self.layout):
            name, after = f"layer_{level + 1}", widths[level]
            outer = level in (0, len(widths) - 1)
            options = {"strides": stride, "bias": outer or norm.bias, "initial": norm.initial}
            self.convolutions.append(convolution(name, channels, after, kernel, **options, **shared))
            self.norms.append(None if outer else norm.layer(f"{name}_norm", after, **shared))
            channels = after
        self.built = True

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """float32 logits (N, h, w, 1) of x, (N, H, W, channels) in −1..1; h and w are `logits_side` of H and W.

        training: see `BatchNorm`; without effect for other norms.
        """
        for level, (convolve, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            x = tf.nn.leaky_relu(x, LEAK) if level else x
            x = convolve(padded(x, padding(convolve.kernel_size[0]), "CONSTANT"))
            x = normalise(norm, x, training)
        return tf.cast(x, tf.float32)

    def logits_side(self, side: int) -> int:
        """Logits along a side of so many pixels: 30 for 256 px and a receptive field of 70.

        Raises UserError when none is left.
        """
        return logits_side(self.receptive_field, side)
