"""A geometric composition in the manner of Kandinsky's Bauhaus years: circles, rays, arcs and grids."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from aiart.datasets.brush import SUPERSAMPLING, reduce
from aiart.datasets.elementary import cos, sin
from aiart.datasets.fields import Frame, blend, smooth_noise, smoothstep

BLACK, CREAM = (24, 22, 28), (240, 228, 200)
VIVID = [
    (214, 46, 38), (244, 186, 34), (34, 82, 166), (236, 122, 40), (40, 142, 128),
    (118, 58, 140), (234, 148, 166), (100, 168, 208), (128, 160, 60), (60, 48, 110),
]  # fmt: skip


def geometric_abstraction(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Haloed and concentric circles, wedges, chequers and crossing lines; float32 (height, width, 3)."""
    sheet = _Sheet(Frame(height, width), rng)
    _washes(sheet)
    _great_circle(sheet)
    for _ in range(9):
        _wedge(sheet)
    for _ in range(3):
        _chequer(sheet)
    for radius in (58, 48, 42, 36, 31, 27, 24, 21, 18, 16, 14, 13, 11, 10, 9):
        _concentric(sheet, radius)
    for _ in range(6):
        _arcs(sheet)
    for _ in range(16):
        _rays(sheet)
    for _ in range(22):
        spot, radius = sheet.spot(), sheet.rng.uniform(2.5, 6.5) * sheet.u
        sheet.disc(spot, radius, sheet.hue(), 0.95)
    return sheet.finish()


