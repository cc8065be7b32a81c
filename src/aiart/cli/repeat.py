"""aiart repeat picture.png --check; aiart repeat picture.png --style-weight 1e7 -o new.png"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiart import __version__
from aiart.cli.arguments import SEED, Once, WholeNumber, add_limit, check_suffix
from aiart.cli.outputs import check_outputs, check_picture_name
from aiart.cli.records import tensorflow_version
from aiart.cli.verdict import made_otherwise, verdict
from aiart.datasets.files import file_digest
from aiart.datasets.find import find_file, project_of
from aiart.errors import UserError
from aiart.images import atomic_write
from aiart.networks.files import existing_weights_file
from aiart.recorded import INPUTS, MANY, SETTINGS, Record, command_words, read_record

TRANSLATION = ("direction", "side", "dropout")
# Of translate too, under the names of others' settings.
LIKE_SETTINGS = ("tile", "bits", "keep_profile")
GIVEN = ("styles", "guide", "init_picture", "palette", "masks", "style_masks", "model", "weights")
FILES = ("animation", "deep_zoom", "history", "metrics", "timings", "snapshots", "region_map")
# Inputs that go with one value of a setting alone.
ONLY_WITH = {"init_picture": ("init", "picture"), "palette": ("preserve_colours", "palette")}
NO_OUTPUT = "-o is missing: what is made with changes is another picture; name the file to write."
# Names that oneDNN's own variable takes, for as many instructions as a picture was made with.
ONEDNN_LIMITS = {"sse41", "avx", "avx2", "avx512_core", "avx512_core_bf16", "avx512_core_amx"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picture", help="a picture that `aiart stylize`, `dream` or `translate` made")
    parser.add_argument("-o", "--output", help="picture to write; without it the repetition is only compared")
    parser.add_argument("--check", action="store_true", help="exit with status 1 unless the bytes agree")
    parser.add_argument("--overwrite", action="store_true", help="let --output be the picture that is repeated")
    group = parser.add_argument_group("inputs", "Without these, files of the recorded hash are looked for.")
    group.add_argument("--content", "--picture", dest="content", action=Once, help="the photograph, or another one")
    group.add_argument("--style", dest="styles", action="append", help="the painting, or another one; again to blend")
    group.add_argument("--guide", action=Once, help="the guide of a dream; `--guide=` is none")
    group.add_argument("--init-picture", action=Once, help="the picture that painting starts from")
    group.add_argument("--palette", action=Once, help="the picture whose colours a painting has; `--palette=` is none")
    group.add_argument(
        "--mask", dest="masks", action="append", help="the mask of a region, or another one; again for more"
    )
    group.add_argument("--style-mask", dest="style_masks", action="append", help="the mask of a painting, likewise")
    group.add_argument("--model", action=Once, help="the trained model of a translation")
    group.add_argument("--weights", action=Once, help="weights file of the network")
    group = parser.add_argument_group("also written")
    for name in FILES:
        group.add_argument(_flag(name), help="as of the command that made the picture")
    group = parser.add_argument_group("job", "Without these, as recorded.")
    group.add_argument("--seed", type=SEED)
    group.add_argument("--threads", type=WholeNumber(0, 1024))
    group.add_argument("--gpus", type=WholeNumber(0, 64))
    add_limit(group)
    group = parser.add_argument_group("changed settings", "`aiart COMMAND --help` explains them.")
    for name in dict.fromkeys(field for model in SETTINGS.values() for field in model.model_fields):
        of = " and ".join(command for command, model in SETTINGS.items() if name in model.model_fields)
        of += " and translate" if name in LIKE_SETTINGS else ""
        flags = ["--layers", "--layer"] if name == "layers" else [_flag(name)]
        group.add_argument(*flags, dest=f"setting_{name}", metavar="VALUE", default=argparse.SUPPRESS, help=f"of {of}")
    group.add_argument("--direction", choices=["a_to_b", "b_to_a"], help="of translate")
    group.add_argument("--side", type=WholeNumber(1, 16384), help="of translate")
    group.add_argument("--dropout", action=argparse.BooleanOptionalAction, default=None, help="of translate")


def run(options: argparse.Namespace) -> None:
    command, record = read_record(options.picture)
    changes = _changes(options, command)
    _check_usage(options, command, record, changes)
    with tempfile.TemporaryDirectory(prefix="aiart-repeat-") as temporary:
        inputs = _inputs(options, command, record, Path(temporary))
        pure = not changes and _same_inputs(options, record, inputs)
        if options.check and not pure:
            raise UserError(f"{options.picture}: --check repeats it with its own inputs; leave out the other ones.")
        if options.output is None and not pure:
            raise UserError(NO_OUTPUT)
        original = Path(options.picture).read_bytes()
        made = Path(temporary, f"made{Path(options.output or options.picture).suffix}")
        output = options.output or str(made)
        folder = str(Path(temporary, "translated")) if command == "translate" else ""
        words = command_words(command, _with_changes(options, command, record), inputs, folder or output)
        words += [
            *(f"{_flag(name)}={value}" for name, value in _settings(options).items()),
            *_job_options(options, record),
        ]
        print(shlex.join(["aiart", *words]), flush=True)
        if pure:
            _say_what_differs(options.picture, record)
        with _as_old_a_processor(record["made_with"].get("instructions") if pure else None):
            _run(words)
        if folder:
            _keep(Path(folder, f"{Path(inputs['picture']).stem}.png"), output)
        if pure:
            repeated = Path(output).read_bytes()
            said = verdict(options.picture, original, record, repeated, output)
            if options.check and original != repeated:
                raise UserError(said)
            print(said)


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _changes(options: argparse.Namespace, command: str) -> list[str]:
    """Options that change settings. Raises UserError for one that the command has not."""
    given = [*_settings(options), *_of_translation(options)]
    known = set(SETTINGS[command].model_fields) if command in SETTINGS else {*TRANSLATION, *LIKE_SETTINGS}
    photograph = "content" if "content" in INPUTS[command] else "picture"
    parts = {name: name for name in GIVEN} | {"content": photograph}
    others = [_flag(name) for name in given if name not in known]
    others += [_flag(name.removesuffix("s") if name in MANY else name) for name, part in parts.items()
               if getattr(options, name) and part not in INPUTS[command]]  # fmt: skip
    unknown = {"stylize": (), "dream": ("snapshots", "region_map"), "translate": FILES}[command]
    others += [_flag(name) for name in unknown if getattr(options, name)]
    if others:
        raise UserError(f"{others[0]}: is no option of aiart {command}, which made {options.picture}; leave it out.")
    return [*map(_flag, given), *(["--seed"] if options.seed is not None else [])]


def _settings(options: argparse.Namespace) -> dict[str, str]:
    prefix = "setting_"
    return {name.removeprefix(prefix): value for name, value in vars(options).items() if name.startswith(prefix)}


def _of_translation(options: argparse.Namespace) -> dict[str, Any]:
    return {name: value for name in TRANSLATION if (value := getattr(options, name)) is not None}


def _with_changes(options: argparse.Namespace, command: str, record: Record) -> Record:
    """The record with the seed and the settings of a translation that are given."""
    made_with = record["made_with"] if options.seed is None else {**record["made_with"], "seed": options.seed}
    return {**record, command: {**record[command], **_of_translation(options)}, "made_with": made_with}


def _check_usage(options: argparse.Namespace, command: str, record: Record, changes: list[str]) -> None:
    picture = options.picture
    if options.check and changes:
        raise UserError(f"{changes[0]}: with other settings the bytes are others; leave it or --check out.")
    if options.check and "stopped_after" in record:
        raise UserError(f"{picture}: was stopped before its end, so no repetition has its bytes; leave out --check.")
    if options.output is None:
        if changes:
            raise UserError(NO_OUTPUT)
        return
    if command == "translate":
        check_suffix(options.output, (".png",))
    else:
        check_picture_name(options.output)
    same = os.path.exists(options.output) and os.path.samefile(options.output, picture)
    if same and not options.overwrite:
        raise UserError(f"{options.output}: is the picture that is repeated; write elsewhere, or add --overwrite.")
    check_outputs(options.output)


def _inputs(options: argparse.Namespace, command: str, record: Record, temporary: Path) -> dict[str, Any]:
    """The path of each input: as given, or found by its hash."""
    given = {name: getattr(options, name) for name in GIVEN}
    given["content" if command == "stylize" else "picture"] = options.content
    inputs: dict[str, Any] = {}
    for part in INPUTS[command]:
        said = record["made_of"].get(part)
        if given.get(part) is not None:
            inputs[part] = given[part]
        elif part == "weights" and hasattr(options, "setting_network"):
            continue  # the other network's own
        elif part in ONLY_WITH and _of_another_setting(options, *ONLY_WITH[part]):
            continue
        elif part in MANY:
            inputs[part] = [_find(options.picture, _flag(part.removesuffix("s")), one, temporary) for one in said or []]
        elif said:
            option = "--content" if part == "picture" else _flag(part)
            network = record[command].get("network") if part == "weights" else None
            inputs[part] = _find(options.picture, option, said, temporary, network)
    return inputs


def _of_another_setting(options: argparse.Namespace, name: str, value: str) -> bool:
    return _settings(options).get(name, value) != value


def _find(picture: str, option: str, said: dict[str, str], temporary: Path, network: str | None = None) -> str:
    name, sha256 = said["name"], said["sha256"]
    if network:
        try:
            usual = existing_weights_file(network, None)
            if file_digest(usual) == sha256:
                return str(usual)
        except UserError:  # not downloaded; perhaps it lies elsewhere
            pass
    folders = dict.fromkeys([project_of(Path.cwd()), project_of(Path(picture).parent), Path.cwd()])
    found, other = find_file(name, sha256, folders)
    if found is None:
        why = f"only another version of it, {_relative(other)}" if other else "no file of its sha256"
        where = " or ".join(dict.fromkeys(map(str, folders)))
        raise UserError(
            f"{picture}: was made of {name} (sha256 {sha256[:12]}…), and below {where} there is {why}; put it there, "
            f"or name a file by {option}."
        )
    if found.name == name:
        return _relative(found)
    # What a record says, and the noise of a translation, hang on the name.
    link = Path(tempfile.mkdtemp(dir=temporary), name)
    link.symlink_to(found.resolve())
    return str(link)


def _relative(path: Path) -> str:
    below = os.path.relpath(path)
    if below.startswith(".."):
        return str(path)
    return f"./{below}" if below.startswith("-") else below


def _same_inputs(options: argparse.Namespace, record: Record, inputs: dict[str, Any]) -> bool:
    """Whether inputs that were given by path are those of the record; found ones are."""
    for part, files in inputs.items():
        said = record["made_of"].get(part) or []
        if files == "":  # none, such as by `--guide=`
            if said:
                return False
            continue
        pairs = (files, said) if isinstance(files, list) else ([files], [said] if said else [])
        if len(pairs[0]) != len(pairs[1]):
            return False
        for file, one in zip(*pairs, strict=True):
            if not os.path.isfile(file):
                raise UserError(f"{file}: no such file; check the path.")
            if Path(file).name != one["name"] or file_digest(file) != one["sha256"]:
                return False
    return True


def _job_options(options: argparse.Namespace, record: Record) -> list[str]:
    words = [f"{_flag(name)}={getattr(options, name)}" for name in FILES if getattr(options, name)]
    if options.threads is not None:
        words.append(f"--threads={options.threads}")
    gpus = options.gpus
    if gpus is None and not str(record["made_with"].get("instructions")).startswith("cuda"):
        gpus = 0
    return words + ([] if gpus is None else [f"--gpus={gpus}"])


def _say_what_differs(picture: str, record: Record) -> None:
    if others := made_otherwise(record, {"aiart": __version__, "tensorflow": tensorflow_version()}):
        print(f"{picture}: was made with {others}: its bytes are not expected to agree.", flush=True)


@contextmanager
def _as_old_a_processor(instructions: Any) -> Iterator[None]:
    """Have oneDNN leave alone what is newer than the instructions that a picture was made with, where it can."""
    name = "ONEDNN_MAX_CPU_ISA"
    if name in os.environ or instructions not in ONEDNN_LIMITS:
        yield
        return
    os.environ[name] = instructions.upper()
    try:
        yield
    finally:
        del os.environ[name]


def _run(words: list[str]) -> None:
    from aiart.cli import dream, stylize, translate

    command = {"stylize": stylize, "dream": dream, "translate": translate}[words[0]]
    parser = argparse.ArgumentParser(prog=f"aiart {words[0]}")
    command.add_arguments(parser)
    command.run(parser.parse_args(words[1:]))


def _keep(made: Path, output: str) -> None:
    with atomic_write(output) as temporary:
        shutil.copyfile(made, temporary)
