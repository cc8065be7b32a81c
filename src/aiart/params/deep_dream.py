"""Parameters of Deep Dream."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from aiart.params.base import (
    MANY,
    NO_STRENGTH,
    Bits,
    Count,
    Fraction,
    KeepProfile,
    Name,
    Names,
    NonNegative,
    Positive,
    Settings,
    Side,
    Strength,
    Weighted,
)
from aiart.params.feature_networks import DEFAULT_DREAMER, DREAM_NETWORKS, NETWORKS, choices
from aiart.params.layers import Layer, check_layers
from aiart.params.load import checked
from aiart.params.rooms import PictureRoom

Channel = Annotated[int, Field(ge=0, le=100_000)]
# A key of params.yaml is text.
ChannelName = Annotated[str, Field(pattern=r"^[0-9]{1,5}$")]
ChannelWeight = Annotated[float, Field(ge=-1000, le=1000)]
Channels = Annotated[list[Channel], Field(max_length=1000)]
WeightedChannels = Annotated[dict[ChannelName, ChannelWeight], Field(max_length=1000)]


# Settings of a step of the pixels, which one of the spectrum does not have.
OF_PIXELS = ("step_size", "gradient_normalization", "smoothing", "laplacian_levels")


class DeepDream(Settings):
    """Gradient ascent on a picture's activations, octave by octave (Mordvintsev, Olah and Tyka 2015)."""

    network: Annotated[
        Literal[DREAM_NETWORKS],
        Field(description=f"{choices(DREAM_NETWORKS)} Without it, the first of them that has the layers."),
    ] = DEFAULT_DREAMER
    long_side: Side = 320
    """Longer side of the picture in pixels. Smaller photographs keep their size."""
    layers: Name | Names | Weighted = NETWORKS[DEFAULT_DREAMER].dream_layers
    """Layer(s) whose activations are to grow; `{layer: weight}` to weigh them. Each is divided by its mean on
    the starting picture, so that equal weights mean equal say. Without it, the one that `aiart networks` names."""
    channel: Channel | Channels | WeightedChannels | None = None
    """One channel of the layers, counted from 0, instead of all; several, `[12, 40]`; or several with weights,
    `{"12": 1, "40": -0.5}`, where those below 0 are suppressed. As the columns of a sweep, `channel: all` is every
    channel of its layer."""
    when_silent: Literal["refuse", "keep"] = "refuse"
    """What happens where nothing that is dreamed of responds to the picture: `refuse` ends with a sentence, `keep`
    leaves the picture as it is and says so, which is for atlases of whole layers."""
    neuron: Annotated[list[Fraction], Field(min_length=2, max_length=2)] | None = None
    """One position of the layers instead of all: `[row, column]` as fractions of the map, 0 to 1."""
    objective: Literal["l2", "mean"] = "l2"
    """`l2`: the mean square of the activations (google/deepdream); `mean`: their mean (TensorFlow's tutorial).
    With a guide picture it has no effect."""
    guide_objective: Literal["match", "caricature"] = "match"
    """With a guide picture, `match`: at each position, the product with the guide's most similar feature from anywhere
    (google/deepdream); `caricature`: that with its feature at the same position, the guide stretched over the picture
    (lucid). With the photograph as its own guide, what the layer sees in it is exaggerated."""
    cosine_power: Annotated[float, Field(ge=0, le=10)] = 2.0
    """For `guide_objective: caricature`: higher powers want the kinds of features that the guide has, rather than more
    of them; 0 for the product alone."""
    octaves: Annotated[Count, Field(le=100)] = 4
    """Sizes that are dreamed at, smallest first. Those too small for the network are left out."""
    octave_scale: Annotated[float, Field(gt=1, le=4)] = 1.4
    """Each octave is so many times larger than the one before."""
    iterations: Annotated[Count, Field(le=100_000)] = 14
    """Steps of gradient ascent in each octave."""
    parametrization: Literal["pixels", "fourier"] = "pixels"
    """What the steps change: `pixels`, or by Adam the spectrum of the picture in decorrelated colours, `fourier`
    (lucid): broad, clear shapes in natural colours, from a photograph and above all from noise."""
    learning_rate: Annotated[float, Field(gt=0, le=10)] = 0.05
    """Adam's, for `parametrization: fourier`."""
    step_size: Positive = 2.0
    """Length of a step in grey levels (0..255): what the gradient's normalised size is multiplied by. Near black and
    white, steps towards them are shorter, so that little is cut off there."""
    gradient_normalization: Literal["mean_abs", "std"] = "mean_abs"
    """What the gradient is divided by: `mean_abs` its mean absolute value (google/deepdream), `std` its
    standard deviation (TensorFlow's tutorial), for which a step is about a fifth shorter."""
    jitter: Annotated[int, Field(ge=0, le=16384)] = 32
    """The picture is rolled by up to so many pixels, differently in every step."""
    random_scale: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    """The network looks at the picture enlarged or reduced by up to this share, differently in every step: 0.1 for
    0.9 to 1.1 (lucid). What only one size or angle would show then does not grow."""
    random_rotation: Annotated[float, Field(ge=0, le=180)] = 0.0
    """It looks at the picture turned by up to so many degrees, to both sides: 10 in lucid."""
    smoothing: Annotated[float, Field(ge=0, le=256)] = 0.0
    """Standard deviation in pixels of a Gaussian that the gradient is smoothed with; 0 for none."""
    laplacian_levels: Annotated[int, Field(ge=0, le=8)] = 1
    """Frequency bands of the gradient that are brought to equal strength, which makes for broader, calmer
    shapes and fuller colours; 0 for none."""
    tv_weight: NonNegative = 0.0
    """Weight of the total variation, in mean grey levels, that is subtracted from the objective."""
    preserve_colours: Literal["none", "luminance"] = "none"
    """`luminance`: the photograph's colours under the dreamed luminance."""
    colour_strength: Strength = 1.0
    start: Literal["picture", "noise"] = "picture"
    """What the dream starts from; `noise` takes only its size from the photograph."""
    tile: Annotated[int, Field(ge=128, le=16384)] | Literal[0, "auto"] = 0
    """Side in pixels of the tiles that larger pictures are cut into, which bounds the memory; 0 for none; `auto` for
    none where the whole picture fits into the memory at hand, else for the largest that do (the record says which)."""
    tile_overlap: Annotated[int, Field(ge=0, le=8192)] | Literal["auto"] = "auto"
    """Pixels that neighbouring tiles share. From twice the layers' receptive field on, tiles change nothing; `auto` is
    that, or half of the tile where it is less, which can take four times as long as few shared pixels."""
    zoom_frames: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Frames of the animation, each dreamed on top of the one before; 0 for none."""
    zoom: Annotated[float, Field(ge=1, le=2)] = 1.05
    """Enlargement from one frame to the next."""
    rotation: Annotated[float, Field(ge=-180, le=180)] = 0.0
    """Degrees, counter-clockwise, by which each frame is turned against the one before."""
    bits: Bits = 8
    keep_profile: KeepProfile = False
    precision: Literal["auto", "float32", "bfloat16"] = "float32"
    """Arithmetic of the network; `auto` is bfloat16 where the hardware computes it natively, so it can change
    the result between machines. Objective and picture are always float32."""

    @model_validator(mode="before")
    @classmethod
    def _network_and_layers(cls, values: Any) -> Any:
        """Of network and layers, the one that is not given follows from the other."""
        if not isinstance(values, dict):
            return values
        if "layers" in values and "network" not in values:
            names = [values["layers"]] if isinstance(values["layers"], str) else values["layers"]
            if isinstance(names, list | dict):
                for network in DREAM_NETWORKS:
                    if any(name in NETWORKS[network].layer_names for name in names):
                        return {**values, "network": network}
        if "network" in values and "layers" not in values and values["network"] in DREAM_NETWORKS:
            return {**values, "layers": NETWORKS[values["network"]].dream_layers}
        return values

    @field_validator("layers")
    @classmethod
    def _some_weight(cls, layers):
        if isinstance(layers, dict) and layers and not any(layers.values()):
            raise ValueError("the weights are all zero; make at least one larger")
        return layers

    @field_validator("channel")
    @classmethod
    def _some_channels(cls, channel):
        if isinstance(channel, list | dict):
            if not channel:
                raise ValueError("no channel is named; give at least one, or null for all")
            if len(set(map(int, channel))) < len(channel):
                raise ValueError("a channel is named twice; name each once")
        if isinstance(channel, dict) and not any(channel.values()):
            raise ValueError("the weights are all zero; make at least one another")
        return channel

    @model_validator(mode="after")
    def _settings_fit(self):
        for name in self.layer_weights:
            for other in DREAM_NETWORKS:
                if name in NETWORKS[other].layer_names and name not in NETWORKS[self.network].layer_names:
                    raise ValueError(
                        f"layers: {name} is a layer of {other}, not of {self.network}; change layers or network"
                    )
        try:
            check_layers(self.layers, NETWORKS[self.network].layer_names)
        except ValueError as error:
            raise ValueError(f"layers: {error}") from None
        for name in ("learning_rate",) if self.parametrization == "pixels" else OF_PIXELS:
            if getattr(self, name) != type(self).model_fields[name].default:
                raise ValueError(
                    f"{name} has no effect with parametrization {self.parametrization}; leave it out or change "
                    "parametrization"
                )
        if self.preserve_colours == "none" and self.colour_strength != 1:
            raise ValueError(NO_STRENGTH)
        if self.guide_objective == "match" and self.cosine_power != type(self).model_fields["cosine_power"].default:
            raise ValueError(
                "cosine_power has no effect with guide_objective match; leave it out or set guide_objective to "
                "caricature"
            )
        numbers = isinstance(self.tile, int) and isinstance(self.tile_overlap, int)
        if numbers and self.tile and self.tile_overlap > self.tile // 2:
            raise ValueError(
                f"tile_overlap is {self.tile_overlap}, more than half of tile {self.tile}; lower it or raise tile"
            )
        if self.tile and self.neuron:
            raise ValueError("neuron and tile exclude each other, since a neuron is in one tile only; set tile to 0")
        return self

    def check_use(self, *, guided: bool, animated: bool) -> None:
        """guided: whether a guide picture goes in. animated: whether a zoom into the dream is written."""
        for name in ("channel", "neuron"):
            if guided and getattr(self, name) is not None:
                raise ValueError(f"guide and {name} exclude each other, since a guide acts on whole layers; remove one")
        if self.guide_objective == "caricature" and not guided:
            raise ValueError(
                "guide_objective is caricature, but there is no guide; name one, which may be the photograph, or leave "
                "guide_objective out"
            )
        for layer in NETWORKS[self.network].layers:
            if layer.name in self.layer_weights:
                self.check_channels(layer.name, layer.channels)
        if animated and not self.zoom_frames:
            raise ValueError("zoom_frames is 0, so that there is no animation; set it to a number above 0")
        if self.zoom_frames and not animated:
            raise ValueError(
                f"zoom_frames is {self.zoom_frames}, but no animation is asked for; ask for one, or set it to 0"
            )

    def check_channels(self, layer: str, count: int) -> None:
        """ValueError where a channel is named that `layer`, of `count` channels, does not have."""
        highest = max(self.channel_weights, default=0)
        if highest >= count:
            raise ValueError(
                f"channel is {highest}, but {layer} of {self.network} has {count} channels; choose 0 to {count - 1}"
            )

    @property
    def overlap(self) -> int:
        """`tile_overlap` in pixels. Not for `tile: auto`, of which the command makes a number."""
        if self.tile_overlap != "auto":
            return self.tile_overlap
        return min(2 * self.deepest_layer.receptive_field, self.tile // 2)

    @property
    def deepest_layer(self) -> Layer:
        """Of the layers that are dreamed of the one that sees the most pixels."""
        used = [layer for layer in NETWORKS[self.network].layers if layer.name in self.layer_weights]
        return max(used, key=lambda layer: layer.receptive_field)

    @property
    def channel_weights(self) -> dict[int, float]:
        """Channels with their weights, of which the magnitudes sum to 1; none where whole layers are dreamed of."""
        if self.channel is None:
            return {}
        if isinstance(self.channel, dict):
            total = sum(map(abs, self.channel.values()))
            return {int(channel): weight / total for channel, weight in self.channel.items()}
        channels = [self.channel] if isinstance(self.channel, int) else self.channel
        return dict.fromkeys(channels, 1 / len(channels))

    @property
    def layer_weights(self) -> dict[str, float]:
        """Layers with their weights as written, those of weight 0 left out."""
        if isinstance(self.layers, dict):
            return {layer: weight for layer, weight in self.layers.items() if weight > 0}
        return dict.fromkeys([self.layers] if isinstance(self.layers, str) else self.layers, 1.0)


class Dream(DeepDream):
    """One dream of the gallery: settings, and the name of a photograph."""

    picture: Name
    """A photograph: the name, without suffix, of a file in data/content or of a built-in picture."""
    guide: Name | None = None
    """A picture whose features are dreamed of: the name of a photograph or of a painting."""

    def check_use(self, *, animated: bool) -> None:
        super().check_use(guided=self.guide is not None, animated=animated)


def every_channel(name: str, sweep: Any, defaults: Any) -> Any:
    """The sweep `name` as it is written, `channel: all` in its columns spelt out as all channels of its layer.

    The cells then keep what is silent. Raises ValueError where they have no one layer, or it has too many channels.
    """
    if not isinstance(sweep, dict) or sweep.get("columns") != {"channel": "all"}:
        return sweep
    base, rows = sweep.get("base") or {}, sweep.get("rows") or {}
    if not all(isinstance(part, dict) for part in (base, rows, defaults)):
        return sweep
    given = {key: value for key, value in {**defaults, **base}.items() if key in DeepDream.model_fields}
    settings = checked(DeepDream, given, f"deep_dream.sweeps.{name}")
    if len(settings.layer_weights) != 1 or {"layers", "network"} & set(rows):
        raise ValueError(f"sweeps.{name}: channel: all is every channel of one layer; name one in layers of base")
    (dreamed,) = settings.layer_weights
    count = next(layer.channels for layer in NETWORKS[settings.network].layers if layer.name == dreamed)
    if count > MANY:
        raise ValueError(f"sweeps.{name}: {dreamed} has {count:,} channels, more than {MANY:,}; name another layer")
    return {**sweep, "columns": {"channel": list(range(count))}, "base": {"when_silent": "keep", **base}}


class DeepDreamRoom(PictureRoom):
    """Everything that is dreamed."""

    key = "deep_dream"
    title = "Deep Dream"
    settings_model = DeepDream
    item_model = Dream
    headline = ("activation_gain",)
    losses = ("objective",)
    curve = ("iteration", "objective", "objective, which is to grow")
    firsts = {"picture": "the photograph"}
    printed = {
        "network": "{}",
        "layers": "{}",
        "long_side": "{} px",
        "octaves": "{} octaves",
        "iterations": "{} iterations each",
    }

    @model_validator(mode="before")
    @classmethod
    def _atlases(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not isinstance(values.get("sweeps"), dict):
            return values
        defaults = values.get("defaults", {})
        sweeps = {name: every_channel(name, sweep, defaults) for name, sweep in values["sweeps"].items()}
        return {**values, "sweeps": sweeps}
