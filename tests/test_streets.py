"""Streets by day and by night: one street in both pictures, and what shines at night is seen by day."""

from functools import cache

import numpy as np
import pytest

from aiart.datasets.facades.geometry import Box
from aiart.datasets.facades.house import Element
from aiart.datasets.facades.light import reduce
from aiart.datasets.facades.openings import paint_window
from aiart.datasets.facades.style import Style, draw_style
from aiart.datasets.facades.surface import Surface
from aiart.datasets.streets import draw_street
from aiart.datasets.streets.lamps import Lamp, paint_lamp
from aiart.datasets.streets.night import at_night
from aiart.errors import UserError


@cache
def street(side: int = 64, seed: int = 0, index: int = 0) -> tuple[np.ndarray, np.ndarray]:
    both = draw_street(side, seed, index)
    for picture in both:
        picture.setflags(write=False)
    return both


@pytest.mark.parametrize("side", [32, 65, 200])
def test_shape_type_and_range_at_any_side(side):
    for picture in street(side):
        assert picture.shape == (side, side, 3)
        assert picture.dtype == np.float32
        assert picture.min() >= 0 and picture.max() <= 255
        assert (picture == np.round(picture)).all()  # nothing is lost in an 8-bit file


def test_a_street_depends_on_its_number_and_seed_alone():
    np.random.seed(1)
    again = draw_street(64, 0, 0)
    assert [picture.tobytes() for picture in again] == [picture.tobytes() for picture in street()]
    others = [street(seed=1), street(index=1)]
    for other in others:
        assert np.abs(other[0] - street()[0]).mean() > 5


def test_a_larger_side_shows_the_same_street():
    for small, large in zip(street(64), street(128), strict=True):
        assert np.corrcoef(reduce(large, 2).ravel(), small.ravel())[0, 1] > 0.85


def test_night_is_dark_and_blue_above_and_shines_in_warm_places():
    for index in range(4):
        day, night = street(index=index)
        assert night.mean() < 0.7 * day.mean()
        red, _, blue = night[:2].mean(axis=(0, 1))
        assert blue > 1.5 * red and blue < 0.6 * day[:2].mean()
        shining = (night[..., 0] > 200) & (night[..., 0] > night[..., 2] + 40)
        assert 0.005 < shining.mean() < 0.4


def test_windows_are_lit_where_curtains_are_seen_by_day():
    def window(number: int, curtain: float) -> Surface:
        surface = Surface(40, 12.0)
        style = draw_style("tenement", np.random.default_rng(0))
        style = Style(**{**vars(style), "curtain": curtain})
        element = Element("window", 1.0, 1.0, 1.5, 2.0, "casement")
        paint_window(surface, element, element.box(12.0), style, np.random.default_rng(number))
        return surface

    lit = 0
    for number in range(40):
        open_, drawn = window(number, 0.0), window(number, 0.9)
        curtained = not np.array_equal(open_.colour, drawn.colour)
        assert drawn.glow.any() == curtained
        lit += curtained
    assert 10 < lit < 30


def test_what_is_painted_over_a_light_hides_it_as_far_as_it_is_opaque():
    surface, light = Surface(4, 1.0), np.array((250, 200, 100), np.float32)
    surface.fill(Box(0, 0, 4, 4), light, glow=light)
    surface.fill(Box(0, 0, 1, 4), np.zeros(3, np.float32))
    surface.fill(Box(1, 0, 2, 4), np.zeros(3, np.float32), opacity=0.5)
    surface.fill(Box(2, 0, 3, 4), None, 1.0)  # relief alone
    assert surface.glow[0].tolist() == [[0, 0, 0], [125, 100, 50], [250, 200, 100], [250, 200, 100]]


def test_a_lamp_lights_the_wall_beside_it_and_the_pavement_below_it():
    surface = Surface(100, 10.0)
    surface.fill(surface.all, np.full(3, 200, np.float32))
    lamp = Lamp(5.0, 9.0)
    without = at_night(surface, (), 8.0)
    assert np.ptp(without, axis=(0, 1)).max() == 0
    paint_lamp(surface, lamp)
    seen = at_night(surface, (lamp,), 8.0)
    at_lantern = int(10 * lamp.lantern[1])
    assert seen[at_lantern, 50].min() > 190
    assert seen[at_lantern, 62, 0] > seen[at_lantern, 95, 0] > without[0, 0, 0]
    assert seen[92, 56, 0] > 1.5 * seen[92, 95, 0]


@pytest.mark.parametrize("arguments", [(31, 0, 0), (64, -1, 0), (64, 0, -1)])
def test_bad_arguments_get_one_sentence(arguments):
    with pytest.raises(UserError, match=r"make .* 0 or more|at least 32"):
        draw_street(*arguments)


def test_the_smallest_side_holds_every_street():
    for index in range(60):
        assert draw_street(32, 1, index)[1].shape == (32, 32, 3)
