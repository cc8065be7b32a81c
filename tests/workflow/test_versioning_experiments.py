"""`dvc exp`: in the workspace, in a folder of its own, and queued. Run with `pytest -m slow`."""

from __future__ import annotations

import json
import time

import pytest
from helpers.checkout import Checkout, jobs_in
from helpers.versions import clean, clone

pytestmark = pytest.mark.slow

DREAM = "results/deep_dream/pictures/dreamed"
ONE_DREAM = {"dream_picture": 1, "figures": 1, "page": 1}


@pytest.fixture(scope="module")
def there(repository, tmp_path_factory) -> Checkout:
    """A pulled clone. Tests go on from each other."""
    return clone(repository.checkout, tmp_path_factory.mktemp("experiments") / "clone")


def step_size(checkout: Checkout) -> float:
    """What the dream in the workspace was made with, by its own account."""
    return json.loads((checkout.folder / f"{DREAM}.json").read_text())["settings"]["step_size"]


def test_an_experiment_runs_the_jobs_that_depend_on_its_values(there):
    # DVC writes this number so that Snakemake's own reader would take it for text.
    output = there.run("dvc", "exp", "run", "--name", "small", "-S", "deep_dream.defaults.step_size=0.00002")
    assert jobs_in(output) == ONE_DREAM
    assert "step_size: 2e-05" in (there.folder / "params.yaml").read_text()
    assert step_size(there) == 2e-05
    assert clean(there)


def test_going_back_and_running_the_same_again_gives_the_same(there):
    picture = there.folder / f"{DREAM}.png"
    small = picture.read_bytes()
    there.run("git", "checkout", "-q", ".")
    there.run("dvc", "checkout")
    assert step_size(there) == 2 and picture.read_bytes() != small
    assert clean(there)
    # Nothing is restored from DVC's run cache, which knows nothing of Snakemake's records.
    there.edit("params.yaml", "step_size: 2", "step_size: 2e-05")
    assert jobs_in(there.run("dvc", "repro")) == ONE_DREAM
    assert picture.read_bytes() == small
    assert not (there.folder / ".dvc/cache/runs").exists()
    assert clean(there)
    there.run("git", "checkout", "-q", ".")
    there.run("dvc", "checkout")


def test_experiments_elsewhere_leave_the_workspace_alone_and_can_be_applied(there):
    there.run("dvc", "exp", "run", "--queue", "--name", "queued", "-S", "deep_dream.defaults.step_size=4")
    there.run("dvc", "queue", "start")
    output = there.run("dvc", "exp", "run", "--temp", "--name", "apart", "-S", "deep_dream.defaults.step_size=3")
    assert jobs_in(output) == ONE_DREAM
    end = time.monotonic() + 120
    while "Success" not in (status := there.run("dvc", "queue", "status")):
        assert time.monotonic() < end and "Failed" not in status, there.run("dvc", "queue", "logs", "queued")
        time.sleep(1)
    assert jobs_in(there.run("dvc", "queue", "logs", "queued")) == ONE_DREAM
    assert there.run("git", "status", "--porcelain") == ""
    assert step_size(there) == 2
    assert clean(there)

    sizes = {}
    for name in ("apart", "queued", "small"):
        there.run("dvc", "exp", "apply", name)
        sizes[name] = step_size(there)
        assert clean(there)
    assert sizes == {"apart": 3, "queued": 4, "small": 2e-05}
    table = there.run("dvc", "exp", "show", "--csv", "--only-changed")
    assert "activation_gain" in table and "step_size" in table
