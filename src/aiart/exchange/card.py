"""Model cards, as Hugging Face's Hub reads them: front matter in YAML, then what a stranger needs to know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiart.params.feature_networks import NETWORKS
from aiart.params.training import Training

PROJECT = "aiart"
UNKNOWN = "unknown"
# Of a judgement: what stands for something else than the model, and what was counted.
LEFT_OUT = {"against_untranslated", "training_pictures", "n", "n_real"}

READ_PICTURE = """import numpy as np
import onnxruntime
from PIL import Image

session = onnxruntime.InferenceSession({file})
picture = np.asarray(Image.open("in.png").convert("RGB"), np.float32)
"""
TRANSLATE = """made = session.run(None, {"input": picture.transpose(2, 0, 1)[np.newaxis] / 127.5 - 1})[0][0]
made = np.clip((made.transpose(1, 2, 0) + 1) * 127.5, 0, 255).round().astype(np.uint8)
Image.fromarray(made).save("out.png")
"""
FIND_FEATURES = """features = session.run([{layer}], {{"input": picture.transpose(2, 0, 1)[np.newaxis]}})[0]
print(features.shape)
"""


def generator_card(
    file: Path,
    method: str,
    settings: Training,
    facts: Mapping[str, Any],
    *,
    directions: Sequence[str],
    made_of: Mapping[str, Any],
    judgement: Mapping[str, Any] | None,
    licence: str | None,
) -> str:
    """The card of an exported generator. made_of: name and sha256 of the model that was exported. judgement: what
    `aiart evaluate` wrote of it."""
    imported = facts.get("imported")
    trained = "trained by others and imported" if imported else f"trained by {PROJECT}"
    parts = [
        _front_matter(file, licence or UNKNOWN, "image-to-image", method),
        f"# {file.stem}",
        f"A generator of {method} ({' and '.join(directions)}), {trained}; exported from `{made_of['name']}` "
        f"(sha256 `{made_of['sha256']}`).",
        "## Use",
        _use_of_generator(file, directions),
        "## Training",
        _imported(imported) if imported else _training(settings, facts, judgement),
        "## Figures",
        _figures(judgement, directions),
        "## Intended use",
        "Studies and play with pictures of the kind that it was trained on. What it makes is made up: it is no record "
        "of anything, and should be marked as the work of an algorithm.",
        "## Limits",
        _limits(settings, imported is not None),
        "## Licence",
        licence
        or "Not known: it follows from the pictures that the network was trained on, of which the record says no more "
        "than above. State it before you publish this file.",
    ]
    return "\n\n".join(parts) + "\n"


def network_card(
    file: Path, network: str, layers: Sequence[str], made_of: Mapping[str, Any], about: str | None, licence: str | None
) -> str:
    """The card of an exported feature network. about: the card that its weights came with."""
    facts = NETWORKS[network]
    parts = [
        # Of several parts, which the section on the licence names.
        _front_matter(file, licence or ("other" if about else UNKNOWN), "image-feature-extraction", network),
        f"# {file.stem}",
        f"{network}, {facts.about}; exported from `{made_of['name']}` (sha256 `{made_of['sha256']}`).",
        "## Use",
        _use_of_network(file, layers),
        "## Layers",
        "\n".join(_layer_table(network, layers)),
        "## Intended use",
        "Losses over features (style transfer, perceptual losses), Deep Dream, and distances between pictures. It "
        "names nothing in a picture: there is no classifier.",
        "## Limits",
        "It knows photographs as ImageNet has them, with their choice of subjects. Figures taken over its features "
        "compare with those of the same network alone.",
        "## Licence",
        licence or _licence_of(network, about is not None),
    ]
    if about:
        parts += ["## What its weights came with", about]
    return "\n\n".join(parts) + "\n"


def without_links(card: str) -> str:
    """A card that lies elsewhere, a level deeper: without its title, its pictures, and its links to files beside it."""
    text = re.sub(r"\A# .*\n+", "", card)
    text = re.sub(r"!\[[^]]*\]\([^)]*\)\n*", "", text)
    text = re.sub(r"\[([^]]*)\]\((?!https?:)[^)]*\)", r"\1", text)
    return re.sub(r"(?m)^## ", "### ", text).strip()


def _front_matter(file: Path, licence: str, task: str, *tags: str) -> str:
    """JSON's texts are YAML's."""
    library = "onnx" if _is_onnx(file) else PROJECT
    tags = tuple(dict.fromkeys([task, *tags, PROJECT, library]))
    lines = [f"license: {json.dumps(licence)}", f"library_name: {library}", f"pipeline_tag: {task}", "tags:"]
    return "\n".join(["---", *lines, *(f"- {json.dumps(tag)}" for tag in tags), "---"])


def _is_onnx(file: Path) -> bool:
    return file.suffix.lower() == ".onnx"


def _use_of_generator(file: Path, directions: Sequence[str]) -> str:
    if not _is_onnx(file):
        choice = f" --direction {directions[0]}" if len(directions) > 1 else ""
        return f"```sh\naiart translate {file.name} in.png -o translated{choice}\n```"
    return (
        f"```python\n{READ_PICTURE.format(file=json.dumps(file.name))}{TRANSLATE}```\n\n"
        "`input` and `output` are float32 (batch, 3, height, width), RGB in −1..1, of any size. It computes in "
        "float32, without dropout, and normalises each picture by its own statistics."
    )


def _use_of_network(file: Path, layers: Sequence[str]) -> str:
    if not _is_onnx(file):
        return f"```sh\naiart dream in.png -o dream.png --weights {file.name}\n```"
    return (
        f"```python\n{READ_PICTURE.format(file=json.dumps(file.name))}{FIND_FEATURES.format(layer=json.dumps(layers[0]))}```\n\n"
        "`input` is float32 (batch, 3, height, width), RGB in 0..255, of any size that the layers leave a position of; "
        "each output is a layer's activation after the ReLU, (batch, channels, height, width)."
    )


def _training(settings: Training, facts: Mapping[str, Any], judgement: Mapping[str, Any] | None) -> str:
    made_with = facts.get("made_with") or {}
    dataset = ((judgement or {}).get("made_of") or {}).get("dataset") or {}
    named = f"`{dataset['name']}`, " if dataset.get("name") else ""
    rows = {
        "data": f"{named}files of sha256 `{facts.get('dataset', UNKNOWN)}`",
        "steps": f"{facts.get('steps', UNKNOWN)}, {facts.get('pictures_seen', UNKNOWN)} pictures seen",
        "made with": ", ".join(f"{name} {value}" for name, value in sorted(made_with.items())) or UNKNOWN,
    }
    defaults = type(settings)().model_dump()
    changed = {name: value for name, value in settings.model_dump().items() if value != defaults[name]}
    said = "\n".join(_table(("", ""), rows))
    return f"{said}\n\nSettings that differ from the defaults:\n\n" + "\n".join(
        _table(("setting", "value"), {f"`{name}`": f"`{json.dumps(value)}`" for name, value in changed.items()})
    )


def _imported(imported: Mapping[str, Any]) -> str:
    files = ", ".join(f"`{part['name']}` ({way}, sha256 `{part['sha256']}`)" for way, part in imported.items())
    return f"Not done here: imported from {files}. Of its data and settings nothing is known."


def _figures(judgement: Mapping[str, Any] | None, directions: Sequence[str]) -> str:
    measured = (judgement or {}).get("measured") or {}
    ways = {"a_to_b", "b_to_a"}
    others = ways - set(directions)
    kept = {name: value for name, value in measured.items() if name not in others and "features" not in name}
    figures = {f"`{name}`": f"{value:.5g}" for name, value in _leaves(kept)}
    if not figures:
        return "None: nothing was measured of this file, or what was measured was not named at its export."
    said = (
        "On held-out pictures, by `aiart evaluate`; `untranslated` and `source` are what the pictures that went in "
        "have themselves. What the names mean says docs/evaluation.md of the project."
    )
    return f"{said}\n\n" + "\n".join(_table(("figure", "value"), figures))


def _limits(settings: Training, imported: bool) -> str:
    side = "an unknown number of" if imported else settings.image_side
    return (
        f"It was trained on pictures of {side} pixels and sees as many pixels of larger ones, so that what it makes of "
        "them is finer grained, not larger. It does something to every picture, also to those that are nothing like "
        "its data. Nothing was tested for how it treats people."
    )


def _licence_of(network: str, ours: bool) -> str:
    """ours: whether the weights are those that come with the project."""
    weights = NETWORKS[network].weights
    if weights and weights.licence:
        return f"{weights.licence}, {weights.credit}, where the weights are those that `aiart fetch` downloads."
    if ours:
        return "That of the project, MIT, for what is its own; what the weights derive from is said below."
    return "Not known: it is that of the weights. State it before you publish this file."


def _layer_table(network: str, layers: Sequence[str]) -> list[str]:
    rows = {layer.name: layer for layer in NETWORKS[network].layers if layer.name in layers}
    return _table(
        ("layer", "channels, pixels apart, pixels seen"),
        {name: f"{row.channels}, {row.stride}, {row.receptive_field}" for name, row in rows.items()},
    )


def _table(head: Sequence[str], rows: Mapping[str, str]) -> list[str]:
    cells = [(name.replace("|", "\\|"), value.replace("|", "\\|").replace("\n", " ")) for name, value in rows.items()]
    return [f"| {head[0]} | {head[1]} |", "|---|---|", *(f"| {name} | {value} |" for name, value in cells)]


def _leaves(tree: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, float]]:
    for name, value in tree.items():
        if name in LEFT_OUT:
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield f"{above}{name}", value
