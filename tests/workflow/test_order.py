"""Which jobs are begun first, with a stand-in for `aiart` that notes what it is asked for and writes empty results."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.checkout import ALL_METHODS, copy_checkout

from aiart.params.root import ROOMS

STAND_IN = """\
#!/bin/sh
echo "$*" >> asked.txt
for word in "$@"; do
  case "$option" in
    -o|--history|--table|--timings|--grid|--strip|--strip-inputs|--progress|--time-output) is_result=yes ;;
    --metrics) [ "$1" = stylize ] || [ "$1" = dream ] && is_result=yes ;;
    --manifest) [ "$1" = dataset ] && is_result=yes ;;
  esac
  if [ "$1" = dataset ] && [ "$option" = -o ]; then is_result=; fi
  if [ -n "$is_result" ]; then mkdir -p "$(dirname "$word")"; : > "$word"; fi
  is_result= option=$word
done
"""
WITH_A_PICTURE = ALL_METHODS + "  pictures:\n    blended: {content: rocket, style: [starry_flow, ink_wash]}\n"


def asked(folder: Path, params: str) -> list[str]:
    """What Snakemake on one core asks `aiart` for, in order: the command and what comes out."""
    checkout = copy_checkout(folder, params)
    (folder / "src/aiart/bin/aiart").write_text(STAND_IN)
    checkout.run("snakemake", "--cores", "1", "data", *ROOMS)
    commands = [line.split() for line in (folder / "asked.txt").read_text().splitlines()]
    return [f"{words[0]} {words[words.index('-o') + 1]}" for words in commands]


@pytest.fixture(scope="module")
def order(tmp_path_factory) -> list[str]:
    return asked(tmp_path_factory.mktemp("order"), WITH_A_PICTURE)


def test_one_picture_is_made_before_all_else(order):
    first = order.index("stylize results/style_transfer/pictures/blended.png")
    assert set(order[:first]) == {
        "picture data/photographs/rocket.png",
        "picture data/paintings/starry_flow.png",
        "picture data/paintings/ink_wash.png",
    }


def test_then_the_long_jobs_are_begun_before_the_short_ones(order):
    # After the first picture.
    assert [line.split()[0] for line in order[4:10]] == ["dataset", "dataset", "train", "train", "evaluate", "evaluate"]


def test_without_single_pictures_the_first_cell_of_a_sweep_comes_first(tmp_path):
    order = asked(tmp_path, ALL_METHODS.replace("dreamed: {picture: coffee, layers: conv2_1}", "{}"))
    assert order[2] == "stylize results/style_transfer/sweeps/variation/tv_weight=0.png"
