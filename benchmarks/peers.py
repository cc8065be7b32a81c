"""This project beside PyTorch programs: a style transfer as a whole command, and one step of each training.

    python benchmarks/peers.py --torch-python ../torch/bin/python --output docs/performance-peers

The peers are written anew after neural-style-pt, style-transfer-pytorch and pytorch-CycleGAN-and-pix2pix
(`torch_style_transfer.py`, `torch_training.py`), and run in float32 as those do.

Style transfer: VGG-19, style conv1_1 … conv5_1, content conv4_2, one square picture, 40 evaluations. Ours minimises
what neural-style-pt does: the same losses, weights, padding and pooling; L-BFGS in both. style-transfer-pytorch has
losses and an optimiser (Adam) of its own. Random weights serve where no file is given, since time does not depend on
them. Whole processes take turns: in each round those whose ratio is asked for, the others in the first alone.

Training: long-lived processes take turns, a few steps each. Ours are the defaults (instance norm, both networks learn
from the same passes); theirs are theirs. The networks have the same layers and widths. CPU seconds are those of a step.

PyTorch's waiting threads sleep (OMP_WAIT_POLICY=passive): those that spin, its default, took five to nine times as long
on a busy machine. Another value of the variable wins.

Writes `<output>.csv` and prints a Markdown table; says in a sentence where there is no torch, and measures nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import training_step
from common import markdown_table, take_turns, whole_command

HERE = Path(__file__).parent
WIDTHS = {1: 64, 2: 128, 3: 256, 4: 512, 5: 512}
BLOCKS = {1: 2, 2: 2, 3: 4, 4: 4, 5: 4}
LAYERS = "conv1_1,conv2_1,conv3_1,conv4_1,conv5_1"
NEURAL_STYLE = "neural-style-pt"
TRAININGS = {"pix2pix": 256, "cyclegan": 128}
"""Side of the pictures of each method."""


def write_vgg19(path: Path, known: str | None) -> None:
    """All 16 layers as .npz: those of the file `known`, He-normal kernels and zero biases for the others."""
    generator, arrays, channels = np.random.default_rng(0), {}, 3
    found = dict(np.load(known)) if known else {}
    for block, width in WIDTHS.items():
        for index in range(1, BLOCKS[block] + 1):
            name = f"block{block}_conv{index}"
            kernel = generator.normal(0, (2 / (9 * channels)) ** 0.5, (3, 3, channels, width)).astype(np.float32)
            arrays[f"{name}/kernel"] = found.get(f"{name}/kernel", kernel)
            arrays[f"{name}/bias"] = found.get(f"{name}/bias", np.zeros(width, np.float32))
            channels = width
    np.savez(path, **arrays)


def write_pictures(folder: Path, side: int) -> list[str]:
    """A photograph and a painting, side × side pixels."""
    from aiart.datasets.paintings import paint
    from aiart.datasets.photographs import load_photograph
    from aiart.images import resize_exact, write_image

    write_image(folder / "content.png", resize_exact(load_photograph("astronaut"), side, side))
    write_image(folder / "style.png", paint("starry_flow", height=side, width=side, seed=1))
    return [str(folder / "content.png"), str(folder / "style.png")]


def same_objective(side: int, evaluations: int) -> list[str]:
    """Our options for the losses of neural-style-pt at its defaults."""
    return [
        *("--long-side", str(side), "--iterations", str(evaluations), "--optimizer", "lbfgs", "--pooling", "max"),
        *("--style-statistic", "gram", "--pyramid", "[]"),
        *("--padding", "zero", "--style-layers", LAYERS, "--content-layers", "conv4_2"),
        # Its content loss is not divided by 4, its layers' weights are not divided by their number, and its TV is a
        # sum over all values of the picture.
        *("--gram-normalization", "elements", "--content-weight", "20", "--style-weight", "500"),
        *("--tv-weight", str(1e-3 * 3 * side * side)),
    ]


def style_commands(options: argparse.Namespace, folder: Path) -> dict[str, list[str]]:
    """The commands by the program's name; each writes seconds of its evaluations into NAME.timings.json."""
    weights = folder / "vgg19.npz"
    write_vgg19(weights, options.vgg19)
    pictures = write_pictures(folder, options.side)

    def files(name: str) -> list[str]:
        return ["-o", str(folder / f"{name}.png"), "--timings", str(folder / f"{name}.timings.json")]

    def theirs(name: str, program: str) -> list[str]:
        script = [options.torch_python, str(HERE / "torch_style_transfer.py"), program, *pictures, *files(name)]
        return [*script, "--weights", str(weights), "--evaluations", str(options.evaluations)]

    def ours(name: str, network: str, precision: str, *more: str) -> list[str]:
        command = [sys.executable, "-m", "aiart", "stylize", *pictures, *files(name), "--network", network]
        return [*command, "--precision", precision, *same_objective(options.side, options.evaluations), *more]

    vgg19, slim = ("--weights", str(weights)), ("--gram-normalization", "relative", "--style-weight", "1e6")
    return {
        NEURAL_STYLE: theirs(NEURAL_STYLE, "neural_style_pt"),
        "VGG-19, bfloat16": ours("VGG-19, bfloat16", "vgg19", "bfloat16", *vgg19),
        "vgg19_slim, bfloat16": ours("vgg19_slim, bfloat16", "vgg19_slim", "bfloat16", *slim),
        "style-transfer-pytorch": theirs("style-transfer-pytorch", "crowsonkb"),
        "VGG-19, float32": ours("VGG-19, float32", "vgg19", "float32", *vgg19),
        "vgg19_slim, float32": ours("vgg19_slim, float32", "vgg19_slim", "float32", *slim),
    }


