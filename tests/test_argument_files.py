"""`@FILE` on the command lines of commands about all results."""

import pytest

from aiart.cli import main
from aiart.cli.argument_files import arguments_of_files
from aiart.errors import UserError


def test_a_files_lines_stand_where_it_is_named(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("--metrics\na b.json\n@c.json\n\u2028\n")
    # Neither a name with an @ nor a separator of Unicode is anything but text in it.
    assert arguments_of_files(["figures", f"@{file}", "-o", "x"]) == [
        *("figures", "--metrics", "a b.json", "@c.json", "\u2028", "-o", "x")
    ]


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_bytes(b"\xff")])
def test_a_file_that_cannot_be_read_is_named(tmp_path, make):
    make(tmp_path / "list.txt")
    with pytest.raises(UserError, match=r"list\.txt: .*; give a file of arguments, one a line\."):
        arguments_of_files([f"@{tmp_path}/list.txt"])


def test_a_grid_of_more_files_than_a_command_line_takes_is_refused_for_what_is_wrong_with_it(tmp_path, capsys):
    files = [f"{tmp_path}/{'long' * 20}{i}.png" for i in range(3_000)]
    (tmp_path / "list.txt").write_text("\n".join(files))
    with pytest.raises(SystemExit) as ended:
        main(["grid", f"@{tmp_path}/list.txt", "--columns", "a,b", "-o", f"{tmp_path}/grid.png"])
    assert ended.value.code == 1
    assert "3000 pictures do not fill 1 rows of 2" in capsys.readouterr().err
