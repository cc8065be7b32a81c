"""A sea in the manner of Hokusai's woodblock prints: flat colours within dark-blue contour lines."""

from __future__ import annotations

import numpy as np

from aiart.datasets.brush import Canvas
from aiart.datasets.elementary import arctan2, cos, power, sin
from aiart.datasets.fields import Frame, blend, ramp, smooth_noise, spline
from aiart.linear_algebra import norms

KEY = (18, 34, 74)  # the key block's line: dark Prussian blue
DEEP, MIDDLE, PALE, WASH = (28, 62, 118), (66, 116, 166), (142, 180, 196), (196, 212, 206)
FOAM = (244, 238, 218)
LINE = 2.2

# The great wave on a 0..1 x 0..1 sheet: its back from the left edge to the crest's tip, and its hollow face.
BACK = [(-0.06, 0.56), (0.06, 0.40), (0.17, 0.22), (0.29, 0.12), (0.41, 0.11), (0.51, 0.17), (0.575, 0.27)]
FACE = [(-0.06, 1.10), (0.20, 0.93), (0.34, 0.74), (0.365, 0.54), (0.385, 0.40), (0.45, 0.325), (0.555, 0.30)]


def woodblock_waves(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """A great wave with claws of foam over a far snow peak; float32 (height, width, 3)."""
    frame = Frame(height, width)
    canvas = Canvas(frame, FOAM)
    u = min(frame.width, frame.height) / 512
    _mountain(canvas, frame, u, rng)
    shift = rng.uniform(-0.02, 0.02, 3)
    _swell(canvas, frame, 0.74 + shift[0], 0.030, 2.1, 0.50, 5, u, rng)
    _great_wave(canvas, frame, u, rng)
    _swell(canvas, frame, 0.83 + shift[1], 0.060, 1.25, 0.78, 6, u, rng)
    _swell(canvas, frame, 0.955 + shift[2], 0.050, 1.8, 0.22, 4, u, rng)
    _spray(canvas, frame, u, rng)
    return _print(canvas, frame, rng)


def _mountain(canvas: Canvas, frame: Frame, u: float, rng: np.random.Generator) -> None:
    """A snow-capped cone and a bar of cloud on the horizon."""
    w, h = frame.width, frame.height
    top, foot = np.array([w * rng.uniform(0.74, 0.79), h * 0.50]), h * 0.74
    left = spline([(top[0] - 0.20 * w, foot), (top[0] - 0.09 * w, h * 0.615), top - (7 * u, 0)], 30)
    right = spline([np.add(top, (7 * u, 0)), (top[0] + 0.10 * w, h * 0.62), (top[0] + 0.22 * w, foot)], 30)
    cone = np.concatenate([left, [np.add(top, (0, 3 * u))], right])
    canvas.polygon(cone, MIDDLE)
    teeth_x = np.array([-0.062, -0.035, -0.02, 0.0, 0.022, 0.04, 0.066])
    teeth_y = np.array([0.58, 0.555, 0.60, 0.565, 0.605, 0.56, 0.585])
    snow = np.stack([top[0] + teeth_x * w, teeth_y * h], -1)
    ridge = cone[(cone[:, 1] < 0.588 * h)]
    canvas.polygon(np.concatenate([ridge, snow[::-1]]), FOAM)
    canvas.line(snow, KEY, 1.2 * u)
    canvas.line(cone, KEY, 1.8 * u)


def _swell(canvas, frame, level, rise, waves, phase, bands, u, rng) -> None:
    """A wave across the sheet: a foaming ridge over bands of blue that follow it down."""
    w, h = frame.width, frame.height
    t = np.linspace(-0.05, 1.05, 160)
    # A sharpened sine: narrow peaks and wide troughs, as steep water has.
    height = power(0.5 + 0.5 * sin(2 * np.pi * (waves * t + phase)), 1.8)
    tooth = 0.06 * height * sin(2 * np.pi * (9 * t + phase))
    ridge = np.stack([t * w, h * (level - rise * (2 * height - 1) * 1.25 - 0.12 * tooth)], -1)
    colours = [PALE, DEEP, MIDDLE, DEEP, WASH, DEEP, MIDDLE]
    offsets = np.concatenate([[0.0], np.cumsum(np.linspace(7, 24, bands))]) * u
    lower = ridge[::-1] * (1, 0) + (0, 1.1 * h)
    for number, offset in enumerate(offsets):
        # Each band swings wider below the peaks than in the troughs.
        line = ridge + np.stack([10 * u * number * sin(t * 5 + phase), offset * (0.45 + 1.1 * height)], -1)
        canvas.polygon(np.concatenate([line, lower]), colours[number % len(colours)])
        canvas.line(line, KEY, LINE * u * (0.9 if number else 1.3))
    crest = height > 0.50
    for start, stop in _runs(crest):
        _foam(canvas, ridge[start:stop], 9.0 * u, 1.0, u, rng)


def _great_wave(canvas: Canvas, frame: Frame, u: float, rng: np.random.Generator) -> None:
    size = np.array([frame.width, frame.height])
    wobble = rng.normal(0, 0.008, (2, 7, 2))
    back = spline((np.array(BACK) + wobble[0]) * size, 120)
    face = spline((np.array(FACE) + wobble[1]) * size, 120)
    canvas.polygon(np.concatenate([back, face[::-1], [(-0.1 * size[0], 1.1 * size[1])]]), DEEP)
    # Stripes run from the foot up into the crest: bands between the back and the face.
    marks = np.array([0.0, 0.10, 0.19, 0.30, 0.40, 0.50, 0.60, 0.70, 0.80, 0.90, 1.0])
    marks[1:-1] += rng.normal(0, 0.012, 9)
    colours = [PALE, DEEP, MIDDLE, DEEP, WASH, DEEP, MIDDLE, DEEP, PALE, DEEP]
    for first, last, colour in zip(marks[:-1], marks[1:], colours, strict=True):
        upper, under = back * (1 - first) + face * first, back * (1 - last) + face * last
        canvas.polygon(np.concatenate([upper, under[::-1]]), colour)
        canvas.line(upper, KEY, LINE * 0.8 * u)
    canvas.line(back, KEY, LINE * 1.4 * u)
    canvas.line(face, KEY, LINE * 1.4 * u)
    # The crest's foam hangs from the outer half of the back, over the lip and down into the hollow.
    lip = spline(np.concatenate([back[34::12], face[119:84:-9]]), 90)
    _foam(canvas, lip, 15.0 * u, -1.0, u, rng)
    inner = spline(np.concatenate([back[48::10] * 0.80 + face[48::10] * 0.20]), 60)
    _foam(canvas, inner, 8.0 * u, 0.0, u, rng)


def _foam(canvas: Canvas, line: np.ndarray, size: float, side: float, u: float, rng) -> None:
    """Scalloped foam along `line` (n, 2) with hooked claws on one side (`side` +1 right, -1 tip-ward).

    All shapes are cut twice, first in the key colour and larger, so that only their union is outlined.
    """
    count = max(4, int(np.hypot(*np.diff(line, axis=0).T).sum() / (0.55 * size)))
    at = np.linspace(0, len(line) - 1, count).astype(int)
    tangent = np.gradient(line, axis=0)[at]
    tangent /= np.maximum(norms(tangent), 1e-6)
    outward = np.stack([tangent[:, 1], -tangent[:, 0]], -1)
    puffs = [(*(p + o * size * rng.normal(0.0, 0.22)), size * rng.uniform(0.42, 0.78))
             for p, o in zip(line[at], outward, strict=True)]  # fmt: skip
    claws = []
    for number, (p, t, o) in enumerate(zip(line[at], tangent, outward, strict=True)):
        if side == 0.0:
            continue
        grown = size * (1.5 + 0.9 * (number / count if side < 0 else 0.2)) * rng.uniform(0.75, 1.25)
        # On the way back under the lip the claws reach out into the hollow instead of forward.
        hollow = side < 0 and number > 0.5 * count
        grown *= 0.72 if hollow else 1.0
        claws += _claw(p, o - 0.45 * t if hollow else 0.62 * t + 0.78 * o, grown, rng)
        if not hollow and rng.random() < 0.6:
            claws += _claw(p, 0.95 * t + 0.25 * o, 0.8 * grown, rng)
    for grow, colour in ((1.15 * LINE * u * 0.75, KEY), (0.0, FOAM)):
        for x, y, r in [*claws, *puffs]:
            canvas.disc((x, y), r + grow, colour)
    # Pale shadows inside the foam, cut as small scallops.
    for x, y, r in puffs:
        if r > 4.2 * u:
            canvas.disc((x - 0.10 * r, y + 0.18 * r), 0.62 * r, PALE)
            canvas.disc((x + 0.10 * r, y - 0.08 * r), 0.60 * r, FOAM)


def _claw(root: np.ndarray, heading: np.ndarray, size: float, rng) -> list[tuple[float, float, float]]:
    """A hooked finger as discs (x, y, radius) along a tightening arc, with two smaller fingers on it."""
    angle = arctan2(heading[1], heading[0]) + rng.normal(0, 0.18)
    discs, point, steps = [], np.array(root, float), 13
    for step in range(steps):
        t = step / (steps - 1)
        angle += 0.05 + 0.24 * t
        point = point + size * 0.125 * np.array([cos(angle), sin(angle)])
        discs.append((point[0], point[1], size * (0.25 * power(1 - t, 0.8) + 0.035)))
        if step in (4, 7) and size > 6:
            twig, turn = point.copy(), angle - 0.75
            for k in range(6):
                turn += 0.24
                twig = twig + size * 0.085 * np.array([cos(turn), sin(turn)])
                discs.append((twig[0], twig[1], size * (0.13 * (1 - k / 6) + 0.03)))
    return discs


def _spray(canvas: Canvas, frame: Frame, u: float, rng: np.random.Generator) -> None:
    """Drops thrown ahead of the crest, outlined like the foam."""
    centre = np.array([0.58 * frame.width, 0.27 * frame.height])
    drops = centre + rng.normal(0, 1, (70, 2)) * (0.10 * frame.width, 0.10 * frame.height)
    for x, y in drops.tolist():
        radius = u * rng.uniform(0.9, 2.6)
        canvas.disc((x, y), radius + 0.8 * u, KEY)
        canvas.disc((x, y), radius, FOAM)


def _print(canvas: Canvas, frame: Frame, rng: np.random.Generator) -> np.ndarray:
    """Pull the print: bokashi (graded) sky, wood grain in the flats and fibres of the paper."""
    ink = canvas.finish(relief=0.0)
    scale = frame.pixels_per_unit
    shape = ink.shape[:2]
    y = (np.arange(shape[0], dtype=np.float32)[:, None] + 0.5) / shape[0] + 0.01 * smooth_noise(
        rng, shape, (30 * scale, 160 * scale)
    )
    bokashi = ramp(
        y,
        [
            (0.0, (70, 104, 138)),
            (0.09, (128, 146, 150)),
            (0.22, (218, 196, 150)),
            (0.42, (232, 200, 138)),
            (0.60, (226, 174, 108)),
            (0.75, (236, 206, 156)),
        ],
    )
    return _stain(ink, canvas, bokashi, scale, rng)


def _stain(ink, canvas, bokashi, scale, rng) -> np.ndarray:
    shape = ink.shape[:2]
    # The bare ground of the canvas keeps its own paint thickness, and so tells where nothing was printed.
    printed = np.asarray(canvas.image.getchannel("A").reduce(2), np.float32)
    bare = np.clip((110.0 - printed) / 20.0, 0, 1)
    picture = blend(ink, bokashi, bare)
    grain = smooth_noise(rng, shape, (2.2 * scale, 120 * scale), 2)
    fibre = smooth_noise(rng, shape, 1.3 * scale, 1)
    depth = 1.0 - picture.mean(axis=-1) / 255.0
    toned = picture * (1 + (0.014 + 0.045 * depth) * grain + 0.018 * fibre)[..., None]
    return np.clip(blend(toned, (222, 200, 158), np.full(shape, 0.10)), 0, 255).astype(np.float32)


def _runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """The (start, stop) of every run of at least four true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [(a, b) for a, b in edges.reshape(-1, 2).tolist() if b - a >= 4]
