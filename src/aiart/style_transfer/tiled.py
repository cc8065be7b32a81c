"""Loss and gradient of a whole picture, computed tile by tile: memory is bounded by the tile.

The style loss depends on the picture through sums over positions alone. A first pass adds them up; the loss's gradient
with respect to the sums is then the same for all positions, and a second pass takes it back to the pixels of each tile
(Galerne, Raad, Lezama and Morel, "Scaling Painting Style Transfer", EGSR 2024). Each tile sees around its core all
that the core's gradient depends on, so that nothing is approximated.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from aiart.networks.registry import FeatureNetwork
from aiart.params.feature_networks import NETWORKS
from aiart.params.layers import Layer
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.losses import variation_sum
from aiart.style_transfer.objective import Evaluation, Part, StyleTerm, style_terms
from aiart.style_transfer.regions import Area, kept_mask
from aiart.style_transfer.tiles import Tile, Tiling, gradient_reach, grid_step, reach, tiles

# Called with where in the picture, and the gradient there (height, width, 3).
Take = Callable[[tuple[slice, slice], np.ndarray], None]
_PICTURE = tf.TensorSpec([1, None, None, 3], tf.float32)
_BOUNDS = tf.TensorSpec([4], tf.int32)
_MAP = tf.TensorSpec([None, None], tf.float32)


class TiledObjective:
    """What `build_objective` returns, for pictures that are too large for it: a function of a picture (1, height,
    width, 3; RGB 0..255). The gradient is a NumPy array.

    Style statistics have to be sums over positions (`Statistic.of_sums`).
    """

    def __init__(
        self,
        network: FeatureNetwork,
        content: np.ndarray,
        styles: Sequence[np.ndarray],
        settings: StyleTransfer,
        seed: Sequence[int] = (0,),
        areas: Sequence[Area] = (),
        style_masks: Sequence[np.ndarray] = (),
        *,
        tiling: Tiling,
    ):
        """As for `build_objective`."""
        self.network, self.settings, self.photograph = network, settings, content
        self.size = content.shape[:2]
        self.facts = {layer.name: layer for layer in NETWORKS[settings.network].layers}
        self.content_weights = settings.content_layer_weights if settings.content_weight else {}
        style_layers = settings.style_layer_list if settings.style_weight else []
        self.layers = [self.facts[name] for name in dict.fromkeys([*self.content_weights, *style_layers])]
        step = grid_step(self.layers)
        self.tiles = tiles(self.size, tiling.side, gradient_reach(self.layers), step)
        self.views = tiles(self.size, tiling.side, reach(self.layers), step)
        self.kept = kept_mask(areas, self.size)

        def summarise(style: np.ndarray, parts: Sequence[Part]) -> list[tf.Tensor]:
            views = tiles(style.shape[:2], tiling.side, reach(self.layers), step)
            return _summed(self._summaries(parts, style.shape[:2]), style, views, parts, self.facts)

        self.terms = style_terms(network, styles, settings, self.size, seed, areas, style_masks, summarise)
        parts = [Part(term.layer, term.statistic, term.look) for term in self.terms]
        self.parts, self.sums_of = parts, self._summaries(parts, self.size)
        self.upstream = _upstream(self.terms, settings)
        self.back = self._back()
        self.aims = self._content() if tiling.keep_content and self.content_weights else None

    def __call__(self, picture: tf.Tensor | np.ndarray, take: Take | None = None) -> Evaluation:
        """take: is given the gradient core by core, of which the evaluation then has only the largest of each."""
        seen = _Seen(np.asarray(picture)[0], self.photograph, self.kept)
        style, upstream = self.upstream(self.sums(seen))
        gradient = np.empty((1, len(self.tiles)) if take else (1, *self.size, 3), np.float32)
        found = {}
        for tile in self.tiles:
            content, variation, core = self.back(
                _batch(seen[tile.seen]),
                tf.constant(tile.bounds),
                self._aims(tile),
                upstream,
                _weights(self.parts, tile, self.facts),
            )
            found[tile.number] = float(content), float(variation)
            core = core.numpy() if self.kept is None else core * (1 - self.kept[tile.inside][..., np.newaxis])
            if take:
                take(tile.inside, np.asarray(core))
                gradient[0, tile.number] = np.abs(core).max()
            else:
                gradient[0][tile.inside] = core
        content, variation = (math.fsum(values) for values in zip(*found.values(), strict=True))
        style = float(style)
        return Evaluation(content + style + variation, content, style, variation, gradient)

    def sums(self, picture: np.ndarray | _Seen) -> list[tf.Tensor]:
        """The first pass alone, over a picture (height, width, 3): what its positions add up to in each style term."""
        return _summed(self.sums_of, picture, self.views, self.parts, self.facts)

    def _summaries(self, parts: Sequence[Part], size: tuple[int, int]) -> Callable:
        """Compiled: what the positions in a tile's core add to each part of a picture of this size."""
        layers = list(dict.fromkeys(part.layer for part in parts))
        weighted = [_MAP for part in parts if part.look.weights is not None]

        @tf.function(input_signature=[_PICTURE, _BOUNDS, weighted], autograph=False)
        def summaries(seen: tf.Tensor, bounds: tf.Tensor, weights: list[tf.Tensor]) -> list[tf.Tensor]:
            found = self.network(seen, layers) if layers else {}
            inner = {name: _core(found[name], bounds, self.facts[name]) for name in layers}
            rest = iter(weights)
            return [
                _part_sum(
                    inner[part.layer],
                    part,
                    _core(next(rest)[tf.newaxis, ..., tf.newaxis], bounds, self.facts[part.layer])
                    if part.look.weights is not None
                    else None,
                    math.prod(self.facts[part.layer].grid(*size)),
                )
                for part in parts
            ]

        return summaries

    def _back(self) -> Callable:
        """Compiled: content loss and total variation of a tile's core, and the gradient there of the whole loss."""
        names = [layer.name for layer in self.layers]
        counts = {layer.name: math.prod(layer.grid(*self.size)) for layer in self.layers}
        pixels = 3 * math.prod(self.size)
        weighted = [_MAP for part in self.parts if part.look.weights is not None]
        aims = [tf.TensorSpec([1, None, None, None], tf.float32) for _ in self.content_weights]
        sums = [tf.TensorSpec(term.target.shape, tf.float32) for term in self.terms]

        def content_parts(seen: tf.Tensor) -> list[tf.Tensor]:
            found = self.network(seen, list(self.content_weights))
            return [found[name] for name in self.content_weights]

        self.content_parts = tf.function(content_parts, input_signature=[_PICTURE], autograph=False)

        @tf.function(input_signature=[_PICTURE, _BOUNDS, aims, sums, weighted], autograph=False)
        def back(seen, bounds, aims, upstream, weights):
            content = variation = tf.constant(0.0)
            with tf.GradientTape() as tape:
                tape.watch(seen)
                found = self.network(seen, names) if names else {}
                # Summed over all that is seen: beyond the core its gradient is wrong, and left out below.
                around = tf.constant(0.0)
                for (name, weight), aim in zip(self.content_weights.items(), aims, strict=True):
                    layer = self.facts[name]
                    scale = self.settings.content_weight * weight / (4 * counts[name] * found[name].shape[-1])
                    squares = scale * tf.math.squared_difference(found[name], aim)
                    content += tf.reduce_sum(_core(squares, bounds, layer))
                    around += tf.reduce_sum(squares)
                rest = iter(weights)
                for part, slope in zip(self.parts, upstream, strict=True):
                    w = next(rest)[tf.newaxis, ..., tf.newaxis] if part.look.weights is not None else None
                    around += tf.reduce_sum(slope * _part_sum(found[part.layer], part, w, counts[part.layer]))
                if self.settings.tv_weight:
                    scale = self.settings.tv_weight / pixels
                    variation += scale * variation_sum(seen, self.settings.tv_form, bounds)
                    around += scale * variation_sum(seen, self.settings.tv_form)
            gradient = tape.gradient(around, seen)
            top, left, bottom, right = tf.unstack(bounds)
            return content, variation, gradient[0, top:bottom, left:right]

        return back

    def _content(self) -> list[np.ndarray]:
        """The photograph's activations of the content layers, (height, width, channels)."""
        kept: dict[str, np.ndarray] = {}
        for view in self.views:
            for name, part in zip(
                self.content_weights, self.content_parts(_batch(self.photograph[view.seen])), strict=True
            ):
                layer = self.facts[name]
                if name not in kept:
                    kept[name] = np.empty((*layer.grid(*self.size), part.shape[-1]), np.float32)
                (top, left, bottom, right), (rows, columns) = _layer_bounds(view, layer), view.positions(layer)
                seen = kept[name][rows, columns]
                seen[top:bottom, left:right] = part[0, top:bottom, left:right].numpy()
        return list(kept.values())

    def _aims(self, tile: Tile) -> list[tf.Tensor]:
        if not self.content_weights:
            return []
        if self.aims is None:
            return self.content_parts(_batch(self.photograph[tile.seen]))
        places = (tile.positions(self.facts[name]) for name in self.content_weights)
        return [_batch(aim[place]) for aim, place in zip(self.aims, places, strict=True)]


