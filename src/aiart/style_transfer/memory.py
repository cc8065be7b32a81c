"""How much memory a painting takes: what a scheduler is to reserve, and what does not fit and is not begun."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from aiart.errors import UserError
from aiart.memory import first_that_fits
from aiart.params.feature_networks import NETWORKS
from aiart.params.layers import Layer
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.tiles import Tiling, gradient_reach, grid_step

# Measured at 512, 768 and 1024 px with benchmarks/style_transfer.py. In MB: TensorFlow and the network, before the
# first pixel.
START_MB = 800
# Pairs of differences that L-BFGS remembers, where memory is short fewer; at 64 px 20 mostly led lower than 10.
LBFGS_PAIRS = (20, 10, 5)
# Bytes for each pixel, beside those of the network: of L-BFGS's vectors, and of each pair, three channels of two
# float32, which are copied where they are read.
LBFGS_BYTES, PAIR_BYTES = 100, 48
# Of each value of a style layer, beside those of the network; what is sorted is kept with its order.
STATISTIC_BYTES = {"gram": 0, "moments": 8, "sliced_wasserstein": 24}
# Where there are regions, measured at 512 px with 2 and 4: of each value in each of them, and of their masks; and of
# what a statistic takes, the share of every region but the first, as not all are there at once.
GUIDED_BYTES, MASK_BYTES, OTHER_REGIONS = 5, 16, 0.4
# Sides of tiles to choose among: larger ones see less of their neighbours, and do less twice.
TILES = (1024, 512, 256)
# Of a picture.
PICTURE_BYTES = 12
# In tiles: the photograph, the picture and the best one so far; and Adam's two moments.
TILED_BYTES, ADAM_BYTES = 40, 24
# What is reserved at most for a painting that could do with less.
RESERVED_MB = 8000
# Of each frame on the way: as it was painted, with the photograph's colours, and as a picture of the animation.
FRAME_BYTES = 10

# Sides of an estimate's trials relative to the picture's. Time and memory are linear in the pixels, but start-up
# is not, so one trial is not enough; and a trial much smaller than the picture fits in the caches.
TRIAL_SCALES = (0.3, 0.6)
# The most that a trial has; from there on time is a line through the caches' end.
TRIAL_PIXELS = 1024**2


class Plan(NamedTuple):
    """How a picture is painted, as far as memory decides it."""

    pairs: int | None
    """How many L-BFGS remembers; None for Adam."""
    tiling: Tiling | None = None
    """None: the whole picture at once."""

    @property
    def noted(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"lbfgs_pairs": self.pairs, **(self.tiling._asdict() if self.tiling else {})}

    @classmethod
    def of(cls, noted: dict[str, Any]) -> Plan:
        """What was `noted`."""
        tiling = {name: value for name, value in noted.items() if name != "lbfgs_pairs"}
        return cls(noted["lbfgs_pairs"], Tiling(**tiling) if tiling else None)

    def in_words(self) -> str:
        """For a log."""
        optimizer = f"L-BFGS with {self.pairs} pairs" if self.pairs else "Adam"
        if self.tiling is None:
            return f"at once, {optimizer}"
        content = "" if self.tiling.keep_content else ", the photograph seen again at each evaluation"
        return f"in tiles of {self.tiling.side} pixels, {optimizer}{content}"


def plans(settings: StyleTransfer) -> list[Plan]:
    """What can be chosen among, best first, which takes the most memory."""
    pairs = LBFGS_PAIRS if settings.optimizer == "lbfgs" else (None,)
    whole = [] if isinstance(settings.tile, int) else [Plan(count) for count in pairs]
    if settings.tile == "none" or not settings.tileable:
        return whole
    kept = (True, False) if settings.content_weight else (True,)
    tiled = []
    # The smallest tiles come last of all: most of what they see is around them.
    for sides in (TILES[:-1], TILES[-1:]) if settings.tile == "auto" else ((settings.tile,),):
        tilings = [Tiling(side, keep) for keep in kept for side in sides]
        tiled += [Plan(count, tiling) for count in dict.fromkeys([*pairs, None]) for tiling in tilings]
    return [*whole, *tiled]


def choose_plans(settings: StyleTransfer, pixels: Sequence[int]) -> list[Plan]:
    """The best plan for each level, of so many pixels, the full size last, with the memory that the settings allow, or
    that can be had now. Raises UserError where the settings allow too little.

    TensorFlow gives nothing back, so that the levels before may take no more than the last one leaves them.
    """
    room = None if settings.memory is None else round(settings.memory * 10**9)
    possible, full = plans(settings), pixels[-1]
    if room is not None and (least := least_painting_mb(settings, full)) * 10**6 > room:
        raise UserError(
            f"memory is {settings.memory:g} GB, and the painting takes {math.ceil(least / 10) / 100:g} at least; raise "
            "memory or lower long_side."
        )
    last = first_that_fits(possible, lambda plan: plan_mb(settings, full, plan) * 10**6, room)
    last_arrays, last_tensors = _takes(settings, full, last)

    def takes(count: int, plan: Plan) -> int:
        arrays, tensors = _takes(settings, count, plan)
        return START_MB * 10**6 + max(tensors, last_tensors) + max(arrays + PICTURE_BYTES * full, last_arrays)

    before = [first_that_fits(possible, partial(takes, count), room) for count in pixels[:-1]]
    return [*before, last]


def plan_mb(settings: StyleTransfer, pixels: int, plan: Plan) -> int:
    """MB (10⁶ bytes) that a painting of so many pixels takes on a CPU at its peak, with some room to spare."""
    return START_MB + sum(_takes(settings, pixels, plan)) // 10**6


def _takes(settings: StyleTransfer, pixels: int, plan: Plan) -> tuple[int, int]:
    """Bytes of NumPy's arrays, and of TensorFlow's tensors."""
    facts = NETWORKS[settings.network]
    arrays = _frame_bytes(settings) + _region_bytes(settings)
    tensors = LBFGS_BYTES + PAIR_BYTES * plan.pairs if plan.pairs else 0
    at_once = facts.painting_bytes + _statistic_bytes(settings)
    if plan.tiling is None:
        return arrays * pixels, (at_once + tensors) * pixels
    layers, content = used_layers(settings), settings.content_layer_weights if settings.content_weight else {}
    arrays += TILED_BYTES + (0 if plan.pairs else ADAM_BYTES)
    if plan.tiling.keep_content:
        arrays += round(sum(4 * layer.channels / layer.stride**2 for layer in layers if layer.name in content))
    step = grid_step(layers)
    seen = plan.tiling.side + 2 * (gradient_reach(layers) + step)
    return arrays * pixels, tensors * pixels + at_once * min(seen**2, pixels)


def used_layers(settings: StyleTransfer) -> list[Layer]:
    """Those that a loss of some weight is taken over."""
    content = settings.content_layer_weights if settings.content_weight else {}
    used = {*content, *(settings.style_layer_list if settings.style_weight else ())}
    return [layer for layer in NETWORKS[settings.network].layers if layer.name in used]


def painting_mb(settings: StyleTransfer, pixels: int) -> int:
    """What a scheduler is to reserve: what the settings allow, or else for the best plan, or where that is more than
    machines mostly have, for the least."""
    if settings.memory is not None:
        return math.ceil(settings.memory * 1000)
    best = plan_mb(settings, pixels, plans(settings)[0])
    return best if best <= RESERVED_MB else least_painting_mb(settings, pixels)


def least_painting_mb(settings: StyleTransfer, pixels: int) -> int:
    """The same where memory is short."""
    return min(plan_mb(settings, pixels, plan) for plan in plans(settings))


def estimate_mb(settings: StyleTransfer, pixels: int) -> int:
    """The same of an estimate of such a painting."""
    return plan_mb(settings, min(round(pixels * max(TRIAL_SCALES) ** 2), TRIAL_PIXELS), plans(settings)[-1])


def _frame_bytes(settings: StyleTransfer) -> int:
    evaluations = sum(count for _, count in settings.levels(settings.long_side, settings.long_side))
    return (evaluations // settings.snapshot_every + 2) * FRAME_BYTES if settings.snapshot_every else 0


def _values(settings: StyleTransfer) -> dict[str, float]:
    """Values of each layer for a pixel."""
    return {layer.name: layer.channels / layer.stride**2 for layer in NETWORKS[settings.network].layers}


def _statistic_bytes(settings: StyleTransfer) -> int:
    values = _values(settings)
    largest, *others = sorted(
        (sum(STATISTIC_BYTES[one] * values[layer] for layer, one in region.items()) for region in settings.statistics),
        reverse=True,
    )
    return round(largest + OTHER_REGIONS * sum(others))


def _region_bytes(settings: StyleTransfer) -> int:
    regions, values = len(settings.statistics), _values(settings)
    if regions == 1:
        return 0
    return round(regions * (MASK_BYTES + GUIDED_BYTES * sum(values[layer] for layer in settings.style_layer_list)))


def made_by(chosen: Sequence[Plan]) -> dict[str, Any]:
    """What a record says of the plans of all levels: of each, where memory let not all be the same at once."""
    if len(set(chosen)) == 1 and chosen[0].tiling is None:
        return {"lbfgs_pairs": chosen[0].pairs} if chosen[0].pairs else {}
    return {"levels": [plan.noted for plan in chosen]}
