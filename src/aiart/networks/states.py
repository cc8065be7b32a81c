"""The states of trainings: files from which one that was stopped goes on, and from which a longer one begins."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.networks.arrays import open_npz
from aiart.params.canonical import canonical_json


@dataclass(frozen=True)
class State:
    """What a training noted of itself. begun_with: everything that its steps so far depend on; `arrays` reads its
    variables."""

    path: Path
    begun_with: dict[str, Any]
    notes: dict[str, Any]

    def arrays(self) -> dict[str, np.ndarray]:
        """Raises one of many kinds of errors when the file is damaged: the archive's own check sums tell."""
        with open_npz(self.path) as file:
            return {name: file[name] for name in file.names if name not in ("begun_with", "notes")}


class States:
    """The states of one training, and of others that were to make the same file.

    Each has a file of its own, NAME.KEY.npz, whose key follows from all that it was begun with: one of other
    settings, pictures or versions is neither taken up nor overwritten. Two generations of each, of arrays and JSON
    in an .npz with nothing to unpickle, written by rename; of a damaged one the one before it is used.
    """

    def __init__(self, place: str | Path, begun_with: dict[str, Any]):
        """place: NAME.npz."""
        self.place, self.begun_with = Path(place), json.loads(canonical_json(begun_with))
        key = hashlib.sha256(canonical_json(begun_with).encode()).hexdigest()[:12]
        self.path = self.place.with_suffix(f".{key}{self.place.suffix}")
        self.previous = self.path.with_suffix(f".previous{self.path.suffix}")

    def save(self, arrays: dict[str, np.ndarray], notes: dict[str, Any]) -> None:
        """Write a generation; the one before it stays until the next."""
        texts = {"begun_with": canonical_json(self.begun_with), "notes": json.dumps(notes)}
        with atomic_write(self.path) as temporary:
            np.savez(temporary, **texts, **arrays)
            if self.path.exists():
                os.replace(self.path, self.previous)

    def finish(self) -> None:
        """Leave the last generation alone, after the results are written."""
        self.previous.unlink(missing_ok=True)

    def newest(self) -> tuple[State, dict[str, np.ndarray]] | None:
        """This training's newest intact generation with its arrays; None when there is none."""
        for path in (self.path, self.previous):
            if path.exists() and (found := _read(path)):
                return found
        return None

    def others(self) -> list[State]:
        """Every state at this place that was begun with something else, newest first."""
        paths = [path for path in files_at(self.place) if path not in (self.path, self.previous)]
        found = []
        for path in sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True):
            try:
                with open_npz(path) as file:
                    begun_with, notes = (json.loads(str(file[name])) for name in ("begun_with", "notes"))
            except Exception:  # damaged, so that nothing goes on from it
                continue
            found.append(State(path, begun_with, notes))
        return found

    def what_stays(self) -> str:
        """For the last line of a log: this training's state and what all states at this place take on the disk."""
        there, others = self.newest_path(), self.others()
        if there is None:  # it went on from the end of another one, or its states cannot be written
            return f"no state is its own, {len(others)} of others are kept" if others else "no state could be kept"
        paths = [there, *(state.path for state in others)]
        size = sum(path.stat().st_size for path in paths) / 1e6
        beside = "" if len(paths) == 1 else f" and {len(paths) - 1} of others beside it"
        return f"its state {there}{beside} ({size:,.0f} MB) may be deleted when it need not go on"

    def newest_path(self) -> Path | None:
        """Where this training's newest generation is, if there is one."""
        return next((path for path in (self.path, self.previous) if path.exists()), None)


def say_not_continued(others: list[State], obstacle: Callable[[State], str | None]) -> None:
    """Print in one sentence why the newest of other states is not continued, and what they take on the disk."""
    if others:
        size = sum(state.path.stat().st_size for state in others) / 1e6
        stay = "it stays" if len(others) == 1 else f"all {len(others)} states of others beside it stay"
        why = obstacle(others[0])
        print(f"{others[0].path}: not continued, since {why}; {stay} ({size:,.0f} MB) until deleted.", flush=True)


def files_at(place: Path) -> list[Path]:
    """The files of all states at a place, NAME.npz."""
    name = re.compile(rf"{re.escape(place.stem)}\.[0-9a-f]{{12}}(\.(previous|damaged))?{re.escape(place.suffix)}")
    listed = place.parent.iterdir() if place.parent.is_dir() else []
    return [path for path in listed if name.fullmatch(path.name)]


def _read(path: Path) -> tuple[State, dict[str, np.ndarray]] | None:
    """A state, or None when the file is damaged, which is then out of the way of the generation before it."""
    try:
        with open_npz(path) as file:
            found = {name: file[name] for name in file.names}
        begun_with, notes = (json.loads(str(found.pop(name))) for name in ("begun_with", "notes"))
    except PermissionError as error:
        raise UserError(
            f"{path}: the state cannot be read ({error.strerror}); give yourself permission for it, or move it away."
        ) from None
    except Exception as error:  # zipfile, numpy and json raise many kinds for a damaged file
        aside = path.with_suffix(f".damaged{path.suffix}")
        with suppress(FileNotFoundError):  # another machine that shares the training was faster
            os.replace(path, aside)
        print(f"{aside}: state cannot be read ({error}); looking for the one before it.", flush=True)
        return None
    return State(path, begun_with, notes), found
