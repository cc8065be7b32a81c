"""Painting with curved strokes: where they start, how they run, and what the painting keeps of the photograph."""

from functools import cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2hsv

from aiart.datasets.photographs import load_photograph
from aiart.datasets.strokes import CURVE_POINTS, LUMINANCE, curves, paint_strokes, stroke_starts, trace_strokes
from aiart.errors import UserError
from aiart.images.resize import resize_exact

CROPS = {"astronaut": (120, 0, 330, 210), "chelsea": (90, 20, 290, 220), "coffee": (150, 0, 420, 270)}


@cache
def photograph(name: str, side: int = 96) -> np.ndarray:
    left, top, right, bottom = CROPS[name]
    return resize_exact(load_photograph(name)[top:bottom, left:right], side, side)


@cache
def painting(name: str, side: int = 96, seed: int = 0) -> np.ndarray:
    return paint_strokes(photograph(name, side), seed=seed)


def grey(luminance: np.ndarray) -> np.ndarray:
    return np.repeat(np.asarray(luminance, np.float32)[..., None], 3, axis=-1)


def generator() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("height, width", [(32, 32), (64, 96), (71, 45)])
def test_a_painting_has_the_picture_s_size_and_range(height, width):
    picture = resize_exact(load_photograph("coffee"), height, width)
    painted = paint_strokes(picture, seed=3)
    assert painted.shape == (height, width, 3)
    assert painted.dtype == np.float32
    assert painted.min() >= 0.0
    assert painted.max() <= 255.0


def test_equal_seeds_give_equal_bytes_whatever_the_global_generator_does():
    picture = photograph("chelsea", 64)
    np.random.seed(1)
    state = np.random.get_state()[1].copy()
    first = paint_strokes(picture, seed=5)
    assert np.array_equal(np.random.get_state()[1], state)
    np.random.seed(2)
    assert paint_strokes(picture, seed=5).tobytes() == first.tobytes()
    assert np.abs(paint_strokes(picture, seed=6) - first).mean() > 2.0


def test_the_picture_is_left_as_it_was():
    picture = photograph("chelsea", 64).copy()
    paint_strokes(picture, seed=5)
    np.testing.assert_array_equal(picture, photograph("chelsea", 64))


@pytest.mark.parametrize("name", CROPS)
def test_a_painting_keeps_the_masses_and_hues_of_the_photograph(name):
    before, after = (gaussian_filter(picture, (5, 5, 0)) for picture in (photograph(name), painting(name)))
    assert np.corrcoef((before @ LUMINANCE).ravel(), (after @ LUMINANCE).ravel())[0, 1] > 0.95
    hsv = [rgb2hsv(picture / 255.0) for picture in (before, after)]
    turn = np.abs(hsv[0][..., 0] - hsv[1][..., 0])
    coloured = hsv[0][..., 1] > 0.2
    assert coloured.mean() > 0.3
    # The hue is a circle of circumference 1; 0.03 of it is 11 degrees.
    assert np.median(np.minimum(turn, 1.0 - turn)[coloured]) < 0.03
    # The palette is more saturated.
    assert hsv[1][..., 1][coloured].mean() > 1.1 * hsv[0][..., 1][coloured].mean()


@pytest.mark.parametrize("name", CROPS)
def test_where_the_photograph_is_plain_the_painting_shows_strokes(name):
    def detail(picture):
        luminance = picture @ LUMINANCE
        return np.abs(luminance - gaussian_filter(luminance, 2.0))

    before, after = detail(photograph(name)), detail(painting(name))
    plain = gaussian_filter(before, 2.0)
    plain = plain < np.quantile(plain, 0.2)
    assert after[plain].mean() > 2.0 * before[plain].mean()


def test_strokes_run_along_the_edges_of_the_picture():
    ramp = grey(np.broadcast_to(np.linspace(60, 200, 96), (96, 96)))
    luminance = paint_strokes(ramp, seed=0, jitter=(0.0, 0.0, 0.1)) @ LUMINANCE
    residue = luminance - gaussian_filter(luminance, 6.0)
    across, along = np.diff(residue, axis=1), np.diff(residue, axis=0)
    assert np.square(across).mean() > 3.0 * np.square(along).mean()


