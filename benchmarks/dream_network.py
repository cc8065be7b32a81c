"""The slim dreamer against GoogLeNet: what its dreams do to GoogLeNet's own activations, errors, silent channels, and
grids to look at.

    python benchmarks/dream_network.py --googlenet googlenet.npz --pictures photographs/ -o results/dreamer

The pictures must be ones that the network was not trained on. googlenet.npz holds BVLC's kernels (height, width, in,
out) and biases by Caffe's names, `conv1/7x7_s2/kernel` and so on.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import common  # noqa: F401  (quiets TensorFlow before it is loaded)
import numpy as np
import tensorflow as tf
from common import markdown_table

from aiart.deep_dream.dream import dream
from aiart.deep_dream.objective import build_objective
from aiart.gallery import draw_grid, write_table
from aiart.images import read_image, resize_long_side, write_image
from aiart.networks.distillation.channel_selection import least_squares_embedding
from aiart.networks.googlenet import LAYERS, load
from aiart.networks.registry import load_network
from aiart.params.deep_dream import DeepDream
from aiart.params.feature_networks import NETWORKS

PICTURES = 10
SETTINGS = {"long_side": 224, "octaves": 3, "iterations": 12}
# Positions of each layer to fit the linear map on.
PROBE_SAMPLES = 20_000


def photographs(folder: str, side: int) -> list[np.ndarray]:
    files = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return [resize_long_side(read_image(file), side) for file in files]


def strength(network, picture: np.ndarray, layer: str) -> float:
    """Mean square of the layer's activation."""
    return float(tf.reduce_mean(network(tf.constant(picture[np.newaxis], tf.float32), [layer])[layer] ** 2))


def shares(networks: dict, layers: list[str], shown: list[np.ndarray], cache: Path) -> tuple[list[dict], dict]:
    """The student's share of GoogLeNet's gain in GoogLeNet's own activation, by layer; and the dreams of both."""
    rows, dreams = [], {}
    for layer in layers:
        settings = DeepDream(network="googlenet_slim", layers=layer, **SETTINGS)
        smallest = NETWORKS["googlenet_slim"].smallest_side([layer])
        evaluate = {name: build_objective(network, settings) for name, network in networks.items()}
        reached = []
        for number, picture in enumerate(shown):
            made = {}
            for name in networks:
                kept = cache / f"{layer}_{number}.npy"
                if name == "googlenet" and kept.exists():
                    made[name] = np.load(kept)
                    continue
                made[name] = dream(
                    evaluate[name], picture, settings, seed=1, smallest_side=smallest, name=layer
                ).picture
                if name == "googlenet":
                    np.save(kept, made[name])
            before, theirs, ours = (
                strength(networks["googlenet"], p, layer) for p in (picture, made["googlenet"], made["googlenet_slim"])
            )
            reached.append((ours - before) / (theirs - before))
            dreams[layer, number] = made
        rows.append(
            {
                "layer": layer,
                "share of the gain": float(np.mean(reached)),
                "least": min(reached),
                "most": max(reached),
            }
        )
        print(rows[-1], flush=True)
    return rows, dreams


def probe(networks: dict, shown: list[np.ndarray]) -> list[dict]:
    """By layer: the share of GoogLeNet's variance that the best linear map of the student's features leaves
    unexplained, fitted on every other picture and measured on the rest; and the student's silent channels."""
    found = {
        name: [network(tf.constant(p[np.newaxis], tf.float32), LAYERS) for p in shown]
        for name, network in networks.items()
    }
    random = np.random.default_rng(0)
    rows = []
    for layer in LAYERS:
        fit, test = [], []
        for number, (theirs, ours) in enumerate(zip(found["googlenet"], found["googlenet_slim"], strict=True)):
            flat = [f[layer].numpy().reshape(-1, f[layer].shape[-1]).astype(np.float64) for f in (ours, theirs)]
            chosen = random.permutation(len(flat[0]))[: 2 * PROBE_SAMPLES // len(shown)]
            (fit, test)[number % 2].append([f[chosen] for f in flat])
        (x, y), (x_test, y_test) = ([np.concatenate(f) for f in zip(*part, strict=True)] for part in (fit, test))
        matrix, bias = least_squares_embedding(x, y)
        left = np.mean((x_test @ matrix + bias - y_test) ** 2) / np.mean((y_test - y_test.mean(axis=0)) ** 2)
        silent = np.mean(np.concatenate([x, x_test]).max(axis=0) <= 0)
        rows.append({"layer": layer, "unexplained": float(left), "silent channels": float(silent)})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--googlenet", required=True, help="BVLC GoogLeNet's weights, .npz")
    parser.add_argument("--slim", help="slim weights, instead of the project's own")
    parser.add_argument("--pictures", required=True, help="folder of photographs kept out of training")
    parser.add_argument("--probe-pictures", help="folder of more of them, for errors and silent channels")
    parser.add_argument("--layers", nargs="+", default=list(LAYERS[3:]), help="layers to dream of")
    parser.add_argument("-o", "--output", required=True, help="folder for tables, grids and GoogLeNet's dreams")
    options = parser.parse_args()
    output = Path(options.output)
    cache = output / "googlenet"
    cache.mkdir(parents=True, exist_ok=True)
    networks = {
        "googlenet": load(Path(options.googlenet), LAYERS, preprocessing="caffe"),
        "googlenet_slim": load_network("googlenet_slim", LAYERS, weights=options.slim),
    }
    tables = {"errors": probe(networks, photographs(options.probe_pictures or options.pictures, 224))}
    print(markdown_table(tables["errors"]), flush=True)
    shown = photographs(options.pictures, SETTINGS["long_side"])[:PICTURES]
    tables["shares"], dreams = shares(networks, options.layers, shown, cache)
    for name, rows in tables.items():
        print(f"\n{name}\n\n{markdown_table(rows)}")
        write_table(output / f"{name}.csv", rows)
    for number in range(len(shown)):
        draw(number, shown[number], dreams, options.layers, output)


def draw(number: int, picture: np.ndarray, dreams: dict, layers: list[str], output: Path) -> None:
    grid = draw_grid(
        [[picture, *(dreams[layer, number][name] for layer in layers)] for name in ("googlenet", "googlenet_slim")],
        column_labels=["photograph", *(layer.removeprefix("inception_") for layer in layers)],
        row_labels=["GoogLeNet", "googlenet_slim"],
        title="The slim dreamer beside GoogLeNet",
        caption=f"{SETTINGS['long_side']} px, {SETTINGS['octaves']} octaves of {SETTINGS['iterations']} steps each.",
    )
    write_image(output / f"dreams_{number}.png", grid)


if __name__ == "__main__":
    main()
