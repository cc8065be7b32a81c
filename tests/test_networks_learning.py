"""What distillation is made of: channel selection, crops and teachers."""

import gc
import re

import numpy as np
import pytest
import tensorflow as tf

from aiart.errors import UserError
from aiart.images import write_image
from aiart.networks import vgg
from aiart.networks.distillation import channel_selection
from aiart.networks.distillation.channel_selection import (
    fitted_kernel,
    least_squares_embedding,
    samples,
    samples_in_chunks,
    selected_kernel,
    spanning_channels,
)
from aiart.networks.distillation.crops import LONGEST_SIDE, random_crops, read_pictures
from aiart.networks.distillation.teachers import load_teachers
from aiart.networks.weights import write_vgg
from aiart.params import checked
from aiart.params.networks import Distill, Teacher

# Channel selection


def test_spanning_channels_are_the_independent_ones():
    random = np.random.default_rng(0)
    independent = random.normal(0, 1, (500, 3)) * [5, 3, 4]
    feature = np.empty((500, 8))
    feature[:, [1, 4, 6]] = independent
    # The others are weaker mixtures of those three, and constants, which vary with nothing.
    feature[:, [0, 2, 3]] = independent @ random.normal(0, 0.05, (3, 3)) + 7
    feature[:, [5, 7]] = 1000
    assert spanning_channels(feature, 3).tolist() == [1, 4, 6]
    assert spanning_channels(feature, 1).tolist() == [1]


def test_the_embedding_recovers_a_known_linear_map():
    random = np.random.default_rng(1)
    feature = random.normal(2, 1, (4000, 5))
    matrix, bias = random.normal(0, 1, (5, 7)), random.normal(0, 1, 7)
    found, offset = least_squares_embedding(feature, feature @ matrix + bias)
    assert found.dtype == offset.dtype == np.float32
    np.testing.assert_allclose(found, matrix, atol=0.01)  # the ridge shrinks by a thousandth
    np.testing.assert_allclose(feature @ found + offset, feature @ matrix + bias, atol=0.03)


def test_the_embedding_survives_a_channel_that_is_always_zero():
    feature = np.random.default_rng(2).normal(0, 1, (300, 4))
    feature[:, 2] = 0
    found, offset = least_squares_embedding(feature, feature[:, :1] * 3)
    np.testing.assert_allclose(found[:, 0], [3, 0, 0, 0], atol=0.02)
    np.testing.assert_allclose(offset, 0, atol=0.02)


def test_a_kernel_is_fitted_to_what_it_does_after_its_relu(monkeypatch):
    random = np.random.default_rng(4)
    feature = random.normal(0, 1, (6, 20, 20, 3)).astype(np.float32)
    kernel, bias = random.normal(0, 1, (3, 3, 3, 5)), random.normal(0, 1, 5)
    target = samples(tf.nn.relu(tf.nn.conv2d(feature, kernel, 1, "SAME") + bias), 1)
    left = []
    for rounds in (1, 4, 12, 100):
        monkeypatch.setattr(channel_selection, "ROUNDS", rounds)
        found, offset = fitted_kernel(feature, target, 1)
        after = samples(tf.nn.relu(tf.nn.conv2d(feature, found, 1, "SAME") + offset), 1)
        left.append(np.mean((after - target) ** 2) / np.var(target))
    assert left == sorted(left, reverse=True) and left[2] < 0.3 * left[0], left
    assert left[-1] < 1e-3  # all but the ridge
    np.testing.assert_allclose(found, kernel, atol=0.05)


def test_samples_in_chunks_are_those_of_the_whole():
    x = tf.constant(np.random.default_rng(0).normal(0, 1, (37, 30, 30, 2)).astype(np.float32))
    np.testing.assert_array_equal(samples_in_chunks(lambda part: part * 2, x, 3), samples(x * 2, 3))


def test_the_selected_kernel_is_the_teachers_after_the_embedding():
    random = np.random.default_rng(3)
    kernel, bias = random.normal(0, 1, (3, 3, 6, 9)), random.normal(0, 1, 9)
    matrix, offset = random.normal(0, 1, (4, 6)), random.normal(0, 1, 6)
    channels = np.array([0, 5, 7])
    short, short_bias = selected_kernel(kernel, bias, channels, (matrix, offset))
    assert short.shape == (3, 3, 4, 3)
    student = random.normal(0, 1, (3, 3, 4))  # one window of student features
    expected = np.tensordot(student @ matrix + offset, kernel, axes=3) + bias
    np.testing.assert_allclose(np.tensordot(student, short, axes=3) + short_bias, expected[channels], rtol=1e-12)


