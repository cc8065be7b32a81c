"""TensorFlow set up for equal results on every run."""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from aiart.cli.arguments import print_command
from aiart.errors import UserError

# Information and warnings in absl's form, and what stands around them.
STARTUP_LINES = re.compile(rb"WARNING: All log messages before absl|[IW]\d{4} [\d:.]+ +\d+ |To enable the following ")


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
