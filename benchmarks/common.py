"""What the benchmarks share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

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


def answer_with_steps(step: Callable[[int], float]) -> None:
    """Answer each line on standard input, a number of steps, with [wall and CPU seconds of one, peak memory in MB]."""
    number = 0
    for line in sys.stdin:
        steps, wall, cpu = int(line), time.perf_counter(), time.process_time()
        for _ in range(steps):
            step(number)
            number += 1
        took = (time.perf_counter() - wall) / steps, (time.process_time() - cpu) / steps
        print(json.dumps([*took, peak_memory_mb()]), flush=True)


def take_turns(commands: Mapping[str, Sequence[str]], steps: int, rounds: int) -> dict[str, list[list[float]]]:
    """Answers (`answer_with_steps`) of long-lived processes that make `steps` each in turn, so that a busy machine
    disturbs them alike; two steps before are not counted."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = {name: subprocess.Popen(command, **pipes) for name, command in commands.items()}

    def ask(name: str, steps: int) -> list[float]:
        workers[name].stdin.write(f"{steps}\n")
        workers[name].stdin.flush()
        line = workers[name].stdout.readline()
        return json.loads(line) if line else sys.exit(f"{' '.join(commands[name])} failed.")

    for name in commands:
        ask(name, 2)
    answers = {name: [] for name in commands}
    for _ in range(rounds):
        for name in commands:
            answers[name].append(ask(name, steps))
    for worker in workers.values():
        worker.communicate()  # closes its input, which ends it
    return answers


def whole_command(command: Sequence[str]) -> dict[str, float]:
    """Wall and CPU seconds and peak memory in MB of a command, from its start to its end."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    with process.stdout:
        said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{said[-2000:]}")
    return {"wall": seconds, "cpu": used.ru_utime + used.ru_stime, "memory_mb": used.ru_maxrss / 1024}


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
