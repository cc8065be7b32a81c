"""Running Python code in a process of its own and measuring what it took."""

from __future__ import annotations

import subprocess
import sys
from typing import NamedTuple

_METER = """
import resource, sys
try:
    exec(compile(sys.argv.pop(1), "measured", "exec"))
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(f"\\npeak {peak}")
"""


class Measured(NamedTuple):
    """How a process ended: exit status (negative for a signal), what it wrote, its peak resident memory in bytes."""

    status: int
    output: str
    errors: str
    peak: int


def run_measured(code: str, *arguments: object, seconds: float = 120) -> Measured:
    """Run `code`, which finds `arguments` in sys.argv[1:]. Raises TimeoutExpired after so many seconds."""
    command = [sys.executable, "-c", _METER, code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    output, _, peak = done.stdout.rpartition("\npeak ")
    return Measured(done.returncode, output, done.stderr, int(peak or 0))
