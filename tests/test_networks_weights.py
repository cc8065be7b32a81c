import h5py
import numpy as np
import pytest

from aiart.errors import UserError
from aiart.networks.registry import load_network
from aiart.networks.weights import keras_name, read_vgg, write_vgg
from aiart.params.layers import VGG_LAYERS


def random_arrays(layers, widths=(4, 6, 8, 8, 8), seed=0):
    random = np.random.default_rng(seed)
    arrays, channels = {}, 3
    for layer in layers:
        width = widths[int(layer[4]) - 1]
        arrays[layer] = (
            random.normal(0, 1, (3, 3, channels, width)).astype(np.float32),
            random.normal(0, 1, width).astype(np.float32),
        )
        channels = width
    return arrays


def write_keras_notop(path, arrays):
    """The layout of Keras's vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5, pooling and input included."""
    with h5py.File(path, "w") as file:
        names = ["input_1", *(keras_name(layer) for layer in arrays), "block1_pool"]
        file.attrs["layer_names"] = [name.encode() for name in names]
        for name in names:
            file.create_group(name).attrs["weight_names"] = []
        for layer, (kernel, bias) in arrays.items():
            name = keras_name(layer)
            paths = [f"{name}_W_1:0", f"{name}_b_1:0"]
            file[name].attrs["weight_names"] = [path.encode() for path in paths]
            file[name][paths[0]], file[name][paths[1]] = kernel, bias


def assert_equal(found, arrays):
    assert list(found) == list(arrays)
    for layer in arrays:
        for got, expected in zip(found[layer], arrays[layer], strict=True):
            assert got.dtype == np.float32
            np.testing.assert_array_equal(got, expected, err_msg=layer)


def problem(path, layers=("conv1_1",)):
    with pytest.raises(UserError) as caught:
        read_vgg(path, layers)
    return str(caught.value)


def test_keras_names():
    assert keras_name("conv4_2") == "block4_conv2"
    assert len({keras_name(layer) for layer in VGG_LAYERS}) == 16


def test_keras_legacy_h5_is_read(tmp_path):
    arrays = random_arrays(VGG_LAYERS)
    write_keras_notop(tmp_path / "vgg.h5", arrays)
    assert_equal(read_vgg(tmp_path / "vgg.h5", VGG_LAYERS), arrays)


def test_npz_is_read_whatever_its_float_type(tmp_path):
    arrays = random_arrays(VGG_LAYERS[:5])
    write_vgg(tmp_path / "vgg.npz", arrays, "float32")
    assert_equal(read_vgg(tmp_path / "vgg.npz", VGG_LAYERS[:5]), arrays)
    write_vgg(tmp_path / "half.npz", arrays)
    half = {layer: tuple(v.astype(np.float16).astype(np.float32) for v in pair) for layer, pair in arrays.items()}
    assert_equal(read_vgg(tmp_path / "half.npz", VGG_LAYERS[:5]), half)
    np.savez_compressed(tmp_path / "packed.npz", **np.load(tmp_path / "vgg.npz"), note=np.zeros(3))
    assert_equal(read_vgg(tmp_path / "packed.npz", VGG_LAYERS[:5]), arrays)


def test_written_weights_are_equal_to_the_byte(tmp_path):
    for name in ("a.npz", "b.npz"):
        write_vgg(tmp_path / name, random_arrays(VGG_LAYERS))
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_missing_file_is_named(tmp_path):
    expected = f"{tmp_path}/vgg.h5: no such weights file; give the path of an .h5, .npz or .safetensors file."
    assert problem(tmp_path / "vgg.h5") == expected
    with pytest.raises(UserError) as caught:
        load_network("vgg19", ["conv1_1"], weights=tmp_path / "vgg.h5")
    assert str(caught.value) == expected


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_a_layer_that_the_file_lacks_is_named(tmp_path, suffix):
    path = tmp_path / f"vgg{suffix}"
    (write_vgg if suffix == ".npz" else write_keras_notop)(path, random_arrays(VGG_LAYERS[:3]))
    assert list(read_vgg(path, VGG_LAYERS[:3])) == ["conv1_1", "conv1_2", "conv2_1"]
    assert problem(path, VGG_LAYERS[:4]) == (
        f"{path}: holds no layer block2_conv2, so conv2_2 cannot be used; choose shallower layers or a complete file."
    )


@pytest.mark.parametrize("content", [b"", b"some words\n", b"PK\x03\x04 and no more", "npy", "cut"])
def test_what_is_no_npz_is_told_so_without_advice_to_unpickle(tmp_path, content):
    path = tmp_path / "vgg.npz"
    write_vgg(path, random_arrays(VGG_LAYERS[:2]))
    if content == "cut":
        path.write_bytes(path.read_bytes()[:700])
    elif content == "npy":
        np.save(tmp_path / "one.npy", np.zeros(3))
        (tmp_path / "one.npy").rename(path)
    else:
        path.write_bytes(content)
    assert problem(path) == (
        f"{path}: cannot be read as VGG weights (not an .npz archive, or cut short); fetch it again or use another."
    )


def test_a_flipped_bit_is_found(tmp_path):
    path = tmp_path / "vgg.npz"
    write_vgg(path, random_arrays(VGG_LAYERS[:1]))
    damaged = bytearray(path.read_bytes())
    damaged[200] ^= 1
    path.write_bytes(damaged)
    assert problem(path) == (
        f"{path}: cannot be read as VGG weights (Bad CRC-32 for file 'block1_conv1/kernel.npy'); "
        "fetch it again or use another."
    )


def test_what_is_no_h5_is_told_so(tmp_path):
    path = tmp_path / "vgg.h5"
    path.write_bytes(b"some words\n")
    assert problem(path) == (
        f"{path}: cannot be read as VGG weights (Unable to synchronously open file (file signature not found)); "
        "fetch it again or use another."
    )


@pytest.mark.parametrize(
    ("kernel", "bias", "channels"),
    [((5, 5, 3, 4), (4,), 3), ((3, 3, 4, 4), (4,), 3), ((3, 3, 3, 4), (5,), 3), ((3, 3), (), 3)],
)
def test_kernels_of_other_shapes_are_refused(tmp_path, kernel, bias, channels):
    path = tmp_path / "vgg.npz"
    write_vgg(path, {"conv1_1": (np.zeros(kernel), np.zeros(bias))})
    assert problem(path) == (
        f"{path}: block1_conv1 has a kernel of shape {kernel} and a bias of shape {bias}, "
        f"not (3, 3, {channels}, n) and (n,); use another file."
    )


def test_layers_that_do_not_follow_each_other_are_refused(tmp_path):
    path = tmp_path / "vgg.npz"
    arrays = random_arrays(VGG_LAYERS[:2])
    arrays["conv1_2"] = (np.zeros((3, 3, 7, 4)), np.zeros(4))
    write_vgg(path, arrays)
    assert problem(path, VGG_LAYERS[:2]) == (
        f"{path}: block1_conv2 has a kernel of shape (3, 3, 7, 4) and a bias of shape (4,), "
        "not (3, 3, 4, n) and (n,); use another file."
    )
