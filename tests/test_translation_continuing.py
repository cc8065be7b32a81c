"""Which states a training may go on from."""

from pathlib import Path

import numpy as np
import pytest

from aiart.networks.states import State, States, adopt, other_code
from aiart.params.pix2pix import Pix2Pix
from aiart.translation.continuing import choose_state, obstacle

STEPS_PER_EPOCH = 10


def begun_with(settings, **more):
    return {"method": "pix2pix", "settings": settings.model_dump(), "data": "d", "made_with": {"seed": 1}, **more}


def why_not(before, after, step, **more):
    before, after = Pix2Pix(**before), Pix2Pix(**after)
    state = State(Path("state.npz"), begun_with(before, **more), {"step": step})
    return obstacle(state, begun_with(after), after, STEPS_PER_EPOCH)


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [
        # Constant rates.
        ({"epochs": 100, "decay_epochs": 0}, {"epochs": 150, "decay_epochs": 0}, 1000),
        ({"epochs": 100, "decay_epochs": 0}, {"epochs": 150, "decay_epochs": 50}, 1000),
        ({"epochs": 150, "decay_epochs": 50}, {"epochs": 100, "decay_epochs": 0}, 1000),
        ({"epochs": 100, "decay_epochs": 0}, {"epochs": 150, "decay_epochs": 0, "samples": 3}, 1000),
        ({"epochs": 100, "decay_epochs": 0}, {"epochs": 100, "decay_epochs": 0, "checkpoint_every": 7}, 995),
        # The fall has not begun, or has not ended an epoch.
        ({"epochs": 100, "decay_epochs": 50}, {"epochs": 150, "decay_epochs": 50}, 500),
        ({"epochs": 100, "decay_epochs": 50}, {"epochs": 100, "decay_epochs": 50, "decay": "cosine"}, 500),
    ],
)
def test_a_state_fits_where_every_step_so_far_had_the_same_rates(before, after, step):
    assert why_not(before, after, step) is None


@pytest.mark.parametrize(
    ("before", "after", "step", "said"),
    [
        ({"epochs": 100, "decay_epochs": 50}, {"epochs": 150, "decay_epochs": 50}, 501, "learning rates have fallen"),
        ({"epochs": 100, "decay_epochs": 100}, {"epochs": 150, "decay_epochs": 100}, 10, "learning rates have fallen"),
        ({"epochs": 150, "decay_epochs": 0}, {"epochs": 150, "decay_epochs": 51}, 1000, "learning rates have fallen"),
        ({"epochs": 150, "decay_epochs": 0}, {"epochs": 100, "decay_epochs": 0}, 1001, "it is at step 1,001"),
        ({"keep": "last"}, {"keep": "best"}, 1, "it was begun with another keep"),
        ({"batch": 1}, {"batch": 2, "beta_1": 0.4, "epochs": 300}, 1, "it was begun with another batch, beta_1"),
    ],
)
def test_a_state_that_does_not_fit_is_named_with_the_reason(before, after, step, said):
    assert said in why_not(before, after, step)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"data": "e"}, "other pictures"),
        ({"made_with": {"seed": 2}}, "another seed"),
        ({"made_with": {"seed": 1, "threads": 2}}, "another number of threads"),
        ({"method": "cyclegan"}, "another method"),
        ({"weights": "e"}, "other weights of the feature network"),
    ],
)
def test_other_pictures_versions_and_methods_are_named(more, said):
    assert f"it was begun with {said}" in why_not({}, {}, 1, **more)


def test_only_some_of_many_settings_are_named():
    after = {"batch": 2, "beta_1": 0.4, "beta_2": 0.9, "flip": False, "dropout": 0}
    assert why_not({}, after, 1) == "it was begun with another batch, beta_1, beta_2 and 2 more"


def save(place, settings, step, **more):
    states = States(place, begun_with(settings, **more))
    states.save({"variables/w@0": np.full(2, step, np.float32)}, {"step": step})
    return states


def test_the_furthest_state_that_fits_is_chosen_and_a_damaged_one_passed_over(tmp_path, capsys):
    place = tmp_path / "run.npz"
    for epochs, step in ((10, 100), (20, 150), (30, 300)):
        last = save(place, Pix2Pix(epochs=epochs, decay_epochs=0), step)
    asked = Pix2Pix(epochs=25, decay_epochs=0)
    states = States(place, begun_with(asked))
    state, arrays = choose_state(states, asked, STEPS_PER_EPOCH)
    assert (state.notes["step"], arrays["variables/w@0"][0]) == (150, 150)
    assert choose_state(last, Pix2Pix(epochs=30, decay_epochs=0), STEPS_PER_EPOCH)[0].path == last.path
    raw = bytearray(state.path.read_bytes())
    raw[raw.index(np.full(2, 150, np.float32).tobytes())] ^= 255
    state.path.write_bytes(raw)
    assert choose_state(states, asked, STEPS_PER_EPOCH)[0].notes["step"] == 100
    assert capsys.readouterr().out == ""