def style_transfer(options: argparse.Namespace) -> list[dict]:
    """Whole commands in turn, and the seconds of one evaluation inside them."""
    found: dict[str, list[dict]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = style_commands(options, folder)
        for turn in range(options.rounds):
            for program, command in commands.items():
                if turn and program not in (NEURAL_STYLE, "VGG-19, bfloat16", "vgg19_slim, bfloat16"):
                    continue
                used = whole_command(command)
                seconds = json.loads((folder / f"{program}.timings.json").read_text())["seconds"]
                # The first evaluation includes what is compiled.
                used |= {"evaluations": len(seconds), "one": (seconds[-1] - seconds[0]) / (len(seconds) - 1)}
                found.setdefault(program, []).append(used)
                print(f"{program}: {used}", file=sys.stderr, flush=True)
    rows = []
    for program, uses in found.items():
        row = {part: statistics.median(use[part] for use in uses) for part in uses[0]}
        rows.append({"task": f"style transfer, {options.side} px", "program": program, **row})
    return rows


def training(options: argparse.Namespace) -> list[dict]:
    """Seconds of one step, median of the turns."""
    rows = []
    for method, side in TRAININGS.items():
        task = json.dumps({"method": method, "side": side})
        commands = {"junyanz": [options.torch_python, str(HERE / "torch_training.py"), "--task", task]}
        for precision in ("float32", "bfloat16"):
            commands[precision] = training_step.command(method, side, precision)
        steps = max(1, round(3 * (128 / side) ** 2)) if method == "cyclegan" else max(1, round(4 * (256 / side) ** 2))
        for program, answers in take_turns(commands, steps, options.training_rounds).items():
            one, cpu, _ = (statistics.median(figures) for figures in zip(*answers, strict=True))
            row = {"task": f"{method} step, {side} px", "program": program, "one": one, "cpu": cpu}
            rows.append({**row, "memory_mb": answers[-1][2]})
            print(row, file=sys.stderr, flush=True)
    return rows


def with_ratios(rows: list[dict]) -> list[dict]:
    """How many times the first program of the same task takes as long: whole commands, and single evaluations."""
    first: dict[str, dict] = {}
    shown = []
    for row in rows:
        reference = first.setdefault(row["task"], row)
        shown.append(
            {
                "task": row["task"],
                "program": row["program"],
                "one, s": row["one"],
                "times faster": reference["one"] / row["one"],
                "command, s": row.get("wall", "–"),
                "times faster, command": reference["wall"] / row["wall"] if "wall" in row else "–",
                "CPU, s": row.get("cpu", "–"),
                "peak, MB": round(row["memory_mb"]),
                "evaluations": row.get("evaluations", "–"),
            }
        )
    return shown


def torch_version(python: str) -> str | None:
    """The version of torch in an interpreter, None where it has none."""
    try:
        asked = subprocess.run([python, "-c", "import torch; print(torch.__version__)"], capture_output=True, text=True)
    except OSError:
        return None
    return asked.stdout.strip() if asked.returncode == 0 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch-python", default=sys.executable, help="interpreter that has torch, NumPy and Pillow")
    parser.add_argument("--vgg19", help="weights of VGG-19, .npz; random ones for the layers it lacks")
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--evaluations", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=2, help="of the whole commands")
    parser.add_argument("--training-rounds", type=int, default=5)
    parser.add_argument("--only", choices=["style_transfer", "training"], help="measure one of both")
    parser.add_argument("--output", help="write <output>.csv")
    options = parser.parse_args()
    version = torch_version(options.torch_python)
    if version is None:
        print(f"{options.torch_python} has no torch, so that no peer is measured; give --torch-python one that has it.")
        return
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    rows = [] if options.only == "training" else style_transfer(options)
    rows += [] if options.only == "style_transfer" else training(options)
    rows = with_ratios(rows)
    print(f"PyTorch {version}\n\n{markdown_table(rows)}")
    if options.output:
        from aiart.gallery import write_table

        write_table(f"{options.output}.csv", rows)


if __name__ == "__main__":
    main()
