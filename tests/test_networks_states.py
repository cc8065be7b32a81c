import numpy as np
import pytest

from aiart.errors import UserError
from aiart.networks.states import States, files_at

SETTINGS = {"settings": {"batch": 1}}


@pytest.fixture
def place(tmp_path):
    return tmp_path / "state" / "run.npz"


@pytest.fixture
def states(place):
    return States(place, SETTINGS)


def arrays(value):
    return {"variables/w@0": np.full((40, 40), value, np.float32)}


def test_what_is_saved_comes_back(states):
    assert states.newest() is None and states.newest_path() is None
    states.save(arrays(1.5), {"step": 3, "rows": [{"loss": 0.1}]})
    state, found = states.newest()
    np.testing.assert_array_equal(found["variables/w@0"], arrays(1.5)["variables/w@0"])
    assert state.notes == {"step": 3, "rows": [{"loss": 0.1}]} and state.begun_with == SETTINGS
    assert states.newest_path() == state.path


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty", "header"])
def test_of_a_damaged_one_the_one_before_is_used_and_outlives_the_next(states, capsys, damage):
    states.save(arrays(1), {"step": 1})
    states.save(arrays(2), {"step": 2})
    raw = bytearray(states.path.read_bytes())
    raw[len(raw) // 2 if damage == "flipped" else 30] ^= 255
    states.path.write_bytes({"truncated": raw[: len(raw) // 2], "empty": b""}.get(damage, raw))
    state, found = states.newest()
    assert state.notes == {"step": 1} and found["variables/w@0"][0, 0] == 1
    assert "cannot be read" in capsys.readouterr().out
    states.path.write_bytes(b"killed while the next one was written")
    assert states.newest()[0].notes == {"step": 1}


def test_killed_between_the_two_renames_nothing_is_lost(states):
    states.save(arrays(1), {"step": 1})
    states.path.rename(states.previous)
    assert states.newest()[0].notes == {"step": 1}
    assert states.newest_path() == states.previous


def test_one_without_permission_is_no_damaged_one(states, monkeypatch):
    states.save(arrays(1), {"step": 1})

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(UserError, match=r"cannot be read \(Permission denied\)"):
        states.newest()
    monkeypatch.undo()
    assert states.newest()[0].notes == {"step": 1}


def test_states_of_other_settings_are_found_and_never_overwritten(states, place):
    states.save(arrays(1), {"step": 1})
    before = states.path.read_bytes()
    other = States(place, {"settings": {"batch": 2}})
    assert other.newest() is None
    assert [(state.notes, state.begun_with) for state in other.others()] == [({"step": 1}, SETTINGS)]
    assert other.others()[0].arrays()["variables/w@0"][0, 0] == 1
    for step in (5, 6, 7):
        other.save(arrays(2), {"step": step})
    assert states.path.read_bytes() == before
    assert states.newest()[0].notes == {"step": 1}
    assert [state.notes["step"] for state in states.others()] == [7, 6]


def test_states_of_other_places_are_others_business(states, place):
    for name in ("run2.npz", "run.more.npz", "run=0.5.npz", "r[u]n.npz"):
        States(place.with_name(name), SETTINGS).save(arrays(1), {"step": 1})
    place.write_bytes(b"something of the user's")
    place.with_name("run.0123456789ab.npz").write_bytes(b"damaged")
    assert states.others() == [] and states.newest() is None
    assert [path.name for path in files_at(place)] == ["run.0123456789ab.npz"]
    assert place.read_bytes() == b"something of the user's"


def test_whole_numbers_are_the_same_settings_however_they_are_written(place):
    assert States(place, {"rate": 1.0, "a": 2}).path == States(place, {"a": 2, "rate": 1}).path


def test_nothing_is_unpickled(states, tmp_path):
    states.path.parent.mkdir()

    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "unpickled"), "w"))

    trap = np.array([Trap()], dtype=object)
    np.savez(states.path, begun_with="{}", notes=trap)
    assert States(states.place, {"other": 1}).others() == []
    assert states.newest() is None
    assert not (tmp_path / "unpickled").exists()


def test_equal_states_are_equal_files(states, tmp_path):
    other = States(tmp_path / "other.npz", SETTINGS)
    for each in (states, other):
        each.save(arrays(1), {"step": 1})
    assert states.path.read_bytes() == other.path.read_bytes()


def test_after_success_one_generation_stays(states):
    states.save(arrays(1), {"step": 1})
    states.save(arrays(2), {"step": 2})
    states.finish()
    assert list(states.path.parent.iterdir()) == [states.path]
    assert states.newest()[0].notes == {"step": 2}


def test_what_stays_of_a_training_that_went_on_from_the_end_of_another(place, states):
    assert states.what_stays() == "no state could be kept"
    States(place, {"settings": {"batch": 2}}).save(arrays(1), {"step": 3})
    assert states.what_stays() == "no state is its own, 1 of others are kept"
    states.save(arrays(1), {"step": 3})
    assert " and 1 of others beside it " in states.what_stays()