class _Sheet:
    """Translucent shapes on a canvas at twice the picture's size; positions and lengths are units."""

    def __init__(self, frame: Frame, rng: np.random.Generator):
        self.frame, self.rng = frame, rng
        self.u = min(frame.width, frame.height) / 512
        self.scale = frame.pixels_per_unit * SUPERSAMPLING
        self.size = (frame.columns * SUPERSAMPLING, frame.rows * SUPERSAMPLING)
        self.image = Image.new("RGB", self.size, CREAM)
        self.placed: list[tuple[float, float, float]] = []

    def hue(self) -> tuple[int, int, int]:
        return VIVID[int(self.rng.integers(len(VIVID)))]

    def spot(self, margin: float = 0.04) -> np.ndarray:
        """A random place, at least `margin` of the sides from the border."""
        return self.rng.uniform(margin, 1 - margin, 2) * (self.frame.width, self.frame.height)

    def free_spot(self, radius: float) -> np.ndarray:
        """A random place whose circle keeps a radius or two away from those placed before."""
        spots = [self.spot(0.06) for _ in range(40)]
        room = [min((np.hypot(s[0] - x, s[1] - y) - r for x, y, r in self.placed), default=0) for s in spots]
        spot = spots[int(np.argmin([abs(gap - 1.6 * radius - 14 * self.u) for gap in room]))]
        self.placed.append((spot[0], spot[1], radius))
        return spot

    def shape(self, kind: str, points, colour, opacity: float, **options) -> None:
        """One ImageDraw shape in `colour`, mixed into what lies below it."""
        pixels = (np.asarray(points, float) * self.scale).ravel()
        pad = options.get("width", 0) + 2
        left, top = (int(max(pixels[i::2].min() - pad, 0)) for i in (0, 1))
        right = int(min(pixels[0::2].max() + pad, self.size[0]))
        bottom = int(min(pixels[1::2].max() + pad, self.size[1]))
        if right <= left or bottom <= top:
            return
        mask = Image.new("L", (right - left, bottom - top))
        moved = (pixels - np.tile((left, top), len(pixels) // 2)).tolist()
        getattr(ImageDraw.Draw(mask), kind)(moved, fill=int(255 * opacity), **options)
        self.image.paste(tuple(int(c) for c in colour), (left, top, right, bottom), mask)

    def pen(self, width: float) -> int:
        return max(1, round(width * self.u * self.scale))

    def disc(self, centre, radius: float, colour, opacity: float = 1.0) -> None:
        self.shape("ellipse", [np.subtract(centre, radius), np.add(centre, radius)], colour, opacity)

    def line(self, points, colour, width: float, opacity: float = 1.0) -> None:
        self.shape("line", points, colour, opacity, width=self.pen(width), joint="curve")

    def polygon(self, points, colour, opacity: float) -> None:
        self.shape("polygon", points, colour, opacity)

    def finish(self) -> np.ndarray:
        """Dry-brushed pigment on a linen weave, reduced to the picture."""
        picture = np.asarray(self.image, np.float32)
        shape, scale = picture.shape[:2], self.scale
        y, x = self.frame.grid(scale)
        y, x = y[: shape[0], : shape[1]], x[: shape[0], : shape[1]]
        weave = sin(2 * np.pi * x / 2.6) * sin(2 * np.pi * y / 2.6)
        cloud = smooth_noise(self.rng, shape, 26 * scale, 3)
        drag = smooth_noise(self.rng, shape, (2.5 * scale, 26 * scale), 2)
        return reduce(picture * (1 + 0.028 * weave + 0.030 * cloud + 0.030 * drag)[..., None])


def _washes(sheet: _Sheet) -> None:
    """The ground: soft clouds of pale colours that bleed into each other."""
    shape = sheet.size[::-1]
    ground = np.asarray(sheet.image, np.float32)
    for colour in ((246, 206, 120), (168, 204, 214), (240, 176, 160), (206, 190, 222), (200, 214, 160)):
        cloud = smooth_noise(sheet.rng, shape, 150 * sheet.scale, 3)
        ground = blend(ground, colour, 0.75 * smoothstep(0.1, 1.2, cloud))
    sheet.image = Image.fromarray(np.clip(ground, 0, 255).astype(np.uint8))


def _great_circle(sheet: _Sheet) -> None:
    """The composition's weight: a dark disc in a glowing corona, off centre."""
    rng, u = sheet.rng, sheet.u
    centre = np.array([sheet.frame.width * rng.uniform(0.24, 0.34), sheet.frame.height * rng.uniform(0.24, 0.34)])
    radius = 82 * u
    sheet.placed.append((*centre, 1.5 * radius))
    for step in range(16):
        sheet.disc(centre, radius * (1.62 - 0.038 * step), (238, 120, 96), 0.085)
    sheet.disc(centre, radius * 1.07, BLACK)
    sheet.disc(centre, radius * 0.99, (52, 36, 92))
    sheet.disc(np.add(centre, (0.16 * radius, 0.18 * radius)), radius * 0.66, (214, 46, 38))
    sheet.disc(np.add(centre, (0.22 * radius, 0.22 * radius)), radius * 0.44, (244, 186, 34))
    sheet.disc(np.add(centre, (0.26 * radius, 0.24 * radius)), radius * 0.22, (34, 82, 166))
    sheet.disc(np.add(centre, (0.30 * radius, 0.26 * radius)), radius * 0.09, CREAM)


def _concentric(sheet: _Sheet, radius: float) -> None:
    radius *= sheet.u
    spot = sheet.free_spot(radius)
    if sheet.rng.random() < 0.5:
        for step in range(8):
            sheet.disc(spot, radius * (1.55 - 0.06 * step), sheet.hue() if step == 0 else VIVID[1], 0.09)
    sheet.disc(spot, radius + 1.5 * sheet.u, BLACK)
    part, order = 1.0, sheet.rng.permutation(len(VIVID))
    for index in order[: 4 if radius > 14 * sheet.u else 2]:
        sheet.disc(spot, radius * part, VIVID[index])
        part *= sheet.rng.uniform(0.58, 0.82)


def _wedge(sheet: _Sheet) -> None:
    """A long triangle of clear colour with one edge inked."""
    rng = sheet.rng
    tip, heading = sheet.spot(), rng.uniform(0, 2 * np.pi)
    length, spread = rng.uniform(110, 260) * sheet.u, rng.uniform(0.12, 0.30)
    ends = [tip + length * np.array([cos(heading + s), sin(heading + s)]) for s in (-spread, spread)]
    sheet.polygon([tip, *ends], sheet.hue(), 0.62)
    middle = (ends[0] + ends[1]) / 2
    sheet.polygon([tip, ends[0], middle], sheet.hue(), 0.40)
    sheet.line([ends[0], tip, ends[1]], BLACK, rng.uniform(1.5, 3.2))


def _chequer(sheet: _Sheet) -> None:
    """A tilted chequerboard whose squares take turns of ink, cream and hues."""
    rng = sheet.rng
    origin, tilt = sheet.free_spot(52 * sheet.u), rng.uniform(-0.6, 0.6)
    step = rng.uniform(11, 17) * sheet.u
    along = np.array([cos(tilt), sin(tilt)]) * step
    origin = origin - 3 * along - 1.5 * step
    down = np.array([-sin(tilt + 0.25), cos(tilt + 0.25)]) * step
    rows, columns = int(rng.integers(3, 5)), int(rng.integers(4, 8))
    for row in range(rows):
        for column in range(columns):
            corner = origin + column * along + row * down
            colour = (BLACK, CREAM)[(row + column) % 2] if rng.random() < 0.55 else sheet.hue()
            sheet.polygon([corner, corner + along, corner + along + down, corner + down], colour, 0.92)


def _arcs(sheet: _Sheet) -> None:
    """A half disc, or a fan of three or four parallel arcs."""
    rng = sheet.rng
    centre, turn, radius = sheet.spot(), rng.uniform(0, 2 * np.pi), rng.uniform(22, 58) * sheet.u
    angles = turn + np.linspace(0, np.pi, 40)
    around = np.stack([cos(angles), sin(angles)], -1)
    if rng.random() < 0.5:
        sheet.polygon(centre + radius * around, sheet.hue(), 0.82)
        sheet.line(centre + radius * around[[0, -1]], BLACK, 3.0)
        return
    for step in range(int(rng.integers(3, 5))):
        colour = BLACK if step % 2 == 0 else sheet.hue()
        sheet.line(centre + (radius - 7.5 * step * sheet.u) * around[4:-4], colour, 3.6 - 0.6 * step)


def _rays(sheet: _Sheet) -> None:
    """Long ruled lines: a single bar, a parallel bundle, or a zigzag."""
    rng, u = sheet.rng, sheet.u
    start, heading = sheet.spot(0.0), rng.uniform(0, np.pi)
    along = np.array([cos(heading), sin(heading)])
    across = np.array([-along[1], along[0]])
    length, kind = rng.uniform(120, 380) * u, rng.random()
    if kind < 0.45:
        sheet.line([start - along * length / 2, start + along * length / 2], BLACK, rng.uniform(1.8, 5.5))
    elif kind < 0.8:
        for step in range(int(rng.integers(3, 7))):
            side = start + across * step * 6.5 * u
            reach = along * length * (0.5 - 0.05 * step) / 2
            sheet.line([side - reach, side + reach], BLACK if step % 2 == 0 else sheet.hue(), 2.2)
    else:
        bends = [start + along * k * 15 * u + across * (k % 2) * 20 * u for k in range(8)]
        sheet.line(bends, BLACK, 3.0)
