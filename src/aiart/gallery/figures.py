"""Figures of all results in the files that `dvc metrics` and `dvc plots` read: one folder for each kind."""

import csv
import json
import os
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.plain_files import read_text, refuse_pipe

# A group of a painting's figures that judge it too.
OF_EACH_LAYER = ("layers",)
KINDS = ("metrics", "losses", "tables", "pictures")


def gather_figures(
    folder: str | Path,
    results: str | Path,
    metrics: Iterable[str],
    histories: Iterable[str],
    pictures: Iterable[str],
    *,
    headline: Mapping[str, Sequence[str]],
    losses: Mapping[str, Sequence[str]],
) -> None:
    """Write everything below `folder`, named as the results are below `results`:

    - `metrics/ROOM/ITEM.json`: what was measured, without counts and the figures of what it is compared with
    - `losses/ROOM/ITEM/LOSS.csv`: step (1, 2, … where the history has none) and value, for the room's `losses`
    - `tables/ROOM/GROUP FIGURE.csv`: item and value, of all pictures, animations, runs, or cells of a sweep, for the
      figures of the room's `headline`; `a_to_b.kid` is the figure `kid` of the group `a_to_b`
    - `pictures/ROOM/…`: copies
    - `figures.csv`: all metrics as one table; written last

    What an earlier call left in these folders goes, when all of the new is there. DVC draws every file of a folder
    with the same settings, so all tables of one kind have the same columns. Raises UserError when a file is missing or
    cannot be read, or when one of these folders holds what no earlier call put there.
    """
    folder = Path(folder)
    _refuse_foreign(folder, {*headline, *losses})
    new = folder / ".new"  # within the folder, which can be `.`
    shutil.rmtree(new, ignore_errors=True)
    try:
        _gather(new, Path(results), metrics, histories, pictures, headline, losses)
        # It stands for all of them, so it is gone while they are exchanged.
        (folder / "figures.csv").unlink(missing_ok=True)
        for kind in KINDS:
            shutil.rmtree(folder / kind, ignore_errors=True)
            if (new / kind).exists():
                os.replace(new / kind, folder / kind)
        os.replace(new / "figures.csv", folder / "figures.csv")
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _refuse_foreign(folder: Path, rooms: Collection[str]) -> None:
    for kind in KINDS:
        inside = sorted((folder / kind).iterdir()) if (folder / kind).is_dir() else []
        for path in inside:
            if not (path.name in rooms or path.name.startswith(".")):
                raise UserError(f"{path}: is not of an earlier call and would be deleted; choose another folder.")


def _gather(folder: Path, results: Path, metrics, histories, pictures, headline, losses) -> None:
    groups, rows = defaultdict(list), []
    for path in map(Path, metrics):
        item = _below(results, path).with_name(path.name.removesuffix(".json"))
        main = _of_room(headline, item, path)
        judging = {*OF_EACH_LAYER, *(name.split(".")[0] for name in main)}
        figures = dict(measured_figures(_read_measured(path), judging))
        target = folder / "metrics" / f"{item}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        rows += [(item, name, value) for name, value in figures.items()]
        for name in main:
            if name in figures:
                groups[f"{item.parent} {name}"].append((item.name, figures[name]))
    for name, group in groups.items():
        _write_csv(folder / "tables" / f"{name}.csv", ("item", "value"), group)
    for path in map(Path, histories):
        item = _below(results, path).with_name(path.name.removesuffix(".csv"))
        for name, loss in read_losses(path, _of_room(losses, item, path)):
            _write_csv(folder / "losses" / item / f"{name}.csv", ("step", "value"), loss)
    for path in map(Path, pictures):
        target = folder / "pictures" / _below(results, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        refuse_pipe(path)
        shutil.copyfile(path, target)
    _write_csv(folder / "figures.csv", ("result", "figure", "value"), rows)


def measured_figures(measured: dict[str, Any], groups: Collection[str] = ()) -> Iterator[tuple[str, float]]:
    """Figures that judge a result: real numbers, also those of the groups that are named. Whole numbers are counts,
    and other groups are what the result is compared with."""
    for name, value in measured.items():
        if isinstance(value, float):
            yield name, value
        elif name in groups and isinstance(value, dict):
            yield from ((f"{name}.{inner}", number) for inner, number in measured_figures(value))


def read_losses(path: Path, names: Sequence[str]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The losses of a history that are named, as rows of step and value."""
    try:
        refuse_pipe(path)
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{path}: cannot be read as a history ({error}); make it again.") from None
    for name in names:
        # Validation is not measured at every step.
        if loss := [(row.get("step", i), row[name]) for i, row in enumerate(rows, 1) if row.get(name)]:
            yield name, loss


def _below(results: Path, path: Path) -> Path:
    if not path.is_relative_to(results) or path == results:
        raise UserError(f"{path}: does not lie below {results}; name files there, or say by --results where they lie.")
    return path.relative_to(results)


def _of_room(facts: Mapping[str, Sequence[str]], item: Path, path: Path) -> Sequence[str]:
    if item.parts[0] not in facts:
        raise UserError(f"{path}: lies in no folder of a room; those are {', '.join(facts)}.")
    return facts[item.parts[0]]


def _read_measured(path: Path) -> dict[str, Any]:
    try:
        measured = json.loads(read_text(path))["measured"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise UserError(f"{path}: cannot be read as metrics ({error}); make it again.") from None
    if not isinstance(measured, dict):
        raise UserError(f"{path}: holds no figures under measured; make it again.")
    return measured


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple]) -> None:
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
