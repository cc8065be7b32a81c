"""Deep Dream of a picture: the octave loop that reads top to bottom."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from tqdm import tqdm

from aiart.deep_dream.ascend import ascend
from aiart.deep_dream.objective import Objective
from aiart.deep_dream.octaves import enlarge_detail, octave_sizes
from aiart.deep_dream.tiles import PictureEvaluation, differing_share, evaluate_picture
from aiart.errors import UserError
from aiart.images import preserve_luminance_colours, resize_exact, resize_long_side
from aiart.params.deep_dream import DeepDream

# Standard deviation, in grey levels, of the noise around middle grey that a dream can start from: visible to
# the network, and covered by the dream.
NOISE = 8.0
# A layer that is silent on the starting picture would otherwise be divided by 0.
SMALLEST_REFERENCE = 1e-12


@dataclass
class Dreamed:
    """Result of `dream`."""

    picture: np.ndarray
    """(height, width, 3), RGB 0..255."""
    history: pd.DataFrame
    """One row per iteration: octave, iteration, objective (of the picture before the step)."""
    before: dict[str, float]
    """Each layer's objective on the starting picture, without jitter."""
    after: dict[str, float]
    """Each layer's objective on the result."""
    clipped_share: float
    """Share of the pixel values that are 0 or 255 in the result, and in what was dreamed on neither."""
    seconds: list[float]
    """When each evaluation ended, since dreaming began: the starting picture, then the iterations."""
    differing_share: float
    """Share of the pixels that can differ from a dream without tiles; 0 where there are none."""


def dream(
    objective: Objective,
    picture: np.ndarray,
    settings: DeepDream,
    *,
    seed: int,
    smallest_side: int,
    name: str = "dream",
    bar: tqdm | None = None,
    stopped: Sequence[int] = (),
    guide: np.ndarray | None = None,
) -> Dreamed:
    """Dream on `picture` (height, width, 3; RGB 0..255); `objective` is that of `build_objective`.

    bar: one of several dreams, which is left open; without it there is one by `name`.
    smallest_side: pixels that the network needs on the shorter side; octaves below it are left out.
    Everything random comes from `seed`. Once `stopped` holds something, the step under way is the last one, and the
    result is what was reached, at full size. guide: that of `build_objective`, RGB 0..255, needed for a caricature.
    Raises UserError when the whole picture is too small, the objective or its gradient stops being finite, or no step
    changed anything.
    """
    random = np.random.default_rng(seed)
    original = resize_long_side(picture, settings.long_side)
    source = original
    if settings.start == "noise":
        source = np.clip(random.normal(127.5, NOISE, original.shape), 0, 255).astype(np.float32)
    sizes = _usable_sizes(source, settings, smallest_side, name)
    share = _share_that_tiles_change(*source.shape[:2], settings, name)
    recorder = _Recorder(settings, len(sizes) * settings.iterations, name, bar)
    start = _measure(objective, source, settings, _stretched(guide, source.shape, settings))
    recorder.begin(start)
    detail = np.zeros((1, 1, 3), np.float32)
    moved = False
    for octave, (height, width) in enumerate(sizes):
        base = resize_exact(source, height, width)
        dreamed = np.clip(base + enlarge_detail(detail, height, width), 0, 255)
        recorder.octave = octave
        scales = 1 / (recorder.references * start.density * (height * width))
        before = dreamed
        beside = _stretched(guide, before.shape, settings)
        dreamed = ascend(objective, before, scales, settings, random, recorder.observe, stopped, beside)
        moved = moved or not np.array_equal(dreamed, before)
        detail = dreamed - base
        if stopped:
            break
    if bar is None:
        recorder.bar.close()
    if not moved and settings.when_silent == "keep":
        print(f"{name}: nothing that is dreamed of responds to the picture, which is left as it is.")
    elif not moved:
        raise UserError(
            "No step could be taken: nothing that is dreamed of responds to the picture; choose other layers, another "
            "channel or neuron, or another guide."
        )
    if dreamed.shape != source.shape:
        dreamed = np.clip(source + enlarge_detail(detail, *source.shape[:2]), 0, 255)
    if settings.preserve_colours == "luminance":
        dreamed = preserve_luminance_colours(dreamed, original, settings.colour_strength)
    end = _measure(objective, dreamed, settings, _stretched(guide, dreamed.shape, settings))
    return Dreamed(
        picture=dreamed,
        history=pd.DataFrame(recorder.rows),
        before=_by_layer(start, settings),
        after=_by_layer(end, settings),
        clipped_share=float(np.mean(_at_an_end(dreamed) & ~_at_an_end(source))),
        seconds=recorder.seconds,
        differing_share=share,
    )


