"""The states of trainings: files from which one that was stopped goes on, and from which a longer one begins."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
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
    settings, pictures, versions or code is neither taken up nor overwritten. Two generations of each, of arrays and
    JSON in an .npz with nothing to unpickle, written by rename; of a damaged one the one before it is used.
    """

    def __init__(self, place: str | Path, begun_with: dict[str, Any]):
        """place: NAME.npz."""
        self.place = Path(place)
        self._begin_with(begun_with)

    def _begin_with(self, begun_with: dict[str, Any]) -> None:
        self.begun_with = json.loads(canonical_json(begun_with))
        key = hashlib.sha256(canonical_json(begun_with).encode()).hexdigest()[:12]
        self.path = self.place.with_suffix(f".{key}{self.place.suffix}")
        self.previous = self.path.with_suffix(f".previous{self.path.suffix}")

    @property
    def adopted(self) -> list[dict[str, Any]]:
        """What `aiart adopt` noted, each time that other code was to go on; empty where all steps are of this code."""
        return self.begun_with.get("adopted", [])

    def choose(
        self, obstacle: Callable[[State], str | None], how_far: Callable[[State], Any]
    ) -> tuple[State, dict[str, np.ndarray]] | None:
        """The state to go on from, with its arrays: the training's own, else the furthest from which the steps to come
        are those of an uninterrupted training. One that was adopted goes before one that has come less far, and what
        was noted of it is from now on among what this training was begun with.

        obstacle: why the training cannot go on from a state that this code began; None when it can. Says in one
        sentence why another one is not continued.
        """
        own, others = self.newest(), self.others()
        fit = [state for state in others if not obstacle(state) and not other_code(state.begun_with, self.begun_with)]
        if own:
            fit = [state for state in fit if state.begun_with.get("adopted") and how_far(state) > how_far(own[0])]
        for state in sorted(fit, key=how_far, reverse=True):
            try:
                arrays = state.arrays()
            except Exception:  # damaged: zipfile and numpy raise many kinds
                others.remove(state)
                continue
            if adopted := state.begun_with.get("adopted"):
                self._begin_with({**self.begun_with, "adopted": adopted})
            return state, arrays
        if own is None:
            self._say_not_continued(others, obstacle)
        return own

    def _say_not_continued(self, others: list[State], obstacle: Callable[[State], str | None]) -> None:
        """Print why the newest of other states is not continued, and what they take on the disk."""
        if not others:
            return
        newest = others[0]
        size = sum(state.path.stat().st_size for state in others) / 1e6
        stay = "it stays" if len(others) == 1 else f"all {len(others)} states of others beside it stay"
        until = f"{stay} ({size:,.0f} MB) until deleted"
        if why := obstacle(newest):
            print(f"{newest.path}: not continued, since {why}; {until}.", flush=True)
            return
        why = other_code(newest.begun_with, self.begun_with)
        adopt = shlex.join(["aiart", "adopt", str(newest.path)])
        print(f"{newest.path}: not continued, since {why}; {until}, and `{adopt}` lets it go on.", flush=True)

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

    def forget(self) -> None:
        """Remove what is this training's own, where nothing would go on from its end."""
        for path in (self.path, self.previous):
            path.unlink(missing_ok=True)

    def newest(self) -> tuple[State, dict[str, np.ndarray]] | None:
        """This training's newest intact generation with its arrays; None when there is none."""
        for path in (self.path, self.previous):
            if path.exists() and (found := _newest_of(path)):
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


# What a later version, another machine or an edit changes by itself, and what is said of it.
_NOT_CHOSEN = {
    "aiart": "another version of aiart",
    "tensorflow": "another version of TensorFlow",
    "instructions": "another kind of processor",
}
_NAMED = 3


def other_made_with(theirs: dict[str, Any], ours: dict[str, Any]) -> str | None:
    """How what a user chose of `made_with` differs: the seed, the number of threads, the precision; None where it does
    not."""
    made, make = theirs.get("made_with", {}), ours.get("made_with", {})
    names = sorted({*made, *make} - _NOT_CHOSEN.keys())
    changed = [name for name in names if made.get(name) != make.get(name)]
    return (
        f"it was begun with another {'number of threads' if changed[0] == 'threads' else changed[0]}"
        if changed
        else None
    )


