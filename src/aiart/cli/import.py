"""aiart import latest_net_G.pth -o model.npz"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from aiart.cli.arguments import check_suffix
from aiart.cli.outputs import check_outputs
from aiart.cli.records import made_of
from aiart.cli.runtime import start_job
from aiart.errors import UserError
from aiart.networks.array_files import SUFFIXES
from aiart.networks.arrays import ArraysError
from aiart.params import checked
from aiart.translation.methods import METHODS, part

if TYPE_CHECKING:
    from aiart.exchange.torch_generators import Generator
    from aiart.params.training import Training

# Those whose generators can be taken in.
CHOICES = [name for name, room in METHODS.items() if room.settings_model.generator]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "weights",
        nargs="+",
        help="generator of the authors' PyTorch code, .pth; of CycleGAN also both, G_A and then G_B",
    )
    parser.add_argument("-o", "--output", required=True, help="model to write, .npz or .safetensors")
    parser.add_argument(
        "--method", choices=CHOICES, help="refuse another kind of generator; without it, what the weights say"
    )
    parser.add_argument(
        "--direction",
        choices=["a_to_b", "b_to_a"],
        help="what a single generator makes of what; without it as a training's is by default",
    )
    parser.set_defaults(seed=1, threads=0, gpus=0)


def run(options: argparse.Namespace) -> None:
    check_suffix(options.output, SUFFIXES)
    check_outputs(options.output, inputs=options.weights)
    generators = [_read(file) for file in options.weights]
    first, method = generators[0], _method(options.weights[0], generators[0], options.method)
    for file, other in zip(options.weights, generators, strict=True):
        if (other.settings, other.architecture) != (first.settings, first.architecture):
            raise UserError(f"{file}: is another kind of generator than {options.weights[0]}; import each by itself.")
    settings = _settings(options, method, first)
    files = dict(zip(_directions(options, settings), options.weights, strict=True))
    start_job(options)
    from aiart.translation.model_file import save_model

    build_generator = part(method, "learner").build_generator
    networks = {way: build_generator(settings, seed=0, architecture=first.architecture) for way in files}
    for network, generator in zip(networks.values(), generators, strict=True):
        for variable in network.variables:
            variable.assign(generator.variables[variable.path])
    save_model(options.output, method, networks, settings.model_dump(), first.architecture, imported=made_of(**files))
    for remark in dict.fromkeys(remark for generator in generators for remark in generator.remarks):
        print(remark)
    print(
        f"{options.output}: {method}, {' and '.join(files)}, {settings.norm} norm, {settings.generator_width} channels "
        "in the first layer"
    )


def _read(file: str) -> Generator:
    from aiart.exchange.torch_file import read_state_dict
    from aiart.exchange.torch_generators import generator_of

    try:
        return generator_of(read_state_dict(file))
    except ArraysError as error:
        raise UserError(
            f"{file}: is no generator of the authors' PyTorch code from RGB to RGB ({error}); give one of "
            "resnet_6blocks, resnet_9blocks, unet_128 or unet_256."
        ) from None


def _method(file: str, generator: Generator, asked: str | None) -> str:
    method = next(name for name in CHOICES if METHODS[name].settings_model.generator == generator.network)
    if asked not in (None, method):
        raise UserError(f"{file}: is a generator of {method}, not of {asked}; give --method {method}, or leave it out.")
    return method


def _settings(options: argparse.Namespace, method: str, generator: Generator) -> Training:
    """The settings of a training whose generator is built like this one."""
    model = METHODS[method].settings_model
    one_way = {"direction": options.direction} if options.direction and "direction" in model.model_fields else {}
    return checked(model, {"preset": "pytorch", **generator.settings, **one_way}, options.weights[0])


def _directions(options: argparse.Namespace, settings: Training) -> tuple[str, ...]:
    """The direction of each file."""
    if len(options.weights) == 1:
        return (options.direction or settings.directions[0],)
    if len(options.weights) > len(settings.directions) or options.direction:
        raise UserError(
            f"{options.weights[1]}: is one generator too many; give one with its --direction, or of CycleGAN both, "
            "G_A and then G_B."
        )
    return settings.directions
