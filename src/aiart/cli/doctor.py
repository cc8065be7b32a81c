"""aiart doctor: what a report of a fault needs to say of the machine and the folder, without secrets."""

from __future__ import annotations

import argparse
import configparser
import fcntl
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from aiart import __version__
from aiart.cli.records import tensorflow_version
from aiart.networks.files import weights_file
from aiart.params.feature_networks import NETWORKS
from aiart.params.plain import clipped

PACKAGES = ("snakemake", "dvc", "keras", "numpy", "scipy", "pillow", "scikit-image", "h5py", "pydantic")
# What changes how things run; values of others, which may be secrets, are never shown.
VARIABLES = (
    *("AIART_WARM_STARTS", "CUDA_VISIBLE_DEVICES", "ONEDNN_MAX_CPU_ISA", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("TF_ENABLE_ONEDNN_OPTS", "TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_FORCE_GPU_ALLOW_GROWTH"),
)
INSTRUCTIONS = (
    *("sse4_1", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_vnni", "avx512_bf16"),
    *("avx512_fp16", "amx_tile", "amx_bf16"),
)
# In a process of its own: where TensorFlow's build asks for instructions that are not there, Python ends by a signal.
PROBE = """
import json, tensorflow as tf
from aiart.networks.precision import instructions, resolve_precision
gpus = tf.config.list_physical_devices("GPU")
precision = resolve_precision("auto")
print(json.dumps({
    "precision": precision, "instructions": instructions(precision),
    "gpus": [tf.config.experimental.get_device_details(gpu) for gpu in gpus],
}))
"""
SECONDS = 180


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: it looks at the machine and the working folder."""


def run(options: argparse.Namespace) -> None:
    for facts in (_versions, _machine, _tensorflow, _gpus, _folder, _dvc, _locks, _weights):
        for name, fact in facts():
            print(f"{name:14} {_without_home(fact)}", flush=True)


def _without_home(text: str) -> str:
    for folder, name in ((os.getcwd(), "."), (str(Path.home()), "~")):
        if folder not in ("/", "."):
            text = re.sub(rf"{re.escape(folder)}(?![\w.-])", name, text)
    return re.sub(r"/(home|Users)/[^/\s]+", "~", text)


def _versions() -> Iterator[tuple[str, str]]:
    folder = Path(__file__).parents[3]
    kind = "of the checkout" if (folder / "pyproject.toml").exists() else "installed in"
    yield "aiart", f"{__version__}, {kind} {folder}"
    yield "python", f"{platform.python_version()} ({platform.python_implementation()}), {sys.prefix}"
    yield "packages", ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    lock = folder / "requirements.lock"
    if lock.exists():
        pinned = re.findall(r"^([\w.-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
        # A lock has some packages twice, for several systems.
        wanted = {name: {v for other, v in pinned if other == name} for name, _ in pinned}
        others = [f"{name} {_version(name)}" for name in wanted if _version(name) not in {"absent", *wanted[name]}]
        yield "lock", f"other than in requirements.lock: {', '.join(others)}" if others else "as in requirements.lock"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


def _machine() -> Iterator[tuple[str, str]]:
    yield "system", f"{platform.system()} {platform.release()}, {platform.machine()}, {' '.join(platform.libc_ver())}"
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = psutil.virtual_memory()
    yield "memory", f"{memory.total / 1e9:.1f} GB, {memory.available / 1e9:.1f} GB free"
    cpuinfo = Path("/proc/cpuinfo")
    text = cpuinfo.read_text(errors="replace") if cpuinfo.exists() else ""
    model = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    yield "processor", f"{model[1] if model else platform.processor() or 'unknown'}, {usable} of {os.cpu_count()} cores"
    flags = set(text.split())
    yield (
        "instructions",
        " ".join(name for name in INSTRUCTIONS if name in flags) or "unknown: there is no /proc/cpuinfo",
    )
    set_here = [f"{name}={os.environ[name]}" for name in VARIABLES if name in os.environ]
    yield "variables", " ".join(set_here) or "none that matter"


def _tensorflow() -> Iterator[tuple[str, str]]:
    yield "tensorflow", tensorflow_version() or "absent: install it by `pip install -r requirements.lock`"
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        probe = subprocess.run(
            [sys.executable, "-c", PROBE], capture_output=True, text=True, env=environment, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        yield "precision", f"unknown: TensorFlow did not start within {SECONDS} seconds"
        return
    if probe.returncode < 0:
        yield "precision", f"unknown: TensorFlow ended Python by {signal.Signals(-probe.returncode).name}"
    elif probe.returncode:
        said = probe.stderr.strip().splitlines()
        yield "precision", f"unknown: TensorFlow cannot be imported ({clipped(said[-1] if said else 'no reason', 200)})"
    else:
        found = json.loads(probe.stdout.splitlines()[-1])
        yield "precision", f"auto is {found['precision']} here, computed by {found['instructions']}"
        yield "GPUs", "; ".join(map(_described, found["gpus"])) or "none that TensorFlow uses"


def _described(gpu: dict) -> str:
    capability = ".".join(map(str, gpu.get("compute_capability", "?")))
    return f"{gpu.get('device_name', 'of unknown make')}, compute capability {capability}"


def _gpus() -> Iterator[tuple[str, str]]:
    if not shutil.which("nvidia-smi"):
        yield "nvidia-smi", "absent"
        return
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total,memory.used", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        yield "nvidia-smi", "did not answer within 30 seconds"
        return
    yield "nvidia-smi", "; ".join((answer.stdout if answer.returncode == 0 else answer.stderr).strip().splitlines())


def _folder() -> Iterator[tuple[str, str]]:
    there = [name for name in ("Snakefile", "workflow/Snakefile", "params.yaml", "dvc.yaml") if Path(name).exists()]
    yield "folder", f"with {', '.join(there)}" if there else "without a workflow"
    usage = shutil.disk_usage(".")
    yield "disk", f"{usage.free / 1e9:.1f} of {usage.total / 1e9:.1f} GB free"
    if linked := [name for name in ("data", "results", *_below("data"), *_below("results")) if os.path.islink(name)]:
        yield "links", f"to other places: {', '.join(linked)}"


def _below(folder: str) -> list[str]:
    return sorted(str(path) for path in Path(folder).glob("*"))


def _dvc() -> Iterator[tuple[str, str]]:
    """Read from its files: with a broken setting DVC itself says nothing."""
    if not os.path.isdir(".dvc"):
        yield "cache", "none: the folder is not under DVC"
        return
    settings = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        settings.read([".dvc/config", ".dvc/config.local"], encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        yield "cache", f"DVC's settings cannot be read ({clipped(str(error), 120)})"
        return
    types = settings.get("cache", "type", fallback="reflink,copy, by default")
    place = "in a place of its own" if settings.has_option("cache", "dir") else "in .dvc/cache"
    yield "cache", f"links: {types}; {place}"
    # Addresses can hold names and passwords.
    urls = [settings.get(section, "url", fallback="") for section in settings.sections() if "remote" in section]
    yield "remotes", ", ".join(urlsplit(url).scheme or "a folder" for url in urls) or "none"


def _locks() -> Iterator[tuple[str, str]]:
    held = [
        said
        for file, kind, said in (
            (".dvc/tmp/lock", fcntl.LOCK_SH, "a run of Snakemake or DVC"),
            (".snakemake/run.lock", fcntl.LOCK_SH, "a run of Snakemake"),
            (".snakemake/jobs.lock", fcntl.LOCK_EX, "a job"),
        )
        if _is_held(file, kind)
    ]
    locks = Path(".snakemake/locks")
    if locks.is_dir() and any(locks.iterdir()):
        held.append("Snakemake's own, which `snakemake --unlock` takes away when none runs")
    yield "locks", f"held by {', '.join(held)}" if held else "none held"


def _is_held(file: str, kind: int) -> bool:
    try:
        with open(file, encoding="utf-8") as lock:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _weights() -> Iterator[tuple[str, str]]:
    for name in NETWORKS:
        path = weights_file(name)
        size = f"{path.stat().st_size / 1e6:.1f} MB" if path.is_file() else "absent"
        yield "weights", f"{name}: {size}"
