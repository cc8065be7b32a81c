"""What a person sees of a training while it runs: a bar, TensorBoard, DVCLive, pictures."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import tensorflow as tf
from tqdm import tqdm

# A discriminator that judges this share of patches right over so many rows of the history has run away.
SATURATED, SATURATED_ROWS = 0.995, 10


class Recorder:
    """Watches a training and changes nothing in it. Nothing here is a result: all of it differs by the clock.

    folder: where TensorBoard's and DVCLive's files go, None for neither. on_samples: called with the step and the
    sample pictures, uint8 (n, S, S, 3). The bar is drawn on a terminal only; elsewhere rows are printed.
    """

    def __init__(self, folder: str | Path | None = None, on_samples: Callable[[int, np.ndarray], None] | None = None):
        self.folder, self.on_samples = Path(folder) if folder else None, on_samples
        self.bar = self.writer = self.live = None
        self.total, self.last_row, self.saturated = 0, (0, 0.0), 0

    def start(self, step: int, total: int) -> None:
        self.total, self.last_row = total, (step, time.monotonic())
        self.bar = tqdm(total=total, initial=step, unit="step", disable=None, file=sys.stderr, dynamic_ncols=True)
        if self.folder:
            from dvclive import Live
            from scmrepo.exceptions import SCMError

            self.writer = tf.summary.create_file_writer(str(self.folder / "tensorboard"))
            # DVCLive fails in a Git repository that has no commit yet, where it has nothing to compare with.
            with suppress(SCMError):
                self.live = Live(
                    str(self.folder / "dvclive"),
                    save_dvc_exp=False,
                    dvcyaml=None,
                    monitor_system=False,
                    resume=step > 0,
                )

    def step(self, loss: float) -> None:
        self.bar.set_postfix_str(f"loss {loss:.3g}", refresh=False)
        self.bar.update()

    def row(self, row: dict[str, float]) -> None:
        """One row of the history."""
        values = {k: v for k, v in row.items() if k not in ("step", "epoch") and v is not None}
        if self.bar.disable:
            text = ", ".join(f"{name} {value:.4g}" for name, value in values.items())
            now = time.monotonic()
            seconds = (now - self.last_row[1]) / max(1, row["step"] - self.last_row[0])
            self.last_row = (row["step"], now)
            print(f"step {row['step']}/{self.total}, epoch {row['epoch']}, {seconds:.3g} s a step: {text}", flush=True)
        if self.writer:
            with self.writer.as_default(step=row["step"]):
                for name, value in values.items():
                    _scalar(name, value)
        if self.live:
            self.live.step = row["step"]
            for name, value in values.items():
                self.live.log_metric(name, value)
            self.live.next_step()
        self._warn(row)

    def samples(self, step: int, pictures: np.ndarray) -> None:
        if self.on_samples:
            self.on_samples(step, pictures)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
        if self.writer:
            self.writer.close()
        if self.live:
            self.live.end()

    def _warn(self, row: dict[str, float]) -> None:
        self.saturated = self.saturated + 1 if row["discriminator_accuracy"] > SATURATED else 0
        if self.saturated == SATURATED_ROWS:
            print(
                f"step {row['step']}: the discriminator judges {row['discriminator_accuracy']:.1%} of patches right, "
                "so the generator learns little from it; lower discriminator_learning_rate or discriminator_width.",
                flush=True,
            )


def _scalar(name: str, value: float) -> None:
    # tf.summary.scalar belongs to the package tensorboard, which only its viewers need.
    metadata = tf.compat.v1.SummaryMetadata(
        plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"), data_class=1
    )
    tf.summary.write(name, tf.constant(value, tf.float32), metadata=metadata)
