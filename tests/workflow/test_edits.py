"""Which jobs an edit reruns: exactly those whose result can depend on it. The rest of the table: `pytest -m slow`."""

from __future__ import annotations

import os
import re
import time

import pytest
import yaml
from helpers.checkout import GALLERY, Checkout

from aiart.datasets.paintings import PAINTERS
from aiart.datasets.photographs import PHOTOGRAPHS

FIGURES = {"figures": 1, "page": 1}
SWEEP = {"grid": 1, "curves": 1, "scatter": 1, **FIGURES}
STYLIZE = {"stylize": 2, "animate": 1, **SWEEP}
DREAM = {"dream_picture": 1, "zoom": 1, **FIGURES}
JUDGE_ONE = {"evaluate": 1, **FIGURES}
TRAIN_ONE = {"train": 1, **JUDGE_ONE}
JUDGE = {"evaluate": 2, **FIGURES}
TRAIN = {"train": 2, **JUDGE}
DRAW_ONE = {"synthetic_dataset": 1, **TRAIN_ONE}
DRAW = {"synthetic_dataset": 2, **TRAIN}
PAINT = {"painting": len(PAINTERS), **STYLIZE}
UNPACK = {"photograph": len(PHOTOGRAPHS), **STYLIZE, **DREAM}
NETWORK = {**STYLIZE, **DREAM, **JUDGE}
# Of the two trainings, that of Pix2Pix has a loss over features.
NETWORK_AND_LOSS = {"train": 1, **NETWORK}
EVERYTHING = {**PAINT, **UNPACK, **DRAW}

slow = pytest.mark.slow


