"""Jobs that start warm are as jobs that start by themselves: each sentence of docs/warm-starts.md."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from ast import literal_eval
from pathlib import Path

import pytest
from helpers.checkout import ROOT
from helpers.warm import WarmShells, wait_for

from aiart.warm import client

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere jobs start by themselves")


@pytest.fixture(scope="module")
def shells(tmp_path_factory):
    """Whose `aiart networks` is the probe."""
    made = WarmShells(tmp_path_factory.mktemp("a folder, très long " + "x" * 120))
    put_probe(made.folder)
    with made as shells:
        yield shells


@pytest.fixture
def own_shells(tmp_path):
    """The same for one test, which does things to the server."""
    made = WarmShells(tmp_path)
    put_probe(made.folder)
    with made as shells:
        yield shells


def put_probe(folder: Path) -> None:
    shutil.copy(ROOT / "tests/helpers/warm_probe.py", folder / "src/aiart/cli/networks.py")


def is_warm(shells: WarmShells, line: str) -> bool:
    status, said, errors = shells.ends(line.replace("PROBE", "aiart networks parent"), warm=True)
    assert status == 0, errors
    return int(said) == shells.run.server.pid


SERVED = {
    "nothing more": "PROBE",
    "arguments of any kind": "PROBE 'a b' '' $'line\\nbreak' '*' ünï --",
    "files": "PROBE > out.txt 2> err.txt; cat out.txt err.txt",
    "one file for both": "PROBE > out.txt 2>&1; cat out.txt",
    "a file that is continued": "echo before > out.txt; PROBE >> out.txt 2>&1; cat out.txt",
    "a pipe": "PROBE | cat",
    "standard input": "PROBE read < warm_starts.log; echo one | PROBE read",
    "threads": "export OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 MKL_NUM_THREADS=2; PROBE",
    "a folder for temporary files": "mkdir -p temporary; export TMPDIR=$PWD/temporary; PROBE",
    "signals that are ignored": "trap '' INT TERM; PROBE",
}
NOT_SERVED = {
    "an environment of its own": "A_NAME='a b' TF_ENABLE_ONEDNN_OPTS=0 PROBE",
    "less of an environment": "unset HOME; PROBE",
    "a folder": "mkdir -p 'other folder'; cd 'other folder'; PROBE",
    "a umask": "umask 027; PROBE",
    "limits": "ulimit -n 123; ulimit -c 0; ulimit -v 9999999; PROBE",
    "niceness": "nice -n 3 aiart networks says",
    "a processor": "taskset -c 0 aiart networks says",
    "nohup": "trap '' HUP; PROBE",
    "another open file": "PROBE 3< warm_starts.log",
    "closed input": "PROBE <&-",
    "closed output": "PROBE >&-",
    "a session": "setsid -w aiart networks says",
}


@pytest.mark.parametrize("what", [*SERVED, *NOT_SERVED])
def test_a_warm_job_is_given_all_that_a_cold_one_is(shells, what):
    line = {**SERVED, **NOT_SERVED}[what].replace("PROBE", "aiart networks says")
    warm, cold = (shells.ends(line, warm=warm) for warm in (True, False))
    if what == "a session":
        warm, cold = (without(end, b'"session"') for end in (warm, cold))
    assert warm == cold
    assert warm[0] == 0
    assert b"to standard error" in warm[1] + warm[2]


def without(end, word):
    status, *said = end
    return status, *(b"\n".join(line for line in part.splitlines() if word not in line) for part in said)


@pytest.mark.parametrize("what", [*SERVED, *NOT_SERVED])
def test_only_a_job_that_is_given_what_the_run_was_starts_warm(shells, what):
    line = {**SERVED, **NOT_SERVED}[what].replace("says", "parent").replace("PROBE", "aiart networks parent")
    _, said, _ = shells.ends(line, warm=True)
    if what != "closed output":
        assert (shells.run.server.pid in map(int, filter(str.isdigit, said.decode().split()))) == (what in SERVED)


@pytest.mark.parametrize(
    "deed",
    ["ends 0", "ends 1", "ends 2", "ends 3", "ends 255", "fails", "dies 9", "dies 15", "dies 6", "unknown", "--what"],
)
def test_a_warm_job_ends_as_a_cold_one(shells, deed):
    warm, cold = (shells.ends(f"exec aiart networks {deed}", warm=warm) for warm in (True, False))
    assert warm == cold


@pytest.mark.parametrize("line", ["aiart --version", "aiart", "aiart nothing", "aiart networks --help", "aiart --help"])
def test_what_is_no_job_answers_as_ever(shells, line):
    assert shells.ends(line, warm=True) == shells.ends(line, warm=False)


def test_jobs_do_not_share_what_chance_gives_them(shells):
    draws = [shells.ends("aiart networks draws", warm=True)[1].split() for _ in range(2)]
    assert not set(draws[0]) & set(draws[1])


def waiting(shells: WarmShells, *, warm: bool, line: str = "exec JOB"):
    """A job that waits for SIGUSR2: its shell, whose place it has taken, and its own number."""
    note = shells.folder / "waits"
    note.unlink(missing_ok=True)
    shell = shells.start(line.replace("JOB", f"aiart networks waits {shlex.quote(str(note))}"), warm=warm)
    wait_for(lambda: note.exists() or shell.poll() is not None)
    return shell, int(note.read_text())


def end_of(shell) -> tuple[int, bytes, bytes]:
    said = shell.communicate(timeout=60)
    return shell.returncode, *said


def has_ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL])
@pytest.mark.parametrize("whom", ["the process", "its group"])
def test_a_signal_that_ends_a_job_ends_a_warm_one(shells, number, whom):
    ends = []
    for warm in (True, False):
        shell, job = waiting(shells, warm=warm)
        (os.kill if whom == "the process" else os.killpg)(shell.pid, number)
        ends.append(end_of(shell))
        wait_for(lambda job=job: has_ended(job))
    assert ends[0] == ends[1]
    assert ends[0][0] == 128 + number if number in (1, 2, 15) else ends[0][0] == -number


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV])
def test_a_warm_job_that_is_killed_itself_ends_as_a_cold_one(shells, number):
    ends = []
    for warm in (True, False):
        shell, job = waiting(shells, warm=warm)
        os.kill(job, number)
        ends.append(end_of(shell))
    assert ends[0] == ends[1]


def test_every_signal_reaches_a_warm_job_once(shells):
    shell, _ = waiting(shells, warm=True)
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        os.killpg(shell.pid, number)
    assert end_of(shell) == (0, b"['SIGUSR1', 'SIGUSR2']\n", b"")


def test_a_warm_job_stops_and_goes_on(shells):
    def state(pid):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]

    shell, job = waiting(shells, warm=True)
    os.kill(shell.pid, signal.SIGTSTP)
    wait_for(lambda: state(shell.pid) == state(job) == "T")
    os.kill(shell.pid, signal.SIGCONT)
    wait_for(lambda: state(job) != "T")
    os.kill(shell.pid, signal.SIGUSR2)
    # Python may see both at once, and then takes them by their numbers.
    status, said, wrong = end_of(shell)
    assert (status, sorted(literal_eval(said.decode())), wrong) == (0, ["SIGCONT", "SIGUSR2"], b"")


def test_a_job_whose_shell_is_killed_lives_on_as_a_cold_one_does(shells):
    shell, job = waiting(shells, warm=True, line="JOB; true")
    os.kill(shell.pid, signal.SIGKILL)
    shell.wait()
    assert not has_ended(job)
    os.kill(job, signal.SIGUSR2)
    wait_for(lambda: has_ended(job))


def test_a_warm_job_holds_the_lock_of_jobs_to_its_end_and_its_server_does_not(tmp_path):
    def is_held():
        with lock.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    made = WarmShells(tmp_path, AIART_JOBS_LOCK="jobs.lock")
    put_probe(tmp_path)
    lock = tmp_path / "jobs.lock"
    with made as shells:
        assert is_warm(shells, "PROBE")
        assert not is_held()
        shell, _ = waiting(shells, warm=True)
        assert is_held()
        shell.send_signal(signal.SIGUSR2)
        shell.communicate()
        assert not is_held()
        # Already while it waits for its server, it does.
        shells.run.server.send_signal(signal.SIGSTOP)
        shell = shells.start("exec aiart networks ends 0", warm=True)
        wait_for(is_held)
        shells.run.server.kill()
        assert end_of(shell)[0] == 0


def test_the_server_ends_with_the_run(own_shells):
    assert is_warm(own_shells, "PROBE")
    server = own_shells.run.server
    own_shells.run._socket.close()  # as the kernel does when Snakemake is killed
    assert server.wait(10) == 0
    assert own_shells.run.address not in Path("/proc/net/unix").read_text()
    assert not list(own_shells.folder.rglob("*.sock*"))
    assert own_shells.ends("aiart networks parent", warm=True)[0] == 0


def answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
        return asking.connect_ex(f"\0{address}") == 0


def test_a_job_outlives_the_run_as_a_cold_one_does_and_the_server_ends_with_it(own_shells):
    shell, job = waiting(own_shells, warm=True)
    own_shells.run._socket.close()
    wait_for(lambda: not answers(own_shells.run.address))
    assert not has_ended(job)
    shell.send_signal(signal.SIGUSR2)
    assert end_of(shell) == (0, b"['SIGUSR2']\n", b"")
    assert own_shells.run.server.wait(10) == 0


def test_a_job_whose_server_is_killed_fails_with_a_sentence(own_shells):
    shell, job = waiting(own_shells, warm=True)
    own_shells.run.server.kill()
    status, _, said = end_of(shell)
    assert status == 1
    assert said == b"aiart: the process that warm starts come from was killed, and this job with it; run it again.\n"
    wait_for(lambda: has_ended(job))
    assert own_shells.ends("aiart networks ends 3", warm=True)[0] == 3


def test_a_job_that_waits_for_a_server_that_is_killed_starts_by_itself(own_shells):
    own_shells.run.server.send_signal(signal.SIGSTOP)
    shell = own_shells.start("exec aiart networks ends 3", warm=True)
    wait_for(lambda: is_caught(shell.pid, signal.SIGTERM))
    own_shells.run.server.kill()
    assert end_of(shell) == (3, b"said before", b"told")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_job_that_waits_for_its_server_can_be_stopped(own_shells, number):
    own_shells.run.server.send_signal(signal.SIGSTOP)
    shell = own_shells.start("exec aiart networks says", warm=True)
    wait_for(lambda: b"client.py" in Path(f"/proc/{shell.pid}/cmdline").read_bytes())
    wait_for(lambda: is_caught(shell.pid, signal.SIGTERM))
    os.kill(shell.pid, number)
    shell.wait()
    own_shells.run.server.send_signal(signal.SIGCONT)
    stopped = (
        (-9, b"", b"")
        if number == signal.SIGKILL
        else (128 + number, b"", f"aiart: stopped by {number.name}.\n".encode())
    )
    assert end_of(shell) == stopped
    assert is_warm(own_shells, "PROBE")


def is_caught(pid: int, number: int) -> bool:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return bool(int(status["SigCgt"], 16) >> number - 1 & 1)


def test_an_edit_of_a_source_ends_warm_starts(own_shells):
    assert is_warm(own_shells, "PROBE")
    source = own_shells.folder / "src/aiart/cli/networks.py"
    source.write_text(source.read_text().replace("os.getppid()", "'edited'"))
    assert own_shells.ends("aiart networks parent", warm=True)[1] == b"edited\n"


@pytest.mark.parametrize("change", ["a new file", "a deleted file", "new settings of a network"])
def test_no_job_starts_warm_from_other_sources(own_shells, change):
    assert is_warm(own_shells, "PROBE")
    package = own_shells.folder / "src/aiart"
    if change == "a new file":
        (package / "new.py").touch()
    elif change == "a deleted file":
        (package / "remote_file.py").unlink()
    else:
        os.utime(package / "networks/vgg19_slim.npz")
    assert not is_warm(own_shells, "PROBE")


def test_another_interpreter_is_not_served(own_shells):
    other = own_shells.folder / "other python"
    other.symlink_to(sys.executable)
    environment = f"export AIART_PYTHON={shlex.quote(str(other))} PYTHONPATH={':'.join(sys.path[1:])};"
    assert not is_warm(own_shells, f"{environment} PROBE")


def test_another_checkout_is_not_served(own_shells, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    shutil.copytree(own_shells.folder / "src", other / "src")
    assert is_warm(own_shells, "PROBE")
    assert not is_warm(own_shells, f"{other}/src/aiart/bin/aiart networks parent")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be somebody else")
def test_nobody_else_is_served(own_shells):
    ask = """
