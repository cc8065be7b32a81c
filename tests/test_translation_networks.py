"""The networks of Pix2Pix and CycleGAN: sizes, what they compute, and how they behave in training."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from aiart.errors import UserError
from aiart.networks import convolutions
from aiart.networks.convolutions import DoublingConv2D, HalvingConv2D, ResizeConv2D, convolution, padded
from aiart.networks.normalization import Norm
from aiart.networks.patchgan import PatchGAN, receptive_field
from aiart.networks.resnet import ResNetGenerator
from aiart.networks.unet import UNet, dropout
from aiart.params.patchgan import patchgan_layers

DOCUMENTS = Norm("instance", 1e-3, True, 0.9)
PAPER = Norm("batch", 1e-5, True, 0.9)
PYTORCH = Norm("instance", 1e-5, False, 0.9)
NONE = Norm("none", 1e-5, False, 0.9)
NOISE = tf.constant([[7, 1], [7, 2], [7, 3]], tf.int32)


def picture(*shape, seed=0):
    return tf.constant(np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32))


def parameters(network):
    return sum(int(np.prod(v.shape)) for v in network.trainable_weights)


# Parameters


def by_hand(layers, norm_channels, norm):
    """Parameters of convolutions (kernel side, channels in, channels out, always a bias), and of the norms."""
    bias = norm.kind != "batch"
    kernels = sum(k * k * before * after + (after if always or bias else 0) for k, before, after, always in layers)
    return kernels + (2 * sum(norm_channels) if norm.affine else 0)


# Published numbers are those of the authors' PyTorch code: batch norm for Pix2Pix, and for CycleGAN instance norm
# that learns nothing. Instance norm adds the biases that batch norm makes needless, `affine` a scale and an offset.
@pytest.mark.parametrize(("norm", "published"), [(PAPER, 54_413_955), (DOCUMENTS, None), (PYTORCH, None)])
def test_parameters_of_the_u_net(norm, published):
    down = [(3, 64), (64, 128), (128, 256), (256, 512), (512, 512), (512, 512), (512, 512), (512, 512)]
    up = [(512, 512), (1024, 512), (1024, 512), (1024, 512), (1024, 256), (512, 128), (256, 64)]
    layers = [(4, *channels, False) for channels in down + up] + [(4, 128, 3, True)]
    norms = [128, 256, 512, 512, 512, 512, 512, 512, 512, 512, 256, 128, 64]
    expected = by_hand(layers, norms, norm)
    assert expected == (published or expected)
    assert parameters(UNet(256, norm=norm, seed=0)) == expected


@pytest.mark.parametrize(
    ("channels", "norm", "published"), [(6, PAPER, 2_768_705), (6, DOCUMENTS, None), (3, PYTORCH, 2_764_737)]
)
def test_parameters_of_the_patchgan(channels, norm, published):
    layers = [
        (4, channels, 64, True),
        (4, 64, 128, False),
        (4, 128, 256, False),
        (4, 256, 512, False),
        (4, 512, 1, True),
    ]
    expected = by_hand(layers, [128, 256, 512], norm)
    assert expected == (published or expected)
    assert parameters(PatchGAN(70, channels=channels, norm=norm, seed=0)) == expected


@pytest.mark.parametrize(
    ("blocks", "norm", "published"), [(9, PYTORCH, 11_378_179), (6, PYTORCH, 7_837_699), (6, DOCUMENTS, None)]
)
def test_parameters_of_the_residual_generator(blocks, norm, published):
    layers = [(7, 3, 64, False), (3, 64, 128, False), (3, 128, 256, False), (3, 256, 128, False), (3, 128, 64, False)]
    layers += [(3, 256, 256, False)] * 2 * blocks + [(7, 64, 3, True)]
    expected = by_hand(layers, [64, 128, 256, 128, 64] + [256] * 2 * blocks, norm)
    assert expected == (published or expected)
    assert parameters(ResNetGenerator(blocks=blocks, norm=norm, seed=0)) == expected


# What is computed, against NumPy in double precision and with Torch's paddings


def correlate(x, kernel, bias, stride=1, pad=0, mode="constant"):
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)), mode)
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], (0, 1))[::stride, ::stride]
    return np.einsum("hwcij,ijcd->hwd", windows, kernel) + bias


def transposed(x, kernel, bias, pad, output_pad):
    """Torch's ConvTranspose2d of stride 2: pixel (i, j) is stamped at (2i, 2j) − pad."""
    (height, width, _), side = x.shape, len(kernel)
    stamped = np.zeros((2 * height + side, 2 * width + side, kernel.shape[2]))
    for i, j in np.ndindex(height, width):
        stamped[2 * i : 2 * i + side, 2 * j : 2 * j + side] += kernel @ x[i, j]
    rows, columns = (2 * (n - 1) - 2 * pad + side + output_pad for n in (height, width))
    return stamped[pad : pad + rows, pad : pad + columns] + bias


