"""Saying in one sentence what pydantic found wrong."""

from __future__ import annotations

import difflib
import types
import typing
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ValidationError

from aiart.params.plain import clipped, shortened


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """The most telling problem of a validation error, as one sentence that names the key, the nearest valid one and
    the legal values."""
    problems = [(problem, _place(model, problem)) for problem in error.errors(include_url=False)]
    problem, place = _most_telling(problems)
    path = [clipped(str(key)) for key in place.keys]
    key = ".".join(path)
    message = problem["msg"].removeprefix("Value error, ").rstrip(".")
    if problem["type"] == "extra_forbidden":
        known = list(place.model.model_fields)
        near = difflib.get_close_matches(path[-1], known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        return f"{key} is no setting; {hint}settings here are {', '.join(known)}."
    if problem["type"] == "missing":
        return f"{key} is missing; add it."
    if problem["type"] == "value_error":
        return f"{key}: {message}." if key and not message.startswith(path[-1]) else f"{message}."
    message = message[0].lower() + message[1:]
    if place.is_key:
        inside = f"{'.'.join(path[:-1])}: " if path[:-1] else ""
        return f"{inside}the key {shortened(place.keys[-1])} is no legal name, but: {message}."
    return f"{key} is {shortened(problem['input'])}, but: {message}."


class Place(NamedTuple):
    """Where in the settings a problem is."""

    keys: list[str | int]
    """Keys and indices that lead there."""
    model: type[BaseModel]
    """The innermost model that contains it."""
    is_key: bool
    """Whether it is about the last key itself rather than about its value."""


def _place(model: type[BaseModel], problem: Any) -> Place:
    """Follow pydantic's location through the types: besides the user's keys it names the alternatives of unions that
    were tried, and both can be spelt alike."""
    keys: list[str | int] = []
    annotation: Any = model
    for number, part in enumerate(problem["loc"], start=1):
        choices = alternatives(annotation)
        if len(choices) > 1:
            annotation = next((choice for choice in choices if is_called(choice, part)), Any)
            continue
        if part == "[key]" and number == len(problem["loc"]) and problem["type"] != "extra_forbidden":
            return Place(keys, model, is_key=True)
        keys.append(part)
        annotation = choices[0]
        if _is_model(annotation):
            model = annotation
            annotation = model.model_fields[part].annotation if part in model.model_fields else Any
        else:
            annotation = _held_in(annotation, part)
    return Place(keys, model, is_key=problem["type"] == "invalid_key")


def alternatives(annotation: Any) -> list[Any]:
    """The types that pydantic tries for an annotation, without null, for which it has no name."""
    if typing.get_origin(annotation) is Annotated:
        return alternatives(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        choices = [choice for choice in typing.get_args(annotation) if choice is not type(None)]
        return [kind for choice in choices for kind in alternatives(choice)]
    return [annotation]


def is_called(choice: Any, name: Any) -> bool:
    """Whether `name` is what pydantic calls this alternative: `constrained-str`, `list[constrained-str]`, …"""
    kind = typing.get_origin(choice) or choice
    called = "literal" if kind is Literal else kind.__name__
    return str(name).removeprefix("constrained-").partition("[")[0] == called


def _held_in(annotation: Any, index: str | int) -> Any:
    """The type of what a list, a tuple or a mapping holds; Any for anything else."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is tuple and isinstance(index, int) and index < len(arguments):
        return arguments[index]
    return arguments[-1] if origin in (list, dict) else Any


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _most_telling(problems: list[tuple[Any, Place]]) -> tuple[Any, Place]:
    """A wrong key before a missing one, since it is often the missing one misspelt; else the first problem, and of
    a union's alternatives the one that got furthest, if only past the kind of value."""
    for problem, place in problems:
        if problem["type"] == "extra_forbidden" or place.is_key:
            return problem, place
    first = problems[0][1].keys
    there = (p for p in problems if p[1].keys[: len(first)] == first)
    return max(there, key=lambda p: (len(p[1].keys), not p[0]["type"].endswith("_type")))