import os, socket, sys
os.setuid(65534)
asking = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
asking.connect("\\0" + sys.argv[1])
try:
    socket.send_fds(asking, [b"job"], [0, 1, 2])
    print(asking.recv(16))
except OSError:
    print(b"")
"""
    # Whom no file of ours need be open to.
    asked = ["python3", "-I", "-S", "-c", ask, own_shells.run.address]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "b''\n"
    assert is_warm(own_shells, "PROBE")


def test_a_client_asks_nobody_else(own_shells, monkeypatch):
    """Another user's process could take the name of a server that has ended."""
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert client._ask(own_shells.run.address) is None


def test_whoever_asks_and_says_nothing_keeps_nobody_waiting_for_long(own_shells):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as silent:
        silent.connect(f"\0{own_shells.run.address}")
        assert own_shells.ends("aiart networks ends 0", warm=True)[0] == 0


def without_free_memory(ended):
    """What a job ended with; how much memory is free changes meanwhile."""
    status, *said = ended
    return status, *(re.sub(rb"[\d.]+ of", b"some of", text) for text in said)


@pytest.mark.parametrize(
    "said",
    [
        "print('x')",
        "import warnings; warnings.warn('x')",
        "open_again = open('/dev/zero')",
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "raise MemoryError",
        "import sys; sys.exit(3)",
    ],
)
def test_what_cannot_be_imported_beforehand_is_not(own_shells, said):
    """A word would be missing in each log; a thread would not live on in a child; a GPU is an open file."""
    source = own_shells.folder / "src/aiart/cli/networks.py"
    source.write_text(f"{source.read_text()}\n{said}\n")
    warm, cold = (own_shells.ends("aiart networks ends 0", warm=warm) for warm in (True, False))
    assert without_free_memory(warm) == without_free_memory(cold)
    assert own_shells.run.server.wait(10) == 0


