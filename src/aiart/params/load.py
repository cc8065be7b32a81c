"""Reading params.yaml and presets, and saying in one sentence what is wrong with them."""

from __future__ import annotations

import difflib
import typing
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from aiart.errors import UserError


def read_yaml(path: str | Path) -> Any:
    """YAML 1.2, as DVC reads it: `2e-05` and `1e-4` are numbers, `on` is text, `017` is 17, `12:30` is text.

    Snakemake's own reader speaks YAML 1.1, where all four differ; so the workflow reads params here too.
    """
    try:
        return parse_yaml(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the path of a params file.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UserError(f"{path}: cannot be read ({reason}); give the path of a params file.") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UserError(f"{path}: is not valid YAML{where} ({problem}); mend that line.") from None


def parse_yaml(text: str) -> Any:
    """One YAML 1.2 document as plain dictionaries, lists and scalars."""
    return YAML(typ="safe", pure=True).load(text)


def checked(model: type[BaseModel], values: Any, where: str):
    """`model(**values)`; raises UserError that names the key, the nearest valid one and the legal values."""
    if not isinstance(values, dict):
        raise UserError(f"{where}: holds {type(values).__name__}, not a mapping of settings; see params.yaml.")
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{where}: {explain(error, model)}") from None
    except UserError as error:  # of a block that the model checks by this function
        raise UserError(f"{where}: {error}") from None


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """The first problem of a validation error as one sentence."""
    problem = _most_telling(error.errors())
    path = _key_path(problem)
    key = ".".join(path)
    if problem["type"] == "extra_forbidden":
        known = _keys_at(model, path[:-1])
        near = difflib.get_close_matches(path[-1], known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        return f"{key} is no setting; {hint}settings here are {', '.join(known)}."
    if problem["type"] == "missing":
        return f"{key} is missing; add it."
    message = problem["msg"].removeprefix("Value error, ").rstrip(".")
    if problem["type"] == "value_error":
        return f"{key}: {message}." if key and not message.startswith(path[-1]) else f"{message}."
    return f"{key} is {problem['input']!r}, but: {message[0].lower()}{message[1:]}."


def _most_telling(problems: list) -> Any:
    """An unknown key before a missing one, since it is often the missing one misspelt; else the first problem,
    and of a union's alternatives the one that got furthest."""
    for problem in problems:
        if problem["type"] == "extra_forbidden":
            return problem
    first = _key_path(problems[0])
    return max((p for p in problems if _key_path(p)[: len(first)] == first), key=lambda p: len(_key_path(p)))


def _key_path(problem: Any) -> list[str]:
    # pydantic puts the alternatives of a union into the path; only keys and indices are of use to a reader.
    return [str(part) for part in problem["loc"] if _is_key(part)]


def _is_key(part: Any) -> bool:
    if isinstance(part, int):
        return True
    alternatives = ("str", "int", "float", "dict", "list", "constrained-str", "constrained-int", "constrained-float")
    return not any(c in str(part) for c in "[](){}, ") and part not in alternatives


def _keys_at(model: type[BaseModel], path: list[str]) -> list[str]:
    """Keys that are legal below `path`."""
    for part in path:
        field = model.model_fields.get(part)
        nested = _model_in(field.annotation) if field else None
        model = nested or model
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in typing.get_args(annotation):
        if found := _model_in(inner):
            return found
    return None
