from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from aiart.errors import UserError
from aiart.networks.registry import load_network
from aiart.params.feature_networks import NETWORKS

SHARED = Path(__file__).parents[2] / "shared" / "weights" / "inception_v3_2015_bnfolded_fp16.npz"
needs_shared = pytest.mark.skipif(
    not SHARED.is_file(), reason="needs ../shared/weights, which is not part of the project"
)

# Convolutions up to mixed0 in the order of Keras's code: side, channels in, channels out.
SHAPES = [
    *[(3, 3, 32), (3, 32, 32), (3, 32, 64), (1, 64, 80), (3, 80, 192)],
    *[(1, 192, 64), (1, 192, 48), (5, 48, 64), (1, 192, 64), (3, 64, 96), (3, 96, 96), (1, 192, 32)],
]


@pytest.fixture(scope="module")
def arrays():
    random = np.random.default_rng(0)
    found = {}
    for number, (side, before, after) in enumerate(SHAPES):
        deviation = (2 / (side * side * before)) ** 0.5
        kernel = random.normal(0, deviation, (side, side, before, after))
        found[f"conv{number:02d}:any_name/kernel"] = kernel.astype(np.float32)
        found[f"conv{number:02d}:any_name/bias"] = random.normal(0, 0.1, after).astype(np.float32)
    return found


@pytest.fixture(scope="module")
def file(arrays, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "w.npz"
    np.savez(path, **arrays)
    return path


@pytest.fixture(scope="module")
def picture():
    return tf.constant(np.random.default_rng(1).uniform(0, 255, (1, 99, 111, 3)), tf.float32)


def mixed0_by_hand(arrays, picture):
    """Szegedy et al. 2016: the stem and the first module, convolution by convolution."""

    def convolve(x, number, stride=1, padding="SAME"):
        name = f"conv{number:02d}:any_name"
        x = tf.nn.conv2d(x, arrays[f"{name}/kernel"], stride, padding)
        return tf.nn.relu(x + arrays[f"{name}/bias"])

    x = convolve(picture / 127.5 - 1, 0, 2, "VALID")
    x = convolve(convolve(x, 1, 1, "VALID"), 2)
    x = tf.nn.max_pool2d(x, 3, 2, "VALID")
    x = convolve(convolve(x, 3, 1, "VALID"), 4, 1, "VALID")
    x = tf.nn.max_pool2d(x, 3, 2, "VALID")
    branches = [
        convolve(x, 5),
        convolve(convolve(x, 6), 7),
        convolve(convolve(convolve(x, 8), 9), 10),
        convolve(tf.nn.avg_pool2d(x, 3, 1, "SAME"), 11),
    ]
    return tf.concat(branches, axis=-1)


def test_folded_weights_go_to_the_right_convolutions(arrays, file, picture):
    found = load_network("inception_v3", ["mixed0"], weights=file)(picture, ["mixed0"])["mixed0"]
    expected = mixed0_by_hand(arrays, picture)
    assert found.shape == (1, 10, 11, 256)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * float(tf.math.reduce_std(expected)))


def test_bfloat16_is_near_float32_and_leaves_keras_as_it_was(arrays, file, picture):
    # Not the first network of the session, so Keras's numbers of its layers do not begin at 0.
    before = keras.config.dtype_policy().name
    found = load_network("inception_v3", ["mixed0"], weights=file, precision="bfloat16")(picture, ["mixed0"])["mixed0"]
    assert keras.config.dtype_policy().name == before
    assert found.dtype == tf.float32
    expected = mixed0_by_hand(arrays, picture)
    error = float(tf.math.reduce_std(found - expected) / tf.math.reduce_std(expected))
    assert 1e-6 < error < 0.05


def test_smallest_side(file):
    network = load_network("inception_v3", ["mixed0"], weights=file)
    side = NETWORKS["inception_v3"].smallest_side()
    assert side == 75
    assert network(tf.zeros((1, side, side, 3)), ["mixed0"])["mixed0"].shape == (1, 7, 7, 256)


