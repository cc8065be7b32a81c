"""A shore in the manner of Seurat: the optical mixture of thousands of dots of pure pigment."""

from __future__ import annotations

import numpy as np

from aiart.datasets.brush import Canvas
from aiart.datasets.elementary import exp, power, sin
from aiart.datasets.fields import Frame, blend, ramp, sample, smooth_noise, smoothstep
from aiart.linear_algebra import norms

# The pure hues of a divisionist's palette and white; there is no black and no brown.
PIGMENTS = np.array(
    [
        (250, 246, 232), (254, 226, 96), (250, 186, 40), (244, 128, 44), (226, 68, 52), (232, 140, 150),
        (196, 58, 118), (120, 60, 150), (66, 54, 140), (40, 84, 176), (78, 140, 208), (158, 204, 230),
        (52, 150, 150), (36, 104, 76), (84, 150, 62), (168, 194, 74), (28, 40, 84), (216, 196, 150),
    ],
    np.float32,
)  # fmt: skip


def pointillism(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """A low sun over water, seen from a shaded bank with trees; float32 (height, width, 3)."""
    frame = Frame(height, width)
    colour, size = _motif(frame, rng)
    canvas = Canvas(frame, (206, 190, 160), 60)
    # Larger dots below; each coarse layer shows through between the finer dots above.
    for radius, spacing, stray in ((4.6, 6.4, 0.20), (3.1, 4.6, 0.17), (2.5, 4.2, 0.13)):
        _dots(canvas, frame, colour, size, radius, spacing, stray, rng)
    return canvas.finish(relief=0.45, gloss=0.25)


def _motif(frame: Frame, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The scene's colours (h, w, 3) and the relative size of its dots (h, w), one sample a unit."""
    y, x = frame.grid()
    h, w = frame.height, frame.width
    horizon = h * rng.uniform(0.44, 0.48)
    sun = (w * rng.uniform(0.56, 0.66), horizon - h * rng.uniform(0.09, 0.13))
    colour = _sky_and_water(frame, y, x, horizon, sun, rng)
    size = np.ones(y.shape, np.float32)

    cape = horizon - h * 0.055 * power(np.clip(1 - np.abs(x / w - 0.98) / 0.36, 0, 1), 0.7)
    cape = cape - h * 0.012 * smooth_noise(rng, (1, y.shape[1]), (1, 24), 2) * (x > w * 0.62)
    far = (y > cape) & (y < horizon + 1)
    colour[far] = blend(colour, (96, 96, 166), np.full(y.shape, 0.85))[far]
    for place, tall in ((0.42, 0.11), (0.80, 0.16)):
        _sail(
            colour,
            size,
            y,
            x,
            w * (place + rng.uniform(-0.03, 0.03)),
            horizon + h * 0.03 * (1 + 3 * tall),
            h * tall,
        )

    bank = h * (0.80 - 0.10 * (x / w - 0.5)) + h * 0.03 * sin(x / w * 7 + rng.uniform(0, 6))
    bank = bank - h * 0.20 * smoothstep(0.42, 0.0, x / w)
    lawn = y > bank
    depth = (y - bank) / (0.3 * h)
    grass = ramp(
        depth + 0.10 * smooth_noise(rng, y.shape, (16, 60), 2),
        [(0.0, (214, 206, 92)), (0.18, (146, 184, 72)), (0.5, (74, 134, 70)), (1.0, (30, 80, 84))],
    )
    colour[lawn] = grass[lawn]
    # Trees throw long violet shadows towards us, away from the sun.
    shade = sin((x - sun[0]) / (y - horizon + 40) * 7.0 + rng.uniform(0, 6)) > 0.45
    colour[lawn & shade & (depth > 0.16)] = (62, 66, 132)
    for place, tall in ((0.07, 0.98), (0.25, 0.78)):
        _tree(frame, colour, size, y, x, w * (place + rng.uniform(-0.02, 0.02)), h * tall, sun, rng)
    for place, tall in ((0.64, 0.36), (0.82, 0.31)):
        _promenader(colour, size, y, x, w * (place + rng.uniform(-0.02, 0.02)), h * 0.965, h * tall)
    return colour, size


def _sky_and_water(frame, y, x, horizon, sun, rng) -> np.ndarray:
    h, w = frame.height, frame.width
    d = np.hypot((x - sun[0]) * 0.8, y - sun[1]) / h
    colour = ramp(
        y / horizon,
        [(0.0, (70, 128, 204)), (0.45, (140, 190, 220)), (0.75, (238, 206, 158)), (1.0, (250, 176, 104))],
    )
    colour = blend(colour, (255, 214, 110), 0.95 * exp(-((d / 0.17) ** 2)))
    clouds = smooth_noise(rng, y.shape, (20, 90), 3) - 0.35
    colour = blend(colour, (246, 186, 176), 0.75 * smoothstep(0.2, 0.9, clouds) * (y < horizon))
    colour = blend(colour, (138, 126, 190), 0.5 * smoothstep(0.9, 1.7, clouds) * (y < horizon))
    colour = blend(colour, (255, 250, 224), smoothstep(0.062, 0.048, d / 0.9))

    fall = np.clip((y - horizon) / (h - horizon), 0, 1)
    sea = ramp(fall, [(0.0, (236, 172, 128)), (0.12, (150, 160, 190)), (0.45, (58, 116, 178)), (1.0, (38, 74, 140))])
    ripples = smooth_noise(rng, y.shape, (5, 34), 2)
    sea = blend(sea, (116, 178, 196), 0.7 * smoothstep(0.5, 1.2, ripples))
    glitter = exp(-(((x - sun[0]) / (w * (0.03 + 0.16 * fall))) ** 2))
    sea = blend(sea, (255, 196, 78), 1.25 * glitter * smoothstep(-0.6, 0.5, ripples + 0.8 * glitter - 0.3))
    sea = blend(sea, (255, 240, 186), power(glitter, 3) * smoothstep(0.0, 0.8, ripples))
    water = y > horizon
    colour[water] = sea[water]
    return colour


def _sail(colour, size, y, x, place: float, base: float, tall: float) -> None:
    """A boat with two sails and its reflection."""
    up = (base - y) / tall
    jib = (up > 0.06) & (up < 0.95) & (x < place) & (x > place - tall * 0.42 * (1 - up))
    main = (up > 0.06) & (up < 1) & (x >= place + 1) & (x < place + tall * 0.55 * power(np.clip(1 - up, 0, 1), 0.8))
    mirror = (up < -0.1) & (up > -0.8) & (np.abs(x - place) < tall * 0.32 * (1 + up))
    hull = (up > -0.08) & (up <= 0.06) & (np.abs(x - place) < tall * (0.42 + 0.6 * up))
    for mask, paint, share in (
        (mirror, (238, 214, 190), 0.45),
        (main, (252, 238, 214), 1),
        (jib, (240, 186, 150), 1),
        (hull, (66, 48, 104), 1),
    ):
        colour[mask] = blend(colour, paint, np.full(y.shape, float(share)))[mask]
        size[mask] = 0.7


def _tree(frame, colour, size, y, x, place: float, base: float, sun, rng) -> None:
    """A trunk and a crown of overlapping leaf masses, lit on the side of the sun."""
    h = frame.height
    lean = place + 0.03 * h * sin((base - y) / h * 4)
    trunk = (np.abs(x - lean) < h * (0.011 + 0.022 * smoothstep(0.75 * base, base, y))) & (y < base) & (y > 0.1 * h)
    colour[trunk] = np.where((x > lean)[..., None], (196, 108, 84), (62, 48, 104))[trunk]
    ragged = 0.14 * smooth_noise(rng, y.shape, 14, 2)
    for _ in range(11):
        cx, cy = place + rng.normal(0, 0.085 * h), base * rng.uniform(0.04, 0.47)
        radius = h * rng.uniform(0.07, 0.125)
        d = np.hypot(x - cx, (y - cy) * 1.25) / radius + ragged
        towards = ((x - cx) * np.sign(sun[0] - cx) * 0.8 - (y - cy) * 0.5) / radius
        leaves = ramp(
            towards + 2 * ragged,
            [
                (-0.9, (34, 44, 104)),
                (-0.25, (30, 92, 84)),
                (0.3, (74, 144, 62)),
                (0.75, (190, 196, 70)),
                (1.1, (250, 186, 60)),
            ],
        )
        inside = d < 1
        colour[inside] = leaves[inside]
        size[inside] = 0.9


def _promenader(colour, size, y, x, place: float, base: float, tall: float) -> None:
    """A standing lady with a parasol, from the hem up."""
    up, side = (base - y) / tall, (x - place) / tall
    skirt = (up > 0) & (up < 0.46) & (np.abs(side) < 0.20 - 0.38 * up + 0.22 * up**2)
    bodice = (up >= 0.44) & (up < 0.70) & (np.abs(side) < 0.045 + 0.18 * (up - 0.44))
    head = np.hypot(side, up - 0.765) < 0.072
    hat = (np.hypot(side, (up - 0.83) * 1.7) < 0.085) & (up > 0.80)
    pole = (np.abs(side - 0.16) < 0.014) & (up > 0.52) & (up < 1.0)
    arm = (np.abs(up - 0.56 - 0.1 * side) < 0.03) & (side > 0) & (side < 0.17)
    dome = (np.hypot((side - 0.16) * 0.72, up - 0.93) < 0.19) & (up > 0.93)
    lit = (side < 0.02)[..., None]
    for mask, bright, dark in (
        (skirt, (196, 70, 120), (66, 48, 130)),
        (bodice, (226, 84, 84), (96, 50, 130)),
        (head, (244, 190, 160), (214, 130, 120)),
        (hat, (40, 60, 150), (40, 40, 110)),
        (pole, (60, 44, 90), (60, 44, 90)),
        (arm, (226, 84, 84), (150, 60, 120)),
    ):
        colour[mask] = np.where(lit, bright, dark)[mask]
        size[mask] = 0.88
    colour[dome] = np.where((side < 0.16)[..., None], (250, 220, 120), (236, 120, 60))[dome]
    size[dome] = 0.88


def _dots(canvas, frame, colour, size, radius, spacing, stray, rng) -> None:
    """One layer of dots on a jittered hexagonal lattice, each in one pigment drawn for the local colour."""
    row = np.arange(-1, frame.height / (spacing * 0.866) + 2)
    column = np.arange(-1, frame.width / spacing + 2)
    grid_y, grid_x = np.meshgrid(row, column, indexing="ij")
    points = np.stack([(grid_x + 0.5 * (grid_y % 2)) * spacing, grid_y * spacing * 0.866], -1).reshape(-1, 2)
    points += rng.normal(0, 0.22 * spacing, points.shape)
    points = points[rng.permutation(len(points))]
    target = sample(colour, points)
    tones = _divide(target, stray, rng)
    radii = radius * sample(size, points) * rng.uniform(0.82, 1.12, len(points))
    for point, tone, r, thickness in zip(
        points.tolist(),
        tones.tolist(),
        radii.tolist(),
        rng.integers(120, 230, len(points)).tolist(),
        strict=True,
    ):
        canvas.disc(point, r, tone, thickness)


def _divide(target: np.ndarray, stray: float, rng: np.random.Generator) -> np.ndarray:
    """A pigment (n, 3) for each local colour `target` (n, 3): near hues mostly, the complement at times.

    Simultaneous contrast after Chevreul (1839): a few dots of the opposite hue make the rest vibrate.
    """
    wanted = np.where(rng.random(len(target))[:, None] < stray, _complement(target), target)
    distance = norms(wanted[:, None] - PIGMENTS)[..., 0]
    # Gumbel noise draws from the softmax of the negative distances.
    choice = np.argmin(distance / 15.0 - rng.gumbel(size=distance.shape), axis=1)
    return 0.72 * PIGMENTS[choice] + 0.28 * target + rng.normal(0, 5, target.shape)


def _complement(colours: np.ndarray) -> np.ndarray:
    """The opposite hue at the same lightness and somewhat more chroma."""
    grey = colours.mean(axis=-1, keepdims=True)
    return np.clip(grey - 1.25 * (colours - grey), 0, 255)
