"""Hugging Face's .safetensors: models and weights go in and out, and what is none is refused in one clause."""

import json
import struct

import numpy as np
import pytest
from helpers.mutations import check_mutants
from helpers.needs import needed

from aiart.errors import UserError
from aiart.networks.array_files import open_arrays, write_arrays
from aiart.networks.arrays import ArraysError
from aiart.networks.safetensors import LONGEST_HEADER

ARRAYS = {
    "a/kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "a/bias": np.array([0.5, -1], np.float16),
    "scalar": np.array(3, np.int64),
    "nothing": np.zeros((0, 4), np.float32),
    "turned": np.arange(6.0).reshape(2, 3).T,
}


def written(path, header, numbers=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + numbers)
    return path


def entry(dtype="F32", shape=(3,), offsets=(0, 12)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def test_arrays_and_texts_come_back_as_they_were(tmp_path):
    path = tmp_path / "w.safetensors"
    write_arrays(path, ARRAYS, model='{"é": 1}')
    first = path.read_bytes()
    with open_arrays(path) as file:
        assert sorted(file.names) == sorted([*ARRAYS, "model"])
        assert str(file["model"]) == '{"é": 1}'
        for name, array in ARRAYS.items():
            assert name in file
            assert file.shape(name) == array.shape
            assert file[name].dtype == array.dtype
            np.testing.assert_array_equal(file[name], array)
    write_arrays(path, dict(reversed(ARRAYS.items())), model='{"é": 1}')
    assert path.read_bytes() == first
    assert int.from_bytes(first[:8], "little") % 8 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]


def test_bfloat16_is_read_as_float32(tmp_path):
    numbers = np.array([1, -2.5, 3e38], np.float32).view(np.uint32) >> 16
    path = written(tmp_path / "w.safetensors", {"a": entry("BF16", (3,), (0, 6))}, numbers.astype("<u2").tobytes())
    with open_arrays(path) as file:
        np.testing.assert_allclose(file["a"], [1, -2.5, 3e38], rtol=1e-2)
        assert file["a"].dtype == np.float32


@pytest.mark.parametrize(
    ("header", "numbers", "reason"),
    [
        (b"[]", b"", "its header lists no arrays"),
        (b"{,}", b"", "its header is no JSON"),
        (b"[" * 100_000, b"", "its header is no JSON"),
        (b"\xff\xff", b"", "its header is no JSON"),
        (b'{"a": 1, "a": 1}', b"", "its header has a name twice"),
        ({"__metadata__": {"a": 1}}, b"", "its metadata are no texts"),
        ({"__metadata__": []}, b"", "its metadata are no texts"),
        ({"a": 3}, b"", "a has not a kind, a shape and a place"),
        ({"a": {"dtype": "F32", "shape": [3]}}, b"", "a has not a kind, a shape and a place"),
        ({"a": entry(offsets=(0, 12, 24))}, bytes(12), "a has not a kind, a shape and a place"),
        ({"a": entry("F8_E4M3")}, bytes(12), "a holds F8_E4M3, no numbers that are weights"),
        ({"a": entry(["F32"])}, bytes(12), "a holds ['F32'], no numbers that are weights"),
        ({"a": entry(shape=(-3,))}, bytes(12), "a has a shape or a place that no array has"),
        ({"a": entry(shape=(3.0,))}, bytes(12), "a has a shape or a place that no array has"),
        ({"a": entry(shape=(True, 3))}, bytes(12), "a has a shape or a place that no array has"),
        ({"a": entry(shape=(0, 10**30), offsets=(0, 0))}, b"", "a has a shape or a place that no array has"),
        ({"a": entry(shape=(1,) * 60 + (3,))}, bytes(12), "a has a shape or a place that no array has"),
        ({"a": entry(shape=(4,))}, bytes(16), "a has not as many numbers as its shape says"),
        ({"a": entry(shape=(2**40,), offsets=(0, 2**42))}, bytes(12), "its arrays take 4,398,046,511,104 bytes, but"),
        ({"a": entry(), "b": entry()}, bytes(24), "b does not begin where the array before it ends"),
        ({"a": entry(offsets=(12, 24))}, bytes(24), "a does not begin where the array before it ends"),
        ({"a": entry()}, bytes(13), "its arrays take 12 bytes, but it has 13"),
        ({"a": entry()}, bytes(11), "its arrays take 12 bytes, but it has 11"),
    ],
)
def test_what_is_no_file_of_arrays_is_refused_before_anything_is_read(tmp_path, header, numbers, reason):
    path = written(tmp_path / "w.safetensors", header, numbers)
    with pytest.raises(ArraysError) as caught, open_arrays(path):
        pass
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize(
    "content", [b"", b"{}", struct.pack("<Q", 2**63) + b"{}", struct.pack("<Q", 0), b"PK\3\4" * 99]
)
def test_a_header_longer_than_the_file_is_refused(tmp_path, content):
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(ArraysError, match=r"not a \.safetensors, or cut short"), open_arrays(path):
        pass


