"""Two devices train as one. In a process of its own, since devices are fixed when TensorFlow starts."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from aiart.params.cyclegan import CycleGAN
from aiart.params.pix2pix import Pix2Pix
from aiart.networks.states import States
from aiart.translation.cyclegan.learner import CycleGANLearner
from aiart.translation.pix2pix.learner import Pix2PixLearner
from aiart.translation.recorder import Recorder
from aiart.translation.trainer import TrainingData, train

SMALL = dict(image_side=16, generator_width=4, discriminator_width=4, receptive_field=16, batch=2, epochs=3,
             decay_epochs=1, validate_every=0, samples=1, sample_pictures=1, log_every=1, checkpoint_every=2)

def batches(first, last):
    def generate():
        for number in range(first, last):
            a = np.random.default_rng(number).uniform(-1, 1, (2, 16, 16, 3)).astype(np.float32)
            yield a, -a, np.arange(2 * number, 2 * number + 2, dtype=np.int32)
    shape = tf.TensorSpec((2, 16, 16, 3))
    return tf.data.Dataset.from_generator(generate, output_signature=(shape, shape, tf.TensorSpec((2,), tf.int32)))

class Stop(Recorder):
    def __init__(self, after):
        super().__init__()
        self.after = after
    def step(self, loss):
        super().step(loss)
        self.after -= 1
        if self.after == 0:
            raise ConnectionAbortedError

def run(method, strategy, folder, after=-1):
    kind, settings, more = {
        "pix2pix": (Pix2PixLearner, Pix2Pix, {}),
        "cyclegan": (CycleGANLearner, CycleGAN, {"blocks": 1, "pool_capacity": 0}),
        "pools": (CycleGANLearner, CycleGAN, {"blocks": 1, "pool_capacity": 2}),
    }[method]
    settings = settings(**SMALL, **more)
    with strategy.scope():
        learner = kind(settings, seed=3)
    held_out = tuple(np.zeros((1, 16, 16, 3), np.float32) for _ in range(2))
    begun_with = {"method": method, "settings": settings.model_dump(), "data": "same", "made_with": {}}
    states = States(f"{folder}/{method}.npz", begun_with)
    progress = train(learner, TrainingData(batches, 3, held_out, {}), settings, states=states,
                     recorder=Stop(after), strategy=strategy)
    return progress.history[list(learner.loss_names)].to_numpy().tolist()

one, two = tf.distribute.get_strategy(), tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
found = {m: [run(m, one, sys.argv[1]), run(m, two, sys.argv[1] + "/two")] for m in ("pix2pix", "cyclegan")}
try:
    run("pools", two, sys.argv[1] + "/cut", after=5)
except ConnectionAbortedError:
    pass
found["pools"] = [run("pools", two, sys.argv[1] + "/whole"), run("pools", two, sys.argv[1] + "/cut")]
found["replicas"] = two.num_replicas_in_sync
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def losses(tmp_path_factory):
    folder = tmp_path_factory.mktemp("devices")
    done = subprocess.run([sys.executable, "-c", SCRIPT, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("method", ["pix2pix", "cyclegan"])
def test_two_devices_have_the_losses_of_one(losses, method):
    assert losses["replicas"] == 2
    one, two = losses[method]
    assert len(one) == 9
    for step, (a, b) in enumerate(zip(one, two, strict=True)):
        # Accuracies (last) count patches on either side of a limit, where the last bits may decide.
        assert b[:-1] == pytest.approx(a[:-1], rel=2e-3, abs=1e-4), step


def test_two_devices_resume_to_the_bit_with_a_pool_each(losses):
    whole, resumed = losses["pools"]
    assert resumed == whole
