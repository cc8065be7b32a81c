"""U-Net, residual generator and PatchGAN: sizes, normalisation, dropout, receptive fields."""

import numpy as np
import pytest
import tensorflow as tf

from aiart.networks.convolutions import DoublingConv2D, HalvingConv2D, convolution
from aiart.networks.normalization import InstanceNorm, Norm
from aiart.networks.patchgan import STRIDED_LAYERS, PatchGAN, receptive_field
from aiart.networks.resnet import ResNetGenerator
from aiart.networks.unet import UNet

BATCH = Norm("batch", 1e-5, True, 0.9)
INSTANCE = Norm("instance", 1e-3, True, 0.9)
PLAIN = Norm("instance", 1e-5, False, 0.9)
NONE = Norm("none", 1e-5, False, 0.9)


def pictures(n, side, seed=1):
    return tf.constant(np.random.default_rng(seed).uniform(-1, 1, (n, side, side, 3)), tf.float32)


def trainable(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_variables)


# Numbers of parameters as printed by the authors' PyTorch code: unet_256 54.414 M and resnet_9blocks 11.378 M, basic
# discriminator 2.769 M (6 channels) and 2.765 M (3 channels), all in the norm that each paper's preset has there.
def test_the_u_net_has_the_published_number_of_parameters():
    assert trainable(UNet(256, norm=BATCH, seed=1)) == 54_413_955
    # Instance norm as in tensorflow-addons has scale and offset too, and biases before it that it takes away.
    kernels_and_norms = 54_413_955
    biases = (64 + 128 + 256 + 5 * 512) + (4 * 512 + 256 + 128 + 64)
    assert trainable(UNet(256, norm=INSTANCE, seed=1)) - kernels_and_norms == biases


def test_the_residual_generators_have_the_published_number_of_parameters():
    assert trainable(ResNetGenerator(blocks=9, norm=PLAIN, seed=1)) == 11_378_179
    assert trainable(ResNetGenerator(blocks=6, norm=PLAIN, seed=1)) == 7_837_699


def test_the_patchgans_have_the_published_number_of_parameters():
    assert trainable(PatchGAN(70, channels=6, norm=BATCH, seed=1)) == 2_768_705
    assert trainable(PatchGAN(70, channels=3, norm=PLAIN, seed=1)) == 2_764_737


@pytest.mark.parametrize("norm", [BATCH, INSTANCE, PLAIN, NONE], ids=["batch", "instance", "plain", "none"])
@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
def test_generators_keep_the_shape_and_stay_in_range(norm, upsampling):
    for network in (
        UNet(32, width=4, upsampling=upsampling, norm=norm, seed=1),
        ResNetGenerator(width=4, blocks=2, upsampling=upsampling, norm=norm, seed=1),
    ):
        x = pictures(2, 32)
        y = network(x)
        assert y.shape == x.shape and y.dtype == tf.float32
        assert float(tf.reduce_max(tf.abs(y))) <= 1 and float(tf.math.reduce_std(y)) > 0
        wide = network(tf.concat([x, x], axis=2))
        assert wide.shape == (2, 32, 64, 3)


def test_bfloat16_computes_in_bfloat16_and_answers_in_float32():
    x = pictures(1, 32)
    for build in (
        lambda dtype: UNet(32, width=8, norm=INSTANCE, seed=1, dtype=dtype),
        lambda dtype: ResNetGenerator(width=8, blocks=1, norm=INSTANCE, seed=1, dtype=dtype),
        lambda dtype: PatchGAN(16, channels=3, width=8, norm=INSTANCE, seed=1, dtype=dtype),
    ):
        exact, coarse = build("float32"), build("mixed_bfloat16")
        assert {v.dtype for v in coarse.trainable_variables} == {"float32"}
        a, b = exact(x), coarse(x)
        assert b.dtype == tf.float32
        assert 0 < float(tf.reduce_mean(tf.abs(a - b))) < 0.2


def test_which_layers_are_normalised():
    unet = UNet(256, width=2, norm=INSTANCE, seed=1)
    assert [norm is not None for norm in unet.down_norms] == [False, True, True, True, True, True, True, False]
    assert [norm is not None for norm in unet.up_norms] == [True] * 7 + [False]
    judge = PatchGAN(70, channels=6, width=2, norm=INSTANCE, seed=1)
    assert [norm is not None for norm in judge.norms] == [False, True, True, True, False]


