"""Files of named arrays and texts, as weights and models are kept: .safetensors where the name says so, else .npz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from aiart.images import atomic_write
from aiart.networks.arrays import Arrays, open_npz, reasons
from aiart.networks.safetensors import Safetensors, write_safetensors
from aiart.plain_files import refuse_pipe

SUFFIXES = (".npz", ".safetensors")


def is_safetensors(path: str | Path) -> bool:
    return Path(path).suffix.lower() == ".safetensors"


@contextmanager
def open_arrays(path: str | Path) -> Iterator[Arrays | Safetensors]:
    """The arrays in a file. Raises ArraysError for what is none, and FileNotFoundError."""
    if not is_safetensors(path):
        with open_npz(path) as arrays:
            yield arrays
        return
    with ExitStack() as opened:
        with reasons():
            refuse_pipe(path)
            arrays = Safetensors(opened.enter_context(Path(path).open("rb")))
        yield arrays


def read_numbers(path: str | Path) -> dict[str, np.ndarray]:
    """All arrays in a file but the texts beside them. Raises as `open_arrays`."""
    with open_arrays(path) as arrays:
        found = {name: arrays[name] for name in arrays.names}
    return {name: array for name, array in found.items() if array.dtype.kind != "U"}


def write_arrays(path: str | Path, arrays: Mapping[str, np.ndarray], **texts: str) -> None:
    """Write a file for `open_arrays`, byte-reproducible and never half-written."""
    with atomic_write(path) as temporary:
        if is_safetensors(path):
            write_safetensors(temporary, arrays, texts)
        else:
            np.savez(temporary, **texts, **arrays)
