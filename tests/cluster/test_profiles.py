"""The profiles, by dry runs: what they say is what Snakemake does."""

from __future__ import annotations

import re

import pytest
import yaml
from helpers.checkout import ROOT, Checkout, copy_checkout
from helpers.needs import need_plugin
from helpers.versions import metadata

PROFILES = ROOT / "workflow/profiles"


@pytest.fixture(scope="module")
def planned(tmp_path_factory) -> Checkout:
    """A checkout in which nothing has been made."""
    return copy_checkout(tmp_path_factory.mktemp("planned"))


@pytest.mark.slow
@pytest.mark.parametrize("profile", [path.name for path in sorted(PROFILES.iterdir()) if path.name != "default"])
def test_a_profile_loads_on_top_of_the_default_one(planned, profile):
    settings = yaml.safe_load((PROFILES / profile / "config.yaml").read_text(encoding="utf-8"))
    if executor := settings.get("executor"):
        need_plugin(executor.replace("-", "_"))
    output = planned.run("snakemake", "--dry-run", "--profile", f"workflow/profiles/{profile}")
    assert f"workflow/profiles/{profile} and workflow specific profile profiles/default" in output
    assert re.search(r"^stylize\s+2$", output, re.MULTILINE)
    # Snakemake ignores what a profile adds to a key of the default one, so none may try.
    default = yaml.safe_load((PROFILES / "default/config.yaml").read_text(encoding="utf-8"))
    assert not settings.keys() & default.keys()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--profile", "workflow/profiles/gpu"], "1"),
        (["--profile", "workflow/profiles/gpu", "--resources", "gpu=0"], "0"),
        (["--profile", "workflow/profiles/cpu"], "0"),
    ],
)
def test_gpu_0_is_the_switch_to_the_cpu(planned, options, expected):
    output = planned.run("snakemake", "--dry-run", "--printshellcmds", *options)
    assert re.findall(r"aiart stylize .* --gpus (\d+)", output) == [expected, expected]


def test_the_cpu_profile_names_every_rule_that_asks_for_a_gpu():
    rules = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow/rules").glob("*.smk"))
    asking = [
        name for name, text in re.findall(r"^rule (\w+):\n((?:[ ].*\n|\n)*)", rules, re.MULTILINE) if " gpu=" in text
    ]
    asking += [
        rule for base, rule in re.findall(r"^use rule (\w+) as (\w+) with:", rules, re.MULTILINE) if base in asking
    ]
    named = yaml.safe_load((PROFILES / "cpu/config.yaml").read_text(encoding="utf-8"))["set-resources"]
    assert asking
    assert named == {rule: {"gpu": 0} for rule in asking}


@pytest.mark.slow
def test_the_gpu_profile_lets_one_training_at_a_time_on_the_gpu_and_a_picture_beside_it(tmp_path):
    checkout = copy_checkout(tmp_path)
    run = "    houses: {dataset: synthetic_facades}\n"
    checkout.edit("params.yaml", run, run + run.replace("houses", "more_houses"))
    checkout.snakemake("--profile", "workflow/profiles/gpu", "--cores", "4")
    jobs: dict[tuple, list] = {}
    for record in metadata(checkout.folder):
        jobs.setdefault((record["rule"], *record["log"]), []).append((record["starttime"], record["endtime"]))
    times = {job: (min(begun for begun, _ in found), max(ended for _, ended in found)) for job, found in jobs.items()}
    first, second = sorted(time for job, time in times.items() if job[0] == "train")
    pictures = [time for job, time in times.items() if job[0] == "stylize"]
    # The first ends before the second begins, although there are cores for both.
    assert first[1] <= second[0] + 0.1, times
    assert any(begun < first[1] and first[0] < ended for begun, ended in pictures), times
