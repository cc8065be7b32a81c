"""The benchmarks run: all that they call is there, on sizes too small to measure anything."""

import base64
import importlib
import json
import math
import os
import subprocess
import sys
from datetime import datetime

import pytest

from aiart.cli import main
from aiart.gallery import read_table

FLOAT32 = {"precision": "float32"}


@pytest.fixture
def benchmark(root, monkeypatch):
    """`benchmark(name)`: the module, whose processes of their own are calls here."""
    monkeypatch.syspath_prepend(str(root / "benchmarks"))

    def load(name):
        # `common` is a name that others may have taken.
        for module in {"common", "snakemake_run", "training_step", name}:
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


def test_the_slim_dreamer_is_measured(benchmark, root, tmp_path, monkeypatch):
    dream_network = benchmark("dream_network")
    (tmp_path / "pictures").mkdir()
    for name in ("chelsea", "rocket"):
        with pytest.raises(SystemExit):
            main(["picture", "photograph", name, "--side", "64", "-o", str(tmp_path / "pictures" / f"{name}.png")])
    monkeypatch.setattr(dream_network, "SETTINGS", {"long_side": 64, "octaves": 1, "iterations": 2})
    weights, made = str(root / "src/aiart/networks/googlenet_slim.npz"), tmp_path / "made"
    options = ["--googlenet", weights, "--pictures", str(tmp_path / "pictures"), "--layers", "inception_3a"]
    monkeypatch.setattr(sys, "argv", ["dream_network.py", *options, "-o", str(made)])
    dream_network.main()
    assert {"dreams_0.png", "dreams_1.png", "errors.csv", "shares.csv"} < {path.name for path in made.iterdir()}
    # It is its own teacher here.
    ((_, row),) = read_table(made / "shares.csv").iterrows()
    assert row["layer"] == "inception_3a"
    assert row["share of the gain"] == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pix2pix", "cyclegan"])
@pytest.mark.parametrize("variant", ["tutorial", "float32", "bfloat16"])
def test_a_step_of_training_is_measured(benchmark, method, variant):
    step = benchmark("training_step").build(method, 32, variant)
    assert step(0) > 0


BEGUN = datetime(2026, 1, 2, 3, 4, 5)
HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"


@pytest.fixture
def finished_run(tmp_path):
    """A checkout in which a painting, a training and a grid ran in one minute on two cores."""
    dated = [BEGUN.replace(second=second).strftime("[%a %b %d %H:%M:%S %Y]") for second in (5, 15, 16)]
    _write(
        tmp_path / f".snakemake/log/{BEGUN:%Y-%m-%dT%H%M%S}.000000.snakemake.log",
        f"Provided cores: 2\n{dated[0]}\nJob 1: Paint pictures/a\n{dated[0]}\nJob 2: Train pix2pix runs/b\n{dated[1]}\n"
        f"Finished jobid: 1 (Rule: stylize)\n{dated[1]}\nJob 3: Draw the grid c\n{dated[2]}\n"
        "Finished jobid: 3 (Rule: grid)\nFinished jobid: 2 (Rule: train)\n"
        f"{dated[2]}\nlocalrule style_transfer:\n    jobid: 0\n{dated[2]}\nFinished jobid: 0 (Rule: style_transfer)\n"
        "Elapsed time: 0:01:00.000000\n",
    )
    painting, training = "logs/style_transfer/pictures/a", "logs/pix2pix/runs/b/train"
    for log, rule in ((painting, "stylize"), (training, "train"), ("logs/style_transfer/grids/c", "grid")):
        name = base64.urlsafe_b64encode(f"{log}.png".encode()).decode()
        _write(tmp_path / ".snakemake/metadata" / name, json.dumps({"rule": rule, "log": [f"{log}.log"]}))
    # Snakemake's last sample of 60.5 s is that at 45.5 s.
    for log, seconds, cpu in ((painting, 10, 8.0), (training, 60.5, 45.5)):
        _write(tmp_path / f"{log}.tsv", f"{HEADER}{seconds}\t-\t{seconds * 10}\t0\t0\t0\t0\t0\t0\t{cpu}\n")
        ended = BEGUN.timestamp() + seconds
        os.utime(tmp_path / f"{log}.tsv", (ended, ended))
    _write(tmp_path / f"{painting}.timings.json", json.dumps({"seconds_total": 7.5, "seconds_compile": 2.5}))
    _write(tmp_path / f"{painting}.log", "")
    rows = [
        f"step {step}/300, epoch 1, {pace} s a step: generator 1" for step, pace in ((100, 0.3), (200, 0.1), (300, 0.1))
    ]
    _write(tmp_path / f"{training}.log", "\n".join(rows))
    begun = int(BEGUN.timestamp()) + 5
    _write(tmp_path / f"logs/pix2pix/runs/b/tensorboard/events.out.tfevents.{begun}.host.1.0.v2", "")
    _write(tmp_path / "logs/pix2pix/runs/b/dvclive/l1.tsv", "step\tl1\n1\t0.5\n")
    return tmp_path


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_time_of_a_run_adds_up(benchmark, finished_run):
    gallery = benchmark("gallery")
    *rows, total = gallery.table(gallery.read_run(finished_run))
    rows = {row["jobs"]: row for row in rows}
    painting, training, grid = (rows[name] for name in ("style_transfer stylize", "pix2pix train", "grid"))
    parts = ("starting", "arithmetic", "rest")
    # A quarter of its wall time outside of the work, half of it in the evaluations, 8 s of CPU time.
    assert [painting[part] for part in ("wall, s", "waiting, s", "CPU, s", *parts)] == [10, 2, 8, 2, 4, 2]
    # 5 s until TensorBoard's file, 300 steps of 0.1 s, a second of CPU time each second.
    assert [training[part] for part in ("wall, s", "CPU, s", *parts)] == [60.5, 60.5, 5, 30, 25.5]
    assert [grid[part] for part in ("wall, s", "CPU, s")] == [1, "–"]
    assert set(rows) == {"style_transfer stylize", "pix2pix train", "grid"}
    for part in ("wall, s", "waiting, s", "CPU, s", *parts):
        assert total[part] == sum(row[part] for row in rows.values() if row[part] != "–")
    assert sum(total[part] for part in parts) == total["CPU, s"]
    assert total["peak, MB"] == 605


