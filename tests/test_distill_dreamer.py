"""A distillation of GoogLeNet's first layers, from a teacher of random kernels and on dreams; and the dreams."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from aiart.errors import UserError
from aiart.images import resize_exact, write_image
from aiart.networks import googlenet
from aiart.networks.distillation import channel_selection, errors, googlenet_student
from aiart.networks.distillation import distill as distillation
from aiart.networks.distillation.distill import distill
from aiart.networks.distillation.dreams import Dreams, goals, unlikeness
from aiart.networks.distillation.errors import embedding_errors
from aiart.networks.distillation.googlenet_student import Student, export, initialise
from aiart.networks.googlenet import LAYERS, features, random_weights, read_googlenet
from aiart.params import checked
from aiart.params.networks import Distill, Phase, Teacher

BLOCKS = ["conv1", "conv2"]


def narrow(channels):
    return max(channels // 8, 2)


@pytest.fixture(scope="module", autouse=True)
def small():
    """Students an eighth as wide as GoogLeNet, and little to start from."""
    tf.config.experimental.enable_op_determinism()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(googlenet, "slim_width", narrow)
        patch.setattr(channel_selection, "START_PIXELS", 6 * 48**2)
        patch.setattr(errors, "HELD_OUT_BATCHES", 2)
        yield


@pytest.fixture(scope="module")
def teacher():
    """Kernels a quarter as wide as GoogLeNet's, with biases other than zero."""
    random = np.random.default_rng(5)
    found = random_weights(9, lambda channels: max(channels // 4, 4))
    return {
        name: (kernel, random.normal(0, 5, bias.shape).astype(np.float32)) for name, (kernel, bias) in found.items()
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory, teacher):
    folder = tmp_path_factory.mktemp("dreamer")
    for index in range(3):
        coarse = np.random.default_rng(index).uniform(0, 255, (20, 20, 3)).astype(np.float32)
        write_image(folder / "pictures" / f"{index}.png", resize_exact(coarse, 64, 72))
    googlenet_student.write(folder / "teacher.npz", teacher)
    return folder


def settings(folder, **changes):
    return Distill(
        **{
            "student": "googlenet_slim",
            "teachers": [Teacher(network="googlenet", weights=str(folder / "teacher.npz"))],
            "pictures": [str(folder / "pictures")],
            "phases": [Phase(blocks=[1, 2], steps=60, learning_rate=1e-2)],
            "batch": 2,
            "crop": 48,
            "painted_share": 0,
            "dream_share": 1,
            "checkpoint_minutes": 1e-9,
            "precision": "float32",
            **changes,
        }
    )


def train(folder, name, chosen=None):
    made = distill(chosen or settings(folder), seed=1, state=folder / f"{name}.state.npz", made_with={})
    made.write(folder / f"{name}.npz")
    made.history.to_csv(folder / f"{name}.csv", index=False)
    return made


@pytest.fixture(scope="module")
def whole(folder):
    return train(folder, "whole")


def test_training_lowers_the_errors_and_turns_the_gradients(folder, whole):
    history = whole.history
    assert list(history.columns) == ["phase", "step", "features", "gram", "gradients"]
    assert history.step.tolist() == [20, 40, 60]
    assert (history.iloc[-1] < history.iloc[0])[["features", "gradients"]].all()
    begun = train(folder, "begun", settings(folder, phases=[Phase(blocks=[1, 2], steps=1, learning_rate=1e-9)]))
    assert whole.report.layer.tolist() == BLOCKS
    # What a layer starts from is the best of its own; the one above gains by what it does for it.
    ours, theirs = (report.feature_error.iloc[-1] for report in (whole.report, begun.report))
    assert ours < theirs


def test_a_killed_run_ends_with_the_bytes_of_an_uninterrupted_one(folder, whole, monkeypatch, capsys):
    make = distillation.random_crops

    def crops(pictures, *, step, **options):
        if step == 50:
            raise KeyboardInterrupt
        return make(pictures, step=step, **options)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(distillation, "random_crops", crops)
        train(folder, "killed")
    train(folder, "killed")
    assert "continuing phase 1 at step 40." in capsys.readouterr().out
    for suffix in (".npz", ".csv"):
        assert (folder / f"killed{suffix}").read_bytes() == (folder / f"whole{suffix}").read_bytes(), suffix


def test_what_is_written_is_what_was_trained(folder, whole):
    read = read_googlenet(folder / "whole.npz", LAYERS)
    assert {name: bias.shape[0] for name, (_, bias) in read.items()} == {
        name: narrow(width)
        for layer in LAYERS
        for name, width in zip(googlenet.convolutions(layer), googlenet.WIDTHS[layer], strict=True)
    }
    image = tf.constant(np.random.default_rng(0).uniform(0, 255, (4, 48, 48, 3)).astype(np.float32))
    again = Student(7)
    again.start_from(read, image)
    for layer in LAYERS:
        np.testing.assert_allclose(
            again.features(image, [layer])[layer], features(read, image, [layer])[layer], rtol=1e-3, atol=1e-3
        )
    for name, pair in export(again, pd.DataFrame(), settings(folder)).items():
        for got, expected in zip(pair, read[name], strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7, err_msg=name)


def test_a_student_as_wide_as_its_teacher_starts_as_its_teacher(teacher, monkeypatch):
    """Of as many channels, every channel is chosen, and the fit finds the teacher's kernels again."""
    monkeypatch.setattr(googlenet, "slim_width", lambda channels: max(channels // 4, 4))
    image = tf.constant(np.random.default_rng(0).uniform(0, 255, (12, 64, 64, 3)).astype(np.float32))
    student = Student(2)
    layers = LAYERS[:4]
    initialise(student, list(layers), lambda x: features(teacher, x, layers), image, 3, teacher)
    ours, theirs = student.features(image, layers), features(teacher, image, layers)
    for layer in layers:
        left = np.mean((ours[layer] - theirs[layer]) ** 2) / np.var(theirs[layer])
        assert left < 0.02, layer
        np.testing.assert_allclose(
            student.embed(layer, ours[layer]) * student.target_rms[layer],
            theirs[layer],
            atol=0.5 * float(np.std(theirs[layer])),
            err_msg=layer,
        )


def test_fewer_channels_start_better_than_random_ones(teacher):
    image = tf.constant(np.random.default_rng(0).uniform(0, 255, (12, 64, 64, 3)).astype(np.float32))
    left = {}
    for name, arrays in (("fitted", teacher), ("random", {})):
        student = Student(2)
        initialise(student, ["conv1", "conv2"], lambda x: features(teacher, x, BLOCKS), image, 3, arrays)
        found, target = student.features(image, BLOCKS), features(teacher, image, BLOCKS)
        left[name] = [float(embedding_errors(student, layer, found[layer], target[layer])[0]) for layer in BLOCKS]
    assert all(fitted < 0.9 * random for fitted, random in zip(left["fitted"], left["random"], strict=True)), left


# Dreams


def crop(seed):
    return np.random.default_rng(seed).uniform(0, 255, (32, 32, 3))


def test_each_dream_takes_its_step_along_its_own_gradient():
    dreams = Dreams(4, 32, [8, 16], seed=1)
    chosen, _ = dreams.draw(0, crop)
    dreams.pictures[:] = 100
    left = dreams.left.copy()
    dreams.by_student[chosen] = [True, False, True, False]
    up, down = np.ones((4, 32, 32, 3), np.float32), -np.ones((4, 32, 32, 3), np.float32)
    down[3] = 0
    dreams.move(chosen, up, down)
    length = dreams.length[chosen]
    np.testing.assert_allclose(dreams.pictures[chosen].mean((1, 2, 3)), 100 + length * [1, -1, 1, 0], rtol=1e-5)
    assert (dreams.left[chosen] == [*(left[chosen][:3] - 1), 0]).all()
    others = np.setdiff1d(np.arange(len(dreams.pictures)), chosen)
    assert (dreams.pictures[others] == 100).all()


def test_dreams_are_a_function_of_seed_and_steps_and_come_back_from_their_arrays():
    def run(dreams, steps):
        for step in steps:
            chosen, shift = dreams.draw(step, crop)
            assert (np.abs(shift) <= 16).all() and len(set(chosen)) == 2
            gradient = np.random.default_rng(step).normal(0, 1, (2, 32, 32, 3)).astype(np.float32)
            dreams.move(chosen, gradient, -gradient)
        return {name: array.copy() for name, array in dreams.arrays().items()}

    whole = run(Dreams(2, 32, [8, 16], seed=1), range(60))
    kept = run(Dreams(2, 32, [8, 16], seed=1), range(30))
    again = Dreams(2, 32, [8, 16], seed=1)
    again.restore(kept)
    for name, array in run(again, range(30, 60)).items():
        np.testing.assert_array_equal(array, whole[name], err_msg=name)
    assert not np.array_equal(run(Dreams(2, 32, [8, 16], seed=2), range(60))["pictures"], whole["pictures"])
    assert set(whole["layer"]) == {0, 1} and whole["channel"].min() == -1 and whole["channel"].max() >= 8
    assert whole["pictures"].min() >= 0 and whole["pictures"].max() <= 255


def test_a_goal_is_the_layer_or_the_channel_that_the_picture_dreams_of():
    random = np.random.default_rng(0)
    wide = {"a": random.normal(0, 1, (3, 4, 4, 6)), "b": random.normal(0, 1, (3, 2, 2, 9))}
    own = {"a": random.normal(0, 1, (3, 4, 4, 3)), "b": random.normal(0, 1, (3, 2, 2, 5))}
    wide, own = ({name: tf.constant(x.astype(np.float32)) for name, x in maps.items()} for maps in (wide, own))
    found = goals(wide, own, tf.constant([0, 1, 1]), tf.constant([-1, 8, 0]))
    expected = [
        np.mean(own["a"][0] ** 2),
        np.mean(np.maximum(wide["b"][1, ..., 8], 0) ** 2),
        np.mean(np.maximum(wide["b"][2, ..., 0], 0) ** 2),
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_gradients_are_alike_whatever_their_lengths():
    gradient = np.random.default_rng(0).normal(0, 1, (2, 16, 16, 3)).astype(np.float32)
    scaled = gradient * np.array([3, 0.01], np.float32).reshape(2, 1, 1, 1)
    assert float(unlikeness(gradient, scaled)) == pytest.approx(0, abs=1e-5)
    assert float(unlikeness(gradient, -scaled)) == pytest.approx(2, abs=1e-5)


# Settings


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"student": "googlenet_slim"},
            "distill: phases: number 3 names block 5, but googlenet_slim has 4 blocks; name none above 4.",
        ),
        (
            {"student": "googlenet_slim", "phases": [{"blocks": [1], "steps": 1}]},
            "distill: teachers: number 1, vgg19, has not the layers of googlenet_slim; name another teacher or "
            "student.",
        ),
        (
            {"teachers": [{"network": "googlenet"}]},
            "distill: teachers.0: weights: name the file of googlenet, which is no download.",
        ),
        (
            {"teachers": [{"network": "elsewhere", "layers": {"inception_3a": "x"}}]},
            "distill: teachers: number 1: inception_3a is no layer; layers are conv1_1, ",
        ),
    ],
)
def test_settings_that_do_not_fit_the_student_are_refused(changes, said):
    with pytest.raises(UserError) as caught:
        checked(Distill, changes, "distill")
    assert str(caught.value).startswith(said)


def test_a_teacher_that_is_not_there_is_named(folder):
    missing = settings(folder, teachers=[Teacher(network="googlenet", weights="no.npz")])
    with pytest.raises(UserError) as caught:
        train(folder, "missing", missing)
    assert str(caught.value) == "no.npz: no such weights file; give the path of an .npz or .safetensors file."
