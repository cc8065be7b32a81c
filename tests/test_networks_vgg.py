from dataclasses import astuple, replace

import keras
import numpy as np
import pytest
import tensorflow as tf

from aiart.networks import precision, vgg
from aiart.networks.preprocessing import preprocess
from aiart.networks.registry import load_network
from aiart.networks.vgg import layers_up_to
from aiart.networks.weights import as_tensors, read_vgg
from aiart.params.feature_networks import NETWORKS
from aiart.params.layers import VGG_LAYERS

MEAN_BGR = np.array([103.939, 116.779, 123.68])


def reference(weights, image, layer, pooling="max", padding="zero"):
    """VGG-19 in float64 by nine shifted products per convolution; image is (height, width, 3) RGB 0..255."""
    x = image.astype(np.float64)[..., ::-1] - MEAN_BGR
    for name in VGG_LAYERS:
        kernel, bias = (np.asarray(v, np.float64) for v in weights[name])
        if name.endswith("_1") and name != "conv1_1":
            height, width = x.shape[0] // 2, x.shape[1] // 2
            quads = x[: 2 * height, : 2 * width].reshape(height, 2, width, 2, -1)
            x = quads.max(axis=(1, 3)) if pooling == "max" else 2.0 * quads.mean(axis=(1, 3))
        mode = "edge" if padding == "replicate" and name == "conv1_1" else "constant"
        padded = np.pad(x, ((1, 1), (1, 1), (0, 0)), mode)
        height, width = x.shape[:2]
        total = bias + sum(
            padded[row : row + height, column : column + width] @ kernel[row, column]
            for row in range(3)
            for column in range(3)
        )
        x = np.maximum(total, 0)
        if name == layer:
            return x
    raise AssertionError(layer)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (height, width, 3)).astype(np.float32)


@pytest.mark.parametrize("pooling", ["max", "avg"])
@pytest.mark.parametrize("padding", ["zero", "replicate"])
def test_features_are_those_of_a_plain_convolution(tiny_weights, pooling, padding):
    image = noise(37, 22)  # odd: pooling leaves the last row out
    layers = ["conv1_1", "conv2_1", "conv3_2", "conv4_4", "conv5_1"]
    found = vgg.features(tiny_weights, image[np.newaxis], layers, pooling=pooling, padding=padding)
    assert sorted(found) == sorted(layers)
    for layer in layers:
        expected = reference(tiny_weights, image, layer, pooling, padding)
        assert expected.max() > 0
        np.testing.assert_allclose(found[layer][0], expected, rtol=1e-4, atol=1e-4 * expected.max(), err_msg=layer)
    assert found["conv2_1"].shape == (1, 18, 11, 6)
    assert found["conv5_1"].shape == (1, 2, 1, 8)


def test_padding_changes_the_border_of_the_first_layer_only(tiny_weights):
    image = noise(20, 20)[np.newaxis]
    zero, replicate = (
        vgg.features(tiny_weights, image, ["conv1_1"], padding=padding)["conv1_1"].numpy()
        for padding in ("zero", "replicate")
    )
    np.testing.assert_array_equal(zero[:, 1:-1, 1:-1], replicate[:, 1:-1, 1:-1])
    assert np.abs(zero - replicate)[:, 0].max() > 1


def test_a_flat_picture_has_flat_first_features_under_replication(tiny_weights):
    image = np.full((1, 12, 12, 3), [200, 40, 90], np.float32)
    flat = vgg.features(tiny_weights, image, ["conv1_1"], padding="replicate")["conv1_1"].numpy()
    np.testing.assert_allclose(flat, np.broadcast_to(flat[:, :1, :1], flat.shape), rtol=1e-5, atol=1e-4)


def test_preprocessing_is_caffes():
    pixel = tf.constant([[[[10.0, 20.0, 30.0]]]])
    np.testing.assert_allclose(
        preprocess(pixel, "caffe")[0, 0, 0], [30 - 103.939, 20 - 116.779, 10 - 123.68], rtol=1e-6
    )
    picture = noise(4, 5)[np.newaxis]
    np.testing.assert_allclose(
        preprocess(tf.constant(picture), "caffe"), keras.applications.vgg19.preprocess_input(picture.copy()), rtol=1e-5
    )


