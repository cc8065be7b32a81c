"""aiart networks: which feature networks there are, and their layers."""

from __future__ import annotations

import argparse

from aiart.params.layers import network_layers

# Name, and what it is; the layers come from params.layers.
NETWORKS = {
    "vgg19_slim": "a quarter-width VGG-19 that comes with the project (1.3 M parameters)",
    "vgg19": "VGG-19 trained on ImageNet (Simonyan and Zisserman 2015)",
    "inception_v3": "InceptionV3 trained on ImageNet (Szegedy et al. 2016)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--layers", metavar="NAME", choices=list(NETWORKS), help="list the layers of one network")


def run(options: argparse.Namespace) -> None:
    if options.layers:
        _print_layers(options.layers)
        return
    for name, about in NETWORKS.items():
        layers = network_layers(name)
        print(f"{name}: {about}\n  {len(layers)} layers, {layers[0]} … {layers[-1]}; weights: {_where(name)}")
    print("aiart networks --layers NAME lists the layers of one network.")


def _where(name: str) -> str:
    from aiart.networks.files import weights_file

    path = weights_file(name)
    if path.is_file():
        return f"{path} ({path.stat().st_size / 1e6:.1f} MB)"
    return f"absent; `aiart fetch weights {name} -o {path}` downloads them"


def _print_layers(name: str) -> None:
    if name == "inception_v3":
        from aiart.networks.inception_layers import layer_table
    else:
        from aiart.networks.vgg_layers import layer_table
    print(f"{'layer':10} {'channels':>8} {'stride':>6} {'receptive field':>15}")
    for layer, channels, stride, field in layer_table(name):
        print(f"{layer:10} {channels:8} {stride:6} {field:15}")
