"""Whatever file a command reads: at a pipe or a device it does not wait."""

import os

import pytest

from aiart.datasets.files import file_digest
from aiart.errors import UserError
from aiart.images import read_image
from aiart.plain_files import refuse_pipe


def model(path):
    from aiart.translation.model_file import load_model

    return load_model(path)


@pytest.mark.parametrize(
    "reader", [refuse_pipe, read_image, file_digest, model], ids=["itself", "picture", "hash", "model"]
)
def test_a_pipe_and_a_device_are_refused(tmp_path, reader):
    pipe = tmp_path / "pipe.npz"
    os.mkfifo(pipe)
    for path in (pipe, "/dev/zero"):
        with pytest.raises(UserError) as caught:
            reader(path)
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
