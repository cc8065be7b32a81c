"""A photograph repainted with brush strokes: the paintings of the default unpaired dataset.

Hertzmann, "Painterly Rendering with Curved Brush Strokes of Multiple Sizes" (SIGGRAPH 1998): layers of
strokes, the large brushes first (§2.1), curved along the normals of the gradient (§2.2), in a style that is
a handful of parameters (§3.1). The paper's strokes are flat; these are bundles of bristles in relief, laid
on the canvas of `paintings.brush`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.interpolate import BSpline
from scipy.ndimage import gaussian_filter, sobel
from skimage.color import hsv2rgb, rgb2hsv

from aiart.datasets.brush import Canvas, reduce
from aiart.datasets.elementary import cos, sin
from aiart.datasets.fields import LONG_SIDE, Frame
from aiart.errors import UserError
from aiart.images.array import as_picture
from aiart.linear_algebra import norms, product

SHORTEST_SIDE = 32  # below this a few strokes of the widest brush cover the whole picture
LUMINANCE = np.array([0.30, 0.59, 0.11], np.float32)  # §2.2
BLUR = 0.5  # f_σ of all styles of §3.2: the reference's blur as a fraction of the brush's radius
DEGREE = 3  # strokes are cubic B-splines (§2.2)
CURVE_POINTS = 13  # of the polyline that a stroke is drawn as
ENLARGEMENT = 2  # of the frame; with the canvas's own supersampling a pixel is the mean of 4 x 4
BRISTLES = 6


def paint_strokes(
    picture: np.ndarray,
    *,
    seed: int,
    brush_radii: Sequence[float] = (6.0, 3.5, 2.0),
    threshold: float = 45.0,
    curvature: float = 1.0,
    stroke_lengths: tuple[int, int] = (3, 10),
    jitter: tuple[float, float, float] = (0.03, 0.15, 0.07),
    saturation: float = 1.5,
) -> np.ndarray:
    """The picture (height, width, 3), sRGB 0..255, as a painting: float32 of the same size and range.

    seed: a non-negative integer; the same arguments give the same bytes. Parameters of §3.1, all lengths in
    pixels whatever the picture's size: brush_radii: R_i, largest first; threshold: T, how far in RGB a part
    of the canvas may stay from the reference; curvature: f_c, 1 for strokes that follow the picture and less
    (above 0) for straighter ones; stroke_lengths: fewest and most steps of one radius each; jitter: the most by
    which hue, saturation and value of a stroke differ from the reference, as fractions of their range.
    saturation: factor of the palette's chroma; 1 keeps the photograph's.

    The defaults are the paper's impressionist style (T 100, R 8 4 2, f_c 1, lengths 4..16, a grid cell one
    radius wide, opaque paint; §3.2) for pictures of 64 to 112 pixels: smaller brushes, shorter strokes and a
    lower T, and some of the expressionist style's jitter.

    Raises `UserError` for a side below 32 pixels, a negative seed, and radii, a curvature or lengths that
    make no stroke.
    """
    palette = _saturate(as_picture(picture, "picture"), saturation)
    height, width = palette.shape[:2]
    _check(height, width, seed, brush_radii, curvature, stroke_lengths)
    rng = np.random.default_rng(seed)
    units = LONG_SIDE / max(height, width)
    canvas = Canvas(Frame(height * ENLARGEMENT, width * ENLARGEMENT), palette.mean(axis=(0, 1)), thickness=60)
    # The bare canvas is infinitely far from every colour (§2.1), so that the first layer covers it.
    painted = np.full_like(palette, np.inf)
    for radius in brush_radii:
        reference = gaussian_filter(palette, (BLUR * radius, BLUR * radius, 0))
        starts = stroke_starts(_distance(reference, painted), max(1, round(radius)), threshold, rng)
        if len(starts) == 0:
            continue
        starts = rng.permutation(starts)  # strokes are laid in random order (§2.1)
        colours = reference[starts[:, 1], starts[:, 0]]
        points, counts = trace_strokes(
            reference, painted, starts, rng, radius=radius, curvature=curvature, lengths=stroke_lengths
        )
        canvas.strokes(
            curves(points, counts) * units,
            2.0 * radius * units,
            _jittered(colours, jitter, rng),
            rng,
            bristles=BRISTLES,
            streak=9.0,
            ragged=0.15,
            taper=0.35,
        )
        painted = reduce(reduce(np.asarray(canvas.image, np.float32)[..., :3]))
    # `finish` lights slopes per unit, but here the strokes' size in pixels is fixed.
    return reduce(canvas.finish(relief=1.0 / canvas.scale, gloss=0.3))


def stroke_starts(error: np.ndarray, step: int, threshold: float, rng: np.random.Generator) -> np.ndarray:
    """Where strokes start: the worst pixel of every grid cell whose mean error exceeds `threshold` (§2.1).

    error: (height, width), the distance of the canvas from the reference, infinite where nothing is
    painted; step: the side of a cell in pixels. Returns (n, 2) integers, columns and rows, in the cells'
    order. Of bare pixels, all equally wrong, a random one is taken: the first of each would show the grid.
    """
    height, width = error.shape
    rows, columns = -(-height // step), -(-width // step)
    bare = np.isinf(error)
    finite = np.where(bare, np.float32(1e6) + 1e3 * rng.random(error.shape, np.float32), error)
    margin = ((0, rows * step - height), (0, columns * step - width))
    cells = np.pad(finite, margin, constant_values=np.nan).reshape(rows, step, columns, step)
    cells = cells.transpose(0, 2, 1, 3).reshape(rows, columns, step * step)
    row, column = np.nonzero(np.nanmean(cells, axis=-1) > threshold)
    worst = np.nanargmax(cells[row, column], axis=-1)
    return np.stack([column * step + worst % step, row * step + worst // step], axis=-1)


def trace_strokes(
    reference: np.ndarray,
    painted: np.ndarray,
    starts: np.ndarray,
    rng: np.random.Generator,
    *,
    radius: float,
    curvature: float,
    lengths: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """Control points of curved strokes (§2.2, `makeSplineStroke`), all strokes traced at once.

    reference, painted: (height, width, 3), the picture to paint and the canvas before this layer; starts:
    (n, 2) pixels. Every step is one radius long and normal to the gradient of the luminance, bent
    towards the step before by `curvature`. A stroke ends after lengths[1] steps or, from lengths[0] on,
    where the canvas is closer to the reference than the stroke's colour is. Returns points
    (n, lengths[1] + 1, 2) of (x, y) and how many of each stroke's are its own, (n,).

    Where the gradient vanishes the paper ends a stroke, which would stipple plain areas; here it goes
    straight on, and in a random direction if it has none yet.
    """
    luminance = product(reference, LUMINANCE)
    normals = np.stack([-sobel(luminance, axis=0), sobel(luminance, axis=1)], axis=-1)
    height, width = luminance.shape
    shortest, longest = lengths
    colours = reference[starts[:, 1], starts[:, 0]]
    angle = rng.uniform(0.0, 2.0 * np.pi, len(starts))
    undirected = np.stack([cos(angle), sin(angle)], axis=-1)
    place, heading = starts + 0.5, np.zeros((len(starts), 2))
    points, counts = [place], np.ones(len(starts), int)
    going = np.ones(len(starts), bool)
    for step in range(1, longest + 1):
        column = np.clip(place[:, 0].astype(int), 0, width - 1)
        row = np.clip(place[:, 1].astype(int), 0, height - 1)
        if step > shortest:
            here = reference[row, column]
            going &= _distance(here, painted[row, column]) >= _distance(here, colours)
        normal = normals[row, column].astype(np.float64)
        length = norms(normal)
        onwards = heading if step > 1 else undirected
        normal = np.where(length > 1e-3, normal / np.maximum(length, 1e-3), onwards)
        normal = np.where((normal * heading).sum(axis=-1, keepdims=True) < 0.0, -normal, normal)
        heading = curvature * normal + (1.0 - curvature) * heading
        heading /= norms(heading)
        place = place + radius * heading
        points.append(place)
        counts += going
    return np.stack(points, axis=1), counts


def curves(points: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Clamped uniform B-splines, cubic where there are enough points, as polylines (n, CURVE_POINTS, 2).

    points: (n, k, 2) control points, of which the first `counts` (n,) of each stroke, at least 2, are used.
    """
    lines = np.empty((len(points), CURVE_POINTS, 2))
    along = np.linspace(0.0, 1.0, CURVE_POINTS)
    for count in np.unique(counts):
        degree = min(DEGREE, count - 1)
        knots = np.concatenate([np.zeros(degree), np.linspace(0.0, 1.0, count - degree + 1), np.ones(degree)])
        basis = BSpline.design_matrix(along, knots, degree).toarray()
        lines[counts == count] = product(points[counts == count, :count].swapaxes(1, 2), basis.T).swapaxes(1, 2)
    return lines


