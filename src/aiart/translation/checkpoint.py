"""The state of an unfinished training, and taking it up again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from aiart.images import atomic_write
from aiart.translation.adam import Adam


class Checkpoint:
    """Two generations of one file: arrays and JSON in an .npz, nothing to unpickle, written by rename.

    A file that cannot be read whole (the archive's own check sums tell) is passed over for the one before it;
    a file of other settings, data or versions is not taken up at all.
    """

    def __init__(self, path: str | Path, begun_with: str):
        """begun_with: canonical text of everything that a continued training has to agree in."""
        self.path, self.begun_with = Path(path), begun_with
        self.previous = self.path.with_suffix(f".previous{self.path.suffix}")

    def save(self, arrays: dict[str, np.ndarray], notes: dict[str, Any]) -> None:
        """Write a generation; the one before it stays until the next."""
        with atomic_write(self.path) as temporary:
            np.savez(temporary, begun_with=self.begun_with, notes=json.dumps(notes), **arrays)
            if self.path.exists():
                os.replace(self.path, self.previous)

    def load(self) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
        """Arrays and notes of the newest intact generation of these settings; None when there is none."""
        for path in (self.path, self.previous):
            try:
                # Opened here, since np.load leaves a damaged file open.
                with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                    found = {key: file[key] for key in file.files}
                begun_with, notes = str(found.pop("begun_with")), json.loads(str(found.pop("notes")))
            except FileNotFoundError:
                continue
            except Exception as error:  # zipfile and numpy raise many kinds for a damaged file
                print(f"{path}: checkpoint cannot be read ({error}); looking for the one before it.", flush=True)
                continue
            if begun_with == self.begun_with:
                return found, notes
            print(f"{path}: checkpoint of other settings, data or versions; not continued.", flush=True)
        return None

    def delete(self) -> None:
        """Remove both generations, after the results are written."""
        self.path.unlink(missing_ok=True)
        self.previous.unlink(missing_ok=True)


def network_state(networks: dict[str, keras.Model], adams: dict[str, Adam]) -> dict[str, tf.Variable]:
    """Variables of networks and of their optimisers, by names that do not depend on Keras's counters."""
    state = {f"{name}/{i:03}": v.value for name, network in networks.items() for i, v in enumerate(network.variables)}
    for name, adam in adams.items():
        state |= {f"{name}_adam/mean/{i:03}": v for i, v in enumerate(adam.means)}
        state |= {f"{name}_adam/square/{i:03}": v for i, v in enumerate(adam.squares)}
    return state


def read_variables(state: dict[str, tf.Variable], strategy: tf.distribute.Strategy) -> dict[str, np.ndarray]:
    """Values of all variables; one for each device of those that devices keep for themselves (image pools)."""
    arrays = {}
    for name, variable in state.items():
        for i, local in enumerate(_copies(variable, strategy)):
            arrays[f"{name}@{i}"] = local.numpy()
    return arrays


def write_variables(
    state: dict[str, tf.Variable], arrays: dict[str, np.ndarray], strategy: tf.distribute.Strategy
) -> None:
    """The inverse of `read_variables`."""
    for name, variable in state.items():
        copies = _copies(variable, strategy)
        if len(copies) == 1:
            variable.assign(arrays[f"{name}@0"])
        else:
            for i, local in enumerate(copies):
                local.assign(arrays[f"{name}@{i}"])


def _copies(variable: tf.Variable, strategy: tf.distribute.Strategy) -> tuple:
    if getattr(variable, "synchronization", None) != tf.VariableSynchronization.ON_READ:
        return (variable,)
    return strategy.experimental_local_results(variable)
