"""Running Python code in a process of its own and measuring what it took."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

# Not ru_maxrss, which begins with what the process had that started this one.
_METER = """
import sys
try:
    exec(compile(sys.argv.pop(1), "measured", "exec"))
finally:
    with open("/proc/self/status") as status:
        peak = next(line.split()[1] for line in status if line.startswith("VmHWM:"))
    print(f"\\npeak {1024 * int(peak)}")
"""


class Measured(NamedTuple):
    """How a process ended: exit status (negative for a signal), what it wrote, its peak resident memory in bytes."""

    status: int
    output: str
    errors: str
    peak: int


def run_measured(code: str, *arguments: object, seconds: float = 120) -> Measured:
    """Run `code`, which finds `arguments` in sys.argv[1:]. Raises TimeoutExpired after so many seconds.

    Skips the test where the system does not tell the peak.
    """
    if not Path("/proc/self/status").is_file():
        pytest.skip("needs /proc/self/status to measure memory")
    command = [sys.executable, "-c", _METER, code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds)
    output, _, peak = done.stdout.rpartition("\npeak ")
    return Measured(done.returncode, output, done.stderr, int(peak or 0))
