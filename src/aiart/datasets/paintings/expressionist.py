"""A burning sky over a dark fjord in the manner of Munch: long parallel waving bands of thick paint."""

from __future__ import annotations

import numpy as np

from aiart.datasets.brush import Canvas, scatter
from aiart.datasets.elementary import arctan2, cos, exp, sin
from aiart.datasets.fields import Frame, flow_lines, ramp, sample, smooth_noise, smoothstep, spline

SKY, FJORD, SHORE, PIER = range(4)


def expressionist(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Bands of orange sky, a swirling fjord, a pier and a lone figure; float32 (height, width, 3)."""
    frame = Frame(height, width)
    y, x = frame.grid()
    regions, bands, angle = _composition(frame, y, x, rng)
    colour = _colours(frame, y, x, regions, bands, rng)
    canvas = Canvas(frame, (150, 96, 58), 60)
    area = frame.height * frame.width / 512**2
    for region, strokes in (
        (SKY, ((330, 19, 250), (380, 12, 220), (260, 6.5, 180))),
        (FJORD, ((260, 17, 170), (330, 10, 150), (260, 5.5, 120))),
        (SHORE, ((160, 15, 110), (240, 9, 90), (180, 5, 70))),
        (PIER, ((170, 15, 200), (220, 8, 190), (170, 4.5, 160))),
    ):
        for count, breadth, length in strokes:
            starts = scatter(rng, regions == region, int(count * area) + 8)
            lengths = length * rng.uniform(0.6, 1.2, len(starts))
            paths = flow_lines(angle, starts, lengths, steps=25, regions=regions)
            tones = sample(colour, starts) + rng.normal(0, 11, (len(starts), 1)) + rng.normal(0, 7, (len(starts), 3))
            widths = breadth * rng.uniform(0.75, 1.2, len(starts))
            canvas.strokes(paths, widths, tones, rng, bristles=7, streak=9, ragged=0.12, taper=0.5)
    _contours(canvas, frame, angle, regions, rng)
    _pier(canvas, frame, rng)
    return canvas.finish(relief=0.75, gloss=0.2)


def _pier_edge(frame: Frame, x: np.ndarray) -> np.ndarray:
    """The height of the pier's far edge, a steep diagonal from the lower right to the left side."""
    return frame.height * (0.63 + 0.50 * x / frame.width)


def _composition(frame: Frame, y: np.ndarray, x: np.ndarray, rng: np.random.Generator):
    """Region labels, the phase of the bands (in bands) and the strokes' direction along them."""
    w, h = frame.width, frame.height
    phase = rng.uniform(0, 2 * np.pi, 5)
    horizon = h * (0.40 + 0.018 * sin(x / w * 7 + phase[0]) + 0.012 * sin(x / w * 17 + phase[1]))
    regions = np.where(y < horizon, SKY, FJORD)
    shore = w * (0.60 + 0.13 * sin((y / h) * 8.5 + 0.8 * sin(phase[2])) + 0.06 * sin(y / h * 21 + phase[3]))
    regions[(x > shore) & (y > horizon + 0.07 * h)] = SHORE
    regions[y > _pier_edge(frame, x)] = PIER

    # The bands are level lines of a potential, and so parallel and never crossing.
    drift = smooth_noise(rng, y.shape, 150)
    sky = y + 17 * sin(x / w * 8.6 + phase[0] + y / h * 3) + 9 * sin(x / w * 17 + phase[1] - y / h * 6) + 7 * drift
    eddies = sum(
        s * exp(-(((x - w * cx) ** 2) / (0.16 * w) ** 2 + ((y - h * cy) ** 2) / (0.10 * h) ** 2))
        for cx, cy, s in (
            (0.30 + rng.uniform(-0.05, 0.05), 0.55, 120),
            (0.66, 0.50 + rng.uniform(-0.02, 0.03), -115),
            (0.05, 0.50, 60),
        )
    )
    fjord = 0.9 * y + eddies + 10 * sin(x / w * 11 + phase[2]) + 5 * drift
    land = x * 0.85 - shore * 0.85 + 0.45 * y + 14 * sin(y / h * 19 + phase[3]) + 8 * drift
    deck = arctan2(y - h * 0.545, x + w * 0.16) * 430
    potentials = np.stack([sky, fjord, land, deck])
    potential = np.take_along_axis(potentials, regions[None], 0)[0]
    headings = []
    for field in potentials:
        slope_y, slope_x = np.gradient(field)
        headings.append(arctan2(-slope_x, slope_y))
    return regions, potential / 26.0, np.take_along_axis(np.stack(headings), regions[None], 0)[0]


def _colours(frame, y, x, regions, bands, rng) -> np.ndarray:
    """Stripes of a few pigments a region, chosen by the phase of the bands."""
    pigments = {
        SKY: [
            (214, 52, 24), (246, 132, 30), (252, 186, 60), (226, 78, 22),
            (246, 206, 104), (196, 36, 30), (240, 110, 28), (120, 150, 160),
        ],
        FJORD: [
            (22, 30, 66), (40, 66, 116), (16, 20, 40), (64, 104, 134), (28, 44, 92), (150, 156, 120), (20, 26, 52),
        ],
        SHORE: [(24, 38, 52), (52, 74, 58), (30, 30, 44), (108, 104, 62), (38, 60, 84), (20, 24, 34)],
        PIER: [(128, 66, 40), (170, 98, 56), (92, 48, 44), (196, 134, 80), (74, 56, 74), (148, 78, 40)],
    }  # fmt: skip
    colour = np.zeros((*y.shape, 3), np.float32)
    for region, stripes in pigments.items():
        order = np.array(stripes, np.float32)[_shuffled(len(stripes), rng)]
        stops = [(float(i), tuple(order[i % len(order)])) for i in range(len(order) + 1)]
        # Sharpened phases keep each stripe flat and its border soft.
        whole = np.floor(bands)
        phase = whole + smoothstep(0.35, 0.65, bands - whole)
        inside = regions == region
        colour[inside] = ramp(np.mod(phase, len(order)), stops)[inside]
    low = smoothstep(0.24, 0.40, y / frame.height)[..., None] * (regions == SKY)[..., None]
    return colour * (1 - 0.35 * low) + np.array((250, 200, 84), np.float32) * 0.35 * low


def _shuffled(count: int, rng: np.random.Generator) -> np.ndarray:
    """An order rotated by a random amount: neighbours in the scheme stay neighbours."""
    return np.roll(np.arange(count), int(rng.integers(count)))


def _contours(canvas: Canvas, frame: Frame, angle, regions, rng: np.random.Generator) -> None:
    """Long single lines of dark and of bright paint that ride along the bands."""
    for region, count, colours in (
        (SKY, 42, [(150, 22, 26), (255, 222, 120), (112, 30, 40), (232, 60, 20)]),
        (FJORD, 38, [(8, 10, 26), (118, 152, 160), (8, 10, 26), (186, 150, 84)]),
        (SHORE, 20, [(10, 14, 22), (134, 128, 70)]),
    ):
        starts = scatter(rng, regions == region, count)
        paths = flow_lines(angle, starts, rng.uniform(160, 330, len(starts)), steps=41, regions=regions)
        tones = np.array(colours, np.float32)[rng.integers(0, len(colours), len(starts))]
        canvas.strokes(paths, rng.uniform(2.4, 4.6, len(starts)), tones, rng, bristles=3, ragged=0.05, taper=0.7)


def _pier(canvas: Canvas, frame: Frame, rng: np.random.Generator) -> None:
    """The railing in perspective, two walkers far off and the figure in front."""
    w, h = frame.width, frame.height
    u = min(w, h) / 512
    ends = np.array([-0.02, 1.02]) * w
    for lift, breadth, colour in (
        (0.0, 5.0, (70, 34, 34)),
        (0.055, 5.5, (58, 28, 34)),
        (0.125, 8.0, (92, 42, 34)),
        (0.131, 2.6, (206, 124, 64)),
    ):
        # The rails rise from the vanishing point towards us.
        rail = np.stack([ends, _pier_edge(frame, ends) - lift * h * np.array([0.42, 2.1])], -1)
        canvas.line(rail + rng.normal(0, 0.8, (2, 2)), colour, breadth * u, 200)
    for t in np.array([0.06, 0.13, 0.22, 0.34, 0.49, 0.68, 0.90]):
        foot = np.array([t * w, _pier_edge(frame, np.array(t * w))])
        tall = 0.128 * h * (0.42 + 1.68 * t)
        canvas.line(np.stack([foot, foot - (0, tall)]), (54, 26, 32), (3.0 + 5.5 * t) * u, 210)
    for place, tall in ((0.095, 0.15), (0.155, 0.165)):
        _walker(canvas, w * place, h * (0.735 + 0.25 * place), h * tall, u)
    _figure(canvas, w * rng.uniform(0.44, 0.50), h, h * 0.47, rng)


def _walker(canvas: Canvas, x: float, base: float, tall: float, u: float) -> None:
    body = [(-0.10, 0), (-0.13, 0.55), (-0.07, 0.80), (0.07, 0.80), (0.13, 0.55), (0.10, 0)]
    canvas.polygon(np.array([(x + a * tall, base - b * tall) for a, b in body]), (22, 24, 40), 220)
    canvas.disc((x, base - 0.87 * tall), 0.075 * tall, (60, 44, 40), 230)
    canvas.line(
        np.array([(x - 0.10 * tall, base - 0.91 * tall), (x + 0.10 * tall, base - 0.91 * tall)]),
        (14, 16, 28),
        2.4 * u,
        230,
    )


def _figure(canvas: Canvas, x: float, base: float, tall: float, rng: np.random.Generator) -> None:
    """A swaying robe, hands raised to a skull-like head; proportions in parts of `tall`."""

    def place(points) -> np.ndarray:
        return np.array([(x + a * tall, base - b * tall) for a, b in points])

    left = spline(place([(-0.23, -0.05), (-0.15, 0.25), (-0.21, 0.45), (-0.13, 0.60), (-0.05, 0.66)]), 40)
    right = spline(place([(0.07, 0.66), (0.15, 0.59), (0.19, 0.44), (0.24, 0.22), (0.20, -0.05)]), 40)
    robe = np.concatenate([left, right])
    canvas.polygon(robe, (26, 28, 48), 160)
    shades = np.array([(40, 46, 76), (20, 22, 38), (62, 66, 88), (30, 36, 62), (14, 14, 26)], np.float32)
    for t in rng.permutation(np.linspace(0.04, 0.96, 30)):
        fold = left * (1 - t) + right[::-1] * t
        canvas.strokes(fold[None, ::3], 0.022 * tall, shades[rng.integers(5)][None], rng, bristles=3, ragged=0.1)
    canvas.line(np.concatenate([left, right]), (10, 10, 20), 0.010 * tall, 220)
    skin, shadow = (222, 190, 128), (150, 112, 74)
    for sign in (-1, 1):
        arm = spline(place([(sign * 0.15, 0.56), (sign * 0.20, 0.66), (sign * 0.115, 0.80)]), 24)
        canvas.tapered(arm, np.linspace(0.095, 0.05, 24) * tall, (34, 36, 58), 200)
        hand = spline(place([(sign * 0.128, 0.735), (sign * 0.112, 0.81), (sign * 0.098, 0.885)]), 16)
        canvas.tapered(hand, np.linspace(0.046, 0.034, 16) * tall, (206, 168, 108), 225)
    head = place([(0.0, 0.655), (-0.055, 0.69), (-0.072, 0.75), (-0.105, 0.83), (-0.095, 0.92), (0.0, 0.975)])
    face = np.concatenate([head, (2 * x, 0) + head[-2:0:-1] * (-1, 1), head[:1]])
    oval = spline(face, 80)
    canvas.polygon(oval, skin, 190)
    for t in (0.86, 0.70, 0.5):
        ring = oval.mean(0) + (oval - oval.mean(0)) * t
        canvas.line(ring[4:38], (206, 168, 108) if t > 0.6 else (240, 212, 154), 0.018 * tall, 215)
    canvas.line(oval, shadow, 0.011 * tall, 225)
    mouth = place([(0.030 * cos(a), 0.725 + 0.042 * sin(a)) for a in np.linspace(0, 2 * np.pi, 24)])
    canvas.polygon(mouth, (58, 26, 26), 120)
    for sign in (-1, 1):
        # Hollow sockets: two dark pools, the inner one deeper, no whites.
        for reach, colour in ((1.0, shadow), (0.62, (70, 46, 44))):
            socket = [
                (sign * 0.045 + 0.029 * reach * cos(a), 0.848 + 0.036 * reach * sin(a))
                for a in np.linspace(0, 2 * np.pi, 20)
            ]
            canvas.polygon(place(socket), colour, 180)
    canvas.line(place([(-0.008, 0.80), (-0.012, 0.785)]), shadow, 0.008 * tall, 180)
    canvas.line(place([(0.008, 0.80), (0.012, 0.785)]), shadow, 0.008 * tall, 180)
