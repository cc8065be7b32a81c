"""The synthetic facades: deterministic, labelled in the published colours, and alike in both halves."""

import hashlib
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from aiart.datasets.facades import CLASSES, SHORTEST_SIDE, draw_facade
from aiart.datasets.facades.geometry import Box, inside, outline_mask, window
from aiart.datasets.facades.light import light, reduce
from aiart.datasets.facades.style import draw_style
from aiart.datasets.facades.surface import Surface
from aiart.errors import UserError

PALETTE = np.array(list(CLASSES.values()), np.float32)
NAMES = list(CLASSES)


@cache
def pair(side: int = 64, seed: int = 0, index: int = 0) -> tuple[np.ndarray, np.ndarray]:
    photo, labels = draw_facade(side, seed, index)
    photo.setflags(write=False)
    labels.setflags(write=False)
    return photo, labels


def numbers(labels: np.ndarray) -> np.ndarray:
    """The class of each pixel, which must have exactly one."""
    equal = (labels[..., None, :] == PALETTE).all(axis=-1)
    assert (equal.sum(axis=-1) == 1).all()
    return equal.argmax(axis=-1)


def test_the_palette_is_every_fifth_colour_of_jet_64():
    # MATLAB's jet(64) in sixteenths: blue rises to 16, then green, then red, each falling as the next but one rises.
    def channel(entry: int, centre: int) -> int:
        return min(max(24 - abs(entry - centre), 0), 16)

    for number, colour in enumerate(CLASSES.values(), start=1):
        entry = 5 * number + 1
        # Ramps of 16 entries on both sides of a plateau; blue's middle lies at 16, green's at 32, red's at 48.
        sixteenths = [channel(entry, centre) for centre in (48, 32, 16)]
        assert colour == tuple(int(255 * value / 16 + 0.5) for value in sixteenths)


def test_equal_arguments_give_equal_bytes_whatever_the_global_random_state():
    np.random.seed(1)
    first = draw_facade(48, 3, 5)
    np.random.seed(2)
    np.random.random(7)
    second = draw_facade(48, 3, 5)
    assert [half.tobytes() for half in first] == [half.tobytes() for half in second]
    state = np.random.get_state()[1].copy()
    draw_facade(48, 3, 6)
    assert (np.random.get_state()[1] == state).all()


