"""A trained model as one file: arrays and JSON in an .npz or .safetensors, without dates, with nothing to unpickle."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, get_args

import keras
import numpy as np
import tensorflow as tf

from aiart.errors import UserError
from aiart.networks.array_files import is_safetensors, open_arrays, write_arrays
from aiart.networks.arrays import Arrays, ArraysError
from aiart.networks.safetensors import Safetensors
from aiart.params import checked
from aiart.params.training import Training
from aiart.translation import methods
from aiart.translation.architecture import Architecture

Direction = Literal["a_to_b", "b_to_a"]


def save_model(
    path: str | Path,
    method: str,
    generators: dict[str, keras.Model],
    settings: dict[str, Any],
    architecture: Architecture | None = None,
    **facts: Any,
) -> None:
    """Write generators by direction, with the settings that build them and what else is worth knowing.

    architecture: where they differ from what the settings alone build.
    """
    arrays = {
        f"{direction}/{name}": np.asarray(variable.numpy())
        for direction, network in generators.items()
        for name, variable in zip(_names(path, network), network.variables, strict=True)
    }
    about = {"method": method, "settings": settings, "facts": facts}
    if architecture:
        about["architecture"] = architecture.model_dump()
    write_arrays(path, arrays, model=json.dumps(about, sort_keys=True))


def _names(path: str | Path, network: keras.Model) -> list[str]:
    """What a file calls a network's variables: `encoder_1/kernel` and so on where others may read it, else numbers."""
    if is_safetensors(path):
        return [variable.path for variable in network.variables]
    return [f"{i:03}" for i in range(len(network.variables))]


@dataclass(frozen=True)
class Model:
    """A trained model. facts: what the training noted of itself, such as its steps. architecture: where its generators
    differ from those that are trained here."""

    method: str
    settings: Training
    facts: dict[str, Any]
    generators: dict[str, keras.Model]
    architecture: Architecture | None = None

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
        with open_arrays(path) as file:
            return _read_model(path, file)
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; train a model first, with `aiart train` or snakemake.") from None
    except (OSError, ArraysError) as error:
        raise UserError(f"{path}: is not a model of `aiart train`, or is damaged ({error}); make it again.") from None


def _read_model(path: str | Path, file: Arrays | Safetensors) -> Model:
    about = _about(file)
    method = about["method"]
    settings = checked(methods.METHODS[method].settings_model, about["settings"], str(path))
    build_generator = methods.part(method, "learner").build_generator
    architecture = None
    if "architecture" in about:
        architecture = checked(Architecture, about["architecture"], str(path))
        build_generator = partial(build_generator, architecture=architecture)
    names = [name for name in file.names if name != "model"]
    expected = _expected_shapes(path, build_generator, settings)
    generators = {}
    for direction in sorted({name.split("/")[0] for name in names}):
        own = {f"{direction}/{name}": shape for name, shape in expected.items()}
        # Before anything of the size that the settings ask for is made.
        if not set(own) <= set(names) or any(file.shape(name) != shape for name, shape in own.items()):
            raise UserError(f"{path}: its weights do not fit its settings; make it again.")
        generators[direction] = build_generator(settings, seed=0)
        for name, variable in zip(own, generators[direction].variables, strict=True):
            array = file[name]
            if array.dtype.kind != "f" or not np.isfinite(array).all():
                raise UserError(f"{path}: {name} holds what is no finite number; make it again.")
            variable.assign(array)
    if not set(generators) & set(get_args(Direction)):
        raise ArraysError("it holds no weights")
    return Model(method, settings, about["facts"], generators, architecture)


def _about(file: Arrays | Safetensors) -> dict[str, Any]:
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


def _expected_shapes(
    path: str | Path, build_generator: Callable[..., keras.Model], settings: Training
) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a generator's variables: shapes are linear in its width, so that two small ones tell."""
    one, two = (build_generator(settings.model_copy(update={"generator_width": width}), seed=0) for width in (1, 2))
    more = settings.generator_width - 1
    shapes = [
        tuple(first + (second - first) * more for first, second in zip(*pair, strict=True))
        for pair in zip(*([tuple(v.shape) for v in network.variables] for network in (one, two)), strict=True)
    ]
    return dict(zip(_names(path, one), shapes, strict=True))
