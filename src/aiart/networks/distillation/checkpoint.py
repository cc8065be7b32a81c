"""The state of a distillation, and taking it up again."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from aiart.errors import UserError
from aiart.networks.states import State, States, other_made_with


class Checkpoint:
    """Where a distillation is: the phase and the step in it, both counted from 0, the optimiser's variables, the
    dreams under way, the rows of the history, and the errors of the steps since the last one."""

    def __init__(self, place: str | Path, begun_with: dict[str, Any]):
        """begun_with: all that the steps depend on; `phases` in it is a list in the order of training."""
        self.states = States(place, begun_with)
        self.phase, self.step = 0, 0
        self.optimizer: list[np.ndarray] = []
        self.dreams: dict[str, np.ndarray] = {}
        self.history: list[dict[str, float]] = []
        self.window: list[list[float]] = []

    def save(
        self,
        student: Any,
        optimizer: keras.Optimizer,
        phase: int,
        step: int,
        dreams: Mapping[str, np.ndarray] = MappingProxyType({}),
    ) -> None:
        """Raises UserError when a weight is not finite; the state before it stays."""
        arrays = {f"student/{name}": v.numpy() for name, v in student.variables().items()}
        arrays |= {f"optimizer/{i:04}": np.asarray(v) for i, v in enumerate(optimizer.variables)}
        arrays |= {f"dreams/{name}": array for name, array in dreams.items()}
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise self.not_finite(phase, step, "a weight")
        self.states.save(arrays, {"phase": phase, "step": step, "history": self.history, "window": self.window})

    def restore(self, student: Any) -> None:
        """Take up the distillation's own state, else the furthest of one whose phases were the same so far."""
        found = self.states.choose(self._obstacle, lambda state: (state.notes["phase"], state.notes["step"]))
        if found is None:
            return
        state, arrays = found
        try:
            self._take_up(student, state, arrays)
        except (KeyError, TypeError, ValueError) as error:  # which only one that was adopted can raise
            raise UserError(
                f"{state.path}: does not fit what this code trains ({error}); delete it to begin anew, or go back to "
                "the version that began it."
            ) from None
        print(f"{state.path}: continuing phase {self.phase + 1} at step {self.step}.", flush=True)

    def _take_up(self, student: Any, state: State, arrays: dict[str, np.ndarray]) -> None:
        for key, value in arrays.items():
            if key.startswith("student/") and key.endswith("/embedding:0"):
                layer = key.split("/")[1]
                student.add_embedding(layer, value, np.zeros(value.shape[1], np.float32), 1.0)
        variables = student.variables()
        for key, value in arrays.items():
            if key.startswith("student/"):
                variables[key.removeprefix("student/")].assign(value)
        self.optimizer = [arrays[key] for key in sorted(arrays) if key.startswith("optimizer/")]
        self.dreams = {k.removeprefix("dreams/"): array for k, array in arrays.items() if k.startswith("dreams/")}
        self.phase, self.step, self.history, self.window = (
            state.notes[key] for key in ("phase", "step", "history", "window")
        )

    def not_finite(self, phase: int, step: int, what: str) -> UserError:
        """The error of a phase that cannot go on."""
        there = self.states.newest_path()
        stays = f" (the last good state stays in {there})" if there else ""
        return UserError(f"phase {phase + 1}, step {step}: {what} is not finite; lower its learning_rate{stays}.")

    def _obstacle(self, state: State) -> str | None:
        """Why this distillation cannot go on from another one's state of the same code; None when it can."""
        ours, theirs = self.states.begun_with, state.begun_with
        # A setting that other code has not goes with that code.
        alike = (ours.keys() & theirs.keys()) - {"phases", "made_with", "code"}
        if changed := sorted(name for name in alike if ours[name] != theirs[name]):
            other = "other pictures or weights" if changed[0] == "files" else f"another {changed[0]}"
            return f"it was begun with {other}"
        if said := other_made_with(theirs, ours):
            return said
        # A phase that was begun has a rate that depends on its length.
        begun = state.notes["phase"] + (state.notes["step"] > 0)
        if theirs["phases"][:begun] != ours["phases"][:begun]:
            return "its phases so far were others"
        return None
