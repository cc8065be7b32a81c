"""Transparent cut-outs through the commands that paint and dream."""

import sys

import numpy as np
import pytest
from PIL import Image

from aiart.cli import main
from aiart.images import read_image, write_image

ON_WHITE = "JPEG keeps no transparency, so the picture lies on white; name a .png to keep it."
STYLIZE = ["stylize", "cut.png", "painting.png", "--iterations", "2", "--long-side", "40"]
DREAM = ["dream", "cut.png", "--layers", "conv2_1", "--octaves", "1", "--iterations", "2"]


@pytest.fixture
def aiart(tmp_path, monkeypatch, capsys, scene):
    """Runs a command where cut.png, its colours without their opacity, and a painting lie; gives what it printed."""
    monkeypatch.chdir(tmp_path)
    alpha = np.zeros((40, 56), np.float32)
    alpha[10:30, 14:42] = 1
    write_image("cut.png", scene(40, 56, 1), alpha=alpha)
    write_image("opaque.png", scene(40, 56, 1), alpha=np.ones((40, 56), np.float32))
    write_image("plain.png", scene(40, 56, 1))
    write_image("painting.png", scene(40, 40, 2))

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aiart", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert ended.value.code == 0, printed.err
        return printed.out

    return run


def opacity(path):
    with Image.open(path) as image:
        return np.asarray(image)[..., 3] if image.mode == "RGBA" else None


def test_a_painting_keeps_the_opacity(aiart):
    assert ON_WHITE not in aiart(*STYLIZE, "-o", "out.png", "--snapshots", "frames", "--snapshot-every", "1")
    for path in ("out.png", "frames/0000.png"):
        alpha = opacity(path)
        assert alpha.shape == (29, 40)
        assert alpha[14, 20] == 255
        assert alpha[2, 2] == 0


def test_a_dream_keeps_the_opacity(aiart):
    assert ON_WHITE not in aiart(*DREAM, "-o", "out.png")
    alpha = opacity("out.png")
    assert alpha.shape == (40, 56)
    assert (alpha[10:30, 14:42] == 255).all()
    assert (np.delete(alpha, slice(10, 30), axis=0) == 0).all()


@pytest.mark.parametrize("command", [STYLIZE, DREAM], ids=["stylize", "dream"])
def test_a_jpeg_lies_on_white_and_that_is_said(aiart, command):
    assert f"out.jpg: {ON_WHITE}" in aiart(*command, "-o", "out.jpg")
    np.testing.assert_allclose(read_image("out.jpg")[:3, :3], 255, atol=2)


def test_a_cut_out_is_not_painted_on_white(aiart):
    aiart(*STYLIZE, "-o", "out.png")
    with Image.open("out.png") as image:
        ground = np.asarray(image)[:4, :4, :3]
    assert ground.mean() < 240


@pytest.mark.parametrize("command", [STYLIZE, DREAM], ids=["stylize", "dream"])
def test_an_opaque_picture_gives_what_it_gave(aiart, command):
    """Whether it has no opacity or a full one."""
    for name in ("plain", "opaque"):
        aiart(command[0], f"{name}.png", *command[2:], "-o", f"{name}.out.png")
        assert opacity(f"{name}.out.png") is None
    np.testing.assert_array_equal(read_image("plain.out.png"), read_image("opaque.out.png"))


def test_an_animation_of_a_painting_lies_on_white(aiart):
    aiart(*STYLIZE, "-o", "out.png", "--animation", "out.webp", "--snapshot-every", "1")
    np.testing.assert_allclose(read_image("out.webp")[:3, :3], 255, atol=8)
