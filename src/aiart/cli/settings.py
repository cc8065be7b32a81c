"""Command-line options made from the typed settings, so that both always say the same."""

from __future__ import annotations

import argparse
import json
import typing
from typing import Any, TypeVar

from pydantic import BaseModel

from aiart.errors import UserError
from aiart.params import parse_yaml
from aiart.params.explain import alternatives
from aiart.params.load import checked_for_use
from aiart.params.plain import shortened
from aiart.params.reading import parse_json

Model = TypeVar("Model", bound=BaseModel)


def add_settings(parser: argparse.ArgumentParser, model: type[BaseModel], title: str) -> None:
    """One `--option` for each field of `model`, its documentation as help, and `--settings` for all at once."""
    group = parser.add_argument_group(title, "Lists are written a,b,c; everything else as in params.yaml.")
    group.add_argument(
        "--settings", metavar="JSON", help="all settings as one JSON object; options given beside it win"
    )
    for name, field in model.model_fields.items():
        default = field.default.model_dump() if isinstance(field.default, BaseModel) else field.default
        described = (field.description or "").replace("%", "%%").replace("\n", " ")
        group.add_argument(
            f"--{name.replace('_', '-')}",
            dest=f"setting_{name}",
            metavar="VALUE",
            default=argparse.SUPPRESS,
            help=f"{described} (default: {json.dumps(default, default=str)})",
        )


def read_settings(options: argparse.Namespace, model: type[Model], **use: Any) -> Model:
    """The settings that `--settings` and the options give, checked for their use by this command; UserError names what
    is wrong. use: what the model's `check_use` asks for."""
    values: dict[str, Any] = {}
    if options.settings:
        try:
            values = parse_json(options.settings)
        except ValueError as error:
            raise UserError(f"--settings: {error}.") from None
        if not isinstance(values, dict):
            raise UserError(f"--settings: holds {type(values).__name__}, not an object of settings; write {{…}}.")
    for name in model.model_fields:
        if hasattr(options, f"setting_{name}"):
            text = getattr(options, f"setting_{name}")
            try:
                values[name] = _value(text, model.model_fields[name].annotation)
            except ValueError:
                raise UserError(
                    f"--{name.replace('_', '-')}: {shortened(text)} is not a value; write it as in params.yaml."
                ) from None
    return checked_for_use(model, values, "settings", **use)


def _value(text: str, annotation: Any) -> Any:
    """YAML; where a list may stand, `a,b` is one, as in other programs, and so is `a` where no single value may."""
    value = parse_yaml(text)
    choices = alternatives(annotation)
    lists = any(typing.get_origin(choice) in (list, tuple) for choice in choices)
    if not lists or isinstance(value, list | dict | None):
        return value
    if isinstance(value, str) and "," in value:
        return [parse_yaml(part) for part in text.split(",")]
    return [value] if all(typing.get_origin(choice) in (list, tuple, dict) for choice in choices) else value
