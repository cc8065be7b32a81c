"""InceptionV3 (Szegedy et al. 2016) from Keras, cut at its `mixed` layers.

Layers have Keras's names, `mixed0` … `mixed10`: the concatenations that end the modules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from aiart.errors import UserError
from aiart.networks.array_files import SUFFIXES, open_arrays
from aiart.networks.arrays import ArraysError, read_h5
from aiart.networks.preprocessing import preprocess


def load(
    path: Path, layers: Sequence[str], *, preprocessing: str, precision: str = "float32"
) -> Callable[[tf.Tensor, Sequence[str]], dict[str, tf.Tensor]]:
    """A function (picture, layers) → activations by layer, cut after the deepest of `layers`.

    The picture is (batch, height, width, 3), RGB 0..255, at least 75 pixels on a side; activations are
    float32. Batch normalisation is frozen. `preprocessing` is that of the network's row; `precision` is `float32` or
    `bfloat16`.
    path: Keras's ImageNet file `inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5`, or an .npz or
    .safetensors of convolutions into which batch normalisation is folded, with keys `convNN:<any name>/kernel` (height,
    width, in, out) and `convNN:<any name>/bias` (out,) of any float type, where NN, 00 to 93, is the order
    in which Keras creates the convolutions. Only those that `layers` need must be in it.
    Raises UserError when the file is of another form or lacks a convolution.
    """
    whole = _untrained(precision)
    model = keras.Model(whole.input, {layer: whole.get_layer(layer).output for layer in layers})
    if path.suffix.lower() in SUFFIXES:
        _assign_arrays(path, _convolutions(whole), set(model.layers), ", ".join(layers))
    else:
        _assign_h5(path, whole)
    model.trainable = False

    def network(picture: tf.Tensor, wanted: Sequence[str]) -> dict[str, tf.Tensor]:
        found = model(preprocess(picture, preprocessing), training=False)
        return {layer: tf.cast(found[layer], tf.float32) for layer in wanted}

    return network


def _untrained(precision: str) -> keras.Model:
    """The whole network, any input size."""
    before = keras.config.dtype_policy()
    # keras.applications takes no dtype; the mixed policy keeps the variables in float32.
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        return keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(None, None, 3))
    finally:
        keras.config.set_dtype_policy(before)


def _convolutions(model: keras.Model) -> list[tuple[keras.Layer, keras.Layer]]:
    """Each convolution with its batch normalisation, in the order of their creation.

    `model.layers` is sorted by depth; the order of creation is left only in the numbers of the names.
    """
    kinds = (keras.layers.Conv2D, keras.layers.BatchNormalization)
    convolutions, normalisations = (
        sorted((layer for layer in model.layers if isinstance(layer, kind)), key=_name_number) for kind in kinds
    )
    return list(zip(convolutions, normalisations, strict=True))


def _name_number(layer: keras.Layer) -> int:
    number = re.search(r"_(\d+)$", layer.name)
    return int(number.group(1)) if number else 0


def _assign_arrays(path: Path, convolutions, needed: set[keras.Layer], wanted: str) -> None:
    with _named(path), open_arrays(path) as file:
        # `conv07:tower/kernel` → (7, "kernel")
        matches = [re.fullmatch(r"conv(\d\d):.*/(kernel|bias)", name) for name in file.names]
        keys = {(int(match[1]), match[2]): match[0] for match in matches if match}
        for number, (convolution, normalisation) in enumerate(convolutions):
            if convolution in needed:
                _assign_folded(path, file, keys, number, convolution, normalisation, wanted)


def _assign_folded(path, file, keys, number, convolution, normalisation, wanted) -> None:
    for part in ("kernel", "bias"):
        if (number, part) not in keys:
            raise UserError(
                f"{path}: holds no {part} of conv{number:02d}, so {wanted} cannot be used; choose shallower layers "
                "or a complete file."
            )
    shape, of_bias = (file.shape(keys[number, part]) for part in ("kernel", "bias"))
    if shape != convolution.kernel.shape or of_bias != shape[3:]:
        raise UserError(
            f"{path}: conv{number:02d} has a kernel of shape {shape} instead of "
            f"{tuple(convolution.kernel.shape)}; use a file of Keras's InceptionV3."
        )
    kernel, bias = (_finite(path, f"conv{number:02d}", file[keys[number, part]]) for part in ("kernel", "bias"))
    convolution.kernel.assign(kernel)
    # What Keras computes, (x − mean) / √(variance + ε) + β, then adds the bias and does nothing else.
    normalisation.moving_mean.assign(np.zeros_like(bias))
    normalisation.moving_variance.assign(np.full_like(bias, 1 - normalisation.epsilon))
    normalisation.beta.assign(bias)


def _assign_h5(path: Path, model: keras.Model) -> None:
    """What Keras's `load_weights` does, without its trust: layers in their order, with their arrays in theirs."""
    with _named(path):
        found = [(name, arrays) for name, arrays in read_h5(path).items() if arrays]
    layers = [layer for layer in model.layers if layer.weights]
    if len(found) != len(layers):
        raise UserError(
            f"{path}: cannot be read as InceptionV3 weights ({len(found)} layers instead of {len(layers)}); "
            "fetch it again or use another."
        )
    for layer, (name, arrays) in zip(layers, found, strict=True):
        variables = [*layer.trainable_weights, *layer.non_trainable_weights]
        shapes = [tuple(variable.shape) for variable in variables]
        if [array.shape for array in arrays] != shapes:
            raise UserError(
                f"{path}: {name} has arrays of other shapes than {layer.name}; use a file of Keras's InceptionV3."
            )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(_finite(path, name, array))


def _finite(path: Path, name: str, array: np.ndarray) -> np.ndarray:
    array = array.astype(np.float32)
    if not np.isfinite(array).all():
        raise UserError(f"{path}: {name} holds numbers that are not finite; fetch it again or use another.")
    return array


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ArraysError) as error:
        raise UserError(
            f"{path}: cannot be read as InceptionV3 weights ({error}); fetch it again or use another."
        ) from error
