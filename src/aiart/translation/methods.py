"""The trained methods by name.

A method is its room in `aiart.params.NAME`, with the settings and every fact that others ask for, and the package
`aiart.translation.NAME` of three modules:

  learner  `build_generator(settings, seed)`: the network that translates; of a method that `aiart import` fills it
           takes an `Architecture` too;
           `build_learner(settings, seed, weights=None)`: what `trainer.train` trains, a `trainer.Learner`; weights:
           file of the feature network, for a training whose losses use one (`settings.frozen_network`)
  data     `open_data(folder, settings, seed)`: what it is trained on, a `trainer.TrainingData`
  judge    `judge(model, folder, evaluation, judges, seed)`: figures and pictures, a `judging.Judgement`;
           `draw_page(judgement, title, caption, domains)`: the grid; `describe(judgement, domains)`: lines under it

Nobody else knows a method by its name. They are three modules without a common face because each command loads only
those that PARTS names for it: a job `aiart COMMAND` of a method depends on `aiart.cli.COMMAND`, on these modules, and
on what they import, so that an edit of one method's judgement neither trains anything nor judges another method.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Literal

from aiart.params.root import ROOMS
from aiart.params.training import TrainingRoom

METHODS: dict[str, type[TrainingRoom]] = {key: room for key, room in ROOMS.items() if issubclass(room, TrainingRoom)}
"""The room of each method."""
PARTS = {"train": ("learner", "data"), "evaluate": ("learner", "judge"), "translate": ("learner",)}
"""The modules of a method that a command loads."""


def part(method: str, name: Literal["learner", "data", "judge"]) -> ModuleType:
    """One of a method's modules."""
    return importlib.import_module(f"aiart.translation.{method}.{name}")
