"""Training steps as tutorials write them: what `benchmarks/training_step.py` compares with.

Written after the structure of TensorFlow's pix2pix and CycleGAN tutorials: Keras layers throughout, one Keras Adam
for each network, one gradient call for each network. Widths, depths and losses are those of our settings, so that
both compute the same thing.
"""

from __future__ import annotations

import math

import keras
import tensorflow as tf
from keras import layers


def block_down(filters, norm=True):
    steps = [layers.Conv2D(filters, 4, 2, "same", use_bias=False)]
    steps += [layers.GroupNormalization(groups=-1)] if norm else []
    return keras.Sequential([*steps, layers.LeakyReLU(0.2)])


def block_up(filters, dropout=False):
    steps = [layers.Conv2DTranspose(filters, 4, 2, "same", use_bias=False), layers.GroupNormalization(groups=-1)]
    steps += [layers.Dropout(0.5)] if dropout else []
    return keras.Sequential([*steps, layers.ReLU()])


def unet(side, width=64):
    depth = int(math.log2(side))
    widths = [min(8, 2**i) * width for i in range(depth)]
    inputs = x = keras.Input((side, side, 3))
    skips = []
    for i, filters in enumerate(widths):
        x = block_down(filters, norm=0 < i < depth - 1)(x)
        skips.append(x)
    for i, (filters, skip) in enumerate(zip(widths[-2::-1], skips[-2::-1], strict=True)):
        x = layers.Concatenate()([block_up(filters, dropout=i < 3)(x), skip])
    return keras.Model(inputs, layers.Conv2DTranspose(3, 4, 2, "same", activation="tanh")(x))


def resnet(blocks, width=64):
    def normed(x, layer):
        return layers.ReLU()(layers.GroupNormalization(groups=-1)(layer(x)))

    inputs = keras.Input((None, None, 3))
    x = normed(layers.Lambda(reflect(3))(inputs), layers.Conv2D(width, 7))
    for factor in (2, 4):
        x = normed(x, layers.Conv2D(factor * width, 3, 2, "same"))
    for _ in range(blocks):
        y = normed(layers.Lambda(reflect(1))(x), layers.Conv2D(4 * width, 3))
        y = layers.GroupNormalization(groups=-1)(layers.Conv2D(4 * width, 3)(layers.Lambda(reflect(1))(y)))
        x = layers.Add()([x, y])
    for factor in (2, 1):
        x = normed(x, layers.Conv2DTranspose(factor * width, 3, 2, "same"))
    return keras.Model(inputs, layers.Conv2D(3, 7, activation="tanh")(layers.Lambda(reflect(3))(x)))


def reflect(by):
    return lambda x: tf.pad(x, [[0, 0], [by, by], [by, by], [0, 0]], mode="REFLECT")


def patchgan(channels, width=64):
    inputs = x = keras.Input((None, None, channels))
    for i in range(3):
        x = block_down(width * 2**i, norm=i > 0)(x)
    x = layers.Conv2D(8 * width, 4)(layers.ZeroPadding2D()(x))
    x = layers.LeakyReLU(0.2)(layers.GroupNormalization(groups=-1)(x))
    return keras.Model(inputs, layers.Conv2D(1, 4)(layers.ZeroPadding2D()(x)))


def adam():
    return keras.optimizers.Adam(2e-4, beta_1=0.5)


def mse(target, logits):
    return tf.reduce_mean(tf.square(logits - target))


def l1(a, b):
    return tf.reduce_mean(tf.abs(a - b))


def pix2pix_step(side):
    """A function (source, target) → losses, with networks of its own."""
    generator, discriminator = unet(side), patchgan(6)
    generator_adam, discriminator_adam = adam(), adam()

    @tf.function
    def step(source, target):
        with tf.GradientTape() as generator_tape, tf.GradientTape() as discriminator_tape:
            made = generator(source, training=True)
            real = discriminator(tf.concat([source, target], -1), training=True)
            fake = discriminator(tf.concat([source, made], -1), training=True)
            generator_loss = mse(1.0, fake) + 100 * l1(made, target)
            discriminator_loss = 0.5 * (mse(1.0, real) + mse(0.0, fake))
        gradients = generator_tape.gradient(generator_loss, generator.trainable_variables)
        generator_adam.apply_gradients(zip(gradients, generator.trainable_variables, strict=True))
        gradients = discriminator_tape.gradient(discriminator_loss, discriminator.trainable_variables)
        discriminator_adam.apply_gradients(zip(gradients, discriminator.trainable_variables, strict=True))
        return generator_loss, discriminator_loss

    return step


def cyclegan_step(side):
    """A function (a, b) → losses, with networks of its own."""
    blocks = 6 if side <= 128 else 9
    networks = [resnet(blocks), resnet(blocks), patchgan(3), patchgan(3)]
    to_b, to_a, judge_a, judge_b = networks
    adams = [adam() for _ in networks]

    @tf.function
    def step(a, b):
        with tf.GradientTape(persistent=True) as tape:
            fake_b, fake_a = to_b(a, training=True), to_a(b, training=True)
            cycled_a, cycled_b = to_a(fake_b, training=True), to_b(fake_a, training=True)
            same_a, same_b = to_a(a, training=True), to_b(b, training=True)
            real_a, real_b = judge_a(a, training=True), judge_b(b, training=True)
            judged_a, judged_b = judge_a(fake_a, training=True), judge_b(fake_b, training=True)
            cycle = l1(a, cycled_a) + l1(b, cycled_b)
            losses = [
                mse(1.0, judged_b) + 10 * cycle + 5 * l1(b, same_b),
                mse(1.0, judged_a) + 10 * cycle + 5 * l1(a, same_a),
                0.5 * (mse(1.0, real_a) + mse(0.0, judged_a)),
                0.5 * (mse(1.0, real_b) + mse(0.0, judged_b)),
            ]
        for network, optimizer, loss in zip(networks, adams, losses, strict=True):
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return losses

    return step
