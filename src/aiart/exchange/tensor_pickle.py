"""The pickles of PyTorch, of which tensors alone are read: nothing that a file names is looked up, imported or called.

The standard library takes a pickle apart into its opcodes; those that state dicts consist of are followed here, and
anything else is refused. What a pickle can make is bounded by its length.
"""

from __future__ import annotations

import math
import pickletools
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

from aiart.networks.arrays import ArraysError, from_bfloat16

# A generator has some thousand.
MOST_OPCODES = 100_000
MOST_AXES = 8
STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "|i1",
    "ByteStorage": "|u1",
    "BoolStorage": "|b1",
}
DICTIONARY, PARAMETER, TENSOR = "a dictionary", "a parameter", "a tensor"
CALLED = {
    ("collections", "OrderedDict"): DICTIONARY,
    ("torch._utils", "_rebuild_parameter"): PARAMETER,
    ("torch._utils", "_rebuild_tensor"): TENSOR,
    ("torch._utils", "_rebuild_tensor_v2"): TENSOR,
}
LITERALS = (
    *("BININT", "BININT1", "BININT2", "INT", "LONG", "LONG1", "LONG4", "BINFLOAT", "FLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "UNICODE", "BINSTRING", "SHORT_BINSTRING", "STRING"),
)
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}


@dataclass(frozen=True)
class Global:
    """Something that a pickle names."""

    what: str


@dataclass
class Storage:
    """Numbers that tensors are views of. kind: NumPy's name of their type. numbers: read after the pickle."""

    kind: str
    bfloat16: bool
    key: str
    length: int
    numbers: np.ndarray | None = None


@dataclass(frozen=True)
class Tensor:
    """A view of a storage, in numbers."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def array(self) -> np.ndarray:
        """The tensor itself. Raises ArraysError where it reaches beyond its storage."""
        numbers = self.storage.numbers
        last = self.offset + sum((n - 1) * stride for n, stride in zip(self.shape, self.strides, strict=True))
        if self.size and (numbers is None or last >= len(numbers) or self.size > len(numbers)):
            raise ArraysError(f"a tensor of shape {self.shape} has more numbers than there are")
        if not self.size:
            return np.zeros(self.shape, np.float32)
        strides = [stride * numbers.itemsize for stride in self.strides]
        array = np.lib.stride_tricks.as_strided(numbers[self.offset :], self.shape, strides, writeable=False)
        return from_bfloat16(array) if self.storage.bfloat16 else array


def read_pickle(stream: BinaryIO, read_storage: Callable[[Storage], None]) -> Any:
    """The value of one pickle: dictionaries, lists and tuples of numbers, texts and `Tensor`s; the stream stands behind
    it. read_storage: called for each storage that is named. Raises ArraysError for anything else."""
    reading = _Reading(read_storage)
    try:
        for number, (opcode, argument, _) in enumerate(pickletools.genops(stream)):
            if number > MOST_OPCODES:
                raise ArraysError("it is far longer than the list of a generator's weights")
            reading.follow(opcode.name, argument)
        return reading.stack.pop()
    except (ValueError, LookupError, TypeError, struct.error):
        raise ArraysError("its pickle is cut short or damaged") from None


@dataclass
class _Reading:
    read_storage: Callable[[Storage], None]
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: dict[int, Any] = field(default_factory=dict)
    storages: dict[str, Storage] = field(default_factory=dict)

    def follow(self, opcode: str, argument: Any) -> None:
        stack = self.stack
        match opcode:
            case "PROTO" | "FRAME" | "STOP":
                pass
            case "MARK":
                self.marks.append(len(stack))
            case _ if opcode in LITERALS:
                stack.append(argument)
            case "NONE" | "NEWTRUE" | "NEWFALSE":
                stack.append(CONSTANTS[opcode])
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST":
                stack.append([])
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE":
                stack.append(tuple(self._since_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(self._last(int(opcode[-1]))))
            case "BINPUT" | "LONG_BINPUT" | "PUT":
                self.memo[argument] = stack[-1]
            case "MEMOIZE":
                self.memo[len(self.memo)] = stack[-1]
            case "BINGET" | "LONG_BINGET" | "GET":
                stack.append(self.memo[argument])
            case "APPEND" | "APPENDS":
                items = self._last(1) if opcode == "APPEND" else self._since_mark()
                _of_kind(stack[-1], list).extend(items)
            case "SETITEM" | "SETITEMS":
                items = self._last(2) if opcode == "SETITEM" else self._since_mark()
                _set(_of_kind(stack[-1], dict), zip(items[::2], items[1::2], strict=True))
            case "GLOBAL":
                stack.append(_global(*argument.split(" ", 1)))
            case "STACK_GLOBAL":
                stack.append(_global(*self._last(2)))
            case "BINPERSID":
                stack.append(self._storage(stack.pop()))
            case "REDUCE":
                function, arguments = self._last(2)
                stack.append(_called(function, _of_kind(arguments, tuple)))
            case "BUILD":  # of a state dict: the versions of its layers
                self._last(1)
                _of_kind(stack[-1], dict)
            case _:
                raise ArraysError(f"it does {opcode}, which no list of weights needs")

    def _last(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise ArraysError("it takes more than it has given")
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def _since_mark(self) -> list[Any]:
        place = self.marks.pop()
        items = self.stack[place:]
        del self.stack[place:]
        return items

    def _storage(self, named: Any) -> Storage:
        kind, key, length = (named[1], named[2], named[4]) if _is_storage(named) else (None, None, None)
        if not isinstance(kind, Global) or kind.what not in STORAGES or not isinstance(key, str) or not _count(length):
            raise ArraysError("it refers to something else than numbers")
        if key not in self.storages:
            self.storages[key] = Storage(STORAGES[kind.what], kind.what.startswith("BFloat16"), key, length)
            self.read_storage(self.storages[key])
        return self.storages[key]


def _is_storage(named: Any) -> bool:
    # Older files name a storage that is a part of another one by a sixth item.
    return isinstance(named, tuple) and len(named) in (5, 6) and named[0] == "storage" and named[5:] in ((), (None,))


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**40


def _of_kind(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise ArraysError("it does to one kind of value what is done to another")
    return value


def _set(dictionary: dict, pairs: Any) -> None:
    for key, value in pairs:
        # Nothing that is hashed by going through it, which nesting makes deep.
        if not isinstance(key, str | int):
            raise ArraysError("a dictionary of it has keys that are no names")
        dictionary[key] = value


def _global(module: Any, name: Any) -> Global:
    if module in ("torch", "torch.cuda") and name in STORAGES:
        return Global(name)
    if (what := CALLED.get((module, name)) if isinstance(module, str) and isinstance(name, str) else None) is None:
        raise ArraysError(f"it asks for {f'{module}.{name}'[:100]}, where weights alone are read")
    return Global(what)


def _called(function: Any, arguments: tuple) -> Any:
    match function, arguments:
        case Global(what="a dictionary"), ():
            return {}
        case Global(what="a dictionary"), (list(pairs),) if all(
            isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
        ):
            made: dict = {}
            _set(made, pairs)
            return made
        case Global(what="a parameter"), (Tensor() as tensor, *_):
            return tensor
        case Global(what="a tensor"), (Storage() as storage, offset, tuple(shape), tuple(strides), *_) if len(
            shape
        ) == len(strides) <= MOST_AXES and all(map(_count, (offset, *shape, *strides))):
            return Tensor(storage, offset, shape, strides)
    raise ArraysError("it makes something else than tensors")
