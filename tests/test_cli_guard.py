"""Every command runs through one guard: whatever ends it early is one sentence and a status."""

import errno
import importlib
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
from PIL import Image

from aiart.cli import COMMANDS, main
from aiart.errors import NonFiniteError, UserError
from aiart.stopping import Stopped, stop_when_asked


def exhausted():
    import tensorflow as tf

    return tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[8,99999,99999,3]\nhint")


def unknown(text):
    import tensorflow as tf

    return tf.errors.UnknownError(None, None, text)


ENDS = {
    "a bad file": (lambda: UserError("a.png: is empty; copy it again."), 1, "a.png: is empty; copy it again."),
    "Ctrl-C": (KeyboardInterrupt, 130, "stopped by SIGINT."),
    "SIGTERM": (lambda: Stopped(15, "the best so far is in a.png"), 143, "stopped by SIGTERM; the best so far is in a"),
    "memory": (lambda: MemoryError(), 1, "there is not enough memory ("),
    "TensorFlow's memory": (exhausted, 1, "there is not enough memory ("),
    "C++ memory": (lambda: unknown("std::bad_alloc"), 1, "there is not enough memory ("),
    "a reader's memory": (
        lambda: unknown("MemoryError: Unable to allocate 9 TiB\nTraceback"),
        1,
        "there is not enough",
    ),
    "NaN": (lambda: NonFiniteError("image holds NaN or infinity."), 1, "a result is not finite (image holds NaN or"),
    "overflow": (lambda: FloatingPointError("overflow in x"), 1, "a result is not finite (overflow in x); lower the"),
    "a closed pipe": (lambda: BrokenPipeError(errno.EPIPE, "Broken pipe"), 1, "its output was closed before all"),
    "a full disk": (lambda: OSError(errno.ENOSPC, "No space left on device", "a.png"), 1, "a.png: No space left on"),
    "a full disk without a name": (lambda: OSError(errno.ENOSPC, "No space left"), 1, "what it writes: No space left"),
    "a forbidden file": (lambda: PermissionError(13, "Permission denied", b"a.png"), 1, "a.png: Permission denied; ch"),
    "a missing file": (lambda: FileNotFoundError(2, "No such file or directory", "b"), 1, "b: No such file or direct"),
    "deep nesting": (RecursionError, 1, "the input is nested too deeply; make it flatter."),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_ends_in_one_sentence(command, end, monkeypatch, capsys):
    made, status, sentence = ENDS[end]
    error = made()

    def fails(options):
        raise error

    module = importlib.import_module(f"aiart.cli.{command}")
    monkeypatch.setattr(module, "add_arguments", lambda parser: None)
    monkeypatch.setattr(module, "run", fails)
    with pytest.raises(SystemExit) as ended:
        main([command])
    printed = capsys.readouterr()
    assert ended.value.code == status
    assert printed.err.startswith(f"aiart {command}: {sentence}")
    assert printed.err.count("\n") == 1
    assert printed.out == ""


@pytest.mark.parametrize("error", [ValueError("odd"), KeyError("odd"), OSError("no number and no path: odd")])
def test_a_fault_of_the_program_keeps_its_traceback(error, monkeypatch, capsys):
    module = importlib.import_module("aiart.cli.networks")

    def fails(options):
        raise error

    monkeypatch.setattr(module, "run", fails)
    with pytest.raises(SystemExit) as ended:
        main(["networks"])
    lines = capsys.readouterr().err.splitlines()
    assert ended.value.code == 1
    assert lines[0] == "Traceback (most recent call last):"
    assert "odd" in lines[-2]
    assert lines[-1] == "aiart networks: the lines above are a fault of this program, not of yours; please report them."


def run(code, **more):
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )


AIART = "import sys; from aiart.cli import main; main(sys.argv[1:] or ['networks'])"


@pytest.mark.parametrize("arguments", [["networks"], ["--help"], ["fetch", "--list"]])
def test_a_closed_output_is_one_sentence(arguments):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", AIART, *arguments], stdout=write, stderr=subprocess.PIPE, text=True, timeout=60
    )
    os.close(write)
    assert "Exception" not in done.stderr
    assert "Traceback" not in done.stderr
    if arguments != ["--help"]:  # argparse itself takes no notice
        assert done.returncode == 1
        assert done.stderr.endswith(
            "its output was closed before all of it was printed; let the reader read to the end.\n"
        )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_under_the_output_is_one_sentence():
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, "-c", AIART], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == "aiart networks: what it writes: No space left on device; make room, or write elsewhere.\n"


WRITING = """
import sys, time
from aiart.cli import guard
from aiart.images import atomic_write
def work():
    with atomic_write("half.png") as temporary:
        temporary.write_text("half")
        print("writing", flush=True)
        time.sleep(60)
sys.exit(guard.guarded("stylize", work))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_leaves_nothing_half_written(number, tmp_path):
    process = run(WRITING, cwd=tmp_path)
    assert process.stdout.readline() == "writing\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (128 + number, f"aiart stylize: stopped by {number.name}.\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_before_anything_is_imported_is_one_sentence(number, tmp_path):
    (tmp_path / "argparse.py").write_text("import time; print('importing', flush=True); time.sleep(60)")
    search = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    process = subprocess.Popen(
        [sys.executable, "-m", "aiart", "networks"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": search},
    )
    assert process.stdout.readline() == "importing\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (128 + number, f"aiart: stopped by {number.name}.\n")


COLLECTING = """
import time
from aiart.stopping import stop_when_asked
with stop_when_asked() as stopped:
    print("working", flush=True)
    while not stopped:
        time.sleep(0.01)
    print(*stopped, flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("closed", [{"stdout"}, {"stderr"}, {"stdin", "stdout", "stderr"}])
def test_a_stream_that_the_caller_closed_leads_nowhere(closed, tmp_path):
    code = f"import os; os.chdir({str(tmp_path)!r}); {AIART}"
    redirections = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-"}
    command = [sys.executable, "-c", code, "picture", "painting", "ink_wash", "--side", "64", "-o", "p.png"]
    line = f"{shlex.join(command)} {' '.join(redirections[name] for name in closed)}"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("" if "stdout" in closed else "p.png: 64×64 pixels\n")
    with Image.open(tmp_path / "p.png") as picture:
        picture.load()


def test_a_closing_terminal_is_heard_once_and_not_under_nohup():
    process = run(COLLECTING)
    assert process.stdout.readline() == "working\n"
    for _ in range(3):  # the shell and the system each send one
        process.send_signal(signal.SIGHUP)
    assert process.stdout.readline() == f"{signal.SIGHUP.value}\n"
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM

    process = run(COLLECTING, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert process.stdout.readline() == "working\n"
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == f"{signal.SIGTERM.value}\n"
    process.kill()
    process.communicate(timeout=30)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_first_signal_asks_and_the_second_ends(number):
    process = run(COLLECTING)
    assert process.stdout.readline() == "working\n"
    process.send_signal(number)
    assert process.stdout.readline() == f"{number.value}\n"
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert time.monotonic() - began < 20


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with stop_when_asked():
        assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] != before
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
