"""A whole distillation of the first two blocks, from a teacher of random kernels, on tiny crops."""

import os
import shutil
import signal

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from aiart.errors import UserError
from aiart.images import resize_exact, write_image
from aiart.networks import vgg
from aiart.networks.distillation import channel_selection, errors
from aiart.networks.distillation import distill as distillation
from aiart.networks.distillation.checkpoint import Checkpoint
from aiart.networks.distillation.distill import distill
from aiart.networks.distillation.vgg_student import INPUT_DEVIATION, Student, export, initialise
from aiart.networks.weights import read_vgg, write_vgg
from aiart.params import checked
from aiart.params.networks import Distill, Phase, Teacher
from aiart.stopping import Stopped

LAYERS = ("conv1_1", "conv1_2", "conv2_1", "conv2_2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures to learn from, and a teacher."""
    tf.config.experimental.enable_op_determinism()
    folder = tmp_path_factory.mktemp("distill")
    for index in range(3):
        coarse = np.random.default_rng(index).uniform(0, 255, (20, 20, 3)).astype(np.float32)
        write_image(folder / "pictures" / f"{index}.png", resize_exact(coarse, 64, 72))
    teacher = vgg.random_weights(9, (24, 40, 8, 8, 8))
    write_vgg(folder / "teacher.npz", {layer: teacher[layer] for layer in LAYERS}, "float32")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(channel_selection, "START_PIXELS", 0)
        patch.setattr(errors, "HELD_OUT_BATCHES", 4)
        yield folder


def settings(folder, **changes):
    return Distill(
        **{
            "teachers": [Teacher(network="vgg19", weights=str(folder / "teacher.npz"))],
            "pictures": [str(folder / "pictures")],
            "phases": [
                Phase(blocks=[1], steps=60, learning_rate=2e-3),
                Phase(blocks=[2], steps=40, learning_rate=2e-3),
            ],
            "batch": 2,
            "crop": 32,
            "checkpoint_minutes": 1e-9,  # at every opportunity, which is every 20 steps
            "precision": "float32",
            **changes,
        }
    )


def train(folder, name, chosen=None, seed=1):
    made = distill(chosen or settings(folder), seed=seed, state=folder / f"{name}.state.npz", made_with={})
    write_vgg(folder / f"{name}.npz", made.weights)
    made.history.to_csv(folder / f"{name}.csv", index=False)
    made.report.to_csv(folder / f"{name}_report.csv", index=False, float_format="%.6g")
    return made.report


def states(folder, name):
    return sorted(folder.glob(f"{name}.state.{'?' * 12}.npz"))


@pytest.fixture(scope="module")
def whole(folder):
    """The report of one uninterrupted run; its files are called `whole`."""
    return train(folder, "whole")


def test_training_lowers_the_errors(folder, whole):
    history = pd.read_csv(folder / "whole.csv")
    assert history["phase"].tolist() == [1, 1, 1, 2, 2]
    assert history["step"].tolist() == [20, 40, 60, 80, 100]
    for _, rows in history.groupby("phase"):
        loss = rows.features + 2.0 * rows.gram
        assert loss.iloc[-1] < 0.95 * loss.iloc[0]
    # One step is no training: what selection and least squares alone reach.
    untrained = train(
        folder, "untrained", settings(folder, phases=[Phase(blocks=[b], steps=1, learning_rate=1e-9) for b in (1, 2)])
    )
    assert untrained.layer.tolist() == whole.layer.tolist() == list(LAYERS)
    assert (whole.feature_error < 0.95 * untrained.feature_error)[1:].all()
    assert whole.gram_error.mean() < 0.75 * untrained.gram_error.mean()
    assert whole.pictures.tolist() == ["training"] * 4
    np.testing.assert_allclose(pd.read_csv(folder / "whole_report.csv").feature_error, whole.feature_error, rtol=1e-4)


def test_the_exported_layers_have_the_teachers_size(folder, whole):
    student = read_vgg(folder / "whole.npz", LAYERS)
    teacher = read_vgg(folder / "teacher.npz", LAYERS)
    pictures = distillation.read_pictures([folder / "pictures"])
    image = distillation.random_crops(pictures, seed=5, step=0, batch=8, crop=32, scale=(0.5, 1.5))
    ours, theirs = (vgg.features(weights, tf.constant(image), LAYERS) for weights in (student, teacher))
    for layer in LAYERS:
        rms = [float(tf.sqrt(tf.reduce_mean(found[layer] ** 2))) for found in (ours, theirs)]
        assert rms[0] == pytest.approx(rms[1], rel=0.1), layer
    with np.load(folder / "whole.npz") as file:
        assert len(file.files) == 32
        assert {file[key].dtype for key in file.files} == {np.dtype("float16")}


def interrupt_at(monkeypatch, when):
    """Stop, as a kill would, when the crops of step `when` are asked for."""
    make = distillation.random_crops

    def crops(pictures, *, step, **options):
        if step == when:
            raise KeyboardInterrupt
        return make(pictures, step=step, **options)

    for module in (distillation, errors):
        monkeypatch.setattr(module, "random_crops", crops)


def test_a_killed_run_ends_with_the_bytes_of_an_uninterrupted_one(folder, whole, monkeypatch, capsys):
    # In the first phase, at the second's beginning, in its middle, and while judging.
    for when, continues in (
        (30, None),
        (61, "phase 1 at step 20"),
        (85, "phase 2 at step 0"),
        (errors.HELD_OUT_STEP + 3, "phase 2 at step 20"),
    ):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            interrupt_at(patch, when)
            train(folder, "killed")
        (state,) = states(folder, "killed")
        assert capsys.readouterr().out == (f"{state}: continuing {continues}.\n" if continues else "")
        assert not (folder / "killed.npz").exists()
    train(folder, "killed")
    assert capsys.readouterr().out == f"{state}: continuing phase 3 at step 0.\n"
    for suffix in (".npz", ".csv", "_report.csv"):
        assert (folder / f"killed{suffix}").read_bytes() == (folder / f"whole{suffix}").read_bytes(), suffix
    # One state stays, and gives the same again without a step.
    assert [path.name for path in folder.glob("killed.state*")] == [state.name]
    with monkeypatch.context() as patch:
        interrupt_at(patch, 0)
        train(folder, "killed")
    assert (folder / "killed.npz").read_bytes() == (folder / "whole.npz").read_bytes()


def test_stopped_between_two_rows_it_ends_with_the_bytes_of_an_uninterrupted_one(folder, whole, monkeypatch, capsys):
    make = distillation.random_crops

    def crops(pictures, *, step, **options):
        if step == 25:
            os.kill(os.getpid(), signal.SIGTERM)
        return make(pictures, step=step, **options)

    with monkeypatch.context() as patch, pytest.raises(Stopped, match="goes on after phase 1, step 26, from "):
        patch.setattr(distillation, "random_crops", crops)
        train(folder, "stopped", settings(folder, checkpoint_minutes=100))
    train(folder, "stopped", settings(folder, checkpoint_minutes=50))  # which changes no step
    assert "continuing phase 1 at step 26." in capsys.readouterr().out
    for suffix in (".npz", ".csv", "_report.csv"):
        assert (folder / f"stopped{suffix}").read_bytes() == (folder / f"whole{suffix}").read_bytes(), suffix


def test_more_phases_go_on_from_the_end_of_fewer(folder, whole, capsys):
    phases = settings(folder).phases
    train(folder, "more", settings(folder, phases=phases[:1]))
    (first,) = states(folder, "more")
    before = first.read_bytes()
    train(folder, "more")
    assert capsys.readouterr().out == f"{first}: continuing phase 2 at step 0.\n"
    for suffix in (".npz", ".csv", "_report.csv"):
        assert (folder / f"more{suffix}").read_bytes() == (folder / f"whole{suffix}").read_bytes(), suffix
    assert first.read_bytes() == before and len(states(folder, "more")) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"batch": 3}, "it was begun with another batch"),
        ({"phases": [Phase(blocks=[1], steps=61)]}, "its phases so far were others"),
    ],
)
def test_a_state_of_other_settings_stays(tmp_path, capsys, change, said):
    def begun_with(**changes):
        return {"batch": 2, "phases": [{"blocks": [1], "steps": 60}], **changes}

    place, student = tmp_path / "state.npz", Student(1)
    checkpoint = Checkpoint(place, begun_with())
    optimizer = tf.keras.optimizers.Adam(1e-3)
    optimizer.build(student.trainable([1]))
    checkpoint.save(student, optimizer, 0, 20)
    before = checkpoint.states.path.read_bytes()
    change = {
        key: [phase.model_dump() for phase in value] if key == "phases" else value for key, value in change.items()
    }
    fresh = Checkpoint(place, begun_with(**change))
    fresh.restore(student)
    assert f"{checkpoint.states.path}: not continued, since {said}; it stays" in capsys.readouterr().out
    assert (fresh.phase, fresh.step, fresh.history) == (0, 0, [])
    fresh.save(student, optimizer, 0, 40)
    assert checkpoint.states.path.read_bytes() == before