def test_states_that_stay_are_counted_and_measured(tmp_path, capsys):
    place = tmp_path / "run.npz"
    for batch in (1, 2, 4):
        last = save(place, Pix2Pix(batch=batch), 5)
    asked = Pix2Pix(batch=8)
    assert choose_state(States(place, begun_with(asked)), asked, STEPS_PER_EPOCH) is None
    said = capsys.readouterr().out
    assert said.startswith(f"{last.path}: not continued, since it was begun with another batch; all 3 states")
    assert said.count("\n") == 1 and said.endswith("stay (0 MB) until deleted.\n")


def test_other_code_is_named_and_how_it_goes_on_all_the_same(tmp_path, capsys):
    place, asked = tmp_path / "run.npz", Pix2Pix()
    code = {f"translation/{name}.py": "1" for name in ("adam", "losses", "pool", "trainer", "value_range")}
    before = save(place, asked, 100, code=code)
    states = States(place, begun_with(asked, code=code | {"translation/losses.py": "2"}))
    assert choose_state(states, asked, STEPS_PER_EPOCH) is None
    assert capsys.readouterr().out == (
        f"{before.path}: not continued, since it was begun with other code (translation/losses.py); it stays (0 MB) "
        f"until deleted, and `aiart adopt {before.path}` lets it go on.\n"
    )
    # Of many files a few are named, and those that are new or gone are.
    gone = {"translation/losses.py": "1", "translation/pool.py": "1", "translation/new.py": "1"}
    assert other_code(before.begun_with, begun_with(asked, code=gone)) == (
        "it was begun with other code (translation/adam.py, translation/new.py, translation/trainer.py and 1 more)"
    )


def test_states_of_a_time_before_code_was_noted_are_not_continued_unasked(tmp_path, capsys):
    place, asked = tmp_path / "run.npz", Pix2Pix()
    save(place, asked, 100)
    assert choose_state(States(place, begun_with(asked, code={"a.py": "1"})), asked, STEPS_PER_EPOCH) is None
    assert "since it was begun before states noted their code; it stays" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "said"), [("aiart", "version of aiart"), ("tensorflow", "version of TensorFlow"), ("instructions", "kind")]
)
def test_what_an_update_changes_can_be_adopted(tmp_path, capsys, name, said):
    place, asked = tmp_path / "run.npz", Pix2Pix()
    save(place, asked, 100)
    states = States(place, begun_with(asked, made_with={"seed": 1, name: "new"}))
    assert choose_state(states, asked, STEPS_PER_EPOCH) is None
    assert f"another {said}" in (out := capsys.readouterr().out) and "`aiart adopt " in out


def test_one_that_was_adopted_goes_before_one_that_has_come_less_far_and_says_so_for_ever(tmp_path):
    place, asked = tmp_path / "run.npz", Pix2Pix()
    old, now = {"code": {"a.py": "1"}}, {"code": {"a.py": "2"}}
    before = save(place, asked, 100, **old)
    kept = before.path.read_bytes()
    begun_anew = save(place, asked, 7, **now)
    adopt(*before.newest(), begun_with(asked, **now))
    noted = {"until": {"step": 100}, "code": {"a.py": ["1", "2"]}, "made_with": {"seed": 1}}
    for _ in range(2):  # and when it is killed and goes on
        states = States(place, begun_with(asked, **now))
        assert choose_state(states, asked, STEPS_PER_EPOCH)[0].notes["step"] == 100
        assert states.adopted == [noted]
        states.save({"variables/w@0": np.zeros(2, np.float32)}, {"step": 100})
    # Nothing of anyone's was overwritten, and one that has come further by this code alone is preferred.
    assert before.path.read_bytes() == kept and begun_anew.newest()[0].notes == {"step": 7}
    begun_anew.save({"variables/w@0": np.zeros(2, np.float32)}, {"step": 100})
    states = States(place, begun_with(asked, **now))
    assert choose_state(states, asked, STEPS_PER_EPOCH)[0].path == begun_anew.path and states.adopted == []
    # Adopted again, it says both.
    again = States(place, begun_with(asked, **now))
    again._begin_with({**again.begun_with, "adopted": [noted]})
    twice = adopt(*again.newest(), begun_with(asked, code={"a.py": "3"}))
    assert [note["code"]["a.py"] for note in twice.adopted] == [["1", "2"], ["2", "3"]]


def test_more_epochs_of_one_that_was_adopted_say_so_too(tmp_path):
    place, now = tmp_path / "run.npz", {"code": {"a.py": "2"}}
    short = save(place, Pix2Pix(epochs=10, decay_epochs=0), 100, code={"a.py": "1"})
    adopt(*short.newest(), begun_with(Pix2Pix(epochs=10, decay_epochs=0), **now))
    longer = Pix2Pix(epochs=20, decay_epochs=0)
    states = States(place, begun_with(longer, **now))
    assert choose_state(states, longer, STEPS_PER_EPOCH)[0].notes["step"] == 100
    assert states.adopted[0]["until"] == {"step": 100}