def rarely(*row) -> object:
    return pytest.param(*row, marks=slow)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        # What goes in.
        ("src/aiart/datasets/paintings/ink_wash.py", {"painting": 1, **STYLIZE}),
        ("src/aiart/datasets/paintings/pointillism.py", {"painting": 1}),
        rarely("src/aiart/datasets/paintings/__init__.py", PAINT),
        # Paintings and strokes are laid on one canvas.
        ("src/aiart/datasets/brush.py", {**PAINT, **DRAW_ONE}),
        ("src/aiart/datasets/strokes.py", DRAW_ONE),
        # Houses are drawn for both.
        ("src/aiart/datasets/facades/house.py", DRAW),
        # The pictures of one dataset are cut out of the photographs.
        ("src/aiart/datasets/photographs.py", {**UNPACK, **DRAW_ONE}),
        rarely("src/aiart/datasets/synthetic.py", DRAW),
        rarely("src/aiart/datasets/folders.py", DRAW),
        rarely("src/aiart/params/datasets.py", DRAW),
        ("src/aiart/datasets/catalogue.toml", {}),
        rarely("src/aiart/datasets/fetch.py", {}),
        # Pictures as such.
        ("src/aiart/images/write.py", EVERYTHING),
        ("src/aiart/images/colour.py", {**STYLIZE, **DREAM}),
        # Networks.
        ("src/aiart/networks/vgg.py", NETWORK_AND_LOSS),
        ("src/aiart/networks/vgg19_slim.npz", NETWORK_AND_LOSS),
        # Loaded by its name, and nothing here asks for it; what a row of the table says is in the params of a job.
        ("src/aiart/networks/inception.py", {}),
        ("src/aiart/params/feature_networks.py", {}),
        rarely("src/aiart/networks/registry.py", NETWORK_AND_LOSS),
        ("src/aiart/networks/normalization.py", TRAIN),
        ("src/aiart/networks/unet.py", TRAIN_ONE),
        rarely("src/aiart/networks/resnet.py", TRAIN_ONE),
        ("src/aiart/networks/distillation/distill.py", {}),
        # Style transfer and Deep Dream.
        ("src/aiart/style_transfer/losses.py", STYLIZE),
        rarely("src/aiart/style_transfer/objective.py", STYLIZE),
        rarely("src/aiart/style_transfer/statistics.py", STYLIZE),
        ("src/aiart/style_transfer/judging.py", STYLIZE),
        rarely("src/aiart/style_transfer/estimate.py", {}),
        ("src/aiart/deep_dream/objective.py", DREAM),
        ("src/aiart/deep_dream/zoom.py", {"zoom": 1, **FIGURES}),
        # Translation.
        ("src/aiart/translation/trainer.py", TRAIN),
        rarely("src/aiart/translation/losses.py", TRAIN),
        ("src/aiart/translation/cyclegan/learner.py", TRAIN_ONE),
        rarely("src/aiart/translation/pix2pix/learner.py", TRAIN_ONE),
        ("src/aiart/translation/cyclegan/judge.py", JUDGE_ONE),
        ("src/aiart/translation/pix2pix/judge.py", JUDGE_ONE),
        rarely("src/aiart/translation/metrics.py", JUDGE),
        rarely("src/aiart/translation/recorder.py", {}),
        # What is looked at.
        ("src/aiart/gallery/grid.py", {"grid": 1, **JUDGE}),
        ("src/aiart/gallery/curves.py", {"curves": 1, "scatter": 1, "figures": 1}),
        rarely("src/aiart/gallery/scatter.py", {"scatter": 1, "figures": 1}),
        ("src/aiart/gallery/animation.py", {"animate": 1, "zoom": 1, **FIGURES}),
        ("src/aiart/gallery/figures.py", FIGURES),
        ("src/aiart/page/sweeps.js", {"page": 1}),
        # Commands and settings.
        ("src/aiart/cli/stylize.py", STYLIZE),
        rarely("src/aiart/cli/train.py", TRAIN),
        # It sets seed, determinism and threads.
        ("src/aiart/cli/runtime.py", {**STYLIZE, **DREAM, **TRAIN}),
        rarely("src/aiart/cli/arguments.py", {}),
        ("src/aiart/params/style_transfer.py", STYLIZE),
        rarely("src/aiart/params/pix2pix.py", TRAIN_ONE),
        rarely("src/aiart/params/base.py", {}),
        rarely("src/aiart/errors.py", {}),
        # Beside the sources.
        ("workflow/envs/cpu.yaml", EVERYTHING),
        ("workflow/rules/translation.smk", {}),
        rarely("workflow/profiles/default/config.yaml", {}),
        rarely("docs/code.md", {}),
        rarely("tests/test_cli.py", {}),
    ],
)
def test_an_edited_file_reruns_the_jobs_that_use_it(painted: Checkout, path, expected):
    file = painted.folder / path
    before = file.read_bytes() if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    file.write_bytes((before or b"") + b"\n# edited\n")
    try:
        assert painted.planned() == expected
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_bytes(before)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # Another value paints one cell; its grid and its curves follow.
        ("[0, 2e-05]", "[0, 3e-05]", {"stylize": 1, **SWEEP}),
        rarely("[0, 2e-05]", "[0, 2e-05, 7]", {"stylize": 1, **SWEEP}),
        # The same cells in another order are only laid out again.
        ("[0, 2e-05]", "[2e-05, 0]", {**SWEEP}),
        ("Total variation", "TV", {**SWEEP}),
        ("iterations: 4", "iterations: 5", STYLIZE),
        # The same value, written in another way.
        ("long_side: 48", "long_side: 48.0", {}),
        rarely("style_weight: 1000", "style_weight: 1e3", {}),
        ("2e-05", "0.00002", {}),
        # Values that change places.
        ("decay_epochs: 1\n    samples: 2", "decay_epochs: 2\n    samples: 1", TRAIN_ONE),
        ("painting_side: 64", "painting_side: 65", PAINT),
        rarely("{train_pictures: 3", "{train_pictures: 4", DRAW),
        rarely("seed: 1", "seed: 2", {rule: n for rule, n in EVERYTHING.items() if rule != "photograph"}),
        ("chelsea", "coffee", STYLIZE),
        ("conv2_1}", "conv2_2}", {"dream_picture": 1, **FIGURES}),
        ("zoom_frames: 2", "zoom_frames: 3", {"zoom": 1, **FIGURES}),
        ("snapshot_every: 2", "snapshot_every: 1", {"animate": 1, **FIGURES}),
        rarely("blocks: 1", "blocks: 2", TRAIN_ONE),
        rarely("sample_pictures: 2", "sample_pictures: 1", TRAIN_ONE),
        ("{dataset: synthetic_facades}", "{dataset: synthetic_facades, title: Houses}", JUDGE_ONE),
    ],
)
def test_an_edited_value_reruns_what_depends_on_it(painted: Checkout, old, new, expected):
    painted.edit("params.yaml", old, new)
    try:
        assert painted.planned() == expected
    finally:
        (painted.folder / "params.yaml").write_text(GALLERY)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # The first row is that of the network that all of it uses.
        ('preprocessing="caffe"', 'preprocessing="tf"', NETWORK_AND_LOSS),
        ("least_side=75", "least_side=80", {}),
        ("painting_bytes=900", "painting_bytes=901", {}),
    ],
)
def test_an_edited_row_of_the_table_of_networks_reruns_what_uses_it(painted: Checkout, old, new, expected):
    path = "src/aiart/params/feature_networks.py"
    before = (painted.folder / path).read_text()
    (painted.folder / path).write_text(before.replace(old, new, 1))
    assert old in before
    try:
        assert painted.planned() == expected
    finally:
        (painted.folder / path).write_text(before)


