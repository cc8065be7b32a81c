"""`pytest -m gpu`: what the project does on a GPU, held against the CPU. tests/test_gpu_check.py tries the same
comparisons between two kinds of CPU."""

from __future__ import annotations

import json

import pytest
from helpers.gpu import (
    LOSS,
    PICTURES,
    Memory,
    Row,
    apart,
    finish,
    instructions,
    losses_apart,
    python,
    small_jobs,
    smi,
    timed,
)
from helpers.small_jobs import TRAIN

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def on_cpu(gpus, tmp_path_factory):
    return small_jobs(tmp_path_factory.mktemp("cpu"), 0)


@pytest.fixture(scope="module")
def on_gpu(gpus, tmp_path_factory):
    return small_jobs(tmp_path_factory.mktemp("gpu"), 1)


def test_jobs_compute_on_the_gpu_and_say_so(on_cpu, on_gpu):
    assert all(name.startswith("cuda_") for name in instructions(on_gpu))
    assert not any(name.startswith("cuda_") for name in instructions(on_cpu))


@pytest.mark.parametrize("kind", ["style transfer", "dream"])
def test_pictures_are_those_of_the_cpu(on_cpu, on_gpu, kind):
    assert apart(kind, on_cpu, on_gpu) <= PICTURES[kind][1]


def test_a_training_step_has_the_losses_of_the_cpu(on_cpu, on_gpu):
    assert losses_apart(on_cpu, on_gpu) <= LOSS


def test_a_model_translates_as_on_the_cpu(on_cpu, on_gpu, tmp_path):
    command = ["translate", str(on_cpu / "pix2pix.npz"), str(on_cpu / "facades/test"), "-o", "out", "--threads", "1"]
    finish(python("-m", "aiart", *command, "--gpus", "1", folder=tmp_path))
    assert apart("translation", on_cpu, tmp_path) <= PICTURES["translation"][1]


def test_the_same_jobs_on_the_same_gpu_give_the_same_bytes(on_gpu, tmp_path):
    again = small_jobs(tmp_path / "again", 1)
    for name in ("pix2pix.npz", "dream.png", "fourier.png", "results/style_transfer/pictures/lbfgs_luminance.png"):
        assert (again / name).read_bytes() == (on_gpu / name).read_bytes(), name


def test_precision_auto_is_what_the_gpu_computes(gpus, on_cpu, tmp_path):
    capability = float(smi("compute_cap")[0][0])
    few = ["--iterations", "2", "--long-side", "64", "--metrics", "out.json", "--gpus", "1"]
    pictures = [str(on_cpu / name) for name in ("astronaut.png", "starry_flow.png")]
    finish(python("-m", "aiart", "stylize", *pictures, "-o", "out.png", "--precision", "auto", *few, folder=tmp_path))
    made_with = json.loads((tmp_path / "out.json").read_text())["made_with"]
    assert made_with["precision"] == ("bfloat16" if capability >= 8 else "float32")
    assert made_with["instructions"] == f"cuda_{capability}"


LARGE = {
    "style transfer, 512 px, 100 evaluations": ["stylize", "astronaut.png", "starry_flow.png", "-o", "large.png",
                                                "--long-side", "512", "--iterations", "100"],
    "dream, 512 px": ["dream", "astronaut.png", "-o", "dreamed.png", "--long-side", "512"],
    "Pix2Pix, 128 px, 30 steps": ["train", "pix2pix", "--dataset", "facades", "-o", "model.npz", "--image-side", "128",
                                  "--epochs", "10", "--decay-epochs", "0", "--samples", "0"],
}  # fmt: skip


@pytest.mark.parametrize("job", LARGE)
def test_larger_jobs_run_and_leave_room_on_the_card(on_cpu, rows, job):
    gpu_seconds, megabytes = timed(*LARGE[job], "--gpus", "1", folder=on_cpu)
    cpu_seconds, _ = timed(*LARGE[job], "--gpus", "0", folder=on_cpu)
    rows.append(Row(job, gpu_seconds, megabytes, cpu_seconds))
    (total,) = smi("memory.total")[0]
    # TensorFlow would take nearly all at once, were it not told to let its memory grow.
    assert 0 < megabytes < 0.8 * int(total)


def test_two_jobs_share_a_gpu(gpus, on_cpu):
    job = ["stylize", "astronaut.png", "starry_flow.png", "--long-side", "512", "--iterations", "100", "--gpus", "1"]
    with Memory() as memory:
        both = [
            python("-m", "aiart", *job, "-o", name, folder=on_cpu, CUDA_VISIBLE_DEVICES=gpus[0])
            for name in ("a.png", "b.png")
        ]
        for process in both:
            finish(process)
    (total,) = smi("memory.total")[0]
    assert 0 < memory.taken < 0.9 * int(total)
    assert (on_cpu / "a.png").read_bytes() == (on_cpu / "b.png").read_bytes()


def test_two_trainings_choose_two_gpus(two_gpus, on_cpu):
    both = [
        python("-m", "aiart", "train", "pix2pix", "--dataset", "facades", "-o", f"{n}.npz", *TRAIN, "--gpus", "1",
               folder=on_cpu)
        for n in "ab"
    ]  # fmt: skip
    chosen = [finish(process).splitlines()[0] for process in both]
    assert sorted(chosen) == sorted(f"GPU: {uuid}" for uuid in two_gpus[:2])


def test_two_gpus_train_as_one(two_gpus, on_cpu, tmp_path):
    made = []
    for devices in ("1", "2"):
        made.append(tmp_path / devices)
        made[-1].mkdir()
        more = ["--batch", "2", "--devices", devices, "--gpus", devices, "--history", "pix2pix.csv"]
        dataset = str(on_cpu / "facades")
        finish(
            python(
                "-m", "aiart", "train", "pix2pix", "--dataset", dataset, "-o", "m.npz", *TRAIN, *more, folder=made[-1]
            )
        )
    assert losses_apart(*made) <= LOSS
