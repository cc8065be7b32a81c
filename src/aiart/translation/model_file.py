"""A trained model as one file: arrays and JSON in an .npz, without dates, with nothing to unpickle."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.params import checked
from aiart.params.training import Training
from aiart.plain_files import refuse_pipe
from aiart.translation import methods

Direction = Literal["a_to_b", "b_to_a"]


def save_model(
    path: str | Path, method: str, generators: dict[str, keras.Model], settings: dict[str, Any], **facts: Any
) -> None:
    """Write generators by direction, with the settings that build them and what else is worth knowing."""
    arrays = {
        f"{direction}/{i:03}": np.asarray(variable.numpy())
        for direction, network in generators.items()
        for i, variable in enumerate(network.variables)
    }
    about = json.dumps({"method": method, "settings": settings, "facts": facts}, sort_keys=True)
    with atomic_write(path) as temporary:
        np.savez(temporary, model=about, **arrays)


@dataclass(frozen=True)
class Model:
    """A trained model. facts: what the training noted of itself, such as its steps."""

    method: str
    settings: Training
    facts: dict[str, Any]
    generators: dict[str, keras.Model]

    @property
    def directions(self) -> tuple[str, ...]:
        return tuple(self.generators)

    @property
    def multiple(self) -> int:
        """Heights and widths must be multiples of this number of pixels."""
        return next(iter(self.generators.values())).multiple

    def translate(
        self, pictures: np.ndarray, direction: str | None = None, noise_seed: int | None = None
    ) -> np.ndarray:
        """Translate a batch, float32 (N, H, W, 3) in −1..1, to one of the same shape.

        direction: may be left out for a model of one direction. noise_seed: dropout stays on and derives from
        this seed and the picture's place in the batch; without it dropout is off. Raises UserError for a
        direction that the model has not.
        """
        if direction is None and len(self.generators) > 1:
            raise UserError(f"the model translates both ways; choose one of {' and '.join(self.generators)}.")
        direction = direction or self.directions[0]
        if direction not in self.generators:
            raise UserError(f"the model does not translate {direction}, only {self.directions[0]}; choose that.")
        network = self.generators[direction]
        made = []
        for i in range(len(pictures)):
            noise = None if noise_seed is None else tf.constant([[noise_seed, i]], tf.int32)
            made.append(network(tf.constant(pictures[i : i + 1]), noise=noise).numpy())
        return np.concatenate(made)


def load_model(path: str | Path) -> Model:
    """Read what `save_model` wrote. Raises UserError when the file is absent, damaged or something else."""
    try:
        refuse_pipe(path)
        # Opened here, since np.load leaves a damaged file open.
        with Path(path).open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        about = json.loads(str(arrays.pop("model")))
        model = methods.METHODS[about["method"]].settings_model
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; train a model first, with `aiart train` or snakemake.") from None
    except UserError:
        raise
    except Exception as error:  # zipfile, numpy and json raise many kinds for a damaged file
        raise UserError(f"{path}: is not a model of `aiart train`, or is damaged ({error}); make it again.") from None
    settings = checked(model, about["settings"], str(path))
    build_generator = methods.part(about["method"], "learner").build_generator
    generators = {}
    for direction in sorted({name.split("/")[0] for name in arrays}):
        generators[direction] = build_generator(settings, seed=0)
        for i, variable in enumerate(generators[direction].variables):
            array = arrays.get(f"{direction}/{i:03}")
            if array is None or array.shape != tuple(variable.shape):
                raise UserError(f"{path}: its weights do not fit its settings; make it again.")
            variable.assign(array)
    return Model(about["method"], settings, about["facts"], generators)
