"""What params.yaml names is looked for when it is read."""

import pytest

from aiart.datasets.inputs import check_inputs, content_file, either_file, style_file
from aiart.datasets.places import FORMER, OWN
from aiart.errors import UserError
from aiart.params import checked
from aiart.params.merge import load_params
from aiart.params.root import Params


@pytest.fixture(autouse=True)
def checkout(tmp_path, monkeypatch):
    """An empty checkout."""
    monkeypatch.chdir(tmp_path)
    for folder in ("content", "style"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    return tmp_path


def painting(**settings):
    return {"style_transfer": {"pictures": {"one": {"content": "chelsea", "style": "ink_wash", **settings}}}}


def test_a_picture_is_ones_own_or_built_in_or_downloaded(checkout):
    assert content_file("chelsea") == "data/photographs/chelsea.png"
    assert style_file("ink_wash") == "data/paintings/ink_wash.png"
    assert style_file("starry_night").startswith("data/downloads/starry_night.")
    for name in ("chelsea.JPG", "mine.png"):
        (checkout / "data/content" / name).touch()
    assert content_file("chelsea") == "data/content/chelsea.JPG"
    assert either_file("mine") == "data/content/mine.png"
    assert either_file("ink_wash") == "data/paintings/ink_wash.png"
    assert either_file("coffee") == "data/photographs/coffee.png"
    (checkout / "data/style/coffee.png").touch()
    assert either_file("coffee") == "data/style/coffee.png"
    (checkout / "data/content/mine.txt").touch()
    assert content_file("mine") == "data/content/mine.png"
    (checkout / "data/content/mine.old.png").touch()
    assert content_file("mine") == "data/content/mine.png"
    (checkout / "data/style/ink_wash.backup.png").touch()
    assert style_file("ink_wash") == "data/paintings/ink_wash.png"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            painting(content="nobody"),
            "style_transfer.pictures.one: asks for the picture nobody: put nobody.jpg or nobody.png into data/content",
        ),
        (
            painting(style=["ink_wash", "chelsea"]),
            "style_transfer.pictures.one: asks for the picture chelsea: put chelsea.jpg or chelsea.png into data/style",
        ),
        (
            {"deep_dream": {"animations": {"film": {"picture": "chelsea", "guide": "nobody", "zoom_frames": 2}}}},
            "deep_dream.animations.film: asks for the picture nobody: put nobody.jpg or nobody.png into data/style",
        ),
        (
            {"deep_dream": {"sweeps": {"s": {"title": "t", "columns": {"picture": ["chelsea", "nobody"]}}}}},
            "deep_dream.sweeps.s: asks for the picture nobody: put nobody.jpg or nobody.png into data/content",
        ),
        (
            {"pix2pix": {"runs": {"r": {"dataset": "gone"}}}},
            f"pix2pix.runs.r: asks for the dataset gone: put its pictures into {OWN}/gone, or ",
        ),
        (
            {"cyclegan": {"sweeps": {"s": {"title": "t", "columns": {"dataset": ["gone"]}}}}},
            f"cyclegan.sweeps.s: asks for the dataset gone: put its pictures into {OWN}/gone, or ",
        ),
        (
            {"cyclegan": {"runs": {"r": {"dataset": "synthetic_facades"}}}},
            "cyclegan.runs.r: asks for the dataset synthetic_facades, which is paired; choose one that is unpaired.",
        ),
        (
            {"networks": {"vgg19": "no/weights.h5"}},
            "networks.vgg19: no/weights.h5: no such file; put it there, or name another.",
        ),
        (
            {"distill": {"teachers": [{"weights": "no.npz"}]}},
            "distill: no.npz: no such file; put it there, or name another.",
        ),
        (
            {"distill": {"teachers": [{"network": "saved"}]}},
            "distill: saved: no such folder; put it there, or name another.",
        ),
        ({"distill": {"held_out": ["gone"]}}, "distill: gone: no such folder; put it there, or name another."),
        ({"distill": {"start": "no.npz"}}, "distill: no.npz: no such file; put it there, or name another."),
    ],
)
def test_what_is_missing_is_said_with_where_it_is_named(values, message):
    with pytest.raises(UserError) as caught:
        check_inputs(checked(Params, values, "params.yaml"))
    assert str(caught.value).startswith(f"params.yaml: {message}")
    assert str(caught.value).endswith(".")


def test_what_is_there_is_no_mistake(checkout, root):
    (checkout / OWN / "mine" / "train").mkdir(parents=True)
    (checkout / OWN / "mine" / "train" / "1.png").touch()
    (checkout / "own.h5").touch()
    values = {
        "pix2pix": {"runs": {"r": {"dataset": "mine"}}},
        "networks": {"vgg19": "own.h5"},
        "distill": {"start": "own.h5", "held_out": ["data/content"], "teachers": [{"weights": "own.h5"}]},
        **painting(),
    }
    check_inputs(checked(Params, values, "params.yaml"))
    check_inputs(Params())
    check_inputs(load_params(root / "params.yaml"))


def test_two_files_of_one_name_and_a_link_to_nothing_are_named(checkout):
    (checkout / "data/content/cat.png").symlink_to("nowhere.png")
    with pytest.raises(UserError) as caught:
        check_inputs(checked(Params, painting(content="cat"), "params.yaml"))
    assert str(caught.value) == (
        "params.yaml: style_transfer.pictures.one: data/content/cat.png: is a link to nowhere.png, where nothing is; "
        "set it right or take it out."
    )
    (checkout / "data/content/cat.jpg").touch()
    with pytest.raises(UserError) as caught:
        check_inputs(checked(Params, painting(content="cat"), "params.yaml"))
    assert str(caught.value) == (
        "params.yaml: style_transfer.pictures.one: data/content/cat.jpg and data/content/cat.png are both the picture "
        "cat; rename one of them."
    )


def test_a_dataset_in_its_former_place_is_to_be_moved_and_an_empty_one_to_be_filled(checkout):
    params = checked(Params, {"pix2pix": {"runs": {"r": {"dataset": "mine"}}}}, "params.yaml")
    (checkout / FORMER / "mine").mkdir(parents=True)
    with pytest.raises(UserError) as caught:
        check_inputs(params)
    assert str(caught.value).endswith("move it out by `mv data/datasets/mine data/own/datasets/`.")
    (checkout / OWN / "mine").mkdir(parents=True)
    with pytest.raises(UserError) as caught:
        check_inputs(params)
    assert str(caught.value).startswith("params.yaml: pix2pix.runs.r: data/own/datasets/mine: holds no pictures; put ")


def test_what_an_experiment_apart_lacks_is_to_be_recorded_first(checkout, monkeypatch):
    apart = checkout / ".dvc/tmp/exps/standalone/tmp1"
    apart.mkdir(parents=True)
    monkeypatch.chdir(apart)
    params = checked(Params, {"pix2pix": {"runs": {"r": {"dataset": "mine"}}}}, "params.yaml")
    with pytest.raises(UserError, match=r"own/datasets/mine.* in your checkout first run `dvc add`"):
        check_inputs(params)
