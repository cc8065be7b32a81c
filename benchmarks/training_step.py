"""Training steps of Pix2Pix and CycleGAN: seconds and peak memory, against steps written as in a tutorial.

    python benchmarks/training_step.py --output docs/training_step

Within one size all variants take turns, a few steps each, in long-lived processes of their own, so that a busy
machine disturbs them alike; the figures are medians of the turns. Writes `<output>.csv`, prints a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys

import pandas as pd
from common import answer_with_steps, markdown_table, take_turns

SIDES = {"pix2pix": (64, 128, 256), "cyclegan": (64, 128, 256)}
VARIANTS = ("tutorial", "float32", "bfloat16")


def build(method: str, side: int, variant: str):
    """A function that makes one step and waits for it."""
    import numpy as np

    from aiart.cli.runtime import without_startup_lines

    with without_startup_lines():
        import tensorflow as tf

    first, second = (
        tf.constant(np.random.default_rng(i).uniform(-1, 1, (1, side, side, 3)), tf.float32) for i in (1, 2)
    )
    if variant == "tutorial":
        import tutorial_steps

        step = getattr(tutorial_steps, f"{method}_step")(side)
        return lambda number: float(step(first, second)[0])
    from aiart.translation.methods import METHODS, part

    settings = METHODS[method].settings_model(image_side=side, precision=variant)
    learner = part(method, "learner").build_learner(settings, seed=1)
    compiled = tf.function(learner.step)
    rates = tf.constant([2e-4, 2e-4])

    def step(number: int) -> float:
        index = tf.constant([number], tf.int32)
        return float(compiled(first, second, index, rates, tf.constant(number, tf.int64))[0])

    return step


def command(method: str, side: int, variant: str) -> list[str]:
    """A process of its own that makes steps (`common.take_turns`)."""
    task = json.dumps({"method": method, "side": side, "variant": variant})
    return [sys.executable, __file__, "--task", task]


def measure(method: str, side: int, rounds: int) -> list[dict]:
    steps = max(1, round(1.5 * (64 / side) ** 2 * 10))
    answers = take_turns({variant: command(method, side, variant) for variant in VARIANTS}, steps, rounds)
    seconds = {variant: statistics.median(took for took, _, _ in found) for variant, found in answers.items()}
    return [
        {
            "method": method,
            "px": side,
            "variant": variant,
            "seconds": seconds[variant],
            "of tutorial": seconds[variant] / seconds["tutorial"],
            "memory_mb": round(answers[variant][-1][2]),
        }
        for variant in VARIANTS
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", help="write <output>.csv")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--methods", nargs="*", default=list(SIDES))
    parser.add_argument("--sides", nargs="*", type=int)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        answer_with_steps(build(**json.loads(options.task)))
        return
    rows = []
    for method in options.methods:
        for side in options.sides or SIDES[method]:
            rows += measure(method, side, options.rounds)
            print(markdown_table(rows[-3:]), flush=True)
    if options.output:
        pd.DataFrame(rows).to_csv(f"{options.output}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
