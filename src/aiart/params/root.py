"""The whole of params.yaml."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from aiart.params.base import Count, Settings
from aiart.params.cyclegan import CycleGANRoom
from aiart.params.datasets import SyntheticDatasets
from aiart.params.deep_dream import DeepDreamRoom
from aiart.params.networks import Distill, NetworkFiles
from aiart.params.paintings import StyleTransferRoom
from aiart.params.pix2pix import Pix2PixRoom
from aiart.params.rooms import Room
from aiart.pixel_limit import DEFAULT, MOST


class Inputs(SyntheticDatasets):
    """How the built-in pictures and datasets are made. Your own files go to data/content and data/style."""

    painting_side: Annotated[int, Field(ge=64, le=4096)] = 512
    """Longer side, in pixels, of the paintings that the project paints itself."""


class Params(Settings):
    """params.yaml."""

    seed: Annotated[int, Field(ge=0, lt=2**31)] = 1
    """All randomness derives from this number and the name of the picture or run."""
    max_megapixels: Annotated[int, Field(ge=1, le=MOST)] = DEFAULT
    """The largest picture that is read, in millions of pixels; AIART_MAX_MEGAPIXELS in the environment wins."""
    inputs: Inputs = Inputs()
    """Built-in pictures and datasets."""
    networks: NetworkFiles = NetworkFiles()
    """Weights files of your own."""
    style_transfer: StyleTransferRoom = StyleTransferRoom()
    """Neural style transfer."""
    deep_dream: DeepDreamRoom = DeepDreamRoom()
    """Deep Dream."""
    pix2pix: Pix2PixRoom = Pix2PixRoom()
    """Pix2Pix: translation learnt from pairs."""
    cyclegan: CycleGANRoom = CycleGANRoom()
    """CycleGAN: translation learnt without pairs."""
    distill: Distill = Distill()
    """Training of a slim network (not part of `all`: run `snakemake distill`)."""
    version: Count = 1
    """Version of this file's layout."""

    @model_validator(mode="before")
    @classmethod
    def _keys_that_dvc_sees(cls, values: Any) -> Any:
        refuse_unseen_keys(values)
        return values

    @property
    def rooms(self) -> dict[str, Room]:
        """Every method's room by its key."""
        return {key: getattr(self, key) for key in ROOMS}


ROOMS: dict[str, type[Room]] = {
    key: field.annotation for key, field in Params.model_fields.items() if issubclass(field.annotation, Room)
}
"""The class of every room by its key: who asks what rooms there are asks here."""


def refuse_unseen_keys(values: Any) -> None:
    """ValueError when a key, at any depth, is `size` or `nfiles`: DVC's run cache leaves both out of its hash,
    so that it would bring back results made with another value."""
    if isinstance(values, dict):
        for key, value in values.items():
            if key in ("size", "nfiles"):
                raise ValueError(f"{key} cannot be a key or name here, since DVC overlooks it; choose another name")
            refuse_unseen_keys(value)
    elif isinstance(values, list):
        for value in values:
            refuse_unseen_keys(value)
