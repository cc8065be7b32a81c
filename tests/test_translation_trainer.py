"""The training loop with small real networks, in this process."""

import json

import numpy as np
import pytest
import tensorflow as tf

from aiart.errors import UserError
from aiart.networks.states import States
from aiart.params.cyclegan import CycleGAN
from aiart.params.pix2pix import Pix2Pix
from aiart.translation.cyclegan.learner import CycleGANLearner
from aiart.translation.methods import METHODS
from aiart.translation.pix2pix.learner import Pix2PixLearner
from aiart.translation.recorder import Recorder
from aiart.translation.trainer import TrainingData, train

SIDE, STEPS_PER_EPOCH = 16, 3
SMALL = {
    "image_side": SIDE, "generator_width": 4, "discriminator_width": 4, "receptive_field": 16, "epochs": 3,
    "decay_epochs": 2, "validate_every": 1, "samples": 3, "sample_pictures": 2, "log_every": 2,
    "checkpoint_every": 2, "generator_learning_rate": 2e-3, "discriminator_learning_rate": 2e-3,
}  # fmt: skip
CASES = {
    "pix2pix": (Pix2PixLearner, Pix2Pix, {}),
    "cyclegan": (CycleGANLearner, CycleGAN, {"blocks": 1, "pool_capacity": 3}),
}
# With every loss that a method has.
ALL_LOSSES = {
    "pix2pix": {"lambda_perceptual": 3.0, "generator_average": 0.9},
    "cyclegan": {
        "discriminator": "features",
        "feature_layers": ["conv1_2", "conv2_2"],
        "identity_start": True,
        "generator_average": 0.9,
        "gan_loss": "hinge",
    },
}