def test_smaller_brushes_come_closer_to_the_photograph():
    picture = photograph("astronaut")
    settings = {"seed": 0, "saturation": 1.0, "jitter": (0.0, 0.0, 0.0), "threshold": 25.0}
    errors = [
        np.abs(gaussian_filter(paint_strokes(picture, brush_radii=radii, **settings) - picture, (1, 1, 0))).mean()
        for radii in ((8,), (8, 4), (8, 4, 2))
    ]
    assert errors[1] < 0.8 * errors[0]
    assert errors[2] < 0.8 * errors[1]


def test_no_stroke_is_added_where_the_canvas_is_near_enough():
    picture = photograph("astronaut", 64)
    one = paint_strokes(picture, seed=0, brush_radii=(6,), threshold=500.0)
    # 441 is the distance from black to white, and so no second layer can begin.
    assert paint_strokes(picture, seed=0, brush_radii=(6, 3), threshold=500.0).tobytes() == one.tobytes()
    assert paint_strokes(picture, seed=0, brush_radii=(6, 3), threshold=20.0).tobytes() != one.tobytes()


def test_flat_paint_of_one_colour_keeps_it_under_the_relief():
    plain = np.broadcast_to(np.float32([180, 90, 60]), (64, 64, 3))
    painted = paint_strokes(plain, seed=0, jitter=(0.0, 0.0, 0.0), saturation=1.0)
    np.testing.assert_allclose(painted.mean(axis=(0, 1)), (180, 90, 60), atol=8.0)
    assert painted.std(axis=(0, 1)).min() > 3.0


def test_strokes_start_at_the_worst_pixel_of_a_cell_that_is_wrong_on_average():
    error = np.array(
        [
            [9, 0, 1, 1, 8],
            [0, 3, 1, 1, 0],
            [0, 0, 0, 7, 4],
        ],
        dtype=np.float32,
    )
    # Means of the 2x2 cells, those at the border over what is inside: 3, 1, 4 above and 0, 3.5, 4 below.
    starts = stroke_starts(error, 2, 2.5, generator())
    assert starts.tolist() == [[0, 0], [4, 0], [3, 2], [4, 2]]
    assert stroke_starts(error, 2, 4.0, generator()).shape == (0, 2)


