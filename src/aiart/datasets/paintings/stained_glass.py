"""A rose window: panes of jewel-coloured glass between lead cames of varying width."""

from __future__ import annotations

import numpy as np

from aiart.datasets.brush import SUPERSAMPLING, reduce
from aiart.datasets.elementary import arctan2, cos, exp, sin
from aiart.datasets.fields import Frame, blend, smooth_noise, smoothstep

RUBY, SAPPHIRE, COBALT = (186, 14, 34), (14, 42, 150), (30, 96, 206)
EMERALD, AMBER, GOLD = (8, 122, 66), (240, 134, 14), (252, 206, 56)
VIOLET, TURQUOISE, ROSE, PEARL = (104, 30, 146), (24, 164, 176), (226, 84, 128), (236, 232, 204)


def stained_glass(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """A twelve-petalled rose among irregular panes, lit from behind; float32 (height, width, 3)."""
    from scipy.ndimage import distance_transform_edt

    frame = Frame(height, width)
    scale = frame.pixels_per_unit * SUPERSAMPLING
    y, x = frame.grid(scale)
    y, x = y[: height * SUPERSAMPLING], x[:, : width * SUPERSAMPLING]
    structure, panes, glass = _window(frame, y, x, rng)

    # Distances to the borders in units: thick cames on the structure, thin ones between its panes.
    main = distance_transform_edt(~_borders(structure)) / scale
    thin = distance_transform_edt(~_borders(panes)) / scale
    waver = smooth_noise(rng, y.shape, 40 * scale, 2)
    lead = np.minimum(main - (3.3 + 0.5 * waver), thin - (1.5 + 0.45 * waver))

    lit = _glass(frame, y, x, panes, glass, np.minimum(main, thin), rng)
    # A lead came is a rounded bar: its ridge catches a cold light from the room.
    depth = np.clip(-lead / 3.0, 0, 1)
    came = (
        (18, 18, 22) + np.float32(62.0) * (depth**2)[..., None] + 5 * smooth_noise(rng, y.shape, 1.6 * scale)[..., None]
    )
    lit = blend(lit, (6, 6, 10), 0.5 * exp(-np.maximum(lead, 0) / 1.2))
    return reduce(blend(lit, came, smoothstep(0.7 / scale, -0.7 / scale, lead)))


def _window(frame: Frame, y: np.ndarray, x: np.ndarray, rng: np.random.Generator):
    """Labels of the large shapes, labels of the panes in them, and the colour of each pane (n, 3)."""
    cx, cy = frame.width / 2, frame.height / 2
    radius = 0.47 * min(frame.width, frame.height)
    d, theta = np.hypot(x - cx, y - cy) / radius, arctan2(y - cy, x - cx)
    petals = 12
    turn = rng.uniform(0, 2 * np.pi / petals)
    sector = (theta - turn) / (2 * np.pi / petals)
    index = np.floor(sector).astype(int) % petals
    swing = sector - np.floor(sector) - 0.5  # -0.5..0.5 across one sector

    structure = np.zeros(y.shape, np.int32)
    structure[d < 1.0] = 1
    ring = (d >= 0.80) & (d < 1.0)
    structure[ring] = 2
    # Petals: lancets that end in a round arch below the outer ring.
    arch = 0.66 + 0.115 * np.sqrt(np.clip(1 - (swing / 0.46) ** 2, 0, 1))
    petal = (d >= 0.30) & (d < arch) & (np.abs(swing) < 0.46)
    structure[petal] = 10 + index[petal]
    # A medallion stands in every petal, and another in every spandrel of the outer ring.
    medallion = np.hypot(swing * 2 * np.pi / petals * 0.60, d - 0.615) < 0.088
    structure[medallion] = 30 + index[medallion]
    inner = np.hypot(_wrap(sector + 0.5) * 2 * np.pi / petals * 0.9, d - 0.90) < 0.058
    structure[inner] = 50 + np.floor(sector + 0.5).astype(int)[inner] % petals
    structure[d < 0.30] = 3
    eye_sector = np.floor(sector / 2).astype(int) % 6
    eye = np.hypot(_wrap(sector / 2) * 2 * np.pi / 6 * 0.19, d - 0.19) < 0.075
    structure[eye] = 70 + eye_sector[eye]
    structure[d < 0.10] = 4

    sites, cell = _sites(frame, radius, turn, petals, rng)
    panes = structure.astype(np.int64) * len(sites) + _nearest(sites, frame, y, x, rng)
    whole = ((structure >= 30) & (structure < 90)) | (structure == 4)
    panes[whole] = structure[whole].astype(np.int64) * len(sites)
    _, first, labels = np.unique(panes, return_index=True, return_inverse=True)
    kinds, near = structure.ravel()[first], panes.ravel()[first] % len(sites)
    # One seed a pane, by its place: a pane too small to show must not shift the colours of the others.
    seeds = rng.integers(0, 2**32, (kinds.max() + 1, len(sites)))[kinds, near]
    glass = np.stack(
        [_choose(k, ring, np.random.default_rng(s)) for k, ring, s in zip(kinds, cell[near], seeds, strict=True)]
    )
    return structure, labels.reshape(y.shape).astype(np.int32), glass.astype(np.float32)


def _sites(frame: Frame, radius: float, turn: float, petals: int, rng: np.random.Generator):
    """Voronoi sites (n, 2) of (x, y): on rings within the rose, jittered outside; and each one's ring."""
    cx, cy = frame.width / 2, frame.height / 2
    sites, rings = [], []
    for ring, (r, count, shift) in enumerate(
        (
            (0.06, 1, 0.5),
            (0.15, 6, 0.5),
            (0.26, 12, 0.5),
            (0.36, 12, 0.5),
            (0.46, 24, 0.25),
            (0.57, 24, 0.25),
            (0.70, 24, 0.25),
            (0.79, 12, 0.0),
            (0.90, 24, 0.25),
            (0.99, 36, 0.5),
        )
    ):
        angles = turn + (np.arange(count) + shift) * 2 * np.pi / count + rng.normal(0, 0.10 / max(count, 6), count)
        reach = radius * (r + rng.normal(0, 0.008, count))
        sites.append(np.stack([cx + reach * cos(angles), cy + reach * sin(angles)], -1))
        rings += [ring] * count
    step = 34.0
    grid = np.mgrid[-1 : frame.height / step + 1, -1 : frame.width / step + 1].reshape(2, -1).T[:, ::-1] * step
    outside = grid + rng.uniform(0, step, grid.shape)
    outside = outside[np.hypot(*(outside - (cx, cy)).T) > 1.04 * radius]
    return np.concatenate([*sites, outside]), np.array(rings + [99] * len(outside))


def _nearest(sites: np.ndarray, frame: Frame, y: np.ndarray, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The index of the nearest site; coordinates are warped a little, as hand-cut glass is never straight."""
    from scipy.spatial import cKDTree

    cell = 46 * frame.pixels_per_unit * SUPERSAMPLING
    warped = [x + 1.3 * smooth_noise(rng, y.shape, cell), y + 1.3 * smooth_noise(rng, y.shape, cell)]
    return cKDTree(sites).query(np.stack(warped, -1).reshape(-1, 2))[1].reshape(y.shape)


def _choose(kind: int, ring: int, rng: np.random.Generator) -> np.ndarray:
    """One pane's colour: a scheme a shape, alternating around the rose, uneven as in old pot-metal glass."""
    if kind == 4:
        scheme = [GOLD]
    elif kind >= 70:
        scheme = [RUBY if kind % 2 else VIOLET]
    elif kind >= 50:
        scheme = [GOLD if kind % 2 else TURQUOISE]
    elif kind >= 30:
        scheme = [AMBER if kind % 2 else PEARL]
    elif kind >= 10:
        scheme = [RUBY, RUBY, ROSE, VIOLET] if kind % 2 else [COBALT, SAPPHIRE, TURQUOISE, COBALT]
    elif kind == 3:
        scheme = [SAPPHIRE, COBALT] if ring < 2 else [EMERALD, TURQUOISE]
    elif kind == 2:
        scheme = [RUBY, SAPPHIRE, EMERALD, AMBER, VIOLET]
    elif kind == 1:
        scheme = [EMERALD, GOLD, EMERALD]
    else:
        scheme = [SAPPHIRE, SAPPHIRE, COBALT, VIOLET, EMERALD, TURQUOISE, (70, 70, 176)]
    colour = np.array(scheme[rng.integers(len(scheme))], np.float32)
    return colour * rng.uniform(0.72, 1.12) + rng.normal(0, 9, 3)


def _glass(frame, y, x, panes, glass, border, rng) -> np.ndarray:
    """The panes' light: brighter to the middle, with streaks, seeds (bubbles) and a glow from behind."""
    scale = frame.pixels_per_unit * SUPERSAMPLING
    colour = glass[panes]
    # Every pane has its own streak direction: one of two sheets of reamy glass, by the pane's label.
    streaks = (
        smooth_noise(rng, y.shape, (4 * scale, 34 * scale), 2),
        smooth_noise(rng, y.shape, (34 * scale, 4 * scale), 2),
    )
    sheet = np.where(panes % 2 == 0, *streaks)
    mottle = smooth_noise(rng, y.shape, 9 * scale, 3)
    swell = smoothstep(0.0, 9.0, border)
    sun = exp(
        -((np.hypot(x - 0.42 * frame.width, y - 0.36 * frame.height) / (0.55 * max(frame.height, frame.width))) ** 2)
    )
    light = (0.74 + 0.52 * swell) * (0.90 + 0.36 * sun) * (1 + 0.11 * sheet + 0.07 * mottle)
    lit = colour * light[..., None]
    # Strong light bleaches the middle of a pane rather than only brightening it.
    lit = blend(lit, (255, 246, 220), 0.30 * swell * sun * smoothstep(-0.4, 1.6, sheet + mottle))
    seeds = smoothstep(2.9, 3.6, smooth_noise(rng, y.shape, 3.4 * scale))
    return blend(lit, (255, 255, 244), 0.35 * seeds)


def _borders(labels: np.ndarray) -> np.ndarray:
    """Pixels whose right or lower neighbour has another label."""
    edge = np.zeros(labels.shape, bool)
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    edge[:-1] |= labels[:-1] != labels[1:]
    return edge


def _wrap(turns: np.ndarray) -> np.ndarray:
    """`turns` to the middle of its whole turn: -0.5..0.5."""
    return turns - np.floor(turns) - 0.5
