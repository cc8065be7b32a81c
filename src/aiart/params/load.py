"""Checking settings against their model."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ValidationError

from aiart.errors import UserError
from aiart.params.explain import explain
from aiart.params.plain import check_plain


def checked(model: type[BaseModel], values: Any, where: str):
    """`model(**values)`; raises UserError that names the key, the nearest valid one and the legal values."""
    if not isinstance(values, dict):
        raise UserError(f"{where}: holds {type(values).__name__}, not a mapping of settings; see params.yaml.")
    try:
        check_plain(values)
    except ValueError as error:
        raise UserError(f"{where}: {error}.") from None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{where}: {explain(error, model)}") from None
    except UserError as error:  # of a block that the model checks by this function
        raise UserError(f"{where}: {error}") from None


def checked_for_use(model: type[BaseModel], values: Any, where: str, **use: Any):
    """The same of settings that are used as they are: those of a picture of params.yaml, and those of a command. What
    either refuses the other does too. use: what the model's `check_use` asks for."""
    settings = checked(model, values, where)
    try:
        settings.check_use(**use)
    except ValueError as error:
        raise UserError(f"{where}: {error}.") from None
    return settings
