"""Small jobs of each kind, one after another in one process: `python -m helpers.small_jobs KIND FOLDER`.

FOLDER then holds what they wrote, `control.txt` what NumPy's BLAS makes of a product, and `ops.txt`, where TensorFlow
was started, the operations that its jobs but for the first are made of, those of gradients among them.
"""

from __future__ import annotations

import argparse
import os
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np

from aiart.cli import main
from aiart.datasets.paintings import PAINTERS

STYLIZE = ["--iterations", "6", "--long-side", "48", "--seed", "3", "--threads", "1"]
TRAIN = [
    *("--image-side", "32", "--generator-width", "4", "--discriminator-width", "4", "--receptive-field", "16"),
    *("--epochs", "2", "--decay-epochs", "1", "--validate-every", "1", "--samples", "2", "--log-every", "1"),
    *("--keep", "best", "--seed", "4", "--threads", "1"),
]


OPS: set[str] = set()
ON_DEVICE: list[str] = []
"""Options of every command that computes by TensorFlow, from the command line."""


def aiart(arguments: list[str]) -> None:
    """A command as a person gives it; RuntimeError where it does not end well."""
    computes = arguments[0] in ("stylize", "dream", "train", "evaluate", "translate")
    try:
        main([*arguments, *ON_DEVICE] if computes else arguments)
    except SystemExit as end:
        if end.code:
            raise RuntimeError(f"aiart {' '.join(arguments)} ended with {end.code}") from None
    if computes and not OPS:
        watch_operations()


def watch_operations() -> None:
    """Have TensorFlow, which has just started, tell of every operation that it runs or makes a graph of."""
    from tensorflow.python.framework import op_callbacks

    def note(op_type, inputs, attributes, outputs, op_name=None, graph=None):
        name = op_type.decode() if isinstance(op_type, bytes) else op_type
        # Compiled functions are called by names with a number, which other jobs of the process change.
        if not name.startswith("__"):
            OPS.add(name)

    op_callbacks.add_op_callback(note)


def drawing(pictures: int = 2, side: int = 128) -> None:
    """What goes in: photographs, paintings and datasets."""
    aiart(["picture", "photograph", "astronaut", "-o", "astronaut.png"])
    for name in PAINTERS:
        aiart(["picture", "painting", name, "-o", f"{name}.png", "--side", str(side)])
    for name in ("facades", "paintings"):
        few = ["--train-pictures", str(pictures), "--test-pictures", str(pictures), "--side", "96"]
        aiart(["dataset", "make", f"synthetic_{name}", "-o", name, "--manifest", f"{name}.tsv", "--seed", "5", *few])


def painting() -> None:
    """Style transfer in its ways to keep colours, and dreams with a zoom that turns."""
    drawing(1, 64)
    two = ["stylize", "astronaut.png", "starry_flow.png"]
    histories = []
    for optimizer in ("lbfgs", "adam"):
        for colours in ("luminance", "statistics"):
            name = f"results/style_transfer/pictures/{optimizer}_{colours}"
            files = ["-o", f"{name}.png", "--history", f"{name}.csv", "--metrics", f"{name}.json"]
            aiart([*two, *files, "--preserve-colours", colours, "--optimizer", optimizer, *STYLIZE])
            histories.append(f"{name}.csv")
    figures = [name.replace(".csv", ".json") for name in histories]
    aiart(["curves", *histories, "-o", "curves.png", "--labels", "a,b,c,d"])
    grid = ["grid", *(name.replace(".csv", ".png") for name in histories), "--metrics", *figures]
    aiart([*grid, "-o", "grid.png", "--table", "grid.csv", "--columns", "a,b,c,d", "--title", "A grid"])
    axes = ["--x", "cfsd", "--y", "effectiveness_googlenet_slim"]
    aiart(["scatter", *grid[1:], "-o", "scatter.png", *axes, "--groups", "a,a,b,b"])
    aiart(["figures", "--metrics", *figures, "--histories", *histories, "-o", "figures"])
    zoom = ["--zoom-frames", "2", "--rotation", "7", "--animation", "dream.gif", "--laplacian-levels", "2"]
    files = ["-o", "dream.png", "--history", "dream.csv", "--metrics", "dream.json"]
    few = ["--octaves", "2", "--iterations", "2", "--long-side", "64", "--preserve-colours", "luminance"]
    aiart(["dream", "astronaut.png", *files, *few, *zoom, "--seed", "2", "--threads", "1"])
    turned = ["--random-scale", "0.1", "--random-rotation", "10", "--parametrization", "fourier"]
    aiart(["dream", "astronaut.png", "-o", "fourier.png", *few, *turned, "--threads", "1"])


def training(method: str = "pix2pix", pictures: int = 3) -> None:
    """A training, its judgement and a translation."""
    dataset = {"pix2pix": "facades", "cyclegan": "paintings"}[method]
    few = ["--train-pictures", str(pictures), "--test-pictures", str(pictures), "--side", "64"]
    aiart(["dataset", "make", f"synthetic_{dataset}", "-o", dataset, "--seed", "3", *few])
    model = f"{method}.npz"
    files = ["-o", model, "--history", f"{method}.csv", "--progress", f"{method}.progress.png", "--state", "state.npz"]
    aiart(["train", method, "--dataset", dataset, *files, *TRAIN])
    files = ["-o", f"{method}.json", "--table", f"{method}.pictures.csv", "--grid", f"{method}.png"]
    aiart(["evaluate", model, "--dataset", dataset, *files, "--threads", "1"])
    way = ["--direction", "a_to_b"] if method == "cyclegan" else []
    aiart(
        [
            "translate",
            model,
            f"{dataset}/test{'A' if method == 'cyclegan' else ''}",
            "-o",
            "out",
            *way,
            "--threads",
            "1",
        ]
    )


def networks() -> None:
    """What TensorFlow has a part in."""
    painting()
    training()


def everything() -> None:
    """All kinds, with more pictures."""
    drawing(6, 256)
    painting()
    for method in ("pix2pix", "cyclegan"):
        training(method, 8)


KINDS = {job.__name__: job for job in (drawing, networks, everything)}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--gpus", help="of every command that computes; without it as the commands do")
    options = parser.parse_args()
    ON_DEVICE += ["--gpus", options.gpus] if options.gpus else []
    options.folder.mkdir(parents=True, exist_ok=True)
    os.chdir(options.folder)
    sys.argv[1:] = []
    numbers = np.random.default_rng(1).random((300, 300), np.float32)
    Path("control.txt").write_text(sha256(numbers @ numbers).hexdigest())
    KINDS[options.kind]()
    if OPS:
        Path("ops.txt").write_text("\n".join(sorted(OPS)))
