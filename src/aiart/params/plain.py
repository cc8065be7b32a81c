"""What may stand in a settings file at all: plain data, within bounds that no sane gallery reaches."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 16
MAX_VALUES = 20_000
MAX_CHARACTERS = 10_000
MAX_INTEGER = 10**18

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother, _SHORT.maxlong = 3, 60, 60, 40


def shortened(value: Any) -> str:
    """`repr` for a message: at most some hundred characters, whatever the value."""
    return _SHORT.repr(value)


def clipped(text: str, length: int = 60) -> str:
    """Text for a message: on one line of at most `length` characters, the middle left out where it was longer."""
    line = " ".join(text.split())
    end = length // 3
    return line if len(line) <= length else f"{line[: length - end - 1]}…{line[-end:]}"


def check_plain(value: Any) -> None:
    """ValueError unless `value` is text, a number, a boolean, null, or lists and mappings of such, whose keys are
    text, all within the bounds above. What is shared counts each time that it is reached; the time is bounded."""
    stack = [(value, 1)]
    count = 0
    while stack:
        item, depth = stack.pop()
        count += 1
        if count > MAX_VALUES:
            raise ValueError(f"holds more than {MAX_VALUES:,} values; leave some out")
        if isinstance(item, Mapping):
            for key in item:
                if not isinstance(key, str):
                    raise ValueError(f"has the key {shortened(key)}, which is no text; quote it")
                _check_text(key)
            inner = item.values()
        elif isinstance(item, list | tuple):
            inner = item
        else:
            _check_scalar(item)
            continue
        if depth > MAX_DEPTH:
            raise ValueError(f"is nested more than {MAX_DEPTH} deep; no setting is")
        stack += [(part, depth + 1) for part in inner]


def _check_scalar(value: Any) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, int):
        if abs(value) >= MAX_INTEGER:
            raise ValueError("holds an integer of more than 18 digits; write a smaller one")
    elif not isinstance(value, float | None):
        raise ValueError(f"holds {shortened(value)}, which is neither text nor a number; quote it")


def _check_text(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"holds a text of more than {MAX_CHARACTERS:,} characters; shorten it")
    # Nothing of this can be printed or name a file; half a surrogate pair cannot even be written.
    if bad := re.search("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", text):
        raise ValueError(f"holds the character {bad[0]!a}, which is no text, in {clipped(ascii(text))}; take it out")
