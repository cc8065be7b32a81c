"""What made what, as JSON-LD: a Workflow Run RO-Crate (https://w3id.org/ro/wfrun/workflow/0.5).

Everything in it follows from the commit, the records and the files, so that equal ones give equal bytes; times are in
logs. Each job is an action beside that of the whole workflow, as in a Process Run Crate: its command, what it read, its
settings and what it wrote.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiart import __version__
from aiart.datasets.files import file_digest
from aiart.errors import UserError
from aiart.params import canonical_json
from aiart.provenance.checkout import LOCK, WORKFLOW, Version
from aiart.provenance.jobs import Job

FILE = "ro-crate-metadata.json"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
SNAKEMAKE = "https://w3id.org/workflowhub/workflow-ro-crate#snakemake"
# As its vocabulary does it; written out, so that one context is to be fetched and not two.
CONTEXT = ["https://w3id.org/ro/crate/1.1/context", {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}]
FORMATS = {
    ".cff": "text/yaml",
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".h5": "application/x-hdf5",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".lock": "text/plain",
    ".md": "text/markdown",
    ".npz": "application/zip",
    ".png": "image/png",
    ".toml": "application/toml",
    ".tsv": "text/tab-separated-values",
    ".webp": "image/webp",
    ".yaml": "text/yaml",
}
DESCRIBED = {
    "params.yaml": "What was asked for: the settings of every picture and training",
    "dvc.yaml": "The stages of DVC",
    LOCK: "Hashes of settings, code, inputs and results, as DVC recorded them",
    "requirements.lock": "The Python packages, with their hashes",
    "README.md": "What the workflow is, and how to run it",
    "LICENSE": "The licence of the code",
    "CITATION.cff": "How to cite the code",
}
"""Files of the commit that have a line of their own, where they are there."""
ASKED_FOR, SHOWN = "#asked-for", "#page"
PARAMETERS = {ASKED_FOR: ("params.yaml", "params.yaml"), SHOWN: ("index.html", "results/index.html")}
"""What goes into the workflow and comes out of it: names, and the files of this run."""
CODE_LICENCE = "MIT"
LONG = 48
"""Values of more characters are named by their hash."""
LONGEST_LINE = 4000
"""So many characters of a command are quoted."""

Entity = dict[str, Any]


@dataclass(frozen=True)
class About:
    """What only a person can say of the crate. licence: an identifier of SPDX. authors: name and ORCID, or nothing."""

    title: str
    licence: str
    authors: list[tuple[str, str]]


def metadata(about: About, version: Version, jobs: list[Job], folders: Iterable[str]) -> Entity:
    """The whole description. folders: those of which the files are not named one by one.

    Raises UserError where an input is no longer what a job read.
    """
    read = {path: digest for job in jobs for path, digest in job.inputs.items()}
    made = {path for job in jobs for path in job.outputs}
    results = sorted(path for path in made if path.startswith("results/"))
    named = sorted({*made, *read, WORKFLOW, *filter(os.path.isfile, DESCRIBED)})
    ids = {path: quote(path) for path in named} | {job.outputs[0]: job.download for job in jobs if job.download}
    files = {path: _file(path, ids[path], read.get(path)) for path in named}
    for name, (_, path) in PARAMETERS.items():
        files[path]["exampleOfWork"] = _to(name)
    if "README.md" in files:
        files["README.md"]["about"] = _to("./")
    values: dict[str, Entity] = {}
    brought = ["params.yaml", *sorted(read.keys() - made)]
    actions = [_run(brought, results, ids), *(_action(job, ids, values) for job in jobs)]
    directories = [{"@id": f"{name}/", "@type": "Dataset", "name": name} for name in folders]
    people = [
        {"@id": orcid or f"#author-{quote(name)}", "@type": "Person", "name": name} for name, orcid in about.authors
    ]
    whole = {
        "@id": "./",
        "@type": "Dataset",
        "name": about.title,
        "description": _description(jobs, results),
        "datePublished": version.day,
        "license": _to(_licence(about.licence)),
        "author": _each(people),
        "conformsTo": list(map(_to, PROFILES)),
        "mainEntity": _to(WORKFLOW),
        "hasPart": [*map(_to, ids.values()), *_each(directories)],
        "mentions": _each(actions),
    }
    graph = [
        _descriptor(),
        whole,
        *_profiles_and_licences(about.licence),
        *people,
        files.pop(WORKFLOW) | _workflow(version, jobs),
        *_languages_and_tools(jobs),
        *_workflow_parameters(),
        *files.values(),
        *directories,
        *(action | {"agent": _each(people)} for action in actions),
        *(values[name] for name in sorted(values)),
    ]
    return {"@context": CONTEXT, "@graph": [_single(entity) for entity in graph]}


def _to(name: str) -> Entity:
    return {"@id": name}


def _each(entities: Iterable[Entity]) -> list[Entity]:
    return [_to(entity["@id"]) for entity in entities]


def _licence(name: str) -> str:
    return f"https://spdx.org/licenses/{name}"


def _single(entity: Entity) -> Entity:
    """Lists of one as that one, as RO-Crate writes them; nothing that is empty."""
    short = {key: value[0] if isinstance(value, list) and len(value) == 1 else value for key, value in entity.items()}
    return {key: value for key, value in short.items() if value not in ("", [])}


def _descriptor() -> Entity:
    wanted = ["https://w3id.org/ro/crate/1.1", "https://w3id.org/workflowhub/workflow-ro-crate/1.0"]
    return {"@id": FILE, "@type": "CreativeWork", "about": _to("./"), "conformsTo": list(map(_to, wanted))}


def _profiles_and_licences(licence: str) -> list[Entity]:
    return [
        *(
            {"@id": name, "@type": "CreativeWork", "name": said, "version": name[-3:]}
            for name, said in PROFILES.items()
        ),
        *(
            {"@id": _licence(name), "@type": "CreativeWork", "name": name, "identifier": name}
            for name in sorted({licence, CODE_LICENCE})
        ),
    ]


def _description(jobs: list[Job], results: list[str]) -> str:
    counts = [f"{sum(job.command == command for job in jobs)} × {command}" for command in _commands(jobs)]
    return (
        f"{len(results)} files of results, made by {len(jobs)} jobs of the workflow aiart {__version__} "
        f"({', '.join(counts)}). Each file is the result of one action, which has its command, inputs and settings. "
        "results/index.html shows all of them."
    )


def _file(path: str, name: str, read: str | None) -> Entity:
    digest = file_digest(path)
    if read and read != digest:
        raise UserError(f"{path}: has changed since results were made of it; run `dvc repro`, then start again.")
    return {
        "@id": name,
        "@type": "File",
        "name": path,
        "description": DESCRIBED.get(path, ""),
        "encodingFormat": FORMATS.get(Path(path).suffix.lower(), "text/plain"),
        "contentSize": str(os.stat(path).st_size),
        "sha256": digest,
    }


def _workflow(version: Version, jobs: list[Job]) -> Entity:
    return {
        "@type": ["File", "SoftwareSourceCode", "ComputationalWorkflow"],
        "name": "aiart",
        "description": "Style transfer, Deep Dream, Pix2Pix and CycleGAN as one Snakemake workflow",
        "conformsTo": _to("https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"),
        "version": __version__,
        # Of Software Heritage, which names any commit so, whether or not it keeps a copy.
        "identifier": f"swh:1:rev:{version.commit}",
        "codeRepository": version.address,
        "license": _to(_licence(CODE_LICENCE)),
        "programmingLanguage": _to(SNAKEMAKE),
        "input": _to(ASKED_FOR),
        "output": _to(SHOWN),
        "hasPart": [_to(_tool(command)) for command in _commands(jobs)],
    }


def _commands(jobs: list[Job]) -> list[str]:
    return sorted({job.command for job in jobs})


def _tool(command: str) -> str:
    return f"#aiart-{command}"


def _languages_and_tools(jobs: list[Job]) -> list[Entity]:
    language = {
        "@id": SNAKEMAKE,
        "@type": "ComputerLanguage",
        "name": "Snakemake",
        "identifier": _to("https://doi.org/10.1093/bioinformatics/bts480"),
        "url": _to("https://snakemake.readthedocs.io"),
    }
    return [
        language,
        *(
            {
                "@id": _tool(command),
                "@type": "SoftwareApplication",
                "name": f"aiart {command}",
                "softwareVersion": __version__,
                "isPartOf": _to("src/"),
            }
            for command in _commands(jobs)
        ),
    ]


def _workflow_parameters() -> list[Entity]:
    return [
        {
            "@id": name,
            "@type": "FormalParameter",
            "conformsTo": _to("https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"),
            "name": said,
            "additionalType": "File",
            "workExample": _to(path),
        }
        for name, (said, path) in PARAMETERS.items()
    ]


def _run(inputs: list[str], results: list[str], ids: dict[str, str]) -> Entity:
    return {
        "@id": "#run",
        "@type": "CreateAction",
        "name": "A run of the whole workflow",
        "description": "snakemake --cores all",
        "instrument": _to(WORKFLOW),
        "object": [_to(ids[path]) for path in inputs],
        "result": [_to(ids[path]) for path in results],
    }


def _action(job: Job, ids: dict[str, str], values: dict[str, Entity]) -> Entity:
    """The action of a job. values: the settings of all jobs by their names, to which those of this one are added."""
    own = [_value(job.command, name, value) for name, value in sorted(job.parameters().items())]
    values |= {value["@id"]: value for value in own}
    return {
        "@id": f"#made-{quote(job.main_output)}",
        "@type": "CreateAction",
        "name": f"{job.command} {job.main_output}",
        "description": _command_line(job),
        "instrument": _to(_tool(job.command)),
        "object": [*(_to(ids[path]) for path in sorted(job.inputs)), *_each(own)],
        "result": [_to(ids[path]) for path in job.outputs],
    }


def _command_line(job: Job) -> str:
    """Whole where it can be read; those that gather everything name all files, which are the action's objects."""
    line = shlex.join(job.words)
    return line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"


def _value(command: str, name: str, value: Any) -> Entity:
    text = value if isinstance(value, str) else canonical_json(value)
    short = text if len(text) <= LONG else sha256(text.encode()).hexdigest()[:16]
    kept = value if isinstance(value, int | float) else text
    return {"@id": f"#{command}-{name}={quote(short)}", "@type": "PropertyValue", "name": name, "value": kept}