def scaled(network, norm, turn=False):
    """Random weights instead of the initial ones, which leave the picture nearly grey; and them by layer."""
    random, weights = np.random.default_rng(11), {}
    for variable in network.trainable_weights:
        layer, name = variable.path.split("/")[-2:]
        deviation = 0.3 if name == "kernel" else 0.5
        value = random.normal(1 if name == "gamma" else 0, deviation, variable.shape).astype(np.float32)
        variable.assign(value)
        weights[layer, name] = value[::-1, ::-1] if turn and name == "kernel" else value
    kernels = [layer for layer, name in weights if name == "kernel"]

    def standardised(layer, x):
        if (f"{layer}_norm", "gamma") not in weights:
            return x
        x = (x - x.mean((0, 1))) / np.sqrt(x.var((0, 1)) + norm.epsilon)
        return x * weights[f"{layer}_norm", "gamma"] + weights[f"{layer}_norm", "beta"]

    return {layer: (weights[layer, "kernel"], weights.get((layer, "bias"), 0)) for layer in kernels}, standardised


def leaky(x):
    return np.where(x > 0, x, 0.2 * x)


def relu(x):
    return np.maximum(x, 0)


@pytest.mark.parametrize("norm", [DOCUMENTS, PAPER])
@pytest.mark.parametrize("few", [0, 64])
def test_the_u_net_is_that_of_the_authors(norm, few, monkeypatch):
    """few: with and without matrix products in place of small convolutions."""
    monkeypatch.setattr(convolutions, "FEW_WHEN_HALVING", few)
    monkeypatch.setattr(convolutions, "FEW_WHEN_DOUBLING", few)
    network = UNet(16, width=3, norm=norm, seed=0)
    weights, standardised = scaled(network, norm)
    given = picture(1, 32, 16, 3)
    e1 = correlate(given[0].numpy(), *weights["encoder_1"], 2, 1)
    e2 = standardised("encoder_2", correlate(leaky(e1), *weights["encoder_2"], 2, 1))
    e3 = standardised("encoder_3", correlate(leaky(e2), *weights["encoder_3"], 2, 1))
    e4 = correlate(leaky(e3), *weights["encoder_4"], 2, 1)
    d1 = standardised("decoder_1", transposed(relu(e4), *weights["decoder_1"], 1, 0))
    d2 = standardised("decoder_2", transposed(relu(np.dstack([d1, e3])), *weights["decoder_2"], 1, 0))
    d3 = standardised("decoder_3", transposed(relu(np.dstack([d2, e2])), *weights["decoder_3"], 1, 0))
    expected = np.tanh(transposed(relu(np.dstack([d3, e1])), *weights["head"], 1, 0))
    assert expected.std() > 0.3
    np.testing.assert_allclose(network(given)[0], expected, atol=1e-4)