def test_pictures_are_known_by_what_they_hold(folder, tmp_path, capsys):
    short = [Phase(blocks=[1], steps=2)]
    mine = tmp_path / "pictures"
    shutil.copytree(folder / "pictures", mine)
    train(tmp_path, "mine", settings(folder, phases=short, pictures=[str(mine)]))
    mine.rename(tmp_path / "moved")
    (tmp_path / "moved/Thumbs.db").write_bytes(b"0")
    train(tmp_path, "mine", settings(folder, phases=short, pictures=[str(tmp_path / "moved")]))
    assert "continuing phase 2 at step 0" in capsys.readouterr().out
    shutil.copy(tmp_path / "moved/0.png", tmp_path / "moved/1.png")
    train(tmp_path, "mine", settings(folder, phases=short, pictures=[str(tmp_path / "moved")]))
    assert "not continued, since it was begun with other pictures or weights" in capsys.readouterr().out


def test_another_seed_gives_another_network(folder, whole):
    short = settings(folder, phases=[Phase(blocks=[1], steps=2)])
    train(folder, "one", short, seed=1)
    train(folder, "two", short, seed=2)
    assert (folder / "one.npz").read_bytes() != (folder / "two.npz").read_bytes()


def test_a_checkpoint_brings_everything_back(tmp_path, capsys):
    student, random = Student(1), np.random.default_rng(0)
    student.add_embedding("conv1_1", np.ones((16, 24), np.float32), np.zeros(24, np.float32), 3.5)
    variables = student.trainable([1])
    optimizer = tf.keras.optimizers.Adam(1e-3)
    optimizer.build(variables)
    for variable in variables:
        variable.assign(random.normal(0, 1, variable.shape).astype(np.float32))
    optimizer.apply_gradients([(tf.ones_like(v), v) for v in variables])
    checkpoint = Checkpoint(tmp_path / "state.npz", {"phases": []})
    checkpoint.history = [{"phase": 1, "step": 20, "features": 0.5, "gram": 0.25}]
    checkpoint.save(student, optimizer, 1, 40)
    other, found = Student(2), Checkpoint(tmp_path / "state.npz", {"phases": []})
    found.restore(other)
    assert capsys.readouterr().out == f"{checkpoint.states.path}: continuing phase 2 at step 40.\n"
    assert (found.phase, found.step, found.history) == (1, 40, checkpoint.history)
    ours, theirs = student.variables(), other.variables()
    assert list(ours) == list(theirs)
    assert len(ours) == 35  # 16 kernels and biases; one embedding with its bias and size
    for name in ours:
        np.testing.assert_array_equal(ours[name].numpy(), theirs[name].numpy(), err_msg=name)
    assert len(found.optimizer) == len(optimizer.variables) == 2 + 2 * len(variables)
    for got, expected in zip(found.optimizer, optimizer.variables, strict=True):
        np.testing.assert_array_equal(got, np.asarray(expected))


