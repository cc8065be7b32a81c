"""Outputs are looked at before the work begins."""

import os
import socket

import pytest

from aiart.cli import main
from aiart.cli.outputs import check_outputs, write_each
from aiart.errors import UserError
from aiart.images import write_image


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder").mkdir()
    (tmp_path / "nowhere").symlink_to("gone/away")
    os.mkfifo("pipe")
    return tmp_path


def everything(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    "path", ["model.npz", "new/folders/model.npz", "folder/model.npz", "file", "nowhere", "./folder/../m.npz", "größer"]
)
def test_what_can_be_written_passes_and_nothing_is_made(path, here):
    before = everything(here)
    check_outputs(path, None, str(here / "other" / "history.csv"), folders=[None, "folder", "logs/of/mine"])
    assert everything(here) == before
    assert (here / "file").read_text() == "a file"


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("folder", "folder: is a folder; give the name of a file"),
        ("model/", "model/: is a folder; give the name of a file"),
        (".", ".: is a folder"),
        ("", r"\(no name\): is a folder"),
        ("file/model.npz", "file/model.npz: cannot be written, for file is no folder; choose another path."),
        ("file/deeper/model.npz", "file/deeper/model.npz: cannot be written, for file is no folder"),
        ("nowhere/model.npz", "nowhere/model.npz: cannot be written, for nowhere is a link that leads nowhere"),
        ("pipe", "pipe: is a device, pipe or socket"),
        (os.devnull, "is a device, pipe or socket"),
        ("a" * 300 + ".npz", "cannot be written .*name too long"),
        ("a" * 300 + "/model.npz", "cannot be written .*name too long"),
        ("a\0b.npz", "cannot be written .*null (byte|character)"),
        ("/proc/model.npz", "/proc/model.npz: cannot be written"),
    ],
)
def test_a_file_that_cannot_be_written_is_said_before(path, message, here):
    before = everything(here)
    with pytest.raises(UserError, match=message):
        check_outputs("good.npz", path)
    assert everything(here) == before


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("file", "file: cannot be written, for file is no folder"),
        ("file/logs", "file/logs: cannot be written, for file is no folder"),
        ("nowhere", "nowhere: cannot be written, for nowhere is a link that leads nowhere"),
        ("pipe", "pipe: cannot be written, for pipe is no folder"),
        ("/proc/logs", "/proc/logs: cannot be written"),
        ("", r"\(no name\): cannot be written to"),
    ],
)
def test_a_folder_that_cannot_be_filled_is_said_before(path, message):
    with pytest.raises(UserError, match=message):
        check_outputs("good.npz", folders=[path])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("path", ["folder/model.npz", "folder/deeper/model.npz"])
def test_a_folder_without_permission_is_said_before(path, here):
    (here / "folder").chmod(0o555)
    with pytest.raises(UserError, match="Permission denied"):
        check_outputs(path)
    with pytest.raises(UserError, match="Permission denied"):
        check_outputs(folders=[path])


def test_a_socket_is_not_replaced(here):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        with pytest.raises(UserError, match="socket: is a device, pipe or socket"):
            check_outputs("socket")


@pytest.mark.parametrize("again", ["model.npz", "./model.npz", "folder/../model.npz", "link/model.npz"])
def test_two_results_of_one_name_are_refused(again, here):
    (here / "link").symlink_to(".")
    with pytest.raises(UserError, match="is named for two results"):
        check_outputs("model.npz", again)


@pytest.mark.parametrize("output", ["file", "folder/../file", "link/file"])
def test_a_result_does_not_replace_what_is_read(output, here):
    (here / "link").symlink_to(".")
    with pytest.raises(UserError, match="is read by this command and would be replaced"):
        check_outputs("model.npz", output, inputs=["folder", None, "file"])


def test_a_link_to_an_input_may_be_replaced_since_the_input_stays(here):
    (here / "result").symlink_to("file")
    check_outputs("result", inputs=["file"])


def test_what_one_cannot_write_keeps_no_other_from_it():
    done = []

    def fail():
        raise UserError("history.csv: cannot be written (disk full); make room.")

    with pytest.raises(UserError, match=r"history.csv: .* history.csv: "):
        write_each(lambda: done.append(1), fail, lambda: done.append(2), fail)
    assert done == [1, 2]
    write_each(lambda: done.append(3))
    assert done == [1, 2, 3]


