"""Regions without a mask: superpixels of a photograph, and which of them look alike to a feature network."""

from __future__ import annotations

import numpy as np
from skimage.segmentation import slic

from aiart.images import resize_long_side
from aiart.networks.registry import FeatureNetwork
from aiart.style_transfer.objective import as_batch

# Regions are found at this size, larger photographs' too.
LONG_SIDE = 256
SUPERPIXELS = 250
# Against colours, which have a range of 1 here.
COMPACTNESS = 0.15
# Of the place against colour and activations, each of which has a spread of 1: regions are to hold together.
PLACE = 0.7
STARTS, MOST_STEPS = 10, 100


def found_masks(network: FeatureNetwork, layer: str, photograph: np.ndarray, count: int, seed: int) -> list[np.ndarray]:
    """`count` masks (h, w), 0 or 1, of a photograph (height, width, 3), RGB 0..255, from top to bottom, at a size of
    256 pixels at most: superpixels (SLIC, Achanta et al. 2012) in groups by k-means over the mean activation of a
    layer, the colour and the place of each."""
    small = resize_long_side(photograph, LONG_SIDE)
    labels = slic(small / 255, SUPERPIXELS, COMPACTNESS, sigma=1, convert2lab=False, start_label=0, channel_axis=2)
    found = network(as_batch(small), [layer])[layer][0].numpy()
    height, width = labels.shape
    rows, columns = (
        np.minimum(np.arange(side) * there // side, there - 1)
        for side, there in zip((height, width), found.shape[:2], strict=True)
    )
    places = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), axis=2)
    described = [(found[rows][:, columns], 1.0), (small, 1.0), (places, PLACE)]
    features = np.concatenate([weight * _spread(_means(values, labels)) for values, weight in described], axis=1)
    groups = k_means(features, count, seed)[labels]
    heights = [np.flatnonzero(groups == group).mean() if (groups == group).any() else np.inf for group in range(count)]
    return [(groups == group).astype(np.float32) for group in np.argsort(heights, kind="stable")]


def k_means(points: np.ndarray, count: int, seed: int) -> np.ndarray:
    """The group, 0 to `count` − 1, of each of `points` (n, k): the best of some starts (k-means++, Arthur and
    Vassilvitskii 2007)."""
    best, groups = np.inf, np.zeros(len(points), int)
    for start in range(STARTS):
        random = np.random.default_rng((seed, start))
        centres = points[random.integers(len(points))][np.newaxis]
        while len(centres) < count:
            nearest = _squares(points, centres).min(axis=1)
            chosen = random.choice(len(points), p=nearest / nearest.sum()) if nearest.any() else 0
            centres = np.concatenate([centres, points[chosen][np.newaxis]])
        for _ in range(MOST_STEPS):
            belongs = _squares(points, centres).argmin(axis=1)
            moved = [points[belongs == g].mean(axis=0) if (belongs == g).any() else centres[g] for g in range(count)]
            if np.array_equal(moved, centres):
                break
            centres = np.array(moved)
        apart = _squares(points, centres).min(axis=1).sum()
        if apart < best:
            best, groups = apart, belongs
    return groups


def _means(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of values (h, w, k) in each superpixel: (superpixels, k), float64."""
    flat, sizes = labels.ravel(), np.bincount(labels.ravel())
    sums = [np.bincount(flat, channel) for channel in values.reshape(len(flat), -1).T.astype(np.float64)]
    return np.stack(sums, axis=1) / sizes[:, np.newaxis]


def _spread(features: np.ndarray) -> np.ndarray:
    """Centred, with a total variance of 1."""
    centred = features - features.mean(axis=0)
    variance = np.square(centred).sum(axis=1).mean()
    return centred / np.sqrt(variance) if variance else centred


def _squares(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return np.stack([np.square(points - centre).sum(axis=1) for centre in centres], axis=1)
