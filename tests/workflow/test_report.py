"""Snakemake's report of a gallery in which all four methods made something."""

from __future__ import annotations

import html
import json
import re

import pytest
from helpers.checkout import Checkout


@pytest.fixture(scope="module")
def report(painted: Checkout) -> str:
    painted.run("snakemake", "--report", "report.html")
    file = painted.folder / "report.html"
    text = file.read_text(encoding="utf-8")
    file.unlink()
    return text


def variable(report: str, name: str) -> dict:
    """What the report's own script finds under a name."""
    return json.loads(re.search(rf"^ *var {name} = (\{{.*\}});?$", report, re.MULTILINE)[1])


def test_each_method_is_one_category_that_holds_all_it_made(report):
    assert variable(report, "categories") == {
        "Style transfer": {
            "Animations": ["results/style_transfer/animations/made.gif"],
            "Grids": ["results/style_transfer/grids/variation.png"],
            "Losses": ["results/style_transfer/curves/variation.png"],
            "Figures": ["results/style_transfer/plots/variation.png"],
        },
        "Deep Dream": {
            "Pictures": ["results/deep_dream/pictures/dreamed.png"],
            "Animations": ["results/deep_dream/animations/zoomed.gif"],
        },
        "Pix2Pix": {"Trainings": ["results/pix2pix/runs/houses.png", "results/pix2pix/runs/houses.progress.png"]},
        "CycleGAN": {"Trainings": ["results/cyclegan/runs/strokes.png", "results/cyclegan/runs/strokes.progress.png"]},
        "All results": {"Other": ["results/album.html"]},
    }


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "style_transfer/animations/made.gif",
            "animations/made: data/photographs/chelsea.png in the manner of data/paintings/ink_wash.png, from its",
        ),
        ("style_transfer/animations/made.gif", '"snapshot_every": 2'),
        (
            "style_transfer/grids/variation.png",
            "the sweep variation of style_transfer: from left to right tv_weight changes. All cells share: "
            "content: chelsea style: ink_wash",
        ),
        ("style_transfer/curves/variation.png", "one curve for each value of tv_weight."),
        ("style_transfer/plots/variation.png", "In params.yaml it is the sweep variation of style_transfer."),
        ("deep_dream/pictures/dreamed.png", "dreamed: what a network sees in data/photographs/coffee.png. The"),
        ("deep_dream/pictures/dreamed.png", '"layers": "conv2_1"'),
        ("deep_dream/animations/zoomed.gif", '"zoom_frames": 2'),
        ("pix2pix/runs/houses.progress.png", '"generator_width": 4'),
        ("pix2pix/runs/houses.png", "which the training never saw, as results/pix2pix/runs/houses.npz translates them"),
    ],
)
def test_a_caption_says_what_was_made_of_what_and_how(report, path, said):
    caption = variable(report, "results")[f"results/{path}"]["caption"]
    assert said in " ".join(html.unescape(re.sub(r"<[^>]+>", "", caption)).split())


def test_pictures_are_told_apart_by_what_went_in(report):
    results = variable(report, "results")
    assert results["results/style_transfer/animations/made.gif"]["labels"] == {
        "picture": "made",
        "photograph": "chelsea",
        "painting": "ink_wash",
    }
    assert results["results/pix2pix/runs/houses.png"]["labels"]["dataset"] == "synthetic_facades"
