"""The source files that a job's result depends on: its modules and all that they import, read from the text.

Nothing is run for it, so TensorFlow stays out of the parse of a Snakefile. What is imported within a function counts;
what is imported for a type checker does not. `from aiart.images import read_image` counts as an import of the module
that defines `read_image`, not of all that the package gathers. A module that is loaded by a name put together at run
time (a command, a painter, a method, a feature network) is not seen: the rule, which knows the name, asks for it
beside the others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "aiart"

HARMLESS = {
    "__init__.py": "holds the version",
    "cli/__init__.py": "finds the command",
    "cli/arguments.py": "reads the command line, which Snakemake compares as well",
    "cli/folders.py": "goes through folders of photographs; a job has one",
    "cli/gpus.py": "waits for a free GPU; which one it is changes nothing",
    "cli/guard.py": "says why a command ended early",
    "cli/many.py": "goes through many pictures; a job has one",
    "cli/outputs.py": "looks whether a result can be written, before and after it is made",
    "cli/settings.py": "reads the settings, which Snakemake compares as well",
    "cli/snapshots.py": "writes frames, which no rule asks for",
    "code_digest.py": "tells other code apart, from whose state a training does not go on",
    "datasets/catalogue.py": "says what can be downloaded, which rules compare, and whose it is, in pictures to come",
    "datasets/files.py": "computes hashes of files, which Snakemake compares as well",
    "datasets/manifest.py": "lists files with their hashes; the rules that make such a list name this file",
    "datasets/places.py": "says where datasets lie; a job is told its folder",
    "deep_dream/memory.py": "says what a dream takes",
    "deep_dream/zoom.py": "goes on where a picture is finished; the rule that makes a zoom names this file",
    "errors.py": "is what a failed job says, and that has no result",
    "gallery/animation.py": "writes frames as one file; the rules that make an animation name this file",
    "memory.py": "says what does not fit",
    "networks/files.py": "finds weights that were not named; the rules name them",
    "networks/states.py": "keeps an unfinished training, which ends with the same bytes",
    "pixel_limit.py": "refuses pictures that are too large",
    "params/base.py": "refuses illegal settings",
    "params/canonical.py": "writes settings down in one order",
    "params/explain.py": "says what is wrong with settings",
    "params/feature_networks.py": "says what is known of networks; the rules compare the row of each",
    "params/load.py": "refuses illegal settings",
    "params/merge.py": "reads params.yaml; a job is told its settings",
    "params/plain.py": "refuses texts that are no settings",
    "params/reading.py": "reads texts; a job is told its settings",
    "params/rooms.py": "says what is to be made; a job is told its part",
    "params/root.py": "says which rooms there are; a rule names the modules of its own",
    "params/sweeps.py": "says what is to be made; a job is told its part",
    "remote_file.py": "says what can be downloaded; the rules that download compare its entries",
    "stopping.py": "ends a job early, whose result Snakemake then does not take",
    "style_transfer/estimate.py": "says what a painting would cost",
    "style_transfer/memory.py": "says what a painting takes",
    "timings.py": "says what a job took",
    "translation/checkpoint.py": "keeps an unfinished training, which ends with the same bytes",
    "translation/continuing.py": "finds the state to go on from; a training ends with the same bytes",
    "translation/devices.py": "finds the devices, whose number is a setting",
    "translation/methods.py": "finds the modules of a method by its name; the rules name them",
    "translation/recorder.py": "shows the losses of a training while it runs",
    "translation/show.py": "draws the course of a training, which is trained again for no look of its grid",
}
"""Files that no result depends on, below src/aiart, and why. Neither they nor what only they import counts."""


@dataclass(frozen=True)
class _Module:
    path: Path
    """Below src."""
    imports: tuple[tuple[str, str | None], ...]
    """Module, and the name that is taken from it."""
    handed_on: dict[str, tuple[str, str]]
    """Of a package: names that it imports, and where they come from."""
    runs: bool
    """Whether it does more than to hand names on."""


def sources(*modules: str, folder: str = "src") -> list[str]:
    """Paths, such as src/aiart/cli/grid.py, of `modules` and of what they import.

    modules: names below aiart, such as `cli.grid`; these are listed even when they are harmless elsewhere.
    folder: where the package lies for jobs.
    """
    found: set[str] = set()
    waiting = [f"{PACKAGE}.{name}" for name in modules]
    wanted = set(waiting)
    while waiting:
        name = waiting.pop()
        path = _read(name).path
        if name in found or (name not in wanted and path.relative_to(PACKAGE).as_posix() in HARMLESS):
            continue
        found.add(name)
        waiting += _needs(name)
    return sorted((Path(folder) / _read(name).path).as_posix() for name in found)


@cache
def _needs(name: str) -> list[str]:
    """Modules that a module loads: those it imports, and the packages above it, as far as these do something."""
    parts = name.split(".")
    above = (".".join(parts[:end]) for end in range(1, len(parts)))
    return [
        *(_origin(module, wanted) for module, wanted in _read(name).imports),
        *(package for package in above if _read(package).runs),
    ]


def _origin(module: str, name: str | None) -> str:
    """The module in which `from module import name` finds what it takes."""
    if name is None:
        return module
    if _file(f"{module}.{name}"):
        return f"{module}.{name}"
    handed_on = _read(module).handed_on.get(name)
    return _origin(*handed_on) if handed_on else module


@cache
def _file(module: str) -> Path | None:
    """Below src; None when there is no such module."""
    path = Path(*module.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if (ROOT / file).is_file()), None)


@cache
def _read(module: str) -> _Module:
    path = _file(module)
    if path is None:
        raise ModuleNotFoundError(f"{module} is no module below {ROOT}")
    body = ast.parse((ROOT / path).read_bytes()).body
    is_package = path.name == "__init__.py"
    package = module if is_package else module.rpartition(".")[0]
    return _Module(
        path,
        imports=tuple(name for statement in _imports(body) for name in _imported(statement, package)),
        handed_on=_handed_on(body, package) if is_package else {},
        runs=not all(map(_only_hands_on, body)),
    )


def _imports(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement
        blocks = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
        if isinstance(statement, ast.If) and ast.unparse(statement.test).endswith("TYPE_CHECKING"):
            blocks = [statement.orelse]
        blocks += [part.body for name in ("handlers", "cases") for part in getattr(statement, name, [])]
        for block in blocks:
            yield from _imports(block)


def _imported(statement: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str | None]]:
    """Modules of ours that a statement imports, and what it takes from them."""
    if isinstance(statement, ast.Import):
        found = [(alias.name, None) for alias in statement.names]
    else:
        module = resolve_name("." * statement.level + (statement.module or ""), package)
        found = [(module, alias.name) for alias in statement.names]
    yield from ((module, name) for module, name in found if module.split(".")[0] == PACKAGE)


def _handed_on(body: list[ast.stmt], package: str) -> dict[str, tuple[str, str]]:
    """Of a package: names that it imports, and where they come from."""
    return {
        alias.asname or alias.name: (module, alias.name)
        for statement in body
        if isinstance(statement, ast.ImportFrom)
        for (module, _), alias in zip(_imported(statement, package), statement.names, strict=False)
    }


def _only_hands_on(statement: ast.stmt) -> bool:
    """Whether a statement is an import, a docstring or `__all__`."""
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0]) == "__all__"
    text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return text or isinstance(statement, ast.Import | ast.ImportFrom)
