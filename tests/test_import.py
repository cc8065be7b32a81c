"""Generators that PyTorch trained: the fixtures say what PyTorch makes of them, and what is no such file is refused."""

import collections
import io
import os
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from helpers.mutations import check_mutants

from aiart.errors import UserError
from aiart.exchange.torch_file import LEGACY_START, read_state_dict
from aiart.exchange.torch_generators import generator_of
from aiart.networks.arrays import ArraysError

FIXTURES = ("resnet_instance.pth", "unet_batch.pth")


@pytest.fixture
def fixtures(root):
    return root / "tests/fixtures"


@pytest.fixture
def state_dict(fixtures):
    """Of the residual generator, which is of 12 convolutions with one block."""
    return dict(read_state_dict(fixtures / "resnet_instance.pth"))


def picture(height, width):
    """As helpers/torch_networks.py has it, which needs PyTorch."""
    row, column, channel = np.ogrid[:height, :width, :3]
    return ((row * row * 3 + column * 13 + row * column + channel * 71) % 256 / np.float32(127.5) - 1)[None].astype(
        "f4"
    )


# ---- what it makes


@pytest.mark.parametrize(
    ("name", "size", "step", "method"),
    [("resnet_instance", (12, 20), 1, "cyclegan"), ("unet_batch", (32, 64), 3, "pix2pix")],
)
def test_an_imported_generator_makes_what_torch_makes(aiart, fixtures, tmp_path, name, size, step, method):
    from aiart.translation.model_file import load_model

    output = tmp_path / "m.safetensors"
    status, out, err = aiart("import", fixtures / f"{name}.pth", "--method", method, "-o", output)
    assert (status, err) == (0, "")
    assert out.splitlines()[-1].startswith(f"{output}: {method}, ")
    model = load_model(output)
    with np.load(fixtures / "torch_made.npz") as made:
        np.testing.assert_allclose(model.translate(picture(*size))[:, ::step, ::step], made[name], atol=1e-5)
    first = output.read_bytes()
    aiart("import", fixtures / f"{name}.pth", "-o", output)
    assert output.read_bytes() == first


def test_both_generators_of_a_cyclegan_are_one_model(aiart, fixtures, tmp_path):
    from aiart.translation.model_file import load_model

    file, output = fixtures / "resnet_instance.pth", tmp_path / "m.npz"
    status, _, err = aiart("import", file, file, "-o", output)
    assert (status, err) == (0, "")
    model = load_model(output)
    assert model.directions == ("a_to_b", "b_to_a")
    assert set(model.facts["imported"]) == {"a_to_b", "b_to_a"}
    assert model.facts["imported"]["a_to_b"]["name"] == "resnet_instance.pth"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["resnet_instance.pth", "--method", "pix2pix"], "is a generator of cyclegan, not of pix2pix"),
        (["unet_batch.pth", "unet_batch.pth"], "is one generator too many"),
        (["resnet_instance.pth", "resnet_instance.pth", "--direction", "a_to_b"], "is one generator too many"),
        (["resnet_instance.pth", "unet_batch.pth"], "is another kind of generator than"),
        (["torch_made.npz"], "cannot be read as weights of PyTorch (it holds no data.pkl)"),
        (["none.pth"], "no such file; give the path of weights that PyTorch saved"),
    ],
)
def test_what_does_not_go_together_is_refused(aiart, fixtures, tmp_path, arguments, said):
    words = [fixtures / word if word.endswith((".pth", ".npz")) else word for word in arguments]
    status, _, err = aiart("import", *words, "-o", tmp_path / "m.npz")
    assert status == 1
    assert said in err
    assert err.count("\n") == 1


# ---- which generators


def renamed(state_dict, change):
    return {change(name): array for name, array in state_dict.items()}


def test_dropout_in_residual_blocks_is_left_out_and_said(state_dict):
    generator = generator_of(renamed(state_dict, lambda name: name.replace("conv_block.5", "conv_block.6")))
    assert "dropout" in generator.remarks[0]
    assert generator_of(state_dict).remarks == ()