def test_the_run_hears_of_its_jobs_and_what_they_took(own_shells):
    shell = own_shells.start("aiart networks computes 1.0 300; true", warm=True)
    (job,) = wait_for(lambda: own_shells.run.jobs_of(shell.pid))
    assert "cpu" not in job
    shell.communicate()
    (job,) = own_shells.run.jobs_of(shell.pid)
    assert 1.0 <= job["cpu"] < 2.0
    assert job["rss"] > 300
    own_shells.run.forget_ended(shell.pid)
    assert not own_shells.run.jobs_of(shell.pid)


def test_nothing_is_imported_before_a_job_asks(own_shells):
    maps = Path(f"/proc/{own_shells.run.server.pid}/maps")
    wait_for(lambda: "python" in maps.read_text())
    assert "numpy" not in maps.read_text()


def test_what_every_command_imports_can_be_imported_beforehand(tmp_path):
    """And no thread, file or GPU comes of it; also in the order that a gallery has."""
    code = (
        "from aiart.cli import COMMANDS; from aiart.warm.preload import LATE, preload; print(set(LATE) <= set(COMMANDS)"
    )
    code += ", *(preload(command) for command in COMMANDS))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OPENBLAS_NUM_THREADS": "1"}
    with (tmp_path / "said").open("w") as said:
        # Not a word may be written to these before all are imported.
        subprocess.run([sys.executable, "-c", code], env=environment, stdout=said, stderr=said, check=True)
    assert set((tmp_path / "said").read_text().split()) == {"True"}
