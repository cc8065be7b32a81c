"""What every job does before and around its work."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from aiart import __version__
from aiart.datasets.files import file_digest
from aiart.errors import NonFiniteError, UserError
from aiart.images import atomic_write
from aiart.params.plain import clipped

# Information and warnings in absl's form, and what stands around them.
STARTUP_LINES = re.compile(rb"WARNING: All log messages before absl|[IW]\d{4} [\d:.]+ +\d+ |To enable the following ")


def add_job_arguments(parser: argparse.ArgumentParser, *, threads: bool = True) -> None:
    """Options of commands that compute; without `threads` where they are one of the settings."""
    group = parser.add_argument_group("job")
    group.add_argument("--seed", type=SEED, default=1, help="everything random derives from it")
    if threads:
        group.add_argument(
            "--threads",
            type=WholeNumber(0, 1024),
            default=0,
            help="threads for the computation, 0 for all; the number changes the last bits of a result",
        )
    group.add_argument(
        "--gpus", type=WholeNumber(0, 64), default=None, help="0 computes on the CPU even where there is a GPU"
    )


@dataclass(frozen=True)
class WholeNumber:
    """For argparse: an integer within bounds."""

    least: int
    most: int

    def __call__(self, text: str) -> int:
        # Python reads no integer of more than 4,300 digits, and takes more time for each.
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", text) or not self.least <= int(text) <= self.most:
            raise argparse.ArgumentTypeError(
                f"{clipped(text)} is no whole number from {self.least} to {self.most:,}; give one"
            )
        return int(text)


@dataclass(frozen=True)
class ShortText:
    """For argparse: text of so many characters at most, as its field in params.yaml has it."""

    most: int

    def __call__(self, text: str) -> str:
        if len(text) > self.most:
            raise argparse.ArgumentTypeError(
                f"{clipped(text)} has {len(text):,} characters, more than {self.most:,}; shorten it"
            )
        return text


SEED = WholeNumber(0, 2**31 - 1)


class Once(argparse.Action):
    """For argparse: a value that may be given once. argparse itself would keep the last of several unseen."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"argument {option_string}: is given twice; give one")
        setattr(namespace, self.dest, values)


def print_command() -> None:
    """Print the exact command line, so that a log can be pasted and rerun."""
    print(shlex.join(["aiart", *sys.argv[1:]]), flush=True)


def start_job(options: argparse.Namespace) -> None:
    """Print the command and set TensorFlow up for equal results on every run.

    Raises UserError when TensorFlow is not installed or cannot start.
    """
    print_command()
    if options.threads:
        # Read when TensorFlow's and NumPy's libraries start.
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(options.threads)
    with without_startup_lines():
        tf = _import_tensorflow()
        gpus = tf.config.list_physical_devices("GPU")
    if options.gpus == 0:
        tf.config.set_visible_devices([], "GPU")
    else:
        for gpu in gpus:
            # Otherwise the first job would take all of the card's memory from those beside it.
            tf.config.experimental.set_memory_growth(gpu, True)
    if options.threads:
        tf.config.threading.set_intra_op_parallelism_threads(options.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    tf.random.set_seed(options.seed)


def _import_tensorflow():
    try:
        import tensorflow
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == "tensorflow":
            raise UserError(
                "TensorFlow is not installed; run `pip install -r requirements.lock`, or install aiart[cpu] or "
                "aiart[gpu]."
            ) from None
        reason = " ".join(str(error).split())
        raise UserError(
            f"TensorFlow cannot be imported ({reason}); run `pip install -r requirements.lock` again."
        ) from None
    return tensorflow


@contextmanager
def without_startup_lines() -> Iterator[None]:
    """Keep from standard error what TensorFlow's native code says of itself before its log level counts.

    Everything else that is written meanwhile is passed on afterwards, and when the body fails all of it. Someone who
    has asked TensorFlow to talk, by TF_CPP_MIN_LOG_LEVEL, hears it all as it comes.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3") in ("0", "1"):
        yield
        return
    sys.stderr.flush()
    try:
        stderr = os.dup(2)
    except OSError:  # closed, so that nothing is heard anyway
        yield
        return
    with tempfile.TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        wanted = _is_news
        try:
            yield
        except Exception:
            wanted = bool
            raise
        finally:
            sys.stderr.flush()
            os.dup2(stderr, 2)
            os.close(stderr)
            captured.seek(0)
            for line in filter(wanted, captured):
                os.write(2, line)


def _is_news(line: bytes) -> bool:
    return not STARTUP_LINES.match(line)


def provenance(options: argparse.Namespace, **more: Any) -> dict[str, Any]:
    """What a result was made with: versions, seed and threads, without dates or absolute paths."""
    return {
        "aiart": __version__,
        "tensorflow": _version("tensorflow_cpu") or _version("tensorflow"),
        "seed": options.seed,
        "threads": options.threads,
        **more,
    }


def made_of(**inputs: str | Path | Iterable[str | Path] | None) -> dict[str, Any]:
    """Name and sha256 of the files that a result is made of, by the part that they play; those not given are left
    out. Names are without folders, so that records do not depend on where the files lie."""
    return {
        part: _identity(files) if isinstance(files, str | Path) else [_identity(file) for file in files]
        for part, files in inputs.items()
        if files
    }


def _identity(file: str | Path) -> dict[str, str]:
    return {"name": readable(Path(file).name), "sha256": file_digest(file)}


def readable(name: str) -> str:
    """The name of a file as text; bytes of it that are none as escapes."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def check_suffix(path: str, allowed: tuple[str, ...]) -> None:
    """UserError when a file to be written has a name that does not say one of these formats."""
    if Path(path).suffix.lower() not in allowed:
        raise UserError(f"{path}: cannot be written; use a name that ends in {' or '.join(allowed)}.")


def read_record(path: str | Path, key: str, kind: type) -> Any:
    """What a record of ours, a JSON object in a file, has under `key`. Raises UserError where it is no such record."""
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))[key]
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise UserError(
            f"{path}: cannot be read as a record with {key} ({clipped(str(error))}); make it again."
        ) from None
    if not isinstance(found, kind):
        raise UserError(f"{path}: holds something else under {key} than a record does; make it again.")
    return found


def write_json(path: str | Path, value: Any) -> None:
    """Sorted, indented JSON, never half-written."""
    try:
        text = json.dumps(value, indent=2, sort_keys=True, allow_nan=False)
    except ValueError:
        raise NonFiniteError(f"a figure of {path} is NaN or infinity") from None
    with atomic_write(path) as temporary:
        Path(temporary).write_text(text + "\n", encoding="utf-8")
