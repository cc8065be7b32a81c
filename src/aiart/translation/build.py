"""What the networks of every method have in common, as the settings of a training ask for it."""

from __future__ import annotations

from typing import Any

import keras

from aiart.networks.normalization import Norm
from aiart.networks.patchgan import PatchGAN
from aiart.networks.precision import resolve_precision
from aiart.params.training import Training


def generator_options(settings: Training, seed: int) -> dict[str, Any]:
    """Options of a generator whose fresh weights derive from `seed`."""
    return {
        "width": settings.generator_width,
        "upsampling": settings.upsampling,
        "norm": _norm(settings),
        "seed": seed,
        "dtype": _policy(settings),
    }


def build_discriminator(settings: Training, channels: int, seed: int) -> keras.Model:
    """A PatchGAN for pictures of so many channels: 3, or 6 for a pair of pictures."""
    return PatchGAN(
        settings.receptive_field,
        channels=channels,
        width=settings.discriminator_width,
        norm=_norm(settings),
        seed=seed,
        dtype=_policy(settings),
    )


def _norm(settings: Training) -> Norm:
    return Norm(settings.norm, settings.norm_epsilon, settings.norm_affine, settings.norm_momentum)


def _policy(settings: Training) -> str:
    return "mixed_bfloat16" if resolve_precision(settings.precision) == "bfloat16" else "float32"