def test_samples_of_two_networks_belong_together(monkeypatch):
    monkeypatch.setattr(channel_selection, "SAMPLES", 10)
    rows = tf.reshape(tf.range(2 * 5 * 6, dtype=tf.float32), (2, 5, 6, 1))
    one, two = samples(rows, 4), samples(tf.concat([rows, -rows], axis=-1), 4)
    assert one.shape == (10, 1)
    assert one.dtype == np.float64
    assert len(np.unique(one)) == 10
    np.testing.assert_array_equal(two, np.hstack([one, -one]))
    assert not np.array_equal(samples(rows, 5), one)


# Crops


@pytest.fixture(scope="module")
def pictures():
    random = np.random.default_rng(0)
    return [random.integers(0, 256, size, np.uint8) for size in ((40, 60, 3), (64, 33, 3), (20, 90, 3))]


def test_crops_are_a_function_of_seed_and_step_alone(pictures):
    def crops(seed, step):
        return random_crops(pictures, seed=seed, step=step, batch=6, crop=32, scale=(0.5, 1.5))

    first = crops(1, 7)
    np.random.random(5)  # the global generator has no part in it
    np.testing.assert_array_equal(crops(1, 7), first)
    assert not np.array_equal(crops(1, 8), first)
    assert not np.array_equal(crops(2, 7), first)


def test_crops_keep_shape_and_range(pictures):
    for step in range(10):
        crops = random_crops(pictures, seed=3, step=step, batch=4, crop=48, scale=(0.25, 2.0))
        assert crops.shape == (4, 48, 48, 3)
        assert crops.dtype == np.float32
        assert crops.min() >= 0
        assert crops.max() <= 255
        assert crops.std() > 20


def test_a_third_of_the_crops_is_disturbed():
    """Of a picture of 0 and 255 only, cut at its own scale, only disturbed crops hold other values."""
    picture = np.kron(np.random.default_rng(0).integers(0, 2, (64, 64, 1)), np.full((1, 1, 3), 255)).astype(np.uint8)
    crops = random_crops([picture], seed=0, step=0, batch=600, crop=32, scale=(1.0, 1.0))
    pure = np.isin(crops, (0, 255)).all(axis=(1, 2, 3)).mean()
    assert pure == pytest.approx(2 / 3, abs=0.06)


def test_pictures_are_read_in_name_order_and_reduced(tmp_path):
    for name, shape, value in (("b.png", (8, 10, 3), 200), ("a.jpg", (8, 1600, 3), 100), ("c.txt", None, 0)):
        if shape:
            write_image(tmp_path / name, np.full(shape, value, np.float32))
        else:
            (tmp_path / name).write_text("no picture")
    first, second = read_pictures([tmp_path])
    assert first.shape == (4, LONGEST_SIDE, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(second, np.full((8, 10, 3), 200, np.uint8))


def test_a_folder_without_pictures_is_named(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(UserError) as caught:
            read_pictures([folder])
        assert str(caught.value) == f"{folder}: holds no PNG or JPEG pictures to learn from; name another folder."


# Teachers


class Teaches(tf.Module):
    """Returns feature maps `doubled` and `small`."""

    def __init__(self):
        self.factor = tf.Variable(2.0)

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.float32, name="image")])
    def features(self, image):
        return {"doubled": image * self.factor, "small": image[:, ::2, ::2]}


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher")
    module = Teaches()
    tf.saved_model.save(module, folder / "whole", signatures=module.features)
    tf.saved_model.save(module, folder / "unsigned", signatures={})
    return folder


def teachers(*given, layers, weights=None):
    return load_teachers(given, layers, known=vgg.LAYERS, vgg19_weights=weights, precision="float32")


def problem(*given, layers, weights=None):
    with pytest.raises(UserError) as caught:
        teachers(*given, layers=layers, weights=weights)
    return str(caught.value)


