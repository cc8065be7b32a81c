"""Reading files of arrays that somebody else may have made: .npz and Keras's .h5.

Headers come first. No array is read whose header promises more than the file can hold, so time and memory are bounded
by the file's size, and nothing is unpickled or looked up outside the file.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aiart.errors import UserError
from aiart.plain_files import refuse_pipe

if TYPE_CHECKING:
    import h5py

# Trained weights hardly shrink, and small arrays may be all zeros; more is an archive made to fill the memory.
MOST_SHRINKING = 20
ALWAYS_ALLOWED = 1 << 20
# NumPy writes headers of some hundred characters; deeply nested ones of more take the parser long.
LONGEST_HEADER = 10_000
MOST_MEMBERS = 100_000
# Whole numbers, floats, and texts, which hold JSON.
KINDS = "fiubU"


class ArraysError(Exception):
    """A file of arrays cannot be read; the text is the reason, as a clause."""


class Arrays:
    """The arrays of an open .npz by name; shapes are known before anything is read."""

    def __init__(self, archive: zipfile.ZipFile, budget: int):
        members = archive.infolist()
        if len(members) > MOST_MEMBERS:
            raise ArraysError(f"{len(members):,} members are more than any file of weights has")
        size = sum(member.file_size for member in members)
        if size > budget:
            raise ArraysError(f"its arrays would take {size:,} bytes, far more than the file")
        self._archive = archive
        self._members = {member.filename.removesuffix(".npy"): member for member in members}

    @property
    def names(self) -> list[str]:
        return list(self._members)

    def shape(self, name: str) -> tuple[int, ...]:
        """Raises ArraysError when the member is no array of numbers or of text, or promises more than it holds."""
        with self._opened(name) as stream:
            return self._header(name, stream)[0]

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def __getitem__(self, name: str) -> np.ndarray:
        """Raises ArraysError, as `shape` does, and for an array that is cut short or damaged."""
        with self._opened(name) as stream:
            self._header(name, stream)
        with self._opened(name) as stream:
            array = np.lib.format.read_array(stream, allow_pickle=False, max_header_size=LONGEST_HEADER)
            if stream.read(1):  # to the end, where the check sum is
                raise ArraysError(f"{name} is longer than its header says")
            return array

    @contextmanager
    def _opened(self, name: str) -> Iterator[Any]:
        with reasons(), self._archive.open(self._members[name]) as stream:
            yield stream

    def _header(self, name: str, stream: Any) -> tuple[tuple[int, ...], np.dtype]:
        size = self._members[name].file_size
        if stream.read(6) != np.lib.format.MAGIC_PREFIX:
            raise ArraysError(f"{name} is no array")
        version = tuple(stream.read(2))
        read = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if read is None:
            raise ArraysError(f"{name} is an array of an unknown version")
        try:
            shape, _, dtype = read(stream, max_header_size=LONGEST_HEADER)
        except Exception:  # of Python's parser, which runs out of memory too
            raise ArraysError(f"{name} has a header that cannot be read") from None
        if dtype.kind not in KINDS:
            raise ArraysError(f"{name} holds {dtype}, no numbers that are weights")
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != size - stream.tell():
            raise ArraysError(f"{name} has not as many numbers as its header says")
        return shape, dtype


@contextmanager
def open_npz(path: str | Path) -> Iterator[Arrays]:
    """The arrays in an .npz. Raises ArraysError for what is none, and FileNotFoundError."""
    with ExitStack() as opened:
        with reasons():
            refuse_pipe(path)
            raw = opened.enter_context(Path(path).open("rb"))
            if not zipfile.is_zipfile(raw):
                raise ArraysError("not an .npz archive, or cut short")
            arrays = Arrays(opened.enter_context(zipfile.ZipFile(raw)), _budget(path))
        yield arrays


def read_h5(path: str | Path, wanted: Iterable[str] | None = None) -> dict[str, list[np.ndarray]]:
    """Each layer's arrays in the order of a weights file of Keras, by the layer's name; those of `wanted` alone.

    Links that lead out of the file, datasets that lie elsewhere or are put together from others, and arrays that
    are larger than the file are not read. Raises ArraysError, and FileNotFoundError.
    """
    import h5py

    with reasons():
        refuse_pipe(path)
        with h5py.File(path, "r") as file:
            root = _child(file, "model_weights") if "model_weights" in file else file
            if not isinstance(root, h5py.Group):
                raise ArraysError("model_weights is no group of layers")
            names = [_text(name) for name in root.attrs["layer_names"]] if "layer_names" in root.attrs else list(root)
            names = names if wanted is None else [name for name in names if name in set(wanted)]
            found = {name: _datasets(root, name) for name in names}
            size = sum(math.prod(data.shape) * data.dtype.itemsize for layer in found.values() for data in layer)
            if size > _budget(path):
                raise ArraysError(f"its arrays would take {size:,} bytes, far more than the file")
            return {name: [data[()] for data in layer] for name, layer in found.items()}


def _datasets(root: h5py.Group, name: str) -> list[h5py.Dataset]:
    import h5py

    group = _child(root, name)
    if not isinstance(group, h5py.Group):
        raise ArraysError(f"{name} is no layer")
    datasets = []
    # Keras's legacy files list a layer's arrays in order, kernel first, under whatever names.
    for path in map(_text, group.attrs.get("weight_names", [])):
        data = group
        for part in path.strip("/").split("/"):
            if not isinstance(data, h5py.Group):
                raise ArraysError(f"{name}/{path} is not there")
            data = _child(data, part)
        if not isinstance(data, h5py.Dataset):
            raise ArraysError(f"{name}/{path} is no array")
        if data.is_virtual or data.external:
            raise ArraysError(f"{name}/{path} lies in another file")
        if data.dtype.kind not in KINDS.replace("U", "") or data.shape is None:
            raise ArraysError(f"{name}/{path} holds {data.dtype}, no numbers that are weights")
        datasets.append(data)
    return datasets


def _child(group: h5py.Group, name: str) -> Any:
    """What a hard link leads to: others can dangle, or lead out of the file."""
    import h5py

    if name not in group.keys():  # noqa: SIM118  `in group` follows links and paths
        raise ArraysError(f"{name} is not there")
    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise ArraysError(f"{name} is a link")
    return group[name]


def _text(name: Any) -> str:
    if not isinstance(name, bytes | str):
        raise ArraysError("a name of an array is no text")
    return name.decode() if isinstance(name, bytes) else name


def _budget(path: str | Path) -> int:
    return MOST_SHRINKING * Path(path).stat().st_size + ALWAYS_ALLOWED


def from_bfloat16(bits: np.ndarray) -> np.ndarray:
    """float32 of bfloat16s, as uint16: each is the upper half of one."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


@contextmanager
def reasons() -> Iterator[None]:
    """zipfile, zlib, NumPy and HDF5 raise many kinds of errors for a damaged file, with long texts."""
    try:
        yield
    except (ArraysError, UserError, FileNotFoundError, PermissionError, MemoryError):
        raise
    except Exception as error:
        lines = str(error).splitlines() or [type(error).__name__]
        raise ArraysError(lines[0].rstrip(".")[:200]) from error
