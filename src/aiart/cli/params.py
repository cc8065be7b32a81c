"""aiart params: check params.yaml, or print its schema."""

from __future__ import annotations

import argparse
import json

from aiart.params.merge import load_params


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", default=["params.yaml"], help="params files to check")
    parser.add_argument("--schema", action="store_true", help="print the JSON Schema of params.yaml instead")


def run(options: argparse.Namespace) -> None:
    if options.schema:
        from aiart.params.schema import params_schema

        print(json.dumps(params_schema(), indent=2, ensure_ascii=False))
        return
    for path in options.files:
        params = load_params(path)
        for key, room in params.rooms.items():
            single = "".join(f"{len(getattr(room, kind))} {kind}, " for kind in room.kinds)
            cells = sum(len(sweep.cells()) for sweep in room.sweeps.values())
            print(f"{path}: {key}: {single}{len(room.sweeps)} sweeps of {cells} cells")
