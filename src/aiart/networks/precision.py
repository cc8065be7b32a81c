"""Which arithmetic the convolutions use."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf


def native_bfloat16() -> bool:
    """Whether the GPU in use, or else this CPU, multiplies bfloat16 in hardware.

    Emulated bfloat16 is slower than float32, so `auto` asks this first. Read from the compute capability
    (8.0 and up) or from /proc/cpuinfo; where neither is to be had (macOS, Windows) the answer is no.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        return capability >= (8, 0)
    cpuinfo = Path("/proc/cpuinfo")
    if not cpuinfo.exists():
        return False
    flags = cpuinfo.read_text(errors="replace")
    return "avx512_bf16" in flags or "amx_bf16" in flags


def resolve_precision(precision: str) -> str:
    """`float32` or `bfloat16`; `auto` is bfloat16 only where the hardware computes it natively."""
    if precision == "auto":
        return "bfloat16" if native_bfloat16() else "float32"
    return precision
