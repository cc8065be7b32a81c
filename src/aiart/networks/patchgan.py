"""The PatchGAN discriminator of Pix2Pix and CycleGAN."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from aiart.networks.convolutions import HalvingConv2D, convolution, padded
from aiart.networks.normalization import Norm, normalise

# Strided layers by the receptive field that they give with the two layers of stride 1 that follow; 1 stands for
# the PixelGAN of 1 × 1 convolutions. (Isola et al. 2017, §6.1.2, say stride 2 throughout, which would give 94 px;
# their code has stride 1 in the last two layers, and 70.)
STRIDED_LAYERS = {1: 0, 16: 1, 34: 2, 70: 3, 142: 4, 286: 5}
SLOPE = 0.2


class PatchGAN(keras.Model):
    """C64-C128-C256-C512 and a last layer of one channel, of 4 × 4 convolutions with zero padding of 1; the first
    and the last are not normalised. Each logit judges one patch (`NLayerDiscriminator` and `PixelDiscriminator` in
    networks.py of the authors' code)."""

    def __init__(
        self,
        receptive_field: int = 70,
        *,
        channels: int,
        width: int = 64,
        norm: Norm,
        seed: int,
        dtype: str = "float32",
    ):
        """channels: of what is judged, 3 or 6. dtype: a Keras policy, as in `UNet`."""
        super().__init__(dtype=dtype)
        shared = {"seed": seed, "dtype": dtype}
        strided = STRIDED_LAYERS[receptive_field]
        # Of each layer: kernel, stride, channels.
        shapes = [(4, 2, min(2**level, 8) * width) for level in range(strided)]
        shapes += [(4, 1, min(2**strided, 8) * width), (4, 1, 1)]
        if not strided:
            shapes = [(1, 1, width), (1, 1, 2 * width), (1, 1, 1)]
        self.shapes = tuple(shapes)
        self.convolutions, self.norms = [], []
        before = channels
        for number, (kernel, stride, after) in enumerate(shapes):
            normed = 0 < number < len(shapes) - 1
            kind = HalvingConv2D if stride == 2 else keras.layers.Conv2D
            bias = norm.bias or not normed
            self.convolutions.append(
                convolution(f"judge_{number}", before, after, kernel, bias=bias, kind=kind, **shared)
            )
            self.norms.append(norm.layer(f"judge_{number}_norm", after, **shared) if normed else None)
            before = after
        self.built = True

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """x (N, H, W, channels) in −1..1 → logits, float32 (N, h, w, 1)."""
        for number, (layer, norm) in enumerate(zip(self.convolutions, self.norms, strict=True)):
            kernel, stride, _ = self.shapes[number]
            if number:
                x = tf.nn.leaky_relu(x, SLOPE)
            x = layer(padded(x, 1, "CONSTANT") if kernel == 4 and stride == 1 else x)
            x = normalise(norm, x, training=training)
        return tf.cast(x, tf.float32)

    def logits_side(self, side: int) -> int:
        """Side of the logits for pictures of `side` px; below 1 there is nothing to judge by."""
        for kernel, stride, _ in self.shapes:
            side = side // 2 if stride == 2 else side + 2 * (kernel == 4) - kernel + 1
        return side


def receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    """Side in pixels of what one output sees, for layers of (kernel, stride) from first to last."""
    field = 1
    for kernel, stride in reversed(layers):
        field = field * stride + kernel - stride
    return field
