"""aiart export facades.npz -o facades.onnx"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from aiart.cli.arguments import ShortText, check_suffix
from aiart.cli.outputs import check_outputs, write_each
from aiart.cli.records import made_of, read_record
from aiart.cli.runtime import start_job
from aiart.errors import UserError
from aiart.exchange.card import generator_card, network_card, without_links
from aiart.exchange.onnx_graph import check_onnx
from aiart.images import atomic_write
from aiart.networks.array_files import SUFFIXES, read_numbers, write_arrays
from aiart.networks.arrays import ArraysError
from aiart.networks.files import existing_weights_file, weights_file
from aiart.params import canonical_json
from aiart.params.feature_networks import NETWORKS
from aiart.params.layers import check_layers


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="trained model, .npz or .safetensors, or the name of a feature network")
    parser.add_argument("-o", "--output", required=True, help="file to write, .onnx, .safetensors or .npz; NAME.md too")
    parser.add_argument("--direction", choices=["a_to_b", "b_to_a"], help="which generator of a model that has both")
    parser.add_argument("--judgement", help="what `aiart evaluate` wrote of the model; without it NAME.json beside it")
    parser.add_argument("--layers", nargs="+", help="layers of a feature network; without it those it is used with")
    parser.add_argument("--weights", help="weights file of the feature network; `aiart networks` says where")
    parser.add_argument("--licence", type=ShortText(200), help="for the model card: cc-by-4.0, mit, …")
    parser.set_defaults(seed=1, threads=0, gpus=0)


def run(options: argparse.Namespace) -> None:
    output = Path(options.output)
    options.as_onnx = output.suffix.lower() == ".onnx"
    check_suffix(options.output, (".onnx", *SUFFIXES))
    inputs = [options.model, options.judgement, options.weights]
    check_outputs(output, output.with_suffix(".md"), inputs=inputs)
    if options.as_onnx:
        check_onnx()
    (_export_network if options.model in NETWORKS else _export_generator)(options, output)
    print(f"{output}, {output.with_suffix('.md')}: {output.stat().st_size / 1e6:.1f} MB and its card")


def _export_generator(options: argparse.Namespace, output: Path) -> None:
    _refuse(options, "layers", "weights", why="are of feature networks")
    start_job(options)
    from aiart.translation.model_file import load_model, save_model

    model = load_model(options.model)
    origin = made_of(model=options.model)["model"]
    if options.as_onnx and options.direction is None and len(model.directions) > 1:
        raise UserError(f"{options.model}: translates both ways; add --direction {' or '.join(model.directions)}.")
    generators = {options.direction: model.generator(options.direction)} if options.direction else model.generators
    settings = model.settings.model_dump()

    def write() -> None:
        if not options.as_onnx:
            save_model(output, model.method, generators, settings, model.architecture, **model.facts)
            return
        from aiart.exchange.onnx_generators import generator_onnx

        (direction,) = generators
        said = {"method": model.method, "direction": direction, "settings": settings, "facts": model.facts}
        record = canonical_json({**said, "made_of": {"model": origin}})
        _write_bytes(output, generator_onnx(model.generator(direction), output.stem, {"aiart": record}))

    card = generator_card(
        output,
        model.method,
        model.settings,
        model.facts,
        directions=tuple(generators),
        made_of=origin,
        judgement=_judgement(options.model, options.judgement, origin["sha256"]),
        licence=options.licence,
    )
    write_each(write, lambda: _write_bytes(output.with_suffix(".md"), card.encode()))


def _export_network(options: argparse.Namespace, output: Path) -> None:
    _refuse(options, "direction", "judgement", why="are of trained models")
    network, path = options.model, existing_weights_file(options.model, options.weights)
    layers = _layers(network, options.layers)
    origin = made_of(weights=path)["weights"]
    own = weights_file(network).with_suffix(".md")
    about = without_links(own.read_text(encoding="utf-8")) if options.weights is None and own.is_file() else None
    card = network_card(output, network, layers, origin, about, options.licence)

    def write() -> None:
        if not options.as_onnx:
            _copy_weights(path, output)
            return
        start_job(options)
        from aiart.exchange.onnx_features import features_onnx

        record = canonical_json({"network": network, "layers": layers, "made_of": {"weights": origin}})
        _write_bytes(output, features_onnx(network, path, layers, {"aiart": record}))

    write_each(write, lambda: _write_bytes(output.with_suffix(".md"), card.encode()))


def _layers(network: str, given: list[str] | None) -> list[str]:
    """Shallow first."""
    facts = NETWORKS[network]
    used = [facts.content_layers, *facts.style_layers, facts.dream_layers, *facts.loss_layers, facts.judgement_layer]
    if given:
        try:
            check_layers(given, facts.layer_names)
        except ValueError as error:
            raise UserError(f"--layers: {error}.") from None
    return [layer for layer in facts.layer_names if layer in (given or used)]


def _judgement(model: str, given: str | None, sha256: str) -> dict[str, Any] | None:
    """What was measured of this very model."""
    path = Path(given) if given else Path(model).with_suffix(".json")
    if not given and not path.is_file():
        return None
    judged = read_record(path, "made_of", dict)
    if not isinstance(judged.get("model"), dict) or judged["model"].get("sha256") != sha256:
        if given:
            raise UserError(
                f"{path}: judges another model than {model}; name the one that `aiart evaluate` wrote of it."
            )
        print(f"{path}: judges another model, so its figures are left out.", flush=True)
        return None
    return {"made_of": judged, "measured": read_record(path, "measured", dict)}


def _copy_weights(path: Path, output: Path) -> None:
    try:
        write_arrays(output, read_numbers(path))
    except (OSError, ArraysError) as error:
        raise UserError(f"{path}: cannot be read as .npz or .safetensors ({error}); export it as .onnx.") from None


def _refuse(options: argparse.Namespace, *names: str, why: str) -> None:
    for name in names:
        if getattr(options, name) is not None:
            raise UserError(f"--{name}: {options.model} has none, for these {why}; leave it out.")


def _write_bytes(path: Path, content: bytes) -> None:
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)
