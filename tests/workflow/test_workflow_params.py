"""What is wrong with params.yaml is said in our one sentence, before Snakemake's own reader sees it."""

from __future__ import annotations

import re

import pytest
from helpers.checkout import TINY_PARAMS, Checkout, copy_checkout, jobs_in

BOMB = "".join(f"    k{i}: &k{i} [*k{i - 1}, *k{i - 1}]\n" for i in range(1, 40))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Checkout:
    return copy_checkout(tmp_path_factory.mktemp("params"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"style_transfer:\n  defaults:\n    k0: &k0 [1, 1]\n{BOMB}",
            "params.yaml: is not valid YAML at line 15 (more than 20,000 values, with aliases); mend that line.",
        ),
        ("seed: &a [*a]\n", "params.yaml: is not valid YAML at line 1 (the alias 'a' holds itself); mend that line."),
        (
            "seed: !!int abc\n",
            "params.yaml: is not valid YAML at line 1 ('abc' cannot be read as int); mend that line.",
        ),
        ("0\n", "params.yaml: holds int, not a mapping of settings; see params.yaml."),
    ],
)
def test_a_bad_params_file_ends_snakemake_with_one_sentence(checkout: Checkout, text, message):
    (checkout.folder / "params.yaml").write_text(text)
    output = checkout.run("snakemake", "-n", "pix2pix", check=False)
    assert message in output.splitlines()
    assert "Traceback" not in output
    assert "Error" not in output.replace("WorkflowError in file", "")


def test_what_only_yaml_1_2_reads_is_no_mistake(checkout: Checkout):
    """PyYAML, which Snakemake reads by, stops at a date that is none."""
    params = TINY_PARAMS.replace("title: Total variation", "title: 2001-13-45")
    (checkout.folder / "params.yaml").write_text(params)
    assert checkout.jobs("style_transfer")["stylize"] == 2


def test_a_palette_is_an_input_of_the_cells_that_use_it(checkout: Checkout):
    swept = TINY_PARAMS.replace("{tv_weight: [0, 2e-05]}", "{preserve_colours: [none, palette]}")
    (checkout.folder / "params.yaml").write_text(swept.replace("style: ink_wash}", "style: ink_wash, palette: coffee}"))
    output = checkout.run("snakemake", "-n", "-p", "style_transfer")
    commands = [line for line in output.splitlines() if line.startswith("Shell command: aiart stylize ")]
    coloured = [line for line in commands if "--palette data/photographs/coffee.png" in line]
    assert (len(commands), len(coloured)) == (2, 1)
    assert "preserve_colours=palette.png" in coloured[0]
    # It is made before, as the photograph that is painted is.
    assert jobs_in("Job stats:".join(output.split("Job stats:")[:2]))["photograph"] == 2


def test_a_bad_preset_and_a_bad_value_end_snakemake_with_one_sentence(checkout: Checkout):
    (checkout.folder / "params.yaml").write_text(TINY_PARAMS)
    (checkout.folder / "preset.yaml").write_text(f"style_transfer:\n  defaults:\n    k0: &k0 [1, 1]\n{BOMB}")
    output = checkout.run("snakemake", "-n", "--configfile", "preset.yaml", check=False)
    assert re.search(r"^preset.yaml: is not valid YAML at line 15 \(more than 20,000 values, .*line\.$", output, re.M)
    output = checkout.run("snakemake", "-n", "--config", f"seed={'x' * 5000}", check=False)
    assert "params.yaml: seed is 'xxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxx', but: " in output


def test_what_params_yaml_names_is_looked_for_whatever_the_target(checkout: Checkout):
    (checkout.folder / "params.yaml").write_text(TINY_PARAMS.replace("dataset: synthetic_facades", "dataset: gone"))
    # Snakemake alone would say that there is nothing to be done.
    for name in ("pix2pix/runs/houses.npz", "pix2pix/runs/houses.png"):
        path = checkout.folder / "results" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for target in ("pix2pix", "data", "results/pix2pix/runs/houses.npz"):
        output = checkout.run("snakemake", "-n", target, check=False)
        assert re.search(r"^params.yaml: pix2pix.runs.houses: asks for the dataset gone: put its .*\.$", output, re.M)
        assert "Nothing to be done" not in output
