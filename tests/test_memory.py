"""What does not fit into memory is not begun, and every command says what would fit."""

import importlib
import shutil

import psutil
import pytest
from helpers.rules import rule_function

from aiart import memory
from aiart.cli import main
from aiart.datasets.synthetic import write_synthetic
from aiart.deep_dream.memory import dream_mb
from aiart.errors import UserError
from aiart.memory import fitting, free_memory
from aiart.params.datasets import SyntheticFacades
from aiart.params.deep_dream import DeepDream
from aiart.params.merge import load_params
from aiart.params.networks import Distill
from aiart.params.pix2pix import Pix2Pix
from aiart.translation.methods import part
from aiart.translation.model_file import save_model

GB = 10**9


@pytest.fixture
def free(monkeypatch):
    """`free(bytes)`: so much is free from now on, of 4 GB, and this process has nothing yet."""
    monkeypatch.setattr(memory, "in_use", lambda: 0)
    return lambda size: monkeypatch.setattr(memory, "free_memory", lambda: (int(size), 4 * GB))


@pytest.fixture
def container(tmp_path, monkeypatch):
    """`container(line, files)`: this process is in the control group of `line`, and these are the groups' files."""
    monkeypatch.setattr(memory, "CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory, "OWN_CGROUPS", tmp_path / "own")

    def make(line, files):
        (tmp_path / "own").write_text(line)
        for name, text in files.items():
            file = tmp_path / "cgroup" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{text}\n")

    return make


def second_version(folder, limit, used, cached):
    names = {"memory.max": limit, "memory.current": used, "memory.stat": f"anon 5\ninactive_file {cached}"}
    return {f"{folder}{name}": text for name, text in names.items()}


def first_version(folder, limit, used, cached):
    statistics = f"inactive_file 1\ntotal_inactive_file {cached}"
    names = {"memory.limit_in_bytes": limit, "memory.usage_in_bytes": used, "memory.stat": statistics}
    return {f"memory/{folder}{name}": text for name, text in names.items()}


@pytest.mark.parametrize(
    ("line", "files"),
    [
        ("0::/jobs/one\n", second_version("jobs/one/", 10**6, 600_000, 100_000)),
        # A limit of the group above binds too.
        ("0::/jobs/one\n", second_version("jobs/one/", "max", 5, 0) | second_version("jobs/", 10**6, 600_000, 100_000)),
        # Within a container its group is the root, whatever its name outside.
        ("0::/docker/f00\n", second_version("", 10**6, 600_000, 100_000)),
        ("5:cpu:/a\n4:memory:/jobs/one\n0::/\n", first_version("jobs/one/", 10**6, 600_000, 100_000)),
        ("4:cpu,memory:/docker/f00\n", first_version("", 10**6, 600_000, 100_000)),
    ],
)
def test_a_container_has_what_it_allows(container, line, files):
    container(line, files)
    assert free_memory() == (500_000, 10**6)


@pytest.mark.parametrize("files", [{}, second_version("", "max", 5, 0), first_version("", 2**63 - 4096, 5, 0)])
def test_without_a_limit_the_machine_decides(container, files, monkeypatch):
    container("4:memory:/\n0::/\n", files)
    machine = psutil.virtual_memory()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: machine)
    assert free_memory() == (machine.available, machine.total)


@pytest.mark.parametrize(("room", "said"), [(499, "--side 48"), (160, "--side 16"), (159, None)])
def test_the_largest_that_fits_is_named(free, room, said):
    free(room)
    choices = {"--side": (range(16, 64, 16), lambda side: 10 * side), "--batch": ([], lambda batch: 0)}
    fits = f", and {said} would fit." if said else ", and none that is smaller would fit; free some."
    with pytest.raises(UserError) as told, fitting("the job", 640, choices):
        pytest.fail("begun")
    assert str(told.value) == f"there is not enough memory (0.0 of 4.0 GB are free now); the job takes 0.0 GB{fits}"
    with pytest.raises(UserError) as told, fitting("the job", 0, choices):
        raise MemoryError
    assert str(told.value) == f"there is not enough memory (0.0 of 4.0 GB are free now); the job needs more{fits}"


def test_other_errors_pass(free):
    free(GB)
    with pytest.raises(ValueError, match="another"), fitting("the job", 0, {}):
        raise ValueError("another")


def test_a_job_on_a_gpu_is_begun_and_told_to_be_smaller(free, monkeypatch):
    free(0)
    monkeypatch.setattr(memory, "_on_gpu", lambda: True)
    choices = {"--side": ([], int), "--batch": ([], int)}
    told = pytest.raises(UserError, match="the GPU has not enough memory for the job; lower --side or --batch")
    with told, fitting("the job", GB, choices):
        raise MemoryError


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inputs")
    for arguments in (["painting", "ink_wash", "--side", "512"],):
        with pytest.raises(SystemExit):
            main(["picture", *arguments, "-o", str(folder / "wide.png")])
    write_synthetic("synthetic_facades", folder / "houses", SyntheticFacades(train_pictures=3, test_pictures=1), 1)
    shutil.copytree(folder / "houses/train", folder / "pictures")
    settings = Pix2Pix(image_side=32, generator_width=2)
    generators = {"b_to_a": part("pix2pix", "learner").build_generator(settings, seed=1)}
    save_model(folder / "model.npz", "pix2pix", generators, settings.model_dump(), made_with={}, steps=1)
    return folder


