"""Parameters of Pix2Pix."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from aiart.params.base import Line, Name, NonNegative, Paragraph
from aiart.params.training import BATCH_TORCH, INSTANCE_PYTORCH, INSTANCE_TFA, Fraction, Training, TrainingRoom


class Pix2Pix(Training):
    """Image-to-image translation from pairs (Isola et al. 2017)."""

    presets = {
        "documents": {**INSTANCE_TFA, "gan_loss": "least_squares"},
        "paper": {**BATCH_TORCH, "gan_loss": "vanilla"},
        "pytorch": {**INSTANCE_PYTORCH, "gan_loss": "least_squares"},
    }

    loss_names = (
        "generator",
        "generator_gan",
        "generator_l1",
        "generator_perceptual",
        "discriminator",
        "discriminator_accuracy",
    )
    generator = "unet"
    weights_mb = 1500
    translation_bytes = 8

    preset: Literal["documents", "paper", "pytorch"] = "documents"
    """`documents`: instance norm as in tensorflow-addons and least squares; `paper`: batch norm and
    cross-entropy; `pytorch`: instance norm as in PyTorch and least squares."""
    direction: Literal["a_to_b", "b_to_a"] = "b_to_a"
    """What becomes what; in side-by-side pictures the left half is a. Facades are photograph | labels, so that
    `b_to_a` makes photographs."""
    lambda_l1: NonNegative = 100.0
    """Weight of the mean absolute difference from the true picture."""
    lambda_perceptual: NonNegative = 0.0
    """Weight of the perceptual loss, beside L1: the mean absolute difference from the true picture's features, in
    shares of their mean (Johnson et al. 2016; pix2pixHD, Wang et al. 2018, eq. 5); 0 for none."""
    gan_weight: NonNegative = 1.0
    """Weight of the adversarial loss in the generator's objective; 0 trains on L1 alone."""
    dropout: Fraction = 0.5
    """Dropout rate of the generator's first three decoder layers."""
    update: Literal["simultaneous", "discriminator_first"] = "simultaneous"
    """`simultaneous`: both networks learn from the same passes (TensorFlow's tutorial; fastest);
    `discriminator_first`: the generator meets the updated discriminator (the papers' code)."""

    @property
    def uses_features(self) -> bool:
        return self.lambda_perceptual > 0

    @property
    def directions(self) -> tuple[str, ...]:
        return (self.direction,)

    @model_validator(mode="after")
    def _something_to_learn(self):
        if not (self.lambda_l1 or self.lambda_perceptual or self.gan_weight):
            raise ValueError(
                "lambda_l1, lambda_perceptual and gan_weight are all 0, so that nothing is learnt; raise one of them"
            )
        return self

    @model_validator(mode="after")
    def _side_is_a_power_of_two(self):
        if self.image_side & (self.image_side - 1):
            raise ValueError(
                f"image_side is {self.image_side}, but the U-Net halves it down to 1; use a power of two such as 128"
            )
        return self


class Pix2PixRun(Pix2Pix):
    """One training of the gallery: settings, and the name of a paired dataset."""

    dataset: Name
    """`synthetic_facades`, a dataset of `aiart fetch --list`, or a folder of yours in data/own/datasets."""
    title: Line = "Pix2Pix"
    """Printed over the grid."""
    caption: Paragraph = ""
    """Printed under the grid, before what was measured."""


class Pix2PixRoom(TrainingRoom):
    """Every training with pairs."""

    key = "pix2pix"
    title = "Pix2Pix"
    settings_model = Pix2Pix
    item_model = Pix2PixRun
    dataset_kind = "paired"
    headline = ("l1",)
    losses = (*Pix2Pix.loss_names, "validation")
    curve = ("step", "generator", "loss of the generator")
