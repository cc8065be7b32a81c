"""Which arithmetic the convolutions use, and by which instructions of the processor."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import tensorflow as tf

# What oneDNN, TensorFlow's library for convolutions, has kernels for, by its own names, oldest first.
_ONEDNN = (
    *("sse41", "avx", "avx2", "avx2_vnni", "avx2_vnni_2", "avx512_core", "avx512_core_vnni", "avx512_core_bf16"),
    *("avx512_core_fp16", "avx512_core_amx", "avx512_core_amx_fp16", "avx10_1_512", "avx10_1_512_amx"),
)
# Those that give other numbers than the ones before, newest first, and how Linux says that a processor has them.
_FLOAT32 = {
    "avx512_core": {"avx512f", "avx512bw", "avx512vl", "avx512dq"},
    "avx2": {"avx2"},
    "avx": {"avx"},
    "sse41": {"sse4_1"},
}
_BFLOAT16 = {"avx512_core_amx": {"amx_bf16"}, "avx512_core_bf16": {"avx512_bf16"}}


def instructions(precision: str) -> str:
    """What convolutions of this precision (`float32` or `bfloat16`) are computed by, as far as their last bits depend
    on it: `cuda_8.9`, the compute capability of the GPU in use, or `avx512_core`, oneDNN's name for the newest
    instructions of this CPU that the precision uses, or `arm64`, its kind where /proc/cpuinfo does not say more.

    The environment variable ONEDNN_MAX_CPU_ISA has oneDNN, and so this, leave newer instructions alone.
    """
    if gpus := tf.config.get_visible_devices("GPU"):
        return "cuda_{}.{}".format(*_capability(gpus[0]))
    flags, newest = _flags(), os.environ.get("ONEDNN_MAX_CPU_ISA", "").lower()
    used = _ONEDNN[: _ONEDNN.index(newest) + 1] if newest in _ONEDNN else _ONEDNN
    known = _BFLOAT16 | _FLOAT32 if precision == "bfloat16" else _FLOAT32
    return next((name for name, needed in known.items() if name in used and needed <= flags), platform.machine())


def native_bfloat16() -> bool:
    """Whether the GPU in use, or else this CPU, multiplies bfloat16 in hardware.

    Emulated bfloat16 is slower than float32, so `auto` asks this first. Read from the compute capability
    (8.0 and up) or from /proc/cpuinfo; where neither is to be had (macOS, Windows) the answer is no.
    """
    if gpus := tf.config.get_visible_devices("GPU"):
        return _capability(gpus[0]) >= (8, 0)
    return instructions("bfloat16") in _BFLOAT16


def resolve_precision(precision: str) -> str:
    """`float32` or `bfloat16`; `auto` is bfloat16 only where the hardware computes it natively."""
    if precision == "auto":
        return "bfloat16" if native_bfloat16() else "float32"
    return precision


def _capability(gpu: tf.config.PhysicalDevice) -> tuple[int, int]:
    return tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0))


def _flags() -> set[str]:
    cpuinfo = Path("/proc/cpuinfo")
    return set(cpuinfo.read_text(errors="replace").split()) if cpuinfo.exists() else set()
