"""Parameters of CycleGAN."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from aiart.params.base import Count, Line, Name, NonNegative, Paragraph
from aiart.params.feature_networks import NETWORKS
from aiart.params.patchgan import head_side
from aiart.params.training import INSTANCE_PYTORCH, INSTANCE_TFA, INSTANCE_TORCH, KIDS, Training, TrainingRoom


class CycleGAN(Training):
    """Image-to-image translation without pairs (Zhu et al. 2017)."""

    presets = {"documents": INSTANCE_TFA, "paper": INSTANCE_TORCH, "pytorch": INSTANCE_PYTORCH}

    loss_names = (
        "generators", "gan_to_b", "gan_to_a", "cycle_a", "cycle_b", "identity_a", "identity_b",
        "discriminator_a", "discriminator_b", "discriminator_accuracy",
    )  # fmt: skip
    generator = "resnet"
    weights_mb = 700
    translation_bytes = 25

    preset: Literal["documents", "paper", "pytorch"] = "documents"
    """Convention of instance norm: `documents` as in tensorflow-addons, `paper` as in the authors' Torch code,
    `pytorch` as in their PyTorch code."""
    lambda_a: NonNegative = 10.0
    """Weight of the cycle a → b → a."""
    lambda_b: NonNegative = 10.0
    """Weight of the cycle b → a → b."""
    lambda_identity: NonNegative = 0.5
    """Weight of the identity loss as a fraction of the cycle weights; 0 for none."""
    pool_capacity: Annotated[int, Field(ge=0, le=10_000)] = 50
    """Earlier fakes of each domain that the discriminators also see; 0 for none."""
    identity_start: bool = False
    """Whether generators make what is added to their picture, at first nothing, instead of a new one: they begin as the
    identity, so that no step is spent on learning to copy (White-box Cartoonization and UVCGAN train them to copy
    first)."""
    discriminator: Literal["patchgan", "features"] = "patchgan"
    """What tells real from made: a `patchgan` on pixels (the paper), or small ones on the `features` of a frozen
    network (Projected GANs, Sauer et al. 2021), which learn in minutes."""
    downsamplings: Literal[1, 2] = 2
    """Times that generators halve the picture before their residual blocks, each of which doubles the channels: 2 in
    the paper; 1 keeps the grain of small pictures, and sees half as far."""
    blocks: Annotated[Count, Field(le=64)] | None = None
    """Residual blocks of the generators; without a value 6 up to 128 px and 9 above."""

    @model_validator(mode="after")
    def _penalty_has_its_critic(self):
        if self.gan_loss == "wgan_gp" and self.discriminator == "features":
            raise ValueError("gan_loss is wgan_gp, which needs discriminator patchgan; change one of them")
        return self

    @model_validator(mode="after")
    def _layers_have_room(self):
        if self.uses_features:
            for layer in NETWORKS[self.feature_network].layers:
                needed = head_side(layer.stride)
                if layer.name in self.loss_layers and self.image_side < needed:
                    raise ValueError(
                        f"feature_layers: {layer.name} needs pictures of {needed} px to tell real from made, but "
                        f"image_side is {self.image_side}; raise it or name earlier layers"
                    )
        return self

    @property
    def uses_features(self) -> bool:
        return self.discriminator == "features"

    @property
    def directions(self) -> tuple[str, ...]:
        return ("a_to_b", "b_to_a")

    @property
    def residual_blocks(self) -> int:
        return self.blocks or (6 if self.image_side <= 128 else 9)


class CycleGANRun(CycleGAN):
    """One training of the gallery: settings, and the name of an unpaired dataset."""

    dataset: Name
    """`synthetic_paintings`, a dataset of `aiart fetch --list`, or a folder of yours in data/own/datasets."""
    title: Line = "CycleGAN"
    """Printed over the grid."""
    caption: Paragraph = ""
    """Printed under the grid, before what was measured."""
    domains: Annotated[list[Line], Field(min_length=2, max_length=2)] = ["A", "B"]
    """What the grid calls the two domains."""


class CycleGANRoom(TrainingRoom):
    """Every training without pairs."""

    key = "cyclegan"
    title = "CycleGAN"
    settings_model = CycleGAN
    item_model = CycleGANRun
    dataset_kind = "unpaired"
    headline = tuple(f"{way}.{figure}" for figure in (*KIDS, "truth_l1") for way in ("a_to_b", "b_to_a"))
    losses = (*CycleGAN.loss_names, "validation")
    curve = ("step", "generators", "loss of the generators")