def test_a_job_that_ran_again_counts_once(benchmark, finished_run):
    gallery = benchmark("gallery")
    run = gallery.read_run(finished_run)
    (log,) = (finished_run / ".snakemake/log").iterdir()
    log.with_name("2026-01-01T030405.000000.snakemake.log").write_text(log.read_text().replace("Jan 02", "Jan 01"))
    assert gallery.read_run(finished_run) == run


def test_two_runs_stand_side_by_side(benchmark, finished_run, tmp_path, monkeypatch, capsys):
    gallery = benchmark("gallery")
    made = tmp_path / "made"
    folders = [str(finished_run), str(finished_run)]
    monkeypatch.setattr(sys, "argv", ["gallery.py", *folders, "--output", str(made)])
    gallery.main()
    printed = capsys.readouterr().out
    assert "before: 3 jobs on 2 cores in 1.0 minutes" in printed
    assert "| all | 3 | 3 | 71.5 | 71.5 | 68.5 | 68.5 | 7 | 7 |" in printed.replace("7.0", "7")
    assert made.with_suffix(".png").stat().st_size > 1000
    assert len(made.with_suffix(".csv").read_text().splitlines()) == 9


def test_jobs_at_once_lie_in_lanes_of_their_own(benchmark, finished_run):
    gallery = benchmark("gallery")
    lanes = gallery.lanes(gallery.read_run(finished_run).jobs)
    assert sorted([job.rule for job in lane] for lane in lanes) == [["stylize", "grid"], ["train"]]


@pytest.mark.parametrize(("missing", "says"), [("logs", "holds no finished run"), ("times", "copy a checkout with")])
def test_a_checkout_without_a_run_is_named(benchmark, finished_run, missing, says):
    gallery = benchmark("gallery")
    for path in finished_run.rglob("*.tsv"):
        path.unlink() if missing == "logs" else os.utime(path)
    with pytest.raises(SystemExit, match=says):
        gallery.read_run(finished_run)


@pytest.fixture
def torch_python(benchmark):
    """An interpreter that has torch: this one, or the one that TORCH_PYTHON names."""
    python = os.environ.get("TORCH_PYTHON", sys.executable)
    if benchmark("peers").torch_version(python) is None:
        pytest.skip("needs torch, or an interpreter that has it in TORCH_PYTHON")
    return python


