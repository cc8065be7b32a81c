"""The state that a training goes on from: its own, or that of one which was the same so far."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from aiart.networks.states import State, States, other_made_with
from aiart.params.training import Training
from aiart.translation.schedule import rate_factor

# What these settings decide lies ahead: the number of steps, the fall of the rates, and what is noted of it. Samples
# that were taken stay.
AHEAD = {"epochs", "decay_epochs", "decay", "samples", "checkpoint_every"}
_MUST_AGREE = {
    "method": "another method",
    "data": "other pictures",
    "weights": "other weights of the feature network",
}


def choose_state(
    states: States, settings: Training, steps_per_epoch: int
) -> tuple[State, dict[str, np.ndarray]] | None:
    """The state to go on from, with its arrays, as `States.choose` chooses."""

    def why_not(state: State) -> str | None:
        return obstacle(state, states.begun_with, settings, steps_per_epoch)

    return states.choose(why_not, how_far=lambda state: state.notes["step"])


def obstacle(state: State, begun_with: dict[str, Any], settings: Training, steps_per_epoch: int) -> str | None:
    """Why a training cannot go on from a state of another one of the same code; None when it can."""
    theirs = state.begun_with
    for part, other in _MUST_AGREE.items():
        if theirs.get(part) != begun_with.get(part):
            return f"it was begun with {other}"
    if said := other_made_with(theirs, begun_with):
        return said
    then, now = theirs["settings"], begun_with["settings"]
    # One that other code has not goes with that code.
    names = sorted((then.keys() & now.keys()) - AHEAD)
    if changed := [name for name in names if then[name] != now[name]]:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        return f"it was begun with another {', '.join(changed[:3])}{more}"
    step, total = state.notes["step"], settings.epochs * steps_per_epoch
    if step > total:
        return f"it is at step {step:,} and this training ends at {total:,}"
    before = settings.model_copy(update={name: then[name] for name in AHEAD & then.keys()})
    epochs_begun = math.ceil(step / steps_per_epoch)
    if any(rate_factor(epoch, before) != rate_factor(epoch, settings) for epoch in range(epochs_begun)):
        return "its learning rates have fallen otherwise than epochs, decay_epochs and decay say now"
    return None
