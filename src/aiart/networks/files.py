"""Where weights are, without TensorFlow, so that rules and listings can ask."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def weights_file(name: str) -> Path:
    """The slim network's weights come with the package; the others are downloaded into data/weights."""
    if name == "vgg19_slim":
        return Path(str(resources.files("aiart.networks") / "vgg19_slim.npz"))
    return Path("data/weights") / f"{name}.h5"