def test_swapped_values_are_seen(painted: Checkout):
    text = GALLERY.replace("style_weight: 1000", "style_weight: 48").replace("long_side: 48", "long_side: 1000")
    (painted.folder / "params.yaml").write_text(text)
    try:
        assert painted.jobs()["stylize"] == 2
    finally:
        (painted.folder / "params.yaml").write_text(GALLERY)


def test_new_dates_alone_run_nothing(painted: Checkout):
    later = time.time() + 100
    for path in ("data/photographs/chelsea.png", "src/aiart/style_transfer/losses.py", "params.yaml"):
        os.utime(painted.folder / path, (later, later))
    assert painted.jobs() == {}


def test_a_picture_of_ones_own_is_used_by_its_name(painted: Checkout):
    own = painted.folder / "data/content/chelsea.png"
    own.write_bytes((painted.folder / "data/paintings/ink_wash.png").read_bytes())
    try:
        # The sweep's cells now take the file; the built-in photograph is no longer asked for.
        assert painted.planned() == STYLIZE
    finally:
        own.unlink()


@pytest.fixture
def inputs(painted: Checkout):
    """`inputs(*targets)`: what each job that `snakemake` can run for them reads, by its outputs."""
    rules = {file: file.read_text() for file in (painted.folder / "workflow/rules").glob("*.smk")}

    def read(*targets: str) -> dict[str, set[str]]:
        for file, text in rules.items():
            # Of a job that has a message Snakemake shows nothing else.
            file.write_text(re.sub(r"^    message:\n        .*\n", "", text, flags=re.MULTILINE))
        output = painted.run("snakemake", "--dry-run", "--forceall", *targets)
        jobs = re.findall(r"^ +input: (.*)\n +output: (.*)$", output, re.MULTILINE)
        return {outputs: set(names.split(", ")) for names, outputs in jobs}

    yield read
    for file, text in rules.items():
        file.write_text(text)


def test_the_network_that_judges_is_among_the_sources_of_a_judgement(painted: Checkout, inputs):
    weights = painted.folder / "inception.h5"
    weights.touch()
    painted.edit("params.yaml", "networks: {}", "networks: {inception_v3: inception.h5}")
    painted.edit("params.yaml", "pix2pix:\n", "pix2pix:\n  evaluation: {network: inception_v3}\n")
    try:
        judged = {
            method: next(read for made, read in inputs(method).items() if ".pictures.csv" in made)
            for method in ("pix2pix", "cyclegan")
        }
    finally:
        weights.unlink()
        (painted.folder / "params.yaml").write_text(GALLERY)
    inception, vgg = (f"src/aiart/networks/{name}.py" for name in ("inception", "vgg"))
    assert {"inception.h5", inception} <= judged["pix2pix"] and vgg not in judged["pix2pix"]
    assert vgg in judged["cyclegan"] and inception not in judged["cyclegan"]


def test_a_new_painter_is_one_file_and_repaints_nothing(painted: Checkout):
    file = painted.folder / "src/aiart/datasets/paintings/plain.py"
    file.write_text("def plain(height, width, rng):\n    return rng.uniform(0, 255, (height, width, 3))\n")
    try:
        assert painted.planned() == {"painting": 1}
        painted.run("src/aiart/bin/aiart", "picture", "painting", "plain", "-o", "plain.png", "--side", "64")
    finally:
        file.unlink()
        (painted.folder / "plain.png").unlink(missing_ok=True)


@pytest.mark.parametrize("stage", ["data", "train", "paint"])
def test_a_stage_of_dvc_depends_on_all_that_its_jobs_read(painted: Checkout, inputs, stage):
    described = yaml.safe_load((painted.folder / "dvc.yaml").read_text())["stages"][stage]
    covered = (*described["deps"], *(path for out in described["outs"] for path in out))
    read = set().union(*inputs(*described["cmd"].partition("stage.py ")[2].split()).values())
    assert sum(path.startswith("src/aiart/") for path in read) > 30
    assert sorted(path for path in read if not path.startswith(covered)) == []
