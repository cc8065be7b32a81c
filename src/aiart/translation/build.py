"""The networks that the settings of a training ask for."""

from __future__ import annotations

import keras

from aiart.networks.normalization import Norm
from aiart.networks.patchgan import PatchGAN
from aiart.networks.precision import resolve_precision
from aiart.networks.resnet import ResNetGenerator
from aiart.networks.unet import UNet
from aiart.params.cyclegan import CycleGAN
from aiart.params.pix2pix import Pix2Pix
from aiart.params.training import Training


def build_generator(settings: Pix2Pix | CycleGAN, seed: int) -> keras.Model:
    """A U-Net for Pix2Pix, a residual network for CycleGAN, with fresh weights derived from `seed`."""
    shared = {
        "width": settings.generator_width,
        "upsampling": settings.upsampling,
        "norm": _norm(settings),
        "seed": seed,
        "dtype": _policy(settings),
    }
    if isinstance(settings, Pix2Pix):
        return UNet(settings.image_side, dropout=settings.dropout, **shared)
    return ResNetGenerator(blocks=settings.residual_blocks, **shared)


def build_discriminator(settings: Training, channels: int, seed: int) -> keras.Model:
    """A PatchGAN for pictures of so many channels: 3, or 6 for a pair of pictures.

    Raises UserError when its receptive field leaves no logit of pictures of `image_side`.
    """
    judge = PatchGAN(
        settings.receptive_field,
        channels=channels,
        width=settings.discriminator_width,
        norm=_norm(settings),
        seed=seed,
        dtype=_policy(settings),
    )
    judge.logits_side(settings.image_side)  # raises when there is none
    return judge


def _norm(settings: Training) -> Norm:
    return Norm(settings.norm, settings.norm_epsilon, settings.norm_affine, settings.norm_momentum)


def _policy(settings: Training) -> str:
    return "mixed_bfloat16" if resolve_precision(settings.precision) == "bfloat16" else "float32"
