"""Weights as PyTorch saves them, `torch.save(net.state_dict(), path)`, read without PyTorch.

Two formats: a zip archive of a pickle and a member for each storage (from PyTorch 1.6), and before that a stream of
pickles with the numbers behind them. See torch/serialization.py. A .safetensors of the same names is read as well.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from aiart.errors import UserError
from aiart.exchange.tensor_pickle import Storage, Tensor, read_pickle
from aiart.networks.array_files import is_safetensors, read_numbers
from aiart.networks.arrays import ALWAYS_ALLOWED, MOST_MEMBERS, MOST_SHRINKING, ArraysError, reasons
from aiart.plain_files import refuse_pipe

LEGACY_START = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
"""The magic number of the older format, and its version, each as a pickle."""
MOST_BYTES = 4 << 30
LONGEST_PICKLE = 20_000_000


def read_state_dict(path: str | Path) -> dict[str, np.ndarray]:
    """The tensors of a network by PyTorch's names, without the prefix `module.` of nn.DataParallel.

    Of a checkpoint that holds one state dict among other things, that one. Raises UserError where the file is absent,
    damaged, asks for anything but tensors, or is not one network's.
    """
    try:
        with reasons():
            refuse_pipe(path)
            found = _read(Path(path))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the path of weights that PyTorch saved.") from None
    except (OSError, ArraysError) as error:
        raise UserError(
            f"{path}: cannot be read as weights of PyTorch ({error}); save them with `torch.save(net.state_dict(), …)`."
        ) from None
    return {name.removeprefix("module."): array for name, array in found.items()}


def _read(path: Path) -> dict[str, np.ndarray]:
    if path.stat().st_size > MOST_BYTES:
        raise ArraysError("it is larger than any generator")
    if is_safetensors(path):
        return read_numbers(path)
    with path.open("rb") as file:
        start = file.read(len(LEGACY_START))
    if start == LEGACY_START:
        return _read_stream(path.read_bytes())
    if not zipfile.is_zipfile(path):
        raise ArraysError("it is neither PyTorch's zip archive nor its older stream, or cut short")
    with zipfile.ZipFile(path) as archive:
        return _read_archive(archive, MOST_SHRINKING * path.stat().st_size + ALWAYS_ALLOWED)


def _read_archive(archive: zipfile.ZipFile, budget: int) -> dict[str, np.ndarray]:
    members = {member.filename: member for member in archive.infolist()}
    if len(archive.infolist()) > MOST_MEMBERS or sum(member.file_size for member in archive.infolist()) > budget:
        raise ArraysError("it would unpack to far more than the file")
    roots = [name.removesuffix("data.pkl") for name in members if name.split("/")[1:] == ["data.pkl"]]
    if len(roots) != 1:
        raise ArraysError("it holds no data.pkl")
    (root,) = roots
    if f"{root}constants.pkl" in members:
        raise ArraysError("it is a program of TorchScript")
    if f"{root}byteorder" in members and archive.read(members[f"{root}byteorder"]) != b"little":
        raise ArraysError("its numbers are big-endian")
    if members[f"{root}data.pkl"].file_size > LONGEST_PICKLE:
        raise ArraysError("its pickle is longer than any list of weights")

    def read_storage(storage: Storage) -> None:
        name = f"{root}data/{storage.key}"
        if name not in members:
            raise ArraysError(f"{name[:100]} is not there")
        _fill(storage, archive.read(members[name]), 0)

    return _arrays(read_pickle(io.BytesIO(archive.read(members[f"{root}data.pkl"])), read_storage))


def _read_stream(content: bytes) -> dict[str, np.ndarray]:
    stream = io.BytesIO(content)
    stream.seek(len(LEGACY_START))
    storages: dict[str, Storage] = {}

    def note(storage: Storage) -> None:
        storages[storage.key] = storage

    system = read_pickle(stream, note)
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise ArraysError("its numbers are big-endian")
    value = read_pickle(stream, note)
    keys = read_pickle(stream, note)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or set(keys) != set(storages):
        raise ArraysError("it lists other numbers than its tensors have")
    place = stream.tell()
    for key in keys:
        storage = storages[key]
        if int.from_bytes(content[place : place + 8], "little") != storage.length:
            raise ArraysError("it is cut short or damaged")
        place = _fill(storage, content, place + 8)
    return _arrays(value)


def _fill(storage: Storage, content: bytes, place: int) -> int:
    """Give a storage its numbers, which begin at `place`; returns where they end."""
    end = place + storage.length * np.dtype(storage.kind).itemsize
    if end > len(content):
        raise ArraysError("it is cut short, or claims more numbers than it holds")
    storage.numbers = np.frombuffer(content, storage.kind, storage.length, place)
    return end


def _arrays(value: Any) -> dict[str, np.ndarray]:
    """The tensors of a state dict, or of the only one in a dictionary."""
    tensors = _tensors(value)
    if not tensors and isinstance(value, dict):
        inner = {name: found for name, entry in value.items() if (found := _tensors(entry))}
        if len(inner) > 1:
            raise ArraysError(f"it holds several networks, {', '.join(map(str, inner))}"[:200])
        tensors = next(iter(inner.values()), {})
    if not tensors:
        raise ArraysError("it holds no tensors by name")
    storages = {id(tensor.storage): tensor.storage.length for tensor in tensors.values()}
    if sum(tensor.size for tensor in tensors.values()) > sum(storages.values()):
        raise ArraysError("its tensors claim more numbers than it holds")
    return {name: tensor.array() for name, tensor in tensors.items()}


def _tensors(value: Any) -> dict[str, Tensor]:
    items = value.items() if isinstance(value, dict) else ()
    return {name: tensor for name, tensor in items if isinstance(name, str) and isinstance(tensor, Tensor)}
