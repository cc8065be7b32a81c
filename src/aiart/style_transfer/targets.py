"""Targets of style pictures by which several photographs are painted."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

if TYPE_CHECKING:
    from aiart.style_transfer.objective import Part

# So many are kept; where each photograph changes the colours of the style pictures, none is of use to the next.
MOST = 64


class Targets:
    """Of paintings by one network with the same settings: what a style picture is to be learnt by is computed once.

    Only of statistics that are sums over the style picture: whole distributions are as large as what is painted.
    """

    def __init__(self) -> None:
        self.known: OrderedDict[tuple, tf.Tensor] = OrderedDict()

    def of(
        self,
        style: np.ndarray,
        parts: Sequence[Part],
        compute: Callable[[np.ndarray, Sequence[Part]], list[tf.Tensor]],
    ) -> list[tf.Tensor]:
        """The targets of a style picture (height, width, 3), by `compute` where they are not known."""
        digest = hashlib.sha256(np.ascontiguousarray(style)).digest()
        keys = [(digest, style.shape, *_looked_at(part)) for part in parts]
        missing = [place for place, key in enumerate(keys) if key not in self.known]
        computed = compute(style, [parts[place] for place in missing]) if missing else []
        found = dict(zip(missing, computed, strict=True))
        for place, key in enumerate(keys):
            if place not in found:
                self.known.move_to_end(key)
                found[place] = self.known[key]
            elif parts[place].statistic.of_sums:
                self.known[key] = found[place]
        while len(self.known) > MOST:
            self.known.popitem(last=False)
        return [found[place] for place in range(len(parts))]


def _looked_at(part: Part) -> tuple:
    """All of a part that its target depends on."""
    weights = part.look.weights
    counting = None if weights is None else hashlib.sha256(np.ascontiguousarray(weights)).digest()
    return part.layer, part.statistic, counting