def test_the_residual_generator_is_that_of_the_authors_turned_by_180_degrees():
    network = ResNetGenerator(width=2, blocks=1, norm=DOCUMENTS, seed=0)
    weights, standardised = scaled(network, DOCUMENTS, turn=True)
    given = picture(1, 12, 16, 3)
    x = given[0, ::-1, ::-1].numpy()

    def through(layer, x, convolve, *paddings):
        return standardised(layer, convolve(x, *weights[layer], *paddings))

    x = relu(through("first", x, correlate, 1, 3, "reflect"))
    x = relu(through("down_1", x, correlate, 2, 1))
    x = relu(through("down_2", x, correlate, 2, 1))
    inner = relu(through("block_1_a", x, correlate, 1, 1, "reflect"))
    x = x + through("block_1_b", inner, correlate, 1, 1, "reflect")
    x = relu(through("up_2", x, transposed, 1, 1))
    x = relu(through("up_1", x, transposed, 1, 1))
    expected = np.tanh(correlate(x, *weights["head"], 1, 3, "reflect"))[::-1, ::-1]
    assert expected.std() > 0.3
    np.testing.assert_allclose(network(given)[0], expected, atol=1e-4)


@pytest.mark.parametrize("side", [36, 37])  # odd maps tell Torch's padding from `same`
def test_the_patchgan_is_that_of_the_authors(side):
    network = PatchGAN(34, channels=6, width=3, norm=DOCUMENTS, seed=0)
    weights, standardised = scaled(network, DOCUMENTS)
    given = picture(1, side, side, 6)
    x = correlate(given[0].numpy(), *weights["layer_1"], 2, 1)
    x = standardised("layer_2", correlate(leaky(x), *weights["layer_2"], 2, 1))
    x = standardised("layer_3", correlate(leaky(x), *weights["layer_3"], 1, 1))
    expected = correlate(leaky(x), *weights["layer_4"], 1, 1)
    logits = network(given)
    assert logits.shape == (1, network.logits_side(side), network.logits_side(side), 1)
    np.testing.assert_allclose(logits[0], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("kind", "kernel"), [(HalvingConv2D, 4), (DoublingConv2D, 4), (ResizeConv2D, 3)])
def test_matrix_products_are_convolutions_with_the_same_gradients(kind, kernel, monkeypatch):
    layer = convolution("c", 5, 6, kernel, kind=kind, seed=0, dtype="float32", bias=True)
    layer.bias.assign(tf.range(6, dtype=tf.float32))
    x, found = picture(2, 6, 4, 5), []
    for few in (10**6, 0):
        monkeypatch.setattr(convolutions, "FEW_WHEN_HALVING", few)
        monkeypatch.setattr(convolutions, "FEW_WHEN_DOUBLING", few)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(tf.sin(7 * y))
        found.append([y, *tape.gradient(loss, [x, layer.kernel, layer.bias.value])])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-4)


def test_resizing_repeats_every_pixel():
    layer = convolution("c", 2, 2, 3, kind=ResizeConv2D, seed=0, dtype="float32", bias=False)
    kernel = np.zeros((3, 3, 2, 2), np.float32)
    kernel[1, 1] = np.eye(2)  # the pixel itself
    layer.kernel.assign(kernel)
    x = picture(1, 3, 4, 2)
    np.testing.assert_array_equal(layer(x)[0], np.kron(x[0], np.ones((2, 2, 1), np.float32)))


@pytest.mark.parametrize("few", [0, 64])
def test_resizing_and_a_convolution_are_one_transposed_convolution_with_the_same_gradients(few, monkeypatch):
    monkeypatch.setattr(convolutions, "FEW_WHEN_DOUBLING", few)
    layer = convolution("c", 5, 6, 3, kind=ResizeConv2D, seed=0, dtype="float32", bias=True)
    layer.bias.assign(tf.range(6, dtype=tf.float32))
    x, found = picture(2, 3, 4, 5), []

    def written_out(x):
        resized = tf.repeat(tf.repeat(x, 2, axis=1), 2, axis=2)
        return tf.nn.conv2d(resized, layer.kernel.value, 1, "SAME") + layer.bias.value

    for forward in (layer, written_out):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = forward(x)
            loss = tf.reduce_sum(tf.sin(7 * y))
        found.append([y, *tape.gradient(loss, [x, layer.kernel.value, layer.bias.value])])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-4)


def test_reflection_leaves_the_border_pixel_out():
    assert padded(tf.reshape(tf.range(9), (1, 3, 3, 1)), 1)[0, 0, :, 0].numpy().tolist() == [4, 3, 4, 5, 4]


# Layers with and without norm


