"""What is minimised: targets computed once, and one compiled function for the loss and its gradient."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from aiart.networks.registry import FeatureNetwork
from aiart.params.feature_networks import NETWORKS
from aiart.params.layers import Layer
from aiart.params.regions import statistic_of
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.losses import content_loss, layer_weights, total_variation_loss
from aiart.style_transfer.regions import Area, kept_mask, position_weights, style_mask, whole
from aiart.style_transfer.statistics import STATISTICS, Look, Statistic
from aiart.style_transfer.targets import Targets


class Evaluation(NamedTuple):
    """Loss, its three parts already weighted (all scalars), and the gradient, shaped like the picture."""

    total: tf.Tensor
    content: tf.Tensor
    style: tf.Tensor
    tv: tf.Tensor
    gradient: tf.Tensor


def as_batch(picture: np.ndarray) -> tf.Tensor:
    """(height, width, 3) as a batch of one, float32."""
    return tf.constant(picture[np.newaxis], tf.float32)


class StyleTerm(NamedTuple):
    """One summand of the style loss: what a layer is to become in a region."""

    area: Area
    layer: str
    weight: float
    statistic: Statistic
    target: tf.Tensor
    look: Look

    def loss(self, activation: tf.Tensor, settings: StyleTransfer) -> tf.Tensor:
        """Of this layer's activation, without the weight."""
        return self.statistic.distance(activation, self.target, self.look, settings)


class Part(NamedTuple):
    """A statistic of one layer, and how the layer is looked at."""

    layer: str
    statistic: Statistic
    look: Look


def style_terms(
    network: FeatureNetwork,
    styles: Sequence[np.ndarray],
    settings: StyleTransfer,
    size: tuple[int, int],
    seed: Sequence[int] = (0,),
    areas: Sequence[Area] = (),
    style_masks: Sequence[np.ndarray] = (),
    summarise: Callable[[np.ndarray, Sequence[Part]], list[tf.Tensor]] | None = None,
    targets: Targets | None = None,
) -> list[StyleTerm]:
    """A term for every style layer of every region of a picture of this size (height, width); of several paintings, the
    target is mixed by their blend weights. A region counts by its size, so that it is painted as strongly as without
    regions.

    seed: what random directions are drawn from. areas: the regions; without them there is one, the whole picture.
    style_masks: of each painting, as pictures, or none. summarise: gives the targets of a painting, where the network
    is not to see all of it at once; weights of positions are then maps (height, width), NumPy arrays. targets: of
    several photographs; in tiles they are computed anew, as their last bits are others.
    """
    if not settings.style_weight:
        return []
    names = settings.style_layer_list
    facts = {layer.name: layer for layer in NETWORKS[settings.network].layers}

    def counts(mask: np.ndarray, layer: Layer, size: tuple[int, int]) -> tf.Tensor | np.ndarray | None:
        weights = position_weights(mask, layer, size)
        if weights is None or summarise:
            return None if weights is None else weights.reshape(layer.grid(*size))
        return tf.constant(weights)

    def seen_at_once(style: np.ndarray, parts: Sequence[Part]) -> list[tf.Tensor]:
        found = network(as_batch(style), names)
        return [part.statistic.target(found[part.layer], part.look) for part in parts]

    terms = []
    for area in areas or [whole(size, len(styles), settings)]:
        strength = float(area.mask.mean()) * area.weight
        if not area.styles or not strength:
            continue
        for number, (name, weight) in enumerate(
            zip(names, layer_weights(settings.style_layer_weights, len(names)), strict=True)
        ):
            layer, statistic = facts[name], STATISTICS[statistic_of(area.statistic, name)]
            counting = counts(area.mask, layer, size)
            look = Look(math.prod(layer.grid(*size)), (*seed, number), counting)
            terms.append(StyleTerm(area, name, weight * strength, statistic, tf.constant(0.0), look))
    for number, style in enumerate(styles):
        learnt: dict[int, tuple[float, Part]] = {}
        for place, term in enumerate(terms):
            if share := settings.style_shares(term.layer, term.area.styles).get(number):
                mask = style_mask(style_masks[number], term.area) if style_masks else None
                counting = None if mask is None else counts(mask, facts[term.layer], style.shape[:2])
                learnt[place] = share, Part(term.layer, term.statistic, term.look._replace(weights=counting))
        parts = [part for _, part in learnt.values()]
        if targets and not summarise:
            found = targets.of(style, parts, seen_at_once)
        else:
            found = (summarise or seen_at_once)(style, parts)
        for (place, (share, _)), target in zip(learnt.items(), found, strict=True):
            terms[place] = terms[place]._replace(target=terms[place].target + share * target)
    return terms


def build_objective(
    network: FeatureNetwork,
    content: np.ndarray,
    styles: Sequence[np.ndarray],
    settings: StyleTransfer,
    seed: Sequence[int] = (0,),
    areas: Sequence[Area] = (),
    style_masks: Sequence[np.ndarray] = (),
    targets: Targets | None = None,
) -> Callable[[tf.Tensor], Evaluation]:
    """Compiled function of a picture (1, height, width, 3; RGB 0..255) with the content picture's size.

    Parts with weight 0 are left out, and the network runs no deeper than the remaining layers need. Where regions keep
    the photograph, it is the photograph that is seen, whatever the picture has there. seed, areas, style_masks,
    targets: as for `style_terms`.
    """
    content_weights = settings.content_layer_weights if settings.content_weight else {}
    photograph = as_batch(content)
    content_found = network(photograph, list(content_weights)) if content_weights else {}
    terms = style_terms(network, styles, settings, content.shape[:2], seed, areas, style_masks, targets=targets)
    layers = [*content_weights, *dict.fromkeys(term.layer for term in terms)]
    kept = kept_mask(areas, content.shape[:2])
    kept = None if kept is None else tf.constant(kept[np.newaxis, ..., np.newaxis])

    @tf.function
    def evaluate(picture: tf.Tensor) -> Evaluation:
        with tf.GradientTape() as tape:
            tape.watch(picture)
            seen = picture if kept is None else picture + kept * (photograph - picture)
            found = network(seen, layers) if layers else {}
            content = style = tv = tf.constant(0.0)
            for layer, weight in content_weights.items():
                content += settings.content_weight * weight * content_loss(found[layer], content_found[layer])
            for term in terms:
                style += settings.style_weight * term.weight * term.loss(found[term.layer], settings)
            if settings.tv_weight:
                tv += settings.tv_weight * total_variation_loss(seen, settings.tv_form)
            total = content + style + tv
        return Evaluation(total, content, style, tv, tape.gradient(total, picture))

    return evaluate