def refusal(path, layers=("mixed0",)):
    with pytest.raises(UserError) as caught:
        load_network("inception_v3", layers, weights=path)
    return str(caught.value)


def test_absent_file(tmp_path, monkeypatch):
    assert refusal(tmp_path / "x.h5") == (
        f"{tmp_path}/x.h5: no such weights file; give the path of an .h5, .npz or .safetensors file."
    )
    monkeypatch.chdir(tmp_path)
    assert refusal(None).startswith(
        "data/weights/inception_v3.h5: the weights of inception_v3 are not there; run `aiart fetch "
    )


@pytest.mark.parametrize("name", ["x.h5", "x.npz"])
@pytest.mark.parametrize("content", [b"", b"<html>404</html>"])
def test_broken_file(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    message = refusal(tmp_path / name)
    assert message.startswith(f"{tmp_path}/{name}: cannot be read as InceptionV3 weights (")
    assert message.endswith("); fetch it again or use another.")


def test_truncated_and_foreign_npz(tmp_path, file):
    (tmp_path / "cut.npz").write_bytes(file.read_bytes()[:20000])
    assert "cannot be read as InceptionV3 weights" in refusal(tmp_path / "cut.npz")
    np.savez(tmp_path / "other.npz", **{"block1_conv1/kernel": np.zeros(3)})
    assert refusal(tmp_path / "other.npz") == (
        f"{tmp_path}/other.npz: holds no kernel of conv00, so mixed0 cannot be used; choose shallower layers or a "
        "complete file."
    )


def test_missing_convolution_and_wrong_shape(tmp_path, arrays, file):
    assert refusal(file, ["mixed0", "mixed1"]) == (
        f"{file}: holds no kernel of conv12, so mixed0, mixed1 cannot be used; choose shallower layers or a complete "
        "file."
    )
    wrong = {**arrays, "conv03:any_name/kernel": np.zeros((3, 3, 64, 80), np.float32)}
    np.savez(tmp_path / "wrong.npz", **wrong)
    assert refusal(tmp_path / "wrong.npz") == (
        f"{tmp_path}/wrong.npz: conv03 has a kernel of shape (3, 3, 64, 80) instead of (1, 1, 64, 80); use a file of "
        "Keras's InceptionV3."
    )


def test_keras_h5_file(tmp_path, picture):
    """A file in the form of Keras's download, written by Keras, with batch normalisation that does something."""
    model = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(None, None, 3))
    random = np.random.default_rng(2)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_variance.assign(random.uniform(0.5, 2, layer.moving_variance.shape))
            layer.beta.assign(random.normal(0, 0.1, layer.beta.shape))
    model.save(tmp_path / "w.h5")
    found = load_network("inception_v3", ["mixed1"], weights=tmp_path / "w.h5")(picture, ["mixed1"])["mixed1"]
    part = keras.Model(model.input, model.get_layer("mixed1").output)
    expected = part(keras.applications.inception_v3.preprocess_input(picture.numpy()), training=False)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@needs_shared
def test_real_weights_reach_mixed8_and_no_further():
    astronaut = keras.utils.load_img(_photograph(), target_size=(299, 299))
    network = load_network("inception_v3", ["mixed4", "mixed8"], weights=SHARED)
    found = network(tf.constant(np.asarray(astronaut, np.float32)[np.newaxis]), ["mixed4", "mixed8"])
    assert found["mixed4"].shape == (1, 17, 17, 768)
    assert found["mixed8"].shape == (1, 8, 8, 1280)
    # Trained features are sparse; random or misplaced ones are not.
    assert float(tf.reduce_mean(tf.cast(found["mixed8"] == 0, tf.float32))) > 0.6
    assert refusal(SHARED, ["mixed9"]) == (
        f"{SHARED}: holds no kernel of conv81, so mixed9 cannot be used; choose shallower layers or a complete file."
    )


def _photograph():
    import skimage

    return Path(skimage.__file__).parent / "data" / "astronaut.png"
