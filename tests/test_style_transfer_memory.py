"""What a painting is said to take is what it took where it was measured, and a little more."""

from types import SimpleNamespace

import pytest
from helpers.rules import rule_function

from aiart import memory
from aiart.errors import UserError
from aiart.params.merge import load_params
from aiart.params.style_transfer import StyleTransfer
from aiart.style_transfer.memory import LBFGS_PAIRS, Plan, choose_plans, least_painting_mb, painting_mb, plan_mb, plans
from aiart.style_transfer.tiles import Tiling

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
    said = painting_mb(StyleTransfer(network=network, optimizer=optimizer, style_statistic="gram"), side**2)
    assert used < said < (1.35 if network == "vgg19_slim" else 1.6) * used


@pytest.mark.parametrize(("statistic", "used"), [("moments", 900), ("sliced_wasserstein", 982)])
def test_so_does_that_of_other_statistics(statistic, used):
    layers = ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]
    settings = StyleTransfer(optimizer="adam", style_layers=layers, style_statistic=statistic)
    assert used < painting_mb(settings, 512**2) * 10**6 / 2**20 < 1.35 * used


# The same of regions whose masks cover all, in MB, with the layers above.
MEASURED_REGIONS = {
    ("gram", 2): 1015,
    ("gram", 4): 1100,
    ("moments", 4): 1257,
    ("sliced_wasserstein", 4): 1443,
}


@pytest.mark.parametrize(("statistic", "count"), MEASURED_REGIONS)
def test_so_does_that_of_regions(statistic, count):
    used = MEASURED_REGIONS[statistic, count]
    layers = ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]
    regions = [{"styles": [number]} for number in range(1, count + 1)]
    settings = StyleTransfer(optimizer="adam", style_layers=layers, style_statistic=statistic, regions=regions)
    assert used < painting_mb(settings, 512**2) < 1.25 * used


def test_so_does_that_of_regions_that_are_found():
    layers = ["conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"]
    settings = StyleTransfer(optimizer="adam", style_layers=layers, style_statistic="gram", regions={"auto": 4})
    assert 1073 < painting_mb(settings, 512**2) < 1.25 * 1073


def free(monkeypatch, mb):
    monkeypatch.setattr(memory, "free_memory", lambda: (mb * 10**6 - memory.in_use(), 10**12))


def test_lbfgs_remembers_fewer_pairs_only_where_memory_is_short(monkeypatch):
    settings, pixels = StyleTransfer(tile="none"), 4000**2
    for pairs in LBFGS_PAIRS:
        free(monkeypatch, plan_mb(settings, pixels, Plan(pairs)) + 100)
        assert choose_plans(settings, [pixels])[0] == Plan(pairs)
    free(monkeypatch, 10)
    assert choose_plans(settings, [pixels])[0] == Plan(LBFGS_PAIRS[-1])


def test_tiles_come_only_where_the_whole_picture_does_not_fit_and_adam_last(monkeypatch):
    settings, pixels = StyleTransfer(), 4000**2
    chosen = []
    for mb in range(40_000, 1000, -100):
        free(monkeypatch, mb)
        plan = choose_plans(settings, [pixels])[0]
        assert plan_mb(settings, pixels, plan) <= mb or plan == plans(settings)[-1]
        if plan not in chosen:
            chosen.append(plan)
    assert chosen[:3] == [Plan(pairs) for pairs in LBFGS_PAIRS]
    assert all(plan.tiling for plan in chosen[3:])
    # The smallest tiles, most of which is margin, come last of all.
    larger = [plan for plan in chosen[3:] if plan.tiling.side > 256]
    assert chosen[3 : 3 + len(larger)] == larger
    assert larger[-1].pairs is None
    assert chosen[-1] == Plan(None, Tiling(256, keep_content=False))
    # What the settings allow goes before what is free.
    free(monkeypatch, 40_000)
    assert choose_plans(settings.model_copy(update={"memory": 3.0}), [pixels])[0] in chosen[3:]


def test_levels_before_leave_the_last_one_its_room():
    """TensorFlow gives nothing back: the arrays of the last level come beside what those before took."""
    settings = StyleTransfer(memory=2.5)
    sides = (256, 512, 1024, 2048, 4096)
    chosen = choose_plans(settings, [side * side * 3 // 4 for side in sides])
    assert chosen[0] == Plan(LBFGS_PAIRS[0])
    assert chosen[-1].pairs is None
    assert chosen[-1].tiling.side == 512
    alone = choose_plans(settings, [1024 * 768])[0]
    assert plan_mb(settings, 1024 * 768, chosen[2]) < plan_mb(settings, 1024 * 768, alone)
    assert set(choose_plans(settings.model_copy(update={"memory": 100.0}), [10**5, 10**6])) == {Plan(LBFGS_PAIRS[0])}


def test_too_little_memory_is_said_and_what_is_allowed_is_reserved():
    settings = StyleTransfer(memory=0.9)
    with pytest.raises(
        UserError, match=r"^memory is 0\.9 GB, and the painting takes 2\.\d+ at least; raise memory or lower"
    ):
        choose_plans(settings, [4000**2])
    assert painting_mb(settings, 512**2) == 900
    assert painting_mb(StyleTransfer(long_side=12000), 12000**2) == least_painting_mb(StyleTransfer(), 12000**2)


def test_the_workflow_reserves_it(root):
    params = load_params(root / "params.yaml")
    items = {"style_transfer": params.style_transfer.items(), "deep_dream": params.deep_dream.items()}
    rules = {"ITEMS": items, "painting_mb": painting_mb, "reserved_mb": rule_function("reserved_mb")}
    exec((root / "workflow/rules/common_pictures.smk").read_text(encoding="utf-8"), rules)
    for name, painting in params.style_transfer.items().items():
        asked = SimpleNamespace(painting=name)
        assert rules["painting_memory"](asked, 1) == 400 + painting_mb(painting, painting.long_side**2)
        assert rules["painting_memory"](asked, 3) == 3 * rules["painting_memory"](asked, 1)


def test_frames_are_counted():
    gram = {"style_statistic": "gram", "pyramid": [{"scale": 0.5, "iterations": 100}], "iterations": 400}
    framed, bare = StyleTransfer(**gram, snapshot_every=1), StyleTransfer(**gram)
    assert painting_mb(framed, 10**6) - painting_mb(bare, 10**6) == pytest.approx(5020, abs=100)