def test_on_a_bare_canvas_every_cell_gets_a_stroke_at_a_random_pixel():
    bare = np.full((12, 16), np.inf, np.float32)
    starts = stroke_starts(bare, 4, 400.0, generator())
    assert (starts // 4).tolist() == [[x, y] for y in range(3) for x in range(4)]
    assert len(np.unique(starts % 4, axis=0)) > 4


def trace(luminance, start, *, painted=None, radius=3.0, curvature=1.0, lengths=(2, 5)):
    reference = grey(luminance) if np.ndim(luminance) == 2 else luminance
    painted = np.full_like(reference, np.inf) if painted is None else painted
    return trace_strokes(
        reference, painted, np.array([start]), generator(), radius=radius, curvature=curvature, lengths=lengths
    )


def test_a_stroke_steps_by_its_radius_along_the_normal_of_the_gradient():
    ramp = np.broadcast_to(np.arange(40.0), (40, 40))
    points, counts = trace(ramp, (10, 12))
    assert counts.tolist() == [6]
    np.testing.assert_allclose(points[0], [(10.5, 12.5 + 3 * step) for step in range(6)])


def test_a_stroke_does_not_turn_back():
    halves = np.broadcast_to(4.0 * np.arange(60.0)[:, None], (60, 60)).copy()
    halves[:, 30:] = halves[::-1, 30:]  # to the right of column 30 the normal is the opposite one
    for start, run in (((42, 20), 5.0), ((17, 20), -5.0)):
        points, _ = trace(halves, start, radius=5.0, lengths=(2, 2))
        np.testing.assert_allclose(np.diff(points[0, :, 0]), run)
    points, _ = trace(halves[::-1], (22, 20), radius=5.0, lengths=(2, 4))
    np.testing.assert_allclose(points[0, :, 0], [22.5, 27.5, 32.5, 37.5, 42.5])


def test_curvature_below_one_bends_a_stroke_towards_the_step_before():
    corner = np.zeros((50, 50))
    corner[:20] = 4.0 * np.arange(50.0)  # strokes run down here
    corner[20:] = 4.0 * np.arange(30.0)[:, None]  # and to the left here
    points, _ = trace(corner, (30, 17), radius=6.0, curvature=0.5, lengths=(2, 2))
    diagonal = 6.0 * np.sqrt(0.5)
    np.testing.assert_allclose(points[0], [(30.5, 17.5), (30.5, 23.5), (30.5 - diagonal, 23.5 + diagonal)])


def test_a_stroke_ends_where_the_canvas_is_already_better():
    reference = grey(np.broadcast_to(np.arange(40.0), (40, 40))).copy()
    # Redder downwards at equal luminance: the normal stays vertical and the stroke's colour goes wrong.
    redder = np.arange(40.0, dtype=np.float32)[:, None]
    reference[..., 0] += 0.59 * redder
    reference[..., 1] -= 0.30 * redder
    _, counts = trace(reference, (10, 5), painted=reference, lengths=(3, 9))
    assert counts.tolist() == [4]  # the start and the fewest steps
    _, counts = trace(reference, (10, 5), lengths=(3, 9))
    assert counts.tolist() == [10]


def test_on_plain_ground_a_stroke_goes_straight_on():
    points, counts = trace(np.full((40, 40), 7.0), (20, 20))
    steps = np.diff(points[0], axis=0)
    assert counts.tolist() == [6]
    np.testing.assert_allclose(np.linalg.norm(steps, axis=1), 3.0)
    np.testing.assert_allclose(steps, np.broadcast_to(steps[0], steps.shape))


def test_curves_are_splines_from_the_first_point_to_the_last_of_each_stroke():
    bend = [(0, 0), (4, 8), (8, 0), (99, 99)]
    straight = [(1, 2), (5, 2), (99, 99), (99, 99)]
    full = [(0, 0), (0, 3), (3, 3), (3, 0)]
    lines = curves(np.array([bend, straight, full], float), np.array([3, 2, 4]))
    assert lines.shape == (3, CURVE_POINTS, 2)
    np.testing.assert_allclose(lines[:, 0], [(0, 0), (1, 2), (0, 0)])
    np.testing.assert_allclose(lines[:, -1], [(8, 0), (5, 2), (3, 0)])
    # Half-way: the Bézier weights 1/4 1/2 1/4, 1/2 1/2 and 1/8 3/8 3/8 1/8.
    np.testing.assert_allclose(lines[:, CURVE_POINTS // 2], [(4, 4), (3, 2), (1.5, 2.25)])


@pytest.mark.parametrize(
    "shape, arguments, message",
    [
        (
            (31, 64, 3),
            {},
            "A picture of 31x64 pixels is too small for brush strokes; make both sides at least 32 pixels.",
        ),
        ((32, 32, 3), {"seed": -1}, "The seed of a painting is -1; make it 0 or more."),
        (
            (32, 32, 3),
            {"brush_radii": (2, 4)},
            "brush_radii is (2, 4); give radii of at least 1 pixel, the largest first.",
        ),
        ((32, 32, 3), {"brush_radii": ()}, "brush_radii is (); give radii of at least 1 pixel, the largest first."),
        ((32, 32, 3), {"curvature": 0.0}, "curvature is 0.0; give a number above 0 and up to 1."),
        (
            (32, 32, 3),
            {"stroke_lengths": (5, 4)},
            "stroke_lengths is (5, 4); give the fewest steps, at least 1, and then the most.",
        ),
    ],
)
def test_bad_arguments(shape, arguments, message):
    with pytest.raises(UserError) as caught:
        paint_strokes(np.zeros(shape, np.float32), **{"seed": 0, **arguments})
    assert str(caught.value) == message