def test_the_norm_is_known_by_biases_and_weights(state_dict):
    def norm(state_dict):
        settings = generator_of(state_dict).settings
        return settings["norm"], settings["norm_affine"]

    vectors = {name for name, array in state_dict.items() if array.ndim == 1 and "running" not in name}
    plain = {name: array for name, array in state_dict.items() if "running" not in name and "num_" not in name}
    head = "model.18.bias"
    assert head in vectors
    without = {name: array for name, array in plain.items() if name == head or name not in vectors}
    weights = {}
    for name in list(plain):
        *path, leaf = name.split(".")
        if leaf == "bias" and name != head:
            behind = ".".join([*path[:-1], str(int(path[-1]) + 1)])
            weights |= {f"{behind}.weight": plain[name], f"{behind}.bias": plain[name]}
    assert norm(state_dict) == norm(plain) == ("instance", False)
    assert norm({**plain, **weights}) == ("instance", True)
    assert norm({**without, **weights}) == ("batch", True)
    assert norm(without) == ("none", True)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda s: {}, "they begin with no convolution"),
        (lambda s: {**s, "model.1.weight": np.zeros((2, 1, 7, 7))}, "model.1 has the shape (2, 1, 7, 7), where their"),
        (lambda s: {**s, "model.1.weight": np.zeros((2, 3, 5, 5))}, "they begin with a convolution of 5 × 5"),
        (lambda s: {**s, "model.1.weight": np.zeros((2, 3))}, "they begin with no convolution"),
        (lambda s: {**s, "model.1.weight": np.full((2, 3, 7, 7), np.nan)}, "model.1.weight holds numbers that are not"),
        (lambda s: {**s, "model.99.weight": np.zeros((2, 3, 7, 7))}, "9 convolutions are not those of a residual"),
        (lambda s: {**s, "model.1.filt": np.zeros(3)}, "model.1.filt is none of a generator's"),
        (lambda s: {**s, "model.1.bias": np.zeros(5)}, "model.1 or the norm behind it has other numbers than channels"),
        (lambda s: {n: a for n, a in s.items() if n != "model.4.bias"}, "model.7 has not the same norm as the others"),
        (lambda s: {**s, "model.3.weight": np.zeros(2)}, "model.3 follows no convolution"),
    ],
)
def test_weights_of_something_else_are_refused(state_dict, change, reason):
    with pytest.raises(ArraysError) as caught:
        generator_of(change(state_dict))
    assert str(caught.value).startswith(reason)


# ---- hostile files


class Hostile:
    def __init__(self, function, *arguments):
        self.called = function, arguments

    def __reduce__(self):
        return self.called


def torch_zip(path, pickled, **members):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        for name, content in members.items():
            archive.writestr(f"archive/{name}", content)
    return path


def torch_stream(path, pickled, behind=b""):
    system = pickle.dumps({"little_endian": True}, 2)
    path.write_bytes(LEGACY_START + system + pickled + behind)
    return path


@pytest.mark.parametrize("write", [torch_zip, torch_stream])
def test_a_pickle_that_would_run_something_runs_nothing(tmp_path, write):
    mark = tmp_path / "mark"
    for function, *arguments in (
        (os.system, f"touch {mark}"),
        (eval, f"open({str(mark)!r}, 'w')"),
        (io.open, str(mark), "w"),
        (collections.Counter, "abc"),
    ):
        path = write(tmp_path / "w.pth", pickle.dumps({"weight": Hostile(function, *arguments)}, 2))
        with pytest.raises(UserError) as caught:
            read_state_dict(path)
        assert f"{path}: cannot be read as weights of PyTorch (it asks for " in str(caught.value)
        assert str(caught.value).count("\n") == 0
    assert not mark.exists()


def tensor(shape, strides, offset=0, length=4, key="0"):
    """The opcodes of a dictionary of one tensor, `weight`."""

    def number(value):
        return b"\x8a\x08" + struct.pack("<q", value)

    def numbers(values):
        return b"(" + b"".join(map(number, values)) + b"t"

    def text(value):
        return b"X" + struct.pack("<I", len(value)) + value.encode()

    storage = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + number(length) + b"tQ"
    built = b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + numbers(shape) + numbers(strides)
    return b"\x80\x02}" + text("weight") + built + b"\x89ccollections\nOrderedDict\n)RtRs."


def test_a_tensor_written_by_hand_is_read(tmp_path):
    path = torch_zip(tmp_path / "w.pth", tensor((2, 2), (1, 2)), **{"data/0": np.arange(4, dtype="f4").tobytes()})
    np.testing.assert_array_equal(read_state_dict(path)["weight"], [[0, 2], [1, 3]])
    behind = pickle.dumps(["0"], 2) + struct.pack("<q", 4) + np.arange(4, dtype="f4").tobytes()
    path = torch_stream(tmp_path / "w.pth", tensor((2, 1), (2, 1), 1), behind)
    np.testing.assert_array_equal(read_state_dict(path)["weight"], [[1], [3]])


def test_what_python_2_and_the_first_versions_of_torch_wrote_is_read(tmp_path):
    """An ordered dictionary of pairs, names of bytes, and a tensor without a gradient."""
    made = tensor((2, 2), (2, 1))
    made = made[made.index(b"ctorch._utils") : made.index(b"\x89")].replace(b"_rebuild_tensor_v2", b"_rebuild_tensor")
    pickled = b"\x80\x02ccollections\nOrderedDict\n](](U\x0dmodule.weight" + made + b"tRee\x85R}U\x09_metadata}sb."
    path = torch_zip(tmp_path / "w.pth", pickled, **{"data/0": np.arange(4, dtype="f4").tobytes()})
    np.testing.assert_array_equal(read_state_dict(path)["weight"], [[0, 1], [2, 3]])


