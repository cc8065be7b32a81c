"""params.yaml as a whole, by itself or with presets and command-line values laid over it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aiart.errors import UserError
from aiart.params.load import checked
from aiart.params.plain import check_plain
from aiart.params.reading import read_yaml
from aiart.params.root import Params

_EXPONENT = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+")
"""A number that YAML 1.1 takes for text unless it has both a dot and the exponent's sign."""


def load_params(path: str | Path) -> Params:
    """params.yaml, checked. Raises UserError with one sentence about the first thing that is wrong."""
    return checked(Params, read_yaml(path), str(path))


def merged_params(files: Sequence[str], overrides: Mapping[str, Any]) -> Params:
    """The files, later ones winning, then `overrides` (from `snakemake --config`), checked as a whole.

    Mappings are merged key by key, and null takes one away; anything else, lists too, is replaced. Raises UserError.
    """
    values: dict[str, Any] = {}
    for file in files:
        _lay_over(values, read_yaml(file))
    try:
        check_plain(overrides)
    except ValueError as error:
        raise UserError(f"--config: {error}.") from None
    _lay_over(values, overrides)
    return checked(Params, values, " + ".join(files))


def handed_params(values: Mapping[str, Any]) -> Params:
    """What a workflow that uses ours as a module hands to it as `config`, checked. Raises UserError."""
    try:
        check_plain(values)
    except ValueError as error:
        raise UserError(f"config: {error}.") from None
    return checked(Params, _as_yaml_1_2(values), "config")


def _as_yaml_1_2(value: Any) -> Any:
    """Snakemake reads configuration as YAML 1.1, where 1e-4 is text; what reads as a number in YAML 1.2 is one here."""
    if isinstance(value, Mapping):
        return {key: _as_yaml_1_2(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_yaml_1_2(inner) for inner in value]
    return float(value) if isinstance(value, str) and _EXPONENT.fullmatch(value) else value


def _lay_over(base: dict[str, Any], top: Mapping[str, Any]) -> None:
    for key, value in top.items():
        if isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _lay_over(base[key], value)
        elif value is None and isinstance(base.get(key), dict):
            del base[key]
        else:
            base[key] = value
