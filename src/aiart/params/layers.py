"""Names of the layers that may stand in params.yaml, kept here so that checking them needs no TensorFlow."""

from __future__ import annotations

import difflib

VGG_LAYERS = tuple(
    f"conv{block}_{index}" for block, count in enumerate((2, 2, 4, 4, 4), start=1) for index in range(1, count + 1)
)
INCEPTION_LAYERS = tuple(f"mixed{index}" for index in range(11))


def network_layers(network: str) -> tuple[str, ...]:
    """Layers of `vgg19`, `vgg19_slim` or `inception_v3`, shallow first."""
    return INCEPTION_LAYERS if network == "inception_v3" else VGG_LAYERS


def check_layers(value, known: tuple[str, ...]):
    """`value` (a name, a list or a mapping of names) unchanged; ValueError when a name is not in `known`."""
    names = [value] if isinstance(value, str) else list(value)
    if not names:
        raise ValueError("no layer is named; give at least one")
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise ValueError(f"{name} is no layer; {hint}layers are {', '.join(known)}")
    if len(set(names)) != len(names):
        raise ValueError("a layer is named twice; name each once")
    return value
