"""aiart adopt results/.state/pix2pix/runs/houses.0123456789ab.npz"""

from __future__ import annotations

import argparse
from pathlib import Path

from aiart.cli.arguments import WholeNumber
from aiart.cli.records import provenance
from aiart.cli.runtime import start_job
from aiart.errors import UserError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("state", help="a state that other code began, as a log names it, .npz")
    parser.add_argument(
        "--gpus", type=WholeNumber(0, 64), default=None, help="0 when it goes on without a GPU, though there is one"
    )


def run(options: argparse.Namespace) -> None:
    from aiart.networks.states import adopt, other_code, read_state

    path = Path(options.state)
    state, arrays = read_state(path)
    try:
        made_with = state.begun_with["made_with"]
        options.seed, options.threads = made_with["seed"], made_with["threads"]
        start_job(options)
        if "method" in state.begun_with:
            from aiart.translation.begin import begun_with_this_code
        else:
            from aiart.networks.distillation.distill import begun_with_this_code
        now = begun_with_this_code(state.begun_with) | {"made_with": provenance(options, made_with["precision"])}
    except (LookupError, TypeError) as error:
        raise UserError(f"{path}: does not say what it was begun with ({error!r}); begin its training anew.") from None
    if not other_code(state.begun_with, now):
        raise UserError(f"{path}: was begun with this code; the command that began it goes on from it by itself.")
    made = adopt(state, arrays, now)
    print(f"{made.path}: the command that began {path}, with the same settings, goes on from it.")