def pictures(number):
    """One picture of each domain, a function of the step; b is a mirrored and darker."""
    a = np.random.default_rng([1, number]).uniform(-1, 1, (1, 2, 2, 3)).astype(np.float32)
    a = a.repeat(SIDE // 2, axis=1).repeat(SIDE // 2, axis=2)
    return a, 0.5 * a[:, :, ::-1] - 0.5


def batches(first, last):
    def generate():
        for number in range(first, last):
            a, b = pictures(number % STEPS_PER_EPOCH)
            yield a, b, np.array([number], np.int32)

    shape = tf.TensorSpec((1, SIDE, SIDE, 3), tf.float32)
    signature = (shape, shape, tf.TensorSpec((1,), tf.int32))
    return tf.data.Dataset.from_generator(generate, output_signature=signature)


def data():
    pairs = [pictures(100 + i) for i in range(2)]
    held_out = tuple(np.concatenate(domain) for domain in zip(*pairs, strict=True))
    return TrainingData(batches, STEPS_PER_EPOCH, held_out, {})


class Interrupting(Recorder):
    """Breaks off after some steps, as a power cut would."""

    def __init__(self, after):
        super().__init__()
        self.left = after

    def step(self, loss):
        super().step(loss)
        self.left -= 1
        if self.left == 0:
            raise ConnectionAbortedError


def run(method, folder, recorder=None, **changes):
    learner_class, settings_class, more = CASES[method]
    settings = settings_class(**{**SMALL, **more, **changes})
    learner = learner_class(settings, seed=5)
    begun_with = {"method": method, "settings": settings.model_dump(), "data": "same", "made_with": {}}
    states = States(folder / "state.npz", begun_with)
    return learner, train(learner, data(), settings, states=states, recorder=recorder or Recorder())


def everything(learner, progress):
    found = {name: variable.numpy() for name, variable in learner.state().items()}
    return found | {f"sample {step}": picture for step, picture in progress.samples.items()}


@pytest.mark.parametrize("method", CASES)
def test_interrupted_again_and_again_it_ends_with_the_same_bytes(method, tmp_path):
    more = ALL_LOSSES[method]
    whole = everything(*(through := run(method, tmp_path / "whole", **more)))
    for steps in (3, 2, 1):  # before the first checkpoint after a resume, on it, and after it
        with pytest.raises(ConnectionAbortedError):
            run(method, tmp_path / "cut", Interrupting(steps), **more)
    learner, progress = run(method, tmp_path / "cut", **more)
    pieces = everything(learner, progress)
    assert whole.keys() == pieces.keys()
    for name, value in whole.items():
        assert value.tobytes() == pieces[name].tobytes(), name
    assert progress.history.to_csv() == through[1].history.to_csv()


def test_the_history_averages_and_says_epochs_rates_and_validations(tmp_path):
    _, progress = run("pix2pix", tmp_path)
    history = progress.history
    assert history.step.tolist() == [2, 3, 5, 6, 8, 9]  # every second step, and where an epoch is validated
    assert history.epoch.tolist() == [1, 1, 2, 2, 3, 3]
    assert history.validation.notna().tolist() == [False, True] * 3
    assert history.generator_rate.tolist() == pytest.approx([2e-3] * 2 + [2e-3 * 2 / 3] * 2 + [2e-3 / 3] * 2)
    assert list(progress.samples) == [3, 6, 9]
    assert progress.samples[9].shape == (2, SIDE, SIDE, 3) and progress.samples[9].dtype == np.uint8


@pytest.mark.parametrize("method", CASES)
def test_the_history_has_the_losses_and_the_curve_of_its_room(method, tmp_path):
    _, progress = run(method, tmp_path, epochs=1, decay_epochs=0)
    room = METHODS[method]
    assert {*room.losses, *room.curve[:2]} <= set(progress.history)


def test_training_learns(tmp_path):
    _, progress = run("pix2pix", tmp_path, epochs=40, decay_epochs=0, dropout=0)
    learnt = progress.history.generator_l1
    assert learnt.iloc[-1] < 0.4 * learnt.iloc[0]
    validation = progress.history.validation.dropna()  # on pictures of other colours than the three to learn from
    assert validation.iloc[-1] < 0.9 * validation.iloc[0]


def test_cycles_come_back(tmp_path):
    _, progress = run("cyclegan", tmp_path, epochs=30, decay_epochs=0, lambda_identity=0)
    assert progress.history.cycle_a.iloc[-1] < 0.6 * progress.history.cycle_a.iloc[0]


def test_the_best_weights_are_kept_when_asked(tmp_path, monkeypatch):
    scores, seen = [0.5, 0.2, 0.4], []

    def score(learner, *held_out):
        seen.append([v.numpy() for v in learner.generator.variables])
        return scores[len(seen) - 1]

    monkeypatch.setattr(Pix2PixLearner, "score", score)
    learner, progress = run("pix2pix", tmp_path, keep="best")
    assert (progress.best_score, progress.best_step) == (0.2, 6)
    for variable, best, last in zip(learner.generator.variables, seen[1], seen[2], strict=True):
        assert np.array_equal(variable.numpy(), best)
        assert not np.array_equal(best, last)


@pytest.mark.parametrize("method", CASES)
@pytest.mark.parametrize("gan_loss", ["vanilla", "hinge", "wgan_gp"])
def test_every_adversarial_loss_trains(method, gan_loss, tmp_path):
    _, progress = run(method, tmp_path, gan_loss=gan_loss, epochs=1, decay_epochs=0)
    assert np.isfinite(progress.history.select_dtypes("number").drop(columns="validation").to_numpy()).all()


def test_batch_norm_and_the_papers_order_train(tmp_path):
    learner, _ = run("pix2pix", tmp_path, preset="paper", update="discriminator_first", epochs=1, decay_epochs=0)
    assert any("moving" in v.path for v in learner.generator.variables)


def test_the_papers_order_shows_the_generator_an_updated_discriminator(tmp_path):
    losses, judges = {}, {}
    for update in ("simultaneous", "discriminator_first"):
        learner = Pix2PixLearner(Pix2Pix(**SMALL, update=update), seed=5)
        a, b = pictures(0)
        rates = tf.constant([0.0, 0.05])
        arguments = (tf.constant(a), tf.constant(b), tf.constant([0]), rates, tf.constant(0, tf.int64))
        values = tf.function(learner.step)(*arguments).numpy()
        losses[update] = dict(zip(learner.loss_names, values, strict=True))
        judges[update] = [variable.numpy() for variable in learner.discriminator.variables]
    # The same first pass, then one discriminator step between it and the generator's loss.
    assert losses["simultaneous"]["discriminator"] == losses["discriminator_first"]["discriminator"]
    assert losses["simultaneous"]["generator_gan"] != losses["discriminator_first"]["generator_gan"]
    for one, other in zip(judges["simultaneous"], judges["discriminator_first"], strict=True):
        np.testing.assert_array_equal(one, other)


def states_in(folder):
    return list(folder.glob(f"state.{'?' * 12}.npz"))


def test_a_loss_that_is_not_finite_at_once_stops_with_the_step_and_names_no_state_that_is_not_there(tmp_path):
    wild = {"discriminator_learning_rate": 100, "gan_weight": 1e18, "norm": "none"}
    with pytest.raises(UserError, match=r"step \d+: not finite: .*; lower the learning rates or use float32\.$"):
        run("pix2pix", tmp_path, **wild, checkpoint_every=1000)
    assert states_in(tmp_path) == []


def test_a_loss_that_is_not_finite_later_keeps_the_last_good_state_and_names_it(tmp_path, monkeypatch):
    step, seen = Pix2PixLearner.step, []

    def breaking(self, first, second, index, rates, number):
        seen.append(number)
        losses = step(self, first, second, index, rates, number)
        return tf.where(number < 4, losses, losses * np.nan)

    monkeypatch.setattr(Pix2PixLearner, "step", breaking)
    with pytest.raises(UserError, match=r"step 5: not finite: .*the last good state stays in") as refused:
        run("pix2pix", tmp_path)
    (there,) = [path for path in states_in(tmp_path) if str(path) in str(refused.value)]
    with np.load(there) as state:
        assert json.loads(str(state["notes"]))["step"] == 4
        variables = [state[name] for name in state.files if name.startswith("variables/")]
    assert variables and all(np.isfinite(variable).all() for variable in variables)


def same(one, two):
    assert one.keys() == two.keys()
    for name, value in one.items():
        assert value.tobytes() == two[name].tobytes(), name


@pytest.mark.parametrize("method", CASES)
def test_more_epochs_go_on_from_the_end_of_fewer_and_end_with_the_same_bytes(method, tmp_path, capsys):
    # At the end of two epochs a row and a validation are due that a training of four does not have there.
    steady = {"decay_epochs": 0, "validate_every": 3, "log_every": 4, "keep": "best"}
    whole, through = run(method, tmp_path / "whole", epochs=4, samples=2, **steady)
    run(method, tmp_path / "more", epochs=2, samples=1, **steady)
    recorder = Interrupting(1000)
    learner, progress = run(method, tmp_path / "more", recorder, epochs=4, samples=2, **steady)
    assert recorder.left == 1000 - 2 * STEPS_PER_EPOCH
    assert "continuing after step 6" in capsys.readouterr().out
    same(everything(whole, through), everything(learner, progress))
    assert progress.history.to_csv() == through.history.to_csv()
    assert progress.best_step == through.best_step


def test_samples_that_fewer_epochs_took_elsewhere_stay_beside_those_of_more(tmp_path):
    steady = {"decay_epochs": 0, "validate_every": 0}
    run("pix2pix", tmp_path, epochs=2, samples=2, **steady)
    _, progress = run("pix2pix", tmp_path, epochs=3, samples=2, **steady)
    assert list(progress.samples) == [3, 9]  # the fourth step, after which a sample was due, was long past
    _, through = run("pix2pix", tmp_path / "whole", epochs=3, samples=2, **steady)
    assert list(through.samples) == [4, 9]
    assert through.samples[9].tobytes() == progress.samples[9].tobytes()
    assert through.history.to_csv() == progress.history.to_csv()


def test_a_state_that_does_not_fit_stays_and_is_found_again(tmp_path, capsys):
    before, after = {"epochs": 2, "decay_epochs": 1}, {"epochs": 4, "decay_epochs": 1}
    first = run("pix2pix", tmp_path, **before)
    (there,) = states_in(tmp_path)
    kept = there.read_bytes()
    second = run("pix2pix", tmp_path, **after)
    assert f"{there}: not continued, since its learning rates have fallen otherwise" in capsys.readouterr().out
    assert there.read_bytes() == kept and len(states_in(tmp_path)) == 2
    same(everything(*run("pix2pix", tmp_path / "whole", **after)), everything(*second))
    recorder = Interrupting(1)
    again = run("pix2pix", tmp_path, recorder, **before)
    assert recorder.left == 1  # not one step was made
    same(everything(*first), everything(*again))
    assert again[1].history.to_csv() == first[1].history.to_csv()


def test_a_stopped_training_is_found_again_after_another_number_of_epochs(tmp_path, capsys):
    with pytest.raises(ConnectionAbortedError):
        run("pix2pix", tmp_path, Interrupting(5), epochs=4, decay_epochs=0)
    # The steps so far are those of five epochs too; with their own state both go on from where they were.
    with pytest.raises(ConnectionAbortedError):
        run("pix2pix", tmp_path, Interrupting(3), epochs=5, decay_epochs=0)
    assert "continuing after step 4" in capsys.readouterr().out
    learner, progress = run("pix2pix", tmp_path, epochs=4, decay_epochs=0)
    assert "continuing after step 4" in capsys.readouterr().out
    whole = everything(*run("pix2pix", tmp_path / "whole", epochs=4, decay_epochs=0))
    same(whole, everything(learner, progress))
    run("pix2pix", tmp_path, epochs=5, decay_epochs=0)
    assert "continuing after step 6" in capsys.readouterr().out


def test_a_state_that_finds_no_room_at_the_end_keeps_no_result_back(tmp_path, monkeypatch, capsys):
    def full(self, arrays, notes):
        raise UserError("state.npz: cannot be written (No space left on device); make room.")

    monkeypatch.setattr(States, "save", full)
    _, progress = run("pix2pix", tmp_path, checkpoint_every=1000)
    assert progress.step == 9 and "No space left" in capsys.readouterr().out
    with pytest.raises(UserError, match="No space left"):
        run("pix2pix", tmp_path, checkpoint_every=2)


def test_a_saturated_discriminator_is_reported_once(capsys):
    recorder = Recorder()
    recorder.start(0, 100)
    for step in range(30):
        recorder.row({"step": step, "epoch": 1, "discriminator_accuracy": 1.0})
    recorder.close()
    assert capsys.readouterr().out.count("lower discriminator_learning_rate") == 1


def test_tensorboard_and_dvclive_are_written(tmp_path):
    run("pix2pix", tmp_path, Recorder(tmp_path / "logs"))
    (events,) = (tmp_path / "logs" / "tensorboard").iterdir()
    values = {
        value.tag: tf.make_ndarray(value.tensor).item()
        for record in tf.data.TFRecordDataset(str(events))
        for value in tf.compat.v1.Event.FromString(record.numpy()).summary.value
    }
    assert values["generator_l1"] > 0 and "validation" in values
    assert "generator_l1" in (tmp_path / "logs" / "dvclive" / "metrics.json").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("method", CASES)
def test_compiled_by_xla_it_has_the_same_losses(method, tmp_path):
    one, two = (
        run(method, tmp_path / str(jit), epochs=1, decay_epochs=0, jit_compile=jit, dropout=0)
        if method == "pix2pix"
        else run(method, tmp_path / str(jit), epochs=1, decay_epochs=0, jit_compile=jit)
        for jit in (False, True)
    )
    names = list(one[0].loss_names[:-1])
    np.testing.assert_allclose(two[1].history[names], one[1].history[names], rtol=2e-2)


def test_cyclegan_is_validated_by_what_a_copy_cannot_win():
    learner = CycleGANLearner(CycleGAN(image_side=16, receptive_field=16, generator_width=4, blocks=1), seed=1)
    rng = np.random.default_rng(0)
    plain, stripes = (np.repeat(rng.uniform(-1, 1, (80, 16, 16 // n, 3)), n, axis=2).astype(np.float32) for n in (1, 4))
    copied = (tf.identity, tf.identity)
    others = (iter(stripes[40:, None]), iter(plain[40:, None]))
    learned = tuple(lambda p, of=of: tf.constant(next(of)) for of in others)
    scores = []
    for learner._forward_b, learner._forward_a in (copied, learned):
        scores.append(learner.score(plain[:40], stripes[:39]))
    assert scores[1] < 0.8 * scores[0]
