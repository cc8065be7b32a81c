"""How well a painting took the style and kept the picture, by measures that are not its own loss.

effectiveness: E of Yeh, Tang, Bhattad and Forsyth, "Improving Style Transfer with Calibrated Metrics", WACV 2020.
cfsd: content feature structural distance of Chung, Hyun and Heo, "Style Injection in Diffusion" (StyleID), CVPR 2024.
colour_distance: between RGB-uv histograms of Afifi, Brubaker and Brown, "HistoGAN", CVPR 2021.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from aiart.images import resize_exact
from aiart.images.resize import resize_opacity
from aiart.linear_algebra import norms
from aiart.networks.registry import FeatureNetwork, load_network
from aiart.params.feature_networks import INDEPENDENT_JUDGE, NETWORKS, judges_of
from aiart.params.network_facts import NetworkFacts
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.regions import Area, style_mask

# Networks look at a picture reduced to so many pixels, at patches and colours on a grid of at most so many places, so
# that memory and time are bounded whatever is painted.
JUDGED_PIXELS, PATCHES, COLOURS = 512**2, 32**2, 64**2
# Of the channels, after principal components (half, as the authors keep of most layers).
KEPT_CHANNELS = 0.5
# Of the painting's mean variance, added to each: a direction without any would decide alone.
LEAST_VARIANCE = 1e-4
# Of equal pictures, whose logarithm has no limit.
LEAST_DIVERGENCE = 1e-6
# HistoGAN's: bins along u and v, from −3 to 3, the width of its inverse-quadratic kernel, and what keeps logarithms of
# black finite.
BINS, BIN_LIMIT, BIN_WIDTH, BLACK = 64, 3.0, 0.02, 1e-6


class Judge(NamedTuple):
    """A feature network that looks at paintings."""

    name: str
    facts: NetworkFacts
    effect_layers: Sequence[str]
    structure_layer: str
    network: FeatureNetwork

    @property
    def layers(self) -> list[str]:
        """All that it looks at."""
        return list(dict.fromkeys([*self.effect_layers, self.structure_layer]))


class Part(NamedTuple):
    """A part of a painting that has a style of its own. Masks are (height, width), 0..1, of any size; None is all."""

    share: float
    """Of the picture."""
    mask: np.ndarray | None
    """Where it is."""
    paintings: Mapping[int, tuple[float, np.ndarray | None]]
    """By the number of each painting its share in the style, of sum 1, and what of it is learnt from."""


class Normal(NamedTuple):
    """Normal distributions: means (…, channels) and covariances (…, channels, channels), float64."""

    mean: np.ndarray
    covariance: np.ndarray


def load_judges(network: str, weights: str | Path | None = None) -> list[Judge]:
    """The network that painted, from its file `weights` where that is not in its usual place, and one that did not.

    Both compute in float32, as their makers trained them, whatever a painting is made with: its figures are then
    comparable with all others. The second comes with the project, so that no figure depends on what was downloaded.
    """
    files = {INDEPENDENT_JUDGE: None, network: weights}
    judges = []
    for name in judges_of(network):
        facts = NETWORKS[name]
        effect, structure = (facts.judging()[key] for key in ("effect_layers", "structure_layer"))
        sees = load_network(name, [*effect, structure], weights=files[name])
        judges.append(Judge(name, facts, effect, structure, sees))
    return judges


def measure(
    judges: Sequence[Judge],
    picture: np.ndarray,
    photograph: np.ndarray,
    paintings: Sequence[np.ndarray],
    *,
    parts: Sequence[Part] = (),
    style_scale: float = 1.0,
) -> dict:
    """Figures of a painted picture; pictures are (height, width, 3), RGB 0..255, and are judged at its size.

    parts: what has which style; without them, all has all paintings evenly. style_scale: longer side of the paintings
    relative to the picture's, as for the painting.

    Returns, with the name of every judge but the first at the end of each name:
        effectiveness    mean of the layers' E: −log of the Kullback-Leibler divergence of the picture's activations
                         from the paintings', as normal distributions; higher is more style, 13.8 for equal pictures
        cfsd             0 where all parts of the photograph are as alike as they were; higher is less of the picture
        colour_distance  Hellinger distance of the picture's colours from the paintings', 0 to 1; by no network
        layers           the E of each layer
        photograph       effectiveness and colour_distance of the photograph itself
    """
    everything = {number: (1 / len(paintings), None) for number in range(len(paintings))}
    parts = parts or [Part(1.0, None, everything)]
    least = max(judge.facts.smallest_side(judge.layers) for judge in judges)
    scale = _reduction(picture.shape)
    seen = np.rint(_reduced(picture, scale, least)).astype(np.float32)
    pair = [seen, resize_exact(photograph, *seen.shape[:2])]
    to_style = [scale * style_scale * max(picture.shape[:2]) / max(one.shape[:2]) for one in paintings]
    styles = [_reduced(one, to, least) for one, to in zip(paintings, to_style, strict=True)]
    figures: dict = {"layers": {}, "photograph": {}}
    for number, judge in enumerate(judges):
        end = f"_{judge.name}" if number else ""
        of_picture, of_photograph, cfsd = _looked_at(judge, pair, styles, parts)
        figures[f"effectiveness{end}"] = _mean(of_picture)
        figures[f"cfsd{end}"] = cfsd
        figures["layers"] |= {f"{layer}{end}": effect for layer, effect in of_picture.items()}
        figures["photograph"][f"effectiveness{end}"] = _mean(of_photograph)
    colours = _colour_distances([picture, photograph], paintings, parts)
    figures["colour_distance"], figures["photograph"]["colour_distance"] = colours
    return figures


def parts_of(
    settings: StyleTransfer, areas: Sequence[Area], count: int, style_masks: Sequence[np.ndarray] = ()
) -> list[Part]:
    """The parts of a painting with these regions and so many paintings; none where it is painted as one with all of
    them evenly. What stays the photograph is in none of them."""
    styled = [area for area in areas if area.styles and area.weight]
    if not styled:
        return [Part(1.0, None, {n: (s, None) for n, s in _blend(settings, range(count)).items()})]
    total = sum(float(area.mask.mean()) for area in styled)
    return [
        Part(
            float(area.mask.mean()) / total,
            area.mask,
            {n: (s, style_mask(style_masks[n], area) if style_masks else None)
             for n, s in _blend(settings, area.styles).items()},
        )
        for area in styled
        if area.mask.any()
    ]  # fmt: skip


def _blend(settings: StyleTransfer, styles: Sequence[int]) -> dict[int, float]:
    """How much each of some paintings counts, averaged over the style layers."""
    of_layers = [settings.style_shares(layer, styles) for layer in settings.style_layer_list]
    blend = {number: sum(shares[number] for shares in of_layers) / len(of_layers) for number in styles}
    return {number: share for number, share in blend.items() if share}


def _looked_at(
    judge: Judge, pair: Sequence[np.ndarray], paintings: Sequence[np.ndarray], parts: Sequence[Part]
) -> tuple[dict[str, float], dict[str, float], float]:
    """Of a picture and its photograph, of one size: E of both by layer, and the CFSD."""
    layers, structure = judge.effect_layers, judge.structure_layer
    found = judge.network(tf.constant(np.stack(pair)), judge.layers)
    of_paintings = [judge.network(tf.constant(one[np.newaxis]), judge.layers) for one in paintings]
    effect = {layer: np.zeros(2) for layer in layers}
    for part in parts:
        for layer in layers:
            fits = [(share, fitted(of_paintings[n][layer], mask)) for n, (share, mask) in part.paintings.items()]
            effect[layer] += part.share * effectiveness(fitted(found[layer], part.mask), mixture(fits))
    of_picture, of_photograph = ({layer: float(effect[layer][i]) for layer in layers} for i in range(2))
    return of_picture, of_photograph, cfsd(found[structure][1], found[structure][0])


# Effectiveness


def fitted(activations: tf.Tensor, mask: np.ndarray | None = None) -> Normal:
    """The normal distribution of each of some activations (n, height, width, channels), of what is under a mask where
    there is one."""
    count, height, width, channels = activations.shape
    flat = tf.reshape(activations, [count, -1, channels])
    counting = None if mask is None else resize_opacity(mask, height, width).reshape(1, -1, 1)
    if counting is None or not counting.any():
        mean = tf.reduce_mean(flat, axis=1, keepdims=True)
        weighted = centred = flat - mean
        total = height * width
    else:
        total = counting.sum()
        mean = tf.reduce_sum(counting * flat, axis=1, keepdims=True) / total
        centred = flat - mean
        weighted = counting * centred
    covariance = tf.matmul(weighted, centred, transpose_a=True).numpy().astype(np.float64) / float(total)
    return Normal(mean.numpy()[:, 0].astype(np.float64), covariance)


def mixture(parts: Sequence[tuple[float, Normal]]) -> Normal:
    """The normal distribution of a mixture of some, each with its share, of sum 1."""
    mean = sum(share * one.mean for share, one in parts)
    away = [one.mean - mean for _, one in parts]
    spread = [
        one.covariance + d[..., np.newaxis] * d[..., np.newaxis, :] for (_, one), d in zip(parts, away, strict=True)
    ]
    return Normal(mean, sum(share * one for (share, _), one in zip(parts, spread, strict=True)))


def effectiveness(pictures: Normal, style: Normal) -> np.ndarray:
    """−log KL(picture ‖ style) of each of some pictures, the last of them the photograph that they show, and one style:
    along the directions of the largest variance.

    The authors take these directions from a collection of photographs; here they are those of the mean covariance of
    the photograph and the style, so that nothing else has to be at hand: the same for all paintings of these two.
    """
    means = np.concatenate([style.mean, pictures.mean])
    covariances = np.concatenate([style.covariance, pictures.covariance])
    channels = means.shape[1]
    kept = max(round(channels * KEPT_CHANNELS), 1)
    directions = tf.linalg.eigh((covariances[0] + covariances[-1]) / 2)[1][:, channels - kept :]
    means = tf.matmul(means, directions).numpy()
    covariances = tf.matmul(directions, tf.matmul(covariances, directions), transpose_a=True).numpy()
    least = max(LEAST_VARIANCE * float(np.trace(covariances[0])) / kept, np.finfo(np.float32).tiny)
    roots = tf.linalg.cholesky(covariances + least * np.eye(kept)).numpy()
    # With L·Lᵀ the style's covariance, L takes its own spread to 1: squares are then distances in units of it.
    seen = np.concatenate([roots[1:], (means[1:] - means[0])[..., np.newaxis]], axis=2)
    seen = tf.linalg.triangular_solve(np.broadcast_to(roots[0], roots[1:].shape), seen).numpy()
    volumes = np.log(np.diagonal(roots, axis1=1, axis2=2)).sum(axis=1)
    divergence = ((seen**2).sum(axis=(1, 2)) - kept) / 2 + volumes[0] - volumes[1:]
    return -np.log(np.maximum(divergence, LEAST_DIVERGENCE))


# Content feature structural distance


def cfsd(photograph: tf.Tensor, picture: tf.Tensor) -> float:
    """The mean, over patches, of KL(photograph ‖ picture) between soft-maxed similarities of a patch to all others, of
    activations (height, width, channels).

    How alike two patches are is here the cosine of their activations less the mean of all, as in Kolkin et al., "Neural
    Neighbor Style Transfer", 2022; the authors take the product divided by the number of channels, but the activations
    of other networks are other thousands, and the soft maximum would see nothing or one patch alone. They take all
    patches, not some on a grid, and the sum over them, which grows with the picture.
    """
    step = _grid_step(photograph.shape, PATCHES)
    patches = np.stack([one[::step, ::step].numpy().reshape(-1, one.shape[-1]) for one in (photograph, picture)])
    patches = patches - patches.mean(axis=1, keepdims=True)
    patches = patches / np.maximum(norms(patches), np.finfo(np.float32).tiny)
    logs = tf.nn.log_softmax(tf.matmul(patches, patches, transpose_b=True))
    divergence = tf.reduce_sum(tf.exp(logs[0]) * (logs[0] - logs[1]), axis=1)
    return max(float(tf.reduce_mean(divergence)), 0.0)


# Colours


def _colour_distances(
    pictures: Sequence[np.ndarray], paintings: Sequence[np.ndarray], parts: Sequence[Part]
) -> list[float]:
    distances = np.zeros(len(pictures))
    for part in parts:
        palette = sum(share * histogram(paintings[n], mask) for n, (share, mask) in part.paintings.items())
        distances += [part.share * hellinger(histogram(one, part.mask), palette) for one in pictures]
    return [float(distance) for distance in distances]


def histogram(picture: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """The RGB-uv histogram (3, bins, bins), of sum 1: of log-chroma, so that it sees hues and little of the light.

    HistoGAN reduces a picture to 150 pixels, where neighbouring dots of paint would mix; here it is pixels on a grid.
    """
    step = _grid_step(picture.shape, COLOURS)
    levels = np.rint(picture[::step, ::step].reshape(-1, 3)).astype(np.uint8)
    intensity = np.sqrt((np.square(levels, dtype=np.float32) / 255**2).sum(axis=1) + np.float32(BLACK))
    if mask is not None:
        intensity = intensity * resize_opacity(mask, *picture.shape[:2])[::step, ::step].ravel()
    logs = _LOGS[levels]
    u, v = (_kernel(logs - logs[:, others]) for others in ((1, 0, 0), (2, 2, 1)))
    counted = tf.matmul(intensity[:, np.newaxis] * u, v, transpose_a=True).numpy()
    return counted / np.maximum(counted.sum(), np.float32(BLACK))


_LOGS = np.array([math.log(level / 255 + BLACK) for level in range(256)], np.float32)


def _kernel(chroma: np.ndarray) -> np.ndarray:
    """How much each pixel counts in each bin: (pixels, 3) → (3, pixels, bins)."""
    bins = np.linspace(-BIN_LIMIT, BIN_LIMIT, BINS, dtype=np.float32)
    away = (chroma.T[..., np.newaxis] - bins) * np.float32(1 / BIN_WIDTH)
    away *= away
    away += 1
    return np.reciprocal(away, out=away)


def hellinger(one: np.ndarray, other: np.ndarray) -> float:
    """The Hellinger distance of two histograms of sum 1: 0 to 1."""
    return math.sqrt(float(np.square(np.sqrt(one) - np.sqrt(other)).sum()) / 2)


def _mean(figures: Mapping[str, float]) -> float:
    return sum(figures.values()) / len(figures)


# What is looked at of large pictures


def _reduction(shape: Sequence[int]) -> float:
    """By how much a picture is reduced."""
    return min(1.0, (JUDGED_PIXELS / (shape[0] * shape[1])) ** 0.5)


def _reduced(picture: np.ndarray, scale: float, least: int) -> np.ndarray:
    """A picture brought to a scale, never enlarged, and never to fewer pixels on the shorter side than a network needs
    to see anything."""
    scale = min(1.0, max(scale, least / min(picture.shape[:2])))
    size = tuple(max(round(side * scale), min(side, least)) for side in picture.shape[:2])
    return picture if size == picture.shape[:2] else resize_exact(picture, *size)


def _grid_step(shape: Sequence[int], most: int) -> int:
    """Every how manieth row and column leaves at most so many places."""
    height, width = shape[:2]
    step = 1
    while -(-height // step) * -(-width // step) > most:
        step += 1
    return step
