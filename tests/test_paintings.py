"""The painters: deterministic, complete, in range, and unlike each other."""

from functools import cache
from itertools import combinations

import numpy as np
import pytest

from aiart.datasets.brush import Canvas, reduce, scatter
from aiart.datasets.fields import Frame, flow_lines, ramp, smooth_noise, spline
from aiart.datasets.paintings import PAINTERS, paint
from aiart.errors import UserError

NAMES = PAINTERS


@cache
def painting(name: str, height: int = 96, width: int = 128, seed: int = 0) -> np.ndarray:
    picture = paint(name, height=height, width=width, seed=seed)
    picture.setflags(write=False)
    return picture


@pytest.mark.parametrize("name", NAMES)
def test_same_seed_same_bytes_and_other_seed_other_picture(name):
    first = painting(name)
    assert paint(name, height=96, width=128, seed=0).tobytes() == first.tobytes()
    assert np.abs(painting(name, seed=1) - first).mean() > 3.0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("height, width", [(96, 128), (101, 67)])
def test_shape_type_and_range(name, height, width):
    picture = painting(name, height, width)
    assert picture.shape == (height, width, 3)
    assert picture.dtype == np.float32
    assert np.isfinite(picture).all()
    assert picture.min() >= 0.0
    assert picture.max() <= 255.0
    assert np.ptp(picture) > 120.0


@pytest.mark.parametrize("name", NAMES)
def test_the_paint_reaches_every_border(name):
    picture = painting(name)
    for border in (picture[0], picture[-1], picture[:, 0], picture[:, -1]):
        # A blank margin would be one colour along the whole side.
        assert border.std(axis=0).mean() > 1.5


@pytest.mark.parametrize("name", NAMES)
def test_composition_scales_with_the_picture(name):
    small, large = painting(name, 48, 64), painting(name)
    # Compare the masses, not the single strokes: 12 x 16 means of each.
    masses = [
        small.reshape(12, 4, 16, 4, 3).mean(axis=(1, 3)),
        large.reshape(12, 8, 16, 8, 3).mean(axis=(1, 3)),
    ]
    assert np.corrcoef(masses[0].ravel(), masses[1].ravel())[0, 1] > 0.9


def _palette(picture: np.ndarray) -> np.ndarray:
    """A colour histogram of 4x4x4 bins that adds up to 1."""
    counts, _ = np.histogramdd(picture.reshape(-1, 3), bins=4, range=[(0, 256)] * 3)
    return counts.ravel() / counts.sum()


@pytest.mark.parametrize("one, other", list(combinations(NAMES, 2)))
def test_painters_differ_in_palette(one, other):
    distance = 0.5 * np.abs(_palette(painting(one)) - _palette(painting(other))).sum()
    # Total variation: 0 for equal palettes, 1 for disjoint ones.
    assert distance > 0.4


def test_one_painter_keeps_its_palette_over_seeds():
    for name in NAMES:
        distance = 0.5 * np.abs(_palette(painting(name)) - _palette(painting(name, seed=1))).sum()
        assert distance < 0.4, name


def test_unknown_painter_names_the_nearest_and_all():
    with pytest.raises(UserError) as caught:
        paint("stary_flow", height=96, width=128, seed=0)
    assert str(caught.value) == (
        "No painter is called 'stary_flow'; the nearest name is 'starry_flow', and the painters are "
        f"{', '.join(PAINTERS)}."
    )
    assert {"expressionist", "ink_wash", "starry_flow", "woodblock_waves"} <= set(PAINTERS)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            {"height": 16, "width": 128, "seed": 0},
            "A painting of 16x128 pixels is too small for brush strokes; make both sides at least 32 pixels.",
        ),
        ({"height": 96, "width": 128, "seed": -1}, "The seed of a painting is -1; make it 0 or more."),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(UserError) as caught:
        paint("ink_wash", **arguments)
    assert str(caught.value) == message


def test_frame_has_512_units_on_its_long_side():
    frame = Frame(rows=96, columns=128)
    assert (frame.height, frame.width) == (384.0, 512.0)
    y, x = frame.grid()
    assert y.shape == x.shape == (384, 512)
    assert (y[0, 0], x[0, -1]) == (0.5, 511.5)


def test_smooth_noise_is_centred_and_of_unit_scale():
    noise = smooth_noise(np.random.default_rng(0), (400, 300), 6, octaves=2)
    assert noise.shape == (400, 300)
    assert abs(noise.mean()) < 0.1
    assert 0.7 < noise.std() < 1.3


def test_ramp_interpolates_between_stops():
    colours = ramp(np.array([0.0, 0.5, 2.0]), [(0.0, (0, 0, 0)), (1.0, (100, 200, 50))])
    np.testing.assert_allclose(colours, [[0, 0, 0], [50, 100, 25], [100, 200, 50]])


def test_flow_lines_follow_the_angle_and_stop_at_the_region():
    angle = np.zeros((20, 40), np.float32)  # everywhere to the right
    regions = np.repeat([[0] * 20 + [1] * 20], 20, axis=0)
    start = np.array([[15.0, 10.0]], np.float32)
    free = flow_lines(angle, start, 16.0, steps=9)
    np.testing.assert_allclose(free[0, :, 0], np.arange(7.0, 24.0, 2.0))
    np.testing.assert_allclose(free[0, :, 1], 10.0)
    held = flow_lines(angle, start, 16.0, steps=9, regions=regions)
    assert held[0, :, 0].max() < 20.0


def test_spline_passes_through_its_ends():
    curve = spline([(0.0, 0.0), (3.0, 4.0), (6.0, 0.0)], 31)
    assert curve.shape == (31, 2)
    np.testing.assert_allclose(curve[[0, -1]], [(0, 0), (6, 0)], atol=1e-9)


def test_scatter_stays_in_its_mask():
    mask = np.zeros((30, 50), bool)
    mask[10:20, 5:9] = True
    points = scatter(np.random.default_rng(0), mask, 200)
    assert points.shape == (200, 2)
    assert mask[points[:, 1].astype(int), points[:, 0].astype(int)].all()
    assert scatter(np.random.default_rng(0), np.zeros_like(mask), 5).shape == (0, 2)


def test_flat_paint_keeps_its_colour_and_relief_lights_its_edges():
    canvas = Canvas(Frame(64, 64), (200, 100, 50), thickness=90)
    flat = canvas.finish(relief=1.0)
    np.testing.assert_allclose(flat, np.broadcast_to((200, 100, 50), (64, 64, 3)), atol=0.01)
    canvas.disc((256, 256), 150, (200, 100, 50), 250)
    lit = canvas.finish(relief=1.0)
    upper_left, lower_right = lit[16:24, 16:24].max(), lit[40:48, 40:48].min(axis=(0, 1))[0]
    assert upper_left > 201.0
    assert lower_right < 199.0


def test_reduce_averages_blocks_of_four():
    block = np.zeros((2, 2, 3), np.float32)
    block[0, 0] = 100.0
    np.testing.assert_allclose(reduce(block), np.full((1, 1, 3), 25.0))
