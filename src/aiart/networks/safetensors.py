"""Hugging Face's .safetensors: the length of a header, the header as JSON, and the numbers of all arrays end to end
(https://huggingface.co/docs/safetensors, "Format"). Nothing is read before the header has been checked to its end.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from aiart.networks.arrays import ArraysError, from_bfloat16

DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "|u1",
    "BOOL": "|b1",
}
NAMES = {dtype: name for name, dtype in DTYPES.items() if name != "BF16"}
METADATA = "__metadata__"
# The format allows ten times as much; some hundred arrays take some ten thousand bytes.
LONGEST_HEADER = 10_000_000
MOST_AXES = 8


class Safetensors:
    """The arrays of an open .safetensors by name, and the texts of its metadata beside them, as an .npz has them."""

    def __init__(self, file: BinaryIO):
        header, self._begin = _read_header(file)
        self._file = file
        self._texts = _checked_texts(header.pop(METADATA, {}))
        size = os.fstat(file.fileno()).st_size - self._begin
        self._arrays = {name: _checked_entry(name, entry) for name, entry in header.items()}
        place = 0
        for name, (_, _, begin, end) in sorted(self._arrays.items(), key=lambda item: item[1][2:]):
            if begin != place:
                raise ArraysError(f"{name} does not begin where the array before it ends")
            place = end
        if place != size:
            raise ArraysError(f"its arrays take {place:,} bytes, but it has {size:,}")

    @property
    def names(self) -> list[str]:
        return [*self._texts, *self._arrays]

    def shape(self, name: str) -> tuple[int, ...]:
        return () if name in self._texts else self._arrays[name][1]

    def __contains__(self, name: str) -> bool:
        return name in self._texts or name in self._arrays

    def __getitem__(self, name: str) -> np.ndarray:
        if name in self._texts:
            return np.array(self._texts[name])
        kind, shape, begin, end = self._arrays[name]
        self._file.seek(self._begin + begin)
        array = np.frombuffer(self._file.read(end - begin), DTYPES[kind]).reshape(shape)
        return from_bfloat16(array) if kind == "BF16" else array


def write_safetensors(path: Path, arrays: Mapping[str, np.ndarray], texts: Mapping[str, str]) -> None:
    """Write arrays of numbers, and texts as metadata; equal ones give equal bytes."""
    arrays = {name: np.asarray(array) for name, array in arrays.items()}
    # Widest numbers first, so that each array begins at a multiple of its own.
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    header: dict[str, Any] = {METADATA: dict(sorted(texts.items()))} if texts else {}
    place = 0
    for name in order:
        array = arrays[name]
        end = place + array.nbytes
        header[name] = {"dtype": NAMES[array.dtype.str], "shape": list(array.shape), "data_offsets": [place, end]}
        place = end
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in order:
            file.write(arrays[name].tobytes())


def _read_header(file: BinaryIO) -> tuple[dict[str, Any], int]:
    """The header, and where the numbers begin."""
    size = os.fstat(file.fileno()).st_size
    start = file.read(8)
    length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
    if not 2 <= length <= size - 8:
        raise ArraysError("not a .safetensors, or cut short")
    if length > LONGEST_HEADER:
        raise ArraysError(f"a header of {length:,} bytes is more than any file of weights has")
    try:
        header = json.loads(file.read(length).decode(), object_pairs_hook=_without_doubles)
    except (ValueError, RecursionError):
        raise ArraysError("its header is no JSON") from None
    if not isinstance(header, dict):
        raise ArraysError("its header lists no arrays")
    return header, 8 + length


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ArraysError("its header has a name twice")
    return found


def _checked_texts(texts: Any) -> dict[str, str]:
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise ArraysError("its metadata are no texts")
    return texts


def _checked_entry(name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """Kind of numbers, shape, and where the array's bytes begin and end."""
    try:
        kind, shape, (begin, end) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
        numbers = [*shape, begin, end]
    except (TypeError, LookupError, ValueError):
        raise ArraysError(f"{_short(name)} has not a kind, a shape and a place") from None
    if not isinstance(kind, str) or kind not in DTYPES:
        raise ArraysError(f"{_short(name)} holds {_short(str(kind))}, no numbers that are weights")
    if len(shape) > MOST_AXES or not all(type(number) is int and 0 <= number < 2**48 for number in numbers):
        raise ArraysError(f"{_short(name)} has a shape or a place that no array has")
    if math.prod(shape) * np.dtype(DTYPES[kind]).itemsize != end - begin:
        raise ArraysError(f"{_short(name)} has not as many numbers as its shape says")
    return kind, shape, begin, end


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:80]}…"