def test_another_process_draws_the_same_bytes():
    code = (
        "import hashlib; from aiart.datasets.facades import draw_facade;"
        "print(hashlib.sha256(b''.join(half.tobytes() for half in draw_facade(64, 0, 7))).hexdigest())"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert printed == hashlib.sha256(b"".join(half.tobytes() for half in pair(index=7))).hexdigest()


def test_other_indices_and_seeds_give_other_houses():
    labels = {pair(index=index)[1].tobytes() for index in range(20)} | {
        pair(seed=1, index=index)[1].tobytes() for index in range(20)
    }
    assert len(labels) == 40
    assert np.abs(pair(index=1)[0] - pair(index=2)[0]).mean() > 10


@pytest.mark.parametrize("side", [32, 65, 128, 256])
def test_shape_type_and_range_at_any_side(side):
    photo, labels = pair(side, index=2)
    for half in (photo, labels):
        assert half.shape == (side, side, 3)
        assert half.dtype == np.float32
        assert half.min() >= 0.0
        assert half.max() <= 255.0
        assert (half == np.round(half)).all()  # nothing is lost in an 8-bit file
    numbers(labels)
    assert np.ptp(photo) > 120


def test_every_class_appears_among_sixty_houses():
    seen = np.zeros(len(CLASSES), int)
    for index in range(60):
        seen += np.bincount(numbers(pair(index=index)[1]).ravel(), minlength=len(CLASSES)) > 0
    assert seen.min() >= 6, dict(zip(NAMES, seen, strict=True))
    for name in ("background", "facade", "window", "door"):
        assert seen[NAMES.index(name)] == 60


def test_a_larger_side_shows_the_same_house():
    for index in range(4):
        small, large = pair(64, index=index), pair(128, index=index)
        halved = reduce(large[0], 2)
        assert np.corrcoef(halved.ravel(), small[0].ravel())[0, 1] > 0.9
        agreement = numbers(large[1])[::2, ::2] == numbers(small[1])
        assert agreement.mean() > 0.9


def test_windows_differ_from_the_wall_around_them_and_are_darker_on_the_whole():
    darker = []
    for index in range(40):
        photo, labels = pair(128, index=index)
        classes = numbers(labels)
        wall, glazed = (photo[classes == NAMES.index(name)].mean(axis=0) for name in ("facade", "window"))
        assert np.linalg.norm(wall - glazed) > 20  # pale sashes in dark brick differ in hue at least
        darker.append((wall - glazed).mean())
    assert np.mean(darker) > 30


def explained(photo: np.ndarray, classes: np.ndarray) -> float:
    """The share of a photograph's variance between the means of its classes."""
    flat = photo.reshape(-1, 3)
    residual = sum(
        ((flat[classes.ravel() == number] - flat[classes.ravel() == number].mean(axis=0)) ** 2).sum()
        for number in np.unique(classes)
    )
    return 1 - residual / ((flat - flat.mean(axis=0)) ** 2).sum()


def test_a_photograph_follows_its_own_map_and_no_other():
    own, shifted, foreign = [], [], []
    for index in range(20):
        classes = numbers(pair(128, index=index)[1])
        photo = pair(128, index=index)[0]
        own.append(explained(photo, classes))
        shifted.append(explained(photo, np.roll(classes, 2, axis=(0, 1))))
        foreign.append(explained(photo, numbers(pair(128, index=index + 20)[1])))
    assert np.mean(own) > 0.4
    assert all(a > b for a, b in zip(own, shifted, strict=True))  # aligned to the pixel
    assert np.mean(own) > np.mean(foreign) + 0.15


def test_photographs_of_all_houses_differ_in_colour_but_moderately():
    walls = []
    for index in range(40):
        photo, labels = pair(index=index)
        walls.append(photo[numbers(labels) == NAMES.index("facade")].mean(axis=0))
    spread = np.std(walls, axis=0)
    assert spread.min() > 8
    assert spread.max() < 50


def test_a_ledge_casts_its_shadow_down_the_wall_and_a_bare_wall_has_none():
    scale = 20.0
    style = draw_style("tenement", np.random.default_rng(0))
    bare = light(np.zeros((80, 40), np.float32), scale, style)
    assert np.ptp(bare) == 0
    relief = np.zeros((80, 40), np.float32)
    relief[20:24] = 0.4  # metres; at a slope of 0.8 its shadow is 0.5 m or 10 pixels long
    lit = light(relief, scale, style)
    assert (lit[26:31, 20] < 0.9 * bare[26:31, 20]).all()
    assert lit[50, 20] == bare[50, 20]
    assert lit[10, 20] == bare[10, 20]


def test_outlines_and_polygons_by_hand():
    assert outline_mask("rectangle", Box(0, 0, 3, 2)) is None
    # A pediment 8 wide and 4 high: its lowest quarter is full, and above it widens by 8/3 pixels a row.
    triangle = outline_mask("triangle", Box(0, 0, 8, 4))
    assert triangle.sum(axis=1).tolist() == [2, 4, 6, 8]
    arch = outline_mask("arch", Box(0, 0, 10, 20))
    assert arch[5:].all()
    assert not arch[0, 0]
    assert arch[0, 4:6].all()
    square = inside(((1.0, 1.0), (3.0, 1.0), (3.0, 2.0), (1.0, 2.0)), 8, 2.0)
    expected = np.zeros((8, 8), bool)
    expected[2:4, 2:6] = True
    assert (square == expected).all()
    assert (outline_mask("disc", Box(0, 0, 9, 9)) == outline_mask("disc", Box(0, 0, 9, 9)).T).all()
    with pytest.raises(ValueError, match="heptagon"):
        outline_mask("heptagon", Box(0, 0, 4, 4))


def test_boxes_are_cut_at_the_border_and_paint_nothing_beyond_it():
    at, within = window(Box(-2, 3, 2, 9), 6)
    assert at == (slice(3, 6), slice(0, 2))
    assert within == (slice(0, 3), slice(2, 4))
    surface = Surface(6, 1.0)
    surface.fill(Box(-2, 3, 2, 9), np.array((10, 20, 30), np.float32), 0.5)
    assert surface.height.sum() == 0.5 * 6
    assert surface.colour[4, 1].tolist() == [10, 20, 30]
    surface.fill(Box(9, 9, 12, 12), np.array((1, 1, 1), np.float32), 1.0)
    assert surface.height.max() == 0.5


@pytest.mark.parametrize("arguments", [(31, 0, 0), (64, -1, 0), (64, 0, -1)])
def test_bad_arguments_get_one_sentence(arguments):
    with pytest.raises(UserError, match=r"make .* 0 or more|at least 32"):
        draw_facade(*arguments)


def test_the_smallest_side_holds_every_house():
    for index in range(150):  # windows of a pixel or two, among them those with curtains at both sides
        photo, _ = draw_facade(SHORTEST_SIDE, 1, index)
        assert photo.shape == (SHORTEST_SIDE, SHORTEST_SIDE, 3)
