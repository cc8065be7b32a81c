"""The benchmarks run: all that they call is there, on sizes too small to measure anything."""

import importlib
import sys

import pytest

from aiart.cli import main

FLOAT32 = {"precision": "float32"}


@pytest.fixture
def benchmark(root, monkeypatch):
    """`benchmark(name)`: the module, whose processes of their own are calls here."""
    monkeypatch.syspath_prepend(str(root / "benchmarks"))

    def load(name):
        # `common` is a name that others may have taken.
        for module in ("common", name):
            monkeypatch.delitem(sys.modules, module, raising=False)
        module = importlib.import_module(name)
        monkeypatch.setattr(module, "in_new_process", lambda script, task: module.measure(task), raising=False)
        return module

    return load


@pytest.mark.parametrize("network", ["vgg19", "vgg19_slim"])
def test_style_transfer_is_measured(benchmark, network):
    task = {"network": network, "long_side": 32, **FLOAT32, "settings": {"iterations": 2, "optimizer": "adam"}}
    measured = benchmark("style_transfer").measure(task)
    assert len(measured["losses"]) == 2
    assert measured["seconds_per_iteration"] > 0


def test_the_slim_network_is_measured(benchmark, root, tmp_path, monkeypatch):
    slim_network = benchmark("slim_network")
    weights = str(root / "src/aiart/networks/vgg19_slim.npz")
    for folder, names in (("contents", ("chelsea", "rocket")), ("styles", ("ink_wash", "starry_flow"))):
        (tmp_path / folder).mkdir()
        for name in names:
            kind = "photograph" if folder == "contents" else "painting"
            with pytest.raises(SystemExit):
                main(["picture", kind, name, "--side", "64", "-o", str(tmp_path / folder / f"{name}.png")])
    monkeypatch.setattr(slim_network, "ITERATIONS", 2)
    monkeypatch.setattr(slim_network, "PAIRS", 1)
    monkeypatch.setattr(slim_network, "speed", lambda: [{"px": 32, **speed}])
    speed = slim_network.measure_speed({"network": "vgg19_slim", "long_side": 32, **FLOAT32, "repeats": 1})
    folders = ["--contents", str(tmp_path / "contents"), "--styles", str(tmp_path / "styles")]
    made = tmp_path / "made"
    monkeypatch.setattr(
        sys, "argv", ["slim_network.py", "--vgg19", weights, "--slim", weights, *folders, "-o", str(made)]
    )
    slim_network.main()
    assert sorted(path.name for path in made.iterdir()) == ["pairs.png", "probe.csv", "quality.csv", "speed.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pix2pix", "cyclegan"])
@pytest.mark.parametrize("variant", ["tutorial", "float32", "bfloat16"])
def test_a_step_of_training_is_measured(benchmark, method, variant):
    step = benchmark("training_step").build(method, 32, variant)
    assert step(0) > 0
