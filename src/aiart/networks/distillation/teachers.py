"""The networks that a student learns from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import tensorflow as tf

from aiart.errors import UserError
from aiart.networks import googlenet
from aiart.networks.precision import resolve_precision
from aiart.networks.registry import FeatureNetwork, load_network
from aiart.params.networks import GOOGLENET, Teacher

Features = dict[str, tf.Tensor]


def load_teachers(
    teachers: Sequence[Teacher],
    layers: Sequence[str],
    *,
    known: Sequence[str],
    vgg19_weights: str | None,
    precision: str,
) -> tuple[Callable[[tf.Tensor], Features], list[str]]:
    """A function from pictures (batch, height, width, 3; RGB 0..255) to target features by student layer,
    and the layers among `layers` that it teaches, shallow first. known: all of the student's layers, shallow first.

    Raises UserError for a teacher that cannot be read or lacks a layer, and when a layer has no teacher.
    """
    functions, taught = [], set()
    for teacher in teachers:
        pairs = teacher.layers or {layer: layer for layer in known}
        pairs = {ours: theirs for ours, theirs in pairs.items() if ours in layers and ours not in taught}
        taught |= set(pairs)
        if not pairs:
            continue
        if teacher.network == GOOGLENET:
            functions.append(_googlenet(teacher.weights, pairs, precision))
        elif teacher.is_vgg:
            functions.append(_vgg(teacher.network, teacher.weights or vgg19_weights, pairs, precision))
        else:
            functions.append(_saved_model(teacher.network, pairs))
    missing = [layer for layer in layers if layer not in taught]
    if missing:
        raise UserError(
            f"distill.teachers: no teacher has {missing[0]}; add one, or leave its block out of distill.phases."
        )

    def teach(image: tf.Tensor) -> Features:
        return {name: target for function in functions for name, target in function(image).items()}

    return teach, [layer for layer in known if layer in taught]


def _vgg(name: str, path: str | None, pairs: dict[str, str], precision: str) -> Callable[[tf.Tensor], Features]:
    return _renamed(load_network(name, list(pairs.values()), weights=path, padding="zero", precision=precision), pairs)


def _googlenet(path: str, pairs: dict[str, str], precision: str) -> Callable[[tf.Tensor], Features]:
    layers = list(pairs.values())
    return _renamed(
        googlenet.load(Path(path), layers, preprocessing="caffe", precision=resolve_precision(precision)), pairs
    )


def _renamed(network: FeatureNetwork, pairs: dict[str, str]) -> Callable[[tf.Tensor], Features]:
    def function(image):
        found = network(image, list(pairs.values()))
        return {ours: found[theirs] for ours, theirs in pairs.items()}

    return function


def _saved_model(path: str, pairs: dict[str, str]) -> Callable[[tf.Tensor], Features]:
    if not (Path(path) / "saved_model.pb").is_file():
        raise UserError(f"{path}: is not a TensorFlow SavedModel; give `vgg19` or the folder of one.")
    try:
        signatures = tf.saved_model.load(path).signatures
    except (OSError, tf.errors.OpError) as error:
        raise UserError(f"{path}: cannot be read as a TensorFlow SavedModel ({error}); export it again.") from error
    if "serving_default" not in signatures:
        raise UserError(f"{path}: has no signature serving_default; export it with one.")
    signature = signatures["serving_default"]
    outputs = signature.structured_outputs
    for theirs in pairs.values():
        if theirs not in outputs:
            raise UserError(f"{path}: returns no feature map {theirs}; it has {', '.join(sorted(outputs))}.")
    argument = next(iter(signature.structured_input_signature[1]))

    def function(image):
        found = signature(**{argument: image})
        return {ours: found[theirs] for ours, theirs in pairs.items()}

    return function
