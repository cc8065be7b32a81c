"""Parameters of neural style transfer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from aiart.params.base import (
    NO_STRENGTH,
    Bits,
    Count,
    KeepProfile,
    Name,
    Names,
    NonNegative,
    Positive,
    Settings,
    Side,
    Strength,
    Weighted,
    Weights,
)
from aiart.params.feature_networks import DEFAULT_NETWORK, NETWORKS, STYLE_NETWORKS, choices
from aiart.params.layers import check_layers
from aiart.params.regions import OfLayers, Region, Regions, StyleStatistic, check_regions, statistic_of

WeightsOfLayers = Annotated[dict[Name, Weights], Field(max_length=100)]
UNUSED_PALETTE = "palette has no effect; set preserve_colours to palette, or leave it out"
# As many as a list of names, or of blend weights, may have.
MOST_STYLES = 100
# Of `pyramid: auto`: about the longer side of the smallest level, and the evaluations of each level, relative to
# `iterations`.
AUTO_SIDE = 256
AUTO_SHARES = (0.6, 0.6, 0.4, 0.3)


class PyramidLevel(Settings):
    """A smaller picture that is painted first; its result starts the next level."""

    scale: Annotated[float, Field(gt=0, lt=1)]
    """Size relative to the final picture. Below about 256 px the content is lost, whatever the loss says."""
    iterations: Count
    """Evaluations of the loss at this level."""


class StyleTransfer(Settings):
    """J = α·content + β·style + γ·TV, minimised over the pixels (Gatys, Ecker and Bethge 2016)."""

    network: Annotated[Literal[STYLE_NETWORKS], Field(description=choices(STYLE_NETWORKS))] = DEFAULT_NETWORK
    long_side: Side = 512
    """Longer side of the picture in pixels. Smaller photographs keep their size."""
    iterations: Count = 100
    """Evaluations of the loss and its gradient."""
    content_layers: Name | Names | Weighted = NETWORKS[DEFAULT_NETWORK].content_layers
    """Layer(s) whose activations are to stay the photograph's; `{layer: weight}` to weigh them."""
    style_layers: Name | Names = list(NETWORKS[DEFAULT_NETWORK].style_layers)
    """Layer(s) whose statistics are to become the painting's."""
    style_statistic: StyleStatistic | OfLayers = "moments"
    """Which statistics: `gram`, the layers' Gram matrices (Gatys); `moments`, means and covariances, by the Wasserstein
    distance of normal distributions; `sliced_wasserstein`, whole distributions along random directions (Heitz et al.
    2021). `{layer: statistic}` for some layers, the others then `moments`."""
    style_layer_weights: Literal["equal", "geometric"] | Weights = "equal"
    """`equal`, `geometric` (each deeper layer counts half of the one before) or one number per layer. All
    are divided by their sum, so that style_weight keeps its meaning."""
    content_weight: NonNegative = 2.0
    """α."""
    style_weight: NonNegative = 1e6
    """β. What it means for `gram` depends on gram_normalization; the other statistics are relative, 1 for a blank
    picture, as `gram_normalization: relative` is."""
    tv_weight: NonNegative = 100.0
    """γ."""
    gram_normalization: Literal["documents", "elements", "positions", "relative"] = "relative"
    """How a layer's style loss is scaled, C channels, P positions: `documents` (Gatys) Σ(ΔG)²/(4C²P²);
    `elements` (jcjohnson, neural-style-pt) mean of (ΔG/CP)²; `positions` (TensorFlow's tutorial) mean of
    (ΔG/P)²; `relative` Σ(ΔG/P)²/Σ(G/P)² of the painting, which makes all layers and networks alike."""
    tv_form: Literal["anisotropic", "isotropic", "squared"] = "anisotropic"
    """`anisotropic` Σ|Δx|+|Δy| (TensorFlow, neural-style-pt), `isotropic` Σ√(Δx²+Δy²), `squared` ΣΔx²+Δy²
    (jcjohnson); all divided by the number of pixel values."""
    style_blend_weights: Weights | WeightsOfLayers | None = None
    """How several style pictures are mixed, one number each; without it, evenly. `{layer: [1, 0]}` for some layers:
    fine strokes of one picture and large forms of another."""
    regions: Regions = []
    """Parts of the photograph with styles of their own: `[{styles: [1]}, {styles: [2], weight: 2, statistic: moments}]`
    with a mask for each, or with a `colour` each and one colour-coded mask, or `{auto: 3}` for so many parts that look
    alike. `styles: []` or `weight: 0` leaves the photograph as it is; what no mask covers has all styles."""
    style_scale: Annotated[float, Field(gt=0, le=100)] = 1.0
    """Longer side of the style picture relative to the photograph's: larger means coarser strokes. The style
    picture keeps its own aspect and is never enlarged."""
    init: Literal["content", "noise", "style", "picture"] = "content"
    """What painting starts from. `picture` needs a file (init_picture on the command line)."""
    init_noise: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of noise mixed into the start, 0 to 1."""
    optimizer: Literal["lbfgs", "adam"] = "lbfgs"
    """`lbfgs`: L-BFGS within the bounds 0..255; `adam`: Adam, clipped to 0..255 after each step."""
    learning_rate: Positive = 10.0
    """Adam's step in grey levels (0..255), also where it stands in for L-BFGS; L-BFGS takes none."""
    adam_beta_1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """Adam's decay of the mean gradient (0.99 in TensorFlow's tutorial)."""
    adam_epsilon: Positive = 1e-8
    """Adam's ε (0.1 in TensorFlow's tutorial, on gradients of another size)."""
    pyramid: Annotated[list[PyramidLevel], Field(max_length=20)] | Literal["auto"] = "auto"
    """Coarser levels painted first, coarsest first. `auto`: the picture is halved down to about 256 px; of
    `iterations`, the two smallest levels then take 0.6 each, the third 0.4 and those above 0.3."""
    tile: Annotated[int, Field(ge=64, le=16384)] | Literal["auto", "none"] = "auto"
    """Side in pixels of the tiles that loss and gradient are computed in, the same as of the whole picture; `auto`:
    none where the whole picture fits into memory."""
    memory: Annotated[float, Field(gt=0, le=100_000)] | None = None
    """GB (10⁹ bytes) that the painting may take: tiles and the optimiser's memory follow from it. Without it, what is
    free when it begins."""
    keep: Literal["best", "last", "average"] = "best"
    """Which picture is the result: the one of the lowest loss, the last, or the running average (decay 0.99)."""
    preserve_colours: Literal["none", "luminance", "statistics", "palette"] = "none"
    """`luminance`: the photograph's colours under the painted luminance; the style picture is first given the
    photograph's mean luminance and contrast. `statistics`: it is first given the photograph's mean colour and
    covariance. Both from Gatys et al. 2016. `palette`: photograph and style picture are first given those of a third
    picture (a palette)."""
    colour_strength: Strength = 1.0
    pooling: Literal["max", "avg"] = "max"
    """Pooling in the network; `avg` is rescaled so that the weights keep their meaning."""
    padding: Literal["zero", "replicate"] = "replicate"
    """`replicate` repeats the picture's edge at the first convolution and avoids painted frames."""
    bits: Bits = 8
    keep_profile: KeepProfile = False
    precision: Literal["auto", "float32", "bfloat16"] = "float32"
    """Arithmetic of the network; `auto` is bfloat16 where the hardware computes it natively, so it can change
    the result between machines. Loss, picture and optimiser are always float32."""
    snapshot_every: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    """Evaluations between the frames of the animation; 0 for none."""

    @model_validator(mode="before")
    @classmethod
    def _layers_of_the_network(cls, values: Any) -> Any:
        """Layers that are not given are the network's own choice."""
        if not isinstance(values, dict) or values.get("network") not in STYLE_NETWORKS:
            return values
        facts = NETWORKS[values["network"]]
        return {"content_layers": facts.content_layers, "style_layers": list(facts.style_layers), **values}

    @field_validator("content_layers", "style_layers")
    @classmethod
    def _known_layers(cls, value, info: ValidationInfo):
        # An unknown network is a fault of its own.
        return check_layers(value, NETWORKS[info.data["network"]].layer_names) if "network" in info.data else value

    @model_validator(mode="after")
    def _settings_fit(self):
        if not (self.content_weight or self.style_weight or self.tv_weight):
            raise ValueError("content_weight, style_weight and tv_weight are all zero; make at least one larger")
        if isinstance(self.style_layer_weights, list):
            if len(self.style_layer_weights) != len(self.style_layer_list):
                raise ValueError(
                    f"style_layer_weights has {len(self.style_layer_weights)} numbers for "
                    f"{len(self.style_layer_list)} style_layers; give one for each"
                )
            if sum(self.style_layer_weights) <= 0:
                raise ValueError("style_layer_weights are all zero; make at least one larger")
        if self.preserve_colours == "none" and self.colour_strength != 1:
            raise ValueError(NO_STRENGTH)
        of_layers = {name: getattr(self, name) for name in ("style_statistic", "style_blend_weights")}
        if isinstance(self.regions, list):
            of_layers |= {f"regions.{number}.statistic": region.statistic for number, region in enumerate(self.regions)}
        for name, layers in of_layers.items():
            for layer in layers if isinstance(layers, dict) else ():
                if layer not in self.style_layer_list:
                    raise ValueError(
                        f"{name} names {layer}, which is none of style_layers ({', '.join(self.style_layer_list)}); "
                        "leave it out or add it there"
                    )
        if isinstance(self.tile, int) and not self.tileable:
            raise ValueError(
                f"tile is {self.tile}, but style_statistic sliced_wasserstein sorts all positions of the picture, "
                "which no tile has; choose gram or moments, or leave tile out"
            )
        return self

    def check_use(
        self,
        *,
        styles: int,
        init_picture: bool,
        animated: bool,
        palette: bool = False,
        masks: int = 0,
        style_masks: int = 0,
    ) -> None:
        """styles: how many paintings go in. init_picture, palette: whether a picture to start from does, and one whose
        colours it is to have. animated: whether the pictures on the way are written. masks: how many there are of the
        photograph, style_masks: of paintings."""
        if styles > MOST_STYLES:
            raise ValueError(f"{styles:,} style pictures are too many; give {MOST_STYLES} at most")
        blends = (
            self.style_blend_weights if isinstance(self.style_blend_weights, dict) else {"": self.style_blend_weights}
        )
        for layer, weights in blends.items():
            if weights is None:
                continue
            name = f"style_blend_weights.{layer}".rstrip(".")
            if len(weights) != styles:
                raise ValueError(f"{name} has {len(weights)} numbers for {styles} style pictures; give one for each")
            if sum(weights) <= 0:
                raise ValueError(f"{name} are all zero; make at least one larger")
        check_regions(self.regions, styles=styles, masks=masks, style_masks=style_masks)
        for number, region in enumerate(self.regions if isinstance(self.regions, list) else []):
            chosen = [style - 1 for style in region.styles or range(1, styles + 1)]
            for weights in blends.values():
                if weights is not None and not sum(weights[style] for style in chosen):
                    raise ValueError(
                        f"regions.{number}: style_blend_weights of its styles are all zero; make at least one larger"
                    )
        if (self.init == "picture") != init_picture:
            raise ValueError("init picture and a file to start from (--init-picture) go together; give both or neither")
        if (self.preserve_colours == "palette") != palette:
            raise ValueError(
                "preserve_colours palette and a picture to be the palette go together; give both or neither"
            )
        if animated and not self.snapshot_every:
            raise ValueError("snapshot_every is 0, so that there are no frames; set it to the evaluations between two")

    def levels(self, height: int, width: int) -> list[tuple[float, int]]:
        """Scale and evaluations of each level of a picture of this size, the whole size last."""
        if self.pyramid != "auto":
            return [*((level.scale, level.iterations) for level in self.pyramid), (1.0, self.iterations)]
        halvings = max(round(math.log2(max(height, width) / AUTO_SIDE)), 0)
        if not halvings:
            return [(1.0, self.iterations)]
        shares = [AUTO_SHARES[min(level, len(AUTO_SHARES) - 1)] for level in range(halvings + 1)]
        return [(0.5 ** (halvings - n), max(round(self.iterations * share), 1)) for n, share in enumerate(shares)]

    @property
    def content_layer_weights(self) -> dict[str, float]:
        """Content layers with their weights as written."""
        if isinstance(self.content_layers, dict):
            return dict(self.content_layers)
        layers = [self.content_layers] if isinstance(self.content_layers, str) else self.content_layers
        return dict.fromkeys(layers, 1.0)

    @property
    def style_layer_list(self) -> list[str]:
        """Style layers as a list."""
        return listed(self.style_layers)

    @property
    def statistics(self) -> list[dict[str, StyleStatistic]]:
        """The statistic of each style layer, of every region."""
        regions = [*self.regions, Region()] if isinstance(self.regions, list) else [Region()] * self.regions.auto
        chosen = [region.statistic or self.style_statistic for region in regions]
        return [{layer: statistic_of(one, layer) for layer in self.style_layer_list} for one in chosen]

    @property
    def tileable(self) -> bool:
        """Whether all statistics are sums over positions, so that tiles can be added up."""
        return not self.style_weight or all(
            statistic != "sliced_wasserstein" for region in self.statistics for statistic in region.values()
        )

    def style_shares(self, layer: str, styles: Sequence[int]) -> dict[int, float]:
        """How much each of some style pictures, by their numbers from 0, counts in a style layer; the sum is 1."""
        blend = self.style_blend_weights
        blend = blend.get(layer) if isinstance(blend, dict) else blend
        weights = [1.0 if blend is None else blend[number] for number in styles]
        return {number: weight / sum(weights) for number, weight in zip(styles, weights, strict=True)}


def listed(names: str | list[str]) -> list[str]:
    """One name, or several, as a list."""
    return [names] if isinstance(names, str) else list(names)
