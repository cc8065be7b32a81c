"""aiart networks: which feature networks there are, and their layers."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from aiart.params.feature_networks import NETWORKS
from aiart.params.network_facts import NetworkFacts


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layers", metavar="NAME", choices=list(NETWORKS), help="list the layers of one network")


def run(options: argparse.Namespace) -> None:
    if options.layers:
        _print_layers(options.layers)
        return
    for name, facts in NETWORKS.items():
        layers = facts.layer_names
        print(f"{name}: {facts.about}\n  {len(layers)} layers, {layers[0]} … {layers[-1]}; weights: {_where(name)}")
        print(f"  layers by default: {'; '.join(_defaults(facts))}")
    print("aiart networks --layers NAME lists the layers of one network.")


def _defaults(facts: NetworkFacts) -> Iterator[str]:
    if facts.style_layers:
        yield f"style transfer {facts.content_layers} and {' '.join(facts.style_layers)}"
    if facts.dream_layers:
        yield f"Deep Dream {facts.dream_layers}"
    if facts.loss_layers:
        yield f"losses of trainings {' '.join(facts.loss_layers)}"
    if facts.judgement_layer:
        yield f"KID and FID {facts.judgement_layer}"


def _where(name: str) -> str:
    from aiart.networks.files import weights_file

    path = weights_file(name)
    if path.is_file():
        return f"{path} ({path.stat().st_size / 1e6:.1f} MB)"
    return f"absent; `aiart fetch weights {name} -o {path}` downloads them"


def _print_layers(name: str) -> None:
    facts = NETWORKS[name]
    head = f"{'layer':12} {'channels':>8} {'stride':>6} {'receptive field':>15}"
    print(f"{head}   learned from" if facts.learned_from else head)
    for layer, teacher in zip(facts.layers, facts.learned_from or [""] * len(facts.layers), strict=True):
        row = f"{layer.name:12} {layer.channels:8} {layer.stride:6} {layer.receptive_field:15}"
        print(f"{row}   {teacher}".rstrip())
