"""Pictures as the points of a plot: what one figure of them costs of another."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from aiart.gallery.curves import COLOURS
from aiart.images import resize_long_side

# How many times as large as the least the largest x is where the axis is logarithmic.
FAR_APART = 3
# Inches, pixels per inch, and the plot's place on the page, in pixels from its left and lower edge.
SIZE, DPI, PAGE = (8.0, 6.0), 200, (1600, 1200)
LEFT, LOWER, RIGHT, UPPER = 170, 150, 1570, 1090
# Pixels of a picture's longer side, and what part of the plot all of them may take.
SIDES, SHARE = (44, 250), 0.2
MOST_PICTURES = 80
FRAME, GAP, POINT, STEP, REACH = 4, 8, 22, 16, 640
# A label below a picture, in pixels: its height, the width of a character, and the most characters.
TEXT_HEIGHT, CHARACTER, MOST_CHARACTERS = 26, 10, 18

DOT = {"markersize": 5, "markeredgecolor": "white", "markeredgewidth": 0.8}


def shown(count: int) -> list[int]:
    """Numbers of those of so many pictures that there is room for, evenly chosen."""
    most = min(count, MOST_PICTURES)
    return sorted({round(place * (count - 1) / max(most - 1, 1)) for place in range(most)})


class Point(NamedTuple):
    """Where a picture (height, width, 3), RGB 0..255, stands, what stands below it, and what it belongs to. Without a
    picture it is the point alone."""

    x: float
    y: float
    picture: np.ndarray | None
    label: str
    group: str = ""


def draw_scatter(
    points: Sequence[Point],
    *,
    x_label: str,
    y_label: str,
    title: str,
    group_title: str = "",
    fewer_is_right: bool = False,
) -> np.ndarray:
    """A plot (height, width, 3), RGB 0..255, float32, of points with their pictures beside them, as near as there is
    room, and never over another point.

    Points of one group have one colour; the legend says which, under `group_title`. fewer_is_right: whether x falls
    from left to right. The same points give the same bytes. Raises ValueError where there is none, or one is not
    finite.
    """
    import matplotlib

    if not points:
        raise ValueError("a plot needs at least one point")
    if not all(math.isfinite(value) for point in points for value in (point.x, point.y)):
        raise ValueError("a point is not finite")
    # The user's own matplotlibrc would change the bytes.
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams["text.parse_math"] = False
        return _draw(points, x_label, y_label, title, group_title, fewer_is_right)


def _draw(points, x_label, y_label, title, group_title, fewer_is_right) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=DPI)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_axes((LEFT / PAGE[0], LOWER / PAGE[1], (RIGHT - LEFT) / PAGE[0], (UPPER - LOWER) / PAGE[1]))
    axes.set_title(title, loc="left", weight="bold", size=11, pad=14)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#EAEAEA", linewidth=0.6)
    axes.set_axisbelow(True)
    places = _places(axes, points, fewer_is_right)
    groups = dict.fromkeys(point.group for point in points)
    colours = dict(zip(groups, itertools.cycle(COLOURS), strict=False))
    # In pixels of the page, without an edge; points over the pictures, and lines that lead to them below.
    below, over = (figure.add_axes((0, 0, 1, 1), zorder=order, frameon=False) for order in (1, 5))
    for plane in (below, over):
        plane.set(xlim=(0, PAGE[0]), ylim=(0, PAGE[1]))
        plane.set_axis_off()
    _put_pictures(figure, below, points, places, colours)
    handles = [
        over.plot(*places[[point.group == group for point in points]].T, "o", color=colours[group], **DOT)[0]
        for group in groups
    ]
    if len(groups) > 1:
        over.legend(
            handles,
            [_short(group) for group in groups],
            title=group_title,
            loc="lower right",
            bbox_to_anchor=(RIGHT, UPPER + 8),
            bbox_transform=over.transData,
            ncols=min(len(groups), 5),
            handletextpad=0.1,
            borderaxespad=0,
            frameon=False,
            fontsize=8,
            title_fontsize=8,
        )
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(np.float32)


def _places(axes, points: Sequence[Point], fewer_is_right: bool) -> np.ndarray:
    """Sets the limits of both axes; returns where points are, in pixels of the page: (n, 2)."""
    xs, ys = ([getattr(point, name) for point in points] for name in ("x", "y"))
    logarithmic = 0 < FAR_APART * min(xs) < max(xs)
    xs = [math.log10(x) for x in xs] if logarithmic else xs
    x_limits, y_limits = _limits(xs), _limits(ys)
    axes.set_xlim(*(x_limits[::-1] if fewer_is_right else x_limits))
    axes.set_ylim(*y_limits)
    if logarithmic:
        ticks = _ticks(*x_limits)
        axes.set_xticks([math.log10(tick) for tick in ticks], [f"{tick:g}" for tick in ticks])
    across = _pixels(xs, axes.get_xlim(), (LEFT, RIGHT))
    return np.stack([across, _pixels(ys, axes.get_ylim(), (LOWER, UPPER))], axis=1)


def _put_pictures(figure, below, points: Sequence[Point], places: np.ndarray, colours: dict[str, str]) -> None:
    """Pictures and their labels beside their points, and a line from each to its point on the axes `below`."""
    numbers = [number for number, point in enumerate(points) if point.picture is not None]
    pictures = _thumbnails([points[number] for number in numbers], colours)
    labels = [_short(points[number].label) for number in numbers]
    wide = [max(picture.shape[1], CHARACTER * len(label)) for picture, label in zip(pictures, labels, strict=True)]
    sizes = np.array([(width, picture.shape[0] + TEXT_HEIGHT) for width, picture in zip(wide, pictures, strict=True)])
    anchors = places[numbers]
    centres = beside(anchors, sizes, anchors, (LEFT + 10, LOWER + 10, RIGHT, UPPER))
    for number, picture, label, centre in zip(numbers, pictures, labels, centres, strict=True):
        height, width = picture.shape[:2]
        left, lower = np.rint(centre - (width / 2, (height - TEXT_HEIGHT) / 2))
        middle = (left + width / 2, lower + height / 2)
        below.plot(*np.stack([places[number], middle]).T, color=colours[points[number].group], linewidth=0.7, alpha=0.6)
        figure.figimage(picture, int(left), int(lower), zorder=2)
        figure.text(middle[0] / PAGE[0], (lower - 4) / PAGE[1], label, ha="center", va="top", size=6.5, zorder=3)


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """Of an axis, with room beside the first and the last."""
    low, high = min(values), max(values)
    room = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
    return low - room, high + room


def _pixels(values: Sequence[float], limits: tuple[float, float], sides: tuple[int, int]) -> np.ndarray:
    return sides[0] + (np.array(values) - limits[0]) / (limits[1] - limits[0]) * (sides[1] - sides[0])


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two powers of ten, given by their exponents: as many as there is room for."""
    found: list[float] = []
    for digits in ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 4, 5, 6, 8)):
        decades = range(math.floor(low), math.ceil(high) + 1)
        more = [float(f"{digit}e{decade}") for decade in decades for digit in digits]
        more = [tick for tick in more if low <= math.log10(tick) <= high]
        if len(more) > 9:
            break
        found = more
    return found or [float(f"{10**low:.2g}"), float(f"{10**high:.2g}")]


