"""A trained model as one file: arrays and JSON in an .npz, without dates, with nothing to unpickle."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import keras
import numpy as np
import tensorflow as tf

from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.networks.arrays import Arrays, ArraysError, open_npz
from aiart.params import checked
from aiart.params.training import Training
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

    def generator(self, direction: str | None = None) -> keras.Model:
        """The network of a direction, which may be left out for a model of one; UserError where it has none such."""
        if direction is None and len(self.generators) > 1:
            raise UserError(f"the model translates both ways; choose one of {' and '.join(self.generators)}.")
        direction = direction or self.directions[0]
        if direction not in self.generators:
            raise UserError(f"the model does not translate {direction}, only {self.directions[0]}; choose that.")
        return self.generators[direction]

    def translate(
        self,
        pictures: np.ndarray,
        direction: str | None = None,
        noise_seed: int | None = None,
        **options: Any,
    ) -> np.ndarray:
        """Translate a batch, float32 (N, H, W, 3) in −1..1, to one of the same shape.

        direction: may be left out for a model of one direction. noise_seed: dropout stays on and derives from
        this seed and the picture's place in the batch; without it dropout is off. options: of the network.
        Raises UserError for a direction that the model has not.
        """
        network = self.generator(direction)
        made = []
        for i in range(len(pictures)):
            noise = None if noise_seed is None else tf.constant([[noise_seed, i]], tf.int32)
            made.append(network(tf.constant(pictures[i : i + 1]), noise=noise, **options).numpy())
        return np.concatenate(made)


def load_model(path: str | Path) -> Model:
    """Read what `save_model` wrote. Raises UserError when the file is absent, damaged or something else."""
    try:
        with open_npz(path) as file:
            return _read_model(path, file)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; train a model first, with `aiart train` or snakemake.") from None
    except (OSError, ArraysError) as error:
        raise UserError(f"{path}: is not a model of `aiart train`, or is damaged ({error}); make it again.") from None


def _read_model(path: str | Path, file: Arrays) -> Model:
    about = _about(file)
    method = about["method"]
    settings = checked(methods.METHODS[method].settings_model, about["settings"], str(path))
    build_generator = methods.part(method, "learner").build_generator
    names = [name for name in file.names if name != "model"]
    expected = _generator_shapes(build_generator, settings)
    generators = {}
    for direction in sorted({name.split("/")[0] for name in names}):
        own = [f"{direction}/{i:03}" for i in range(len(expected))]
        # Before anything of the size that the settings ask for is made.
        if not set(own) <= set(names) or [file.shape(name) for name in own] != expected:
            raise UserError(f"{path}: its weights do not fit its settings; make it again.")
        generators[direction] = build_generator(settings, seed=0)
        for name, variable in zip(own, generators[direction].variables, strict=True):
            array = file[name]
            if array.dtype.kind != "f" or not np.isfinite(array).all():
                raise UserError(f"{path}: {name} holds what is no finite number; make it again.")
            variable.assign(array)
    if not set(generators) & set(get_args(Direction)):
        raise ArraysError("it holds no weights")
    return Model(method, settings, about["facts"], generators)


def _about(file: Arrays) -> dict[str, Any]:
    """Method, settings and facts of a model."""
    if "model" not in file:
        raise ArraysError("it says nothing of a model")
    try:
        about = json.loads(str(file["model"]))
    except (ValueError, RecursionError):
        raise ArraysError("what it says of its model is no JSON") from None
    if not isinstance(about, dict) or not all(isinstance(about.get(part), dict) for part in ("settings", "facts")):
        raise ArraysError("it says nothing of its settings")
    if not isinstance(about.get("method"), str) or about["method"] not in methods.METHODS:
        raise ArraysError("it says of no known method that it made it")
    return about


def _generator_shapes(build_generator: Callable[..., keras.Model], settings: Training) -> list[tuple[int, ...]]:
    """Shapes of a generator's variables: they are linear in its width, so that two small ones tell."""
    one, two = (
        [tuple(v.shape) for v in build_generator(settings.model_copy(update={"generator_width": w}), seed=0).variables]
        for w in (1, 2)
    )
    more = settings.generator_width - 1
    return [
        tuple(first + (second - first) * more for first, second in zip(*pair, strict=True))
        for pair in zip(one, two, strict=True)
    ]