@pytest.mark.parametrize(
    ("pickled", "said"),
    [
        (tensor((2, 2), (2, 1), 1), "a tensor of shape (2, 2) has more numbers than there are"),
        (tensor((100_000, 100_000), (0, 0)), "its tensors claim more numbers than it holds"),
        (tensor((2, 2), (2, 1), length=5), "it is cut short, or claims more numbers than it holds"),
        (tensor((2, 2), (2, 1), length=2**39), "it is cut short, or claims more numbers than it holds"),
        (tensor((2, 2), (2, 1), length=2**60), "it refers to something else than numbers"),
        (tensor((2, -2), (2, 1)), "it makes something else than tensors"),
        (tensor((2, 2), (-2, 1), 3), "it makes something else than tensors"),
        (tensor((1,) * 40, (1,) * 40), "it makes something else than tensors"),
        (tensor((2, 2), (2, 1), key="../0"), "archive/data/../0 is not there"),
        (tensor((2, 2), (2, 1))[:-20], "its pickle is cut short or damaged"),
        (b"\x80\x02" + b"(" * 120_000 + b".", "it is far longer than the list of a generator's weights"),
        (b"\x80\x02" + b"]" * 120_000 + b".", "it is far longer than the list of a generator's weights"),
        (b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b"x.", "its pickle is cut short or damaged"),
        (b"\x80\x05\x96" + struct.pack("<Q", 2**40) + b"x.", "its pickle is cut short or damaged"),
        (b"\x80\x02.", "its pickle is cut short or damaged"),
        (b"\x80\x02h\x05.", "its pickle is cut short or damaged"),
        (b"\x80\x02}r\xff\xff\xff\xff.", "it holds no tensors by name"),
        (b"\x80\x02}" + b"(" * 9 + b"t" * 9 + b"Ns.", "a dictionary of it has keys that are no names"),
        (b"\x80\x02" + b")\x85" * 45_000 + b".", "it holds no tensors by name"),
        (b"\x80\x02K\x01.", "it holds no tensors by name"),
        (b"\x80\x02cos\nsystem\n.", "it asks for os.system, where weights alone are read"),
        (b"\x80\x02cbuiltins\neval\n.", "it asks for builtins.eval, where weights alone are read"),
        (b"\x80\x02cmodels.networks\nResnetGenerator\n)\x81.", "it asks for models.networks.ResnetGenerator, where"),
        (b"(ios\nsystem\n.", "it does INST, which no list of weights needs"),
    ],
)
def test_claims_are_checked_before_memory_is_taken(tmp_path, pickled, said):
    path = torch_zip(tmp_path / "w.pth", pickled, **{"data/0": bytes(16)})
    tracemalloc.start()
    with pytest.raises(UserError) as caught:
        read_state_dict(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert f"{path}: cannot be read as weights of PyTorch ({said}" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert peak < 100e6


def test_a_zip_that_unpacks_hugely_is_refused(tmp_path):
    path = tmp_path / "w.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", tensor((2, 2), (2, 1)))
        archive.writestr("archive/data/0", bytes(50_000_000))
    with pytest.raises(UserError, match="it would unpack to far more than the file"):
        read_state_dict(path)


def test_a_checkpoint_with_one_network_is_read_and_of_several_the_names_are_said(tmp_path):
    inner = tensor((2, 2), (2, 1))[2:-1]

    def checkpoint(*names):
        entries = b"".join(b"X" + struct.pack("<I", len(name)) + name.encode() + inner + b"s" for name in names)
        return torch_zip(tmp_path / "w.pth", b"\x80\x02}" + entries + b".", **{"data/0": bytes(16)})

    assert list(read_state_dict(checkpoint("state_dict"))) == ["weight"]
    with pytest.raises(UserError, match="it holds several networks, G_A, G_B"):
        read_state_dict(checkpoint("G_A", "G_B"))


def test_damaged_files_are_read_or_refused(fixtures, tmp_path):
    good = [tmp_path / name for name in FIXTURES]
    for path in good:
        path.write_bytes((fixtures / path.name).read_bytes())
    counts = check_mutants("aiart.exchange.torch_file:read_state_dict", good, count=60, seed=1, peak=200 << 20)
    assert all(count["refused"] > 5 for count in counts.values()), counts


# ---- against PyTorch itself


@pytest.mark.slow
@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("kind", ["resnet", "unet"])
@pytest.mark.parametrize("norm", ["batch", "instance", "instance with statistics", "instance with weights", "none"])
def test_generators_of_every_norm_make_what_torch_makes(aiart, tmp_path, kind, norm, legacy):
    torch = pytest.importorskip("torch", reason="needs PyTorch; run `pip install torch`")
    from helpers import torch_networks

    from aiart.translation.model_file import load_model

    network = torch_networks.residual(4, 6, norm) if kind == "resnet" else torch_networks.unet(4, 7, norm)
    torch_networks.randomised(network, seed=3)
    path = tmp_path / "w.pth"
    torch.save(network.state_dict(), path, _use_new_zipfile_serialization=not legacy)
    status, _, err = aiart("import", path, "-o", tmp_path / "m.npz")
    assert (status, err) == (0, "")
    model = load_model(tmp_path / "m.npz")
    assert kind == "resnet" or model.architecture.dropout_layers == (2, 3)
    for size in [(64, 88), (68, 36)] if kind == "resnet" else [(128, 128), (128, 256)]:
        expected = torch_networks.translated(network, torch_networks.picture(*size))
        assert expected.std() > 0.1
        np.testing.assert_allclose(model.translate(picture(*size)), expected, atol=1e-4)