def test_a_normalised_bottleneck_would_forget_its_input():
    """Why the innermost layer is not normalised: at 1 × 1 instance norm gives its offset, whatever goes in."""
    layer = InstanceNorm()
    layer.build((None, None, None, 8))
    values = tf.constant(np.random.default_rng(1).normal(size=(3, 1, 1, 8)), tf.float32)
    assert float(tf.reduce_max(tf.abs(layer(values)))) < 1e-6


def test_channels_double_up_to_eight_times_the_width():
    unet = UNet(256, width=3, norm=NONE, seed=1)
    assert [layer.filters for layer in unet.down] == [3, 6, 12, 24, 24, 24, 24, 24]
    assert [layer.filters for layer in unet.up] == [24, 24, 24, 24, 12, 6, 3, 3]


def test_skips_carry_what_the_bottleneck_cannot():
    """A picture's fine detail reaches the output although the bottleneck is one position."""
    network = UNet(32, width=4, norm=NONE, seed=1)
    x = tf.Variable(pictures(1, 32))
    with tf.GradientTape() as tape:
        y = network(x)[0, 16, 16, 0]
    near = tf.abs(tape.gradient(y, x))[0]
    assert float(tf.reduce_max(near[14:18, 14:18])) > 10 * float(tf.reduce_max(near[:4, :4]))


def test_dropout_is_a_function_of_each_pictures_own_seed():
    network = UNet(32, width=4, norm=INSTANCE, seed=1)
    x = tf.repeat(pictures(1, 32), 3, axis=0)
    noise = tf.constant([[7, 1], [7, 2], [7, 1]])
    y = network(x, noise)
    assert np.array_equal(y[0], y[2]) and not np.allclose(y[0], y[1])
    np.testing.assert_allclose(network(x[1:2], noise[1:2])[0], y[1], atol=1e-5)
    assert not np.allclose(network(x), y)
    np.testing.assert_allclose(UNet(32, width=4, dropout=0, norm=INSTANCE, seed=1)(x, noise), network(x), atol=1e-6)


def test_dropout_drops_half_on_three_layers(monkeypatch):
    import aiart.networks.unet as module

    seen = []
    real = module.dropped_out

    def spy(x, rate, noise, place):
        y = real(x, rate, noise, place)
        kept = tf.cast(y != 0, tf.float32) / tf.maximum(tf.cast(x != 0, tf.float32), 1e-9)
        seen.append((place, rate, float(tf.reduce_mean(tf.boolean_mask(kept, x != 0)))))
        return y

    monkeypatch.setattr(module, "dropped_out", spy)
    UNet(64, width=32, norm=NONE, seed=1)(pictures(1, 64), tf.constant([[1, 2]]))
    assert [place for place, _, _ in seen] == [0, 1, 2]
    assert all(rate == 0.5 and 0.4 < share < 0.6 for _, rate, share in seen)


def test_equal_seeds_are_equal_weights_and_the_field_s_distribution():
    first, again, other = (UNet(32, width=16, norm=INSTANCE, seed=s) for s in (1, 1, 2))
    for a, b in zip(first.variables, again.variables, strict=True):
        assert np.array_equal(a.numpy(), b.numpy())
    assert not np.array_equal(first.down[1].kernel.numpy(), other.down[1].kernel.numpy())
    kernels = np.concatenate([layer.kernel.numpy().ravel() for layer in (*first.down, *first.up)])
    assert abs(kernels.mean()) < 1e-4 and kernels.std() == pytest.approx(0.02, rel=0.01)
    assert not np.array_equal(first.down[2].kernel.numpy(), first.down[3].kernel.numpy())


def test_looking_at_pictures_leaves_no_trace_but_training_moves_running_statistics():
    network = UNet(32, width=4, norm=BATCH, seed=1)
    before = [v.numpy() for v in network.non_trainable_variables]
    network(pictures(1, 32))
    assert all(np.array_equal(a, v.numpy()) for a, v in zip(before, network.non_trainable_variables, strict=True))
    network(pictures(1, 32), training=True)
    assert not any(np.array_equal(a, v.numpy()) for a, v in zip(before, network.non_trainable_variables, strict=True))


@pytest.mark.parametrize("side", [2, 4, 8])
def test_the_matrix_products_at_small_sizes_are_the_convolutions(side):
    """Few positions take another way through the layer than many; unknown sizes take the long one."""
    x = tf.constant(np.random.default_rng(1).normal(size=(1, side, side, 6)), tf.float32)
    anything = [tf.TensorSpec((None, None, None, 6))]
    for kind in (HalvingConv2D, DoublingConv2D):
        layer = convolution("layer", 6, 5, 4, seed=1, dtype="float32", bias=True, kind=kind)
        layer.bias.assign(tf.range(5, dtype=tf.float32))
        np.testing.assert_allclose(layer(x), tf.function(layer, input_signature=anything)(x), atol=1e-5)


