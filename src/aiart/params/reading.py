"""Reading settings from YAML and JSON, in bounded time and memory whatever the text says."""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.constructor import ConstructorError, SafeConstructor
from ruamel.yaml.events import AliasEvent

from aiart.errors import UserError
from aiart.params.plain import MAX_DEPTH, MAX_VALUES, check_plain, clipped, shortened

MAX_BYTES = 256 * 1024
TAG = "tag:yaml.org,2002:"


def read_yaml(path: str | Path) -> dict[str, Any]:
    """The mapping that a YAML file holds; an empty file is an empty one. Raises UserError.

    YAML 1.2, as DVC reads it: `2e-05` and `1e-4` are numbers, `on` is text, `017` is 17, `12:30` is text.
    Snakemake's own reader speaks YAML 1.1, where all four differ; so the workflow reads params here too.
    """
    try:
        values = parse_yaml(_read_text(path))
    except FileNotFoundError:
        raise UserError(f"{path}: no such file; give the path of a params file.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise UserError(f"{path}: cannot be read ({reason}); give the path of a params file.") from None
    except ValueError as error:
        raise UserError(f"{path}: {error}.") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise UserError(f"{path}: holds {type(values).__name__}, not a mapping of settings; see params.yaml.")
    return values


def _read_text(path: str | Path) -> str:
    # Opening a FIFO would wait for a writer.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(None, "not a regular file")
        text = file.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise OSError(None, f"larger than {MAX_BYTES // 1024} kB")
    return text.decode("utf-8-sig")


def parse_yaml(text: str) -> Any:
    """One YAML 1.2 document as plain dictionaries, lists and scalars; ValueError says what is wrong and where."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _BoundedComposer
    yaml.Constructor = _PlainConstructor
    try:
        value = yaml.load(text)
    except Exception as error:
        # For some text that is no YAML, ruamel.yaml lets IndexError, AttributeError and others through.
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        problem = clipped(getattr(error, "problem", None) or str(error), 160)
        raise ValueError(f"is not valid YAML{where} ({problem}); mend that line") from None
    check_plain(value)
    return value


def parse_json(text: str) -> Any:
    """JSON as plain dictionaries, lists and scalars; ValueError says what is wrong."""
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_number)
    except RecursionError:
        raise ValueError(f"is nested more than {MAX_DEPTH} deep; no setting is") from None
    except ValueError as error:
        raise ValueError(f"is not JSON ({clipped(str(error), 160)}); quote it as one argument") from None
    check_plain(value)
    return value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"{clipped(twice)} stands there twice")
    return mapping


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


class _BoundedComposer(Composer):
    """Counts what aliases stand for, so that a few lines cannot become billions of values."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False
        self.values = 0
        self.values_below: dict[int, int] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        event, before = self.parser.peek_event(), self.values
        if self.depth > MAX_DEPTH:
            raise ComposerError(None, None, f"nested more than {MAX_DEPTH} deep", event.start_mark)
        node = super().compose_node(parent, index)
        if isinstance(event, AliasEvent):
            if id(node) not in self.values_below:
                raise ComposerError(None, None, f"the alias {event.anchor!r} holds itself", event.start_mark)
            self.values += self.values_below[id(node)]
        else:
            self.values += 1
            if event.anchor is not None:
                self.values_below[id(node)] = self.values - before
        if self.values > MAX_VALUES:
            raise ComposerError(None, None, f"more than {MAX_VALUES:,} values, with aliases", event.start_mark)
        return node


class _PlainConstructor(SafeConstructor):
    """Makes text, numbers, booleans, null, lists and mappings, and nothing else. A date is text, as in JSON."""

    yaml_constructors = {
        **{
            f"{TAG}{kind}": SafeConstructor.yaml_constructors[f"{TAG}{kind}"]
            for kind in ("null", "bool", "int", "float", "str", "seq", "map")
        },
        f"{TAG}timestamp": SafeConstructor.construct_yaml_str,
        f"{TAG}value": SafeConstructor.construct_yaml_str,
        None: SafeConstructor.construct_undefined,
    }

    def construct_non_recursive_object(self, node: Any, tag: str | None = None) -> Any:
        try:
            return super().construct_non_recursive_object(node, tag)
        except (ValueError, LookupError):
            kind = str(node.tag).removeprefix(TAG)
            problem = f"{shortened(node.value)} cannot be read as {kind}"
            raise ConstructorError(None, None, problem, node.start_mark) from None
