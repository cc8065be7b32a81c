"""Where weights are, without TensorFlow, so that rules and listings can ask."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from aiart.errors import UserError
from aiart.params.feature_networks import NETWORKS


def weights_file(name: str) -> Path:
    """Weights that come with the project lie in the package; the others are downloaded into data/weights."""
    remote = NETWORKS[name].weights
    if remote is None:
        return Path(str(resources.files("aiart.networks") / f"{name}.npz"))
    return Path("data/weights") / f"{name}{Path(remote.name).suffix}"


def existing_weights_file(name: str, given: str | Path | None) -> Path:
    """The file that the user gave, or the network's own; UserError when it is absent, with its URL and hash."""
    path = Path(given) if given is not None else weights_file(name)
    if path.is_file():
        return path
    remote = NETWORKS[name].weights
    if given is not None or remote is None:
        raise UserError(f"{path}: no such weights file; give the path of an .h5, .npz or .safetensors file.")
    raise UserError(
        f"{path}: the weights of {name} are not there; run `aiart fetch weights {name} -o {path}`, or put a copy of "
        f"{remote.urls[0]} ({' '.join(remote.known_hash)}) there."
    )
