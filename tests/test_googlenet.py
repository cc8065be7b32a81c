"""GoogLeNet as plain functions, and the slim one that comes with the project."""

import os

import numpy as np
import pytest
import tensorflow as tf

from aiart.errors import UserError
from aiart.networks import googlenet
from aiart.networks.distillation import googlenet_student
from aiart.networks.googlenet import LAYERS, features, random_weights, read_googlenet
from aiart.networks.registry import load_network
from aiart.params.feature_networks import NETWORKS

SLIM = NETWORKS["googlenet_slim"]


def narrow(channels):
    return max(channels // 16, 1)


@pytest.fixture(scope="module")
def weights():
    return random_weights(1, narrow)


def picture(height, width, pictures=1):
    return tf.random.stateless_uniform((pictures, height, width, 3), (1, 2), 0, 255)


@pytest.mark.parametrize(("height", "width"), [(64, 64), (65, 70), (97, 99)])
def test_maps_have_caffes_sizes(weights, height, width):
    """Caffe rounds the size of a pooling up and that of a convolution down."""

    def sizes(pixels):
        convolved = (pixels + 2 * 3 - 7) // 2 + 1
        pooled = [convolved]
        for _ in range(3):
            pooled.append(-(-(pooled[-1] - 3) // 2) + 1)
        return [pooled[0], pooled[1], pooled[2], pooled[2], *[pooled[3]] * 5]

    found = features(weights, picture(height, width), LAYERS)
    assert [found[layer].shape[1:3] for layer in LAYERS] == list(zip(sizes(height), sizes(width), strict=True))


def test_normalisation_is_that_of_caffe():
    x = np.abs(np.random.default_rng(0).normal(0, 200, (2, 3, 4, 12))).astype(np.float32)
    expected = np.empty_like(x)
    for channel in range(12):
        around = x[..., max(channel - 2, 0) : channel + 3]
        expected[..., channel] = x[..., channel] / (1 + 1e-4 / 5 * np.sum(around**2, axis=-1)) ** 0.75
    np.testing.assert_allclose(googlenet.normalise(tf.constant(x)), expected, rtol=1e-5)


def test_gradients_of_the_picture_can_be_trained_on(weights):
    kernel = tf.Variable(weights["conv1/7x7_s2"][0])
    image = picture(48, 48)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(image)
            mine = weights | {"conv1/7x7_s2": (kernel, weights["conv1/7x7_s2"][1])}
            value = tf.reduce_mean(features(mine, image, ["inception_4b"])["inception_4b"] ** 2)
        size = tf.reduce_mean(inner.gradient(value, image) ** 2)
    assert float(tf.reduce_max(tf.abs(outer.gradient(size, kernel)))) > 0


def test_it_runs_no_further_than_asked(weights):
    kept = {name: pair for name, pair in weights.items() if name.startswith(("conv", "inception_3a"))}
    found = features(kept, picture(32, 32), ["conv1", "inception_3a"])
    assert list(found) == ["conv1", "inception_3a"]


def test_a_file_gives_back_what_was_written(weights, tmp_path):
    googlenet_student.write(tmp_path / "a.npz", weights)
    found = read_googlenet(tmp_path / "a.npz", LAYERS)
    assert set(found) == set(weights)
    for name, pair in found.items():
        for got, expected in zip(pair, weights[name], strict=True):
            np.testing.assert_array_equal(got, expected.astype(np.float16).astype(np.float32), err_msg=name)
    assert set(read_googlenet(tmp_path / "a.npz", ["conv2"])) == {"conv1/7x7_s2", "conv2/3x3_reduce", "conv2/3x3"}


def test_other_files_are_refused_in_a_sentence(weights, tmp_path):
    def said(changes, layers=("inception_3a",)):
        arrays = {
            f"{name}/{part}": array
            for name, pair in weights.items()
            for part, array in zip(("kernel", "bias"), pair, strict=True)
        }
        arrays = {name: array for name, array in (arrays | changes).items() if array is not None}
        np.savez(tmp_path / "a.npz", **arrays)
        with pytest.raises(UserError) as caught:
            read_googlenet(tmp_path / "a.npz", layers)
        return str(caught.value).removeprefix(f"{tmp_path / 'a.npz'}: ")

    assert said({"inception_3a/3x3/bias": None}) == (
        "holds no inception_3a/3x3/bias, so inception_3a cannot be used; choose shallower layers or a complete file."
    )
    assert said({"conv2/3x3/kernel": np.zeros((3, 3, 9, 12))}) == (
        "conv2/3x3 has a kernel of shape (3, 3, 9, 12) and a bias of shape (12,), not (3, 3, 4, n) and (n,); use "
        "another file."
    )
    assert said({"conv1/7x7_s2/bias": np.full(4, np.nan)}) == (
        "conv1/7x7_s2 holds numbers that are not finite; fetch it again or use another."
    )
    (tmp_path / "b.npz").write_bytes(b"garbage")
    with pytest.raises(UserError, match=r"b\.npz: cannot be read as GoogLeNet weights "):
        read_googlenet(tmp_path / "b.npz", ["conv1"])
    with pytest.raises(UserError, match=r"c\.npz: cannot be read as GoogLeNet weights "):
        read_googlenet(tmp_path / "c.npz", ["conv1"])


def test_the_full_network_knows_a_labrador(root):
    shared = root.parent / "shared"
    path, photograph = (
        shared / "weights/googlenet_bvlc_fp16.npz",
        shared / "images/content/YellowLabradorLooking_new_small.jpg",
    )
    if not path.is_file() or not photograph.is_file():
        pytest.skip(f"needs the true GoogLeNet and a photograph in {os.path.relpath(shared, root)}")
    from aiart.images import read_image, resize_exact

    weights = read_googlenet(path, LAYERS)
    assert {name: pair[1].shape[0] for name, pair in weights.items()} == {
        name: width
        for layer in LAYERS
        for name, width in zip(googlenet.convolutions(layer), googlenet.WIDTHS[layer], strict=True)
    }
    with np.load(path) as file:
        rest = {name: file[name].astype(np.float32) for name in file.files if name.startswith(("inception_5", "loss3"))}

    def convolve(name, x):
        return tf.nn.relu(googlenet.convolution(name, x, rest[f"{name}/kernel"], rest[f"{name}/bias"]))

    x = features(weights, tf.constant(resize_exact(read_image(photograph), 224, 224)[np.newaxis]), ["inception_4e"])
    x = googlenet.pool(x["inception_4e"])
    for layer in ("inception_5a", "inception_5b"):
        x = googlenet.run_layer(layer, x, convolve)
    said = tf.reduce_mean(x, [1, 2]) @ rest["loss3/classifier/kernel"] + rest["loss3/classifier/bias"]
    assert int(tf.argmax(said[0])) == 208  # Labrador retriever
    assert float(tf.reduce_max(tf.nn.softmax(said))) > 0.8


def test_the_slim_network_is_what_its_row_says(root):
    path = root / "src/aiart/networks/googlenet_slim.npz"
    assert path.stat().st_size <= 4_000_000
    assert path.stat().st_size + (root / "src/aiart/networks/vgg19_slim.npz").stat().st_size < 7_000_000
    network = load_network("googlenet_slim", LAYERS)
    image = np.zeros((1, 448, 448, 3), np.float32)
    found = network(tf.constant(image), LAYERS)
    assert [(layer.name, layer.channels, 448 // layer.stride) for layer in SLIM.layers] == [
        (layer, found[layer].shape[-1], found[layer].shape[1]) for layer in LAYERS
    ]
    with np.load(path) as file:
        assert {file[name].dtype for name in file.files} == {np.dtype("float16")}


@pytest.mark.parametrize("index", range(len(LAYERS)))
def test_a_layer_sees_its_receptive_field_and_no_more(index, weights):
    """Changes just outside of it change nothing; a wider square would not be missed by the maxima of all pictures."""
    layer = SLIM.layers[index]
    side = -(-(layer.receptive_field + 64) // 32) * 32
    image = picture(side, side)
    at = side // layer.stride // 2
    with tf.GradientTape() as tape:
        tape.watch(image)
        value = tf.reduce_sum(features(weights, image, [layer.name])[layer.name][0, at, at])
    rows = np.flatnonzero(np.abs(tape.gradient(value, image)[0]).max(axis=(1, 2)))
    assert 0.5 * layer.receptive_field < rows[-1] - rows[0] + 1 <= layer.receptive_field
