"""Scalar and vector fields that the painters share: the frame, noise, ramps and flow lines.

Every painter composes in *units*: the long side of the picture is 512 units whatever its size in pixels,
so that a composition and its brush strokes scale together with the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from PIL import Image

from aiart.datasets.elementary import cos, sin
from aiart.linear_algebra import solve_tridiagonal

LONG_SIDE = 512.0


@dataclass(frozen=True)
class Frame:
    """The picture's size in pixels (`rows`, `columns`) and in units (`height`, `width`)."""

    rows: int
    columns: int

    @property
    def pixels_per_unit(self) -> float:
        return max(self.rows, self.columns) / LONG_SIDE

    @property
    def height(self) -> float:
        return self.rows / self.pixels_per_unit

    @property
    def width(self) -> float:
        return self.columns / self.pixels_per_unit

    def grid(self, samples_per_unit: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates (y, x) in units at the centre of each sample, two arrays (ceil(h), ceil(w))."""
        rows = ceil(self.height * samples_per_unit - 1e-6)
        columns = ceil(self.width * samples_per_unit - 1e-6)
        y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
        return (y + 0.5) / samples_per_unit, (x + 0.5) / samples_per_unit


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], cell: float | tuple[float, float], octaves: int = 1
) -> np.ndarray:
    """Value noise of zero mean and about unit deviation.

    shape: (height, width) in samples; cell: the lattice spacing in samples, or (vertical, horizontal) for
    noise drawn out along one axis; octaves: how many times the spacing is halved at half the amplitude.
    Lattice values are interpolated bicubically. Returns float32 (height, width).
    """
    height, width = shape
    cell_y, cell_x = cell if isinstance(cell, tuple) else (cell, cell)
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        step_y, step_x = max(cell_y / 2**octave, 1.0), max(cell_x / 2**octave, 1.0)
        # Two spare cells on every side keep the resampling away from the lattice's border.
        rows, columns = ceil(height / step_y) + 4, ceil(width / step_x) + 4
        lattice = Image.fromarray(rng.standard_normal((rows, columns)).astype(np.float32))
        box = (2.0, 2.0, 2.0 + width / step_x, 2.0 + height / step_y)
        layer = lattice.resize((width, height), Image.Resampling.BICUBIC, box=box)
        total += np.asarray(layer) * 0.5**octave
    # Interpolation lowers the deviation of white lattice values to about 0.7 of theirs.
    return total / (0.7 * np.sqrt(sum(0.25**octave for octave in range(octaves))))


def ramp(values: np.ndarray, stops: Sequence[tuple[float, tuple[float, float, float]]]) -> np.ndarray:
    """Colours (..., 3) of `values` (...) on a piecewise linear ramp of (position, (r, g, b)) stops."""
    positions = [position for position, _ in stops]
    channels = [np.interp(values, positions, [colour[i] for _, colour in stops]) for i in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def blend(under: np.ndarray, over: np.ndarray | Sequence[float], weight: np.ndarray) -> np.ndarray:
    """`over` laid on `under` (..., 3) with opacity `weight` (...) in 0..1."""
    weight = np.clip(weight, 0.0, 1.0)[..., None]
    return under * (1.0 - weight) + np.asarray(over, np.float32) * weight


def smoothstep(low: float, high: float, values: np.ndarray) -> np.ndarray:
    """The cubic Hermite step: 0 below `low`, 1 above `high`."""
    t = np.clip((values - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def sample(field: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The nearest value of a one-sample-per-unit `field` (h, w, ...) at `points` (..., 2) of (x, y)."""
    rows = np.clip(points[..., 1].astype(np.intp), 0, field.shape[0] - 1)
    columns = np.clip(points[..., 0].astype(np.intp), 0, field.shape[1] - 1)
    return field[rows, columns]


def flow_lines(
    angle: np.ndarray,
    starts: np.ndarray,
    length: float | np.ndarray,
    steps: int = 9,
    regions: np.ndarray | None = None,
) -> np.ndarray:
    """Streamlines through `starts`, traced half backwards and half forwards (Euler steps).

    angle: (h, w) radians, one sample a unit; starts: (n, 2) of (x, y) in units; length: units, one or n;
    regions: (h, w) labels that a line may not leave (it stops at the border). Returns (n, steps, 2).
    """
    stride = np.broadcast_to(np.asarray(length, np.float32) / (steps - 1), (len(starts),))[:, None]
    home = None if regions is None else sample(regions, starts)
    halves = []
    for sign, count in ((-1.0, steps // 2), (1.0, steps - 1 - steps // 2)):
        points, half = starts.astype(np.float32), []
        for _ in range(count):
            heading = sample(angle, points)
            moved = points + sign * stride * np.stack([cos(heading), sin(heading)], axis=-1)
            if regions is not None:
                moved = np.where((sample(regions, moved) == home)[:, None], moved, points)
            points = moved
            half.append(points)
        halves.append(half)
    return np.stack([*reversed(halves[0]), starts.astype(np.float32), *halves[1]], axis=1)


def spline(points: Sequence[tuple[float, float]] | np.ndarray, count: int = 80) -> np.ndarray:
    """A smooth curve (count, 2) through `points` (n, 2), at least 3: a cubic spline over the chord length."""
    from scipy.interpolate import CubicHermiteSpline

    knots = np.asarray(points, np.float64)
    chord = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(knots, axis=0).T))])
    return CubicHermiteSpline(chord, knots, _slopes(chord, knots))(np.linspace(0.0, chord[-1], count))


def _slopes(at: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Slopes (n, 2) at `at` (n,) of the cubic spline through `knots` (n, 2) whose outer two pieces are one cubic each
    ("not a knot"): those of SciPy's CubicSpline, which solves for them by LAPACK."""
    step = np.diff(at)[:, None]
    secant = np.diff(knots, axis=0) / step
    before, after = step[:-1], step[1:]
    if len(at) == 3:  # one parabola
        middle = (before * secant[1:] + after * secant[:-1]) / (before + after)
        return np.concatenate([2 * secant[:1] - middle, middle, 2 * secant[1:] - middle])
    first, last = at[2] - at[0], at[-1] - at[-3]
    inner = 3 * (after * secant[:-1] + before * secant[1:])
    start = ((step[0] + 2 * first) * step[1] * secant[0] + step[0] ** 2 * secant[1]) / first
    end = (step[-1] ** 2 * secant[-2] + (2 * last + step[-1]) * step[-2] * secant[-1]) / last
    return solve_tridiagonal(
        lower=np.append(after, last),
        diagonal=np.concatenate([step[1], 2 * (before + after)[:, 0], step[-2]]),
        upper=np.append(first, before),
        right=np.concatenate([[start], inner, [end]]),
    )
