"""What the choices behind style transfer's defaults are worth: every variant on the same pairs, by figures that are not
its own loss.

    python benchmarks/style_defaults.py --folder defaults --output docs/style-defaults

Paints ten pairs of built-in pictures at 512 px, and pairs of your own with `--pairs photo.jpg=painting.jpg …`; what
is in `--folder` already is not painted again. Writes `<output>.csv` and prints a Markdown table of means.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
from common import markdown_table

BUILT_IN = (
    ("astronaut", "starry_flow"),
    ("chelsea", "woodblock_waves"),
    ("coffee", "stained_glass"),
    ("rocket", "expressionist"),
    ("astronaut", "pointillism"),
    ("chelsea", "ink_wash"),
    ("coffee", "geometric_abstraction"),
    ("chelsea", "starry_flow"),
    ("coffee", "expressionist"),
    ("rocket", "woodblock_waves"),
)
LAYERS = ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]
# About as many evaluations at both levels as cost those of one.
LEVELS = {"pyramid": [{"scale": 0.5, "iterations": 60}], "iterations": 60}
ONE = {"pyramid": [], "content_weight": 1}
TWO = {**LEVELS, "content_weight": 1}
VARIANTS = {
    "before": {"style_statistic": "gram", "style_layers": LAYERS[:3], **ONE},
    "moments": {"style_layers": LAYERS[:3], **ONE},
    "average pooling": {"style_layers": LAYERS[:3], "pooling": "avg", **ONE},
    "four layers": {"style_layers": LAYERS[:4], **ONE},
    "four layers, two levels": {"style_layers": LAYERS[:4], **TWO},
    "the same by gram": {"style_statistic": "gram", "style_layers": LAYERS[:4], **TWO},
    "five layers, two levels": {"style_layers": LAYERS, **TWO},
    "now (content weight 2)": {"style_layers": LAYERS, **TWO, "content_weight": 2},
    "content weight 5": {"style_layers": LAYERS, **TWO, "content_weight": 5},
}


def pictures(built_in: int, pairs: list[str]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Photographs with their paintings, the built-in ones first."""
    from aiart.datasets.paintings import paint as paint_style
    from aiart.datasets.photographs import load_photograph
    from aiart.images import read_image

    found = [
        (load_photograph(photograph), np.rint(paint_style(style, height=512, width=512, seed=1)))
        for photograph, style in BUILT_IN[:built_in]
    ]
    return [*found, *(tuple(read_image(path) for path in pair.split("=", 1)) for pair in pairs)]


def painted(folder: Path, number: int, pair: tuple[np.ndarray, np.ndarray], changes: dict) -> tuple[Path, float]:
    """The picture of a pair, and the CPU-seconds that it took."""
    from aiart.images import write_image
    from aiart.networks.registry import load_network
    from aiart.params.style_transfer import StyleTransfer
    from aiart.style_transfer.paint import paint

    picture, record = folder / f"{number:02}.png", folder / f"{number:02}.json"
    if not record.exists():
        folder.mkdir(parents=True, exist_ok=True)
        settings = StyleTransfer(long_side=512, **changes)
        layers = [*settings.content_layer_weights, *settings.style_layer_list]
        network = load_network(settings.network, layers, pooling=settings.pooling, padding=settings.padding)
        began = time.process_time()
        result = paint(network, pair[0], [pair[1]], settings, seed=1, name=f"{folder.name} {number}")
        write_image(picture, result.picture)
        record.write_text(json.dumps({"cpu": time.process_time() - began}))
    return picture, json.loads(record.read_text())["cpu"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--built-in", type=int, default=len(BUILT_IN), help="how many of the built-in pairs")
    parser.add_argument("--pairs", nargs="*", default=[], metavar="PHOTOGRAPH=PAINTING")
    parser.add_argument("--variants", nargs="*", default=list(VARIANTS), choices=list(VARIANTS))
    options = parser.parse_args()
    from aiart.images import read_image
    from aiart.style_transfer.judging import load_judges, measure

    pairs, judges, rows = pictures(options.built_in, options.pairs), load_judges("vgg19_slim"), []
    for variant in options.variants:
        for number, pair in enumerate(pairs):
            path, seconds = painted(options.folder / variant, number, pair, VARIANTS[variant])
            figures = measure(judges, read_image(path), pair[0], [pair[1]])
            rows.append({"variant": variant, "pair": number, "cpu": seconds, **figures})
    table = pd.DataFrame(rows).drop(columns=["layers", "photograph"]).round(4)
    table.to_csv(options.output.with_suffix(".csv"), index=False)
    means = table.drop(columns="pair").groupby("variant", sort=False).mean().round(3)
    means["pairs"] = table.groupby("variant", sort=False).size()
    print(markdown_table(means.reset_index().to_dict("records")))


if __name__ == "__main__":
    main()
