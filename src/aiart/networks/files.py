"""Where weights are, without TensorFlow, so that rules and listings can ask."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from aiart.datasets.catalogue import WEIGHTS
from aiart.errors import UserError


def weights_file(name: str) -> Path:
    """The slim network's weights come with the package; the others are downloaded into data/weights."""
    if name == "vgg19_slim":
        return Path(str(resources.files("aiart.networks") / "vgg19_slim.npz"))
    return Path("data/weights") / f"{name}.h5"


def existing_weights_file(name: str, given: str | Path | None) -> Path:
    """The file that the user gave, or the network's own; UserError when it is absent, with its URL and hash."""
    path = Path(given) if given is not None else weights_file(name)
    if path.is_file():
        return path
    if given is not None or name not in WEIGHTS:
        raise UserError(f"{path}: no such weights file; give the path of an .h5 or .npz file.")
    remote = WEIGHTS[name]
    raise UserError(
        f"{path}: the weights of {name} are not there; run `aiart fetch weights {name} -o {path}`, or put a copy of "
        f"{remote.urls[0]} ({' '.join(remote.known_hash)}) there."
    )
