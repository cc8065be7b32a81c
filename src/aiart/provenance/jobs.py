"""Which jobs made what is there, from Snakemake's records of them."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiart.datasets.catalogue import WEIGHTS
from aiart.errors import UserError
from aiart.params.reading import parse_json
from aiart.plain_files import read_text
from aiart.snakemake_records import METADATA, noted_files

ENDS = {">", "|", "2>&1"}
"""Words of a shell with which the command of a job is over."""

PLACES = ("logs/", "results/.", "src/", ".snakemake/")
"""Where files lie that are neither inputs nor outputs of a job, and code."""


@dataclass(frozen=True)
class Job:
    """words: the command, from `aiart` on. inputs: sha256 of each, as they were read; files of code are left out."""

    words: list[str]
    inputs: dict[str, str]
    outputs: list[str]

    @property
    def command(self) -> str:
        return self.words[1]

    @property
    def main_output(self) -> str:
        """What the command is asked to write; the first output where it names another."""
        after = dict(zip(self.words, self.words[1:], strict=False)).get("-o", "")
        return after if after in self.outputs else self.outputs[0]

    @property
    def download(self) -> str | None:
        """The address of weights that were fetched, which need not be kept where they can be fetched again."""
        fetched = self.words[1:3] == ["fetch", "weights"]
        return WEIGHTS[self.words[3]].urls[0] if fetched else None

    def parameters(self) -> dict[str, Any]:
        """Settings and other options, by their names: all but those that name files or places."""
        files = {*self.inputs, *self.outputs}
        found: dict[str, Any] = {}
        for name, value in _options(self.words):
            if name == "settings":
                found |= parse_json(value)
            elif value and name != "gpus" and value not in files and not value.startswith(PLACES):
                found[name] = value
        return found | _made_with(self.outputs)


def read_jobs(*files: str) -> list[Job]:
    """The jobs that `files` are made by, those that their inputs are made by, and so on, in the order of their outputs.

    Raises UserError where a file has no record, or is no longer there.
    """
    records = {file: json.loads(note.read_text(encoding="utf-8")) for file, note in noted_files(METADATA).items()}
    outputs: dict[str, list[str]] = {}
    for file, record in records.items():
        outputs.setdefault(_identity(record), []).append(file)
    made: dict[str, Job] = {}
    waiting = list(files)
    while waiting:
        file = waiting.pop(0)
        record = records.get(file)
        if record is None or not os.path.exists(file):
            raise UserError(f"{file}: is not there, or was not made by Snakemake; run `dvc repro`, then start again.")
        if (identity := _identity(record)) not in made:
            made[identity] = _job(record, sorted(filter(os.path.exists, outputs[identity])))
            waiting += (path for path in made[identity].inputs if path in records)
    return sorted(made.values(), key=lambda job: job.outputs)


def _identity(record: dict[str, Any]) -> str:
    """The outputs of one job share its logs."""
    return json.dumps([record["rule"], record["log"]])


def _job(record: dict[str, Any], outputs: list[str]) -> Job:
    words = shlex.split(record["shellcmd"])
    end = next((place for place, word in enumerate(words) if word in ENDS), len(words))
    sums = record.get("input_checksums", {})
    inputs = {path: sums.get(path, "").removeprefix("sha256:") for path in record["input"] if _is_data(path)}
    return Job(words[:end], inputs, outputs)


def _is_data(path: str) -> bool:
    """Whether an input is data: what is code is named by its version; of datasets that were brought the list is made,
    which names each file with its hash."""
    if path.startswith("src/"):
        return path.endswith(".npz")
    return not path.startswith(("workflow/", "data/own/datasets/", ".snakemake/"))


def _options(words: list[str]) -> list[tuple[str, str]]:
    """Options with the first of their values."""
    found = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if not equals and not following.startswith("--"):
                value = following
            found.append((name, value))
    return found


def _made_with(outputs: list[str]) -> dict[str, Any]:
    """What besides its command the bytes of a result depend on, as its record says."""
    for path in (Path(output) for output in outputs if output.endswith(".json")):
        try:
            return json.loads(read_text(path))["made_with"]
        except (ValueError, LookupError, TypeError, RecursionError):  # other figures, such as those of a distillation
            continue
    return {}
