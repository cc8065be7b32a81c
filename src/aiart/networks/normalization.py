"""Instance and batch normalisation by TensorFlow's fused batch-norm kernel.

`keras.layers.GroupNormalization(groups=-1)` and `keras.layers.BatchNormalization` give the same numbers, but
put them together from several operations, which takes 1.5 to 3 times as long forward and backward.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import keras
import tensorflow as tf

from aiart.networks.convolutions import Initial, layer_seed


@dataclass(frozen=True)
class Norm:
    """Which normalisation layers a network has.

    epsilon: added to the variance; 1e-3 in tensorflow-addons, 1e-5 in Torch and PyTorch. affine: whether a scale
    and an offset are learned. momentum: weight of the past in the running statistics of batch norm; 0.9 is
    Torch's momentum of 0.1.
    """

    kind: Literal["instance", "batch", "none"]
    epsilon: float
    affine: bool
    momentum: float

    def layer(self, name: str, channels: int, *, seed: int, dtype: str = "float32") -> keras.layers.Layer | None:
        """A built layer for (N, H, W, channels), or None where nothing is to be normalised.

        Scales begin at N(1, 0.02) and offsets at 0 with any epsilon, as `weights_init` of both papers' Torch code
        has it for either kind. (tensorflow-addons begins its scales at 1.)
        """
        if self.kind == "none":
            return None
        initial = keras.initializers.RandomNormal(1.0, 0.02, seed=layer_seed(seed, name)) if self.affine else "ones"
        shared = {"epsilon": self.epsilon, "scale": self.affine, "center": self.affine, "gamma_initializer": initial}
        if self.kind == "batch":
            layer = BatchNorm(momentum=self.momentum, name=name, dtype=dtype, **shared)
        else:
            layer = InstanceNorm(name=name, dtype=dtype, **shared)
        layer.build((None, None, None, channels))
        return layer

    @property
    def bias(self) -> bool:
        """Whether convolutions have a bias, apart from those that always have one.

        The authors' PyTorch code leaves it out with batch norm, whose offset does the same, and keeps it with
        instance norm, which takes it away again. So does this, so that the number of parameters is the published
        one.
        """
        return self.kind != "batch"

    @property
    def initial(self) -> Initial:
        """First weights of convolutions: those of both papers, which lean on the norm behind them; without any, those
        under which signals neither fade nor grow from layer to layer."""
        return "he" if self.kind == "none" else "normal"

    @property
    def initial_of_branch(self) -> Initial:
        """First weights of the last convolution of a residual block: without norm the block begins as the identity
        (Zhang et al. 2019, "Fixup")."""
        return "zeros" if self.kind == "none" else "normal"


class Borrowed:
    """Means and variances of all norms of a network in one pass, by which other passes normalise in place of their own:
    those of a reduced copy of a picture that is too large to be seen at once, for its parts (Chen et al. 2022,
    "Towards Ultra-Resolution Neural Style Transfer via Thumbnail Instance Normalization", arXiv:2103.11784).

    The first pass notes its own; after `lend`, every pass uses these. Of one picture at a time, outside of graphs.
    """

    def __init__(self):
        self.noted: list[tuple[tf.Tensor, tf.Tensor]] = []
        self.lent: Iterator[tuple[tf.Tensor, tf.Tensor]] | None = None

    def lend(self) -> Borrowed:
        """Begin a pass that uses what was noted; returns itself."""
        self.lent = iter(self.noted)
        return self

    def standardise(self, x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, epsilon: float) -> tf.Tensor:
        if self.lent is not None:
            mean, variance = next(self.lent)
            return _fused(x, gamma, beta, epsilon, is_training=False, mean=mean, variance=variance)[0]
        y, mean, unbiased = _standardise(x, gamma, beta, epsilon)
        positions = x.shape[0] * x.shape[1] * x.shape[2]
        self.noted.append((mean, unbiased * ((positions - 1) / positions)))
        return y


class InstanceNorm(keras.layers.Layer):
    """Normalise each channel of each picture to mean 0 and variance 1 (Ulyanov et al. 2016, arXiv:1607.08022).

    Input and output (N, H, W, C), float32 or bfloat16; statistics, scale and offset are float32. The fused kernel
    normalises over a batch, and a batch of one is an instance. At a batch of 2, one call per picture takes 0.7 to
    0.8 of the time of one call on all pictures side by side in the channel axis, which stays for graphs that do
    not know the size of their batch.
    """

    def __init__(
        self, *, epsilon: float = 1e-3, center: bool = True, scale: bool = True, gamma_initializer="ones", **kw
    ):
        super().__init__(**kw)
        self.epsilon, self.center, self.scale = epsilon, center, scale
        self.gamma_initializer = keras.initializers.get(gamma_initializer)

    def build(self, shape):
        self.channels = shape[-1]
        add = {"shape": (self.channels,), "autocast": False}
        self.gamma = self.add_weight(name="gamma", initializer=self.gamma_initializer, **add) if self.scale else None
        self.beta = self.add_weight(name="beta", initializer="zeros", **add) if self.center else None

    def call(self, x):
        gamma, beta = _scale_and_offset(self, self.channels)
        pictures = x.shape[0]
        if pictures == 1:
            return _standardise(x, gamma, beta, self.epsilon)[0]
        if pictures is not None:
            each = [_standardise(picture, gamma, beta, self.epsilon)[0] for picture in tf.split(x, pictures)]
            return tf.concat(each, axis=0)
        pictures, height, width, channels = tf.unstack(tf.shape(x))
        aside = tf.reshape(tf.transpose(x, (1, 2, 0, 3)), (1, height, width, pictures * channels))
        aside = _standardise(aside, tf.tile(gamma, [pictures]), tf.tile(beta, [pictures]), self.epsilon)[0]
        y = tf.transpose(tf.reshape(aside, (height, width, pictures, channels)), (2, 0, 1, 3))
        return tf.ensure_shape(y, x.shape)


class BatchNorm(keras.layers.BatchNormalization):
    """Keras's batch normalisation, with what `training` means in the papers' code.

    There the batch's own statistics normalise at test as well: with a batch of one, running statistics make grey
    blotches. training=True only adds that the running statistics move (towards the unbiased variance, as in
    Torch), so that looking at pictures leaves no trace in a model. running_statistics=True normalises by those.
    Several devices normalise and keep statistics each for itself; a saved model has the first one's, as in Torch.
    """

    def build(self, shape):
        super().build(shape)
        self.channels = shape[-1]

    def call(self, x, training=False, running_statistics=False):
        gamma, beta = _scale_and_offset(self, self.channels)
        if running_statistics:
            running = {"mean": tf.convert_to_tensor(self.moving_mean)}
            running["variance"] = tf.convert_to_tensor(self.moving_variance)
            return _fused(x, gamma, beta, self.epsilon, is_training=False, **running)[0]
        y, mean, variance = _standardise(x, gamma, beta, self.epsilon)
        if training:
            for running, found in ((self.moving_mean, mean), (self.moving_variance, variance)):
                running.assign(running * self.momentum + found * (1 - self.momentum))
        return y


def normalise(
    layer: keras.layers.Layer | None,
    x: tf.Tensor,
    training: bool = False,
    running_statistics: bool = False,
    borrowed: Borrowed | None = None,
) -> tf.Tensor:
    """x through a layer of `Norm.layer`; by statistics that are `borrowed` where there are such."""
    if layer is None:
        return x
    if borrowed is not None:
        return borrowed.standardise(x, *_scale_and_offset(layer, layer.channels), layer.epsilon)
    if isinstance(layer, BatchNorm):
        return layer(x, training=training, running_statistics=running_statistics)
    return layer(x)


def _scale_and_offset(layer: InstanceNorm | BatchNorm, channels: int) -> tuple[tf.Tensor, tf.Tensor]:
    gamma = tf.ones(channels) if layer.gamma is None else tf.convert_to_tensor(layer.gamma)
    beta = tf.zeros(channels) if layer.beta is None else tf.convert_to_tensor(layer.beta)
    return gamma, beta


def _standardise(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: float) -> tuple:
    """x normalised over all axes but the last, its mean and its unbiased variance."""
    nothing = tf.zeros(0)
    return _fused(x, scale, offset, epsilon, is_training=True, mean=nothing, variance=nothing)[:3]


def _fused(x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor, epsilon: float, **options) -> tuple:
    # The raw operation, because the wrapper in `tf.nn` silently raises an epsilon of 1e-5 to 1.001e-5.
    return tf.raw_ops.FusedBatchNormV3(x=x, scale=scale, offset=offset, epsilon=epsilon, **options)