JOBS = {
    "stylize": (
        ["stylize", "wide.png", "wide.png", "-o", "a.png", "--long-side", "512"], 0.88 * GB,
        "the painting takes 1.1 GB, and --long-side 256 would fit",
    ),
    "stylize --estimate": (
        ["stylize", "wide.png", "wide.png", "-o", "a.png", "--long-side", "512", "--estimate"], 0.85 * GB,
        "the estimate takes 0.9 GB, and --long-side 336 would fit",
    ),
    "dream": (
        ["dream", "wide.png", "-o", "a.png", "--long-side", "512"], 0.9 * GB,
        "the dream takes 1.0 GB, and --long-side 320 or --tile 256 would fit",
    ),
    "train": (
        ["train", "pix2pix", "--dataset", "houses", "-o", "a.npz", "--batch", "8"], 7 * GB,
        "the training takes 21.4 GB, and --batch 1 or --image-side 64 would fit",
    ),
    "evaluate": (
        ["evaluate", "model.npz", "--dataset", "houses", "-o", "a.json"], 2.51 * GB,
        "the evaluation takes 2.5 GB, and a model of image_side 16 would fit",
    ),
    "distill": (
        ["distill", "--pictures", "[pictures]", "-o", "a.npz", "--state", "s.npz", "--batch", "64"], 4 * GB,
        "the distillation takes 9.1 GB, and --batch 14 or --crop 64 would fit",
    ),
    "grid": (
        ["grid", *["wide.png"] * 9, "-o", "a.png", "--cell-side", "512"], 0.05 * GB,
        "the grid takes 0.1 GB, and --cell-side 336 would fit",
    ),
}  # fmt: skip


@pytest.mark.parametrize("job", JOBS)
def test_a_job_that_cannot_fit_is_not_begun(job, inputs, free, monkeypatch, capsys):
    arguments, room, sentence = JOBS[job]
    monkeypatch.chdir(inputs)
    monkeypatch.setattr("aiart.cli.grid.in_use", lambda: 0)
    command = job.split()[0]
    # TensorFlow's threads are chosen once in a process.
    module = importlib.import_module(f"aiart.cli.{command}")
    monkeypatch.setattr(module, "start_job", lambda options: None, raising=False)
    free(room)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last == f"aiart {command}: there is not enough memory ({room / 1e9:.1f} of 4.0 GB are free now); {sentence}."
    assert not (inputs / arguments[arguments.index("-o") + 1]).exists()


# Peak of the process in MiB: square pictures, one octave, no tiles.
DREAMS = {("vgg19_slim", 512, 0): 830, ("vgg19_slim", 1024, 0): 1226, ("vgg19_slim", 1536, 0): 1920}
DREAMS |= {("googlenet_slim", 512, 0): 853, ("googlenet_slim", 1024, 0): 1468, ("googlenet_slim", 1536, 0): 2499}
# The same, of caricatures by googlenet_slim.
CARICATURES = {512: 872, 1024: 1550, 1536: 2674}
DISTILLATIONS = [({"batch": 4, "crop": 160}, 1560), ({"batch": 6, "crop": 144, "dream_share": 1}, 2635)]


@pytest.mark.parametrize(("network", "side", "tile"), DREAMS)
def test_memory_that_is_said_of_a_dream_suffices(network, side, tile):
    used = DREAMS[network, side, tile] * 2**20 / 10**6
    assert used < dream_mb(DeepDream(network=network, tile=tile), side**2) < 1.6 * used


@pytest.mark.parametrize("side", CARICATURES)
def test_memory_that_is_said_of_a_caricature_suffices(side):
    used = CARICATURES[side] * 2**20 / 10**6
    assert used < dream_mb(DeepDream(guide_objective="caricature"), side**2) < 1.6 * used


@pytest.mark.parametrize(("settings", "peak"), DISTILLATIONS)
def test_memory_that_is_said_of_a_distillation_suffices(settings, peak):
    used = peak * 2**20 / 10**6
    assert used < Distill(**settings).memory_mb < 2 * used


def test_the_workflow_reserves_what_is_said_of_a_dream(root):
    params = load_params(root / "params.yaml")
    rules = {
        "PARAMS": params,
        "ITEMS": {key: room.items() for key, room in params.rooms.items()},
        "dream_mb": dream_mb,
        "reserved_mb": rule_function("reserved_mb"),
    }
    exec((root / "workflow/rules/common_pictures.smk").read_text(encoding="utf-8"), rules)
    for name, dream in params.deep_dream.items().items():
        asked = type("Wildcards", (), {"dream": name})
        assert rules["dream_memory"](asked, 2) == 2 * (400 + dream_mb(dream, dream.long_side**2))
