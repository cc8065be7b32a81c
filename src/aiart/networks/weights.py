"""Reading the weights of VGG networks from Keras's .h5, .npz and .safetensors, and writing the last two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from aiart.errors import UserError
from aiart.networks.array_files import open_arrays, write_arrays
from aiart.networks.arrays import ArraysError, read_h5
from aiart.params.layers import VGG_LAYERS
from aiart.plain_files import refuse_pipe

Arrays = dict[str, tuple[np.ndarray, np.ndarray]]


def keras_name(layer: str) -> str:
    """`conv4_2` → `block4_conv2`."""
    block, index = layer.removeprefix("conv").split("_")
    return f"block{block}_conv{index}"


def read_vgg(path: str | Path, layers: Iterable[str]) -> Arrays:
    """Kernel (3, 3, in, out) and bias (out,) of each layer, float32.

    path: Keras's ImageNet file `vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5` or any .h5 of the same
    form, or an .npz or .safetensors with `block1_conv1/kernel`, `block1_conv1/bias` and so on (any float type).
    Raises UserError when the file is absent, of another form, or lacks a layer.
    """
    path = Path(path)
    if path.exists():
        refuse_pipe(path)
    if not path.is_file():
        raise UserError(f"{path}: no such weights file; give the path of an .h5, .npz or .safetensors file.")
    read = _h5_arrays if path.suffix in (".h5", ".hdf5") else _named_arrays
    layers = list(layers)
    try:
        found = read(path, [keras_name(layer) for layer in layers])
    except (OSError, ArraysError) as error:
        raise UserError(f"{path}: cannot be read as VGG weights ({error}); fetch it again or use another.") from error
    arrays = {}
    for layer in layers:
        name = keras_name(layer)
        if name not in found:
            raise UserError(
                f"{path}: holds no layer {name}, so {layer} cannot be used; choose shallower layers or a complete file."
            )
        kernel, bias = found[name]
        before = VGG_LAYERS[VGG_LAYERS.index(layer) - 1]
        channels = 3 if layer == VGG_LAYERS[0] else len(arrays[before][1]) if before in arrays else kernel.shape[-2]
        if kernel.shape[:-1] != (3, 3, channels) or bias.shape != kernel.shape[-1:]:
            raise UserError(
                f"{path}: {name} has a kernel of shape {kernel.shape} and a bias of shape {bias.shape}, "
                f"not (3, 3, {channels}, n) and (n,); use another file."
            )
        if not (np.isfinite(kernel).all() and np.isfinite(bias).all()):
            raise UserError(f"{path}: {name} holds numbers that are not finite; fetch it again or use another.")
        arrays[layer] = (kernel.astype(np.float32), bias.astype(np.float32))
    return arrays


def _named_arrays(path: Path, wanted: list[str]) -> Arrays:
    with open_arrays(path) as file:
        there = [name for name in wanted if f"{name}/kernel" in file and f"{name}/bias" in file]
        return {name: (file[f"{name}/kernel"], file[f"{name}/bias"]) for name in there}


def _h5_arrays(path: Path, wanted: list[str]) -> Arrays:
    return {name: tuple(arrays) for name, arrays in read_h5(path, wanted).items() if len(arrays) == 2}


def write_vgg(path: str | Path, weights: Mapping[str, tuple], dtype: str = "float16") -> None:
    """Write VGG weights for `read_vgg`, byte-reproducible and never half-written."""
    arrays = {}
    for layer, (kernel, bias) in weights.items():
        arrays[f"{keras_name(layer)}/kernel"] = np.asarray(kernel, dtype)
        arrays[f"{keras_name(layer)}/bias"] = np.asarray(bias, dtype)
    write_arrays(path, arrays)


def as_tensors(arrays: Arrays, dtype: str = "float32") -> dict[str, tuple[tf.Tensor, tf.Tensor]]:
    """The arrays as constants of `dtype`, ready for `vgg.features`."""
    return {layer: (tf.cast(kernel, dtype), tf.cast(bias, dtype)) for layer, (kernel, bias) in arrays.items()}
