"""`aiart train` as a person runs it, and kills it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from aiart.cli import main
from aiart.datasets.files import file_digest
from aiart.images import write_image
from aiart.networks.files import weights_file
from aiart.sources import ROOT

TINY = [
    *("--image-side", "16", "--generator-width", "4", "--discriminator-width", "4", "--receptive-field", "16"),
    *("--epochs", "4", "--decay-epochs", "2", "--validate-every", "2", "--samples", "3", "--sample-pictures", "2"),
    *("--log-every", "1", "--checkpoint-every", "2", "--threads", "1"),
]
OUTPUTS = ("model.npz", "history.csv", "progress.png")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Three pairs, which are also two domains of three pictures."""
    folder = tmp_path_factory.mktemp("data") / "pictures"
    rng = np.random.default_rng(1)
    for split, count in (("train", 3), ("test", 2)):
        for number in range(count):
            for domain in "AB":
                picture = rng.integers(0, 256, (20, 24, 3)).astype(np.float32)
                write_image(folder / f"{split}{domain}" / f"{number}.png", picture)
    return folder


def command(method, dataset, *more):
    arguments = ["--dataset", str(dataset), "-o", "model.npz", "--history", "history.csv", "--progress", "progress.png"]
    if method == "cyclegan":
        more = ("--blocks", "1", "--pool-capacity", "2", *more)
    return [sys.executable, "-m", "aiart", "train", method, *arguments, *TINY, *more]


