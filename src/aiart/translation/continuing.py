"""The state that a training goes on from: its own, or that of one which was the same so far."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from aiart.networks.states import State, States, say_not_continued
from aiart.params.training import Training
from aiart.translation.schedule import rate_factor

# What these settings decide lies ahead: the number of steps, the fall of the rates, and what is noted of it. Samples
# that were taken stay.
AHEAD = {"epochs", "decay_epochs", "decay", "samples", "checkpoint_every"}
_MUST_AGREE = {
    "method": "another method",
    "data": "other pictures",
    "weights": "other weights of the feature network",
    "made_with": "another version, seed, number of threads or kind of processor",
}


def choose_state(
    states: States, settings: Training, steps_per_epoch: int
) -> tuple[State, dict[str, np.ndarray]] | None:
    """The state to go on from, with its arrays: the training's own, else the furthest from which the steps to come
    are those of an uninterrupted training. Says in one sentence why another one is not continued."""
    if own := states.newest():
        return own
    others = states.others()
    fit = [state for state in others if obstacle(state, states.begun_with, settings, steps_per_epoch) is None]
    for state in sorted(fit, key=lambda state: state.notes["step"], reverse=True):
        try:
            return state, state.arrays()
        except Exception:  # damaged: zipfile and numpy raise many kinds
            others.remove(state)
    say_not_continued(others, lambda state: obstacle(state, states.begun_with, settings, steps_per_epoch))
    return None


def obstacle(state: State, begun_with: dict[str, Any], settings: Training, steps_per_epoch: int) -> str | None:
    """Why a training cannot go on from a state of another one; None when it can."""
    theirs = state.begun_with
    for part, other in _MUST_AGREE.items():
        if theirs.get(part) != begun_with.get(part):
            return f"it was begun with {other}"
    names = sorted({*theirs["settings"], *begun_with["settings"]} - AHEAD)
    if changed := [name for name in names if theirs["settings"].get(name) != begun_with["settings"].get(name)]:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        return f"it was begun with another {', '.join(changed[:3])}{more}"
    step, total = state.notes["step"], settings.epochs * steps_per_epoch
    if step > total:
        return f"it is at step {step:,} and this training ends at {total:,}"
    before = settings.model_copy(update={name: theirs["settings"][name] for name in AHEAD})
    epochs_begun = math.ceil(step / steps_per_epoch)
    if any(rate_factor(epoch, before) != rate_factor(epoch, settings) for epoch in range(epochs_begun)):
        return "its learning rates have fallen otherwise than epochs, decay_epochs and decay say now"
    return None
