"""Parameters of Pix2Pix and CycleGAN: networks, objective, schedule and how the job runs."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from aiart.params.base import Count, Name, NonNegative, Positive, Settings
from aiart.params.layers import check_layers, network_layers

Fraction = Annotated[float, Field(ge=0, lt=1)]
# 286 px are loaded for a crop of 256 px in both papers.
LOAD_RATIO = 286 / 256

INSTANCE_TFA = {"norm": "instance", "norm_epsilon": 1e-3, "norm_affine": True}
INSTANCE_TORCH = {"norm": "instance", "norm_epsilon": 1e-5, "norm_affine": True}
INSTANCE_PYTORCH = {"norm": "instance", "norm_epsilon": 1e-5, "norm_affine": False}
BATCH_TORCH = {"norm": "batch", "norm_epsilon": 1e-5, "norm_affine": True}


class Training(Settings):
    """What both methods share."""

    presets: ClassVar[dict[str, dict[str, Any]]]
    """Settings that a preset stands for; a setting given beside it wins."""

    image_side: Annotated[int, Field(ge=16, le=1024, multiple_of=4)] = 256
    """Side in pixels of the square pictures that the networks are trained on."""
    load_side: Annotated[int, Field(ge=16)] | None = None
    """Side that pictures are resized to before a random crop of `image_side`; 286/256 of it without a value."""
    flip: bool = True
    """Whether half of the training pictures are mirrored."""
    picture_limit: Count | None = None
    """Train on so many pictures (of each domain) only; all without a value."""
    batch: Count = 1
    """Pictures in a step, over all devices."""
    epochs: Count = 200
    """Passes over the training pictures."""
    decay_epochs: Annotated[int, Field(ge=0)] = 100
    """The last so many epochs, over which both learning rates fall to zero, once per epoch; 0 keeps them."""
    decay: Literal["linear", "cosine"] = "linear"
    """The form of that fall."""

    gan_loss: Literal["least_squares", "vanilla", "hinge", "wgan_gp"] = "least_squares"
    """Adversarial loss: `least_squares` (LSGAN), `vanilla` (cross-entropy), `hinge`, `wgan_gp`."""
    gradient_penalty_weight: NonNegative = 10.0
    """Weight of the gradient penalty of `wgan_gp`; without effect for the others."""
    generator_learning_rate: Positive = 2e-4
    """Adam's rate for the generator(s)."""
    discriminator_learning_rate: Positive = 2e-4
    """Adam's rate for the discriminator(s)."""
    beta_1: Fraction = 0.5
    """Adam's decay rate of the mean of gradients."""
    beta_2: Fraction = 0.999
    """Adam's decay rate of the mean of squared gradients."""

    generator_width: Count = 64
    """Channels of the generator's first layer (`ngf`); deeper layers are multiples of it."""
    discriminator_width: Count = 64
    """Channels of the discriminator's first layer (`ndf`)."""
    receptive_field: Literal[1, 16, 34, 70, 142, 286] = 70
    """Side in pixels of the patches that the discriminator judges."""
    upsampling: Literal["transposed", "resize"] = "transposed"
    """`transposed` convolutions (both papers), or `resize` by nearest neighbours and convolve, which leaves no
    checkerboard."""
    norm: Literal["instance", "batch", "none"] = "instance"
    """Normalisation layers."""
    norm_epsilon: Annotated[float, Field(ge=1e-5, le=1e-1)] = 1e-3
    """Added to the variance: 1e-3 in tensorflow-addons, 1e-5 in Torch and PyTorch."""
    norm_affine: bool = True
    """Whether normalisation layers learn a scale and an offset."""
    norm_momentum: Fraction = 0.9
    """Weight of the past in the running statistics of batch norm (Torch's momentum 0.1)."""

    keep: Literal["last", "best"] = "last"
    """Which weights become the model: those of the last step, or those of the best validation."""
    validate_every: Annotated[int, Field(ge=0)] = 10
    """Epochs between validations on held-out pictures; 0 for none."""
    samples: Annotated[int, Field(ge=0, le=16)] = 8
    """Pictures of the making, evenly spread over the training; each shows `sample_pictures` held-out pictures."""
    sample_pictures: Annotated[int, Field(ge=1, le=16)] = 4
    """Held-out pictures in each of them."""
    log_every: Count = 50
    """Steps over which the losses of one row of the history are averaged."""
    checkpoint_every: Count = 500
    """Steps between checkpoints, from which a killed job goes on."""

    threads: Count = 2
    """Threads of the computation on a CPU. Fixed here because their number changes the last bits."""
    devices: Annotated[int, Field(ge=1, le=16)] = 1
    """GPUs that share a batch, where there are GPUs; `batch` must be a multiple of it. Without any
    GPU the CPU computes alone."""
    precision: Literal["auto", "float32", "bfloat16"] = "float32"
    """Arithmetic of the networks; `auto` is bfloat16 where the hardware computes it natively, so it can change
    the result between machines. Variables, losses and optimiser are always float32."""
    jit_compile: bool = False
    """Compile the step with XLA: worth it on a GPU, slower on a CPU."""

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        preset = values.get("preset", cls.model_fields["preset"].default)
        return {**cls.presets.get(preset, {}), **values} if isinstance(preset, str) else values

    @model_validator(mode="after")
    def _settings_fit(self):
        if self.load_side is not None and self.load_side < self.image_side:
            raise ValueError(
                f"load_side is {self.load_side}, smaller than image_side {self.image_side}; raise it or leave it out"
            )
        if self.keep == "best" and not self.validate_every:
            raise ValueError("keep is best, but validate_every is 0; set it to the epochs between validations")
        if self.decay_epochs > self.epochs:
            raise ValueError(f"decay_epochs is {self.decay_epochs}, more than epochs {self.epochs}; lower it")
        if self.batch % self.devices:
            raise ValueError(f"batch is {self.batch}, no multiple of devices {self.devices}; change one of them")
        return self

    @property
    def loaded_side(self) -> int:
        """Side that pictures are resized to before the crop."""
        return self.load_side or round(self.image_side * LOAD_RATIO)


