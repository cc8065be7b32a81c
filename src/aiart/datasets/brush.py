"""A canvas that takes paint: colour and paint thickness drawn together, then lit from the side.

The canvas is a Pillow RGBA image at twice the picture's size. Its alpha channel is no opacity: it holds
the thickness of the paint, because one ImageDraw call then lays the colour and the relief of a stroke.
The relief follows the height-field lighting of Hertzmann, "Fast Paint Texture" (NPAR 2002).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from aiart.datasets.elementary import power
from aiart.datasets.fields import Frame
from aiart.linear_algebra import norms

SUPERSAMPLING = 2


class Canvas:
    """Paint on a `Frame`; all lengths and positions are units (see `fields`), colours are 0..255."""

    def __init__(self, frame: Frame, ground: Sequence[float], thickness: int = 90):
        self.frame = frame
        self.scale = frame.pixels_per_unit * SUPERSAMPLING
        size = (frame.columns * SUPERSAMPLING, frame.rows * SUPERSAMPLING)
        self.image = Image.new("RGBA", size, (*(int(c) for c in ground), thickness))
        self.draw = ImageDraw.Draw(self.image)

    def line_width(self, width: float) -> int:
        return max(1, round(width * self.scale))

    def polygon(self, points: np.ndarray, colour: Sequence[float], thickness: int = 110) -> None:
        """A filled polygon (n, 2)."""
        self.draw.polygon(self._pixels(points), fill=_rgba(colour, thickness))

    def line(self, points: np.ndarray, colour: Sequence[float], width: float, thickness: int = 110) -> None:
        """A polyline (n, 2) of even width with rounded joints."""
        self.draw.line(self._pixels(points), fill=_rgba(colour, thickness), width=self.line_width(width), joint="curve")

    def disc(self, centre: Sequence[float], radius: float, colour: Sequence[float], thickness: int = 110) -> None:
        """A filled circle."""
        x, y, r = centre[0] * self.scale, centre[1] * self.scale, max(radius * self.scale, 0.5)
        self.draw.ellipse((x - r, y - r, x + r, y + r), fill=_rgba(colour, thickness))

    def tapered(self, points: np.ndarray, widths: np.ndarray, colour: Sequence[float], thickness: int = 110) -> None:
        """A line (n, 2) whose width (n,) varies along it, as one polygon."""
        side = _normals(points[None])[0] * np.asarray(widths)[:, None] / 2
        self.polygon(np.concatenate([points + side, (points - side)[::-1]]), colour, thickness)

    def strokes(
        self,
        paths: np.ndarray,
        widths: np.ndarray | float,
        colours: np.ndarray,
        rng: np.random.Generator,
        *,
        bristles: int = 5,
        streak: float = 14.0,
        ragged: float = 0.25,
        taper: float = 0.8,
    ) -> None:
        """Brush strokes, the first lowest: each a bundle of parallel bristle lines.

        paths: (n, k, 2); widths: units, one or n; colours: (n, 3); streak: the deviation of a bristle's
        lightness from its stroke's; ragged: how much of its length a bristle may miss at either end;
        taper: 0 for a stroke of even width, 1 for one pointed at both ends.
        """
        count, steps, _ = paths.shape
        widths = np.broadcast_to(np.asarray(widths, np.float32), (count,))
        along = np.linspace(-1.0, 1.0, steps)
        profile = 1.0 - taper * power(np.abs(along), 2.5)
        across = np.linspace(-0.5, 0.5, bristles) if bristles > 1 else np.zeros(1)
        normals = _normals(paths) * (widths[:, None] * profile)[..., None]
        lines = (paths[:, None] + normals[:, None] * across[:, None, None]) * self.scale
        lightness = rng.normal(0.0, streak, (count, bristles, 1))
        tones = np.clip(colours[:, None, :] + lightness, 0, 255).astype(int)
        # A loaded brush leaves most paint in the middle of a stroke and a ridge at its rims.
        dome = 150 + 60 * (1.0 - (2.0 * across) ** 2) + 35 * (np.abs(across) > 0.45)
        relief = np.clip(dome + rng.normal(0.0, 28.0, (count, bristles)), 40, 255).astype(int)
        rgba = np.concatenate([tones, relief[..., None]], axis=-1).reshape(-1, 4).tolist()
        cut = np.round(rng.uniform(0.0, ragged, (count, bristles, 2)) * steps).astype(int)
        cut = np.minimum(cut, (steps - 2) // 2).reshape(-1, 2).tolist()
        pens = np.ceil(widths * self.scale / bristles * 1.25).astype(int).clip(1).repeat(bristles).tolist()
        # One bristle after another of every stroke, and each stroke whole before the next.
        for path, colour, (first, last), pen in zip(
            lines.reshape(-1, 2 * steps).tolist(), rgba, cut, pens, strict=True
        ):
            self.draw.line(path[2 * first : 2 * (steps - last)], fill=tuple(colour), width=pen)

    def finish(self, *, relief: float = 1.0, gloss: float = 0.35) -> np.ndarray:
        """Light the paint from the upper left and reduce it to the picture: float32 (rows, columns, 3).

        relief: strength of the light and shadow on the strokes' flanks; gloss: share of it that is
        added as white light rather than multiplied into the colour.
        """
        from scipy.ndimage import gaussian_filter

        pixels = np.asarray(self.image, np.float32)
        colour = pixels[..., :3]
        # The flanks' width scales with the strokes, and so must the steepness that lights them.
        thickness = gaussian_filter(pixels[..., 3], 0.45 * self.scale) / 255.0
        slope_y, slope_x = np.gradient(thickness)
        light = np.clip((slope_x + slope_y) * self.scale * relief * 1.6, -0.6, 0.8)[..., None]
        lit = colour * (1.0 + light * (1.0 - gloss)) + 255.0 * gloss * np.maximum(light, 0.0)
        return reduce(lit)

    def _pixels(self, points: np.ndarray) -> list[float]:
        return (np.asarray(points, np.float64) * self.scale).ravel().tolist()


def reduce(pixels: np.ndarray) -> np.ndarray:
    """A supersampled picture (2 h, 2 w, 3) averaged to float32 (h, w, 3) in 0..255."""
    height, width = pixels.shape[0] // SUPERSAMPLING, pixels.shape[1] // SUPERSAMPLING
    blocks = np.clip(pixels, 0.0, 255.0).reshape(height, SUPERSAMPLING, width, SUPERSAMPLING, 3)
    return blocks.mean(axis=(1, 3), dtype=np.float32)


def scatter(rng: np.random.Generator, mask: np.ndarray, count: int) -> np.ndarray:
    """`count` random points (count, 2) of (x, y) in units where `mask` (one sample a unit) is true."""
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return np.empty((0, 2), np.float32)
    chosen = rng.integers(0, len(rows), count)
    inside = rng.random((count, 2))
    return np.stack([columns[chosen] + inside[:, 0], rows[chosen] + inside[:, 1]], -1).astype(np.float32)


def _normals(paths: np.ndarray) -> np.ndarray:
    """Unit normals (n, k, 2) of polylines (n, k, 2)."""
    tangents = np.gradient(np.asarray(paths, np.float32), axis=1)
    normals = np.stack([-tangents[..., 1], tangents[..., 0]], axis=-1)
    return normals / np.maximum(norms(normals), 1e-6)


def _rgba(colour: Sequence[float], thickness: int) -> tuple[int, int, int, int]:
    red, green, blue = (int(min(max(c, 0), 255)) for c in colour)
    return red, green, blue, thickness
