"""What source files say, as short hashes: the same however they are laid out and commented, and whichever Python reads
them."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from aiart import sources
from aiart.params.canonical import canonical_json
from aiart.params.feature_networks import NETWORKS

_ABOVE = PurePosixPath("src", sources.PACKAGE)
DIGITS = 12


def code_digests(*modules: str, networks: Iterable[str] = ()) -> dict[str, str]:
    """The digest of every source file that `modules` need, as `sources.sources` finds them, by its path below the
    package (`translation/losses.py`).

    networks: feature networks, which are loaded by name; their modules count too, and what the table of all networks
    says of each, under `params/feature_networks.py NAME`.
    """
    rows = {name: NETWORKS[name] for name in networks}
    modules += tuple(facts.module.removeprefix(f"{sources.PACKAGE}.") for facts in rows.values())
    paths = [PurePosixPath(path).relative_to(_ABOVE) for path in sources.sources(*modules)]
    return {str(path): code_digest((sources.ROOT / sources.PACKAGE / path).read_bytes()) for path in paths} | {
        f"params/feature_networks.py {name}": _short(canonical_json(facts.decisive())) for name, facts in rows.items()
    }


def code_digest(text: bytes | str) -> str:
    """Hexadecimal digits that change with what a source does: not with its comments, docstrings, and layout."""
    return _short("\n".join(_lines(ast.parse(text))))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]


def _lines(node: object, name: str = "") -> Iterator[str]:
    """A syntax tree as lines. Neither `ast.dump` nor `ast.unparse` writes the same in all Pythons: newer ones know more
    fields, which are empty where a text says nothing of them, and so are left out here."""
    if isinstance(node, list):
        for one in node:
            if not _says_nothing(one):
                yield from _lines(one, name)
        yield f"end {name}"
    elif isinstance(node, ast.AST):
        yield f"{name} {type(node).__name__}"
        for field in node._fields:
            value = getattr(node, field, None)
            # `kind` is the u of u"text".
            if value is not None and value != [] and field not in ("ctx", "kind", "type_ignores"):
                yield from _lines(_joined(value) if isinstance(node, ast.JoinedStr) else value, field)
        yield "end"
    else:
        yield f"{name} {type(node).__name__} {node!a}"


def _says_nothing(node: object) -> bool:
    """Whether it is `pass`, or a text that stands alone, such as a docstring."""
    text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return text or isinstance(node, ast.Pass)


def _joined(values: list[ast.expr]) -> list[ast.expr]:
    """The parts of an f-string, its neighbouring texts as one: Pythons cut them differently."""
    found: list[ast.expr] = []
    for value in values:
        if isinstance(value, ast.Constant) and found and isinstance(found[-1], ast.Constant):
            found[-1] = ast.Constant(found[-1].value + value.value)
        elif not isinstance(value, ast.Constant) or value.value:
            found.append(value)
    return found