def test_a_header_of_a_size_that_no_model_has_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", LONGEST_HEADER + 1))
        file.truncate(LONGEST_HEADER + 100)
    with pytest.raises(ArraysError, match="more than any file of weights has"), open_arrays(path):
        pass


def test_damaged_files_are_read_or_refused(tmp_path):
    write_arrays(tmp_path / "w.safetensors", ARRAYS, model="{}")
    counts = check_mutants(
        "helpers.hostile:read_every_array", [tmp_path / "w.safetensors"], count=150, seed=1, peak=150 << 20
    )
    assert counts["w.safetensors"]["refused"] > 50


def test_it_is_what_hugging_face_writes_and_reads(tmp_path):
    library = needed("safetensors.numpy", "onnx")
    path = tmp_path / "w.safetensors"
    write_arrays(path, ARRAYS, model="{}")
    for name, array in library.load_file(path).items():
        np.testing.assert_array_equal(array, ARRAYS[name])
    arrays = {name: np.ascontiguousarray(array) for name, array in ARRAYS.items()}
    library.save_file(arrays, tmp_path / "theirs.safetensors", {"model": "{}"})
    with open_arrays(tmp_path / "theirs.safetensors") as file:
        assert str(file["model"]) == "{}"
        for name, array in arrays.items():
            np.testing.assert_array_equal(file[name], array)


# ---- models and weights


def test_a_model_is_the_same_in_either_format(tmp_path):
    from aiart.params.cyclegan import CycleGAN
    from aiart.translation import methods
    from aiart.translation.architecture import Architecture
    from aiart.translation.model_file import load_model, save_model

    settings = CycleGAN(image_side=16, generator_width=2, receptive_field=16, blocks=1, norm="batch")
    build = methods.part("cyclegan", "learner").build_generator
    architecture = Architecture(padding="torch")
    generators = {way: build(settings, i, architecture) for i, way in enumerate(("a_to_b", "b_to_a"))}
    for name in ("m.npz", "m.safetensors"):
        save_model(tmp_path / name, "cyclegan", generators, settings.model_dump(), architecture, steps=3)
    npz, safetensors = load_model(tmp_path / "m.npz"), load_model(tmp_path / "m.safetensors")
    with open_arrays(tmp_path / "m.safetensors") as file:
        assert {"a_to_b/first/kernel", "b_to_a/down_1_norm/moving_variance", "model"} < set(file.names)
    assert (npz.method, npz.settings, npz.facts) == ("cyclegan", settings, {"steps": 3})
    assert (npz.method, npz.settings, npz.facts) == (safetensors.method, safetensors.settings, safetensors.facts)
    assert npz.architecture == safetensors.architecture == architecture
    pictures = np.random.default_rng(1).uniform(-1, 1, (1, 16, 20, 3)).astype(np.float32)
    expected = generators["b_to_a"](pictures).numpy()
    for model in (npz, safetensors):
        np.testing.assert_array_equal(model.translate(pictures, "b_to_a"), expected)
    with pytest.raises(UserError, match="its weights do not fit its settings"):
        (tmp_path / "other.safetensors").write_bytes(
            (tmp_path / "m.safetensors").read_bytes().replace(b"a_to_b/first/kernel", b"a_to_b/first/kernal")
        )
        load_model(tmp_path / "other.safetensors")


def test_weights_of_feature_networks_are_read_and_written(tmp_path):
    from aiart.networks.distillation import googlenet_student, vgg_student
    from aiart.networks.files import weights_file

    for name, student, layers in (
        ("vgg19_slim", vgg_student, ["conv2_1"]),
        ("googlenet_slim", googlenet_student, ["inception_3a"]),
    ):
        own = student.read(weights_file(name), layers)
        student.write(tmp_path / f"{name}.safetensors", own)
        again = student.read(tmp_path / f"{name}.safetensors", layers)
        for layer, (kernel, bias) in own.items():
            np.testing.assert_array_equal(again[layer][0], kernel)
            np.testing.assert_array_equal(again[layer][1], bias)
        (tmp_path / "bad.safetensors").write_bytes(b"bad")
        with pytest.raises(UserError, match=r"not a \.safetensors, or cut short"):
            student.read(tmp_path / "bad.safetensors", layers)