class Pix2Pix(Training):
    """Image-to-image translation from pairs (Isola et al. 2017)."""

    presets = {
        "documents": {**INSTANCE_TFA, "gan_loss": "least_squares"},
        "paper": {**BATCH_TORCH, "gan_loss": "vanilla"},
        "pytorch": {**INSTANCE_PYTORCH, "gan_loss": "least_squares"},
    }

    preset: Literal["documents", "paper", "pytorch"] = "documents"
    """`documents`: instance norm as in tensorflow-addons and least squares; `paper`: batch norm and
    cross-entropy; `pytorch`: instance norm as in PyTorch and least squares."""
    direction: Literal["a_to_b", "b_to_a"] = "b_to_a"
    """What becomes what; in side-by-side pictures the left half is a. Facades are photograph | labels, so that
    `b_to_a` makes photographs."""
    lambda_l1: NonNegative = 100.0
    """Weight of the mean absolute difference from the true picture."""
    gan_weight: NonNegative = 1.0
    """Weight of the adversarial loss in the generator's objective; 0 trains on L1 alone."""
    dropout: Fraction = 0.5
    """Dropout rate of the generator's first three decoder layers."""
    update: Literal["simultaneous", "discriminator_first"] = "simultaneous"
    """`simultaneous`: both networks learn from the same passes (TensorFlow's tutorial; fastest);
    `discriminator_first`: the generator meets the updated discriminator (the papers' code)."""

    @model_validator(mode="after")
    def _something_to_learn(self):
        if not self.lambda_l1 and not self.gan_weight:
            raise ValueError("lambda_l1 and gan_weight are both 0, so that nothing is learnt; raise one of them")
        return self

    @model_validator(mode="after")
    def _side_is_a_power_of_two(self):
        if self.image_side & (self.image_side - 1):
            raise ValueError(
                f"image_side is {self.image_side}, but the U-Net halves it down to 1; use a power of two such as 128"
            )
        return self


class CycleGAN(Training):
    """Image-to-image translation without pairs (Zhu et al. 2017)."""

    presets = {"documents": INSTANCE_TFA, "paper": INSTANCE_TORCH, "pytorch": INSTANCE_PYTORCH}

    preset: Literal["documents", "paper", "pytorch"] = "documents"
    """Convention of instance norm: `documents` as in tensorflow-addons, `paper` as in the authors' Torch code,
    `pytorch` as in their PyTorch code."""
    lambda_a: NonNegative = 10.0
    """Weight of the cycle a → b → a."""
    lambda_b: NonNegative = 10.0
    """Weight of the cycle b → a → b."""
    lambda_identity: NonNegative = 0.5
    """Weight of the identity loss as a fraction of the cycle weights; 0 for none."""
    pool_capacity: Annotated[int, Field(ge=0)] = 50
    """Earlier fakes of each domain that the discriminators also see; 0 for none."""
    blocks: Count | None = None
    """Residual blocks of the generators; without a value 6 up to 128 px and 9 above."""

    @property
    def residual_blocks(self) -> int:
        return self.blocks or (6 if self.image_side <= 128 else 9)


class Pix2PixRun(Pix2Pix):
    """One training of the gallery: settings, and the name of a paired dataset."""

    dataset: Name
    """`synthetic_facades`, a dataset of `aiart fetch --list`, or a folder of yours in data/datasets."""
    title: str = "Pix2Pix"
    """Printed over the grid."""
    caption: str = ""
    """Printed under the grid, before what was measured."""


class CycleGANRun(CycleGAN):
    """One training of the gallery: settings, and the name of an unpaired dataset."""

    dataset: Name
    """`synthetic_paintings`, a dataset of `aiart fetch --list`, or a folder of yours in data/datasets."""
    title: str = "CycleGAN"
    """Printed over the grid."""
    caption: str = ""
    """Printed under the grid, before what was measured."""
    domains: Annotated[list[str], Field(min_length=2, max_length=2)] = ["A", "B"]
    """What the grid calls the two domains."""


class Evaluation(Settings):
    """How trained models are judged and shown. Changing it trains nothing again."""

    network: Literal["vgg19_slim", "vgg19", "inception_v3"] = "vgg19_slim"
    """Feature network of the KID and FID. `inception_v3` is the field's, a download of 88 MB."""
    layer: Name | None = None
    """Its layer, averaged over the picture; without a value conv4_3, or mixed10 of inception_v3."""
    pictures: Annotated[int, Field(ge=1, le=32)] = 4
    """Held-out pictures in the grid."""
    picture_limit: Count | None = None
    """Judge by so many held-out pictures only; all without a value."""
    dropout: bool = True
    """Whether dropout stays on when a Pix2Pix model is used, as in the paper."""

    @model_validator(mode="after")
    def _layer_is_the_network_s(self):
        if self.layer:
            try:
                check_layers(self.layer, network_layers(self.network))
            except ValueError as error:
                raise ValueError(f"layer: {error}") from None
        return self
