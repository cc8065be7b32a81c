import json
import random
import re

import pytest

from aiart.errors import UserError
from aiart.params import checked
from aiart.params.canonical import ordered_json
from aiart.params.paintings import StyleTransferRoom
from aiart.params.sweeps import Sweep, derive_seed, file_name_part, label


def sweep(**settings) -> Sweep:
    return checked(Sweep, {"title": "A sweep", **settings}, "sweep")


def problem(**settings) -> str:
    with pytest.raises(UserError) as caught:
        sweep(**settings)
    return str(caught.value)


def test_cells_come_row_by_row_with_their_labels():
    cells = sweep(columns={"style_weight": [1e3, 10]}, rows={"learning_rate": [1, 0.5]}).cells()
    assert [cell.labels for cell in cells] == [
        {"learning_rate": "1", "style_weight": "1000"},
        {"learning_rate": "1", "style_weight": "10"},
        {"learning_rate": "0.5", "style_weight": "1000"},
        {"learning_rate": "0.5", "style_weight": "10"},
    ]
    assert [list(cell.labels) for cell in cells] == [["learning_rate", "style_weight"]] * 4
    assert cells[1].settings == {"learning_rate": 1, "style_weight": 10}
    assert cells[2].settings == {"learning_rate": 0.5, "style_weight": 1e3}


def test_one_axis_makes_one_row():
    one = sweep(columns={"tv_weight": [0, 10, 100]})
    assert [cell.settings for cell in one.cells()] == [{"tv_weight": 0}, {"tv_weight": 10}, {"tv_weight": 100}]
    assert (one.column_name, one.row_name) == ("tv_weight", "")
    assert (one.column_labels, one.row_labels) == (["0", "10", "100"], [])


def test_labels_of_ones_own():
    named = sweep(columns={"style_layers": {"shallow": ["conv1_1", "conv2_1"], "deep": ["conv5_1"]}})
    assert named.column_labels == ["shallow", "deep"]
    assert named.cells()[0].settings == {"style_layers": ["conv1_1", "conv2_1"]}
    assert named.cells()[1].labels == {"style_layers": "deep"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (None, "none"),
        (1, "1"),
        (1.0, "1"),
        (1e5, "100000"),
        (1e6, "1e6"),
        (1_000_000, "1e6"),
        (1_234_567.0, "1234567"),
        (1_234_567, "1234567"),
        (10**400, str(10**400)),
        (float("inf"), "inf"),
        (0.001, "0.001"),
        (1e-5, "1e-05"),
        (2.5, "2.5"),
        (["conv1_1", "conv2_1"], "conv1_1 + conv2_1"),
        ({"conv1_1": 0.5, "conv2_1": 2.0}, "conv1_1 0.5, conv2_1 2"),
        ("adam", "adam"),
    ],
)
def test_how_values_are_printed(value, text):
    assert label(value) == text


def test_an_axis_that_cannot_be_is_refused():
    one_setting = "an axis names exactly one setting, for example {tv_weight: [0, 1, 10]}."
    assert problem(columns={"tv_weight": [1], "style_weight": [1]}) == f"sweep: columns: {one_setting}"
    assert problem(columns={}) == f"sweep: columns: {one_setting}"
    assert problem(columns={"tv_weight": []}) == "sweep: columns: an axis needs at least one value."
    twice = "an axis has the same value twice; name each once."
    assert problem(columns={"tv_weight": [1, 2, 1.0]}) == f"sweep: columns: {twice}"
    assert problem(columns={"tv_weight": [1]}, rows={"style": ["a", "a"]}) == f"sweep: rows: {twice}"
    assert problem(columns={"tv_weight": [1]}, rows={"tv_weight": [2]}) == (
        "sweep: columns and rows both name tv_weight; name another setting in one of them."
    )


def test_cells_inherit_from_base_and_base_from_defaults():
    room = StyleTransferRoom(
        defaults={"iterations": 7, "tv_weight": 3, "content_weight": 2},
        sweeps={
            "s": {
                "title": "t",
                "columns": {"content_weight": [5, 6]},
                "base": {"content": "a", "style": "b", "tv_weight": 4},
            }
        },
    )
    painted = [room.sweep_cell("s", cell) for cell in room.sweeps["s"].cells()]
    assert [(p.iterations, p.tv_weight, p.content_weight) for p in painted] == [(7, 4, 5), (7, 4, 6)]


def test_a_grid_says_what_its_cells_share_and_not_what_differs():
    room = StyleTransferRoom(
        defaults={"iterations": 7, "style_weight": 1e5},
        sweeps={
            "s": {
                "title": "Weights",
                "caption": "See.",
                "first": "style",
                "columns": {"content_weight": [5, 6]},
                "base": {"content": "a", "style": "b"},
            }
        },
    )
    settings = room.grid_settings("s")
    assert settings["columns"] == ["5", "6"]
    assert settings["rows"] is None
    assert settings["first_label"] == "the painting"
    assert settings["caption"] == "See. vgg19_slim, 512 px, 7 evaluations, lbfgs, β 100000, γ 100."
    columns = {"x": "evaluation", "y": "total", "y_label": "loss"}
    assert room.curve_settings("s") == {"labels": ["5", "6"], "title": "Weights", **columns}


def test_file_names_are_safe_and_no_two_labels_share_one():
    draw = random.Random(1)
    alphabet = "ab01._+-/ ,{}é\\:"
    labels = {"".join(draw.choices(alphabet, k=draw.randint(0, 8))) for _ in range(20000)}
    labels |= {"a" * length for length in range(1, 90)}
    labels |= {"a + b", "a+b", "a  +  b", "a b", "a-b", "a_b", "1e-05", "conv1_1 + conv2_1", "conv1_1+conv2_1"}
    # A label that looks like the name of another.
    labels |= {file_name_part(text) for text in list(labels)[:500]}
    seen = {}
    for text in labels:
        name = file_name_part(text)
        assert re.fullmatch(r"[A-Za-z0-9_.+-]{1,60}", name), (text, name)
        assert not name.startswith((".", "-")), (text, name)
        assert seen.setdefault(name, text) == text, (name, text, seen[name])
    assert file_name_part("0.001") == "0.001"
    assert file_name_part("1e-05") == "1e-05"


def test_seeds_are_stable_numbers_and_differ_by_name_and_seed():
    # Changing these repaints every picture.
    assert derive_seed(1) == 901994809
    assert derive_seed(1, "style_transfer", "pictures", "two") == 1112423861
    seeds = {derive_seed(seed, room, str(name)) for seed in range(5) for room in ("a", "b") for name in range(200)}
    assert len(seeds) == 2000
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_names_of_cells_are_those_that_snakemakes_paramspace_gives():
    import pandas as pd
    from snakemake.utils import Paramspace

    for columns, rows in (({"tv_weight": [0, 2e-05]}, None), ({"a": {"x y": 1, "z": 2}}, {"b_c": [True, None]})):
        cells = Sweep(title="t", columns=columns, rows=rows).cells()
        table = pd.DataFrame([{key: file_name_part(text) for key, text in cell.labels.items()} for cell in cells])
        assert [c.name for c in cells] == list(Paramspace(table, filename_params="*", param_sep="=").instance_patterns)


def test_cells_are_called_the_same_whatever_wrote_the_settings_down():
    """The page of results reads them as the workflow writes them, with 10000000 for 1e7."""
    asked = sweep(columns={"style_weight": [1e5, 1e7, 2.5e9]})
    written = ordered_json(asked.model_dump())
    assert "10000000," in written
    assert [cell.name for cell in sweep(**json.loads(written)).cells()] == [cell.name for cell in asked.cells()]