def other_code(theirs: dict[str, Any], ours: dict[str, Any]) -> str | None:
    """By which other code, version or kind of processor a state was begun, in words; None where by the same."""
    if changed := sorted(changed_code(theirs, ours)):
        more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
        noted = "code" in theirs or "code" not in ours
        return (
            f"it was begun with other code ({', '.join(changed[:_NAMED])}{more})"
            if noted
            else "it was begun before states noted their code"
        )
    made, make = theirs.get("made_with", {}), ours.get("made_with", {})
    for name, said in _NOT_CHOSEN.items():
        if made.get(name) != make.get(name):
            return f"it was begun with {said}"
    return None


def changed_code(theirs: dict[str, Any], ours: dict[str, Any]) -> dict[str, list[str | None]]:
    """The digests then and now of every source file that differs; None where there was no such file."""
    then, now = theirs.get("code", {}), ours.get("code", {})
    return {name: [then.get(name), now.get(name)] for name in sorted({*then, *now}) if then.get(name) != now.get(name)}


def adopt(state: State, arrays: dict[str, np.ndarray], begun_with: dict[str, Any]) -> States:
    """Write a copy of a state that other code began, for this code to go on from.

    begun_with: what the training would be begun with now. The copy notes, beside what was noted of it before, the step
    up to which the other code trained, that code, and what it was made with.
    """
    theirs = state.begun_with
    noted = {
        "until": {name: state.notes[name] for name in ("phase", "step") if name in state.notes},
        "code": changed_code(theirs, begun_with),
        "made_with": theirs["made_with"],
    }
    states = States(place_of(state.path), {**begun_with, "adopted": [*theirs.get("adopted", []), noted]})
    states.save(arrays, state.notes)
    return states


def read_state(path: Path) -> tuple[State, dict[str, np.ndarray]]:
    """A state and its arrays. Raises UserError when there is none in the file, or it is not called as states are."""
    place_of(path)
    if not path.is_file():
        raise UserError(f"{path}: no such file; give the path that a log names.")
    try:
        found = _read(path)
        if not all(isinstance(part, dict) for part in (found[0].begun_with, found[0].notes)):
            raise ValueError("its notes are of another kind")
    except Exception as error:  # zipfile, numpy and json raise many kinds for a damaged file
        raise UserError(f"{path}: is no state of a training, or a damaged one ({error}); name another.") from None
    return found


_NAME = r"(?P<name>.+)\.[0-9a-f]{12}(\.(previous|damaged))?"


def place_of(path: Path) -> Path:
    """NAME.npz, at which a state lies. Raises UserError when it is not called as states are."""
    if not (match := re.fullmatch(_NAME + r"\.npz", path.name)):
        raise UserError(f"{path}: is not called as states are, NAME.KEY.npz; give the path that a log names.")
    return path.with_name(f"{match['name']}.npz")


def files_at(place: Path) -> list[Path]:
    """The files of all states at a place, NAME.npz."""
    name = re.compile(rf"{re.escape(place.stem)}\.[0-9a-f]{{12}}(\.(previous|damaged))?{re.escape(place.suffix)}")
    listed = place.parent.iterdir() if place.parent.is_dir() else []
    return [path for path in listed if name.fullmatch(path.name)]


def _newest_of(path: Path) -> tuple[State, dict[str, np.ndarray]] | None:
    """A state, or None when the file is damaged, which is then out of the way of the generation before it."""
    try:
        return _read(path)
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


def _read(path: Path) -> tuple[State, dict[str, np.ndarray]]:
    with open_npz(path) as file:
        found = {name: file[name] for name in file.names}
    begun_with, notes = (json.loads(str(found.pop(name))) for name in ("begun_with", "notes"))
    return State(path, begun_with, notes), found