def test_the_network_runs_no_further_than_the_deepest_layer(tiny_weights, monkeypatch):
    counted = []
    convolve = tf.nn.conv2d
    monkeypatch.setattr(tf.nn, "conv2d", lambda *a, **k: counted.append(1) or convolve(*a, **k))
    shallow = {layer: tiny_weights[layer] for layer in ("conv1_1", "conv1_2", "conv2_1")}
    found = vgg.features(shallow, noise(16, 16)[np.newaxis], ["conv2_1", "conv1_1"])
    assert len(counted) == 3
    assert list(found) == ["conv1_1", "conv2_1"]


def test_activations_are_float32_under_bfloat16(tiny_weights):
    image = tf.constant(noise(32, 32)[np.newaxis])
    arrays = {layer: tuple(v.numpy() for v in pair) for layer, pair in tiny_weights.items()}
    low = vgg.features(as_tensors(arrays, "bfloat16"), image, ["conv1_1", "conv4_1"])
    high = vgg.features(as_tensors(arrays, "float32"), image, ["conv1_1", "conv4_1"])
    for layer in low:
        assert low[layer].dtype == tf.float32
        error = float(tf.norm(low[layer] - high[layer]) / tf.norm(high[layer]))
        assert 1e-4 < error < 0.03, (layer, error)  # eight bits of mantissa, and really used


def test_random_weights_depend_on_the_seed_alone_and_keep_the_scale():
    one, same, other = (vgg.random_weights(seed, (4, 6, 64, 128, 8)) for seed in (1, 1, 2))
    for layer in VGG_LAYERS:
        np.testing.assert_array_equal(one[layer][0], same[layer][0])
        assert np.abs(one[layer][0] - other[layer][0]).max() > 0
        assert not np.any(one[layer][1])
    assert np.std(one["conv4_4"][0]) == pytest.approx((2 / (9 * 128)) ** 0.5, rel=0.02)


# Facts about the layers


@pytest.mark.parametrize(
    ("layer", "field", "stride"),
    # By hand: a convolution adds 2 × stride, pooling adds the stride and doubles it.
    [("conv1_1", 3, 1), ("conv1_2", 5, 1), ("conv2_1", 10, 2), ("conv3_1", 24, 4), ("conv4_1", 68, 8),
     ("conv5_1", 156, 16), ("conv5_4", 252, 16)],
)  # fmt: skip
def test_receptive_fields(layer, field, stride):
    facts = next(facts for facts in NETWORKS["vgg19"].layers if facts.name == layer)
    assert (facts.receptive_field, facts.stride) == (field, stride)


