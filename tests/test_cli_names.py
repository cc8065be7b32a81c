"""Files may be called anything: a name that is no text, or that the terminal cannot print, stops no command."""

import os
import subprocess
import sys

import numpy as np
import pytest

from aiart.cli.records import made_of
from aiart.images import write_image
from aiart.params import canonical_json


def aiart(folder, *arguments, encoding="utf-8:strict"):
    return subprocess.run(
        [sys.executable, "-m", "aiart", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )


@pytest.fixture
def odd(tmp_path) -> bytes:
    write_image(tmp_path / "one.png", np.zeros((8, 8, 3), np.float32))
    os.rename(tmp_path / "one.png", os.fsencode(tmp_path) + b"/\xff.png")
    return b"\xff.png"


def test_a_name_that_is_no_text_is_read_printed_and_written(tmp_path, odd):
    done = aiart(tmp_path, "grid", odd, odd, "-o", b"grid\xff.png")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"aiart grid '\xff.png' '\xff.png' -o 'grid\xff.png'")
    assert b"grid\xff.png" in os.listdir(os.fsencode(tmp_path))


def test_a_letter_that_the_terminal_lacks_is_printed_as_an_escape(tmp_path):
    done = aiart(tmp_path, "picture", "painting", "ink_wash", "--side", "64", "-o", "é.png", encoding="ascii:strict")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == rb"\xe9.png: 64\xd764 pixels" + b"\n"
    done = aiart(tmp_path, "params", "é.yaml", encoding="ascii:strict")
    assert done.stderr == rb"aiart params: \xe9.yaml: no such file; give the path of a params file." + b"\n"


def test_a_record_names_any_file_in_text(tmp_path, odd):
    said = canonical_json(made_of(content=os.fsdecode(os.fsencode(tmp_path) + b"/" + odd)))
    assert said.encode().startswith(rb'{"content": {"name": "\\xff.png", "sha256": ')
