"""What of a generator's architecture is no setting of a training: how networks that others trained differ from ours."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from aiart.params.base import Settings


class Architecture(Settings):
    """How a generator departs from those that are trained here; see `UNet` and `ResNetGenerator`."""

    padding: Literal["same", "torch"] = "same"
    """At which end of an axis the strided convolutions of a residual generator pad."""
    dropout_layers: Annotated[tuple[Annotated[int, Field(ge=1, le=16)], ...], Field(max_length=16)] = (1, 2, 3)
    """Decoder layers of a U-Net, counted from the innermost, that have dropout."""


OURS = Architecture()
