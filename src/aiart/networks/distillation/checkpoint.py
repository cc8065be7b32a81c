"""The state of an unfinished distillation."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pandas as pd

from aiart.images import atomic_write
from aiart.networks.distillation.student import Student


class Checkpoint:
    """The state of an unfinished run in one .npz, written by rename: arrays and JSON, nothing to unpickle."""

    def __init__(self, path: Path, begun_with: str):
        self.path, self.begun_with = path, begun_with
        self.phase, self.step = 0, 0
        self.optimizer: list[np.ndarray] = []
        self.history: list[dict] = []

    def save(self, student: Student, optimizer: keras.Optimizer, phase: int, step: int) -> None:
        arrays = {f"student/{name}": v.numpy() for name, v in student.variables().items()}
        arrays |= {f"optimizer/{i:04}": np.asarray(v) for i, v in enumerate(optimizer.variables)}
        if self.history:
            arrays |= {f"history/{key}": np.array([row[key] for row in self.history]) for key in self.history[0]}
        with atomic_write(self.path) as temporary:
            np.savez(temporary, begun_with=self.begun_with, phase=phase, step=step, **arrays)

    def restore(self, student: Student) -> None:
        """Take up the run that the file holds; a damaged file, or one of other settings, is left aside."""
        try:
            # Opened here, since np.load leaves a damaged file open.
            with self.path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                found = {key: file[key] for key in file.files}
        except FileNotFoundError:
            return
        except Exception as error:
            print(f"{self.path}: checkpoint cannot be read ({error}); starting again.")
            return
        if str(found.get("begun_with")) != self.begun_with:
            print(f"{self.path}: checkpoint of other settings; starting again.")
            return
        for key, value in found.items():
            if key.startswith("student/") and key.endswith("/embedding:0"):
                layer = key.split("/")[1]
                student.add_embedding(layer, value, np.zeros(value.shape[1], np.float32), 1.0)
        variables = student.variables()
        for key, value in found.items():
            if key.startswith("student/"):
                variables[key.removeprefix("student/")].assign(value)
        self.phase, self.step = int(found["phase"]), int(found["step"])
        self.optimizer = [found[key] for key in sorted(found) if key.startswith("optimizer/")]
        columns = {k.removeprefix("history/"): v.tolist() for k, v in found.items() if k.startswith("history/")}
        self.history = pd.DataFrame(columns).to_dict("records")
        print(f"{self.path}: continuing phase {self.phase + 1} at step {self.step}.")

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)