def _thumbnails(points: Sequence[Point], colours: dict[str, str]) -> list[np.ndarray]:
    """The pictures, small and each in a frame of its group's colour, as uint8."""
    area = (RIGHT - LEFT) * (UPPER - LOWER) * SHARE / len(points)
    side = int(min(max(math.sqrt(area), SIDES[0]), SIDES[1]))
    thumbnails = []
    for point in points:
        picture = np.rint(resize_long_side(point.picture, side)).astype(np.uint8)
        framed = np.empty((picture.shape[0] + 2 * FRAME, picture.shape[1] + 2 * FRAME, 3), np.uint8)
        framed[:] = [int(colours[point.group][i : i + 2], 16) for i in (1, 3, 5)]
        framed[1:-1, 1:-1] = 255
        framed[FRAME:-FRAME, FRAME:-FRAME] = picture
        thumbnails.append(framed)
    return thumbnails


def beside(
    anchors: np.ndarray, sizes: np.ndarray, points: np.ndarray, bounds: tuple[float, float, float, float]
) -> np.ndarray:
    """Centres (n, 2) of boxes of these sizes (n, 2): of the places on a grid within bounds (left, lower, right, upper)
    the nearest to each one's anchor (n, 2) where it covers neither a box before it nor one of `points` (m, 2); where
    there is none near, the one where it covers least."""
    left, lower, right, upper = bounds
    reach = np.arange(-REACH, REACH + 1, STEP)
    offsets = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2)
    offsets = offsets[np.argsort((offsets**2).sum(axis=1), kind="stable")]
    taken, halves = points.astype(float), np.full(points.shape, POINT / 2)
    centres: list[np.ndarray] = []
    for anchor, size in zip(anchors, sizes, strict=True):
        places = np.clip(anchor + offsets, (left, lower) + size / 2, (right, upper) - size / 2)
        least = np.inf
        # The first of them do for most boxes.
        for some in np.array_split(places, len(places) // 256):
            covered = np.prod(np.maximum(size / 2 + halves - np.abs(some[:, np.newaxis] - taken), 0), axis=2).sum(
                axis=1
            )
            if covered.min() < least:
                least, best = covered.min(), some[np.argmin(covered)]
            if not least:
                break
        centres.append(best)
        taken, halves = np.concatenate([taken, [best]]), np.concatenate([halves, [size / 2 + GAP]])
    return np.array(centres)


def _short(label: str) -> str:
    return label if len(label) <= MOST_CHARACTERS else f"{label[: MOST_CHARACTERS - 1]}…"
