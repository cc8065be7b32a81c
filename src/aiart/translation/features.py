"""Pictures as feature vectors, for the distances between sets of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from aiart.networks.registry import load_network
from aiart.params.feature_networks import NETWORKS
from aiart.params.training import Evaluation


@dataclass(frozen=True)
class Features:
    """The spatial mean of one layer of a feature network.

    side: pictures are resized to this square first, by Pillow's bicubic filter on unrounded numbers, which
        widens with the reduction (as clean-fid does: Parmar, Zhang and Zhu 2022); None leaves them as they are.
    unit_scale: whether distances are taken between features divided by the root mean square that they have on
        the real pictures.
    extract: (1, H, W, 3) in 0..255 → (1, channels).
    """

    network: str
    layer: str
    side: int | None
    unit_scale: bool
    extract: Callable[[np.ndarray], tf.Tensor]

    def __call__(self, pictures: Iterable[np.ndarray]) -> np.ndarray:
        """Pictures (H, W, 3) in 0..255 → (n, channels), float64."""
        return np.array([self.of(picture) for picture in pictures])

    def of(self, picture: np.ndarray) -> np.ndarray:
        """One picture (H, W, 3) in 0..255 → (channels,), float64."""
        picture = np.asarray(picture, np.float32)
        if self.side is not None:
            picture = _resized(picture, self.side)
        return self.extract(picture[np.newaxis]).numpy()[0].astype(np.float64)


def _resized(picture: np.ndarray, side: int) -> np.ndarray:
    channels = [
        Image.fromarray(np.ascontiguousarray(picture[..., channel])).resize((side, side), Image.Resampling.BICUBIC)
        for channel in range(3)
    ]
    return np.stack([np.asarray(channel) for channel in channels], axis=-1)


def load_judges(settings: Evaluation, weights: Sequence[str | Path]) -> list[Features]:
    """The features that `settings` name, in float32; weights: a file for each network."""
    return [
        load_features(network, layer, file)
        for (network, layer), file in zip(settings.judges.items(), weights, strict=True)
    ]


def load_features(name: str, layer: str, weights: str | Path | None = None) -> Features:
    """Features of a network, in float32.

    weights: file of the network, where it is not in its usual place.
    Raises UserError when the weights are absent or incomplete.
    """
    facts, network = NETWORKS[name], load_network(name, [layer], weights=weights)

    @tf.function(reduce_retracing=True)
    def extract(batch: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(network(batch, [layer])[layer], axis=(1, 2))

    return Features(name, layer, facts.judgement_side, facts.unit_scale, extract)
