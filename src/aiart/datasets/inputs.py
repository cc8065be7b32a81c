"""Where the pictures, datasets and weights lie that params.yaml names; what is not there is said before a job runs.

All paths are relative to the checkout.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aiart.datasets.catalogue import DATASETS, PICTURES
from aiart.datasets.folders import SUFFIXES
from aiart.datasets.paintings import PAINTERS
from aiart.datasets.photographs import PHOTOGRAPHS
from aiart.datasets.places import FORMER, dataset_folder, is_own, misplaced
from aiart.datasets.synthetic import SYNTHETIC
from aiart.datasets.tree import check_link, files_below
from aiart.errors import UserError
from aiart.params.base import Settings
from aiart.params.root import Params
from aiart.params.training import TrainingRoom

PHOTOGRAPHS_FOLDER, PAINTINGS_FOLDER = "data/photographs", "data/paintings"


def content_file(name: str) -> str:
    """The picture of a photograph: one's own, a built-in or a downloaded one. Raises UserError where there is none."""
    return _picture(name, "content", PHOTOGRAPHS, PHOTOGRAPHS_FOLDER)


def style_file(name: str) -> str:
    """The picture of a painting, likewise."""
    return _picture(name, "style", PAINTERS, PAINTINGS_FOLDER)


def either_file(name: str) -> str:
    """The picture that a dream is guided by, or a painting has the colours of: a photograph, or else a painting."""
    own = _own_picture("content", name) or _own_picture("style", name)
    return own or (content_file(name) if name in PHOTOGRAPHS else style_file(name))


def mask_file(name: str) -> str:
    """The picture of a mask of one's own. Raises UserError where there is none."""
    if own := _own_picture("masks", name):
        return own
    raise UserError(f"asks for the mask {name}: put {name}.png into data/masks.")


def _picture(name: str, folder: str, built_in: Iterable[str], made_in: str) -> str:
    if own := _own_picture(folder, name):
        return own
    if name in built_in:
        return f"{made_in}/{name}.png"
    if name in PICTURES:
        return f"data/downloads/{name}{Path(PICTURES[name].file.name).suffix}"
    raise UserError(
        f"asks for the picture {name}: put {name}.jpg or {name}.png into data/{folder}, or choose one of "
        f"{', '.join([*built_in, *sorted(PICTURES)])}."
    )


def _own_picture(folder: str, name: str) -> str | None:
    # Not by `glob`: a gallery asks some hundred times before each run.
    beside = os.listdir(Path("data", folder)) if os.path.isdir(Path("data", folder)) else []
    named = (Path("data", folder, file) for file in beside if file.startswith(f"{name}."))
    found = sorted(path for path in named if path.stem == name and path.suffix.lower() in SUFFIXES)
    if len(found) > 1:
        raise UserError(f"{found[0]} and {found[1]} are both the picture {name}; rename one of them.")
    for path in found:
        check_link(path)
        if not path.is_file():
            raise UserError(f"{path}: is no file; put the picture there.")
        return str(path)
    return None


PICTURE_FIELDS = {
    "content": content_file,
    "style": style_file,
    "masks": mask_file,
    "style_masks": mask_file,
    "picture": content_file,
    "guide": either_file,
    "palette": either_file,
}
"""Settings of a picture that name others, one or a list of them, and what looks for each."""


def named_pictures(item: Settings) -> list[str]:
    """Files of the pictures that a painting or a dream names. Raises UserError where one is missing."""
    files = []
    for field, look in PICTURE_FIELDS.items():
        names = getattr(item, field, None) or []
        files += map(look, [names] if isinstance(names, str) else names)
    return files


def check_inputs(params: Params) -> None:
    """Look for everything that params.yaml names. Raises UserError: where it is named, what is missing, what to do.

    To be called when params.yaml is read: Snakemake passes over errors in the inputs of what is made already.
    """
    datasets = set()
    for key, room in params.rooms.items():
        for path, item in room.items().items():
            with _named_in(f"{key}.{'.'.join(path.split('/')[:2])}"):
                named_pictures(item)
                if isinstance(room, TrainingRoom) and (wanted := (item.dataset, room.dataset_kind)) not in datasets:
                    _check_dataset(*wanted)
                    datasets.add(wanted)
    for network, path in params.networks:
        with _named_in(f"networks.{network}"):
            _check_file(path)
    with _named_in("distill"):
        _check_distillation(params)


@contextmanager
def _named_in(where: str) -> Iterator[None]:
    try:
        yield
    except UserError as error:
        raise UserError(f"params.yaml: {where}: {error}{_of_an_experiment()}") from None


def _of_an_experiment() -> str:
    """What to add where DVC has made a copy of the checkout for an experiment, by --temp or --queue."""
    if ".dvc/tmp/exps/" not in f"{Path.cwd().as_posix()}/":
        return ""
    return (
        " This experiment has only what is in a version: in your checkout first run `dvc add` with what it lacks, and "
        "the `git add` that DVC then names."
    )


def _check_dataset(name: str, kind: str) -> None:
    made = {**SYNTHETIC, **DATASETS}
    if not is_own(name):
        if made[name].kind != kind:
            raise UserError(f"asks for the dataset {name}, which is {made[name].kind}; choose one that is {kind}.")
        return
    folder = dataset_folder(name)
    if not os.path.lexists(folder):
        if os.path.isdir(FORMER / name):
            raise misplaced(FORMER / name, folder.parent)
        known = [name for name, dataset in made.items() if dataset.kind == kind]
        raise UserError(
            f"asks for the dataset {name}: put its pictures into {folder}, or choose one of {', '.join(sorted(known))}."
        )
    if not any(path.suffix.lower() in SUFFIXES for path in files_below(folder)):
        raise UserError(f"{folder}: holds no pictures; put files that end in {', '.join(SUFFIXES)} there.")


def _check_distillation(params: Params) -> None:
    settings = params.distill
    for folder in (*settings.pictures, *settings.held_out):
        if folder.rstrip("/") not in (PHOTOGRAPHS_FOLDER, PAINTINGS_FOLDER):
            _check_folder(folder)
    for teacher in settings.teachers:
        if not teacher.own_layers:
            _check_folder(teacher.network)
        _check_file(teacher.weights)
    _check_file(settings.start)


def _check_file(path: str | None) -> None:
    if path is not None and not os.path.isfile(path):
        raise UserError(f"{path}: no such file; put it there, or name another.")


def _check_folder(path: str) -> None:
    if not os.path.isdir(path):
        raise UserError(f"{path}: no such folder; put it there, or name another.")
