"""Linux takes no command of more than 128 kB from a shell, however many pictures it is about."""

from __future__ import annotations

import re

import pytest
from helpers.checkout import TINY_PARAMS, Checkout, copy_checkout


def arguments_of(checkout: Checkout, command: str) -> list[str]:
    """The arguments in the file that a command names."""
    (path,) = re.findall(r"@(\S+)", command)
    return (checkout.folder / path).read_text(encoding="utf-8").split("\n")


def test_commands_about_all_results_name_a_file_that_lists_them(painted: Checkout):
    output = painted.run("snakemake", "-n", "-p", "--cores", "1", "--forcerun", "figures", "page", "grid", "curves")
    commands = {command.split()[1]: command for command in re.findall(r"aiart (?:grid|curves|figures) .*", output)}
    cells = [f"results/style_transfer/sweeps/variation/tv_weight={value}" for value in ("0", "2e-05")]
    assert set(commands) == {"grid", "curves", "figures"}
    assert arguments_of(painted, commands["grid"])[:5] == [
        *(f"{cell}.png" for cell in cells),
        "--metrics",
        *(f"{cell}.json" for cell in cells),
    ]
    assert arguments_of(painted, commands["curves"])[:2] == [f"{cell}.csv" for cell in cells]
    listed = arguments_of(painted, commands["figures"])
    assert {"--histories", "--pictures", *(f"{cell}.json" for cell in cells)} <= set(listed)


@pytest.mark.slow
def test_three_thousand_cells_fit_on_every_command_line(tmp_path):
    values = ", ".join(map(str, range(1, 1001)))
    sweep = TINY_PARAMS.split("  sweeps:\n")[1].replace("[0, 2e-05]", f"[{values}]")
    params = TINY_PARAMS.split("  sweeps:\n")[0] + "  sweeps:\n"
    params += "".join(sweep.replace("variation:", f"variation{i}:", 1) for i in range(3))
    checkout = copy_checkout(tmp_path, params)
    targets = ["style_transfer", "results/figures/figures.csv", "results/index.html"]
    output = checkout.run("snakemake", "-n", "-p", "--cores", "1", *targets)
    assert max(map(len, output.splitlines())) > 200_000  # the inputs that Snakemake prints
    commands = re.findall(r"\baiart (?:stylize|grid|curves|figures|page) .*", output)
    assert len(commands) >= 3_000 + 3 + 3 + 2
    assert max(map(len, commands)) < 4_000
    (figures,) = [command for command in commands if "aiart figures" in command]
    assert len([word for word in arguments_of(checkout, figures) if re.search(r"/sweeps/.*\.json$", word)]) == 3_000
