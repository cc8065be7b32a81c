"""What there is to know of a feature network without loading it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from aiart.params.layers import Layer
from aiart.remote_file import RemoteFile


@dataclass(frozen=True, kw_only=True)
class NetworkFacts:
    """A row of `feature_networks.NETWORKS`. A use whose layers are left out is not offered for the network."""

    about: str
    """What it is, in a line of `aiart networks`."""
    remark: str = ""
    """What else a user should know who chooses it, as the end of a sentence."""
    module: str
    """Its module, whose `load(path, layers, *, preprocessing, precision)` returns a `networks.registry.FeatureNetwork`.
    That of a network for style transfer takes `pooling` and `padding` too."""
    weights: RemoteFile | None
    """The download; None where the weights come with the project, as networks/NAME.npz."""
    weights_form: str
    """What a file of one's own has to look like."""
    layers: tuple[Layer, ...]
    """Shallow first."""
    learned_from: tuple[str, ...] = ()
    """What each of `layers` learned from, of a network that was trained here."""
    preprocessing: Literal["caffe", "tf"]
    """What is done to RGB 0..255 first (`networks/preprocessing.py`)."""
    student: str | None = None
    """The module of `networks/distillation` that trains it; None for a network that is not trained here."""
    blocks: int = 0
    """How many blocks its training is divided into."""
    least_side: int = 1
    """Pixels that a picture needs on its shorter side whatever the layers."""

    content_layers: str | None = None
    """Style transfer's content layer where the settings name none."""
    style_layers: tuple[str, ...] = ()
    """Its style layers where the settings name none."""
    dream_layers: str | None = None
    """Deep Dream's layer where the settings name none."""
    loss_layers: tuple[str, ...] = ()
    """Layers that the losses of a training are taken over where the settings name none."""
    effect_layers: tuple[str, ...] = ()
    """Layers by which it is judged how much style a painting took, whatever it was painted by; without them, the style
    layers."""
    structure_layer: str | None = None
    """The layer by which it is judged whether a painting kept the photograph; without it, the content layer."""
    judgement_layer: str | None = None
    """Layer of the KID and FID where the settings name none."""
    judgement_side: int | None = None
    """Side in pixels of the square that pictures are resized to before they are judged; None leaves them."""
    unit_scale: bool = False
    """Whether features are divided by their root mean square on the real pictures before they are judged."""

    painting_bytes: int = 0
    """Memory that style transfer takes for each pixel, in bytes, with room to spare."""
    dream_bytes: int = 0
    """The same of Deep Dream."""
    one_thread_side: int = 0
    """Longer side in pixels up to which a painting is as fast with one thread as with several."""

    @property
    def layer_names(self) -> tuple[str, ...]:
        return tuple(layer.name for layer in self.layers)

    def smallest_side(self, layers: Iterable[str] | None = None) -> int:
        """Pixels on the shorter side from which the deepest of `layers` (of all, without) has a position."""
        used = self.layer_names if layers is None else tuple(layers)
        return max([self.least_side, *(layer.stride for layer in self.layers if layer.name in used)])

    def decisive(self) -> dict[str, Any]:
        """The facts that can change a result and are in no settings; a job's record holds them."""
        facts = asdict(self)
        names = ("module", "layers", "preprocessing", "least_side", "judgement_side", "unit_scale")
        return {name: facts[name] for name in names}

    def judging(self) -> dict[str, Any]:
        """The same of a network that judges paintings."""
        layers = self.effect_layers or self.style_layers, self.structure_layer or self.content_layers
        return self.decisive() | dict(zip(("effect_layers", "structure_layer"), layers, strict=True))
