"""Instance and batch norm against NumPy, Keras and the real tensorflow-addons."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from aiart.networks.normalization import BatchNorm, InstanceNorm, Norm

ADDONS = Path(__file__).parent / "addons"
# Shapes of a batch of one, of several, and of one pixel.
SHAPES = [(1, 16, 12, 5), (3, 6, 8, 4), (2, 1, 1, 3)]


def with_weights(layer, channels, seed=1):
    """The layer with a random scale and offset, and these."""
    random = np.random.default_rng(seed)
    gamma, beta = (random.normal(mean, 0.5, channels).astype(np.float32) for mean in (1, 0))
    layer.build((None, None, None, channels))
    layer.set_weights([gamma, beta, *layer.get_weights()[2:]])
    return layer, gamma, beta


def pictures(shape, seed=0):
    random = np.random.default_rng(seed)
    return (3 + 2 * random.normal(size=shape)).astype(np.float32)


def normalised(x, axes, epsilon):
    x = x.astype(np.float64)
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("epsilon", [1e-3, 1e-5])
def test_it_agrees_with_numpy_in_double_precision(shape, epsilon):
    layer, gamma, beta = with_weights(InstanceNorm(epsilon=epsilon), shape[-1])
    x = pictures(shape)
    np.testing.assert_allclose(layer(x), normalised(x, (1, 2), epsilon) * gamma + beta, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES[:2])  # Keras's own error is larger than the tolerance for one pixel
@pytest.mark.parametrize("affine", [True, False])
def test_output_and_gradients_are_those_of_keras_group_norm(shape, affine):
    ours = InstanceNorm(epsilon=1e-5, scale=affine, center=affine)
    keras_layer = keras.layers.GroupNormalization(-1, epsilon=1e-5, scale=affine, center=affine)
    if affine:
        ours, gamma, beta = with_weights(ours, shape[-1])
        keras_layer.build(shape)
        keras_layer.set_weights([gamma, beta])
    x, weight = tf.constant(pictures(shape)), tf.constant(pictures(shape, seed=5))
    found = []
    for layer in (ours, keras_layer):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(y**2 * weight)
        found.append([y, *tape.gradient(loss, [x, *(v.value for v in layer.trainable_weights)])])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_a_graph_may_know_no_size_at_all():
    layer, _, _ = with_weights(InstanceNorm(), 4)
    free = tf.function(layer, input_signature=[tf.TensorSpec((None, None, None, 4))])
    for shape in [(1, 5, 7, 4), (3, 8, 6, 4)]:
        x = pictures(shape)
        y = free(x)
        assert free.get_concrete_function().structured_outputs.shape.as_list() == [None, None, None, 4]
        np.testing.assert_allclose(y, layer(x), atol=1e-6)


@pytest.mark.parametrize("kind", ["instance", "batch"])
def test_bfloat16_keeps_statistics_scale_and_offset_in_float32(kind):
    half, whole = (Norm(kind, 1e-3, True, 0.9).layer("n", 6, seed=4, dtype=d) for d in ("mixed_bfloat16", "float32"))
    assert {v.dtype for v in half.weights} == {"float32"}
    x = tf.cast(pictures((2, 16, 16, 6)) + 50, tf.bfloat16)
    y = half(x)
    assert y.dtype == tf.bfloat16
    # Statistics in bfloat16 would be wrong by several per cent with a mean of 53.
    np.testing.assert_allclose(tf.cast(y, tf.float32), whole(tf.cast(x, tf.float32)), atol=0.02)


@pytest.mark.parametrize("shape", SHAPES[:2])
def test_second_derivatives_for_a_gradient_penalty(shape):
    """The gradient of |∂y/∂x|² by x, against moments put together from elementary operations."""
    layer, gamma, beta = with_weights(InstanceNorm(), shape[-1])

    def plain(x):
        # Not tf.nn.moments, which stops a gradient that second derivatives need.
        mean = tf.reduce_mean(x, [1, 2], keepdims=True)
        variance = tf.reduce_mean((x - mean) ** 2, [1, 2], keepdims=True)
        return (x - mean) * tf.math.rsqrt(variance + 1e-3) * gamma + beta

    x, found = tf.constant(pictures(shape)), []
    for function in (layer, plain):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                energy = tf.reduce_sum(tf.tanh(function(x)))
            penalty = tf.reduce_sum(inner.gradient(energy, x) ** 2)
        found.append(outer.gradient(penalty, x).numpy())
    assert np.abs(found[1]).max() > 1e-2
    np.testing.assert_allclose(found[0], found[1], atol=1e-5)


# Batch norm


def test_batch_norm_uses_the_statistics_of_the_batch_whether_or_not_it_trains():
    layer, gamma, beta = with_weights(BatchNorm(epsilon=1e-5, momentum=0.9), 4)
    x = pictures((3, 6, 8, 4))
    expected = normalised(x, (0, 1, 2), 1e-5) * gamma + beta
    before = [v.numpy() for v in layer.weights]
    np.testing.assert_allclose(layer(x), expected, atol=1e-5)
    for old, variable in zip(before, layer.weights, strict=True):
        np.testing.assert_array_equal(variable, old)
    np.testing.assert_allclose(layer(x, training=True), expected, atol=1e-5)


def test_running_statistics_move_by_a_tenth_and_can_be_used():
    layer, gamma, beta = with_weights(BatchNorm(epsilon=1e-5, momentum=0.9), 4)
    x = pictures((3, 6, 8, 4))
    layer(x, training=True)
    mean, variance = (0.1 * x.mean((0, 1, 2)), 0.9 + 0.1 * x.var((0, 1, 2), ddof=1))  # Torch's is unbiased
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-5)
    np.testing.assert_allclose(layer.moving_variance, variance, rtol=1e-5)
    expected = (x - mean) / np.sqrt(variance + 1e-5) * gamma + beta
    np.testing.assert_allclose(layer(x, running_statistics=True), expected, atol=1e-5)
    np.testing.assert_allclose(layer.moving_mean, mean, rtol=1e-5)


def test_batch_norm_trains_like_keras():
    ours = with_weights(BatchNorm(epsilon=1e-3), 4)[0]
    theirs = keras.layers.BatchNormalization(epsilon=1e-3)
    theirs.build((None, None, None, 4))
    theirs.set_weights(ours.get_weights())
    x, weight = tf.constant(pictures((2, 5, 5, 4))), tf.constant(pictures((2, 5, 5, 4), seed=5))
    gradients = []
    for layer in (ours, theirs):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=True) ** 2 * weight)
        gradients.append(tape.gradient(loss, [x, layer.gamma.value, layer.beta.value]))
    for one, other in zip(*gradients, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


# What `Norm` makes


def test_scales_begin_about_one_and_offsets_at_zero():
    layer = Norm("instance", 1e-3, True, 0.9).layer("n", 4000, seed=3)
    gamma, beta = layer.get_weights()
    assert gamma.mean() == pytest.approx(1, abs=0.002)
    assert gamma.std() == pytest.approx(0.02, rel=0.05)
    assert not beta.any()
    again, other = (Norm("instance", 1e-3, True, 0.9).layer("n", 4000, seed=s).get_weights()[0] for s in (3, 4))
    assert again.tobytes() == gamma.tobytes() != other.tobytes()


def test_without_affine_there_is_nothing_to_learn_and_without_norm_nothing_at_all():
    assert Norm("instance", 1e-5, False, 0.9).layer("n", 4, seed=0).weights == []
    assert Norm("batch", 1e-5, False, 0.9).layer("n", 4, seed=0).trainable_weights == []
    assert Norm("none", 1e-5, True, 0.9).layer("n", 4, seed=0) is None


# tensorflow-addons


@pytest.fixture(scope="module")
def addons_python(tmp_path_factory):
    """Python of an environment with the real tensorflow-addons, which nothing newer than 3.11 and TF 2.15 can run."""
    if sys.version_info[:2] != (3, 11) or sys.platform != "linux" or os.uname().machine != "x86_64":
        pytest.skip("tests/addons/requirements.lock is for Python 3.11 on Linux x86-64")
    folder = tmp_path_factory.mktemp("addons")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    lock = ADDONS / "requirements.lock"
    command = [
        folder / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "-r",
        lock,
    ]
    installed = subprocess.run(command, capture_output=True, text=True)
    if installed.returncode:
        last = (installed.stderr.strip().splitlines() or ["no message"])[-1]
        pytest.skip(f"tensorflow-addons could not be installed: {last}")
    yield folder / "bin" / "python"
    shutil.rmtree(folder)  # over 1 GB, which pytest would keep for its next three runs


@pytest.mark.slow
def test_tensorflow_addons_gives_the_same(addons_python, tmp_path):
    cases, arrays = [(1, 64, 48, 16), (4, 16, 16, 8)], {}
    for i, shape in enumerate(cases):
        layer, gamma, beta = with_weights(InstanceNorm(epsilon=1e-3), shape[-1])
        x = pictures(shape)
        with tf.GradientTape() as tape:
            tensor = tf.constant(x)
            tape.watch(tensor)
            y = layer(tensor)
            loss = tf.reduce_sum(y**3)
        arrays |= {f"{i}/x": x, f"{i}/gamma": gamma, f"{i}/beta": beta, f"{i}/y": y}
        arrays[f"{i}/gradient"] = tape.gradient(loss, tensor)
    np.savez(tmp_path / "ours.npz", **arrays)
    script = ADDONS / "instance_norm.py"
    subprocess.run([addons_python, script, tmp_path / "ours.npz", tmp_path / "theirs.npz"], check=True)
    theirs = np.load(tmp_path / "theirs.npz")
    for i in range(len(cases)):
        for name, tolerance in (("y", 2e-5), ("gradient", 2e-4)):
            ours = np.asarray(arrays[f"{i}/{name}"])
            difference = np.abs(theirs[f"{i}/{name}"] - ours).max()
            print(f"case {i}, {name}: greatest difference {difference:.2g}, greatest value {np.abs(ours).max():.3g}")
            assert difference <= tolerance * np.abs(ours).max()