# The commands, each with one output that cannot be written


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (["curves", "history.csv", "-o", "file/c.png"], "file/c.png"),
        (["scatter", "photo.png", "--metrics", "m.json", "--x", "a", "--y", "b", "-o", "photo.png"], "photo.png"),
        (["curves", "history.csv", "-o", "c.png", "--time-output", "c.png", "--timings-folder", "."], "c.png"),
        (["dataset", "make", "synthetic_facades", "-o", "file/facades"], "file/facades"),
        (["dataset", "make", "synthetic_facades", "-o", "facades", "--manifest", "folder"], "folder"),
        (["dataset", "check", "folder", "--kind", "paired", "--manifest", "file/m.tsv"], "file/m.tsv"),
        (["distill", "-o", "w.npz", "--state", "s.npz", "--history", "folder"], "folder"),
        (["evaluate", "model.npz", "--dataset", "folder", "-o", "e.json", "--table", "file/t.csv"], "file/t.csv"),
        (["evaluate", "model.npz", "--dataset", "folder", "-o", "e.json", "--strip", "folder.png"], "folder.png"),
        (["figures", "--metrics", "m.json", "-o", "file"], "file"),
        (["grid", "photo.png", "-o", "photo.png"], "photo.png"),
        (["grid", "photo.png", "-o", "g.png", "--table", "file/t.csv", "--metrics", "m.json"], "file/t.csv"),
        (["page", "-o", "file/index.html"], "file/index.html"),
        (["picture", "painting", "starry_flow", "-o", "folder.png"], "folder.png"),
        (["translate", "model.npz", "photo.png", "-o", "file"], "file"),
    ],
)
def test_every_command_looks_at_its_outputs_before_it_works(arguments, path, here, capsys, scene):
    write_image("photo.png", scene(36, 48, 1))
    (here / "history.csv").write_text("evaluation,total\n1,2\n")
    (here / "model.npz").write_bytes(b"model")
    (here / "m.json").write_text("{}")
    (here / "folder.png").mkdir()
    before = everything(here)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    printed = capsys.readouterr()
    assert ended.value.code == 1
    assert printed.err.startswith(f"aiart {arguments[0]}: {path}: ")
    assert printed.err.count("\n") == 1
    assert everything(here) == before


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ("", "cannot be read as a record with measured (Expecting value"),
        ("[" * 100_000, "cannot be read as a record with measured ("),
        ("[1]", "cannot be read as a record with measured ("),
        ("{}", "cannot be read as a record with measured ('measured'); make it again."),
        ('{"measured": [1]}', "holds something else under measured than a record does; make it again."),
    ],
)
def test_what_is_no_record_is_said(record, message, here, capsys, scene):
    write_image("photo.png", scene(36, 48, 1))
    (here / "m.json").write_text(record)
    with pytest.raises(SystemExit) as ended:
        main(["grid", "photo.png", "-o", "g.png", "--table", "t.csv", "--metrics", "m.json"])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith(f"aiart grid: m.json: {message}")
    assert not (here / "g.png").exists()


def test_a_history_without_numbers_is_said(here, capsys):
    (here / "h.csv").write_text("evaluation,total\n1,many\n")
    with pytest.raises(SystemExit):
        main(["curves", "h.csv", "-o", "c.png"])
    assert "h.csv: has something other than numbers in its column total" in capsys.readouterr().err


def test_no_result_replaces_a_picture_of_the_dataset(here, capsys, scene):
    for split in ("train", "test"):
        for number in range(2):
            write_image(f"pairs/{split}/{number}.png", scene(32, 64, number))
    (here / "model.npz").write_bytes(b"model")
    before = (here / "pairs/train/0.png").read_bytes()
    for arguments in (
        ["dataset", "check", "pairs", "--kind", "paired", "--manifest", "pairs/train/0.png"],
        ["train", "pix2pix", "--dataset", "pairs", "-o", "new.npz", "--progress", "pairs/train/0.png"],
        ["train", "pix2pix", "--dataset", "pairs", "-o", "new.npz", "--history", "pairs/../pairs/train/0.png"],
        ["evaluate", "model.npz", "--dataset", "pairs", "-o", "e.json", "--grid", "pairs/train/0.png"],
        ["distill", "-o", "w.npz", "--state", "s.npz", "--pictures", "pairs/train", "--report", "pairs/train/0.png"],
        ["distill", "-o", "model.npz", "--state", "s.npz", "--start", "model.npz"],
    ):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 1
        assert "is read by this command and would be replaced; " in capsys.readouterr().err
        assert (here / "pairs/train/0.png").read_bytes() == before
    # What lies there already and is no picture is an earlier result.
    (here / "pairs/manifest.tsv").touch()
    with pytest.raises(SystemExit) as ended:
        main(["dataset", "check", "pairs", "--kind", "paired", "--manifest", "pairs/manifest.tsv"])
    assert ended.value.code == 0


def test_a_jpeg_without_room_for_what_is_said_in_it_is_refused(here, capsys, scene):
    write_image("photo.png", scene(36, 48, 1))
    with pytest.raises(SystemExit) as ended:
        main(["grid", "photo.png", "--caption", "\N{GRINNING FACE}" * 9000, "-o", "g.jpg"])
    assert ended.value.code == 1
    assert "aiart grid: g.jpg: what is said in it takes" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--title", "--caption", "--domains"])
def test_what_is_no_text_is_not_printed_on_a_page(option, capsys):
    values = ["\udcff"] * (2 if option == "--domains" else 1)
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "model.npz", "--dataset", "folder", "-o", "e.json", option, *values])
    assert ended.value.code == 2
    assert "holds the character" in capsys.readouterr().err