class _Seen:
    """Where regions keep the photograph, it is seen, whatever the picture has there."""

    def __init__(self, picture: np.ndarray, photograph: np.ndarray, kept: np.ndarray | None):
        self.picture, self.photograph, self.kept = picture, photograph, kept

    def __getitem__(self, place: tuple[slice, slice]) -> np.ndarray:
        picture = self.picture[place]
        if self.kept is None:
            return picture
        return picture + self.kept[place][..., np.newaxis] * (self.photograph[place] - picture)


def _summed(sums_of: Callable, picture, views: Sequence[Tile], parts: Sequence[Part], facts) -> list[tf.Tensor]:
    """The sums of all tiles, added up in the order of their numbers."""
    if not parts:
        return []
    found = {
        view.number: [
            part.numpy()
            for part in sums_of(_batch(picture[view.seen]), tf.constant(view.bounds), _weights(parts, view, facts))
        ]
        for view in views
    }
    totals = [np.zeros(part.shape) for part in found[0]]
    for number in sorted(found):
        for total, part in zip(totals, found[number], strict=True):
            total += part
    return [tf.constant(total, tf.float32) for total in totals]


def _upstream(terms: Sequence[StyleTerm], settings: StyleTransfer) -> Callable:
    """Compiled: the weighted style loss of sums, and its gradient with respect to each."""

    @tf.function(autograph=False)
    def upstream(sums: list[tf.Tensor]) -> tuple[tf.Tensor, list[tf.Tensor]]:
        with tf.GradientTape() as tape:
            tape.watch(sums)
            style = tf.constant(0.0)
            for term, found in zip(terms, sums, strict=True):
                distance = term.statistic.of_sums(found, term.target, settings)
                style += settings.style_weight * term.weight * distance
        return style, tape.gradient(style, sums) if sums else []

    return upstream


