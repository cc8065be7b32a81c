"""What a job took."""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence

import numpy as np


def timings(seconds: Sequence[float]) -> dict:
    """Seconds and memory, which differ from run to run and are therefore kept apart from what was measured.

    seconds: when each evaluation ended, since the work began.
    compile: up to the end of the first evaluation (targets, tracing, first run); steady: median of the rest, None
    where there are no others.
    """
    steady = np.diff(seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds_total": seconds[-1],
        "seconds_compile": seconds[0],
        "seconds_per_iteration": float(np.median(steady)) if len(steady) else None,
        "peak_memory_mb": peak / (1024 * 1024 if sys.platform == "darwin" else 1024),
        "seconds": list(seconds),
    }
