"""Animations, curves and tables."""

import matplotlib
import numpy as np
import pytest
from PIL import Image

from aiart.errors import UserError
from aiart.gallery import plot_curves, read_table, write_animation, write_table

RED, GREEN, BLUE = (220, 30, 40), (20, 170, 60), (40, 60, 200)
CURVES = {
    "Adam": (np.arange(50), 100.0 / (np.arange(50) + 1)),
    "_L-BFGS with a name that is much too long for one line": (np.arange(50), 10.0 / (np.arange(50) + 1)),
}
AXES = {"x_label": "iteration", "y_label": "total loss", "title": "Loss · β = 10⁴"}


def flat(colour):
    return np.broadcast_to(np.float32(colour), (40, 56, 3)).copy()


def read_frames(path):
    with Image.open(path) as film:
        frames = []
        for number in range(film.n_frames):
            film.seek(number)
            film.load()
            frames.append((np.asarray(film.convert("RGB"), np.float32), film.info["duration"]))
        return frames, film.info.get("loop")


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_an_animation_keeps_its_frames_and_durations(tmp_path, suffix):
    path = tmp_path / f"film.{suffix}"
    colours = [RED, GREEN, BLUE]
    write_animation(path, map(flat, colours), frame_milliseconds=120, hold_last_milliseconds=900)
    frames, loop = read_frames(path)
    assert [duration for _, duration in frames] == [120, 120, 900]
    for (frame, _), colour in zip(frames, colours, strict=True):
        assert frame.shape == (40, 56, 3)
        assert np.abs(frame - colour).max() < 8
    assert loop == 0


@pytest.mark.parametrize(("suffix", "loop"), [("gif", None), ("webp", 1)])
def test_an_animation_can_stop_at_its_last_frame(tmp_path, suffix, loop):
    path = tmp_path / f"film.{suffix}"
    write_animation(path, [flat(RED), flat(BLUE)], loop=False)
    assert read_frames(path)[1] == loop


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_the_same_frames_give_the_same_bytes(tmp_path, suffix):
    frames = np.random.default_rng(1).uniform(0, 255, (4, 40, 56, 3)).astype(np.float32)
    for name in "ab":
        write_animation(tmp_path / f"{name}.{suffix}", frames)
    assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()


def test_what_stands_still_in_a_gif_does_not_flicker(tmp_path):
    ramp = np.linspace(0, 255, 56, dtype=np.float32)
    still = np.stack([np.tile(ramp, (40, 1)), np.tile(ramp[::-1], (40, 1)), np.full((40, 56), 90)], axis=-1)
    noise = np.random.default_rng(2)
    frames = []
    for _ in range(4):
        frame = still.copy()
        frame[:10] = noise.uniform(0, 255, (10, 56, 3))  # above, where a spreading error would come from
        frames.append(frame)
    write_animation(tmp_path / "film.gif", frames)
    read, _ = read_frames(tmp_path / "film.gif")
    assert len(read) == 4
    for frame, _ in read:
        assert np.array_equal(frame[10:], read[0][0][10:])
        assert np.abs(frame[10:] - still[10:]).mean() < 6


def test_an_animation_of_another_kind_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"\.gif or \.webp"):
        write_animation(tmp_path / "film.mp4", [flat(RED)])


@pytest.mark.parametrize("frames", [[], [np.zeros((8, 8, 3)), np.zeros((8, 9, 3))]])
def test_frames_must_be_there_and_of_one_shape(tmp_path, frames):
    with pytest.raises(ValueError):
        write_animation(tmp_path / "film.gif", frames)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_same_curves_give_the_same_bytes_whatever_the_users_settings(tmp_path, suffix):
    plot_curves(tmp_path / f"a.{suffix}", CURVES, **AXES)
    with matplotlib.rc_context({"lines.linewidth": 9, "font.size": 20, "svg.hashsalt": None}):
        plot_curves(tmp_path / f"b.{suffix}", CURVES, **AXES)
        assert matplotlib.rcParams["font.size"] == 20  # and the user's settings stay
    plot_curves(tmp_path / f"log.{suffix}", CURVES, **AXES, y_log=True)
    first = (tmp_path / f"a.{suffix}").read_bytes()
    assert first == (tmp_path / f"b.{suffix}").read_bytes()
    assert first != (tmp_path / f"log.{suffix}").read_bytes()
    assert b"Software" not in first and b"dc:date" not in first and b"dc:creator" not in first


def test_each_curve_is_drawn_and_named(tmp_path):
    def pixels(curves):
        plot_curves(tmp_path / "curves.png", curves, **AXES)
        with Image.open(tmp_path / "curves.png") as picture:
            return np.asarray(picture.convert("RGB"))

    def coloured(page, colour):
        return (page == colour).all(axis=-1)

    blue, vermilion = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)
    both, one = pixels(CURVES), pixels({"Adam": CURVES["Adam"]})
    assert coloured(both, blue).sum() > 500 and coloured(both, vermilion).sum() > 500
    assert coloured(one, blue).sum() > 500 and coloured(one, vermilion).sum() == 0
    # Two curves are told apart in a legend on the right; it leaves the plot most of the page.
    curves_end = np.nonzero(coloured(one, blue).any(axis=0))[0].max()
    assert curves_end > 0.9 * one.shape[1]
    dark = (both < 60).all(axis=-1)
    x_axis = dark.sum(axis=1).max()
    assert 0.55 * both.shape[1] < x_axis < 0.8 * both.shape[1]
    assert dark[:, int(0.85 * both.shape[1]) :].sum() > 300


def test_bad_plots_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"\.png or \.svg"):
        plot_curves(tmp_path / "curves.pdf", CURVES, **AXES)
    with pytest.raises(ValueError):
        plot_curves(tmp_path / "curves.png", {}, **AXES)
    with pytest.raises(ValueError):
        plot_curves(tmp_path / "curves.png", {"a": ([1, 2], [1])}, **AXES)
    assert list(tmp_path.iterdir()) == []


def test_a_table_comes_back_with_six_digits_of_every_float(tmp_path):
    floats = [0.1 + 0.2, 1e-17, np.pi * 1e20, 5e-324, *np.random.default_rng(3).normal(size=200)]
    rows = [{"name": f"α, {number}", "loss": value, "seed": number} for number, value in enumerate(floats)]
    write_table(tmp_path / "table.csv", rows)
    table = read_table(tmp_path / "table.csv")
    assert list(table.columns) == ["name", "loss", "seed"]
    assert table["loss"].tolist() == [float(f"{value:.6g}") for value in floats]
    assert table["name"].tolist() == [row["name"] for row in rows]


def test_a_tables_text_is_stable(tmp_path):
    rows = [{"b": 0.5, "a": 1}, {"a": 2, "c": "x, y"}, {"c": "β", "b": np.float64(0.1)}]
    write_table(tmp_path / "table.csv", rows)
    assert (tmp_path / "table.csv").read_bytes().decode() == 'b,a,c\n0.5,1,\n,2,"x, y"\n0.1,,β\n'


def test_bad_tables_are_refused(tmp_path):
    with pytest.raises(ValueError):
        write_table(tmp_path / "table.csv", [])
    with pytest.raises(UserError, match="no such table"):
        read_table(tmp_path / "table.csv")
    (tmp_path / "table.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="cannot be read"):
        read_table(tmp_path / "table.csv")
