"""A painting that was killed goes on, and ends with the same bytes."""

import os
import signal
import subprocess
import sys
import time

import pytest

from aiart.images import write_image
from aiart.networks.states import States
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer import keeping, recorder
from aiart.style_transfer.paint import paint

PYRAMID = [{"scale": 0.6, "iterations": 4}]


class Killed(Exception):
    pass


def arrays_of(painted):
    return [painted.picture.tobytes(), painted.history.to_csv(), [frame.tobytes() for frame in painted.frames]]


@pytest.mark.parametrize(
    "changes",
    [
        {"pyramid": PYRAMID, "snapshot_every": 2},
        {"optimizer": "adam", "pyramid": PYRAMID, "keep": "average", "snapshot_every": 3},
        {"optimizer": "adam", "tile": 64, "learning_rate": 25},
    ],
    ids=["lbfgs", "adam", "tiles"],
)
def test_a_painting_goes_on_from_wherever_it_was_killed(tiny_network, scene, tmp_path, monkeypatch, changes):
    settings = StyleTransfer(
        **{
            "content_layers": "conv2_2",
            "style_layers": ["conv1_1"],
            "style_weight": 100,
            "content_weight": 0.01,
            "tv_weight": 0,
            "iterations": 7,
            **changes,
        }
    )

    def painted(states=None):
        return paint(tiny_network, scene(40, 130, 1), [scene(40, 50, 2)], settings, seed=1, states=states)

    expected = painted()
    observe = recorder.Recorder.observe
    monkeypatch.setattr(keeping, "KEEP_EVERY", 0)
    monkeypatch.setattr(keeping, "PATIENCE", 0)
    for last in (2, 5, 6):
        states = States(tmp_path / f"{last}.npz", {"of": "this"})
        evaluations = []

        def killed(self, *arguments, evaluations=evaluations, last=last):
            evaluations.append(len(self.rows))
            if len(evaluations) > last:
                raise Killed
            return observe(self, *arguments)

        monkeypatch.setattr(recorder.Recorder, "observe", killed)
        with pytest.raises(Killed):
            painted(states)
        assert states.path.exists()
        monkeypatch.setattr(recorder.Recorder, "observe", observe)
        found = painted(States(tmp_path / f"{last}.npz", {"of": "this"}))
        assert arrays_of(found) == arrays_of(expected)
        assert len(found.seconds) == len(expected.history)
        assert found.plans == expected.plans
        # One of another painting is left alone.
        assert arrays_of(painted(States(tmp_path / f"{last}.npz", {"of": "another"}))) == arrays_of(expected)


def test_a_short_painting_leaves_no_state(aiart, scene, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_image("photo.png", scene(36, 48, 1))
    status, _, err = aiart("stylize", "photo.png", "photo.png", "-o", "out.png", "--iterations", "3")
    assert (status, err) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.png", "photo.png"]


@pytest.mark.slow
def test_a_command_that_is_killed_goes_on_and_ends_with_the_same_bytes(scene, tmp_path):
    write_image(tmp_path / "photo.png", scene(300, 400, 1))
    command = "from aiart.style_transfer import keeping; keeping.KEEP_EVERY = keeping.PATIENCE = 0; "
    command += "from aiart.cli import main; import sys; main(sys.argv[1:])"

    def start(name):
        options = ["-o", name, "--state", "kept.npz", "--iterations", "40", "--tile", "128", "--pyramid", "auto"]
        options += ["--threads", "1", "--gpus", "0"]
        return subprocess.Popen(
            [sys.executable, "-c", command, "stylize", "photo.png", "photo.png", *options],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
        )

    assert start("whole.png").wait() == 0
    assert not list(tmp_path.glob("kept.*"))
    process = start("whole.png")
    while not list(tmp_path.glob("kept.*.previous.npz")):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    expected = (tmp_path / "whole.png").read_bytes()
    (tmp_path / "whole.png").unlink()
    process = start("whole.png")
    said, _ = process.communicate()
    assert "goes on after evaluation" in said
    assert (tmp_path / "whole.png").read_bytes() == expected
    assert not list(tmp_path.glob("kept.*"))
