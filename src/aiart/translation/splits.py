"""What a training learns from, and what it is validated on."""

from __future__ import annotations

from collections.abc import Callable

from aiart.datasets.folders import Held, Split, set_aside
from aiart.errors import UserError
from aiart.params.training import Training
from aiart.translation.trainer import HELD_OUT_PICTURES

# Every so many training pictures one is set aside, where a dataset does not say what to validate on.
SET_ASIDE_EVERY = 10


def training_and_validation(open_split: Callable[[Split], Held], settings: Training, seed: int) -> tuple[Held, Held]:
    """The pictures to learn from, and those for validation and samples.

    The latter are the dataset's own where it has some. Otherwise, when they choose what is kept, they are a tenth of
    the training pictures, chosen by `seed` and not learnt from: those that the evaluation judges by must not choose.
    When they choose nothing, they are those of the evaluation, and all training pictures are learnt from.
    Raises UserError when there is a single picture to learn from and one must be set aside.
    """
    training, validation = open_split("train"), open_split("validation")
    if len(validation):
        return training, validation
    if settings.keep == "last":
        return training, open_split("test")
    if len(training) < 2:
        raise UserError(
            "keep is best, for which a training picture is set aside, but there is a single one; add some, or set keep "
            "to last."
        )
    count = min(HELD_OUT_PICTURES, -(-len(training) // SET_ASIDE_EVERY))
    return set_aside(training, count, seed)