def _share_that_tiles_change(height: int, width: int, settings: DeepDream, name: str) -> float:
    deepest, overlap = settings.deepest_layer, settings.overlap
    field = deepest.receptive_field
    share = differing_share(height, width, tile=settings.tile, overlap=overlap, field=field)
    if share:
        print(
            f"{name}: {deepest.name} sees {field} pixels, and tiles share {overlap}: {share:.0%} of the picture may "
            f"differ from a dream without tiles, up to {field - overlap // 2} pixels from where tiles meet; with a "
            f"tile_overlap of {2 * field}, and a tile of at least {4 * field}, nothing does."
        )
    return share


def _at_an_end(picture: np.ndarray) -> np.ndarray:
    """Which values are written as 0 or 255."""
    return (picture <= 0.5) | (picture >= 254.5)


def _usable_sizes(source, settings, smallest_side, name) -> list[tuple[int, int]]:
    sizes, too_small = octave_sizes(
        *source.shape[:2], octaves=settings.octaves, scale=settings.octave_scale, smallest_side=smallest_side
    )
    for height, width in too_small:
        print(f"{name}: the octave of {width}×{height} pixels is left out; {settings.network} needs {smallest_side}.")
    return sizes


def _stretched(guide: np.ndarray | None, shape: tuple[int, ...], settings: DeepDream) -> np.ndarray | None:
    """The guide of a caricature in the picture's shape; None for other dreams, whose objective holds the guide."""
    return resize_exact(guide, *shape[:2]) if settings.guide_objective == "caricature" else None


def _measure(
    objective: Objective, picture: np.ndarray, settings: DeepDream, guide: np.ndarray | None
) -> PictureEvaluation:
    """Evaluation at full size, without jitter."""
    scales = np.ones(len(settings.layer_weights))
    return evaluate_picture(objective, picture, scales, tile=settings.tile, overlap=settings.overlap, guide=guide)


def _by_layer(evaluation: PictureEvaluation, settings: DeepDream) -> dict[str, float]:
    return {layer: float(value) for layer, value in zip(settings.layer_weights, evaluation.values, strict=True)}


class _Recorder:
    """Watches the evaluations: objective, times and progress."""

    def __init__(self, settings: DeepDream, iterations: int, name: str, bar: tqdm | None):
        self.weights = np.array(list(settings.layer_weights.values()))
        self.rows: list[dict] = []
        self.seconds: list[float] = []
        self.octave = 0
        self.began = time.perf_counter()
        self.bar = tqdm(total=iterations, desc=name, unit="it", disable=None) if bar is None else bar

    def begin(self, start: PictureEvaluation) -> None:
        self.references = np.maximum(start.references, SMALLEST_REFERENCE)
        self.seconds.append(time.perf_counter() - self.began)
        _check_finite(start, "on the starting picture")

    def observe(self, evaluation: PictureEvaluation) -> None:
        iteration = len(self.rows) + 1
        _check_finite(evaluation, f"at iteration {iteration}")
        # 1 on the starting picture when whole layers are dreamed of and the weights sum to 1.
        total = float(np.sum(self.weights * evaluation.values / self.references))
        self.rows.append({"octave": self.octave, "iteration": iteration, "objective": total})
        self.seconds.append(time.perf_counter() - self.began)
        self.bar.update()
        self.bar.set_postfix(objective=f"{total:.4g}", refresh=False)


def _check_finite(evaluation: PictureEvaluation, when: str) -> None:
    if not (np.isfinite(evaluation.values).all() and np.isfinite(evaluation.gradient).all()):
        raise UserError(
            f"The objective or its gradient is not finite {when}; check the weights file or use precision float32."
        )


def metrics(dreamed: Dreamed) -> dict:
    """Objectives before and after, by layer, and their ratio: equal for equal settings.

    activation_gain: mean of the layers' ratios; None where a layer was silent before. clipped_share: see `Dreamed`.
    """
    layers = {}
    for layer, before in dreamed.before.items():
        after = dreamed.after[layer]
        layers[layer] = {"before": before, "after": after, "gain": after / before if before > 0 else None}
    gains = [layer["gain"] for layer in layers.values()]
    return {
        "iterations": len(dreamed.history),
        "octaves": int(dreamed.history.octave.nunique()),
        "activation_gain": None if None in gains else float(np.mean(gains)),
        "clipped_share": dreamed.clipped_share,
        "layers": layers,
    }
