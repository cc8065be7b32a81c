"""Style transfer: seconds per iteration, compile time, peak memory, and time to a given loss.

    python benchmarks/style_transfer.py --output docs/performance

Measures VGG-19 and the slim network at several sizes in each precision that the machine has, every figure
in a process of its own. VGG-19's time does not depend on its weights, so random ones serve. Writes
`<output>.csv` and `<output>.png`, and prints Markdown tables.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from common import in_new_process, markdown_table, peak_memory_mb, random_vgg

SIZES = (256, 512, 784, 1024)
LAYERS = ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]


def measure(task: dict) -> dict:
    """One network, size, precision and optimiser."""
    import tensorflow as tf

    from aiart.datasets.paintings import paint as paint_style
    from aiart.datasets.photographs import load_photograph
    from aiart.images import resize_exact
    from aiart.networks.registry import load_network
    from aiart.params.style_transfer import StyleTransfer
    from aiart.style_transfer.paint import paint
    from aiart.timings import timings

    tf.zeros(1)
    baseline = peak_memory_mb()
    side = task["long_side"]
    gram = {"style_layers": LAYERS, "style_statistic": "gram", "content_weight": 1, "pyramid": []}
    settings = StyleTransfer(long_side=side, **{**gram, **task["settings"]})
    if task["network"] == "vgg19_slim":
        network = load_network("vgg19_slim", LAYERS, precision=task["precision"])
    else:
        network = random_vgg("vgg19", task["precision"], padding="replicate")
    content = resize_exact(load_photograph("astronaut"), side, side)
    style = paint_style("starry_flow", height=512, width=512, seed=1)
    painted = paint(network, content, [style], settings, seed=1)
    took = timings(painted.seconds)
    return {
        **{key: took[key] for key in ("seconds_compile", "seconds_per_iteration", "peak_memory_mb")},
        "memory_above_start_mb": took["peak_memory_mb"] - baseline,
        "losses": painted.history.total.tolist(),
        "seconds": took["seconds"],
    }


def sizes(precisions: list[str], chosen: list[int]) -> list[dict]:
    """The table of sizes; networks alternate within a size, so that a busy machine disturbs both."""
    rows = []
    for side in chosen:
        for precision in precisions:
            for network, iterations in (("vgg19_slim", 12), ("vgg19", 5)):
                settings = {"iterations": iterations, "style_weight": 1e6, "optimizer": "adam"}
                task = {"network": network, "long_side": side, "precision": precision, "settings": settings}
                found = in_new_process(__file__, task)
                figures = {k: v for k, v in found.items() if k not in ("losses", "seconds")}
                rows.append({"network": network, "long_side": side, "precision": precision, **figures})
                print(rows[-1], flush=True)
    return rows


def optimizers() -> list[dict]:
    """Evaluations and seconds until each optimiser reaches the loss that Adam at rate 1 has after 300."""
    runs = {}
    for name, settings in {
        "adam, rate 1": {"optimizer": "adam", "learning_rate": 1, "iterations": 300},
        "adam, rate 10": {"optimizer": "adam", "learning_rate": 10, "iterations": 300},
        "lbfgs": {"optimizer": "lbfgs", "iterations": 300},
    }.items():
        task = {"network": "vgg19_slim", "long_side": 256, "precision": "float32"}
        runs[name] = in_new_process(__file__, {**task, "settings": {"style_weight": 1e6, **settings}})
    goal = min(runs["adam, rate 1"]["losses"])
    rows = []
    for name, run in runs.items():
        reached = next((i for i, loss in enumerate(run["losses"]) if loss <= goal), None)
        rows.append(
            {
                "optimizer": name,
                "final loss": min(run["losses"]),
                "evaluations to Adam's 300": "not reached" if reached is None else reached + 1,
                "seconds": "not reached" if reached is None else run["seconds"][reached] - run["seconds"][0],
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", help="path of the .csv and .png, without suffix")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="none: the optimisers alone")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        print(json.dumps(measure(json.loads(options.task))))
        return
    from aiart.gallery import plot_curves, write_table
    from aiart.networks.precision import native_bfloat16

    precisions = ["float32", "bfloat16"] if native_bfloat16() else ["float32"]
    rows = sizes(precisions, list(options.sizes))
    if rows:
        print(markdown_table(rows), end="\n\n")
    print(markdown_table(optimizers()))
    if options.output and rows:
        write_table(f"{options.output}.csv", rows)
        curves = {
            f"{network}, {precision}": tuple(
                zip(
                    *(
                        (r["long_side"], r["seconds_per_iteration"])
                        for r in rows
                        if (r["network"], r["precision"]) == (network, precision)
                    ),
                    strict=True,
                )
            )
            for network in ("vgg19", "vgg19_slim")
            for precision in precisions
        }
        title = "Style transfer on this machine's processor"
        labels = {"x_label": "longer side, pixels", "y_label": "seconds per iteration"}
        plot_curves(Path(f"{options.output}.png"), curves, title=title, y_log=True, **labels)


if __name__ == "__main__":
    main()
