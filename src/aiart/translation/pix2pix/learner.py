"""Pix2Pix: one generator, one discriminator that sees source and target together, one fused step."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from aiart.networks.unet import UNet
from aiart.params.pix2pix import Pix2Pix
from aiart.translation import losses
from aiart.translation.adam import Adam
from aiart.translation.architecture import OURS, Architecture
from aiart.translation.averaging import update_average
from aiart.translation.build import build_discriminator, generator_options
from aiart.translation.checkpoint import network_state
from aiart.translation.frozen import load_frozen, perceptual_loss


def build_generator(settings: Pix2Pix, seed: int, architecture: Architecture = OURS) -> keras.Model:
    """A U-Net with fresh weights derived from `seed`."""
    options = {"dropout": settings.dropout, "dropout_layers": architecture.dropout_layers}
    return UNet(settings.image_side, **options, **generator_options(settings, seed))


def build_learner(settings: Pix2Pix, seed: int, weights: str | Path | None = None) -> Pix2PixLearner:
    """Generator and discriminator with fresh weights, and their step. weights: see `load_frozen`."""
    return Pix2PixLearner(settings, seed, weights)


class Pix2PixLearner:
    """The networks of one training and their step (Isola et al. 2017).

    `average` is the average of the generator, where there is one, else itself. Created under the distribution strategy
    that the step runs in.
    """

    loss_names = Pix2Pix.loss_names

    def __init__(self, settings: Pix2Pix, seed: int, weights: str | Path | None = None):
        self.settings, self.seed = settings, seed
        self.frozen = load_frozen(settings, weights) if settings.frozen_network else None
        self.generator = build_generator(settings, seed)
        self.average = build_generator(settings, seed) if settings.generator_average else self.generator
        self.discriminator = build_discriminator(settings, channels=6, seed=seed + 1)
        self.generator_adam = Adam(self.generator.trainable_variables, settings.beta_1, settings.beta_2)
        self.discriminator_adam = Adam(self.discriminator.trainable_variables, settings.beta_1, settings.beta_2)

    def step(
        self, source: tf.Tensor, target: tf.Tensor, index: tf.Tensor, rates: tf.Tensor, number: tf.Tensor
    ) -> tf.Tensor:
        """One update of both networks; the losses in the order of `loss_names`, float32 (6,).

        source, target: (N, S, S, 3) in −1..1. index: int32 (N,), the pictures' running numbers. rates: float32
        (2,), the learning rates of generator and discriminator. number: int64, of the step.

        Three network passes besides the generator's own: D on the true pair, and D on the made pair once,
        shared by both losses. With `discriminator_first` the second loss takes another, through the updated D.
        """
        s = self.settings
        with tf.GradientTape(persistent=True) as tape:
            fake = self.generator(source, self._noise(index), training=True)
            real_logits = self._judge(source, target)
            fake_logits = self._judge(source, fake)
            discriminator_loss = losses.discriminator_loss(s.gan_loss, real_logits, fake_logits)
            if s.gan_loss == "wgan_gp":
                mix = self._uniform(index)[:, None, None, None]
                penalty = losses.gradient_penalty(lambda x: self._judge(source, x), target, fake, mix)
                discriminator_loss += s.gradient_penalty_weight * penalty
            with tape.stop_recording():
                gradients = tape.gradient(discriminator_loss, self.discriminator_adam.variables)
            if s.update == "discriminator_first":
                with tape.stop_recording():
                    self.discriminator_adam.apply(gradients, rates[1], number)
                judged = self._judge(source, fake)
            else:
                judged = fake_logits
            gan_loss = losses.generator_loss(s.gan_loss, judged)
            l1_loss = losses.l1(fake, target)
            perceptual = perceptual_loss(self.frozen, fake, target) if self.frozen else tf.zeros(())
            generator_loss = s.gan_weight * gan_loss + s.lambda_l1 * l1_loss + s.lambda_perceptual * perceptual
        generator_gradients = tape.gradient(generator_loss, self.generator_adam.variables)
        if s.update == "simultaneous":
            self.discriminator_adam.apply(gradients, rates[1], number)
        self.generator_adam.apply(generator_gradients, rates[0], number)
        if s.generator_average:
            update_average(self.average, self.generator, s.generator_average, number)
        right = losses.accuracy(s.gan_loss, real_logits, fake_logits)
        return tf.stack([generator_loss, gan_loss, l1_loss, perceptual, discriminator_loss, right])

    def _judge(self, source: tf.Tensor, picture: tf.Tensor) -> tf.Tensor:
        # Joined on the channel axis: the discriminator must see which source a picture belongs to.
        return self.discriminator(tf.concat([source, picture], axis=-1), training=True)

    def _noise(self, index: tf.Tensor) -> tf.Tensor:
        """Seeds of the dropout masks, int32 (N, 2): of each picture, however a batch is spread over devices."""
        return tf.stack([tf.fill(tf.shape(index), self.seed), index], axis=1)

    def _uniform(self, index: tf.Tensor) -> tf.Tensor:
        seeds = tf.unstack(self._noise(index) + tf.constant([[1, 0]]))
        return tf.stack([tf.random.stateless_uniform((), seed) for seed in seeds])

    def generators(self) -> dict[str, keras.Model]:
        """The trained networks by the direction in which they translate."""
        return {self.settings.direction: self.average}

    def state(self) -> dict[str, tf.Variable]:
        """Every variable that a resumed training needs, by name."""
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        if self.settings.generator_average:
            networks["average"] = self.average
        return network_state(networks, {"generator": self.generator_adam, "discriminator": self.discriminator_adam})

    def samples(self, source: np.ndarray, target: np.ndarray) -> np.ndarray:
        """Translations of held-out sources, (n, S, S, 3) in −1..1, with equal dropout every time."""
        return np.concatenate([self._translate(source[i : i + 1], i) for i in range(len(source))])

    def score(self, source: np.ndarray, target: np.ndarray) -> float:
        """Mean L1 to the true pictures, in −1..1: what the best checkpoint is chosen by."""
        return float(np.mean(np.abs(self.samples(source, target) - target), dtype=np.float64))

    def _translate(self, source: np.ndarray, number: int) -> np.ndarray:
        noise = tf.constant([[self.seed, -1 - number]], tf.int32)
        return self._forward(tf.constant(source), noise).numpy()

    @tf.function(reduce_retracing=True)
    def _forward(self, source: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
        return self.average(source, noise)
