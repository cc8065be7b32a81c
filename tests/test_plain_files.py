"""Whatever file a command reads: at a pipe or a device it does not wait."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from aiart.cli.records import read_record
from aiart.datasets.files import file_digest
from aiart.datasets.manifest import read_manifest
from aiart.errors import UserError
from aiart.gallery import read_table
from aiart.gallery.figures import gather_figures, read_losses
from aiart.images import read_image
from aiart.plain_files import read_text, refuse_pipe


def model(path):
    from aiart.translation.model_file import load_model

    return load_model(path)


def losses(path):
    return list(read_losses(Path(path), ["total"]))


def copied(path):
    with TemporaryDirectory() as folder:
        facts = {"headline": {"pix2pix": []}, "losses": {"pix2pix": []}}
        gather_figures(folder, "/", [], [], [path], **facts)


@pytest.mark.parametrize(
    "reader",
    [refuse_pipe, read_image, file_digest, model, read_text, read_table, read_manifest, read_record, losses, copied],
)
def test_a_pipe_and_a_device_are_refused(tmp_path, reader):
    pipe = tmp_path / "pipe.npz"
    os.mkfifo(pipe)
    for path in (pipe, "/dev/zero"):
        with pytest.raises(UserError) as caught:
            reader(path, *["measured", dict] if reader is read_record else [])
        said = f"{path}: is a pipe or a device, not a file; save its content to a file and give that."
        assert str(caught.value) == said


def test_files_and_what_links_to_them_may_be_opened(tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "link").symlink_to("a")
    refuse_pipe(tmp_path / "a")
    refuse_pipe(tmp_path / "link")
    assert file_digest(tmp_path / "link") == file_digest(tmp_path / "a")
    with pytest.raises(FileNotFoundError):
        refuse_pipe(tmp_path / "absent")