def test_a_loss_that_is_not_finite_ends_the_run(folder):
    wild = settings(folder, phases=[Phase(blocks=[1], steps=50).model_copy(update={"learning_rate": 1e30})])
    with pytest.raises(UserError) as caught:
        train(folder, "wild", wild)
    assert str(caught.value) == "phase 1, step 2: the loss is not finite; lower its learning_rate."
    assert not (folder / "wild.npz").exists() and states(folder, "wild") == []


def test_a_teacher_needs_only_the_layers_of_the_phases(folder):
    """The file holds blocks 1 and 2, the phases name no others."""
    assert train(folder, "first", settings(folder, phases=[Phase(blocks=[1], steps=1)])).layer.tolist() == [
        "conv1_1",
        "conv1_2",
    ]


def test_export_changes_the_size_of_activations_and_not_what_they_say():
    student, random = Student(3), np.random.default_rng(0)
    for layer in vgg.LAYERS:
        student.weights[layer][1].assign(random.normal(0, 0.3, student.weights[layer][1].shape).astype(np.float32))
    image = tf.constant(random.uniform(0, 255, (2, 32, 32, 3)).astype(np.float32))
    layers = list(vgg.LAYERS[:6])
    before = student.features(image, layers)
    student_rms = [float(tf.sqrt(tf.reduce_mean(before[layer] ** 2))) for layer in layers]
    teacher_rms = [50.0, 700.0, 30.0, 900.0, 4.0, 5.0]
    table = pd.DataFrame({"layer": layers, "student_rms": student_rms, "teacher_rms": teacher_rms})
    # VGG-19 teaches the first four; another network the rest, which take the size of conv2_2.
    chosen = Distill(
        teachers=[
            Teacher(network="vgg19", layers={layer: layer for layer in layers[:4]}),
            Teacher(network="elsewhere", layers=dict.fromkeys(layers[4:], "x")),
        ]
    )
    after = vgg.features(export(student, table, chosen), image, layers)
    for layer, size, rms in zip(layers, [50, 700, 30, 900, 900, 900], student_rms, strict=True):
        np.testing.assert_allclose(
            after[layer], before[layer] * (size / rms), rtol=1e-3, atol=1e-3 * size, err_msg=layer
        )
        assert float(tf.sqrt(tf.reduce_mean(after[layer] ** 2))) == pytest.approx(size, rel=1e-4)
    assert INPUT_DEVIATION == 64  # folded into conv1_1 above


