"""`aiart stylize` and `aiart dream`: what they leave when they are stopped, what they say of what they were made of,
and when they changed nothing."""

import json
import os
import signal
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from helpers.profiles import swapped_profile
from PIL import Image

from aiart.cli.runtime import without_startup_lines
from aiart.cli.snapshots import check_snapshots, write_snapshots
from aiart.errors import UserError
from aiart.images import kept_profile, read_image, read_metadata, write_image

STYLIZE = ["stylize", "photo.png", "painting.jpg", "-o", "out.png"]
DREAM = ["dream", "photo.png", "-o", "out.png", "--layers", "conv2_1", "--octaves", "2", "--jitter", "0"]
BESIDE = ["--history", "out.csv", "--metrics", "out.json", "--timings", "timings.json"]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch, scene):
    """A folder with a photograph and a painting, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    write_image("photo.png", scene(36, 48, 1))
    write_image("painting.jpg", scene(40, 40, 2))
    return tmp_path


def signal_at(monkeypatch, module, row, number):
    """Let the process get a signal when it has made so many rows of its history."""
    recorder = module.Recorder if hasattr(module, "Recorder") else module._Recorder
    observe = recorder.observe

    def observed(self, *arguments):
        observe_now = len(self.rows) == row - 1
        if observe_now:
            os.kill(os.getpid(), number)
        return observe(self, *arguments)

    monkeypatch.setattr(recorder, "observe", observed)


# Stopped


@pytest.mark.parametrize(("optimizer", "number"), [("lbfgs", signal.SIGTERM), ("adam", signal.SIGINT)])
def test_a_painting_that_is_stopped_leaves_what_it_reached(aiart, monkeypatch, optimizer, number):
    from aiart.style_transfer import paint

    signal_at(monkeypatch, paint, 5, number)
    more = ["--snapshots", "frames", "--animation", "out.gif", "--snapshot-every", "2", "--optimizer", optimizer]
    status, _, err = aiart(*STYLIZE, *BESIDE, *more, "--iterations", "100000")
    assert status == 128 + number
    assert err == f"aiart stylize: stopped by {number.name}; out.png is what was reached after 5 evaluations.\n"
    history = pd.read_csv("out.csv")
    assert history.evaluation.tolist() == [1, 2, 3, 4, 5]
    painted = read_image("out.png")
    assert np.abs(painted - read_image("photo.png")).mean() > 1
    assert sorted(os.listdir("frames")) == ["0000.png", "0001.png", "0002.png", "0003.png"]
    np.testing.assert_array_equal(read_image("frames/0003.png"), painted)
    with Image.open("out.gif") as film:
        assert film.n_frames == 3  # the last of them twice
    report = json.loads(Path("out.json").read_text())
    assert report["measured"]["evaluations"] == report["stopped_after"] == 5
    assert json.loads(read_metadata("out.png")["aiart"])["stopped_after"] == 5
    assert len(json.loads(Path("timings.json").read_text())["seconds"]) == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_job_of_the_workflow_that_is_stopped_leaves_its_old_result(aiart, monkeypatch, files, number):
    from aiart.style_transfer import paint

    monkeypatch.setenv("AIART_JOBS_LOCK", str(files / "jobs.lock"))
    (files / "out.png").write_text("an old result")
    signal_at(monkeypatch, paint, 5, number)
    status, _, err = aiart(*STYLIZE, *BESIDE, "--iterations", "100000")
    assert (status, err) == (128 + number, f"aiart stylize: stopped by {number.name}.\n")
    assert (files / "out.png").read_text() == "an old result"
    assert not (files / "out.csv").exists()


def test_a_painting_that_is_stopped_while_it_is_small_is_given_in_full_size(aiart, monkeypatch):
    from aiart.style_transfer import paint

    signal_at(monkeypatch, paint, 2, signal.SIGTERM)
    more = ["--pyramid", "[{scale: 0.5, iterations: 50}]"]
    assert aiart(*STYLIZE, *more)[0] == 143
    assert read_image("out.png").shape == (36, 48, 3)


def test_a_dream_that_is_stopped_leaves_what_it_reached(aiart, monkeypatch):
    from aiart.deep_dream import dream

    signal_at(monkeypatch, dream, 3, signal.SIGINT)
    status, _, err = aiart(*DREAM, *BESIDE, "--iterations", "100000")
    assert status == 130
    assert err == "aiart dream: stopped by SIGINT; out.png is what was reached after 3 evaluations.\n"
    assert pd.read_csv("out.csv").iteration.tolist() == [1, 2, 3]
    assert read_image("out.png").shape == (36, 48, 3)
    assert np.abs(read_image("out.png") - read_image("photo.png")).mean() > 0.5
    assert json.loads(Path("out.json").read_text())["stopped_after"] == 3


def test_a_zoom_that_is_stopped_keeps_its_picture_and_its_frames(aiart, monkeypatch):
    from aiart.deep_dream import zoom

    dreams = []

    def counted(*arguments, **options):
        dreams.append(0)
        if len(dreams) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return dream(*arguments, **options)

    dream = zoom.dream
    monkeypatch.setattr(zoom, "dream", counted)
    more = ["--iterations", "1", "--zoom-frames", "50", "--animation", "out.gif"]
    status, _, err = aiart(*DREAM, *BESIDE, *more)
    assert status == 143
    assert err == "aiart dream: stopped by SIGTERM; out.png is finished, and what else was reached is written.\n"
    with Image.open("out.gif") as film:
        assert film.n_frames == 3
    assert "stopped_after" not in json.loads(Path("out.json").read_text())


# Frames


def frame(level):
    return np.full((4, 4, 3), level, np.float32)


def test_frames_are_those_of_one_run(files):
    write_snapshots("frames", [frame(1), frame(2), frame(3)])
    (files / "frames" / "notes.txt").write_text("mine")
    write_image("frames/7.png", frame(7))
    write_image("frames/holiday.png", frame(8))
    check_snapshots("frames")
    write_snapshots("frames", [frame(9), frame(9)])
    assert sorted(os.listdir("frames")) == ["0000.png", "0001.png", "7.png", "holiday.png", "notes.txt"]
    assert read_image("frames/0001.png")[0, 0, 0] == 9


@pytest.mark.parametrize("name", ["0001.png", "0999.png", "10000.png"])
def test_pictures_of_others_are_never_taken_for_frames(aiart, name):
    write_image(f"frames/{name}", frame(5), metadata={"aiart": '{"stylize": {}}'})
    more = ["--snapshots", "frames", "--snapshot-every", "1", "--iterations", "2"]
    assert aiart(*STYLIZE, *more) == (
        1,
        "",
        f"aiart stylize: frames/{name}: is no frame of an earlier run and could be replaced; choose another folder.\n",
    )
    assert os.listdir("frames") == [name]


# What can be known before


@pytest.mark.parametrize(
    "option",
    [
        ["--history", "photo.png/h.csv"],
        ["--metrics", "folder"],
        ["--timings", "photo.png/t.json"],
        ["-o", "folder.png"],
        ["-o", "photo.png"],
        ["--history", "out.png"],
    ],
)
@pytest.mark.parametrize("command", [STYLIZE, DREAM], ids=["stylize", "dream"])
def test_what_cannot_be_written_is_said_before_the_first_step(aiart, files, command, option):
    (files / "folder").mkdir()
    (files / "folder.png").mkdir()
    photo = (files / "photo.png").read_bytes()
    status, out, err = aiart(*command, *option)
    assert (status, out) == (1, "")
    assert err.count("\n") == 1
    assert option[1] in err
    assert (files / "photo.png").read_bytes() == photo


def test_what_can_be_written_is_when_something_cannot(aiart, monkeypatch):
    from aiart.cli import pictures

    def refuse(path, history):
        raise UserError("out.csv: cannot be written (Disk quota exceeded); make room.")

    monkeypatch.setattr(pictures, "write_frame", refuse)
    status, _, err = aiart(*STYLIZE, *BESIDE, "--iterations", "2")
    assert (status, err) == (1, "aiart stylize: out.csv: cannot be written (Disk quota exceeded); make room.\n")
    assert all(Path(name).is_file() for name in ("out.png", "out.json", "timings.json"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dream", "photo.png", "--guide", "painting.jpg", "photo.png"], "unrecognized arguments: photo.png"),
        (
            ["dream", "photo.png", "--guide", "painting.jpg", "--guide", "photo.png"],
            "--guide: is given twice; give one",
        ),
        (["dream", "--guide", "painting.jpg"], "the following arguments are required: picture"),
        (["dream", "photo.png", "--guide"], "--guide: expected one argument"),
        (["grid", "photo.png", "--first", "painting.jpg", "photo.png"], "unrecognized arguments: photo.png"),
        (["grid", "photo.png", "--first", "a.png", "--first", "b.png"], "--first: is given twice; give one"),
    ],
)
def test_an_option_of_one_picture_takes_one(aiart, arguments, message):
    status, out, err = aiart(*arguments, "-o", "out.png")
    assert (status, out) == (2, "")
    assert message in err


# What it was made of


def identity(path):
    return {"name": Path(path).name, "sha256": sha256(Path(path).read_bytes()).hexdigest()}


def test_a_painting_says_what_it_was_made_of(aiart, files, root):
    command = ["stylize", files / "photo.png", "painting.jpg", "photo.png", "-o", "out.png", "--metrics", "out.json"]
    more = ["--init", "picture", "--init-picture", "painting.jpg", "--iterations", "1"]
    assert aiart(*command, *more)[::2] == (0, "")
    expected = {
        "content": identity("photo.png"),
        "styles": [identity("painting.jpg"), identity("photo.png")],
        "init_picture": identity("painting.jpg"),
        "weights": identity(root / "src/aiart/networks/vgg19_slim.npz"),
    }
    assert json.loads(read_metadata("out.png")["aiart"])["made_of"] == expected
    assert json.loads(Path("out.json").read_text())["made_of"] == expected
    assert str(files) not in Path("out.json").read_text()


def test_a_dream_says_what_it_was_made_of(aiart, root):
    command = [*DREAM, "--metrics", "out.json", "--iterations", "1", "--guide"]
    assert aiart(*command, "painting.jpg")[::2] == (0, "")
    weights = identity(root / "src/aiart/networks/vgg19_slim.npz")
    expected = {"picture": identity("photo.png"), "guide": identity("painting.jpg"), "weights": weights}
    assert json.loads(read_metadata("out.png")["aiart"])["made_of"] == expected
    assert json.loads(Path("out.json").read_text())["made_of"] == expected


# Nothing changed


@pytest.mark.parametrize("optimizer", ["lbfgs", "adam"])
def test_a_gradient_that_overflows_is_said(aiart, monkeypatch, optimizer):
    from aiart.style_transfer import objective, paint

    def build(*arguments):
        evaluate = objective.build_objective(*arguments)

        def overflowing(picture):
            found = evaluate(picture)
            return found._replace(gradient=found.gradient * 1e38 * 1e38)

        return overflowing

    monkeypatch.setattr(paint, "build_objective", build)
    status, _, err = aiart(*STYLIZE, "--optimizer", optimizer, "--iterations", "5")
    assert (status, err) == (
        1,
        "aiart stylize: The gradient is not finite at evaluation 1; lower content_weight, style_weight, tv_weight or "
        "learning_rate.\n",
    )
    assert not Path("out.png").exists()


def test_squares_of_a_gradient_may_overflow():
    from aiart.deep_dream.ascend import normalise

    gradient = np.random.default_rng(1).normal(0, 1, (8, 9, 3)).astype(np.float32)
    for size in (1e-3, 1e3, 1e25, 1e36):
        for form in ("std", "mean_abs"):
            with np.errstate(over="ignore"):
                found = normalise(gradient * np.float32(size), form)
            np.testing.assert_allclose(found, normalise(gradient, form), rtol=1e-4)


@pytest.mark.parametrize("more", [["--learning-rate", "1000"], ["--learning-rate", "1e-30"]])
def test_a_painting_that_would_stay_the_photograph_is_said(aiart, more):
    status, _, err = aiart(*STYLIZE, "--optimizer", "adam", "--iterations", "4", *more)
    assert status == 1
    assert err.startswith("aiart stylize: No step lowered the loss of ")
    assert err.count("\n") == 1
    assert not Path("out.png").exists()


def test_a_start_that_cannot_be_better_is_no_fault(aiart):
    assert aiart(*STYLIZE, "--style-weight", "0", "--tv-weight", "0", "--iterations", "4")[::2] == (0, "")
    np.testing.assert_array_equal(read_image("out.png"), read_image("photo.png"))


def test_a_dream_whose_steps_are_not_finite_is_said(aiart, monkeypatch):
    from aiart.deep_dream import ascend

    monkeypatch.setattr(ascend, "total_variation_gradient", lambda picture: np.full(picture.shape, np.inf, np.float32))
    status, _, err = aiart(*DREAM, "--iterations", "2", "--tv-weight", "1")
    assert (status, err) == (1, "aiart dream: A step of the dream is not finite; lower tv_weight or step_size.\n")


def test_a_dream_of_nothing_is_said(aiart, monkeypatch):
    import tensorflow as tf

    from aiart.networks import registry

    def silent(picture, layers):
        return {layer: tf.nn.relu(-1 - picture) for layer in layers}

    monkeypatch.setattr(registry, "load_network", lambda *arguments, **options: silent)
    status, _, err = aiart(*DREAM, "--iterations", "2")
    assert status == 1
    assert err.startswith("aiart dream: No step could be taken: ")
    assert not Path("out.png").exists()


# TensorFlow's start


NOISE = b"""WARNING: All log messages before absl::InitializeLog() is called are written to STDERR
I0000 00:00:1795574193.289716   19970 port.cc:153] oneDNN custom operations are on.
I0000 00:00:1795574193.402407   19970 cpu_feature_guard.cc:227] This TensorFlow binary is optimized.
To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow.
"""
NEWS = b"E0000 00:00:1795574193.402407   19970 cuda.cc:1] no driver\nsomething else\n"


def test_start_up_lines_are_dropped_and_all_else_is_passed_on(capfd, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    with without_startup_lines():
        os.write(2, NOISE + NEWS)
    assert capfd.readouterr().err.encode() == NEWS
    with pytest.raises(ImportError), without_startup_lines():
        os.write(2, NOISE + NEWS)
        raise ImportError("libsomething.so: cannot open shared object file")
    assert capfd.readouterr().err.encode() == NOISE + NEWS
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    with without_startup_lines():
        os.write(2, NOISE)
    assert capfd.readouterr().err.encode() == NOISE


def test_a_broken_tensorflow_is_one_sentence(aiart, monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "tensorflow":
                raise ImportError("libtensorflow.so.2: undefined symbol: _ZN3\n\nSee the guide.")

    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    status, _, err = aiart(*STYLIZE)
    assert (status, err) == (
        1,
        "aiart stylize: TensorFlow cannot be imported (libtensorflow.so.2: undefined symbol: _ZN3 See the guide.); run "
        "`pip install -r requirements.lock` again.\n",
    )


def test_a_frame_that_is_painted_on_is_not_replaced(aiart):
    write_snapshots("frames", [frame(1), frame(2)])
    before = Path("frames/0001.png").read_bytes()
    more = ["--snapshots", "frames", "--snapshot-every", "1", "--iterations", "2"]
    painted = [argument if argument != "photo.png" else "frames/0001.png" for argument in STYLIZE]
    status, _, error = aiart(*painted, *more)
    assert (status, error) == (
        1,
        "aiart stylize: frames/0001.png: is read by this command and could be replaced; choose another folder.\n",
    )
    assert Path("frames/0001.png").read_bytes() == before


def test_no_other_result_has_the_name_of_a_frame(aiart):
    more = ["--snapshots", "frames", "--snapshot-every", "1", "--metrics", "./frames/0001.png"]
    assert aiart(*STYLIZE, *more) == (
        1,
        "",
        "aiart stylize: ./frames/0001.png: is the name of a frame of frames; give that result another name.\n",
    )


def test_more_paintings_than_params_yaml_may_name_are_refused(aiart):
    status, _, error = aiart("stylize", "photo.png", *["painting.jpg"] * 101, "-o", "out.png")
    assert (status, error) == (1, "aiart stylize: settings: 101 style pictures are too many; give 100 at most.\n")


@pytest.mark.parametrize("given", [["--palette", "photo.png"], ["--preserve-colours", "palette"]])
def test_a_palette_and_the_wish_for_it_go_together(aiart, given):
    status, _, error = aiart(*STYLIZE, *given)
    assert (status, error) == (
        1,
        "aiart stylize: settings: preserve_colours palette and a picture to be the palette go together; give both or "
        "neither.\n",
    )


def test_a_strength_of_nothing_is_refused(aiart):
    for command in (STYLIZE, DREAM):
        status, _, error = aiart(*command, "--colour-strength", "0.5")
        assert (status, error) == (
            1,
            f"aiart {command[0]}: settings: colour_strength has no effect with preserve_colours none; leave it out or "
            "say what to preserve.\n",
        )


# Depth and colours


def test_a_dream_keeps_profile_and_depth_and_is_repeated(aiart, files):
    levels = np.rint(read_image("photo.png")).astype(np.uint8)
    Image.fromarray(levels).save("wide.png", icc_profile=swapped_profile())
    dream = ["--layers", "conv2_1", "--octaves", "1", "--iterations", "2"]
    assert aiart("dream", "photo.png", "-o", "out.png", *dream)[0] == 0
    deep = ["--keep-profile", "true", "--bits", "16"]
    assert aiart("dream", "wide.png", "-o", "deep.tif", *dream, *deep)[0] == 0
    assert kept_profile("deep.tif") == swapped_profile()
    # The network sees the same numbers, so that the dream is the same but for its depth.
    fine = tifffile.imread("deep.tif") / 257
    assert 0.1 < np.abs(fine - read_image("out.png")).max() < 0.51
    status, out, err = aiart("repeat", "deep.tif", "--check")
    assert status == 0, err
    assert out.endswith(" bytes agree.\n")


def test_a_painting_keeps_the_profile_in_all_that_it_shows(aiart, files):
    levels = np.rint(read_image("photo.png")).astype(np.uint8)
    Image.fromarray(levels).save("wide.png", icc_profile=swapped_profile())
    more = ["--iterations", "2", "--snapshot-every", "1", "--animation", "out.webp", "--snapshots", "frames"]
    assert aiart("stylize", "wide.png", "painting.jpg", "-o", "out.jpg", "--keep-profile", "true", *more)[0] == 0
    assert kept_profile("out.jpg") == kept_profile("frames/0001.png") == swapped_profile()
    film = np.asarray(Image.open("out.webp").convert("RGB"), np.float32)
    assert np.abs(film - read_image("frames/0000.png")).mean() < 6  # both as sRGB


def test_sixteen_bits_of_a_jpeg_are_refused_before_the_work(aiart):
    for command in (STYLIZE, DREAM):
        status, _, err = aiart(*[word.replace("out.png", "out.jpg") for word in command], "--bits", "16")
        assert status == 1
        assert err.endswith(
            "out.jpg: JPEG has 8 bits per sample, and bits is 16; name a .png or .tif, or leave bits out.\n"
        )


def test_a_dream_in_tiles_says_how_much_they_may_change(aiart):
    write_image("large.png", np.tile(read_image("photo.png"), (6, 6, 1)))
    more = ["--long-side", "256", "--layers", "conv3_1", "--iterations", "1", "--octaves", "1"]
    assert aiart("dream", "large.png", "-o", "out.png", *more, "--tile", "128", "--tile-overlap", "0")[0] == 0
    assert 0 < json.loads(read_metadata("out.png")["aiart"])["made_with"]["tiles_may_change"] < 1
    assert aiart("repeat", "out.png", "--check")[0] == 0
    assert aiart("dream", "large.png", "-o", "whole.png", *more, "--tile", "auto")[0] == 0
    record = json.loads(read_metadata("whole.png")["aiart"])
    assert record["dream"]["tile"] == 0 and "tiles_may_change" not in record["made_with"]
    # By themselves tiles share what makes them exact.
    assert aiart("dream", "large.png", "-o", "exact.png", *more, "--tile", "128")[0] == 0
    assert json.loads(read_metadata("exact.png")["aiart"])["made_with"]["tiles_may_change"] == 0
    assert np.abs(read_image("exact.png") - read_image("whole.png")).max() <= 1


def test_a_painting_is_also_written_to_be_zoomed_into(aiart, files):
    (files / "zoom_files").mkdir()
    (files / "zoom_files/mine.jpg").touch()
    status, _, err = aiart(*STYLIZE, "--iterations", "1", "--deep-zoom", "zoom.html")
    assert status == 1 and "zoom_files/mine.jpg: is no tile of an earlier run" in err
    (files / "zoom_files/mine.jpg").unlink()
    assert aiart(*STYLIZE, "--iterations", "1", "--deep-zoom", "zoom.html")[0] == 0
    assert np.abs(read_image("zoom_files/6/0_0.jpg") - read_image("out.png")).mean() < 6
    assert aiart("repeat", "out.png", "--check", "--deep-zoom", "again.html")[0] == 0
    assert (files / "again.dzi").read_bytes() == (files / "zoom.dzi").read_bytes()
    status, _, err = aiart(*STYLIZE, "--deep-zoom", "zoom.dzi")
    assert status == 1 and "zoom.dzi: cannot be written; use a name that ends in .html." in err