# PatchGAN


@pytest.mark.parametrize(("field", "strided"), STRIDED_LAYERS.items())
def test_receptive_fields_are_the_named_ones(field, strided):
    judge = PatchGAN(field, channels=3, width=1, norm=NONE, seed=1)
    assert receptive_field([(kernel, stride) for kernel, stride, _ in judge.shapes]) == field
    assert sum(stride == 2 for _, stride, _ in judge.shapes) == strided


def test_stride_two_throughout_would_see_94_pixels():
    assert receptive_field([(4, 2)] * 4 + [(4, 1)]) == 94


@pytest.mark.parametrize("field", [1, 16, 70])
def test_one_logit_depends_on_exactly_its_patch(field):
    judge = PatchGAN(field, channels=3, width=4, norm=NONE, seed=1)
    x = tf.Variable(pictures(1, 160))
    with tf.GradientTape() as tape:
        logits = judge(x)
        middle = logits.shape[1] // 2
        one = logits[0, middle, middle, 0]
    touched = np.argwhere(np.abs(tape.gradient(one, x).numpy()[0]).sum(-1) > 0)
    assert (touched.max(0) - touched.min(0) + 1).tolist() == [field, field]


@pytest.mark.parametrize(("field", "side", "logits"), [(70, 256, 30), (70, 128, 14), (16, 64, 30), (1, 32, 32)])
def test_logits(field, side, logits):
    judge = PatchGAN(field, channels=6, width=2, norm=INSTANCE, seed=1)
    assert judge.logits_side(side) == logits
    assert judge(tf.concat([pictures(1, side)] * 2, -1)).shape == (1, logits, logits, 1)


def test_a_pixel_gan_looks_at_single_pixels():
    judge = PatchGAN(1, channels=3, width=4, norm=NONE, seed=1)
    x = pictures(1, 16)
    assert np.allclose(judge(x[:, ::-1]), judge(x)[:, ::-1])


# Instance norm


def reference(x, epsilon):
    x = np.asarray(x, np.float64)
    mean, variance = x.mean((1, 2), keepdims=True), x.var((1, 2), keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


@pytest.mark.parametrize("epsilon", [1e-3, 1e-5])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_instance_norm_is_each_channel_of_each_picture_on_its_own(n, epsilon):
    x = np.random.default_rng(1).normal(3, 2, (n, 9, 7, 5)).astype(np.float32)
    layer = InstanceNorm(epsilon=epsilon)
    layer.build(x.shape)
    np.testing.assert_allclose(layer(tf.constant(x)), reference(x, epsilon), atol=2e-5)


def test_instance_norm_is_kerass_group_norm_with_one_channel_a_group():
    import keras

    x = np.random.default_rng(1).normal(1, 0.1, (2, 8, 8, 4)).astype(np.float32)
    scale, offset = np.float32([1, 2, 3, 4]), np.float32([0, 1, 0, -1])
    ours, theirs = InstanceNorm(epsilon=1e-3), keras.layers.GroupNormalization(groups=-1, epsilon=1e-3)
    for layer in (ours, theirs):
        layer.build(x.shape)
        layer.gamma.assign(scale)
        layer.beta.assign(offset)
    np.testing.assert_allclose(ours(x), theirs(x), atol=3e-5)


def test_instance_norm_of_unknown_batch_and_size():
    layer = InstanceNorm(epsilon=1e-5)
    layer.build((None, None, None, 3))
    function = tf.function(layer, input_signature=[tf.TensorSpec((None, None, None, 3))])
    x = np.random.default_rng(1).normal(size=(3, 6, 4, 3)).astype(np.float32)
    np.testing.assert_allclose(function(tf.constant(x)), reference(x, 1e-5), atol=2e-5)


def test_second_derivatives_exist_for_the_gradient_penalty():
    judge = PatchGAN(16, channels=3, width=4, norm=INSTANCE, seed=1)
    x = pictures(1, 32)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            value = tf.reduce_sum(judge(x))
        slope = inner.gradient(value, x)
        penalty = tf.reduce_mean(tf.square(slope))
    gradients = outer.gradient(penalty, judge.convolutions[0].kernel)
    assert float(tf.reduce_max(tf.abs(gradients))) > 0
