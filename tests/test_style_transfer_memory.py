"""What a painting is said to take is what it took where it was measured, and a little more."""

from types import SimpleNamespace

import pytest

from aiart import memory
from aiart.params.merge import load_params
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.memory import LBFGS_PAIRS, lbfgs_pairs, least_painting_mb, painting_mb

# Peak of the process in MiB on one thread: square pictures, 26 evaluations (L-BFGS keeps 20 pairs) or 6.
MEASURED = {
    ("vgg19_slim", "adam", 512): 883,
    ("vgg19_slim", "adam", 768): 1134,
    ("vgg19_slim", "adam", 1024): 1432,
    ("vgg19_slim", "lbfgs", 512): 1045,
    ("vgg19_slim", "lbfgs", 1024): 2258,
    ("vgg19", "adam", 512): 1268,
    ("vgg19", "adam", 768): 2167,
}


@pytest.mark.parametrize(("network", "optimizer", "side"), MEASURED)
def test_memory_that_is_reserved_suffices(network, optimizer, side):
    used = MEASURED[network, optimizer, side] * 2**20 / 10**6
    said = painting_mb(StyleTransfer(network=network, optimizer=optimizer), side**2)
    assert used < said < (1.35 if network == "vgg19_slim" else 1.6) * used


@pytest.mark.parametrize(("statistic", "used"), [("moments", 900), ("sliced_wasserstein", 982)])
def test_so_does_that_of_other_statistics(statistic, used):
    layers = ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]
    settings = StyleTransfer(optimizer="adam", style_layers=layers, style_statistic=statistic)
    assert used < painting_mb(settings, 512**2) * 10**6 / 2**20 < 1.35 * used


def test_lbfgs_remembers_fewer_pairs_only_where_memory_is_short(monkeypatch):
    settings, pixels = StyleTransfer(), 4000**2

    def pairs(free_mb):
        monkeypatch.setattr(memory, "free_memory", lambda: (free_mb * 10**6 - memory.in_use(), 10**12))
        return lbfgs_pairs(settings, pixels)

    assert pairs(painting_mb(settings, pixels) + 100) == LBFGS_PAIRS[-1]
    assert pairs(painting_mb(settings, pixels, 10) + 100) == 10
    assert pairs(least_painting_mb(settings, pixels) + 100) == LBFGS_PAIRS[0]
    assert pairs(10) == LBFGS_PAIRS[0]


def test_the_workflow_reserves_it(root):
    params = load_params(root / "params.yaml")
    items = {"style_transfer": params.style_transfer.items(), "deep_dream": params.deep_dream.items()}
    rules = {"ITEMS": items, "painting_mb": painting_mb, "SNAKEMAKE_MB": 400}
    exec((root / "workflow/rules/common_pictures.smk").read_text(encoding="utf-8"), rules)
    for name, painting in params.style_transfer.items().items():
        asked = SimpleNamespace(painting=name)
        assert rules["painting_memory"](asked, 1) == 400 + painting_mb(painting, painting.long_side**2)
        assert rules["painting_memory"](asked, 3) == 3 * rules["painting_memory"](asked, 1)


def test_frames_are_counted():
    settings = StyleTransfer(iterations=400, snapshot_every=1, pyramid=[{"scale": 0.5, "iterations": 100}])
    assert painting_mb(settings, 10**6) - painting_mb(StyleTransfer(), 10**6) == pytest.approx(5020, abs=100)
