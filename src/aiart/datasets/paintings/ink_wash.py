"""Mountains in mist in the manner of sumi-e: near-monochrome ink on absorbent paper."""

from __future__ import annotations

import numpy as np

from aiart.datasets.brush import Canvas
from aiart.datasets.elementary import cos, exp, power, sin
from aiart.datasets.fields import Frame, blend, ramp, smooth_noise, smoothstep, spline

PAPER, INK, VERMILION = (236, 229, 212), (24, 26, 30), (186, 48, 34)


def ink_wash(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Ranges fading into mist above a pine and still water; float32 (height, width, 3)."""
    frame = Frame(height, width)
    y, x = frame.grid()
    tone = _ranges(frame, y, x, rng)
    canvas = Canvas(frame, (255, 255, 255), 0)
    _texture_strokes(canvas, frame, rng)
    _pine(canvas, frame, rng)
    _boat_and_birds(canvas, frame, rng)
    return _mount(canvas, frame, tone, rng)


def _ranges(frame: Frame, y, x, rng) -> np.ndarray:
    """The density of the washes, 0 (paper) to 1 (black ink), one sample a unit."""
    h = frame.height
    tone = 0.10 * smoothstep(0.5, 0.0, y / h) + 0.03 * smooth_noise(rng, y.shape, (40, 140), 2)
    sheets = ((0.34, 0.20, 0.22, 70), (0.44, 0.26, 0.34, 62), (0.56, 0.24, 0.48, 54), (0.68, 0.20, 0.66, 46))
    for number, (level, relief, density, cell) in enumerate(sheets):
        ridge = _ridge(frame, x[0], level, relief, cell, number, rng)
        below = (y - ridge[None]) / h
        bleed = 0.004 * smooth_noise(rng, y.shape, 5, 2)
        inside = smoothstep(-0.003, 0.004, below + bleed)
        # A loaded brush is darkest at the ridge; the wash thins downwards into the mist.
        fade = exp(-np.maximum(below, 0) / (0.055 + 0.030 * number)) * (1 + 0.25 * smooth_noise(rng, y.shape, 34, 3))
        rim = 0.16 * exp(-((np.maximum(below, 0) / 0.006) ** 2))
        wash = density * np.clip(fade, 0, 1.3) + rim * density
        # Lower, nearer sheets cover the farther ones with mist as well as with ink.
        tone = tone * (1 - inside * smoothstep(0.0, 0.16, below)) + inside * wash * (1 - 0.45 * tone)
    water = smoothstep(0.80, 0.88, y / h)
    ripple = smooth_noise(rng, y.shape, (3.5, 90), 2)
    tone = tone * (1 - 0.5 * water) + water * (0.10 + 0.13 * smoothstep(0.7, 1.6, ripple))
    return np.clip(tone, 0, 1)


def _ridge(frame: Frame, x, level: float, relief: float, cell: float, number: int, rng) -> np.ndarray:
    """The height of a range's crest over the columns: a few steep peaks and finer crags."""
    crest = np.zeros_like(x)
    for _ in range(4):
        centre, half = rng.uniform(0, 1) * frame.width, rng.uniform(0.09, 0.22) * frame.width
        peak = power(np.maximum(1 - np.abs(x - centre) / half, 0), 1.25)
        crest = np.maximum(crest, peak * rng.uniform(0.45, 1.0))
    crags = smooth_noise(rng, (1, len(x)), (1, cell / 2), 4)[0]
    return frame.height * (level + 0.06 - relief * crest - 0.012 * (1 + number * 0.3) * crags)


def _texture_strokes(canvas: Canvas, frame: Frame, rng: np.random.Generator) -> None:
    """A near crag at the right in axe-cut strokes: dry slanting dabs of the side of the brush."""
    h, w = frame.height, frame.width
    edge = spline(
        [
            (1.03 * w, 0.36 * h),
            (0.93 * w, 0.42 * h),
            (0.87 * w, 0.53 * h),
            (0.80 * w, 0.62 * h),
            (0.76 * w, 0.74 * h),
            (0.66 * w, 0.84 * h),
            (0.60 * w, 0.90 * h),
        ],
        120,
    )
    edge = edge + 5.0 * smooth_noise(rng, (len(edge), 2), (9, 1), 2)
    for density, count, breadth in ((196, 110, 24), (140, 130, 15), (52, 150, 8)):
        root = edge[rng.integers(0, len(edge), count)]
        inward = rng.beta(0.7, 2.6, count)[:, None]
        start = root + inward * (np.array([1.08 * w, 0.98 * h]) - root)
        heading = rng.normal(1.05, 0.22, count)
        length = rng.uniform(14, 44, count)
        along = np.linspace(0, 1, 9)[None, :, None] * length[:, None, None]
        paths = start[:, None] + along * np.stack([cos(heading), sin(heading)], -1)[:, None]
        paths = paths + sin(along * 0.12) * 2.0
        # The rock dissolves into the mist away from its edge.
        shades = np.clip(rng.normal(density, 26, (count, 1)) + 170 * inward, 14, 238) * np.ones((1, 3))
        canvas.strokes(paths, breadth * rng.uniform(0.5, 1.2, count), shades, rng, bristles=9, streak=34, ragged=0.45)
    canvas.tapered(edge, 2.6 + 1.1 * smooth_noise(rng, (1, len(edge)), (1, 6))[0].clip(-2, 2), INK)


def _pine(canvas: Canvas, frame: Frame, rng: np.random.Generator) -> None:
    """A leaning old pine in the left foreground: gnarled trunk, bent boughs, fans of needles."""
    w, h = frame.width, frame.height
    u = min(w, h) / 512
    knots = [(0.02, 1.04), (0.10, 0.90), (0.07, 0.78), (0.15, 0.66), (0.13, 0.53), (0.22, 0.42), (0.30, 0.36)]
    trunk = spline((np.array(knots) + rng.normal(0, 0.008, (7, 2))) * (w, h), 90)
    girth = np.linspace(30, 5, 90) * u * (1 + 0.13 * sin(np.linspace(0, 31, 90)))
    canvas.tapered(trunk, girth, (58, 58, 60), 120)
    bark = [trunk + (offset * girth)[:, None] * (1.0, 0.25) for offset in rng.uniform(-0.46, 0.46, 26)]
    shades = rng.uniform(16, 150, (26, 1)) * np.ones((1, 3))
    canvas.strokes(np.stack(bark)[:, ::4], 3.2 * u, shades, rng, bristles=3, ragged=0.45)
    for at, reach, rise in (
        (34, 0.24, -0.01),
        (46, -0.20, -0.03),
        (56, 0.26, -0.02),
        (68, -0.17, -0.06),
        (78, 0.24, 0.03),
        (88, 0.17, -0.05),
    ):
        root = trunk[at]
        tip = np.add(root, (reach * w * rng.uniform(0.85, 1.15), rise * h))
        sag = (root + tip) / 2 + (0, rng.uniform(-0.035, 0.04) * h)
        bough = spline([root, sag, tip], 40)
        canvas.tapered(bough, np.linspace(7.0, 1.6, 40) * u, INK)
        for spot in bough[12::4]:
            _needles(canvas, spot + rng.normal(0, 6 * u, 2) - (0, 5 * u), u, rng)


def _needles(canvas: Canvas, centre, u: float, rng: np.random.Generator) -> None:
    """A fan of needles over a pale dab, its shade drawn for the whole fan."""
    shade = rng.uniform(14, 84)
    radius = rng.uniform(11, 19) * u
    for angle in np.linspace(-np.pi * 1.04, 0.04 * np.pi, 19) + rng.normal(0, 0.06, 19):
        tip = centre + radius * rng.uniform(0.8, 1.1) * np.array([cos(angle), 0.72 * sin(angle)])
        canvas.tapered(np.linspace(centre, tip, 4), np.linspace(1.9, 0.5, 4) * u, (shade,) * 3)


def _boat_and_birds(canvas: Canvas, frame: Frame, rng: np.random.Generator) -> None:
    w, h = frame.width, frame.height
    u = min(w, h) / 512
    x, y = w * rng.uniform(0.40, 0.50), h * 0.905
    hull = spline(
        [(x - 34 * u, y - 5 * u), (x - 16 * u, y + 4 * u), (x + 14 * u, y + 4 * u), (x + 38 * u, y - 7 * u)], 30
    )
    canvas.tapered(hull, sin(np.linspace(0.1, np.pi - 0.1, 30)) * 6.5 * u + 1, INK)
    canvas.tapered(
        spline([(x + 4 * u, y), (x + 7 * u, y - 12 * u), (x + 3 * u, y - 19 * u)], 12),
        np.linspace(10, 4, 12) * u,
        (40, 40, 44),
    )
    canvas.polygon(np.array([(x - 8 * u, y - 18 * u), (x + 3 * u, y - 26 * u), (x + 14 * u, y - 18 * u)]), INK)
    canvas.line(np.array([(x + 10 * u, y - 10 * u), (x + 46 * u, y - 34 * u)]), INK, 1.3 * u)
    flock = np.array([w * rng.uniform(0.50, 0.62), h * 0.20])
    for _ in range(7):
        spot, span = flock + rng.normal(0, 1, 2) * (0.07 * w, 0.03 * h), rng.uniform(6, 11) * u
        for sign in (-1, 1):
            wing = spline(spot + span * np.array([(0, 0), (sign * 0.5, -0.5), (sign, -0.32)]), 10)
            canvas.tapered(wing, np.linspace(2.4, 0.6, 10) * u, INK)


def _mount(canvas: Canvas, frame: Frame, tone: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Washes and strokes on toned paper, with the fibres, the granulation, a pale sun and a red seal."""
    from PIL import Image

    lines = canvas.finish(relief=0.0)
    shape, scale = lines.shape[:2], frame.pixels_per_unit
    wash = np.asarray(Image.fromarray(tone.astype(np.float32)).resize(shape[::-1], Image.Resampling.BICUBIC))
    y, x = frame.grid(scale)
    y, x = y[: shape[0], : shape[1]], x[: shape[0], : shape[1]]
    fibre = smooth_noise(rng, shape, (1.6 * scale, 7 * scale), 2)
    grain = smooth_noise(rng, shape, 1.8 * scale, 2)
    picture = np.ones((*shape, 3), np.float32) * PAPER * (1 + 0.016 * fibre + 0.012 * grain)[..., None]
    u = min(frame.width, frame.height) / 512
    sun = np.hypot(x - frame.width * 0.72, y - frame.height * 0.155) / (34 * u) + 0.008 * grain
    picture = blend(picture, (204, 84, 58), 0.82 * smoothstep(1.03, 0.97, sun) * (0.9 + 0.1 * fibre))
    # Ink pools in the hollows of the paper: granulation grows with the density of the wash.
    density = np.clip(wash * (1 + 0.13 * grain + 0.08 * fibre), 0, 1)
    # Thin sumi is warm-cool grey; pine-soot ink turns bluish where it is dense.
    ink = ramp(density, [(0.0, (120, 122, 122)), (0.4, (72, 78, 86)), (1.0, (22, 26, 34))])
    picture = blend(picture, ink, power(density, 0.9))
    strokes = 1.0 - lines.mean(axis=-1) / 255.0
    picture = blend(picture, INK, np.clip(strokes * (1 + 0.06 * grain), 0, 0.97))
    return np.clip(_seal(frame, picture, y, x, grain, u), 0, 255).astype(np.float32)


def _seal(frame: Frame, picture, y, x, grain, u: float) -> np.ndarray:
    """The painter's seal: a vermilion square with pale bars, high at the left."""
    column, row = (x - 0.075 * frame.width) / (14 * u), (y - 0.115 * frame.height) / (18 * u)
    square = (np.abs(column) < 1) & (np.abs(row) < 1)
    bars = (np.abs(np.mod(row * 2.2, 1) - 0.5) < 0.16) & (np.abs(column) < 0.72)
    bars |= (np.abs(column) < 0.10) & (np.abs(row) < 0.8)
    picture = blend(picture, VERMILION, square * (0.90 + 0.08 * grain))
    return blend(picture, PAPER, 0.85 * (square & bars))