def _part_sum(activation: tf.Tensor, part: Part, weights: tf.Tensor | None, count: int) -> tf.Tensor:
    """What these positions add to a statistic of a picture with `count` of them. weights: (1, height, width, 1)."""
    if weights is not None:
        return part.statistic.target(activation, part.look._replace(weights=tf.reshape(weights, [-1])))
    positions = tf.cast(tf.shape(activation)[1] * tf.shape(activation)[2], tf.float32)
    return part.statistic.target(activation, part.look) * (positions / count)


def _core(activation: tf.Tensor, bounds: tf.Tensor, layer: Layer) -> tf.Tensor:
    """The positions whose first pixel is in the core."""
    top, left, bottom, right = tf.unstack(-(-bounds // layer.stride))
    return activation[:, top:bottom, left:right]


def _layer_bounds(tile: Tile, layer: Layer) -> tuple[int, ...]:
    rows, columns = layer.grid(tile.bottom - tile.top, tile.right - tile.left)
    bounds = (-(-bound // layer.stride) for bound in tile.bounds)
    return tuple(min(bound, most) for bound, most in zip(bounds, (rows, columns, rows, columns), strict=True))


def _weights(parts: Sequence[Part], tile: Tile, facts: dict[str, Layer]) -> list[tf.Tensor]:
    """How much the positions that are seen count, of the parts in which they do not count alike."""
    return [
        tf.constant(part.look.weights[tile.positions(facts[part.layer])])
        for part in parts
        if part.look.weights is not None
    ]


def _batch(part: np.ndarray) -> tf.Tensor:
    return tf.constant(part[np.newaxis])