def test_a_saved_model_teaches_the_layers_it_is_named_for(saved_model):
    teacher = Teacher(network=str(saved_model / "whole"), layers={"conv2_1": "small", "conv1_1": "doubled"})
    teach, layers = teachers(teacher, layers=["conv1_1", "conv2_1"])
    gc.collect()  # the signature alone does not keep its variables alive
    image = np.random.default_rng(0).uniform(0, 255, (1, 6, 4, 3)).astype(np.float32)
    found = teach(tf.constant(image))
    assert layers == ["conv1_1", "conv2_1"]
    np.testing.assert_allclose(found["conv1_1"], 2 * image)
    np.testing.assert_allclose(found["conv2_1"], image[:, ::2, ::2])


def test_the_first_teacher_of_a_layer_counts(saved_model, tmp_path):
    weights = vgg.random_weights(4, (4, 4, 4, 4, 4))
    write_vgg(tmp_path / "vgg.npz", {layer: weights[layer] for layer in ("conv1_1", "conv1_2", "conv2_1")}, "float32")
    true = Teacher(network="vgg19", weights=str(tmp_path / "vgg.npz"))
    other = Teacher(network=str(saved_model / "whole"), layers={"conv1_1": "doubled", "conv2_1": "small"})
    image = tf.random.stateless_uniform((1, 8, 8, 3), (1, 2), 0, 255)
    expected = vgg.features(weights, image, ["conv1_2"])["conv1_2"]
    for given, width in (((true, other), 4), ((other, true), 3)):
        teach, layers = teachers(*given, layers=["conv1_1", "conv1_2", "conv2_1"])
        found = teach(image)
        assert layers == ["conv1_1", "conv1_2", "conv2_1"]
        assert [found[layer].shape[-1] for layer in layers] == [width, 4, width]
        np.testing.assert_allclose(found["conv1_2"], expected, rtol=1e-5, atol=1e-3)


def test_bad_teachers_are_named(saved_model, tmp_path):
    assert problem(Teacher(layers={"conv1_1": "conv1_1"}), layers=["conv1_1", "conv1_2"], weights="x.npz") == (
        "x.npz: no such weights file; give the path of an .h5, .npz or .safetensors file."
    )
    assert problem(Teacher(), layers=["conv1_1"]).startswith(
        "data/weights/vgg19.h5: the weights of vgg19 are not there; run `aiart fetch weights vgg19 -o "
    )
    whole = str(saved_model / "whole")
    assert problem(Teacher(network=whole, layers={"conv1_1": "doubled"}), layers=["conv1_1", "conv1_2"]) == (
        "distill.teachers: no teacher has conv1_2; add one, or leave its block out of distill.phases."
    )
    assert problem(Teacher(network=whole, layers={"conv1_1": "tripled"}), layers=["conv1_1"]) == (
        f"{whole}: returns no feature map tripled; it has doubled, small."
    )
    assert problem(Teacher(network=str(tmp_path), layers={"conv1_1": "x"}), layers=["conv1_1"]) == (
        f"{tmp_path}: is not a TensorFlow SavedModel; give `vgg19` or the folder of one."
    )
    unsigned = str(saved_model / "unsigned")
    assert problem(Teacher(network=unsigned, layers={"conv1_1": "x"}), layers=["conv1_1"]) == (
        f"{unsigned}: has no signature serving_default; export it with one."
    )
    (tmp_path / "saved_model.pb").write_bytes(b"garbage")
    found = problem(Teacher(network=str(tmp_path), layers={"conv1_1": "x"}), layers=["conv1_1"])
    assert re.fullmatch(
        re.escape(f"{tmp_path}: cannot be read as a TensorFlow SavedModel (") + r"[^\n]*\); export it again\.", found
    )


def test_layers_that_do_not_exist_are_refused_before_anything_is_read():
    for layers, name in (({"conv9_1": "x"}, "conv9_1"), ({"conv1_1": "conv1_9"}, "conv1_9")):
        with pytest.raises(UserError) as caught:
            checked(Distill, {"teachers": [{"network": "vgg19", "layers": layers}]}, "distill")
        near = {"conv9_1": "conv5_1", "conv1_9": "conv1_2"}[name]
        assert str(caught.value).startswith(
            f"distill: teachers.0: layers: {name} is no layer; did you mean {near}? layers are conv1_1, conv1_2, "
        )
