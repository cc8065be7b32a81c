"""Parameters that every trained method has: networks, objective, schedule, how the job runs, and the evaluation."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from aiart.errors import UserError
from aiart.params.base import MANY, Count, Name, Names, NonNegative, Positive, Settings
from aiart.params.feature_networks import (
    DEFAULT_JUDGES,
    DEFAULT_NETWORK,
    JUDGEMENT_NETWORKS,
    LOSS_NETWORKS,
    NETWORKS,
    choices,
)
from aiart.params.layers import check_layers
from aiart.params.patchgan import logits_side
from aiart.params.rooms import Room

Fraction = Annotated[float, Field(ge=0, lt=1)]
# 286 px are loaded for a crop of 256 px in both papers.
LOAD_RATIO = 286 / 256

INSTANCE_TFA = {"norm": "instance", "norm_epsilon": 1e-3, "norm_affine": True}
INSTANCE_TORCH = {"norm": "instance", "norm_epsilon": 1e-5, "norm_affine": True}
INSTANCE_PYTORCH = {"norm": "instance", "norm_epsilon": 1e-5, "norm_affine": False}
BATCH_TORCH = {"norm": "batch", "norm_epsilon": 1e-5, "norm_affine": True}


class Training(Settings):
    """What all trained methods share."""

    presets: ClassVar[dict[str, dict[str, Any]]]
    """Settings that a preset stands for; a setting given beside it wins."""
    loss_names: ClassVar[tuple[str, ...]]
    """What a training step returns and a row of the history holds; the first is the generators' whole objective."""
    generator: ClassVar[Literal["unet", "resnet"] | None] = None
    """What translates, where it is a network that `aiart import` and `aiart export` know."""
    weights_mb: ClassVar[int]
    """Memory of all weights with their moments and a checkpoint, at the published widths."""
    translation_bytes: ClassVar[int]
    """Bytes for each pixel and channel of the first layer that a translation takes at its peak, in float32."""

    image_side: Annotated[int, Field(ge=16, le=1024, multiple_of=4)] = 256
    """Side in pixels of the square pictures that the networks are trained on."""
    load_side: Annotated[int, Field(ge=16, le=4096)] | None = None
    """Side that pictures are resized to before a random crop of `image_side`; 286/256 of it without a value."""
    flip: bool = True
    """Whether half of the training pictures are mirrored."""
    picture_limit: Annotated[Count, Field(le=10_000_000)] | None = None
    """Train on so many pictures (of each domain) only; all without a value."""
    batch: Annotated[Count, Field(le=4096)] = 1
    """Pictures in a step, over all devices."""
    epochs: Annotated[Count, Field(le=100_000)] = 200
    """Passes over the training pictures."""
    decay_epochs: Annotated[int, Field(ge=0, le=100_000)] = 100
    """The last so many epochs, over which both learning rates fall to zero, once per epoch; 0 keeps them."""
    decay: Literal["linear", "cosine"] = "linear"
    """The form of that fall."""

    gan_loss: Literal["least_squares", "vanilla", "hinge", "wgan_gp"] = "least_squares"
    """Adversarial loss: `least_squares` (LSGAN), `vanilla` (cross-entropy), `hinge`, `wgan_gp`."""
    gradient_penalty_weight: NonNegative = 10.0
    """Weight of the gradient penalty of `wgan_gp`; without effect for the others."""
    generator_learning_rate: Annotated[Positive, Field(le=100)] = 2e-4
    """Adam's rate for the generator(s)."""
    discriminator_learning_rate: Annotated[Positive, Field(le=100)] = 2e-4
    """Adam's rate for the discriminator(s)."""
    beta_1: Fraction = 0.5
    """Adam's decay rate of the mean of gradients."""
    beta_2: Fraction = 0.999
    """Adam's decay rate of the mean of squared gradients."""

    generator_average: Fraction = 0.0
    """Weight of the past in the average of the generator's weights that is kept as the model (EMA; Yazıcı et al. 2019);
    0 keeps those of a step."""

    generator_width: Annotated[Count, Field(le=512)] = 64
    """Channels of the generator's first layer (`ngf`); deeper layers are multiples of it."""
    discriminator_width: Annotated[Count, Field(le=512)] = 64
    """Channels of the discriminator's first layer (`ndf`)."""
    receptive_field: Literal[1, 16, 34, 70, 142, 286] = 70
    """Side in pixels of the patches that the discriminator judges."""
    upsampling: Literal["transposed", "resize"] = "transposed"
    """`transposed` convolutions (both papers), or `resize` by nearest neighbours and convolve, which leaves no
    checkerboard."""
    norm: Literal["instance", "batch", "none"] = "instance"
    """Normalisation layers; without any, first weights are those of He et al. 2015."""
    norm_epsilon: Annotated[float, Field(ge=1e-5, le=1e-1)] = 1e-3
    """Added to the variance: 1e-3 in tensorflow-addons, 1e-5 in Torch and PyTorch."""
    norm_affine: bool = True
    """Whether normalisation layers learn a scale and an offset."""
    norm_momentum: Fraction = 0.9
    """Weight of the past in the running statistics of batch norm (Torch's momentum 0.1)."""

    feature_network: Annotated[
        Literal[LOSS_NETWORKS],
        Field(description=f"Frozen network over whose features losses are taken: {choices(LOSS_NETWORKS)}"),
    ] = DEFAULT_NETWORK
    feature_layers: Name | Names | None = None
    """Its layers for that; without a value those that `aiart networks` names."""

    keep: Literal["last", "best"] = "last"
    """Which weights become the model: those of the last step, or those of the best validation, for which a tenth of the
    training pictures is set aside unless the dataset has pictures for it."""
    validate_every: Annotated[int, Field(ge=0, le=100_000)] = 10
    """Epochs between validations on held-out pictures; 0 for none."""
    samples: Annotated[int, Field(ge=0, le=16)] = 8
    """Pictures of the making, evenly spread over the training; each shows `sample_pictures` held-out pictures."""
    sample_pictures: Annotated[int, Field(ge=1, le=16)] = 4
    """Held-out pictures in each of them."""
    log_every: Count = 50
    """Steps over which the losses of one row of the history are averaged."""
    checkpoint_every: Count = 500
    """Steps between checkpoints, from which a killed job goes on."""

    threads: Annotated[Count, Field(le=1024)] = 2
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
        try:
            logits_side(self.receptive_field, self.image_side)
        except UserError as error:
            raise ValueError(str(error).rstrip(".")) from None
        return self

    @model_validator(mode="after")
    def _features_are_there(self):
        try:
            check_layers(self.loss_layers, NETWORKS[self.feature_network].layer_names)
        except ValueError as error:
            raise ValueError(f"feature_layers: {error}") from None
        return self

    @property
    def uses_features(self) -> bool:
        """Whether any loss is taken over the features of a frozen network."""
        return False

    @property
    def frozen_network(self) -> str | None:
        """The feature network that the training loads; None where no loss is taken over one."""
        return self.feature_network if self.uses_features else None

    @property
    def loss_layers(self) -> tuple[str, ...]:
        """The layers of the feature network that losses are taken over."""
        if self.feature_layers is None:
            return NETWORKS[self.feature_network].loss_layers
        return (self.feature_layers,) if isinstance(self.feature_layers, str) else tuple(self.feature_layers)

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions, `a_to_b` or `b_to_a`, in which the trained model translates."""
        raise NotImplementedError

    @property
    def training_mb(self) -> int:
        """Memory of a training, measured by benchmarks/training_step.py at the published widths: start-up, weights,
        then bytes for each pixel of a step; for losses over features, those of a generated and of a true picture."""
        weights = int(self.weights_mb * (self.generator_width / 64) ** 2)
        frozen = NETWORKS[self.frozen_network].dream_bytes if self.frozen_network else 0
        return 1500 + weights + (35_000 + 2 * frozen) * self.batch * self.image_side**2 // 10**6

    @property
    def evaluation_mb(self) -> int:
        """Memory of an evaluation."""
        return 2500 + 35 * self.image_side**2 // 1000

    @property
    def loaded_side(self) -> int:
        """Side that pictures are resized to before the crop."""
        return self.load_side or round(self.image_side * LOAD_RATIO)


class Evaluation(Settings):
    """How trained models are judged and shown. Changing it trains nothing again."""

    network: Annotated[
        Literal[JUDGEMENT_NETWORKS] | Annotated[list[Literal[JUDGEMENT_NETWORKS]], Field(max_length=100)],
        Field(description=f"Feature network(s) of the KID and FID: {choices(JUDGEMENT_NETWORKS)}"),
    ] = list(DEFAULT_JUDGES)
    layer: Name | Names | None = None
    """Its layer, averaged over the picture, or theirs in the same order; without a value those that `aiart networks`
    names. Without the network, the first that has it."""
    pictures: Annotated[int, Field(ge=1, le=32)] = 4
    """Held-out pictures in the grid."""
    picture_limit: Annotated[Count, Field(le=10_000_000)] | None = None
    """Judge by so many held-out pictures only; all without a value."""
    dropout: bool = True
    """Whether dropout stays on when a Pix2Pix model is used, as in the paper."""

    @model_validator(mode="before")
    @classmethod
    def _network_of_the_layer(cls, values: Any) -> Any:
        if isinstance(values, dict) and isinstance(values.get("layer"), str) and "network" not in values:
            for network in JUDGEMENT_NETWORKS:
                if values["layer"] in NETWORKS[network].layer_names:
                    return {**values, "network": network}
        return values

    @model_validator(mode="after")
    def _each_network_has_its_layer(self):
        if not self.networks:
            raise ValueError("network: none is named; give at least one")
        if len(set(self.networks)) != len(self.networks):
            raise ValueError("network: a network is named twice; name each once")
        if self.layer is None:
            return self
        layers = [self.layer] if isinstance(self.layer, str) else self.layer
        if len(layers) != len(self.networks):
            raise ValueError(
                f"layer: {len(layers)} for {len(self.networks)} networks; give one for each, or leave it out"
            )
        for network, layer in zip(self.networks, layers, strict=True):
            try:
                check_layers(layer, NETWORKS[network].layer_names)
            except ValueError as error:
                raise ValueError(f"layer: {error}") from None
        return self

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks that judge; the figures of the first have plain names."""
        return (self.network,) if isinstance(self.network, str) else tuple(self.network)

    @property
    def judges(self) -> dict[str, str]:
        """The layer of each network."""
        if self.layer is None:
            return {name: NETWORKS[name].judgement_layer for name in self.networks}
        layers = [self.layer] if isinstance(self.layer, str) else self.layer
        return dict(zip(self.networks, layers, strict=True))


KIDS = ("kid", *(f"kid_{network}" for network in JUDGEMENT_NETWORKS))
"""Names that the KID can have in a judgement: plain by the first network that judges, with the name of any other."""


class TrainingRoom(Room):
    """A method that trains models. Every cell of its sweeps is one training."""

    settings_model: ClassVar[type[Training]]
    dataset_kind: ClassVar[Literal["paired", "unpaired"]]
    """What it is trained on."""

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

    runs: Annotated[dict[Name, dict[str, Any]], Field(max_length=MANY)] = {}
    """Trainings by name: settings that differ from the defaults, and the dataset."""
    evaluation: Evaluation = Evaluation()
    """How the trained models are judged and shown."""
