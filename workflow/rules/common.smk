# Params, and helper functions that several rooms use; common_*.smk have those of one. No rule lives in any of them.
import os
import re
import shlex
import sys
import time
from functools import partial
from hashlib import sha256
from pathlib import Path

from aiart import pixel_limit, sources as package_sources
from aiart.datasets.catalogue import DATASETS, PICTURES, WEIGHTS
from aiart.datasets.folders import SUFFIXES
from aiart.datasets.inputs import (
    check_inputs,
    content_file,
    either_file,
    mask_file,
    named_pictures,
    style_file,
)
from aiart.datasets.paintings import PAINTERS
from aiart.datasets.photographs import PHOTOGRAPHS
from aiart.datasets.places import check_places, dataset_folder, is_own
from aiart.datasets.synthetic import SYNTHETIC
from aiart.datasets.tree import check_link, files_below
from aiart.errors import UserError
from aiart.networks.distillation.crops import SUFFIXES as SUFFIXES_TO_LEARN_FROM
from aiart.networks.files import weights_file
from aiart.params import canonical_json
from aiart.params.canonical import ordered_json
from aiart.deep_dream.memory import dream_mb
from aiart.params.feature_networks import DEFAULT_NETWORK, NETWORKS, judges_of
from aiart.params.merge import handed_params, merged_params
from aiart.params.sweeps import derive_seed
from aiart.style_transfer.memory import painting_mb
from aiart.translation.methods import METHODS, PARTS


def shell_prefix():
    """Jobs run the commands of this folder's sources, with the Python that runs Snakemake, which need not be on PATH; where
    Snakemake puts them into environments of their own (--use-conda), with the one that is active there."""
    words = {
        "PATH": shlex.quote(f"{os.getcwd()}/{SOURCES}/aiart/bin") + ":$PATH",
        "AIART_JOBS_LOCK": ".snakemake/jobs.lock",
    }
    if not workflow.deployment_settings.deployment_method:
        words["AIART_PYTHON"] = shlex.quote(sys.executable)
    exports = " ".join(f"{name}={value}" for name, value in words.items())
    # It takes the place of the strict mode that Snakemake would set.
    return f"set -euo pipefail; export {exports}; "


def set_shell_prefix(prefix):
    """For all jobs that start from now on."""
    # Snakemake formats it.
    shell.prefix(prefix.replace("{", "{{").replace("}", "}}") + " ")


set_shell_prefix(shell_prefix())

CPU_ENVIRONMENT = "../envs/cpu.yaml"

sources = partial(package_sources.sources, folder=SOURCES)
# What the module statement of another workflow hands over takes the place of params.yaml.
HANDED = config if IS_MODULE else {}
try:
    # Not by `configfile:`, whose YAML 1.1 takes 2e-05 for text and whose reader some texts stop with a traceback or
    # never; this one speaks YAML 1.2, as DVC does. Files given by --configfile are laid over params.yaml.
    presets = [os.path.relpath(path) for path in workflow.overwrite_configfiles]
    PARAMS = (
        handed_params(HANDED)
        if HANDED
        else merged_params(["params.yaml", *presets], workflow.config_settings.config)
    )
    os.environ.setdefault(pixel_limit.VARIABLE, str(PARAMS.max_megapixels))
    check_inputs(PARAMS)
except UserError as error:
    raise WorkflowError(str(error))
# For the report, which shows the file; its captions read the values.
if not HANDED:
    workflow.configfiles.insert(0, "params.yaml")
# Not into the mapping, which may be another workflow's.
config = PARAMS.model_dump()
ROOMS = PARAMS.rooms
TRAINING_ROOMS = {key: ROOMS[key] for key in METHODS}


def alternatives(names):
    """A wildcard constraint that matches these names, and nothing where there are none."""
    return "|".join(names) or "(?!)"


wildcard_constraints:
    room=alternatives(ROOMS),
    name="[A-Za-z0-9][A-Za-z0-9_-]*",
    sweep="[A-Za-z0-9][A-Za-z0-9_-]*",


def option_words(values):
    words = []
    for name, value in values.items():
        words.append(f"--{name}")
        words += (
            value
            if isinstance(value, list)
            else [canonical_json(value) if isinstance(value, dict) else str(value)]
        )
    return words


def options(**values):
    """Command-line options as the one params value of a rule. Snakemake compares params as an unordered set
    without names, so two of them that swap their values would go unseen; one string cannot."""
    return shlex.join(option_words(values))


def arguments_file(*words, **values):
    """The same, after other words, in a file that stands for them: of what grows with params.yaml there may be more than
    a command line takes, 128 kB on Linux."""
    return f"@{text_file(chr(10).join([*words, *option_words(values)]))}"


# Named by what is in them, so that no other run, nor a dry one, puts something else in their place.
TEXTS = Path(".snakemake/texts")


def text_file(text):
    """The path of a file of this text, which lasts as long as the run."""
    path = TEXTS / f"{sha256(text.encode()).hexdigest()[:16]}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    # Another Snakemake may do the same at this moment.
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
    return str(path)


def forget_texts():
    """Those that earlier runs left; of this one they are younger."""
    for path in TEXTS.glob("*"):
        if path.stat().st_mtime < time.time() - 86_400:
            path.unlink()


def by_attempt(amount):
    """Memory or time that doubles, triples, … when a job is tried again."""
    return lambda wildcards, attempt: attempt * amount


def reserved_mb(job_mb, attempt):
    """Memory to reserve for a job that takes so much by itself: on a cluster a Snakemake runs it, and both count. It
    doubles, triples, … when the job is tried again."""
    return attempt * (400 + job_mb)
