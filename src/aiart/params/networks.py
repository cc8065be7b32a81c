"""Parameters of the feature networks and of distillation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, create_model, model_validator

from aiart.params.base import Count, FilePath, Name, NonNegative, Positive, Settings
from aiart.params.feature_networks import DEFAULT_NETWORK, NETWORKS, STUDENT_NETWORKS
from aiart.params.layers import GOOGLENET_LAYERS, VGG_LAYERS, check_layers

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


# The teacher of GoogLeNet's student: a file of one's own, since Caffe's is of a form that is not read here.
GOOGLENET = "googlenet"
# Measured with VGG-19 as the teacher, with some room to spare.
DISTILLATION_BYTES = 4000


class Teacher(Settings):
    """A network to learn from, and which of its layers teaches which of ours."""

    network: FilePath = "vgg19"
    """`vgg19`, `googlenet` (BVLC's, in a file named by `weights`), or the folder of a TensorFlow SavedModel whose
    default signature takes RGB 0..255 and returns named feature maps."""
    weights: FilePath | None = None
    """Weights file: of `vgg19`, without it the downloaded file; of `googlenet`, an `.npz` or `.safetensors` with
    kernels (height, width, in, out) and biases by Caffe's names, `conv1/7x7_s2/kernel` and so on."""
    layers: Annotated[dict[Name, Name], Field(max_length=100)] | None = None
    """Student layer: teacher layer. Without it every layer is taught by its namesake (not by a SavedModel)."""

    @model_validator(mode="after")
    def _layers_exist(self):
        if self.network == GOOGLENET and self.weights is None:
            raise ValueError("weights: name the file of googlenet, which is no download")
        known = self.own_layers
        for ours, theirs in (self.layers or {}).items():
            try:
                check_layers([ours], known if known else (*VGG_LAYERS, *GOOGLENET_LAYERS))
                if known:
                    check_layers([theirs], known)
            except ValueError as error:
                raise ValueError(f"layers: {error}") from None
        return self

    @property
    def is_vgg(self) -> bool:
        """Whether it is one of the feature networks that have the student's layers, and no SavedModel."""
        return self.network in NETWORKS and NETWORKS[self.network].layer_names == VGG_LAYERS

    @property
    def own_layers(self) -> tuple[str, ...]:
        """Its layers, of which the student's have the names; empty for a SavedModel."""
        if self.network == GOOGLENET:
            return GOOGLENET_LAYERS
        return VGG_LAYERS if self.is_vgg else ()


class Phase(Settings):
    """One stretch of training; phases go from shallow to deep."""

    blocks: Annotated[list[Annotated[int, Field(ge=1, le=5)]], Field(min_length=1, max_length=5)]
    """Blocks that learn; losses are taken at their layers, and shallower blocks stay as they are."""
    steps: Annotated[Count, Field(le=100_000_000)]
    """Steps of this phase."""
    learning_rate: Positive = 4e-4
    """Adam's rate at the start; it falls to a hundredth along a cosine."""


class Distill(Settings):
    """Training of a slim network (linear embedding as in Wang et al., CVPR 2020)."""

    student: Annotated[Literal[STUDENT_NETWORKS], Field(description="The network that learns.")] = DEFAULT_NETWORK
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
    """Slim weights (.npz or .safetensors) to improve; without them, training starts from a choice of the
    teacher's channels."""
    start_blocks: Annotated[list[Annotated[int, Field(ge=1, le=5)]], Field(min_length=1, max_length=5)] | None = None
    """The network's first blocks that are taken from `start`, while the others begin anew; without it, all."""
    batch: Annotated[int, Field(ge=2, le=4096)] = 4
    """Crops per step."""
    painted_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of the crops that the student first paints over itself, a few steps along its own gradients. Style
    transfer and Deep Dream find and magnify every direction in which the student errs; this shows it to the
    teacher."""
    dream_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Dreams under way, the teacher's and the student's, that a step learns on besides, as a share of the batch."""
    gradient_weight: NonNegative = 1.5
    """Weight, on those dreams, of 1 − the cosine between the gradients that the student and the teacher dream along."""
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

    @model_validator(mode="after")
    def _student_fits(self):
        facts = NETWORKS[self.student]
        for number, phase in enumerate(self.phases):
            if max(phase.blocks) > facts.blocks:
                raise ValueError(
                    f"phases: number {number + 1} names block {max(phase.blocks)}, but {self.student} has "
                    f"{facts.blocks} blocks; name none above {facts.blocks}"
                )
        if self.start_blocks is not None:
            if self.start is None:
                raise ValueError("start_blocks: there are no weights to take them from; name them in start")
            if sorted(self.start_blocks) != list(range(1, len(self.start_blocks) + 1)) or (
                len(self.start_blocks) > facts.blocks
            ):
                raise ValueError(f"start_blocks: name the first blocks of {self.student}, 1 and so on")
        for number, teacher in enumerate(self.teachers):
            if teacher.own_layers and teacher.own_layers != facts.layer_names:
                raise ValueError(
                    f"teachers: number {number + 1}, {teacher.network}, has not the layers of {self.student}; name "
                    "another teacher or student"
                )
            try:
                check_layers(list(teacher.layers or facts.layer_names), facts.layer_names)
            except ValueError as error:
                raise ValueError(f"teachers: number {number + 1}: {error}") from None
        return self

    @property
    def memory_mb(self) -> int:
        """Memory of a distillation from VGG-19: start, weights and pictures, then bytes for each pixel of a batch."""
        pictures = self.batch * (1 + 2 * self.dream_share)  # dreams are derived twice
        return 2500 + int(DISTILLATION_BYTES * pictures * self.crop**2) // 10**6
