"""What is noted of a painting's evaluations."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from aiart.errors import UserError
from aiart.images import resize_exact
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.moments import Moment
from aiart.style_transfer.objective import Evaluation
from aiart.style_transfer.optimizers import Enough

# Decay of the running average of pictures (crowsonkb/style-transfer-pytorch).
AVERAGE_DECAY = 0.99


class Recorder:
    """Watches the evaluations: losses, times, frames, progress, and the picture to keep."""

    def __init__(self, settings: StyleTransfer, evaluations: int, name: str, bar: tqdm | None, stopped: Sequence[int]):
        self.settings = settings
        self.stopped = stopped
        self.improved = False
        self.rows: list[dict] = []
        self.seconds: list[float] = []
        self.frames: list[np.ndarray] = []
        self.began = time.perf_counter()
        self.kept: np.ndarray | None = None
        self.first_total = 0.0
        self.bar = tqdm(total=evaluations, desc=name, unit="it", disable=None) if bar is None else bar

    def begin_level(self, level: int, full_size: tuple[int, int]) -> None:
        self.level, self.full_size = level, full_size
        self.best_loss = np.inf
        self.count = 0

    def observe(self, picture: tf.Tensor | np.ndarray, evaluation: Evaluation) -> float:
        """Note an evaluation of a picture (1, height, width, 3); returns its loss."""
        losses = {part: float(getattr(evaluation, part)) for part in ("total", "content", "style", "tv")}
        total = losses["total"]
        for what, finite in (("loss", np.isfinite(total)), ("gradient", _all_finite(np.asarray(evaluation.gradient)))):
            if not finite:
                raise UserError(
                    f"The {what} is not finite at evaluation {len(self.rows) + 1}; "
                    "lower content_weight, style_weight, tv_weight or learning_rate."
                )
        self.rows.append({"level": self.level, "evaluation": len(self.rows) + 1, **losses})
        self.seconds.append(time.perf_counter() - self.began)
        self._note_improvement(total)
        pixels = np.asarray(picture)[0]
        self._keep(pixels, total)
        every = self.settings.snapshot_every
        if every and self.count % every == 0:
            self.frames.append(np.rint(resize_exact(pixels, *self.full_size)).astype(np.uint8))
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

    def _keep(self, picture: np.ndarray, total: float) -> None:
        if self.kept is None or self.kept.shape != picture.shape:
            self.kept = np.zeros_like(picture)
        if self.settings.keep == "average":
            self.kept *= AVERAGE_DECAY
            self.kept += (1 - AVERAGE_DECAY) * picture
        elif self.settings.keep == "last" or total < self.best_loss:
            np.copyto(self.kept, picture)
            self.best_loss = total

    def result(self) -> np.ndarray:
        """The picture to keep; the recorder has none from then on."""
        picture, self.kept = self.kept, None
        if self.settings.keep == "average":
            # The average starts at zero; this removes that start, as in Adam.
            return np.clip(picture / (1 - AVERAGE_DECAY**self.count), 0, 255)
        return picture

    def moment(self, within: bool) -> Moment:
        """What was recorded so far. within: a level, not between two."""
        notes = {name: getattr(self, name) for name in ("rows", "seconds", "improved", "first_total", "count")}
        notes["best_loss"] = self.best_loss if np.isfinite(self.best_loss) else None
        frames = {f"frame{number}": frame for number, frame in enumerate(self.frames)}
        return Moment({**frames, **({"kept": self.kept} if within else {})}, notes)

    def go_on(self, moment: Moment, within: bool) -> None:
        """Take up what was recorded before. within: a level, not between two."""
        notes, arrays = moment.notes, moment.arrays
        self.rows, self.seconds, self.improved = notes["rows"], notes["seconds"], notes["improved"]
        self.frames = [arrays[f"frame{number}"] for number in range(len(arrays) - within)]
        self.began -= self.seconds[-1]
        self.bar.update(len(self.rows))
        if within:
            self.count, self.first_total, self.kept = notes["count"], notes["first_total"], arrays["kept"]
            self.best_loss = np.inf if notes["best_loss"] is None else notes["best_loss"]


def _all_finite(gradient: np.ndarray) -> bool:
    return all(np.isfinite(row).all() for row in gradient[0])
