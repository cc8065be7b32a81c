"""What the rooms that train make: models, their evaluation, and sweeps."""

from __future__ import annotations

from typing import Any

from aiart.params.base import Name
from aiart.params.rooms import Room
from aiart.params.translation import CycleGAN, CycleGANRun, Evaluation, Pix2Pix, Pix2PixRun


class TrainingRoom(Room):
    """A method that trains models. Every cell of its sweeps is one training."""

    kinds = ("runs",)
    firsts = {"input": "input"}
    printed = {
        "dataset": "{}",
        "image_side": "{} px",
        "generator_width": "width {}",
        "epochs": "{} epochs",
        "gan_loss": "{}",
        "norm": "{} norm",
    }

    runs: dict[Name, dict[str, Any]] = {}
    """Trainings by name: settings that differ from the defaults, and the dataset."""
    evaluation: Evaluation = Evaluation()
    """How the trained models are judged and shown."""


class Pix2PixRoom(TrainingRoom):
    """Every training with pairs."""

    key = "pix2pix"
    settings_model = Pix2Pix
    item_model = Pix2PixRun


class CycleGANRoom(TrainingRoom):
    """Every training without pairs."""

    key = "cyclegan"
    settings_model = CycleGAN
    item_model = CycleGANRun
