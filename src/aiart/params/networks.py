"""Parameters of the feature networks and of distillation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, create_model, model_validator

from aiart.params.base import Count, FilePath, Name, NonNegative, Positive, Settings
from aiart.params.feature_networks import NETWORKS
from aiart.params.layers import VGG_LAYERS, check_layers

NetworkFiles = create_model(
    "NetworkFiles",
    __base__=Settings,
    __doc__="Your own copy of a network's weights, used instead of the download.",
    **{
        name: (FilePath | None, Field(None, description=f"Path of weights of {name}: {facts.weights_form}."))
        for name, facts in NETWORKS.items()
        if facts.weights
    },
)


# Measured with VGG-19 as the teacher, with some room to spare.
DISTILLATION_BYTES = 4000


class Teacher(Settings):
    """A network to learn from, and which of its layers teaches which of ours."""

    network: FilePath = "vgg19"
    """`vgg19`, or the folder of a TensorFlow SavedModel whose default signature takes RGB 0..255 and returns
    named feature maps."""
    weights: FilePath | None = None
    """Weights file of `vgg19`; without it, the downloaded file."""
    layers: Annotated[dict[Name, Name], Field(max_length=100)] | None = None
    """Student layer: teacher layer. Without it every layer is taught by its namesake (`vgg19` only)."""

    @model_validator(mode="after")
    def _layers_exist(self):
        for ours, theirs in (self.layers or {}).items():
            try:
                check_layers([ours], VGG_LAYERS)
                if self.is_vgg:
                    check_layers([theirs], VGG_LAYERS)
            except ValueError as error:
                raise ValueError(f"layers: {error}") from None
        return self

    @property
    def is_vgg(self) -> bool:
        """Whether it is one of the feature networks that have the student's layers, and no SavedModel."""
        return self.network in NETWORKS and NETWORKS[self.network].layer_names == VGG_LAYERS


class Phase(Settings):
    """One stretch of training; phases go from shallow to deep."""

    blocks: Annotated[list[Annotated[int, Field(ge=1, le=5)]], Field(min_length=1, max_length=5)]
    """Blocks that learn; losses are taken at their layers, and shallower blocks stay as they are."""
    steps: Annotated[Count, Field(le=100_000_000)]
    """Steps of this phase."""
    learning_rate: Positive = 4e-4
    """Adam's rate at the start; it falls to a hundredth along a cosine."""


class Distill(Settings):
    """Training of `vgg19_slim` (linear embedding as in Wang et al., CVPR 2020)."""

    teachers: Annotated[list[Teacher], Field(max_length=20)] = [Teacher()]
    """The networks to learn from. When two teach the same layer, the first one counts."""
    pictures: Annotated[list[FilePath], Field(max_length=1000)] = ["data/photographs", "data/paintings"]
    """Folders of pictures to train on."""
    held_out: Annotated[list[FilePath], Field(max_length=1000)] = []
    """Folders of pictures never trained on; the report's errors are measured on them."""
    phases: Annotated[list[Phase], Field(min_length=1, max_length=100)] = [
        Phase(blocks=[1, 2, 3], steps=9000, learning_rate=4e-4),
        Phase(blocks=[4], steps=2000, learning_rate=1e-3),
        Phase(blocks=[4, 5], steps=3500, learning_rate=1e-3),
    ]
    """What is trained, in order."""
    start: FilePath | None = None
    """Slim weights (.npz) to improve; without them, training starts from a choice of the teacher's channels."""
    batch: Annotated[int, Field(ge=2, le=4096)] = 4
    """Crops per step."""
    painted_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the crops that the student first paints over itself, a few steps along its own gradients. Style
    transfer and Deep Dream find and magnify every direction in which the student errs; this shows it to the
    teacher."""
    crop: Annotated[int, Field(ge=32, le=1024, multiple_of=16)] = 160
    """Side of a crop, in pixels."""
    scale: tuple[Annotated[Positive, Field(le=100)], Annotated[Positive, Field(le=100)]] = (0.5, 1.5)
    """A crop is cut from the picture at a scale drawn from this range."""
    gram_weight: NonNegative = 2.0
    """Weight of the relative Gram-matrix error beside the relative feature error."""
    checkpoint_minutes: Positive = 2
    """Minutes between checkpoints."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Arithmetic of the teachers; the student always learns in float32."""

    @property
    def memory_mb(self) -> int:
        """Memory of a distillation from VGG-19: start, weights and pictures, then bytes for each pixel of a batch."""
        return 2500 + DISTILLATION_BYTES * self.batch * self.crop**2 // 10**6
