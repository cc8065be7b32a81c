"""A gallery of a few small pictures with their records, as the workflow leaves it, made in a second."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import numpy as np

from aiart.datasets.files import file_digest
from aiart.gallery import write_animation
from aiart.images import write_image
from aiart.page.write import write_page
from aiart.params import canonical_json
from aiart.params.merge import load_params
from aiart.params.recipes import COMMANDS

PARAMS = """\
seed: 1
networks: {}
style_transfer:
  defaults: {long_side: 48, iterations: 9}
  pictures:
    alone: {content: astronaut, style: [ink_wash, starry_flow], style_weight: 2e5, regions: {auto: 2}}
  sweeps:
    weights:
      title: Style weight and learning rate
      caption: A <b>caption</b> & more.
      columns: {style_weight: [1e4, 1e5, 1e7]}
      rows: {learning_rate: [1, 20]}
      base: {content: chelsea, style: ink_wash, optimizer: adam}
deep_dream:
  defaults: {long_side: 48}
  animations:
    zoom: {picture: chelsea, zoom_frames: 3}
  sweeps:
    layers:
      title: Layers
      columns: {layers: {shallow: conv2_1, "both </script>": [conv3_1, conv4_1]}}
      base: {picture: chelsea}
pix2pix:
  defaults: {image_side: 32}
  runs:
    houses: {dataset: synthetic_facades}
cyclegan: {}
"""


def picture(seed: int, height: int = 32, width: int = 48) -> np.ndarray:
    """Smooth, and another for each seed."""
    y, x = np.mgrid[0:height, 0:width]
    random = np.random.default_rng(seed)
    waves = [np.sin(x * random.uniform(0.05, 0.4) + y * random.uniform(0.05, 0.4) + i) for i in range(3)]
    return (127 + 120 * np.stack(waves, -1)).astype(np.float32)


def make_page(folder: Path) -> Path:
    """The folder of `make_results` with its page and album, which look for params.yaml and data where they are made."""
    results = make_results(folder)
    with contextlib.chdir(folder):
        write_page(results / "index.html", load_params("params.yaml"), results / "album.html")
    return results


def make_results(folder: Path) -> Path:
    """Write `params.yaml`, `data` and `results` into a folder; returns the folder of the results."""
    (folder / "params.yaml").write_text(PARAMS, encoding="utf-8")
    for seed, name in enumerate(
        ["photographs/astronaut", "photographs/chelsea", "paintings/ink_wash", "paintings/starry_flow"]
    ):
        write_image(folder / f"data/{name}.png", picture(100 + seed, 64, 96))
    params, results = load_params(folder / "params.yaml"), folder / "results"
    commands = {command.room: name for name, command in COMMANDS.items()}
    seed = 0
    for key, room in params.rooms.items():
        for path, item in room.items().items():
            seed += 1
            _write_result(results / key / path, item, commands.get(key), seed, folder)
    return results


def _write_result(target: Path, item, command: str | None, seed: int, folder: Path) -> None:
    def named(name: str) -> dict[str, str]:
        (file,) = folder.glob(f"data/*/{name}.png")
        return {"name": file.name, "sha256": file_digest(file)}

    settings = item.model_dump()
    made_with = {"aiart": "0.1.0", "seed": seed, "threads": 1, "tensorflow": "2.21.0"}
    if command == "stylize":
        made_of = {"content": named(item.content), "styles": [named(name) for name in item.styles]}
    else:
        made_of = {"picture": named(item.picture)} if command else {}
    said = {"made_with": made_with, "made_of": made_of}
    own = {name: settings[name] for name in COMMANDS[command].settings.model_fields} if command else {}
    metadata = {"aiart": canonical_json({command: own, **said} if command else said)}
    write_image(f"{target}.png", picture(seed), metadata=metadata)
    judged = {"effectiveness_googlenet_slim": 90.5 / seed, "cfsd_googlenet_slim": 10.5 * seed}
    measured = {"best_total": 100.5 * seed, **judged, "evaluations": 9, "a_to_b": {"kid": 0.5}}
    Path(f"{target}.json").write_text(json.dumps({"measured": measured, "settings": own, **said}), encoding="utf-8")
    names = ["total", "objective", "generator"]
    rows = [",".join(["step", *names]), *(f"{i},{1000 / i},{i},{5 / i}" for i in range(1, 101))]
    Path(f"{target}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    if settings.get("regions"):
        write_image(f"{target}.regions.png", picture(seed + 50))
    if "animations" in target.parts:
        write_animation(f"{target}.gif", [picture(i) for i in range(5)])
    if command is None:
        for suffix in ("strip", "input"):
            write_image(f"{target}.{suffix}.png", picture(len(suffix), 64, 32))
        tiles = {"columns": ["a", "b"], "rows": ["input", "1,000", "2,000"], "left": [4, 40], "top": [2, 36, 70]}
        text = json.dumps(tiles | {"size": [32, 30]})
        write_image(f"{target}.progress.png", picture(8, 104, 76), metadata={"tiles": text})