def _distance(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Euclidean distance in RGB (§2.1)."""
    return np.sqrt(np.square(one - other).sum(axis=-1))


def _saturate(picture: np.ndarray, factor: float) -> np.ndarray:
    """Chroma times `factor` at equal luminance, where the gamut allows."""
    grey = product(picture, LUMINANCE)[..., None]
    return np.clip(grey + factor * (picture - grey), 0.0, 255.0)


def _jittered(colours: np.ndarray, jitter: tuple[float, float, float], rng: np.random.Generator) -> np.ndarray:
    """Colours (n, 3) with random hue, saturation and value (§3.1)."""
    hsv = rgb2hsv(colours / 255.0) + rng.uniform(-1.0, 1.0, colours.shape) * jitter
    hsv[:, 0] %= 1.0
    return 255.0 * hsv2rgb(np.clip(hsv, 0.0, 1.0))


def _check(
    height: int, width: int, seed: int, radii: Sequence[float], curvature: float, lengths: tuple[int, int]
) -> None:
    if min(height, width) < SHORTEST_SIDE:
        raise UserError(
            f"A picture of {height}x{width} pixels is too small for brush strokes; "
            f"make both sides at least {SHORTEST_SIDE} pixels."
        )
    if seed < 0:
        raise UserError(f"The seed of a painting is {seed}; make it 0 or more.")
    if len(radii) == 0 or min(radii) < 1 or list(radii) != sorted(radii, reverse=True):
        raise UserError(f"brush_radii is {tuple(radii)}; give radii of at least 1 pixel, the largest first.")
    if not 0 < curvature <= 1:
        raise UserError(f"curvature is {curvature}; give a number above 0 and up to 1.")
    if not 1 <= lengths[0] <= lengths[1]:
        raise UserError(f"stroke_lengths is {tuple(lengths)}; give the fewest steps, at least 1, and then the most.")