def test_without_torch_no_peer_is_measured(benchmark, monkeypatch, capsys):
    peers = benchmark("peers")
    monkeypatch.setattr(sys, "argv", ["peers.py", "--torch-python", "/nowhere/python"])
    peers.main()
    assert capsys.readouterr().out.startswith("/nowhere/python has no torch, so that no peer is measured")


def test_ratios_are_those_to_the_first_program_of_a_task(benchmark):
    whole = {"evaluations": 40, "cpu": 1.0, "memory_mb": 10.0}
    rows = [
        {"task": "a", "program": "theirs", "one": 2.0, "wall": 90.0, **whole},
        {"task": "a", "program": "ours", "one": 0.5, "wall": 30.0, **whole},
        {"task": "b", "program": "theirs", "one": 3.0, "memory_mb": 10.0},
        {"task": "b", "program": "ours", "one": 1.0, "memory_mb": 10.0},
    ]
    shown = benchmark("peers").with_ratios(rows)
    assert [row["times faster"] for row in shown] == [1, 4, 1, 3]
    assert [row["times faster, command"] for row in shown] == [1, 3, "–", "–"]


@pytest.mark.parametrize("program", ["neural_style_pt", "crowsonkb"])
def test_a_peer_paints_from_our_weights(benchmark, torch_python, tmp_path, program):
    losses = _their_losses(benchmark("peers"), torch_python, tmp_path, program, evaluations=4)
    assert len(losses) == 4
    assert losses[-1] < losses[0]


def test_neural_style_pt_minimises_what_we_do(benchmark, torch_python, tmp_path):
    peers = benchmark("peers")
    theirs = _their_losses(peers, torch_python, tmp_path, "neural_style_pt", evaluations=1)[0]
    pictures, weights = [str(tmp_path / f"{name}.png") for name in ("content", "style")], str(tmp_path / "vgg19.npz")
    written = ["-o", str(tmp_path / "ours.png"), "--history", str(tmp_path / "ours.csv")]
    with pytest.raises(SystemExit) as done:
        main(["stylize", *pictures, *written, "--network", "vgg19", "--weights", weights, *peers.same_objective(64, 1)])
    assert not done.value.code
    ours = read_table(tmp_path / "ours.csv")["total"][0]
    assert ours == pytest.approx(theirs, rel=1e-4)


def _their_losses(peers, python, folder, program, evaluations):
    pictures = peers.write_pictures(folder, 64)
    peers.write_vgg19(folder / "vgg19.npz", None)
    timings = folder / "theirs.json"
    script = [python, str(peers.HERE / "torch_style_transfer.py"), program, *pictures, "-o", str(folder / "theirs.png")]
    weights = ["--weights", str(folder / "vgg19.npz")]
    subprocess.run([*script, *weights, "--evaluations", str(evaluations), "--timings", str(timings)], check=True)
    return json.loads(timings.read_text())["losses"]


@pytest.mark.parametrize("method", ["pix2pix", "cyclegan"])
def test_a_peer_trains_networks_of_our_size(benchmark, torch_python, method):
    from aiart.translation.methods import METHODS, part

    peers = benchmark("peers")
    script = (
        f"import torch, torch_training; step, networks = torch_training.METHODS[{method!r}](64); "
        "print(step(*torch.rand(2, 1, 3, 64, 64)), *(p.numel() for n in networks for p in n.parameters()))"
    )
    done = subprocess.run([torch_python, "-c", script], cwd=peers.HERE, capture_output=True, text=True, check=True)
    loss, *theirs = map(float, done.stdout.split())
    assert 0 < loss < 1000
    learner = part(method, "learner").build_learner(METHODS[method].settings_model(image_side=64), seed=1)
    ours = [*learner.generator_adam.variables, *learner.discriminator_adam.variables]
    # Norms have weights here and none there, and biases before a norm are there or not.
    assert sum(math.prod(v.shape) for v in ours) == pytest.approx(sum(theirs), rel=5e-3)


def test_processes_take_turns(benchmark, root, monkeypatch):
    common = benchmark("common")
    monkeypatch.setenv("PYTHONPATH", str(root / "benchmarks"))
    script = "import common, time; common.answer_with_steps(lambda number: time.sleep(0.01))"
    command = [sys.executable, "-c", script]
    answers = common.take_turns({"a": command, "b": command}, steps=2, rounds=3)
    assert [len(answers[name]) for name in ("a", "b")] == [3, 3]
    assert all(wall >= 0.01 > cpu >= 0 and memory > 1 for found in answers.values() for wall, cpu, memory in found)
