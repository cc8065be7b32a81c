"""What a training is made of, by the name of its method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiart.code_digest import code_digests
from aiart.params import checked
from aiart.params.training import Training
from aiart.translation.methods import METHODS, PARTS, part
from aiart.translation.trainer import Learner, TrainingData


def build_learner(method: str, settings: Training, seed: int, weights: Path | None) -> Learner:
    """What is trained; within the scope of the strategy that trains it. weights: of `settings.frozen_network`."""
    return part(method, "learner").build_learner(settings, seed, weights)


def open_data(method: str, dataset: str | Path, settings: Training, seed: int) -> TrainingData:
    """What it is trained on."""
    return part(method, "data").open_data(dataset, settings, seed)


def begun_with_this_code(begun_with: dict[str, Any]) -> dict[str, Any]:
    """What a training that other code began would be begun with by this one: settings that are new since then have
    their defaults. Raises UserError when a setting may not have its value any more."""
    model = METHODS[begun_with["method"]].settings_model
    known = {name: value for name, value in begun_with["settings"].items() if name in model.model_fields}
    settings = checked(model, known, "the settings that it was begun with")
    return {**begun_with, "settings": settings.model_dump(), "code": code_of(begun_with["method"], settings)}


def code_of(method: str, settings: Training) -> dict[str, str]:
    """Digests of all sources that the steps run."""
    parts = (f"translation.{method}.{name}" for name in PARTS["train"])
    networks = [settings.frozen_network] if settings.frozen_network else []
    return code_digests("translation.begin", "translation.trainer", *parts, "cli.runtime", networks=networks)