def test_new_deep_blocks_leave_the_shallow_ones_as_they_were(folder, tmp_path):
    """Taught by another network's activations alone, whose kernels nobody knows."""
    given = tmp_path / "given.npz"
    write_vgg(given, vgg.random_weights(4))
    other = vgg.random_weights(6, (8, 40, 8, 8, 8))

    class Other(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None, None, None, 3], tf.float32, name="image")])
        def __call__(self, image):
            return vgg.features(other, image, ["conv2_1", "conv2_2"])

    module = Other()
    tf.saved_model.save(module, tmp_path / "other", signatures={"serving_default": module.__call__})
    report = train(
        tmp_path,
        "deeper",
        settings(
            folder,
            teachers=[Teacher(network=str(tmp_path / "other"), layers={k: k for k in ("conv2_1", "conv2_2")})],
            phases=[Phase(blocks=[2], steps=1, learning_rate=1e-9)],
            start=str(given),
            start_blocks=[1],
            batch=8,
        ),
    )
    with np.load(given) as before, np.load(tmp_path / "deeper.npz") as after:
        for name in before.files:
            same = np.array_equal(before[name], after[name])
            assert same if name.startswith("block1") else not same or not before[name].any(), name
    assert report.layer.tolist() == ["conv2_1", "conv2_2"]
    # The start alone: random kernels of block 2 leave more than half again as much.
    kept = train(
        tmp_path,
        "kept",
        settings(
            folder,
            teachers=[Teacher(network=str(tmp_path / "other"), layers={k: k for k in ("conv2_1", "conv2_2")})],
            phases=[Phase(blocks=[2], steps=1, learning_rate=1e-9)],
            start=str(given),
            batch=8,
        ),
    )
    assert (report.feature_error < 0.67 * kept.feature_error).all(), (report, kept)
    # Deeper layers have the size of the last one that stayed.
    weights = read_vgg(tmp_path / "deeper.npz", LAYERS)
    pictures = distillation.read_pictures([folder / "pictures"])
    image = distillation.random_crops(pictures, seed=5, step=0, batch=8, crop=32, scale=(0.5, 1.5))
    found = vgg.features(weights, tf.constant(image), LAYERS)
    sizes = [float(tf.sqrt(tf.reduce_mean(found[layer] ** 2))) for layer in LAYERS[1:]]
    np.testing.assert_allclose(sizes, sizes[0], rtol=0.15)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start_blocks": [1]}, "distill: start_blocks: there are no weights to take them from; name them in start."),
        (
            {"start": "a.npz", "start_blocks": [2]},
            "distill: start_blocks: name the first blocks of vgg19_slim, 1 and so on.",
        ),
        (
            {"start": "a.npz", "start_blocks": [1, 1]},
            "distill: start_blocks: name the first blocks of vgg19_slim, 1 and so on.",
        ),
    ],
)
def test_blocks_to_start_from_are_the_first_of_weights_that_are_named(changes, said):
    with pytest.raises(UserError) as caught:
        checked(Distill, changes, "distill")
    assert str(caught.value) == said


def test_channels_that_a_narrow_teacher_has_not_stay_random():
    student, before = Student(2), Student(2)
    image = tf.constant(np.random.default_rng(0).uniform(0, 255, (4, 32, 32, 3)).astype(np.float32))
    narrow = vgg.random_weights(6, (10, 8, 8, 8, 8))
    initialise(student, ["conv1_1"], lambda x: vgg.features(narrow, x, ["conv1_1"]), image, 1, {})
    for found, random in zip(student.weights["conv1_1"], before.weights["conv1_1"], strict=True):
        np.testing.assert_array_equal(found[..., 10:], random[..., 10:])
    target = vgg.features(narrow, image, ["conv1_1"])["conv1_1"] / student.target_rms["conv1_1"]
    ours = student.features(image, ["conv1_1"])["conv1_1"][..., :10]
    assert float(tf.reduce_mean((ours - target) ** 2)) < 0.03  # of 1, their mean square
