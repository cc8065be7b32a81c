"""One spelling for every settings value."""

from __future__ import annotations

import json
from typing import Any


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and whole floats as integers, so that equal settings are equal text.

    Snakemake compares params as text, without the names of the keys; sorting makes the comparison
    independent of the order in which a person wrote them. `1`, `1.0` and `1e0` come out the same.
    """
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, allow_nan=False)


def ordered_json(value: Any) -> str:
    """The same in the order in which a person wrote it, for what shows that order."""
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
