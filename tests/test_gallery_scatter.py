"""Plots whose points are pictures: where they stand, what they cover, and what the command that draws them says."""

import json

import numpy as np
import pytest

from aiart.gallery.scatter import MOST_PICTURES, POINT, Point, beside, draw_scatter, shown
from aiart.images import read_image, write_image

LABELS = {"x_label": "lost", "y_label": "taken", "title": "A plot"}
BOUNDS = (100.0, 100.0, 1500.0, 1100.0)


def flat(level, height=40, width=60):
    return np.full((height, width, 3), level, np.float32)


def test_no_picture_covers_another_or_a_point_however_near_they_are():
    random = np.random.default_rng(0)
    points = np.concatenate([random.normal((900, 600), 40, (12, 2)), random.uniform(100, 1000, (6, 2))])
    sizes = np.tile((150.0, 120.0), (18, 1))
    centres = beside(points, sizes, points, BOUNDS)
    away = np.abs(centres[:, np.newaxis] - centres)
    overlapping = (away < sizes[0]).all(axis=2)
    assert overlapping.sum() == 18  # each with itself
    assert not (np.abs(centres[:, np.newaxis] - points) < sizes[0] / 2 + POINT / 2 - 1e-6).all(axis=2).any()
    assert (centres - sizes / 2 >= BOUNDS[:2]).all()
    assert (centres + sizes / 2 <= BOUNDS[2:]).all()


def test_where_there_is_no_room_left_least_is_covered():
    points = np.full((40, 2), 500.0)
    centres = beside(points, np.tile((400.0, 400.0), (40, 1)), points, BOUNDS)
    assert centres.shape == (40, 2)
    assert len(np.unique(centres, axis=0)) > 20


def test_more_is_kept_to_the_right_and_more_style_is_above():
    points = [Point(0.001, 1.0, flat(200), "a"), Point(0.9, 0.0, flat(90), "b")]
    page = draw_scatter(points, **LABELS, fewer_is_right=True)
    (above, right), (below, left) = (np.argwhere((page == level).all(axis=-1)).mean(axis=0) for level in (200, 90))
    assert above < below
    assert left < right
    assert page.shape == (1200, 1600, 3)
    swapped = draw_scatter(points, **LABELS)
    assert np.argwhere((swapped == 200).all(axis=-1)).mean(axis=0)[1] < 800


def test_equal_points_give_equal_pages_and_groups_their_colours():
    points = [Point(x, x % 3, flat(10 * x), str(x), "odd" if x % 2 else "even") for x in range(1, 9)]
    pages = [draw_scatter(points, **LABELS, group_title="kind") for _ in range(2)]
    np.testing.assert_array_equal(*pages)
    for colour in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)):
        assert (pages[0] == colour).all(axis=-1).sum() > 100


@pytest.mark.parametrize("values", [[(0.0, 0.0)], [(1.0, -2.0)] * 3, [(0.0, 5.0), (1e-9, 5.0)], [(1e-6, 0), (1e6, 0)]])
def test_points_in_one_place_or_far_apart_have_a_plot(values):
    page = draw_scatter(
        [Point(x, y, flat(120), "$\\nothing$ is a long label of a cell", f"_{y}") for x, y in values], **LABELS
    )
    assert (page == 120).all(axis=-1).any()


def test_of_more_pictures_than_there_is_room_for_evenly_chosen_ones_are_shown():
    assert shown(1) == [0]
    assert shown(5) == [0, 1, 2, 3, 4]
    chosen = shown(1000)
    assert len(chosen) == MOST_PICTURES
    assert (chosen[0], chosen[-1]) == (0, 999)
    points = [Point(n, -n, flat(77) if n in chosen else None, "") for n in range(1000)]
    assert (draw_scatter(points, **LABELS) == 77).all(axis=-1).any()


@pytest.mark.parametrize("points", [[], [Point(float("nan"), 0, flat(0), "")]])
def test_no_points_and_points_nowhere_are_refused(points):
    with pytest.raises(ValueError, match="point"):
        draw_scatter(points, **LABELS)


# The command


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, name in enumerate("ab"):
        write_image(f"{name}.png", flat(100 + 50 * number))
        measured = {"cfsd": 0.01 * number + 0.001, "style": 1.5, "whole": 2, "layers": {}}
        (tmp_path / f"{name}.json").write_text(json.dumps({"measured": measured}))
    return ["scatter", "a.png", "b.png", "--metrics", "a.json", "b.json", "-o", "plot.png"]


def test_the_command_draws_the_figures_of_records(aiart, pictures):
    assert aiart(*pictures, "--x", "cfsd", "--y", "style", "--labels", "one,two", "--title", "T")[::2] == (0, "")
    page = read_image("plot.png")
    for level in (100, 150):
        assert (page == level).all(axis=-1).any()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--y", "style"], "x is missing"),
        (["--x", "kid", "--y", "style"], "a.json: has no figure kid; choose another (cfsd, style, whole), or make it"),
        (["--x", "layers", "--y", "style"], "a.json: has no figure layers"),
        (["--x", "cfsd", "--y", "style", "--labels", "one"], "labels: 1 for 2 pictures; give one for each."),
        (["--x", "cfsd", "--y", "style", "--groups", "[a, b, c]"], "groups: 3 for 2 pictures; give one for each."),
        (["--x", "cfsd", "--y", "style", "--metrics", "a.json"], "--metrics: 1 for 2 pictures; give one for each."),
    ],
)
def test_what_cannot_be_plotted_is_said(aiart, pictures, options, said):
    status, _, err = aiart(*pictures, *options)
    assert status == 1
    assert said in err