def finish(method, dataset, folder, *more, sources=None):
    """sources: a folder to import the package from, in place of this checkout's."""
    folder.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(sources)} if sources else None
    done = subprocess.run(
        command(method, dataset, *more), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def stop(method, dataset, folder, step, number):
    """Send a signal as soon as the log says that the step was made."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        command(method, dataset), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    for line in process.stdout:
        if line.startswith(f"step {step}/"):
            os.kill(process.pid, number)
            break
    process.communicate()
    assert process.returncode != 0
    assert not (folder / "model.npz").exists()
    return process.returncode


def states(folder):
    return sorted(path.name for path in folder.glob("model.state.*.npz"))


def outputs(folder):
    return {name: (folder / name).read_bytes() for name in OUTPUTS}


def test_killed_and_started_again_it_ends_with_the_same_bytes(dataset, tmp_path):
    finish("pix2pix", dataset, tmp_path / "whole")
    stop("pix2pix", dataset, tmp_path / "killed", 5, signal.SIGKILL)
    assert "continuing after step 4" in finish("pix2pix", dataset, tmp_path / "killed")
    assert outputs(tmp_path / "killed") == outputs(tmp_path / "whole")
    # One state is left, from which more epochs go on; nothing else is.
    assert sorted(p.name for p in (tmp_path / "killed").iterdir()) == sorted([*OUTPUTS, *states(tmp_path / "killed")])
    assert len(states(tmp_path / "killed")) == 1


def test_files_beside_the_pictures_and_new_names_change_nothing_and_other_pictures_are_seen(dataset, tmp_path):
    mine = tmp_path / "pictures"
    shutil.copytree(dataset, mine)
    stop("pix2pix", mine, tmp_path / "run", 5, signal.SIGKILL)
    (mine / "README.md").write_text("about")
    (mine / "trainA" / "Thumbs.db").write_bytes(b"0")
    (mine / "trainA" / "old").mkdir()
    for domain in "AB":
        (mine / f"train{domain}" / "2.png").rename(mine / f"train{domain}" / "20.png")
    assert "continuing after step 4" in (said := finish("pix2pix", mine, tmp_path / "run"))
    (state,) = states(tmp_path / "run")
    assert f"its state {state} (" in said.splitlines()[-1]
    before, kept = outputs(tmp_path / "run"), (tmp_path / "run" / state).read_bytes()
    # Wished for again after all was deleted, it is there without one step.
    for name in OUTPUTS:
        (tmp_path / "run" / name).unlink()
    assert "continuing after step 12" in finish("pix2pix", mine, tmp_path / "run")
    assert outputs(tmp_path / "run") == before
    # A picture in place of another is another training, which leaves the state alone.
    shutil.copy(mine / "testA/0.png", mine / "trainA/0.png")
    said = finish("pix2pix", mine, tmp_path / "run")
    assert f"{state}: not continued, since it was begun with other pictures; it stays" in said
    assert " and 1 of others beside it (" in said.splitlines()[-1]
    assert len(states(tmp_path / "run")) == 2 and (tmp_path / "run" / state).read_bytes() == kept


@pytest.fixture
def sources(tmp_path):
    """A copy of the package, to edit."""
    shutil.copytree(ROOT / "aiart", tmp_path / "sources" / "aiart", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "sources"


def edit(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_after_an_edit_of_a_loss_no_old_weights_are_taken_for_new_ones(dataset, tmp_path, sources):
    finish("pix2pix", dataset, tmp_path / "run")
    (state,) = states(tmp_path / "run")
    before = outputs(tmp_path / "run")
    loss = sources / "aiart/translation/pix2pix/learner.py"
    edit(loss, "s.lambda_l1 * ", "2 * s.lambda_l1 * ")
    edit(sources / "aiart/translation/losses.py", "import tensorflow", "# Only a comment.\nimport tensorflow")
    said = finish("pix2pix", dataset, tmp_path / "run", sources=sources)
    assert f"{state}: not continued, since it was begun with other code (translation/pix2pix/learner.py); it" in said
    assert "step 1/12" in said and "continuing" not in said
    assert outputs(tmp_path / "run")["model.npz"] != before["model.npz"]
    # Undone, the first is finished at once, and a comment is no other code.
    edit(loss, "2 * s.lambda_l1 * ", "s.lambda_l1 * ")
    assert f"{state}: continuing after step 12." in finish("pix2pix", dataset, tmp_path / "run", sources=sources)
    assert outputs(tmp_path / "run") == before


@pytest.mark.slow
def test_a_training_that_other_code_began_goes_on_when_it_is_adopted_and_its_record_says_so(dataset, tmp_path, sources):
    stop("cyclegan", dataset, tmp_path / "run", 5, signal.SIGKILL)
    (state,) = (name for name in states(tmp_path / "run") if "previous" not in name)
    edit(sources / "aiart/translation/losses.py", "import tensorflow as tf", "import tensorflow as tf\n\nx = 1")
    environment = {**os.environ, "PYTHONPATH": str(sources)}

    def adopt(name):
        arguments = [sys.executable, "-m", "aiart", "adopt", name]
        return subprocess.run(
            arguments, cwd=tmp_path / "run", env=environment, capture_output=True, text=True, check=False
        )

    done = adopt(state)
    assert done.returncode == 0, done.stderr
    assert "goes on from it" in done.stdout
    assert "continuing after step 4" in (said := finish("cyclegan", dataset, tmp_path / "run", sources=sources))
    assert "not continued" not in said and state in states(tmp_path / "run")
    with np.load(tmp_path / "run/model.npz", allow_pickle=False) as file:
        (noted,) = json.loads(str(file["model"]))["facts"]["adopted"]
    (digests,) = noted["code"].values()
    assert noted["until"] == {"step": 4} and len(set(digests)) == 2 and noted["made_with"]["seed"] == 1
    # What needs no adoption, and what cannot have it, is said.
    new = next(name for name in states(tmp_path / "run") if name[:24] != state[:24])
    for name, said in ((new, "was begun with this code"), ("model.npz", "not called as states are")):
        done = adopt(name)
        assert done.returncode == 1 and done.stderr.count("\n") == 1 and said in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pix2pix", "cyclegan"])
def test_more_epochs_go_on_and_end_with_the_model_of_an_uninterrupted_training(method, dataset, tmp_path):
    finish(method, dataset, tmp_path / "whole", "--epochs", "6", "--decay-epochs", "0")
    finish(method, dataset, tmp_path / "more", "--epochs", "4", "--decay-epochs", "0")
    assert "continuing after step 12" in finish(
        method, dataset, tmp_path / "more", "--epochs", "6", "--decay-epochs", "0"
    )
    whole, more = outputs(tmp_path / "whole"), outputs(tmp_path / "more")
    assert whole["model.npz"] == more["model.npz"] and whole["history.csv"] == more["history.csv"]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pix2pix", "cyclegan"])
def test_killed_at_several_random_steps_it_ends_with_the_same_bytes(method, dataset, tmp_path):
    finish(method, dataset, tmp_path / "whole")
    steps = sorted(np.random.default_rng().choice(np.arange(1, 12), 3, replace=False).tolist())
    print("killed at steps", steps)
    for step in steps:
        stop(method, dataset, tmp_path / "killed", step, signal.SIGKILL)
    finish(method, dataset, tmp_path / "killed")
    assert outputs(tmp_path / "killed") == outputs(tmp_path / "whole"), steps


@pytest.mark.slow
def test_sigterm_saves_the_step_under_way(dataset, tmp_path):
    finish("cyclegan", dataset, tmp_path / "whole")
    assert stop("cyclegan", dataset, tmp_path / "killed", 5, signal.SIGTERM) == 128 + signal.SIGTERM
    said = finish("cyclegan", dataset, tmp_path / "killed")
    step = int(said.split("continuing after step ")[1].split(".")[0])
    assert step >= 5 and step in (5, 6, 7)  # not only the even ones of checkpoint_every
    assert outputs(tmp_path / "killed") == outputs(tmp_path / "whole")


def test_the_model_file_says_what_it_is_and_holds_nothing_to_unpickle(dataset, tmp_path):
    finish("pix2pix", dataset, tmp_path, "--seed", "3", "--lambda-perceptual", "1")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as file:
        about = json.loads(str(file["model"]))
        assert all(file[name].dtype == np.float32 for name in file.files if name != "model")
    assert about["method"] == "pix2pix" and about["settings"]["image_side"] == 16
    assert about["facts"]["steps"] == 12 and about["facts"]["made_with"]["seed"] == 3
    assert about["facts"]["made_with"]["threads"] == 1
    assert about["facts"]["weights"] == file_digest(weights_file("vgg19_slim"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--image-side", "24"], "image_side is 24, but the U-Net halves it down to 1"),
        (["-o", "model.h5"], "model.h5: cannot be written; use a name that ends in .npz or .safetensors."),
        (["--receptive-field", "286"], "receptive_field is 286, which leaves a picture of 16 px no logit"),
        (["-o", "file/m.npz"], "file/m.npz: cannot be written, for file is no folder"),
        (["-o", "folder.npz"], "folder.npz: is a folder"),
        (["--history", "file/h.csv"], "file/h.csv: cannot be written, for file is no folder"),
        (["--history", "folder.npz"], "folder.npz: is a folder"),
        (["--progress", "file/p.png"], "file/p.png: cannot be written, for file is no folder"),
        (["--state", "file/s.npz"], "file/s.npz: cannot be written, for file is no folder"),
        (["--state", "state"], "state: cannot be written; use a name that ends in .npz."),
        (["--logs", "file"], "file: cannot be written, for file is no folder"),
        (["--history", "model.npz"], "model.npz: is named for two results"),
        (
            ["--weights", "w.npz"],
            "--weights: no loss uses w.npz; leave it out, or give a loss over features some weight.",
        ),
        (["--lambda-perceptual", "1", "--weights", "w.npz"], "w.npz: no such weights file; give the path of an .h5"),
        (["--lambda-perceptual", "1", "--feature-network", "vgg19"], "the weights of vgg19 are not there; run `aiart"),
        (["--feature-layers", "conv9_9"], "feature_layers: conv9_9 is no layer; did you mean conv"),
        (["--lambda-perceptual", "-1"], "lambda_perceptual is -1, but"),
    ],
)
def test_bad_input_is_said_in_one_sentence_before_the_first_step(
    arguments, message, dataset, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder.npz").mkdir()
    # In this process, since it is found before TensorFlow is loaded.
    with pytest.raises(SystemExit) as end:
        main([*command("pix2pix", dataset)[3:], *arguments])
    said = capsys.readouterr()
    assert end.value.code == 1 and said.err.count("\n") == 1 and said.err.startswith("aiart train: ")
    assert message in said.err and "step " not in said.out
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder.npz"]


def test_a_dataset_that_is_not_there_is_said_in_one_sentence(dataset, tmp_path):
    arguments = command("pix2pix", dataset, "--dataset", "nowhere")
    done = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if line.startswith("aiart train: ")]
    assert done.returncode == 1 and len(said) == 1 and "nowhere: no such folder" in said[0]
    assert list(tmp_path.iterdir()) == []


def test_what_can_be_written_is_written_though_one_result_cannot(dataset, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    # The place for the history is taken while the training runs.
    arguments = command("pix2pix", dataset, "--history", "later/history.csv")
    process = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for line in process.stdout:
        if line.startswith("step "):
            (folder / "later").write_text("in the way")
            break
    said = process.communicate()[1]
    assert process.returncode == 1 and "later/history.csv: cannot be written" in said
    assert (folder / "model.npz").exists() and (folder / "progress.png").exists()
    (folder / "later").unlink()
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=True)
    assert "continuing after step 12" in done.stdout and (folder / "later/history.csv").exists()


def free_port():
    with socket.socket() as server:
        server.bind(("localhost", 0))
        return server.getsockname()[1]


@pytest.mark.slow
def test_two_machines_have_the_losses_of_one(dataset, tmp_path):
    """Two processes that talk over the network, as TF_CONFIG describes them, with the same global batch."""
    finish("pix2pix", dataset, tmp_path / "one", "--batch", "2")
    workers = [f"localhost:{free_port()}" for _ in range(2)]
    processes = []
    for index in range(2):
        (folder := tmp_path / f"worker{index}").mkdir()
        task = {"cluster": {"worker": workers}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, "TF_CONFIG": json.dumps(task)}
        more = ["--batch", "2"]
        processes.append(
            subprocess.Popen(
                command("pix2pix", dataset, *more),
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
    said = [process.communicate(timeout=300)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    one, two = (pd.read_csv(tmp_path / name / "history.csv") for name in ("one", "worker0"))
    columns = ["generator", "generator_l1", "discriminator"]
    assert len(one) == len(two) == 4
    np.testing.assert_allclose(two[columns], one[columns], rtol=5e-3)
    assert list((tmp_path / "worker1").iterdir()) == []  # only the first one writes
