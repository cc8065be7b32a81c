"""Figures of all results in the files that `dvc metrics` and `dvc plots` read: one folder for each kind."""

import csv
import json
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from aiart.errors import UserError
from aiart.images import atomic_write

# One figure of each method to compare pictures or trainings by.
MAIN = {
    "style_transfer": ("best_total",),
    "deep_dream": ("activation_gain",),
    "pix2pix": ("l1",),
    "cyclegan": ("a_to_b.kid", "b_to_a.kid"),
}
# Columns of a history that say where in the work a row stands, or follow from the settings alone.
PLACES = {"level", "evaluation", "octave", "iteration", "step", "epoch", "generator_rate", "discriminator_rate"}


def gather_figures(
    folder: str | Path,
    results: str | Path,
    metrics: Iterable[str],
    histories: Iterable[str],
    pictures: Iterable[str],
) -> None:
    """Write everything below `folder`, named as the results are below `results`:

    - `metrics/ROOM/ITEM.json`: what was measured, without counts and the figures of what it is compared with
    - `losses/ROOM/ITEM/LOSS.csv`: step (1, 2, … where the history has none) and value
    - `tables/ROOM/GROUP FIGURE.csv`: item and value, of all pictures, animations, runs, or cells of a sweep
    - `pictures/ROOM/…`: copies
    - `figures.csv`: all metrics as one table; written last

    What an earlier call left in these folders goes. DVC draws every file of a folder with the same settings, so
    all tables of one kind have the same columns. Raises UserError when a file is missing or cannot be read.
    """
    folder, results = Path(folder), Path(results)
    for kind in ("metrics", "losses", "tables", "pictures"):
        shutil.rmtree(folder / kind, ignore_errors=True)
    groups, rows = defaultdict(list), []
    for path in map(Path, metrics):
        item = path.relative_to(results).with_name(path.name.removesuffix(".json"))
        figures = dict(headline(_read_json(path)["measured"]))
        target = folder / "metrics" / f"{item}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        rows += [(item, name, value) for name, value in figures.items()]
        for name in MAIN[item.parts[0]]:
            if name in figures:
                groups[f"{item.parent} {name}"].append((item.name, figures[name]))
    for name, group in groups.items():
        _write_csv(folder / "tables" / f"{name}.csv", ("item", "value"), group)
    for path in map(Path, histories):
        item = path.relative_to(results).with_name(path.name.removesuffix(".csv"))
        for name, loss in losses(path):
            _write_csv(folder / "losses" / item / f"{name}.csv", ("step", "value"), loss)
    for path in map(Path, pictures):
        target = folder / "pictures" / path.relative_to(results)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    _write_csv(folder / "figures.csv", ("result", "figure", "value"), rows)


def headline(measured: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """Figures that judge a result: real numbers, of CycleGAN in both directions. Whole numbers are counts."""
    for name, value in measured.items():
        if name in ("a_to_b", "b_to_a"):
            yield from ((f"{name}.{inner}", number) for inner, number in headline(value))
        elif isinstance(value, float):
            yield name, value


def losses(path: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Every loss of a history by its name, as rows of step and value; of a painting the total alone."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as a history ({error}); make it again.") from None
    names = ["total"] if "total" in rows[0] else [name for name in rows[0] if name not in PLACES]
    for name in names:
        # Validation is not measured at every step.
        if loss := [(row.get("step", i), row[name]) for i, row in enumerate(rows, 1) if row[name]]:
            yield name, loss


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: cannot be read as metrics ({error}); make it again.") from None


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple]) -> None:
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
