"""A night sky in the manner of van Gogh's Starry Night: long impasto strokes along a swirling flow."""

from __future__ import annotations

import numpy as np

from aiart.datasets.brush import Canvas, scatter
from aiart.datasets.elementary import arctan, arctan2, cos, exp, power, sin
from aiart.datasets.fields import Frame, blend, flow_lines, ramp, sample, smooth_noise, smoothstep

SKY, HILLS, GROUND, CYPRESS = range(4)


def starry_flow(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Stars, a moon and a double swirl over hills, a village and a cypress; float32 (height, width, 3)."""
    frame = Frame(height, width)
    y, x = frame.grid()
    stars, moon, swirls = _heavens(frame, rng)
    regions, ridges, trunk = _land(frame, y, x, rng)
    colour = _sky_colour(frame, y, x, stars, moon, swirls, rng)
    angle = _sky_angle(frame, y, x, stars, moon, swirls, rng)
    colour, angle = _land_fields(frame, y, x, regions, ridges, trunk, colour, angle, rng)

    canvas = Canvas(frame, (24, 38, 92))
    area = frame.height * frame.width / 512**2
    sky = regions == SKY
    for count, breadth, length in ((1500, 13.0, 60.0), (2000, 7.5, 46.0), (2400, 4.6, 32.0)):
        _lay(canvas, angle, colour, sky, None, int(count * area), breadth, length, rng)
    for centre_x, centre_y, radius in [*stars, moon]:
        near = np.hypot(x - centre_x, y - centre_y) < radius * 0.95
        count = int(3.0 * radius) + 24
        _lay(canvas, angle, colour, near & sky, None, count, 4.4, radius * 0.75, rng, touch=0.0, spread=12)
        if (centre_x, centre_y, radius) != moon:
            canvas.disc((centre_x, centre_y), radius * 0.16, (255, 250, 222), 250)
    _crescent(canvas, moon, rng)

    for region, count, breadth, length in (
        (HILLS, 420, 9.0, 46.0),
        (HILLS, 520, 5.0, 34.0),
        (GROUND, 420, 7.0, 24.0),
        (GROUND, 520, 4.2, 17.0),
    ):
        _lay(
            canvas,
            angle,
            colour,
            regions == region,
            regions,
            int(count * area),
            breadth,
            length,
            rng,
            touch=0.03,
        )
    for ridge in ridges:
        canvas.line(np.stack([x[0], ridge], -1), (16, 22, 52), 2.6, 200)
    _village(canvas, frame, ridges[1], rng)
    _cypress(canvas, angle, colour, regions, trunk, area, rng)
    return canvas.finish(relief=1.0)


def _heavens(frame: Frame, rng: np.random.Generator):
    """Stars and moon as (x, y, halo radius), and the swirls as (x, y, radius, spin), all in units."""
    w, h = frame.width, frame.height
    u = min(w, h) / 512
    moon = (w * rng.uniform(0.84, 0.89), h * rng.uniform(0.13, 0.17), 64 * u)
    swirls = [
        (w * rng.uniform(0.44, 0.50), h * rng.uniform(0.31, 0.36), 88 * u, 1.0),
        (w * rng.uniform(0.66, 0.70), h * rng.uniform(0.44, 0.48), 52 * u, -1.0),
    ]
    stars: list[tuple[float, float, float]] = []
    for _ in range(600):
        radius = rng.choice([22.0, 28.0, 36.0, 44.0]) * u
        spot = (w * rng.uniform(0.04, 0.97), h * rng.uniform(0.04, 0.56))
        taken = [*stars, moon, *(s[:3] for s in swirls)]
        if all(np.hypot(spot[0] - a, spot[1] - b) > 0.92 * (radius + r) for a, b, r in taken):
            stars.append((*spot, radius))
        if len(stars) == 12:
            break
    return stars, moon, swirls


def _land(frame: Frame, y: np.ndarray, x: np.ndarray, rng: np.random.Generator):
    """Region labels, the two ridge lines over the columns, and the cypress as its axis and half width."""
    w, h = frame.width, frame.height
    phase = rng.uniform(0, 2 * np.pi, 4)
    across = x[0] / w
    hills = h * (0.76 - 0.10 * power(across, 1.6) + 0.022 * sin(9 * across + phase[0]))
    hills = hills + h * 0.012 * sin(23 * across + phase[1])
    ground = h * (0.86 - 0.02 * across + 0.012 * sin(11 * across + phase[2]))
    regions = np.full(y.shape, SKY)
    regions[y > hills[None]] = HILLS
    regions[y > ground[None]] = GROUND

    top, root = h * rng.uniform(0.08, 0.13), w * rng.uniform(0.15, 0.19)
    rise = np.clip((y - top) / (h - top), 0, 1)
    axis = root + w * 0.012 * sin(9 * rise + phase[3])
    flame = 1 + 0.22 * sin(17 * rise + phase[0]) * np.sign(x - axis) + 0.1 * sin(41 * rise + phase[1])
    half = min(w, h) * 0.088 * power(sin(np.pi * 0.62 * rise), 0.9) * flame
    # A second, lower flame leans on the first.
    rise2 = np.clip((y - h * 0.46) / (h * 0.54), 0, 1)
    axis2 = root + min(w, h) * (0.085 + 0.010 * sin(8 * rise2) - 0.03 * rise2)
    half2 = min(w, h) * 0.050 * power(rise2, 0.8) * (1 + 0.16 * sin(15 * rise2 + phase[2]))
    inside = ((np.abs(x - axis) < half) & (y > top)) | (np.abs(x - axis2) < half2 - 0.5)
    regions[inside] = CYPRESS
    return regions, (hills, ground), (axis, half)


def _sky_colour(frame, y, x, stars, moon, swirls, rng) -> np.ndarray:
    h = frame.height
    drift = smooth_noise(rng, y.shape, (26, 90), 2)
    colour = ramp(
        y / h + 0.05 * drift,
        [
            (0.0, (20, 34, 98)),
            (0.28, (34, 66, 148)),
            (0.5, (62, 112, 176)),
            (0.66, (126, 168, 184)),
            (0.76, (188, 196, 160)),
        ],
    )
    # A pale river of light runs through both swirls.
    river = h * 0.40 + h * 0.07 * sin(x / frame.width * 6.5 + rng.uniform(0, 6))
    colour = blend(colour, (176, 206, 214), 0.55 * exp(-(((y - river) / (0.05 * h)) ** 2)))
    for cx, cy, radius, spin in swirls:
        d, theta = np.hypot(x - cx, y - cy), arctan2(y - cy, x - cx)
        bands = cos(2 * theta * spin - 2.0 * np.pi * 1.9 * d / radius)
        reach = smoothstep(1.25, 0.75, d / radius)
        colour = blend(colour, (206, 224, 216), 0.85 * reach * smoothstep(0.1, 0.8, bands))
        colour = blend(colour, (22, 44, 116), 0.75 * reach * smoothstep(0.2, 0.9, -bands))
    for cx, cy, radius in [*stars, moon]:
        # The moon's own crescent is painted later and needs a paler halo to stand on.
        d = np.hypot(x - cx, y - cy) / radius
        d = 0.48 + 0.52 * d if (cx, cy, radius) == moon else d
        halo = ramp(
            d,
            [
                (0.0, (255, 250, 214)),
                (0.2, (255, 232, 120)),
                (0.4, (246, 206, 70)),
                (0.58, (196, 206, 120)),
                (0.8, (120, 178, 186)),
                (1.0, (86, 140, 196)),
            ],
        )
        rings = 0.86 + 0.14 * cos(2 * np.pi * 3.1 * d)
        colour = blend(colour, halo, smoothstep(1.12, 0.55, d) * rings)
    return colour


def _sky_angle(frame, y, x, stars, moon, swirls, rng) -> np.ndarray:
    """Directions of a wavy wind from the left, stirred by curl noise and by one vortex a light."""
    # Curl noise (Bridson et al., SIGGRAPH 2007): the rotated gradient of a potential has no divergence.
    potential = smooth_noise(rng, y.shape, 110, 2)
    slope_y, slope_x = np.gradient(potential)
    vx = 1.0 + 46 * slope_y
    vy = 0.32 * cos(x / frame.width * 8) - 46 * slope_x
    for cx, cy, radius, spin in [*((*s, 1.0) for s in [*stars, moon]), *swirls]:
        dx, dy = x - cx, y - cy
        d = np.hypot(dx, dy) + 1e-3
        pull = 9.0 * exp(-(power(d / (0.95 * radius), 4)))
        vx = vx - spin * pull * (dy / d) - 0.25 * pull * dx / d
        vy = vy + spin * pull * (dx / d) - 0.25 * pull * dy / d
    return arctan2(vy, vx)


def _land_fields(frame, y, x, regions, ridges, trunk, colour, angle, rng):
    """Colours and stroke directions of the hills, the ground and the cypress, over those of the sky."""
    h = frame.height
    mottle = smooth_noise(rng, y.shape, 22, 2)
    for region, ridge, stops in (
        (HILLS, ridges[0], [(0.0, (96, 138, 170)), (0.35, (52, 88, 138)), (1.0, (28, 46, 92))]),
        (GROUND, ridges[1], [(0.0, (62, 96, 74)), (0.4, (36, 66, 72)), (1.0, (20, 34, 50))]),
    ):
        depth = (y - ridge[None]) / (0.15 * h)
        inside = regions == region
        colour[inside] = ramp(depth + 0.22 * mottle, stops)[inside]
        slope = arctan(np.gradient(ridge))[None] + 0.5 * sin(depth * 5 + x / 28) + 0.25 * mottle
        angle[inside] = slope[inside]
    inside = regions == CYPRESS
    axis, half = trunk
    offset = (x - axis) / np.maximum(half, 1)
    tree = ramp(
        offset + 0.35 * mottle,
        [(-1.0, (14, 22, 26)), (-0.2, (36, 52, 34)), (0.35, (62, 66, 36)), (1.0, (24, 30, 30))],
    )
    colour[inside] = tree[inside]
    angle[inside] = (-np.pi / 2 + 0.4 * sin(y / 21 + offset * 2.2) + 0.22 * offset)[inside]
    return colour, angle


def _lay(canvas, angle, colour, mask, regions, count, breadth, length, rng, touch=0.10, spread=17.0) -> None:
    """Strokes at random places of `mask`; `touch` is the share in a clean lighter or darker pigment."""
    starts = scatter(rng, mask, count)
    count = len(starts)  # none where a star hides behind the cypress
    paths = flow_lines(angle, starts, length * rng.uniform(0.6, 1.25, count), regions=regions)
    tones = sample(colour, starts) + rng.normal(0, spread, (count, 1)) + rng.normal(0, 6, (count, 3))
    dice = rng.random(count)
    tones[dice < touch] = blend(tones, (150, 200, 224), np.full(count, 0.6))[dice < touch]
    tones[dice > 1 - touch * 0.7] = blend(tones, (14, 22, 76), np.full(count, 0.6))[dice > 1 - touch * 0.7]
    canvas.strokes(paths, breadth * rng.uniform(0.75, 1.25, count), tones, rng)


def _crescent(canvas: Canvas, moon, rng: np.random.Generator) -> None:
    cx, cy, radius = moon
    turn = np.linspace(0.55 * np.pi, -0.75 * np.pi, 40)
    r = radius * 0.50
    outer = np.stack([cx + r * cos(turn), cy + r * sin(turn)], -1)
    inner = np.stack([cx - 0.34 * r + 0.80 * r * cos(turn), cy - 0.06 * r + 0.80 * r * sin(turn)], -1)
    canvas.polygon(np.concatenate([outer, inner[::-1]]), (244, 158, 36), 200)
    for t in rng.permutation(np.linspace(0.0, 1.0, 15)):
        path = outer * (1 - t) + inner * t
        canvas.strokes(path[None, ::4], 2.6, np.array([[250, 172, 44]]) + rng.normal(0, 14), rng, bristles=3, taper=1.0)


def _village(canvas: Canvas, frame: Frame, ridge: np.ndarray, rng: np.random.Generator) -> None:
    """Houses with lit windows along the ground's ridge, a church among them."""
    w, u = frame.width, min(frame.width, frame.height) / 512
    spots = np.sort(rng.uniform(0.34, 0.97, 17)) * w
    for place in rng.permutation(spots):
        base = ridge[int(place)] + rng.uniform(2, 34) * u
        breadth, tall = rng.uniform(19, 30) * u, rng.uniform(11, 15) * u
        _house(canvas, place, base, breadth, tall, rng)
    place = w * rng.uniform(0.56, 0.64)
    base = ridge[int(place)] + 16 * u
    _house(canvas, place + 12 * u, base, 26 * u, 15 * u, rng)
    tower = [(place - 5 * u, base), (place - 5 * u, base - 30 * u), (place, base - 74 * u)]
    tower += [(place + 5 * u, base - 30 * u), (place + 5 * u, base)]
    canvas.polygon(np.array(tower), (64, 92, 128), 190)
    canvas.line(np.array([*tower, tower[0]]), (12, 18, 42), 1.8, 230)
    canvas.line(np.array([(place + 1.5 * u, base), (place + 1.5 * u, base - 48 * u)]), (118, 148, 168), 1.6, 240)


def _house(canvas: Canvas, x: float, base: float, breadth: float, tall: float, rng) -> None:
    wall = np.array([(92, 118, 140), (70, 98, 128), (124, 138, 134), (150, 146, 116)][rng.integers(4)])
    roof = np.array([(40, 56, 92), (104, 66, 54), (54, 78, 110)][rng.integers(3)])
    left, right = x - breadth / 2, x + breadth / 2
    box = np.array([(left, base), (left, base - tall), (right, base - tall), (right, base), (left, base)])
    eaves = [(left - 2, base - tall), (left + 0.3 * breadth, base - 1.8 * tall)]
    eaves += [(right - 0.25 * breadth, base - 1.8 * tall), (right + 2, base - tall), (left - 2, base - tall)]
    canvas.polygon(box, wall, 190)
    canvas.polygon(np.array(eaves), roof, 210)
    canvas.line(box, (14, 20, 44), 1.5, 230)
    canvas.line(np.array(eaves), (14, 20, 44), 1.8, 240)
    for part in (0.28, 0.68):
        if rng.random() < 0.65:
            spot = (left + part * breadth, base - 0.5 * tall)
            canvas.disc(spot, 0.16 * tall + 0.6, (255, 214, 84), 255)


def _cypress(canvas: Canvas, angle, colour, regions, trunk, area: float, rng: np.random.Generator) -> None:
    tree = regions == CYPRESS
    for count, breadth, length in ((420, 9.0, 56.0), (520, 5.0, 42.0), (420, 3.2, 30.0)):
        _lay(canvas, angle, colour, tree, None, int(count * area), breadth, length, rng, touch=0.0, spread=15.0)
    # Olive and umber lights on the flames, and near-black between them.
    starts = scatter(rng, tree, int(230 * area))
    paths = flow_lines(angle, starts, rng.uniform(20, 52, len(starts)))
    pigments = np.array([(104, 106, 54), (86, 66, 40), (10, 14, 20), (10, 14, 20), (58, 88, 62)], np.float32)
    canvas.strokes(paths, 3.2, pigments[rng.integers(0, len(pigments), len(starts))], rng, bristles=3)
