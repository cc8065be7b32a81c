"""The built-in datasets: drawn by our own code and written as folders, like any other dataset.

`synthetic_facades`, paired: train/ and test/, each file a photograph on the left and its label map on the right.
`synthetic_paintings`, unpaired: trainA/ and testA/ photographs and houses, trainB/ and testB/ paintings of others.
`synthetic_streets`, unpaired: trainA/ and testA/ streets by day, trainB/ and testB/ others by night, and truthA/ and
truthB/ the held-out ones at the other time.
"""

from __future__ import annotations

import importlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tqdm import tqdm

from aiart.datasets.tree import check_named
from aiart.errors import UserError
from aiart.images import write_image
from aiart.params.datasets import SyntheticDataset, SyntheticFacades, SyntheticPaintings, SyntheticStreets

# Lists the files that were written, so that only they are ever deleted. Manifests leave such names out.
_LIST = ".aiart-dataset"


@dataclass(frozen=True)
class Synthetic:
    """A built-in dataset. settings: its model, with the defaults. drawn_by: the module whose `draw` gives, of settings
    and seed, the path within the folder and the picture of every file, float32 (height, width, 3) in 0..255. folders:
    those of pictures to train on, and those of held-out ones."""

    kind: Literal["paired", "unpaired"]
    shows: str
    settings: type[SyntheticDataset]
    drawn_by: str
    folders: tuple[int, int]


SYNTHETIC = {
    "synthetic_facades": Synthetic(
        "paired", "houses and their label maps", SyntheticFacades, "datasets.facades.dataset", (1, 1)
    ),
    "synthetic_paintings": Synthetic(
        "unpaired", "photographs, houses, and paintings", SyntheticPaintings, "datasets.crops", (2, 2)
    ),
    "synthetic_streets": Synthetic(
        "unpaired", "streets by day and by night", SyntheticStreets, "datasets.streets.dataset", (2, 4)
    ),
}


def write_synthetic(name: str, folder: str | Path, settings: SyntheticDataset, seed: int) -> None:
    """Draw the dataset `name` of `SYNTHETIC` into `folder`; equal settings and seed give equal bytes.

    The pictures are written beside `folder`, which appears by one rename when all are there, and replaces a
    dataset that this function wrote earlier. What a killed job left beside it is cleared away by the next.
    Raises UserError for an unknown name, when `folder` holds files of other origin, or cannot be written.
    """
    if name not in SYNTHETIC:
        raise UserError(f"No built-in dataset is called {name!r}; they are {', '.join(SYNTHETIC)}.")
    folder, drawn = Path(folder), SYNTHETIC[name]
    check_named(folder)
    _refuse_foreign(folder)
    new, old = (folder.with_name(f".{folder.name}.{state}") for state in ("new", "old"))
    files = importlib.import_module(f"aiart.{drawn.drawn_by}").draw(settings, seed)
    to_train_on, held_out = drawn.folders
    total = to_train_on * settings.train_pictures + held_out * settings.test_pictures
    try:
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)
        new.mkdir(parents=True)
        paths = []
        for path, picture in tqdm(files, desc=name, total=total, unit="picture", disable=None):
            write_image(new / path, picture)
            paths.append(path)
        (new / _LIST).write_text("".join(f"{path}\n" for path in paths), encoding="utf-8")
        if folder.is_dir():
            os.replace(folder, old)
        os.replace(new, folder)
    except OSError as error:
        raise UserError(
            f"{folder}: cannot be written ({error.strerror}); make room or permission for it, or choose another folder."
        ) from error
    finally:
        for leftover in (new, old):
            shutil.rmtree(leftover, ignore_errors=True)


def _refuse_foreign(folder: Path) -> None:
    """UserError unless everything in the folder was written by `write_synthetic`."""
    if not folder.exists():
        return
    try:
        written = (folder / _LIST).read_text(encoding="utf-8").splitlines()
    except OSError:
        written = []
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    foreign = sorted(path for path in found - set(written) if not Path(path).name.startswith("."))
    if foreign or not folder.is_dir():
        what = f"holds {foreign[0]}, which" if foreign else "is a file that"
        raise UserError(f"{folder}: {what} this command did not write; choose another folder, or move it away.")