@pytest.mark.parametrize("layer", ["conv1_2", "conv2_1", "conv3_1", "conv3_4"])
def test_one_activation_depends_on_exactly_its_receptive_field(tiny_weights, layer):
    # Positive kernels and average pooling let every pixel of the field through.
    weights = {name: (tf.abs(kernel), tf.ones_like(bias)) for name, (kernel, bias) in tiny_weights.items()}
    image = tf.Variable(tf.fill([1, 96, 96, 3], 200.0))
    with tf.GradientTape() as tape:
        found = vgg.features(weights, image, [layer], pooling="avg")[layer]
        middle = tf.reduce_sum(found[:, found.shape[1] // 2, found.shape[2] // 2])
    touched = np.abs(tape.gradient(middle, image)[0].numpy()).sum(axis=-1) > 0
    field = next(facts.receptive_field for facts in NETWORKS["vgg19"].layers if facts.name == layer)
    assert touched.any(axis=0).sum() == touched.any(axis=1).sum() == field


def test_layers_up_to_the_deepest():
    assert layers_up_to(["conv2_1", "conv1_1"]) == ("conv1_1", "conv1_2", "conv2_1")
    assert layers_up_to(["conv5_4"]) == VGG_LAYERS


def test_the_layer_table_has_channels_strides_and_fields():
    table = [astuple(layer) for layer in NETWORKS["vgg19"].layers]
    assert len(table) == 16
    assert table[0] == ("conv1_1", 64, 1, 3)
    assert table[12] == ("conv5_1", 512, 16, 156)
    assert astuple(NETWORKS["vgg19_slim"].layers[12]) == ("conv5_1", 128, 16, 156)


# Precision


def test_auto_precision_asks_the_hardware(monkeypatch):
    for native, chosen in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(precision, "native_bfloat16", lambda native=native: native)
        assert precision.resolve_precision("auto") == chosen
        assert precision.resolve_precision("float32") == "float32"
        assert precision.resolve_precision("bfloat16") == "bfloat16"


@pytest.mark.parametrize(
    ("flags", "native"),
    [("fpu avx512f avx512_bf16 vaes", True), ("fpu amx_bf16 amx_tile", True), ("fpu avx2 avx512f", False)],
)
def test_native_bfloat16_is_read_from_the_processors_flags(monkeypatch, tmp_path, flags, native):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nflags : {flags}\n")
    monkeypatch.setattr(precision.tf.config, "get_visible_devices", lambda kind: [])
    monkeypatch.setattr(precision, "Path", lambda path: cpuinfo)
    assert precision.native_bfloat16() is native
    cpuinfo.unlink()  # macOS, Windows
    assert precision.native_bfloat16() is False


def test_native_bfloat16_asks_the_gpu_first(monkeypatch):
    monkeypatch.setattr(precision.tf.config, "get_visible_devices", lambda kind: ["a GPU"])
    for capability, native in (((7, 5), False), ((8, 0), True), ((9, 0), True)):
        monkeypatch.setattr(
            precision.tf.config.experimental, "get_device_details", lambda gpu, c=capability: {"compute_capability": c}
        )
        assert precision.native_bfloat16() is native


AVX512 = "avx avx2 avx512f avx512bw avx512vl avx512dq"


@pytest.mark.parametrize(
    ("flags", "newest", "float32", "bfloat16"),
    [
        (f"{AVX512} avx512_bf16 amx_bf16", None, "avx512_core", "avx512_core_amx"),
        (f"{AVX512} avx512_bf16", None, "avx512_core", "avx512_core_bf16"),
        (f"{AVX512} avx512_bf16", "ALL", "avx512_core", "avx512_core_bf16"),
        (f"{AVX512} avx512_bf16", "AVX512_CORE", "avx512_core", "avx512_core"),
        (f"{AVX512} avx512_bf16", "AVX2", "avx2", "avx2"),
        (f"{AVX512} avx512_bf16 amx_bf16", "AVX512_CORE_FP16", "avx512_core", "avx512_core_bf16"),
        (AVX512, None, "avx512_core", "avx512_core"),
        ("sse4_1 avx avx2 avx512f", None, "avx2", "avx2"),
        ("sse4_1 avx", None, "avx", "avx"),
        ("neon", None, "arm64", "arm64"),
    ],
)
def test_the_instructions_are_those_that_the_precision_uses(monkeypatch, tmp_path, flags, newest, float32, bfloat16):
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n")
    monkeypatch.setattr(precision.tf.config, "get_visible_devices", lambda kind: [])
    monkeypatch.setattr(precision, "Path", lambda path: tmp_path / "cpuinfo")
    monkeypatch.setattr(precision.platform, "machine", lambda: "arm64")
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    if newest:
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", newest)
    assert (precision.instructions("float32"), precision.instructions("bfloat16")) == (float32, bfloat16)


def test_the_instructions_of_a_gpu_are_its_compute_capability(monkeypatch):
    monkeypatch.setattr(precision.tf.config, "get_visible_devices", lambda kind: ["a GPU"])
    monkeypatch.setattr(
        precision.tf.config.experimental, "get_device_details", lambda gpu: {"compute_capability": (8, 9)}
    )
    assert precision.instructions("float32") == "cuda_8.9"


# The networks that people use


def test_the_slim_network_is_whole_and_small(root):
    path = root / "src" / "aiart" / "networks" / "vgg19_slim.npz"
    assert path.stat().st_size <= 3_000_000
    with np.load(path, allow_pickle=False) as file:
        assert {file[key].dtype for key in file.files} == {np.dtype("float16")}
        assert len(file.files) == 32
        parameters = sum(file[key].size for key in file.files)
    assert 1_200_000 < parameters < 1_400_000
    arrays = read_vgg(path, VGG_LAYERS)
    assert [arrays[layer][1].shape[0] for layer in VGG_LAYERS] == [
        layer.channels for layer in NETWORKS["vgg19_slim"].layers
    ]
    assert arrays["conv1_1"][0].shape == (3, 3, 3, vgg.SLIM_WIDTHS[0])
    for layer, (kernel, bias) in arrays.items():
        assert np.isfinite(kernel).all() and np.isfinite(bias).all(), layer


def test_the_slim_network_sees_something_at_every_layer(scene):
    network = load_network("vgg19_slim", VGG_LAYERS)
    bright, dark = (network(tf.constant(scene(48, 40, seed)[np.newaxis]), VGG_LAYERS) for seed in (1, 2))
    for layer in VGG_LAYERS:
        values = bright[layer].numpy()
        assert np.isfinite(values).all(), layer
        assert 0.02 < (values > 0).mean() < 0.999, layer  # neither dead nor linear
        assert np.abs(values - dark[layer].numpy()).max() > 0.01 * values.max(), layer


def test_loading_a_network_hands_its_options_on(scene):
    image = tf.constant(scene(32, 32)[np.newaxis])
    plain = load_network("vgg19_slim", ["conv2_1"])(image, ["conv2_1"])["conv2_1"]
    for options in ({"pooling": "avg"}, {"padding": "zero"}, {"precision": "bfloat16"}):
        other = load_network("vgg19_slim", ["conv2_1"], **options)(image, ["conv2_1"])["conv2_1"]
        assert float(tf.reduce_max(tf.abs(other - plain))) > 1e-3 * float(tf.reduce_max(plain)), options


@pytest.mark.parametrize(("name", "other"), [("vgg19", "vgg19_slim"), ("vgg19_slim", "vgg19")])
def test_a_network_preprocesses_as_its_own_row_says(scene, root, monkeypatch, name, other):
    image, weights = tf.constant(scene(32, 32)[np.newaxis]), root / "src/aiart/networks/vgg19_slim.npz"

    def found():
        return load_network(name, ["conv1_1"], weights=weights)(image, ["conv1_1"])["conv1_1"].numpy()

    before = found()
    monkeypatch.setitem(NETWORKS, other, replace(NETWORKS[other], preprocessing="tf"))
    np.testing.assert_array_equal(found(), before)
    monkeypatch.setitem(NETWORKS, name, replace(NETWORKS[name], preprocessing="tf"))
    assert not np.array_equal(found(), before)


def keras_vgg19(layers):
    """The convolutions of keras.applications.VGG19, untrained, up to `block3_conv4`."""
    whole = keras.applications.VGG19(weights=None, include_top=False, input_shape=(None, None, 3))
    return keras.Model(whole.input, [whole.get_layer(name).output for name in layers])


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")  # inside Keras
def test_true_vgg19_through_keras_and_back(true_vgg19, tmp_path):
    """True weights put into Keras's own network, saved by Keras as legacy .h5, and read by the real path."""
    model = keras_vgg19(["block1_conv1", "block2_conv2", "block3_conv4"])
    with np.load(true_vgg19) as file:
        for layer in model.layers:
            if layer.weights:
                layer.set_weights([file[f"{layer.name}/kernel"], file[f"{layer.name}/bias"]])
    path = tmp_path / "vgg19.h5"
    model.save(path)
    layers = ["conv1_1", "conv2_2", "conv3_4"]
    arrays = read_vgg(path, layers_up_to(layers))
    image = noise(24, 20, seed=4)
    found = load_network("vgg19", layers, weights=path, padding="zero")(tf.constant(image[np.newaxis]), layers)
    keras_found = model(keras.applications.vgg19.preprocess_input(image[np.newaxis].copy()), training=False)
    for layer, by_keras in zip(layers, keras_found, strict=True):
        expected = reference(arrays, image, layer)
        scale = expected.max()
        np.testing.assert_allclose(found[layer][0], expected, atol=2e-5 * scale, rtol=1e-3, err_msg=layer)
        np.testing.assert_allclose(found[layer], by_keras, atol=2e-5 * scale, rtol=1e-3, err_msg=layer)
    # The size that trained filters give on noise, as against those of an untrained network.
    assert 50 < float(tf.reduce_mean(found["conv2_2"])) < 500
