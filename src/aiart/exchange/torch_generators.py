"""The generators of junyanz/pytorch-CycleGAN-and-pix2pix (`models/networks.py`) as generators of ours.

Their weights alone say which they are: a residual network begins with a 7 × 7 convolution, a U-Net with a 4 × 4 one,
and the other numbers are shapes. Kernels are (out, in, height, width), of transposed convolutions (in, out, height,
width); both become Keras's by the same turn of axes. Convolutions have a bias where the norm is instance norm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aiart.networks.arrays import ArraysError
from aiart.translation.architecture import Architecture

EPSILON = 1e-5
DROPOUT = 0.5
# U-Nets of their code have five levels of their own, and between them as many with dropout as it takes.
LEVELS_WITHOUT_DROPOUT = 5


@dataclass
class Convolution:
    """A convolution with the norm behind it. norm: `weight`, `bias`, `running_mean`, `running_var`, as far as there."""

    name: str
    kernel: np.ndarray
    bias: np.ndarray | None = None
    norm: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Generator:
    """A generator in the terms of ours. network: `resnet` or `unet`, as settings of trainings name it.
    variables: by the path of each, such as `first/kernel`. remarks: what of the file is left out, as sentences."""

    network: str
    settings: dict[str, Any]
    architecture: Architecture
    variables: dict[str, np.ndarray]
    remarks: tuple[str, ...] = ()


def generator_of(state_dict: dict[str, np.ndarray]) -> Generator:
    """Raises ArraysError, as a clause, for weights that are no generator of theirs from RGB to RGB."""
    layers = list(_convolutions(state_dict))
    if not layers or layers[0].kernel.ndim != 4:
        raise ArraysError("they begin with no convolution")
    side = layers[0].kernel.shape[2]
    if side not in (4, 7):
        raise ArraysError(f"they begin with a convolution of {side} × {side}, which neither of their generators does")
    return _residual(layers) if side == 7 else _unet(layers)


def _convolutions(state_dict: dict[str, np.ndarray]) -> Iterator[Convolution]:
    """In the order in which a picture meets them, which is that of the numbers in their names."""
    modules: dict[tuple[str, ...], dict[str, np.ndarray]] = {}
    for name, array in state_dict.items():
        *path, leaf = name.split(".")
        if leaf not in ("weight", "bias", "running_mean", "running_var", "num_batches_tracked"):
            raise ArraysError(f"{name[:80]} is none of a generator's")
        if not np.isfinite(array).all():
            raise ArraysError(f"{name[:80]} holds numbers that are not finite")
        modules.setdefault(tuple(path), {})[leaf] = array
    current = None
    for path in sorted(modules, key=_numbers):
        module = modules[path]
        module.pop("num_batches_tracked", None)
        if "weight" in module and module["weight"].ndim > 1:
            if current:
                yield current
            current = Convolution(".".join(path), module["weight"], module.get("bias"))
        elif current is None or current.norm:
            raise ArraysError(f"{'.'.join(path)[:80]} follows no convolution")
        else:
            current.norm = module
    if current:
        yield current


def _numbers(path: tuple[str, ...]) -> list[int]:
    return [int(part) if re.fullmatch("[0-9]{1,4}", part) else -1 for part in path]


def _residual(layers: list[Convolution]) -> Generator:
    width, blocks = layers[0].kernel.shape[0], (len(layers) - 6) // 2
    if len(layers) < 8 or len(layers) % 2:
        raise ArraysError(f"{len(layers)} convolutions are not those of a residual generator")
    names = ["first", "down_1", "down_2"]
    names += [f"block_{number}_{part}" for number in range(1, blocks + 1) for part in "ab"] + ["up_2", "up_1", "head"]
    inner = [(4 * width, 4 * width, 3, 3)] * (2 * blocks)
    shapes = [(width, 3, 7, 7), (2 * width, width, 3, 3), (4 * width, 2 * width, 3, 3), *inner]
    shapes += [(4 * width, 2 * width, 3, 3), (2 * width, width, 3, 3), (3, width, 7, 7)]
    _check_shapes(layers, shapes)
    norm = _norm(layers[1:-1])
    variables: dict[str, np.ndarray] = {}
    for name, layer in zip(names, layers, strict=True):
        transposed = name.startswith("up")
        # Turned by 180°, as the picture is (`ResNetGenerator`).
        _add(variables, name, layer, layer.kernel[:, :, ::-1, ::-1], norm, normed=name != "head", transposed=transposed)
    # A layer of dropout moves the second convolution of a block from 5 to 6.
    dropout = layers[4].name.endswith(".6")
    return Generator(
        "resnet",
        {"generator_width": width, "blocks": blocks, "image_side": 256, **norm},
        Architecture(padding="torch"),
        variables,
        ("The dropout in its blocks, which the weights were trained with, is left out.",) if dropout else (),
    )


def _unet(layers: list[Convolution]) -> Generator:
    width, depth = layers[0].kernel.shape[0], len(layers) // 2
    if len(layers) % 2 or not LEVELS_WITHOUT_DROPOUT <= depth <= 10:
        raise ArraysError(f"{len(layers)} convolutions are not those of a U-Net for pictures of 32 to 1024 px")
    channels = [width * min(2**level, 8) for level in range(depth)]
    shapes = [(after, before, 4, 4) for before, after in zip([3, *channels], channels, strict=False)]
    before = channels[-1]
    for after in reversed([3, *channels[:-1]]):
        shapes.append((before, after, 4, 4))
        before = 2 * after
    _check_shapes(layers, shapes)
    norm = _norm([*layers[1 : depth - 1], *layers[depth:-1]])
    variables: dict[str, np.ndarray] = {}
    for level, layer in enumerate(layers[:depth]):
        _add(variables, f"encoder_{level + 1}", layer, layer.kernel, norm, normed=0 < level < depth - 1)
    for level, layer in enumerate(layers[depth:]):
        kernel = layer.kernel
        if level:  # they join what was skipped and what comes up, in this order; here it is the other one
            kernel = np.roll(kernel, len(kernel) // 2, axis=0)
        name = "head" if level == depth - 1 else f"decoder_{level + 1}"
        _add(variables, name, layer, kernel, norm, normed=name != "head", transposed=True)
    side = 2**depth
    return Generator(
        "unet",
        # Unlike ours and those of their Torch code, the innermost layer has no dropout.
        {"generator_width": width, "image_side": side, "dropout": DROPOUT, **_patches(side), **norm},
        Architecture(dropout_layers=tuple(range(2, depth - LEVELS_WITHOUT_DROPOUT + 2))),
        variables,
    )


def _patches(side: int) -> dict[str, int]:
    """The settings need a discriminator, which is not imported; theirs by default has patches of 70 px."""
    return {"receptive_field": 70 if side >= 64 else 16}


def _check_shapes(layers: list[Convolution], expected: list[tuple[int, ...]]) -> None:
    for layer, shape in zip(layers, expected, strict=True):
        if layer.kernel.shape != shape:
            raise ArraysError(
                f"{layer.name[:80]} has the shape {layer.kernel.shape}, where their generator has {shape}"
            )


def _norm(layers: list[Convolution]) -> dict[str, Any]:
    """The settings of the norm behind these layers. Statistics that instance norm kept are not used by their test
    either, which normalises each picture by its own."""
    bias = layers[0].bias is not None
    affine = "weight" in layers[0].norm
    kind = "instance" if bias else "batch" if layers[0].norm else "none"
    for layer in layers:
        if (layer.bias is not None) != bias or ("weight" in layer.norm) != affine:
            raise ArraysError(f"{layer.name[:80]} has not the same norm as the others")
    return {"norm": kind, "norm_epsilon": EPSILON, "norm_affine": affine or kind == "none"}


def _add(
    variables: dict[str, np.ndarray],
    name: str,
    layer: Convolution,
    kernel: np.ndarray,
    norm: dict[str, Any],
    *,
    normed: bool,
    transposed: bool = False,
) -> None:
    """The variables of one of our layers and of its norm."""
    channels = kernel.shape[1 if transposed else 0]
    zeros, ones = np.zeros(channels), np.ones(channels)
    vectors: dict[str, np.ndarray] = {}
    if name == "head" or norm["norm"] != "batch":
        vectors["/bias"] = zeros if layer.bias is None else layer.bias
    if normed and norm["norm"] != "none" and norm["norm_affine"]:
        vectors["_norm/gamma"], vectors["_norm/beta"] = layer.norm["weight"], layer.norm.get("bias", zeros)
    if normed and norm["norm"] == "batch":
        vectors["_norm/moving_mean"] = layer.norm.get("running_mean", zeros)
        vectors["_norm/moving_variance"] = layer.norm.get("running_var", ones)
    if any(vector.shape != (channels,) for vector in vectors.values()):
        raise ArraysError(f"{layer.name[:80]} or the norm behind it has other numbers than channels")
    variables[f"{name}/kernel"] = kernel.transpose(2, 3, 1, 0)
    variables.update({name + part: vector for part, vector in vectors.items()})
