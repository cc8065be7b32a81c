"""The slim network against VGG-19: picture quality, representation, speed and memory, and a grid to look at.

    python benchmarks/slim_network.py --vgg19 vgg19.h5 --contents photographs/ --styles paintings/ -o results/slim

The pictures must be ones that the network was not trained on. VGG-19's file may hold the blocks 1–3 alone.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from common import in_new_process, markdown_table, peak_memory_mb, random_vgg, vgg_network

STYLE_LAYERS = ["conv1_1", "conv2_1", "conv3_1"]
CONTENT_LAYER = "conv3_2"
ITERATIONS = 200
PAIRS = 10
PROBE_PIXELS = 40_000


def pictures(folder: str, side: int | None = None) -> list[np.ndarray]:
    from aiart.images import read_image, resize_long_side

    files = sorted(p for p in Path(folder).glob("*") if p.suffix.lower() in (".jpg", ".png"))
    found = [read_image(p) for p in files]
    return [resize_long_side(p, side) for p in found] if side else found


def networks(vgg19: str, slim: str | None) -> dict:
    """VGG-19's first three blocks, the slim network, and random weights of the slim network's shape."""
    from aiart.networks import vgg
    from aiart.networks.registry import load_network

    layers = [*STYLE_LAYERS, CONTENT_LAYER]
    return {
        "vgg19": load_network("vgg19", layers, weights=vgg19),
        "vgg19_slim": load_network("vgg19_slim", layers, weights=slim),
        "random": vgg_network(vgg.random_weights(7)),
    }


def distances(judge, picture, content, style) -> tuple[float, float]:
    """Style distance (relative Gram error, mean of the layers) and content distance under the judge."""
    from aiart.style_transfer.losses import content_loss
    from aiart.style_transfer.objective import as_batch
    from aiart.style_transfer.statistics import mean_gram_matrix, style_loss

    found = judge(as_batch(picture), [*STYLE_LAYERS, CONTENT_LAYER])
    wanted = judge(as_batch(style), STYLE_LAYERS)
    kept = judge(as_batch(content), [CONTENT_LAYER])
    styles = [
        float(style_loss(mean_gram_matrix(found[layer]), mean_gram_matrix(wanted[layer]), "relative"))
        for layer in STYLE_LAYERS
    ]
    return float(np.mean(styles)), float(content_loss(found[CONTENT_LAYER], kept[CONTENT_LAYER]))


def picture_quality(options) -> tuple[list[dict], list[list[np.ndarray]]]:
    """For each pair: how far each network's picture goes from the photograph to VGG-19's picture, in style."""
    from aiart.images import resize_long_side
    from aiart.params.style_transfer import StyleTransfer
    from aiart.style_transfer.paint import paint

    settings = StyleTransfer(
        style_layers=STYLE_LAYERS,
        content_layers=CONTENT_LAYER,
        style_statistic="gram",
        content_weight=1,
        pyramid=[],
        style_weight=1e6,
        tv_weight=100,
        iterations=ITERATIONS,
        long_side=256,
    )
    known = networks(options.vgg19, options.slim)
    judge = known["vgg19"]
    pairs = list(zip(pictures(options.contents), pictures(options.styles), strict=False))[:PAIRS]
    rows, cells = [], []
    for number, (content, style) in enumerate(pairs, start=1):
        content, style = resize_long_side(content, 256), resize_long_side(style, 256)
        made = {name: paint(net, content, [style], settings, seed=1).picture for name, net in known.items()}
        start, _ = distances(judge, content, content, style)
        reached = {name: distances(judge, picture, content, style) for name, picture in made.items()}
        way = start - reached["vgg19"][0]
        row = {"pair": number}
        for name in ("vgg19_slim", "random"):
            row[f"style reached, {name}"] = (start - reached[name][0]) / way
            row[f"content ratio, {name}"] = reached[name][1] / reached["vgg19"][1]
        rows.append(row)
        cells.append([content, style, *made.values()])
        print(row, flush=True)
    mean = {"pair": "mean"} | {key: float(np.mean([row[key] for row in rows])) for key in rows[0] if key != "pair"}
    return [*rows, mean], cells


def probe(options) -> list[dict]:
    """Share of the teacher's variance that the best linear map of the student's features leaves unexplained.

    Fitted on every other picture and measured on the rest.
    """
    import tensorflow as tf

    from aiart.networks.distillation.channel_selection import least_squares_embedding
    from aiart.networks.registry import load_network
    from aiart.params.layers import VGG_LAYERS

    layers = VGG_LAYERS[:8]
    teacher = load_network("vgg19", layers, weights=options.vgg19, padding="zero")
    students = {
        "vgg19_slim": load_network("vgg19_slim", layers, weights=options.slim, padding="zero"),
        "random": networks(options.vgg19, options.slim)["random"],
    }
    shown = [p[:224, :224] for folder in (options.contents, options.styles) for p in pictures(folder, 256)]
    shown = [tf.constant(p[np.newaxis]) for p in shown]
    generator = np.random.default_rng(0)
    # Samples by layer and network: of the pictures to fit on, and of those to measure on.
    found: dict = {layer: {name: ([], []) for name in ("teacher", *students)} for layer in layers}
    for number, picture in enumerate(shown):
        features = {name: net(picture, layers) for name, net in {"teacher": teacher, **students}.items()}
        for layer in layers:
            flat = {name: f[layer].numpy().reshape(-1, f[layer].shape[-1]) for name, f in features.items()}
            chosen = generator.permutation(len(flat["teacher"]))[: PROBE_PIXELS // len(shown) * 2]
            for name in flat:
                found[layer][name][number % 2].append(flat[name][chosen].astype(np.float64))
    rows = []
    for layer in layers:
        row = {"layer": layer}
        target, target_test = (np.concatenate(part) for part in found[layer]["teacher"])
        for name in students:
            train, test = (np.concatenate(part) for part in found[layer][name])
            matrix, bias = least_squares_embedding(train, target)
            residual = np.mean((test @ matrix + bias - target_test) ** 2)
            row[f"unexplained, {name}"] = float(residual / np.mean((target_test - target_test.mean(axis=0)) ** 2))
        rows.append(row)
    return rows


def measure_speed(task: dict) -> dict:
    """Seconds per evaluation of loss and gradient, and peak memory, of one network at one size."""
    import time

    import tensorflow as tf

    from aiart.params.style_transfer import StyleTransfer
    from aiart.style_transfer.objective import build_objective

    tf.zeros(1)
    baseline = peak_memory_mb()
    side = task["long_side"]
    picture = np.random.default_rng(0).uniform(0, 255, (side, side, 3)).astype(np.float32)
    settings = StyleTransfer(style_statistic="gram", long_side=side)
    evaluate = build_objective(random_vgg(task["network"], task["precision"]), picture, [picture[::-1]], settings)
    batch = tf.constant(picture[np.newaxis])
    evaluate(batch)
    seconds = []
    for _ in range(task["repeats"]):
        began = time.perf_counter()
        evaluate(batch).gradient.numpy()
        seconds.append(time.perf_counter() - began)
    return {"seconds": float(np.median(seconds)), "memory": peak_memory_mb() - baseline, "peak": peak_memory_mb()}


def speed() -> list[dict]:
    from aiart.networks.precision import native_bfloat16

    rows = []
    for precision in ["float32", "bfloat16"] if native_bfloat16() else ["float32"]:
        for side in (256, 512, 1024):
            found = {
                name: in_new_process(
                    __file__, {"network": name, "long_side": side, "precision": precision, "repeats": 7}
                )
                for name in ("vgg19", "vgg19_slim")
            }
            full, slim = found["vgg19"], found["vgg19_slim"]
            rows.append(
                {
                    "precision": precision,
                    "px": side,
                    "VGG-19, s": full["seconds"],
                    "slim, s": slim["seconds"],
                    "times faster": full["seconds"] / slim["seconds"],
                    "VGG-19, MB": full["memory"],
                    "slim, MB": slim["memory"],
                    "share of the memory": slim["memory"] / full["memory"],
                }
            )
            print(rows[-1], flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vgg19", help="VGG-19 weights, .h5 or .npz")
    parser.add_argument("--slim", help="slim weights, instead of the project's own")
    parser.add_argument("--contents", help="folder of photographs kept out of training")
    parser.add_argument("--styles", help="folder of paintings kept out of training")
    parser.add_argument("-o", "--output", help="folder for the tables and the grid")
    parser.add_argument(
        "--only", choices=["quality", "probe", "speed"], nargs="*", default=["quality", "probe", "speed"]
    )
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        print(json.dumps(measure_speed(json.loads(options.task))))
        return
    tables = {}
    if "quality" in options.only:
        tables["quality"], cells = picture_quality(options)
        draw(cells, options.output)
    if "probe" in options.only:
        tables["probe"] = probe(options)
    if "speed" in options.only:
        tables["speed"] = speed()
    from aiart.gallery import write_table

    for name, rows in tables.items():
        print(f"\n{name}\n\n{markdown_table(rows)}")
        write_table(Path(options.output) / f"{name}.csv", rows)


def draw(cells: list[list[np.ndarray]], output: str) -> None:
    from aiart.gallery import draw_grid
    from aiart.images import write_image

    grid = draw_grid(
        cells,
        column_labels=["photograph", "painting", "VGG-19, blocks 1–3", "vgg19_slim", "random weights"],
        row_labels=[f"pair {n}" for n in range(1, len(cells) + 1)],
        title="The slim network beside VGG-19",
        caption=f"256 px, {ITERATIONS} evaluations of L-BFGS, style {', '.join(STYLE_LAYERS)}.",
    )
    write_image(Path(output) / "pairs.png", grid)


if __name__ == "__main__":
    main()
