"""How long a painting will take and how much memory, from small trials on this machine."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from aiart.images import resize_exact, resize_long_side, size_at
from aiart.networks.registry import FeatureNetwork
from aiart.params.feature_networks import NETWORKS
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.memory import TRIAL_PIXELS, TRIAL_SCALES, Plan, choose_plans, plan_mb, used_layers
from aiart.style_transfer.objective import Evaluation
from aiart.style_transfer.optimizers import minimise
from aiart.style_transfer.paint import paint
from aiart.style_transfer.tiled import TiledObjective
from aiart.style_transfer.tiles import Tiling, all_seen, gradient_reach, grid_step, most_seen, reach, tiles
from aiart.timings import timings

# The first few take longer.
TRIAL_EVALUATIONS = 8
# Side of the picture over which an optimiser is timed.
OPTIMISED_SIDE = 512


@dataclass(frozen=True)
class Level:
    """One level of the pyramid."""

    width: int
    height: int
    evaluations: int
    plan: Plan
    seconds: float


@dataclass(frozen=True)
class Estimate:
    """Of the whole painting, all pyramid levels included."""

    width: int
    height: int
    seconds: float
    memory_mb: float
    levels: Sequence[Level] = ()


class Line:
    """Seconds and memory of whole pictures, by a line through two trials of a few evaluations each."""

    def __init__(self, tried: Callable[[int], tuple[float, float, float, float]], long_side: int, least: int):
        """tried: pixels, seconds of the first evaluation and of each further one, and MB, of a painting so long."""
        self.small, self.large = (tried(max(round(long_side * scale), least)) for scale in TRIAL_SCALES)

    def at(self, pixels: float, index: int) -> float:
        """1: seconds of the first evaluation. 2: of each further one. 3: MB."""
        small, large = self.small, self.large
        # Trials of a small picture are of one size.
        slope = (large[index] - small[index]) / (large[0] - small[0]) if large[0] > small[0] else 0.0
        return max(large[index] + slope * (pixels - large[0]), 0.0)


def estimate(
    network: FeatureNetwork,
    content: np.ndarray,
    styles: Sequence[np.ndarray],
    settings: StyleTransfer,
    *,
    palette: np.ndarray | None = None,
    masks: Sequence[np.ndarray] = (),
    style_masks: Sequence[np.ndarray] = (),
) -> Estimate:
    """Time a few evaluations of small pictures for the levels that are painted at once, and one of a tile for the
    others, and extend them to the full size.

    Pictures, palette and masks are (height, width, 3), RGB 0..255. Memory is the peak of the whole process.
    """
    height, width = size_at(*content.shape[:2], settings.long_side)
    least = NETWORKS[settings.network].smallest_side()
    scales, counts = zip(*settings.levels(height, width), strict=True)
    sizes = [size_at(*content.shape[:2], max(round(max(height, width) * scale), least)) for scale in scales]
    chosen = choose_plans(settings, [round(height * width * scale**2) for scale in scales])
    levels = list(zip(sizes, counts, chosen, strict=True))

    def tried(side: int) -> tuple[float, float, float, float]:
        # Any start costs the same, and the file of `picture` is not here.
        init = "noise" if settings.init == "picture" else settings.init
        changes = {"long_side": side, "iterations": TRIAL_EVALUATIONS, "pyramid": [], "snapshot_every": 0, "init": init}
        trial = settings.model_copy(update={**changes, "tile": "none"})
        given = {"palette": palette, "masks": masks, "style_masks": style_masks}
        painted = paint(network, content, styles, trial, seed=0, name="estimate", **given)
        took = timings(painted.seconds)
        # A trial that ends at its first evaluation has no time per iteration.
        steady = float(np.median(np.diff(took["seconds"])[-6:])) if len(took["seconds"]) > 1 else 0.0
        return math.prod(painted.picture.shape[:2]), took["seconds_compile"], steady, took["peak_memory_mb"]

    @cache
    def line() -> Line:
        longest = max(max(size) for size, _, plan in levels if plan.tiling is None)
        bound = round(math.sqrt(TRIAL_PIXELS * max(height, width) / min(height, width)) / max(TRIAL_SCALES))
        return Line(tried, min(longest, bound), 2 * NETWORKS[settings.network].smallest_side())

    found, memory = [], 0.0
    for size, evaluations, plan in levels:
        pixels = math.prod(size)
        if plan.tiling is None:
            seconds = line().at(pixels, 1) + evaluations * line().at(pixels, 2)
            memory = max(memory, line().at(pixels, 3), line().large[3])
        else:
            each = _tiled_seconds(network, content, styles, settings, size, plan.tiling)
            seconds = evaluations * (each + pixels * _optimiser_seconds(settings, plan))
            memory = max(memory, plan_mb(settings, pixels, plan))
        found.append(Level(size[1], size[0], evaluations, plan, seconds))
    return Estimate(width, height, sum(level.seconds for level in found), memory, found)


def _tiled_seconds(network, content, styles, settings: StyleTransfer, size: tuple[int, int], tiling: Tiling) -> float:
    """Of one evaluation: that of a picture that is as large as one tile, times the tiles' pixels."""
    layers = used_layers(settings)
    step = grid_step(layers)
    seen = tiles(size, tiling.side, gradient_reach(layers), step)
    viewed = tiles(size, tiling.side, reach(layers), step)
    side = math.isqrt(most_seen(seen))
    # Regions cost little more, and are at the size of the picture.
    alone = settings.model_copy(update={"regions": [], "style_blend_weights": None})
    picture = resize_exact(content, side, side)
    painting = resize_long_side(styles[0], side)
    objective = TiledObjective(network, picture, [painting], alone, tiling=Tiling(side, tiling.keep_content))
    objective(picture[np.newaxis])
    first = _seconds(lambda: objective.sums(picture))
    both = _seconds(lambda: objective(picture[np.newaxis]))
    return (first * all_seen(viewed) + max(both - first, 0) * all_seen(seen)) / side**2


def _optimiser_seconds(settings: StyleTransfer, plan: Plan) -> float:
    """Of its arithmetic for one pixel, between two evaluations."""
    start = np.full((1, OPTIMISED_SIDE, OPTIMISED_SIDE, 3), 128, np.float32)
    slopes = np.linspace(0.1, 1, start.size, dtype=np.float32).reshape(start.shape)
    began = []

    def bowl(picture, take=None) -> Evaluation:
        distance = np.asarray(picture) - 20
        loss = float((slopes * distance * distance).sum())
        if take:
            take((slice(None), slice(None)), 2 * slopes[0] * distance[0])
        return Evaluation(loss, 0.0, loss, 0.0, 2 * slopes * distance)

    def observe(picture, evaluation) -> float:
        began.append(time.perf_counter())
        return evaluation.total

    minimise(bowl, start, TRIAL_EVALUATIONS, settings, plan, observe)
    spent = float(np.median(np.diff(began))) if len(began) > 1 else 0.0
    return max(spent - _seconds(lambda: bowl(start)), 0) / OPTIMISED_SIDE**2


def _seconds(work: Callable[[], object]) -> float:
    """The median of three times."""
    spent = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return sorted(spent)[1]
