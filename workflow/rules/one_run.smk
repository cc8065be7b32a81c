# One run at a time in a checkout. Snakemake's own lock outlives a run that was killed, guards only the files that
# two runs share, and means nothing to DVC; profiles/default turns it off. The kernel releases these locks together
# with the process that holds them, even when that is killed.
import fcntl
import json
import shutil
import time

import psutil

from aiart.snakemake_records import INCOMPLETE, METADATA, noted_files


def lock(path, busy, seconds, otherwise):
    """Hold a lock file until it is closed; after some seconds of trying, stop with a sentence."""
    path.parent.mkdir(exist_ok=True)
    file = path.open("a")
    end = time.monotonic() + seconds
    while True:
        try:
            if not busy():
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return file
        except BlockingIOError:
            pass
        if time.monotonic() > end:
            raise WorkflowError(otherwise)
        time.sleep(0.2)


def other_dvc():
    """Whether a `dvc repro` that did not start this Snakemake is at work: it notes its files and its process."""
    try:
        notes = json.loads(Path(".dvc/tmp/rwlock").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):  # none, or being written
        return False
    holders = [*notes.get("write", {}).values(), *sum(notes.get("read", {}).values(), [])]
    ours = {process.pid for process in psutil.Process().parents()}
    return any(psutil.pid_exists(pid) for pid in {holder["pid"] for holder in holders} - ours)


def own_records():
    """Snakemake writes its records in place: of those that are links, or one file with others, it gets copies."""
    for record in [*noted_files(METADATA).values(), *noted_files(INCOMPLETE).values()]:
        if not record.exists():
            record.unlink()
        elif record.is_symlink() or record.stat().st_nlink > 1:
            copy = METADATA.with_name("record.part")
            shutil.copyfile(record, copy)
            os.replace(copy, record)


def begin_run():
    """Hold the locks of a run, and start what its jobs start from."""
    if hasattr(workflow, "run_lock"):
        # Of a module, from which another workflow uses rules by several statements.
        return
    # DVC's own lock, so that `dvc commit` or `dvc checkout` cannot take half-made files for results, nor put old
    # ones in their place. `dvc repro` gives it up while the command of a stage runs.
    workflow.run_lock = lock(
        Path(".dvc/tmp/lock" if os.path.isdir(".dvc") else ".snakemake/run.lock"),
        busy=other_dvc,
        seconds=5,
        otherwise="Another snakemake or dvc is at work in this checkout. Wait until it has ended, then start again.",
    )
    # Every job holds this one (aiart.cli): those of a killed Snakemake may live on, and write.
    lock(
        Path(".snakemake/jobs.lock"),
        busy=lambda: False,
        seconds=10,
        otherwise="A job that outlived its killed run is still at work in this checkout. Wait until it has ended, or "
        "end it (`pgrep -af 'python -m aiart'` finds it), then start again.",
    ).close()
    own_records()
    forget_texts()
    start_warm_starts()


onstart:
    begin_run()


if IS_MODULE:
    # Snakemake hears the block above in the main workflow alone.
    def before(begin):
        """`begin` of the main workflow, with the beginning of this one before it."""

        def both(log):
            begin_run()
            begin(log)

        return both

    workflow._onstart = before(workflow._onstart)
