"""Downloads from a local server that misbehaves in every way that was thought of."""

import contextlib
import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from aiart.cli import main
from aiart.datasets import catalogue, fetch
from aiart.datasets.fetch import RetryPolicy, fetch_file
from aiart.datasets.files import RemoteFile, parse_hash
from aiart.datasets.inputs import style_file
from aiart.errors import UserError

CONTENT = bytes(range(256)) * 1000
SIZE = len(CONTENT)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
FORGED = CONTENT[:-1] + b"?"
POLICY = RetryPolicy(tries=3, backoff=0.01, connect_timeout=10, read_timeout=10)
IMPATIENT = RetryPolicy(tries=3, backoff=0.01, connect_timeout=10, read_timeout=0.5)


class Handler(BaseHTTPRequestHandler):
    """Does what the last part of the path says; the server keeps the log of (path, Range)."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.close_connection = True
        times = sum(path == self.path for path, _ in self.server.log)
        self.server.log.append((self.path, self.headers.get("Range")))
        self.server.agents.add(self.headers.get("User-Agent"))
        # Clients hang up on some of these answers.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            getattr(self, self.path[1:])(times)

    def log_message(self, *_):
        pass

    def answer(self, body, *, status=200, length=None, **headers):
        self.send_response(status)
        self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def ranged(self, content, stop=None):
        """Honour Range, and end the connection at byte `stop`."""
        wanted = self.headers.get("Range")
        if wanted is None:
            return self.answer(content[:stop], length=len(content))
        start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            return self.answer(b"", status=416, Content_Range=f"bytes */{len(content)}")
        where = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.answer(content[start:stop], status=206, length=len(content) - start, Content_Range=where)

    def good(self, times):
        self.ranged(CONTENT)

    def forged(self, times):
        self.ranged(FORGED)

    def missing(self, times):
        self.answer(b"no such file", status=404)

    def failing(self, times):
        self.answer(b"oh", status=500)

    def failing_twice(self, times):
        self.answer(b"oh", status=500) if times < 2 else self.answer(CONTENT)

    def busy_once(self, times):
        self.answer(b"later", status=503) if times < 1 else self.answer(CONTENT)

    def page(self, times):
        self.answer(b"<html>log in first</html>")

    def truncating(self, times):
        """Ends whole, as far as one can tell from the answer."""
        self.answer(CONTENT[:1000])

    def truncating_unstated(self, times):
        """No Content-Length: the end of the connection is the end of the file."""
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(CONTENT[:1000])

    def promising_more(self, times):
        self.answer(CONTENT, length=SIZE + 500)

    def promising_less(self, times):
        self.answer(CONTENT, length=SIZE - 500)

    def endless(self, times):
        self.send_response(200)
        self.send_header("Connection", "close")
        self.end_headers()
        for _ in range(100):
            self.wfile.write(CONTENT)

    def stalling(self, times):
        if self.headers.get("Range"):
            return self.server.over.wait(5)
        self.answer(CONTENT[:100_000], length=SIZE)
        self.server.over.wait(5)

    def mute(self, times):
        self.server.over.wait(5)

    def dropping(self, times):
        """Each answer brings a third of the file further."""
        self.ranged(CONTENT, stop=SIZE // 3 * (times + 1) if times < 2 else None)

    def dropping_always(self, times):
        self.ranged(CONTENT, stop=SIZE // 2)

    def dropping_without_range(self, times):
        self.answer(CONTENT[: SIZE // 3] if times < 1 else CONTENT, length=SIZE)

    def other_range(self, times):
        if self.headers.get("Range"):
            self.answer(CONTENT[7:], status=206, Content_Range=f"bytes 7-{SIZE - 1}/{SIZE}")
        else:
            self.answer(CONTENT)

    def zipped(self, times):
        """Compresses only for clients that allow it."""
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            self.answer(b"\x1f\x8b not really", Content_Encoding="gzip")
        else:
            self.answer(CONTENT)

    def moved(self, times):
        self.answer(b"", status=302, Location="/good")


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.log, server.agents, server.over = [], set(), threading.Event()
        server.daemon_threads = True
        server.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def entry(server, *paths, **known):
    known = known or {"sha256": SHA256, "size": SIZE}
    return RemoteFile("archive.zip", tuple(f"{server.url}/{path}" for path in paths), **known)


def get(file, destination, policy=POLICY, **more):
    return fetch_file(file, destination, policy=policy, **more)


def refused(file, destination, policy=POLICY):
    """The one sentence."""
    with pytest.raises(UserError) as error:
        get(file, destination, policy)
    return str(error.value)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def ranges(server):
    return [wanted for _, wanted in server.log]


@pytest.mark.parametrize(
    "known",
    [{"sha256": SHA256, "size": SIZE}, {"md5": MD5}, {"sha256": SHA256}, {"md5": MD5, "size": SIZE}, {"size": SIZE}],
)
def test_good_server(server, tmp_path, known):
    destination = tmp_path / "new" / "a.zip"
    assert get(entry(server, "good", **known), destination) == f"{server.url}/good"
    assert destination.read_bytes() == CONTENT
    assert names(destination.parent) == ["a.zip"]
    assert ranges(server) == [None]
    assert all(agent.startswith("aiart/") for agent in server.agents)


@pytest.mark.parametrize("path", ["moved", "zipped", "busy_once", "failing_twice"])
def test_servers_that_give_the_file_in_the_end(server, tmp_path, path):
    get(entry(server, path), tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    assert names(tmp_path) == ["a.zip"]


def test_an_intact_copy_is_kept_without_asking(server, tmp_path):
    (tmp_path / "a.zip").write_bytes(CONTENT)
    os.utime(tmp_path / "a.zip", (1, 1))
    assert get(entry(server, "good"), tmp_path / "a.zip") is None
    assert get(entry(server, sha256=SHA256), tmp_path / "a.zip") is None
    assert server.log == []
    # The workflow takes a file of an old date for one that the job did not give.
    assert (tmp_path / "a.zip").stat().st_mtime > 1


def test_a_damaged_copy_is_replaced(server, tmp_path):
    (tmp_path / "a.zip").write_bytes(FORGED)
    get(entry(server, "good"), tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


def test_a_damaged_copy_stays_and_is_named_when_no_mirror_helps(server, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(CONTENT[:9])
    assert refused(entry(server, "missing"), path) == (
        f"archive.zip could not be downloaded ({server.url}/missing: 404 Not Found); the file at {path} has 9 bytes "
        f"instead of 256,000; put a copy with sha256 {SHA256} (256,000 bytes) at {path} and run the command again."
    )
    assert path.read_bytes() == CONTENT[:9]


BYTES_AFTER = r"nothing came for 0.5 s"


@pytest.mark.parametrize(
    ("path", "known", "reason", "requests"),
    [
        ("missing", {}, "404 Not Found", 1),
        ("failing", {}, "500 Internal Server Error", 3),
        ("page", {}, "it offers 25 bytes instead of 256,000", 1),
        ("page", {"md5": MD5}, f"the file it gives has md5 {hashlib.md5(b'<html>log in first</html>').hexdigest()}", 1),
        ("forged", {}, f"the file it gives has sha256 {hashlib.sha256(FORGED).hexdigest()}", 1),
        ("truncating", {}, "it offers 1,000 bytes instead of 256,000", 1),
        ("truncating", {"md5": MD5}, f"the file it gives has md5 {hashlib.md5(CONTENT[:1000]).hexdigest()}", 1),
        ("truncating_unstated", {}, "the download ended after 1,000 of 256,000 bytes", 3),
        ("promising_more", {}, "it offers 256,500 bytes instead of 256,000", 1),
        ("promising_less", {}, "it offers 255,500 bytes instead of 256,000", 1),
        ("endless", {}, "it sends more than 256,000 bytes", 1),
        ("stalling", {}, "nothing came for 0.5 s", 3),
        ("mute", {}, "nothing came for 0.5 s", 3),
    ],
)
def test_servers_that_never_give_the_file(server, tmp_path, path, known, reason, requests):
    file = entry(server, path, **known)
    copy = file.described()
    policy = IMPATIENT if path in ("stalling", "mute") else POLICY
    assert refused(file, tmp_path / "a.zip", policy) == (
        f"archive.zip could not be downloaded ({server.url}/{path}: {reason}); "
        f"put a copy with {copy} at {tmp_path / 'a.zip'} and run the command again."
    )
    assert len(server.log) == requests
    assert not (tmp_path / "a.zip").exists()


def test_what_was_wrong_is_not_resumed_and_what_broke_off_is(server, tmp_path):
    refused(entry(server, "forged"), tmp_path / "a.zip")
    assert names(tmp_path) == []
    refused(entry(server, "stalling"), tmp_path / "a.zip", IMPATIENT)
    assert names(tmp_path) == ["a.zip.part"]
    kept = (tmp_path / "a.zip.part").read_bytes()
    assert len(kept) > 50_000  # what still was in a buffer may be lost
    assert CONTENT.startswith(kept)
    # neither an error page nor a wrong offer costs the part that is there
    refused(entry(server, "missing", "page"), tmp_path / "a.zip")
    server.log.clear()
    get(entry(server, "good"), tmp_path / "a.zip")
    assert ranges(server) == [f"bytes={len(kept)}-"]
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    assert names(tmp_path) == ["a.zip"]


def test_a_promise_of_more_is_a_broken_connection_when_the_size_is_unknown(server, tmp_path):
    assert "promising_more: the connection broke after " in refused(
        entry(server, "promising_more", note="x"), tmp_path / "a.zip"
    )


@pytest.mark.parametrize("known", [{"sha256": SHA256, "size": SIZE}, {"md5": MD5}])
def test_a_dropped_connection_is_resumed(server, tmp_path, known):
    get(entry(server, "dropping", **known), tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    third = SIZE // 3
    assert ranges(server) == [None, f"bytes={third}-", f"bytes={2 * third}-"]


def test_a_server_that_ignores_range_is_heard_from_the_start(server, tmp_path):
    get(entry(server, "dropping_without_range"), tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    assert ranges(server) == [None, f"bytes={SIZE // 3}-"]


def test_another_range_than_asked_for_is_not_taken(server, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(CONTENT[:1000])
    once = RetryPolicy(tries=1, backoff=0)
    assert f"({server.url}/other_range: it would not resume the download)" in refused(
        entry(server, "other_range"), tmp_path / "a.zip", once
    )
    get(entry(server, "other_range"), tmp_path / "a.zip", once)
    assert ranges(server) == ["bytes=1000-", None]
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


def test_without_a_hash_nothing_is_resumed(server, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(b"of another version")
    get(entry(server, "dropping", size=SIZE), tmp_path / "b.zip")
    assert ranges(server) == [None, None, None]
    server.log.clear()
    get(entry(server, "good", size=SIZE), tmp_path / "a.zip")
    assert ranges(server) == [None]
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


@pytest.mark.parametrize("known", [{"sha256": SHA256, "size": SIZE}, {"sha256": SHA256}])
@pytest.mark.parametrize(
    ("old", "asked"),
    [
        (b"x" * 1000, ["bytes=1000-", None]),  # joins to a wrong file, so once more from the start
        (CONTENT, []),  # killed between the last byte and the rename
    ],
)
def test_what_an_earlier_run_left(server, tmp_path, known, old, asked):
    (tmp_path / "a.zip.part").write_bytes(old)
    get(entry(server, "good", **known), tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    assert ranges(server) == asked


def test_an_earlier_part_longer_than_the_file_is_dropped(server, tmp_path):
    for known, asked in [({"sha256": SHA256, "size": SIZE}, [None]), ({"md5": MD5}, [f"bytes={SIZE + 1}-", None])]:
        server.log.clear()
        (tmp_path / "a.zip.part").write_bytes(CONTENT + b"x")
        (tmp_path / "a.zip").unlink(missing_ok=True)
        get(entry(server, "good", **known), tmp_path / "a.zip")
        assert (tmp_path / "a.zip").read_bytes() == CONTENT
        assert ranges(server) == asked


def test_the_next_mirror_goes_on_where_the_first_one_broke_off(server, tmp_path):
    assert get(entry(server, "missing", "dropping_always", "good"), tmp_path / "a.zip") == f"{server.url}/good"
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    assert server.log[-1] == ("/good", f"bytes={SIZE // 2}-")
    assert [path for path, _ in server.log].count("/dropping_always") == POLICY.tries


def test_headway_is_not_counted_as_failure(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "_HEADWAY", SIZE // 3)
    file = entry(server, "dropping")
    fetch_file(file, tmp_path / "a.zip", policy=RetryPolicy(tries=1, backoff=0.01, read_timeout=10))
    assert (tmp_path / "a.zip").read_bytes() == CONTENT
    monkeypatch.undo()
    server.log.clear()
    with pytest.raises(UserError, match=r"the connection broke after 85,333( of 256,000)? bytes"):
        fetch_file(file, tmp_path / "b.zip", policy=RetryPolicy(tries=1, backoff=0.01, read_timeout=10))


def test_waits_double(server, tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(fetch.time, "sleep", waits.append)
    with pytest.raises(UserError):
        fetch_file(entry(server, "failing"), tmp_path / "a.zip", policy=RetryPolicy(tries=4, backoff=0.5))
    assert waits == [0.5, 1.0, 2.0]


def test_every_mirror_has_its_say(server, tmp_path):
    file = entry(server, "missing", "failing", md5=MD5, size=SIZE, note="ask the authors")
    assert refused(file, tmp_path / "a.zip") == (
        f"archive.zip could not be downloaded ({server.url}/missing: 404 Not Found; {server.url}/failing: "
        f"500 Internal Server Error; note: ask the authors); put a copy with md5 {MD5} (256,000 bytes) at "
        f"{tmp_path / 'a.zip'} and run the command again."
    )


def test_nobody_listens(server, tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/a"
        assert f"({url}: the connection was refused)" in refused(RemoteFile("a", (url,), md5=MD5), tmp_path / "a")
    url = "http://no-such-host.invalid/a"
    assert f"({url}: its name cannot be resolved (offline?))" in refused(
        RemoteFile("a", (url,), md5=MD5), tmp_path / "a"
    )


def test_a_file_that_no_server_gives(tmp_path):
    file = RemoteFile("city.zip", (), sha256=SHA256, note="its owner wants you to register")
    path = tmp_path / "x" / "city.zip"
    assert refused(file, path) == (
        "city.zip is not offered for download (its owner wants you to register); "
        f"put a copy with sha256 {SHA256} at {path} and run the command again."
    )
    assert not path.parent.exists()


def test_places_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "a.zip"
    assert refused(entry(server, "good"), path) == (
        f"{path}: cannot be written (File exists); make room or permission for it, or choose another path."
    )
    assert refused(entry(server, "good"), tmp_path) == f"{tmp_path}: is a folder; choose another path for archive.zip."
    assert server.log == []


def test_two_processes_do_not_write_to_one_part(server, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    with (tmp_path / "a.zip.part").open("ab") as part:
        fcntl.flock(part, fcntl.LOCK_EX)
        assert refused(entry(server, "good"), tmp_path / "a.zip") == (
            f"{tmp_path / 'a.zip'}: another process is downloading it; wait until that has finished."
        )
    get(entry(server, "good"), tmp_path / "a.zip")
    assert (tmp_path / "a.zip").read_bytes() == CONTENT


def test_a_killed_download_is_resumed_by_the_next_run(server, tmp_path):
    code = (
        "import sys; from aiart.datasets.fetch import *; from aiart.datasets.files import *\n"
        f"fetch_file(RemoteFile('a', (sys.argv[1],), {SIZE}, {SHA256!r}), sys.argv[2])"
    )
    destination, part = tmp_path / "a.zip", tmp_path / "a.zip.part"
    client = subprocess.Popen([sys.executable, "-c", code, f"{server.url}/stalling", str(destination)])
    end = time.monotonic() + 20
    while not (part.is_file() and part.stat().st_size) and time.monotonic() < end:
        time.sleep(0.02)
    client.kill()
    client.wait()
    assert names(tmp_path) == ["a.zip.part"]
    kept = part.stat().st_size
    assert 0 < kept < SIZE
    server.log.clear()
    get(entry(server, "good"), destination)
    assert ranges(server) == [f"bytes={kept}-"]
    assert destination.read_bytes() == CONTENT
    assert names(tmp_path) == ["a.zip"]


def test_no_bar_where_nobody_looks(server, tmp_path, capfd):
    get(entry(server, "good"), tmp_path / "a.zip")
    assert capfd.readouterr() == ("", "")


def test_a_bar_on_a_terminal(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    get(entry(server, "good"), tmp_path / "a.zip", progress=False)
    assert capsys.readouterr().err == ""
    get(entry(server, "good"), tmp_path / "b.zip")
    assert "archive.zip: 100%" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["md5:1", "sha1:" + "0" * 40, "0" * 64, "md5:" + "g" * 32, "sha256:" + MD5])
def test_what_is_no_hash(text):
    with pytest.raises(UserError, match="is not a hash; write sha256: and 64 hexadecimal digits, or md5: and 32"):
        parse_hash(text)


def test_hashes_are_read_in_either_case():
    assert parse_hash("SHA256:" + SHA256.upper()) == {"sha256": SHA256}


# ---- the command


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["fetch", *map(str, arguments)])
    out, err = capsys.readouterr()
    return end.value.code, out, err


def test_command_fetches_a_picture_with_manifest(server, tmp_path, capsys, monkeypatch):
    file = entry(server, "good", sha256=SHA256, licence="CC0", credit="A. Painter")
    monkeypatch.setitem(catalogue.PICTURES, "test", catalogue.Picture(file, "style", "nothing"))
    output, manifest = tmp_path / "a.zip", tmp_path / "a.tsv"
    code, out, err = run(capsys, "picture", "test", "-o", output, "--manifest", manifest)
    assert (code, err) == (0, "")
    assert f"{output}: from {server.url}/good" in out
    assert f"{output}: CC0; A. Painter" in out
    assert manifest.read_text() == f"path\tsha256\tbytes\na.zip\t{SHA256}\t{SIZE}\n"
    code, out, err = run(capsys, "picture", "test", "-o", output)
    assert code == 0
    assert f"{output}: there already, and intact" in out


@pytest.mark.parametrize(
    ("kind", "path"), [("picture", "data/downloads/test.jpeg"), ("weights", "data/weights/test.jpeg")]
)
def test_without_a_name_a_file_goes_where_the_workflow_looks(kind, path, server, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = replace(entry(server, "good", sha256=SHA256), name="Some_title.jpeg")
    monkeypatch.setitem(catalogue.PICTURES, "test", catalogue.Picture(file, "style", "nothing"))
    monkeypatch.setitem(catalogue.WEIGHTS, "test", file)
    code, out, err = run(capsys, kind, "test", "--quiet")
    assert (code, err) == (0, "")
    assert f"{path}: from {server.url}/good" in out
    assert [file.as_posix() for file in Path().rglob("*") if file.is_file()] == [path]
    assert Path(path).read_bytes() == CONTENT
    if kind == "picture":
        assert path == style_file("test")


def test_command_tells_the_hash_of_a_file_without_one(server, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(catalogue.WEIGHTS, "test", entry(server, "good", size=SIZE))
    code, out, _ = run(capsys, "weights", "test", "-o", tmp_path / "w.h5")
    assert code == 0
    assert f"no hash is on record to check it by; its sha256 is {SHA256}" in out


def test_command_takes_another_hash(server, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(catalogue.WEIGHTS, "test", entry(server, "forged"))
    code, _, err = run(capsys, "weights", "test", "-o", tmp_path / "w.h5")
    assert code == 1
    assert err.startswith("aiart fetch: archive.zip could not be downloaded")
    digest = hashlib.sha256(FORGED).hexdigest()
    code, _, _ = run(capsys, "weights", "test", "-o", tmp_path / "w.h5", "--hash", f"sha256:{digest}")
    assert code == 0
    assert (tmp_path / "w.h5").read_bytes() == FORGED


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "say what to fetch, as in `aiart fetch picture starry_night`, or --list what there is."),
        (["picture"], "say what to fetch, as in `aiart fetch picture starry_night`, or --list what there is."),
        (
            ["picture", "stary_night"],
            "No picture is called 'stary_night'; the nearest name is 'starry_night', and `aiart fetch --list` shows "
            "them all.",
        ),
        (["weights", "vgg19", "--archive", "x.zip"], "--archive goes with a dataset, not with weights; leave it out."),
    ],
)
def test_command_used_wrongly(capsys, arguments, message):
    code, _, err = run(capsys, *arguments)
    assert (code, err) == (1, f"aiart fetch: {message}\n")
