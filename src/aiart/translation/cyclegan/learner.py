"""CycleGAN: two generators, two discriminators, two image pools, one fused step."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from aiart.datasets.photographs import load_photograph
from aiart.images import resize_exact
from aiart.networks.feature_discriminator import FeatureDiscriminator
from aiart.networks.resnet import ResNetGenerator
from aiart.params.cyclegan import CycleGAN
from aiart.params.feature_networks import NETWORKS
from aiart.translation import losses
from aiart.translation.adam import Adam
from aiart.translation.architecture import OURS, Architecture
from aiart.translation.averaging import update_average
from aiart.translation.build import build_discriminator, generator_options
from aiart.translation.checkpoint import network_state
from aiart.translation.cyclegan.pool import ImagePool
from aiart.translation.frozen import load_frozen
from aiart.translation.sliced_wasserstein import project, sliced_distance
from aiart.translation.value_range import to_network

# Photographs whose features are brought to mean 0 and deviation 1 for a discriminator that sees features.
SEEN_FIRST = ("astronaut", "chelsea", "coffee", "rocket")


def build_generator(settings: CycleGAN, seed: int, architecture: Architecture = OURS) -> keras.Model:
    """A residual network with fresh weights derived from `seed`."""
    return ResNetGenerator(
        blocks=settings.residual_blocks,
        downsamplings=settings.downsamplings,
        identity_start=settings.identity_start,
        padding=architecture.padding,
        **generator_options(settings, seed),
    )


def build_learner(settings: CycleGAN, seed: int, weights: str | Path | None = None) -> CycleGANLearner:
    """Generators, discriminators and image pools with fresh weights, and their step. weights: see `load_frozen`."""
    return CycleGANLearner(settings, seed, weights)


def _build_judges(settings: CycleGAN, seed: int, weights: str | Path | None) -> list[keras.Model]:
    """The discriminators of a and of b."""
    seeds = (seed, seed + 1)
    if settings.discriminator == "patchgan":
        return [build_discriminator(settings, channels=3, seed=seed) for seed in seeds]
    frozen = load_frozen(settings, weights)
    strides = {layer.name: layer.stride for layer in NETWORKS[settings.feature_network].layers}
    options = {"strides": [strides[layer] for layer in settings.loss_layers], "width": settings.discriminator_width}
    side = settings.image_side
    pictures = to_network(np.stack([resize_exact(load_photograph(name), side, side) for name in SEEN_FIRST]))
    return [FeatureDiscriminator(frozen, pictures=pictures, **options, seed=seed) for seed in seeds]


class CycleGANLearner:
    """The networks of one training and their step (Zhu et al. 2017).

    `to_b` translates a → b and `to_a` b → a; `judge_a` and `judge_b` tell real from made in each domain. `average_b`
    and `average_a` are the averages of both generators, where there are any, else these themselves.
    Created under the distribution strategy that the step runs in.
    """

    loss_names = CycleGAN.loss_names

    def __init__(self, settings: CycleGAN, seed: int, weights: str | Path | None = None):
        self.settings, self.seed = settings, seed
        self.to_b, self.to_a = (build_generator(settings, seed + i) for i in (0, 1))
        self.average_b, self.average_a = self.to_b, self.to_a
        if settings.generator_average:
            self.average_b, self.average_a = (build_generator(settings, seed + i) for i in (0, 1))
        self.judge_a, self.judge_b = _build_judges(settings, seed + 2, weights)
        self.pool_a, self.pool_b = (ImagePool(settings.pool_capacity, settings.image_side, seed + i) for i in (4, 5))
        made_by = self.to_b.trainable_variables + self.to_a.trainable_variables
        judged_by = self.judge_a.trainable_variables + self.judge_b.trainable_variables
        # One optimiser over both networks is two optimisers, since Adam knows nothing but single weights.
        self.generator_adam = Adam(made_by, settings.beta_1, settings.beta_2)
        self.discriminator_adam = Adam(judged_by, settings.beta_1, settings.beta_2)

    def step(self, a: tf.Tensor, b: tf.Tensor, index: tf.Tensor, rates: tf.Tensor, number: tf.Tensor) -> tf.Tensor:
        """One update of all four networks; the losses in the order of `loss_names`, float32 (10,).

        a, b: (N, S, S, 3) in −1..1. index: int32 (N,), the pictures' running numbers. rates: float32 (2,), the
        learning rates of generators and discriminators. number: int64, of the step.

        Each fake, cycle and identity is computed once and shared by all losses (6 passes through generators, 6
        through discriminators, 4 without pools, one gradient call for each pair): both learn from the same passes,
        where the authors' code updates the generators first.
        """
        s = self.settings
        with tf.GradientTape(persistent=True) as tape:
            fake_b, same_b = self._with_identity(self.to_b, a, b)
            fake_a, same_a = self._with_identity(self.to_a, b, a)
            # Both cycles reach both generators: to_a(to_b(a)) teaches to_b as well.
            cycle_a = losses.l1(self.to_a(fake_b, training=True), a)
            cycle_b = losses.l1(self.to_b(fake_a, training=True), b)
            identity_a, identity_b = losses.l1(same_a, a), losses.l1(same_b, b)
            logits_b, logits_a = self.judge_b(fake_b, training=True), self.judge_a(fake_a, training=True)
            gan_to_b, gan_to_a = (losses.generator_loss(s.gan_loss, logits) for logits in (logits_b, logits_a))
            generators = (
                gan_to_b
                + gan_to_a
                + s.lambda_a * cycle_a
                + s.lambda_b * cycle_b
                + s.lambda_identity * (s.lambda_a * identity_a + s.lambda_b * identity_b)
            )
            judged_a, right_a = self._discriminator_loss(self.judge_a, a, fake_a, logits_a, self.pool_a, index)
            judged_b, right_b = self._discriminator_loss(self.judge_b, b, fake_b, logits_b, self.pool_b, index)
            discriminators = judged_a + judged_b
        generator_gradients = tape.gradient(generators, self.generator_adam.variables)
        discriminator_gradients = tape.gradient(discriminators, self.discriminator_adam.variables)
        self.generator_adam.apply(generator_gradients, rates[0], number)
        self.discriminator_adam.apply(discriminator_gradients, rates[1], number)
        if s.generator_average:
            for average, network in ((self.average_b, self.to_b), (self.average_a, self.to_a)):
                update_average(average, network, s.generator_average, number)
        right = 0.5 * (right_a + right_b)
        return tf.stack(
            [generators, gan_to_b, gan_to_a, cycle_a, cycle_b, identity_a, identity_b, judged_a, judged_b, right]
        )

    def _with_identity(self, generator: keras.Model, source: tf.Tensor, target: tf.Tensor) -> tuple:
        """Translation of the source, and what the generator makes of its own target domain."""
        if self.settings.lambda_identity == 0:
            return generator(source, training=True), target
        if self.settings.norm == "batch":
            return generator(source, training=True), generator(target, training=True)
        # Pictures do not meet in any layer, so that one pass over both gives the same, a little faster.
        made = generator(tf.concat([source, target], axis=0), training=True)
        return tuple(tf.split(made, 2, axis=0))

    def _discriminator_loss(
        self,
        judge: keras.Model,
        real: tf.Tensor,
        fake: tf.Tensor,
        fake_logits: tf.Tensor | list[tf.Tensor],
        pool: ImagePool,
        index: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        s = self.settings
        shown = tf.stop_gradient(fake)
        if s.pool_capacity:
            shown = pool.exchange(shown, index)
            fake_logits = judge(shown, training=True)
        real_logits = judge(real, training=True)
        loss = losses.discriminator_loss(s.gan_loss, real_logits, fake_logits)
        if s.gan_loss == "wgan_gp":
            seeds = tf.unstack(tf.stack([tf.fill(tf.shape(index), self.seed + 6), index], axis=1))
            mix = tf.stack([tf.random.stateless_uniform((1, 1, 1), seed) for seed in seeds])
            loss += s.gradient_penalty_weight * losses.gradient_penalty(judge, real, shown, mix)
        return loss, losses.accuracy(s.gan_loss, real_logits, fake_logits)

    def generators(self) -> dict[str, keras.Model]:
        """The trained networks by the direction in which they translate."""
        return {"a_to_b": self.average_b, "b_to_a": self.average_a}

    def state(self) -> dict[str, tf.Variable]:
        """Every variable that a resumed training needs, by name; pools included."""
        networks = {"to_b": self.to_b, "to_a": self.to_a, "judge_a": self.judge_a, "judge_b": self.judge_b}
        if self.settings.generator_average:
            networks |= {"average_b": self.average_b, "average_a": self.average_a}
        adams = {"generators": self.generator_adam, "discriminators": self.discriminator_adam}
        state = network_state(networks, adams)
        for name, pool in {"pool_a": self.pool_a, "pool_b": self.pool_b}.items():
            state |= {f"{name}/pictures": pool.pictures, f"{name}/filled": pool.filled}
        return state

    def samples(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Translations of held-out pictures, (2n, S, S, 3) in −1..1: all of a, then all of b."""
        return np.concatenate([_each(self._forward_b, a), _each(self._forward_a, b)])

    def score(self, a: np.ndarray, b: np.ndarray) -> float:
        """Mean sliced Wasserstein distance of both translations from their target domain: what the best checkpoint is
        chosen by. A copy has a perfect cycle, but is as far from its target as what it was made from."""
        count = min(len(a), len(b))
        a, b = a[:count], b[:count]
        made = [(_each(self._forward_b, a), b), (_each(self._forward_a, b), a)]
        return float(np.mean([sliced_distance(project(fake), project(real)) for fake, real in made]))

    @tf.function(reduce_retracing=True)
    def _forward_b(self, pictures: tf.Tensor) -> tf.Tensor:
        return self.average_b(pictures)

    @tf.function(reduce_retracing=True)
    def _forward_a(self, pictures: tf.Tensor) -> tf.Tensor:
        return self.average_a(pictures)


def _each(network, pictures: np.ndarray) -> np.ndarray:
    """One by one, which keeps the memory small and the numbers those of batch 1."""
    return np.concatenate([network(tf.constant(pictures[i : i + 1])).numpy() for i in range(len(pictures))])