def test_first_innermost_and_output_layers_of_the_u_net_have_no_norm():
    network = UNet(16, width=2, norm=PAPER, seed=0)
    normed = {v.path.split("/")[0] for v in network.weights if "moving" in v.path}
    assert normed == {f"{part}_norm" for part in ("encoder_2", "encoder_3", "decoder_1", "decoder_2", "decoder_3")}


@pytest.mark.parametrize(("field", "normed"), [(1, [2]), (16, [2]), (70, [2, 3, 4]), (286, [2, 3, 4, 5, 6])])
def test_first_and_last_layers_of_the_patchgan_have_no_norm(field, normed):
    network = PatchGAN(field, width=2, norm=DOCUMENTS, seed=0)
    assert {v.path.split("/")[0] for v in network.weights if "gamma" in v.path} == {f"layer_{i}_norm" for i in normed}


def test_widths_stop_growing_at_eight_times_the_first():
    kernels = [v.shape for v in PatchGAN(286, width=2, norm=NONE, seed=0).weights if len(v.shape) == 4]
    assert [s[-1] for s in kernels] == [2, 4, 8, 16, 16, 16, 1]


# Receptive field


@pytest.mark.parametrize("field", [1, 16, 34, 70, 142, 286])
def test_receptive_field_by_rule_and_by_gradient(field):
    assert receptive_field(patchgan_layers(field)) == field
    side = max(2 * field, 96) if field < 286 else 352
    network = PatchGAN(field, width=1, norm=NONE, seed=0)
    for variable in network.weights:
        variable.assign(tf.ones_like(variable))
    x = tf.ones((1, side, side, 3))
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = network(x)
        middle = logits[0, logits.shape[1] // 2, logits.shape[2] // 2, 0]
    seen = np.flatnonzero(tape.gradient(middle, x).numpy()[0].any((1, 2)))
    assert len(seen) == seen[-1] - seen[0] + 1 == field
    assert network.logits_side(side) == logits.shape[1]


def test_stride_two_everywhere_would_see_94_pixels():
    assert receptive_field([(4, 2)] * 4 + [(4, 1)]) == 94


def test_thirty_logits_for_256_pixels_and_none_for_too_few():
    network = PatchGAN(70, width=1, norm=NONE, seed=0)
    assert network.logits_side(256) == 30
    assert network.logits_side(24) == 1
    with pytest.raises(UserError, match="receptive_field is 70, which leaves a picture of 16 px no logit"):
        network.logits_side(16)
    with pytest.raises(UserError, match=r"receptive_field is 71, but .* 1, 16, 34, 70, 142, 286"):
        PatchGAN(71, norm=NONE, seed=0)


# Sizes, ranges, types


@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
@pytest.mark.parametrize("dtype", ["float32", "mixed_bfloat16"])
def test_generators_keep_the_size_and_give_float32_in_range(upsampling, dtype):
    shared = {"width": 4, "upsampling": upsampling, "norm": DOCUMENTS, "seed": 0, "dtype": dtype}
    unet, resnet = UNet(16, **shared), ResNetGenerator(blocks=1, **shared)
    assert (unet.multiple, resnet.multiple) == (16, 4)
    for network, height, width in [(unet, 32, 48), (resnet, 20, 8)]:
        assert {v.dtype for v in network.weights} == {"float32"}
        y = network(picture(2, height, width, 3))
        assert (y.shape, y.dtype) == ((2, height, width, 3), tf.float32)
        assert np.abs(y).max() < 1
        free = tf.function(network, input_signature=[tf.TensorSpec((None, None, None, 3))])
        tolerance = 1e-5 if dtype == "float32" else 0.05
        np.testing.assert_allclose(free(picture(2, height, width, 3)), y, atol=tolerance)


def test_logits_are_float32_in_mixed_precision():
    whole, half = (PatchGAN(16, width=8, norm=DOCUMENTS, seed=0, dtype=d) for d in ("float32", "mixed_bfloat16"))
    x = picture(1, 32, 32, 3)
    assert half(x).dtype == tf.float32
    np.testing.assert_allclose(half(x), whole(x), atol=0.02)


@pytest.mark.parametrize("side", [2, 48, 100])
def test_the_u_net_needs_a_power_of_two(side):
    with pytest.raises(UserError, match=f"side is {side}.*power of two"):
        UNet(side, norm=DOCUMENTS, seed=0)


# Seeds


@pytest.mark.parametrize(
    "build",
    [
        lambda seed: UNet(16, width=4, norm=DOCUMENTS, seed=seed),
        lambda seed: ResNetGenerator(width=4, blocks=1, norm=PAPER, seed=seed),
        lambda seed: PatchGAN(16, width=4, norm=DOCUMENTS, seed=seed),
    ],
)
def test_equal_seeds_give_equal_bytes_and_layers_differ(build):
    one, same, other = build(3), build(3), build(4)
    assert [v.path for v in one.weights] == [v.path for v in same.weights]
    kernels = set()
    for a, b, c in zip(one.weights, same.weights, other.weights, strict=True):
        assert a.numpy().tobytes() == b.numpy().tobytes()
        if "kernel" in a.path:
            assert a.numpy().tobytes() != c.numpy().tobytes()
            kernels.add(a.numpy().ravel()[:4].tobytes())
    assert len(kernels) == sum("kernel" in v.path for v in one.weights)


def test_weights_begin_with_a_deviation_of_a_fiftieth_and_no_bias():
    for variable in UNet(32, width=16, norm=DOCUMENTS, seed=0).weights:
        value = variable.numpy()
        if value.ndim == 4:
            assert value.mean() == pytest.approx(0, abs=2e-3)
            assert value.std() == pytest.approx(0.02, rel=0.06)
        elif "gamma" not in variable.path:
            assert not value.any()


# Dropout


def test_a_mask_zeroes_half_and_doubles_the_rest():
    x = tf.ones((3, 40, 30, 20))
    y = dropout(x, NOISE, 0.5, 0).numpy()
    assert set(np.unique(y)) == {0, 2}
    assert y.mean() == pytest.approx(1, abs=0.02)
    assert np.unique(dropout(x, NOISE, 0.2, 0)).tolist() == [0, 1.25]
    # Other pictures and other layers have masks of their own.
    assert (y[0] == y[1]).mean() == pytest.approx(0.5, abs=0.02)
    assert (y == dropout(x, NOISE, 0.5, 1).numpy()).mean() == pytest.approx(0.5, abs=0.02)


def test_masks_do_not_depend_on_the_batch():
    x = picture(3, 8, 8, 4)
    whole = dropout(x, NOISE, 0.5, 2)
    parts = [dropout(x[i : i + 1], NOISE[i : i + 1], 0.5, 2) for i in (2, 0, 1)]
    np.testing.assert_array_equal(whole, tf.concat([parts[1], parts[2], parts[0]], axis=0))
    np.testing.assert_array_equal(whole, tf.function(dropout)(x, NOISE, 0.5, 2))


def test_the_u_net_drops_out_only_with_noise_and_on_three_layers(monkeypatch):
    network = UNet(32, width=4, norm=DOCUMENTS, seed=0)
    x = picture(3, 32, 32, 3)
    layers = []
    spied = lambda x, noise, rate, layer: layers.append((layer, x.shape[1])) or dropout(x, noise, rate, layer)  # noqa: E731
    monkeypatch.setattr("aiart.networks.unet.dropout", spied)
    still = network(x)
    assert layers == []
    noisy = network(x, NOISE)
    assert layers == [(0, 2), (1, 4), (2, 8)]
    np.testing.assert_array_equal(network(x), still)
    np.testing.assert_array_equal(network(x, NOISE), noisy)
    assert np.abs(noisy - still).max() > 1e-3
    np.testing.assert_allclose(network(x[1:2], NOISE[1:2])[0], noisy[1], atol=1e-5)
    np.testing.assert_array_equal(UNet(32, width=4, dropout=0, norm=DOCUMENTS, seed=0)(x, NOISE), still)


# Training


def test_running_statistics_move_in_training_only():
    network = UNet(16, width=4, norm=PAPER, seed=0)
    x = picture(2, 16, 16, 3)
    before = [v.numpy() for v in network.non_trainable_weights]
    still = network(x, NOISE[:2])
    np.testing.assert_array_equal([v.numpy().sum() for v in network.non_trainable_weights], [b.sum() for b in before])
    np.testing.assert_array_equal(network(x, NOISE[:2], training=True), still)
    after = [v.numpy() for v in network.non_trainable_weights]
    assert len(after) == 10
    assert all((a != b).all() for a, b in zip(after, before, strict=True))
    assert np.abs(network(x, running_statistics=True) - network(x)).max() > 1e-3


@pytest.mark.parametrize("norm", [DOCUMENTS, PAPER])
def test_the_gradient_penalty_of_the_patchgan_has_a_gradient(norm, monkeypatch):
    network = PatchGAN(16, width=4, norm=norm, seed=0)
    x = picture(2, 16, 16, 3)
    kernels = [v.value for v in network.trainable_weights if "kernel" in v.path]

    @tf.function
    def penalty_and_gradients():
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(x)
                logits = network(x)
            slope = inner.gradient(logits, x)
            penalty = tf.reduce_mean(tf.reduce_sum(slope**2, [1, 2, 3]))
        return penalty, outer.gradient(penalty, kernels)

    def elementary(x, scale, offset, epsilon):
        # Not tf.nn.moments, which stops a gradient that second derivatives need.
        mean = tf.reduce_mean(x, [0, 1, 2])
        variance = tf.reduce_mean((x - mean) ** 2, [0, 1, 2])
        return (x - mean) * tf.math.rsqrt(variance + epsilon) * scale + offset, mean, variance

    penalty, gradients = penalty_and_gradients()
    monkeypatch.setattr("aiart.networks.normalization._standardise", elementary)
    expected, expected_gradients = penalty_and_gradients.python_function()
    np.testing.assert_allclose(penalty, expected, rtol=1e-4)
    for one, other in zip(gradients, expected_gradients, strict=True):
        assert np.abs(one).max() > 1e-3
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4 * np.abs(one).max())


