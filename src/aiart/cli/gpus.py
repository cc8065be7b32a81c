"""Which of a machine's GPUs a job computes on."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from aiart.errors import UserError


def claim_gpus(wanted: int, *, training: bool) -> None:
    """Leave this process only `wanted` GPUs to see, where a machine has several and nobody has chosen.

    A scheduler, or a user, chooses by CUDA_VISIBLE_DEVICES. Without it TensorFlow would give every job the first
    GPU. A training takes GPUs on which no other trains; other jobs take the one with the fewest jobs. Claims are
    locks of the kernel, which end with the process, and hold among the jobs of one user. To be called before
    TensorFlow is imported. Raises UserError when a training finds too few GPUs without another.
    """
    if "CUDA_VISIBLE_DEVICES" in os.environ:
        return
    gpus = _gpus()
    if len(gpus) < 2:
        return
    folder = Path(tempfile.gettempdir(), f"aiart-gpus-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    if training:
        free = (gpu for gpu in gpus if _locked(folder / f"{gpu}.training"))
        claimed = list(itertools.islice(free, wanted))
        if len(claimed) < wanted:
            raise UserError(
                f"{len(gpus) - len(claimed)} of this machine's {len(gpus)} GPUs have a training already, too many for "
                f"this one, which takes {wanted}; start it when another has ended, or choose by CUDA_VISIBLE_DEVICES."
            )
        for gpu in claimed:
            _take_place(folder, [gpu])
    else:
        claimed = [_take_place(folder, gpus)]
    os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(claimed)
    print(f"GPU: {', '.join(claimed)}", flush=True)


def _gpus() -> list[str]:
    """Names by which CUDA knows the GPUs of this machine."""
    if not shutil.which("nvidia-smi"):
        return []
    answer = subprocess.run(
        ["nvidia-smi", "--query-gpu=uuid", "--format=csv,noheader"], capture_output=True, text=True, check=False
    )
    # Without a driver it says so and fails; then TensorFlow finds no GPU either.
    return answer.stdout.split() if answer.returncode == 0 else []


def _take_place(folder: Path, gpus: list[str]) -> str:
    """The GPU with the fewest jobs, counting this one from now on."""
    return next(gpu for place in itertools.count() for gpu in gpus if _locked(folder / f"{gpu}.{place}"))


def _locked(path: Path) -> bool:
    """Whether the file is now locked by this process, which it stays to the end of the process."""
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    return True
