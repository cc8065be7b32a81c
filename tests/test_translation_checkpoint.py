import numpy as np
import pytest

from aiart.translation.checkpoint import Checkpoint


@pytest.fixture
def checkpoint(tmp_path):
    return Checkpoint(tmp_path / "state" / "run.npz", "settings")


def arrays(value):
    return {"variables/w@0": np.full((40, 40), value, np.float32)}


def test_what_is_saved_comes_back(checkpoint):
    assert checkpoint.load() is None
    checkpoint.save(arrays(1.5), {"step": 3, "rows": [{"loss": 0.1}]})
    found, notes = checkpoint.load()
    np.testing.assert_array_equal(found["variables/w@0"], arrays(1.5)["variables/w@0"])
    assert notes == {"step": 3, "rows": [{"loss": 0.1}]}


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty"])
def test_of_a_damaged_one_the_one_before_is_used(checkpoint, capsys, damage):
    checkpoint.save(arrays(1), {"step": 1})
    checkpoint.save(arrays(2), {"step": 2})
    raw = bytearray(checkpoint.path.read_bytes())
    if damage == "flipped":
        raw[len(raw) // 2] ^= 255
    checkpoint.path.write_bytes({"truncated": raw[: len(raw) // 2], "flipped": raw, "empty": b""}[damage])
    found, notes = checkpoint.load()
    assert notes == {"step": 1} and found["variables/w@0"][0, 0] == 1
    assert "cannot be read" in capsys.readouterr().out


def test_killed_between_the_two_renames_nothing_is_lost(checkpoint):
    checkpoint.save(arrays(1), {"step": 1})
    checkpoint.path.rename(checkpoint.previous)
    assert checkpoint.load()[1] == {"step": 1}


def test_other_settings_are_not_continued(checkpoint, capsys):
    checkpoint.save(arrays(1), {"step": 1})
    assert Checkpoint(checkpoint.path, "other").load() is None
    assert "other settings" in capsys.readouterr().out


def test_nothing_is_unpickled(checkpoint):
    checkpoint.path.parent.mkdir()
    np.savez(checkpoint.path, begun_with="settings", notes=np.array([{"step": 1}], dtype=object))
    assert checkpoint.load() is None


def test_equal_states_are_equal_files(checkpoint, tmp_path):
    other = Checkpoint(tmp_path / "other.npz", "settings")
    for c in (checkpoint, other):
        c.save(arrays(1), {"step": 1})
    assert checkpoint.path.read_bytes() == other.path.read_bytes()


def test_after_success_nothing_stays(checkpoint):
    checkpoint.save(arrays(1), {"step": 1})
    checkpoint.save(arrays(2), {"step": 2})
    checkpoint.delete()
    assert list(checkpoint.path.parent.iterdir()) == []
