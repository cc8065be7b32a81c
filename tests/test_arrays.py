"""Files of arrays that somebody else made: each is read, or refused in one clause, within the file's own size."""

import io
import re
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest

from aiart.errors import UserError
from aiart.networks.arrays import ArraysError, open_npz, read_h5
from aiart.networks.weights import read_vgg


def npy(array=None, *, header: str | None = None, version=b"\x01\x00") -> bytes:
    if header is None:
        stream = io.BytesIO()
        np.save(stream, array)
        return stream.getvalue()
    text = (header + "\n").encode()
    return b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text + bytes(12)


def header(descr="'<f4'", shape="(3,)") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}"


def archive(path, content: bytes, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        file.writestr("a.npy", content)
    return path


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (npy(header=header(shape="(1000000, 1000000, 1000)")), "a has not as many numbers as its header says"),
        (npy(header=header(shape="(-3,)")), "a has not as many numbers as its header says"),
        (npy(header=header(shape="(3.5,)")), "a has a header that cannot be read"),
        (npy(header=header(shape="(" * 4000)), "a has a header that cannot be read"),
        (npy(header="{}"), "a has a header that cannot be read"),
        (npy(header=header(), version=b"\x09\x00"), "a is an array of an unknown version"),
        (npy(header=header("'|O'")), "a holds object, no numbers that are weights"),
        (npy(np.zeros(3, complex)), "a holds complex128, no numbers that are weights"),
        (npy(np.zeros(3, "datetime64[s]")), "a holds datetime64[s], no numbers that are weights"),
        (npy(np.zeros(3, "f4,i4")), "a holds [('f0', '<f4'), ('f1', '<i4')], no numbers that are weights"),
        (npy(np.zeros(3)) + b"more", "a has not as many numbers as its header says"),
        (npy(np.zeros(3))[:-4], "a has not as many numbers as its header says"),
        (b"", "a is no array"),
        (b"some words", "a is no array"),
    ],
)
def test_a_member_that_is_no_array_of_numbers_is_refused(tmp_path, content, reason):
    with open_npz(archive(tmp_path / "x.npz", content)) as file, pytest.raises(ArraysError) as caught:
        file["a"]
    assert str(caught.value) == reason


def test_a_small_file_that_unpacks_hugely_is_refused_before_it_is_read(tmp_path):
    path = archive(tmp_path / "x.npz", npy(np.zeros(20_000_000)), zipfile.ZIP_DEFLATED)
    tracemalloc.start()
    with pytest.raises(ArraysError, match=r"would take 160,000,128 bytes, far more than the file"), open_npz(path):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6


def test_arrays_of_every_order_and_shape_are_read(tmp_path):
    arrays = {
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "scalar": np.array(7, np.float16),
        "../up/and/away": np.ones((0, 3), np.int64),
        "text": np.array("{}"),
    }
    np.savez_compressed(tmp_path / "x.npz", **arrays)
    with open_npz(tmp_path / "x.npz") as file:
        assert file.names == list(arrays)
        for name, array in arrays.items():
            assert file.shape(name) == array.shape
            np.testing.assert_array_equal(file[name], array)
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]


def test_every_flipped_byte_of_an_archive_is_found_or_harmless(tmp_path):
    path = tmp_path / "x.npz"
    np.savez(path, a=np.arange(20.0), b=np.ones(3, np.float32))
    good = path.read_bytes()
    for place in range(0, len(good), 3):
        damaged = bytearray(good)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        try:
            with open_npz(path) as file:
                for name in file.names:
                    file[name]
        except (ArraysError, UserError) as error:
            assert "\n" not in str(error)


def layer(file, **arrays):
    group = file.create_group("block1_conv1")
    for name, array in arrays.items():
        group[name] = array
    group.attrs["weight_names"] = [name.encode() for name in arrays]
    return group


def dangling(file):
    file["block1_conv1"] = h5py.SoftLink("/nowhere")


def external(file):
    file["block1_conv1"] = h5py.ExternalLink("other.h5", "/secret")


def no_group(file):
    file["model_weights"] = np.zeros(3)


def dataset_for_a_layer(file):
    file["block1_conv1"] = np.zeros(3)


def names_that_are_numbers(file):
    layer(file, kernel=np.zeros(3)).attrs["weight_names"] = [1, 2]


def a_name_of_a_group(file):
    layer(file, kernel=np.zeros(3)).create_group("inner")
    file["block1_conv1"].attrs["weight_names"] = [b"inner", b"kernel"]


def a_name_of_nothing(file):
    layer(file, kernel=np.zeros(3)).attrs["weight_names"] = [b"kernel", b"bias"]


def claims(file):
    group = layer(file)
    group.create_dataset("kernel", shape=(10**6, 10**6, 10**3), chunks=(1, 1, 1000), dtype="f4", compression="gzip")
    group.attrs["weight_names"] = [b"kernel"]


def pieced_together(file):
    group = layer(file)
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "secret", shape=(4,))
    group.create_virtual_dataset("kernel", layout)
    group.attrs["weight_names"] = [b"kernel"]


def elsewhere(file):
    group = layer(file)
    group.create_dataset("kernel", shape=(4,), dtype="f4", external=[("/etc/passwd", 0, 16)])
    group.attrs["weight_names"] = [b"kernel"]


def references(file):
    group = layer(file)
    group.create_dataset("kernel", shape=(1,), dtype=h5py.ref_dtype)
    group.attrs["weight_names"] = [b"kernel"]


@pytest.mark.parametrize(
    ("write", "reason"),
    [
        (dangling, "block1_conv1 is a link"),
        (external, "block1_conv1 is a link"),
        (no_group, "model_weights is no group of layers"),
        (dataset_for_a_layer, "block1_conv1 is no layer"),
        (names_that_are_numbers, "a name of an array is no text"),
        (a_name_of_a_group, "block1_conv1/inner is no array"),
        (a_name_of_nothing, "bias is not there"),
        (claims, "its arrays would take 4,000,000,000,000,000 bytes, far more than the file"),
        (pieced_together, "block1_conv1/kernel lies in another file"),
        (elsewhere, "block1_conv1/kernel lies in another file"),
        (references, "block1_conv1/kernel holds object, no numbers that are weights"),
    ],
)
def test_an_h5_that_leads_elsewhere_or_promises_too_much_is_refused(tmp_path, write, reason):
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        write(file)
    with pytest.raises(ArraysError) as caught:
        read_h5(path)
    assert str(caught.value) == reason
    with pytest.raises(UserError) as caught:
        read_vgg(path, ["conv1_1"])
    assert re.fullmatch(
        rf"{path}: cannot be read as VGG weights \(.*\); fetch it again or use another\.", str(caught.value)
    )