TWO_DEVICES = """
import numpy as np, tensorflow as tf
from aiart.networks.normalization import Norm
from aiart.networks.unet import UNet
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
x = tf.random.stateless_uniform((4, 16, 16, 3), (1, 2), -1, 1)
noise = tf.constant([[5, i] for i in range(4)], tf.int32)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
for kind in ("instance", "batch"):
    with strategy.scope():
        network = UNet(16, width=4, norm=Norm(kind, 1e-5, True, 0.9), seed=1)

    @tf.function
    def gradients(x, noise):
        with tf.GradientTape() as tape:
            y = network(x, noise, training=True)
            loss = tf.reduce_sum(y**2)
        total = [tf.distribute.get_replica_context().all_reduce("sum", g)
                 for g in tape.gradient(loss, network.trainable_variables)]
        return y, total

    pieces = [strategy.experimental_distribute_values_from_function(
        lambda c, t=t: t[2 * c.replica_id_in_sync_group:][:2]) for t in (x, noise)]
    y, spread = tf.function(lambda *a: strategy.run(gradients, a))(*pieces)
    y = tf.concat(strategy.experimental_local_results(y), 0)
    spread = [strategy.experimental_local_results(g)[0] for g in spread]
    alone, one = UNet(16, width=4, norm=Norm(kind, 1e-5, True, 0.9), seed=1), []
    halves = [slice(0, 4)] if kind == "instance" else [slice(0, 2), slice(2, 4)]
    with tf.GradientTape() as tape:
        expected = tf.concat([alone(x[h], noise[h]) for h in halves], 0)
        loss = tf.reduce_sum(expected**2)
    np.testing.assert_allclose(y, expected, atol=1e-5)
    for a, b in zip(spread, tape.gradient(loss, alone.trainable_variables), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
print("equal")
"""


def test_two_devices_give_what_one_gives():
    """Instance norm: whatever the split. Batch norm: each device normalises its own part, as in Torch."""
    done = subprocess.run([sys.executable, "-c", TWO_DEVICES], capture_output=True, text=True)
    assert done.stdout.strip() == "equal", done.stderr[-3000:]
