"""Neural style transfer from pictures to a picture: the loop that reads top to bottom."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import tensorflow as tf
from tqdm import tqdm

from aiart.errors import UserError
from aiart.images import resize_exact, resize_long_side
from aiart.networks.registry import FeatureNetwork
from aiart.params.feature_networks import NETWORKS
from aiart.params.regions import AutoRegions
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.colours import finished, prepared
from aiart.style_transfer.memory import lbfgs_pairs
from aiart.style_transfer.objective import Evaluation, build_objective
from aiart.style_transfer.optimizers import Enough, minimise
from aiart.style_transfer.regions import Area, found_areas, kept_mask, masked_areas, merged, region_map

# The layer by which regions are found.
FOUND_BY = "conv3_1"
# Decay of the running average of pictures (crowsonkb/style-transfer-pytorch).
AVERAGE_DECAY = 0.99


@dataclass
class Painted:
    """Result of `paint`: picture and frames are (height, width, 3), RGB 0..255."""

    picture: np.ndarray
    history: pd.DataFrame
    """One row per evaluation: level, evaluation, total, content, style, tv."""
    seconds: list[float]
    """When each evaluation ended, since painting began, in the order of `history`."""
    frames: list[np.ndarray] = field(default_factory=list)
    """Snapshots as uint8, the finished picture last; empty unless asked for."""
    pairs: int | None = None
    """How many pairs L-BFGS remembered."""
    areas: Sequence[Area] = ()
    """The regions, those that are alike as one."""
    region_map: np.ndarray | None = None
    """Where there are regions, each in a colour of its own: (height, width, 3), RGB 0..255."""


def paint(
    network: FeatureNetwork,
    content: np.ndarray,
    styles: Sequence[np.ndarray],
    settings: StyleTransfer,
    *,
    seed: int,
    init_picture: np.ndarray | None = None,
    palette: np.ndarray | None = None,
    masks: Sequence[np.ndarray] = (),
    style_masks: Sequence[np.ndarray] = (),
    name: str = "painting",
    stopped: Sequence[int] = (),
) -> Painted:
    """Paint `content` in the manner of `styles`; pictures are (height, width, 3), RGB 0..255, and so are masks, of the
    regions that the settings name and of the paintings. palette: whose colours it gets, where the settings say so.

    Everything random comes from `seed`. Once `stopped` holds something, the evaluation under way is the last one,
    and the result is what was reached. Raises UserError when a picture is too small for the network, the loss or its
    gradient stops being finite, or nothing could be improved on the picture that painting started from.
    """
    full = resize_long_side(content, settings.long_side)
    size = full.shape[:2]
    regions = _regions(network, full, len(styles), settings, masks, seed)
    areas = merged(regions)
    kept = kept_mask(areas, size)
    photograph, styles = prepared(full, styles, palette, settings)
    photograph = photograph if kept is None else _keeping(full, kept, photograph)
    pairs = lbfgs_pairs(settings, size[0] * size[1])
    levels = [(level.scale, level.iterations) for level in settings.pyramid] + [(1.0, settings.iterations)]
    recorder = _Recorder(settings, sum(count for _, count in levels), name, stopped)
    smallest_side = NETWORKS[settings.network].smallest_side()
    picture = None
    for number, (scale, iterations) in enumerate(levels):
        long_side = max(round(max(size) * scale), smallest_side)
        level_content = resize_long_side(photograph, long_side)
        height, width = level_content.shape[:2]
        level_styles = [resize_long_side(s, max(round(long_side * settings.style_scale), 1)) for s in styles]
        _check_sizes([level_content, *level_styles], smallest_side)
        if picture is None:
            source = {"style": styles[0], "picture": init_picture}.get(settings.init, level_content)
            picture = _start(resize_exact(source, height, width), settings, seed)
        else:
            picture = resize_exact(picture, height, width)
        recorder.begin_level(number, size)
        objective = build_objective(network, level_content, level_styles, settings, (seed, number), areas, style_masks)
        minimise(objective, picture, iterations, settings, pairs, recorder.observe)
        picture = recorder.result()
        if stopped:
            picture = resize_exact(picture, *size)
            break
    recorder.bar.close()
    if kept is not None:
        picture = _keeping(full, kept, picture)
        recorder.frames = [_keeping(full, kept, frame) for frame in recorder.frames]
    if sum(count for _, count in levels) > len(levels):
        recorder.check_progress()
    picture = finished(picture, full, settings)
    recorder.frames = [finished(frame, full, settings) for frame in recorder.frames]
    frames = [np.rint(frame).astype(np.uint8) for frame in [*recorder.frames, picture]]
    return Painted(
        picture=picture,
        history=pd.DataFrame(recorder.rows),
        seconds=recorder.seconds,
        frames=frames if settings.snapshot_every else [],
        pairs=pairs if settings.optimizer == "lbfgs" else None,
        areas=areas,
        region_map=region_map(regions) if regions else None,
    )


def region_layers(settings: StyleTransfer) -> list[str]:
    """Layers that the network needs beside those of the losses."""
    return [FOUND_BY] if isinstance(settings.regions, AutoRegions) else []


def _regions(network, photograph, styles: int, settings: StyleTransfer, masks, seed: int) -> list[Area]:
    """The regions of a photograph at its full size; none where it is painted as one."""
    if isinstance(settings.regions, AutoRegions):
        from aiart.style_transfer.superpixels import found_masks  # only here, as scikit-image takes time to start

        found = found_masks(network, FOUND_BY, photograph, settings.regions.auto, seed)
        return found_areas(found, photograph.shape[:2], styles, settings)
    return masked_areas(masks, photograph.shape[:2], styles, settings) if settings.regions else []


def _keeping(photograph: np.ndarray, kept: np.ndarray, picture: np.ndarray) -> np.ndarray:
    return (picture + kept[..., np.newaxis] * (photograph - picture)).astype(np.float32)


def _start(source: np.ndarray, settings: StyleTransfer, seed: int) -> np.ndarray:
    """The first picture. Noise is uniform over the whole range, in colour, and clearly visible: a start near
    one grey would leave L-BFGS and Adam to invent all contrast."""
    noise = np.random.default_rng(seed).uniform(0, 255, source.shape).astype(np.float32)
    share = 1.0 if settings.init == "noise" else settings.init_noise
    return (1 - share) * source + share * noise


def _check_sizes(pictures: Sequence[np.ndarray], smallest_side: int) -> None:
    for picture in pictures:
        if min(picture.shape[:2]) < smallest_side:
            height, width = picture.shape[:2]
            raise UserError(
                f"A picture is {width}×{height} pixels at its size in the network, which needs at least "
                f"{smallest_side} on the shorter side; raise long_side or style_scale, or use a larger picture."
            )


class _Recorder:
    """Watches the evaluations: losses, times, frames, progress, and the picture to keep."""

    def __init__(self, settings: StyleTransfer, evaluations: int, name: str, stopped: Sequence[int]):
        self.settings = settings
        self.stopped = stopped
        self.improved = False
        self.rows: list[dict] = []
        self.seconds: list[float] = []
        self.frames: list[np.ndarray] = []
        self.began = time.perf_counter()
        self.bar = tqdm(total=evaluations, desc=name, unit="it", disable=None)

    def begin_level(self, level: int, full_size: tuple[int, int]) -> None:
        self.level, self.full_size = level, full_size
        self.best_loss = np.inf
        self.count = 0

    def observe(self, picture: tf.Tensor, evaluation: Evaluation) -> float:
        """Note an evaluation of a picture (1, height, width, 3); returns its loss."""
        losses = {part: float(getattr(evaluation, part)) for part in ("total", "content", "style", "tv")}
        total = losses["total"]
        for what, finite in (("loss", np.isfinite(total)), ("gradient", _all_finite(evaluation.gradient))):
            if not finite:
                raise UserError(
                    f"The {what} is not finite at evaluation {len(self.rows) + 1}; "
                    "lower content_weight, style_weight, tv_weight or learning_rate."
                )
        self.rows.append({"level": self.level, "evaluation": len(self.rows) + 1, **losses})
        self.seconds.append(time.perf_counter() - self.began)
        self._note_improvement(total)
        self._keep(picture[0], total)
        every = self.settings.snapshot_every
        if every and self.count % every == 0:
            self.frames.append(np.rint(resize_exact(picture[0].numpy(), *self.full_size)).astype(np.uint8))
        self.count += 1
        self.bar.update()
        self.bar.set_postfix(loss=f"{total:.4g}", refresh=False)
        if self.stopped:
            raise Enough
        return total

    def _note_improvement(self, total: float) -> None:
        if self.count == 0:
            self.first_total = total
            # Painting may start from the best there is, where it has nothing to improve.
            self.improved |= total == 0
        elif self.settings.keep == "best":
            self.improved |= total < self.first_total
        else:
            self.improved |= total != self.first_total

    def check_progress(self) -> None:
        """UserError when all steps left the picture as it was."""
        if not (self.improved or self.stopped):
            raise UserError(
                f"No step lowered the loss of {self.first_total:.4g}, so that the picture would stay as it was; lower "
                "learning_rate or the weights, or start from another picture with init."
            )

    def _keep(self, picture: tf.Tensor, total: float) -> None:
        if self.settings.keep == "average":
            if self.count == 0:
                self.average = tf.zeros_like(picture)
            self.average = AVERAGE_DECAY * self.average + (1 - AVERAGE_DECAY) * picture
        elif self.settings.keep == "last" or total < self.best_loss:
            self.kept, self.best_loss = picture, total

    def result(self) -> np.ndarray:
        if self.settings.keep == "average":
            # The average starts at zero; this removes that start, as in Adam.
            return np.clip(self.average.numpy() / (1 - AVERAGE_DECAY**self.count), 0, 255)
        return self.kept.numpy()


def _all_finite(gradient: tf.Tensor) -> bool:
    return bool(tf.reduce_all(tf.math.is_finite(gradient)))


def metrics(painted: Painted) -> dict:
    """Losses of the kept evaluation and the first, and their number: equal for equal settings."""
    last = painted.history[painted.history.level == painted.history.level.max()]
    best = last.loc[last.total.idxmin()]
    return {
        "evaluations": len(painted.history),
        "first_total": float(last.total.iloc[0]),
        "last_total": float(last.total.iloc[-1]),
        **{f"best_{part}": float(best[part]) for part in ("total", "content", "style", "tv")},
    }
