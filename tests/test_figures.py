"""The files that `dvc metrics` and `dvc plots` read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aiart.cli import main
from aiart.cli.figures import FigureSettings
from aiart.errors import UserError
from aiart.gallery.figures import gather_figures

FACTS = FigureSettings().model_dump()


def write(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


def measured(figures: dict) -> str:
    return json.dumps({"measured": figures, "settings": {"long_side": 48}, "made_with": {"seed": 1}})


@pytest.fixture
def results(tmp_path) -> dict:
    """A painted cell, a silent dream, and a training of each method."""
    folder = tmp_path / "results"
    cell = folder / "style_transfer/sweeps/weights/tv_weight=0.5"
    metrics = [
        write(cell.with_name(f"{cell.name}.json"), measured({"best_total": 2.5, "evaluations": 4})),
        write(folder / "deep_dream/pictures/cat.json", measured({"activation_gain": None, "octaves": 1})),
        write(
            folder / "pix2pix/runs/houses.json",
            measured({"l1": 40.25, "kid": None, "pictures": 2, "source": {"l1": 99.5}, "features": {"side": 32}}),
        ),
        write(
            folder / "cyclegan/runs/strokes.json",
            measured({"a_to_b": {"kid": -0.5, "n": 3}, "b_to_a": {"kid": 1.5, "untranslated": {"kid": 9.0}}}),
        ),
    ]
    histories = [
        write(cell.with_name(f"{cell.name}.csv"), "level,evaluation,total,tv\n0,1,5.5,0.0\n0,2,2.5,0.0\n"),
        write(
            folder / "pix2pix/runs/houses.csv",
            "step,epoch,generator,generator_rate,validation\n50,1,3.5,0.0002,\n60,2,1.25,0.0001,0.75\n",
        ),
    ]
    pictures = [write(folder / "pix2pix/runs/houses.png", "not really a picture")]
    return {"results": folder, "metrics": metrics, "histories": histories, "pictures": pictures}


def test_every_kind_has_a_folder_and_all_tables_of_a_kind_the_same_columns(results, tmp_path):
    made = tmp_path / "results/figures"
    write(made / "losses/pix2pix/runs/gone/generator.csv", "of an earlier call")
    gather_figures(made, **results, **FACTS)
    files = {str(p.relative_to(made)): p.read_text() for p in made.rglob("*") if p.is_file()}
    metrics = {name: json.loads(files.pop(name)) for name in sorted(files) if name.startswith("metrics/")}
    assert metrics == {
        "metrics/cyclegan/runs/strokes.json": {"a_to_b.kid": -0.5, "b_to_a.kid": 1.5},
        "metrics/deep_dream/pictures/cat.json": {},
        "metrics/pix2pix/runs/houses.json": {"l1": 40.25},
        "metrics/style_transfer/sweeps/weights/tv_weight=0.5.json": {"best_total": 2.5},
    }
    assert files == {
        "losses/style_transfer/sweeps/weights/tv_weight=0.5/total.csv": "step,value\n1,5.5\n2,2.5\n",
        "losses/pix2pix/runs/houses/generator.csv": "step,value\n50,3.5\n60,1.25\n",
        "losses/pix2pix/runs/houses/validation.csv": "step,value\n60,0.75\n",
        "tables/style_transfer/sweeps/weights best_total.csv": "item,value\ntv_weight=0.5,2.5\n",
        "tables/pix2pix/runs l1.csv": "item,value\nhouses,40.25\n",
        "tables/cyclegan/runs a_to_b.kid.csv": "item,value\nstrokes,-0.5\n",
        "tables/cyclegan/runs b_to_a.kid.csv": "item,value\nstrokes,1.5\n",
        "pictures/pix2pix/runs/houses.png": "not really a picture",
        "figures.csv": "result,figure,value\nstyle_transfer/sweeps/weights/tv_weight=0.5,best_total,2.5\n"
        "pix2pix/runs/houses,l1,40.25\ncyclegan/runs/strokes,a_to_b.kid,-0.5\ncyclegan/runs/strokes,b_to_a.kid,1.5\n",
    }


def test_the_figures_of_every_judge_are_compared(tmp_path):
    judged = {"kid": 0.5, "kid_googlenet_slim": 0.25, "features_googlenet_slim": {"side": 64}}
    paths = [
        write(tmp_path / "results/cyclegan/runs/strokes.json", measured({"a_to_b": judged, "b_to_a": judged})),
        write(tmp_path / "results/pix2pix/runs/houses.json", measured({"l1": 40.25, **judged})),
    ]
    gather_figures(tmp_path / "f", tmp_path / "results", paths, [], [], **FACTS)
    assert json.loads((tmp_path / "f/metrics/pix2pix/runs/houses.json").read_text()) == {
        "l1": 40.25,
        "kid": 0.5,
        "kid_googlenet_slim": 0.25,
    }
    for way in ("a_to_b", "b_to_a"):
        for name, value in (("kid", 0.5), ("kid_googlenet_slim", 0.25)):
            table = tmp_path / f"f/tables/cyclegan/runs {way}.{name}.csv"
            assert table.read_text() == f"item,value\nstrokes,{value}\n"


def test_the_effectiveness_of_each_layer_of_a_painting_is_compared_and_not_that_of_its_photograph(tmp_path):
    figures = {"effectiveness": -1.5, "layers": {"conv1_1": -1.0, "conv1_googlenet_slim": -2.0}}
    path = tmp_path / "results/style_transfer/pictures/cat.json"
    write(path, measured({**figures, "photograph": {"effectiveness": -4.0}}))
    kinds = {"histories": [], "pictures": []}
    gather_figures(tmp_path / "figures", tmp_path / "results", [path], **kinds, **FACTS)
    assert json.loads((tmp_path / "figures/metrics/style_transfer/pictures/cat.json").read_text()) == {
        "effectiveness": -1.5,
        "layers.conv1_1": -1.0,
        "layers.conv1_googlenet_slim": -2.0,
    }


def test_a_file_that_is_missing_or_no_metrics_is_named(results, tmp_path, capsys):
    with pytest.raises(UserError, match=r"absent\.json: cannot be read as metrics"):
        gather_figures(
            tmp_path / "f", results["results"], [str(results["results"] / "pix2pix" / "absent.json")], [], [], **FACTS
        )
    with pytest.raises(UserError, match=r"houses\.png: cannot be read as metrics"):
        gather_figures(tmp_path / "f", results["results"], results["pictures"], [], [], **FACTS)
    with pytest.raises(UserError, match="lies in no folder of a room; those are style_transfer, deep_dream, pix2pix, "):
        stray = write(tmp_path / "results/elsewhere/a.json", "{}")
        gather_figures(tmp_path / "f", results["results"], [stray], [], [], **FACTS)
    command = ["figures", "--results", str(results["results"]), "--metrics", *results["metrics"]]
    with pytest.raises(SystemExit) as exit_code:
        main([*command, "--pictures", str(results["results"] / "gone.png"), "-o", str(tmp_path / "f")])
    assert exit_code.value.code == 1
    assert "gone.png: No such file or directory; make it first" in capsys.readouterr().err
    assert not (tmp_path / "f/figures.csv").exists()


def test_what_an_earlier_call_gathered_stays_until_all_of_the_new_is_there(results, tmp_path):
    made = tmp_path / "results/figures"
    gather_figures(made, **results, **FACTS)
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    damaged = {**results, "metrics": [*results["metrics"][:1], write(tmp_path / "results/pix2pix/runs/bad.json", "[")]}
    with pytest.raises(UserError, match=r"bad\.json"):
        gather_figures(made, **damaged, **FACTS)
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before
    assert [path.name for path in made.parent.iterdir() if path.name.startswith(".")] == []


def test_folders_of_somebody_elses_stay(results, tmp_path):
    for kind in ("pictures", "metrics"):
        mine = tmp_path / "mine" / kind / "holiday.jpg"
        write(mine, "a memory")
        with pytest.raises(UserError, match=rf"{kind}/holiday\.jpg: is not of an earlier call and would be deleted; "):
            gather_figures(tmp_path / "mine", **results, **FACTS)
        assert mine.read_text() == "a memory"
        mine.unlink()


def test_the_folder_can_be_the_one_that_one_is_in(results, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    gather_figures(".", **results, **FACTS)
    assert sorted(path.name for path in Path().iterdir()) == ["figures.csv", "losses", "metrics", "pictures", "tables"]
