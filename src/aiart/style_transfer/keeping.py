"""What is on disk of a painting under way, so that one that was killed goes on."""

from __future__ import annotations

import time
from collections.abc import Callable

from aiart.networks.states import States
from aiart.style_transfer.moments import Moment

# Seconds between states, and how many times longer than writing one that is at least.
KEEP_EVERY, PATIENCE = 15.0, 20


class Keeper:
    """Writes a painting's moments every so often; without `states`, nowhere. What takes no time leaves no state."""

    def __init__(self, states: States | None):
        self.states = states
        self.last, self.pause = time.monotonic(), KEEP_EVERY

    def begun(self) -> Moment | None:
        """Where the painting was when it was killed; says so."""
        chosen = self.states and self.states.choose(lambda _: "it is of another painting", how_far=lambda _: 0)
        if not chosen:
            return None
        state, arrays = chosen
        print(f"{state.path}: goes on after evaluation {len(state.notes['recorder']['rows'])}.", flush=True)
        return Moment(arrays, state.notes)

    def note(self, moment: Callable[[], Moment]) -> None:
        """Keep this moment when it is time to."""
        began = time.monotonic()
        if self.states is None or began - self.last < self.pause:
            return
        taken = moment()
        self.states.save(taken.arrays, taken.notes)
        self.last = time.monotonic()
        self.pause = max(KEEP_EVERY, PATIENCE * (self.last - began))


def joined(**parts: Moment) -> Moment:
    """Several as one."""
    arrays = {f"{name}/{key}": array for name, part in parts.items() for key, array in part.arrays.items()}
    return Moment(arrays, {name: part.notes for name, part in parts.items()})


def parted(moment: Moment, name: str) -> Moment | None:
    """One of those that were joined, or None where it was not among them."""
    if name not in moment.notes:
        return None
    arrays = {key.partition("/")[2]: array for key, array in moment.arrays.items() if key.partition("/")[0] == name}
    return Moment(arrays, moment.notes[name])
