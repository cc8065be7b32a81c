"""What several test files share. TensorFlow is imported only when a test asks for it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
# Networks that may not be redistributed lie beside the repository, where somebody has put them.
REAL_WEIGHTS = ROOT.parent / "shared" / "weights"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Under nohup the one is ignored, in the background of a script the other: commands of tests would inherit that, and be
# waited for in vain when it is sent to them.
for name in ("SIGHUP", "SIGQUIT"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def true_vgg19() -> Path:
    """Blocks 1 to 3 of the true VGG-19, as .npz."""
    path = REAL_WEIGHTS / "vgg19_imagenet_block1-3.npz"
    if not path.is_file():
        pytest.skip(f"needs the true VGG-19 weights in {os.path.relpath(path, ROOT)}")
    return path


@pytest.fixture(scope="session")
def tiny_weights() -> dict:
    """Random kernels of a VGG-19 of 4 to 8 channels, with biases other than zero."""
    import tensorflow as tf

    from aiart.networks import vgg

    tf.config.experimental.enable_op_determinism()
    random = np.random.default_rng(5)
    return {
        layer: (kernel, tf.constant(random.normal(0, 0.5, bias.shape), tf.float32))
        for layer, (kernel, bias) in vgg.random_weights(3, (4, 6, 8, 8, 8)).items()
    }


@pytest.fixture(scope="session")
def tiny_network(tiny_weights):
    """The network of `tiny_weights` as style transfer calls it."""
    from aiart.networks import vgg

    return lambda picture, layers: vgg.features(tiny_weights, picture, layers)


@pytest.fixture
def aiart(monkeypatch, capsys):
    """`aiart("grid", …)`: exit status, stdout and stderr of the command, run in this process."""

    from aiart.cli import main

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["aiart", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return ended.value.code, printed.out, printed.err

    return run


@pytest.fixture
def scene():
    """`scene(height, width, seed)`: a smooth random picture, float32 RGB 0..255."""
    from aiart.images import resize_exact

    def make(height: int, width: int, seed: int = 0) -> np.ndarray:
        coarse = np.random.default_rng(seed).uniform(0, 255, (6, 6, 3)).astype(np.float32)
        return resize_exact(coarse, height, width)

    return make
