"""What the benchmarks share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def in_new_process(script: str, task: dict) -> dict:
    """Run `script --task JSON` and return the JSON on its last line: a peak of memory needs its own process."""
    command = [sys.executable, script, "--task", json.dumps(task)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{script} failed on {task}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def peak_memory_mb() -> float:
    """Peak resident memory of this process so far in MB; Linux only, where it is counted in KB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def markdown_table(rows: Sequence[dict], digits: int = 3) -> str:
    """Rows as a Markdown table; numbers are printed with `digits` significant digits."""

    def text(value):
        return f"{value:.{digits}g}" if isinstance(value, float) else str(value)

    header = list(rows[0])
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(text(row[key]) for key in header) + " |" for row in rows]
    return "\n".join(lines)


def vgg_network(weights: dict, **options):
    """A feature network from weights in memory."""
    from aiart.networks import vgg

    return lambda picture, layers: vgg.features(weights, picture, layers, **options)


def random_vgg(name: str, precision: str, **options):
    """`vgg19` or `vgg19_slim` with random weights: time and memory do not depend on them."""
    import tensorflow as tf

    from aiart.networks import vgg
    from aiart.params.feature_networks import NETWORKS

    widths = tuple(layer.channels for layer in NETWORKS[name].layers if layer.name.endswith("_1"))
    weights = vgg.random_weights(0, widths)
    cast = {layer: tuple(tf.cast(v, precision) for v in pair) for layer, pair in weights.items()}
    return vgg_network(cast, **options)
