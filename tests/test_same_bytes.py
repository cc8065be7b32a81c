"""No byte of a result depends on the BLAS: nothing goes through it, and small jobs prove it.

OPENBLAS_CORETYPE makes NumPy's and SciPy's BLAS compute as it does on other processors.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers import gpu
from PIL import Image

from aiart.datasets import elementary
from aiart.datasets.paintings import PAINTERS
from aiart.sources import ROOT as SRC
from aiart.sources import sources

PACKAGE = SRC / "aiart"

# Of NumPy, as functions or methods: what computes by the BLAS or LAPACK, always or for some arguments.
THROUGH_BLAS = {
    *("dot", "vdot", "inner", "matmul", "matvec", "vecmat", "vecdot", "tensordot", "einsum", "linalg", "matrix"),
    *("cov", "corrcoef", "polyfit", "poly1d", "polynomial", "roots", "convolve", "correlate"),
    *("multivariate_normal", "multi_dot"),
}
# Of packages that call BLAS and LAPACK in many places: the only names that may be imported.
PLAIN = {
    "scipy.ndimage": {"gaussian_filter", "uniform_filter", "sobel", "distance_transform_edt", "minimum_filter"},
    "scipy.interpolate": {"BSpline", "CubicHermiteSpline"},
    "scipy.spatial": {"cKDTree"},
    "skimage.color": {"rgb2hsv", "hsv2rgb"},
    # Without `convert2lab`.
    "skimage.segmentation": {"slic"},
    # `warp` of a matrix, and not of a transformation.
    "skimage.transform": {"warp", "resize"},
    "skimage.metrics": {"peak_signal_noise_ratio", "structural_similarity"},
    # Places text by products of 3 × 3 matrices, which it rounds to parts of a pixel; the jobs below draw curves.
    "matplotlib": set(),
    "matplotlib.figure": {"Figure"},
    "matplotlib.backends.backend_agg": {"FigureCanvasAgg"},
}
WATCHED = {"numpy", *(name.split(".")[0] for name in PLAIN)}
ALLOWED = {
    "networks/distillation/channel_selection.py": "where weights that come with the project begin: no rule makes them",
}

# NumPy computes these by whatever instructions it finds; `datasets.elementary` rounds what they give.
BY_INSTRUCTIONS = re.compile(r"np\.(sin|cos|tan|exp|exp2|expm1|log|log2|log10|log1p|power|arctan2?|arcsin|arccos|tanh)")
# What leaves NumPy without AVX-512, and without AVX2 as well.
OLDER = ("X86_V4 AVX512_ICL AVX512_SPR", "X86_V3 X86_V4 AVX512_ICL AVX512_SPR")

CORES = ("Haswell", "SkylakeX", "Zen", "Prescott")


def blas(core: str, threads: int) -> dict[str, str]:
    return {"OPENBLAS_CORETYPE": core, "OPENBLAS_NUM_THREADS": str(threads)}


KINDS_OF_BLAS = [blas(core, threads) for core, threads in zip(CORES, (1, 2, 8, 1), strict=True)]


def uses(text: str) -> list[str]:
    """What a module calls that computes by the BLAS, or may."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            found.append("@")
        elif isinstance(node, ast.Attribute) and node.attr in THROUGH_BLAS:
            if not ast.unparse(node).startswith(("tf.", "keras.")) and ast.unparse(node.value) != "self":
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            found += [name for name in names if name.split(".")[0] in WATCHED and name not in {"numpy", *PLAIN}]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module.split(".")[0] in WATCHED:
            plain = PLAIN.get(node.module, set())
            found += [f"{node.module}.{alias.name}" for alias in node.names if alias.name not in plain]
    return found


@pytest.mark.parametrize(
    "text",
    [
        "c = a @ b",
        "a @= b",
        "np.dot(a, b)",
        "a.dot(b)",
        "np.linalg.norm(a)",
        "numpy.einsum('i,i', a, b)",
        "rng.multivariate_normal(a, b)",
        "f = np.cov",
        "from numpy import dot",
        "from numpy.linalg import svd",
        "import numpy.linalg as la",
        "import scipy.linalg",
        "def f():\n    import scipy.optimize",
        "from scipy import linalg",
        "from scipy.interpolate import CubicSpline",
        "from skimage.transform import SimilarityTransform",
    ],
)
def test_every_way_to_the_blas_is_seen(text):
    assert uses(text)


@pytest.mark.parametrize(
    "text",
    [
        "tf.linalg.svd(a)",
        "tf.matmul(a, b)",
        "import numpy as np\nnp.sum(a * b)",
        "self.inner = 1",
        "@decorated\ndef f(): pass",
    ],
)
def test_what_is_none_is_let_through(text):
    assert not uses(text)


def test_nothing_goes_through_the_blas_but_what_is_named():
    found = {path.relative_to(PACKAGE).as_posix(): uses(path.read_text()) for path in PACKAGE.rglob("*.py")}
    assert {name: used for name, used in found.items() if used and name not in ALLOWED} == {}


def run_jobs(kind: str, folder: Path, environment: dict[str, str]) -> Path:
    """The folder, with what the small jobs of a kind wrote there."""
    done = subprocess.run(
        [sys.executable, "-m", "helpers.small_jobs", kind, str(folder)],
        env=os.environ | environment | {"PYTHONPATH": os.pathsep.join([str(SRC), str(Path(__file__).parent)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def run_with(kind: str, folder: Path, environments: list[dict[str, str]]) -> list[Path]:
    return [run_jobs(kind, folder / str(number), environment) for number, environment in enumerate(environments)]


def assert_same_bytes(folders: list[Path]) -> None:
    made = list(map(digests, folders))
    if len({files.pop("control.txt") for files in made}) == 1:
        pytest.skip("NumPy's BLAS computes alike whatever OPENBLAS_CORETYPE says")
    first = made[0]
    assert len(first) > 5
    for folder, files in zip(folders, made, strict=True):
        different = sorted(name for name in first | files if files.get(name) != first.get(name))
        assert not different, f"in {folder}"


def test_drawings_are_the_same_with_every_blas_and_whatever_instructions_numpy_finds(tmp_path):
    older = [{**KINDS_OF_BLAS[0], "NPY_DISABLE_CPU_FEATURES": features} for features in OLDER]
    assert_same_bytes(run_with("drawing", tmp_path, KINDS_OF_BLAS + older))


@pytest.fixture(scope="module")
def with_two_kinds_of_blas(tmp_path_factory) -> list[Path]:
    return run_with("networks", tmp_path_factory.mktemp("networks"), [blas("Haswell", 1), blas("Prescott", 8)])


def test_pictures_trainings_and_judgements_are_the_same_with_another_blas(with_two_kinds_of_blas):
    assert_same_bytes(with_two_kinds_of_blas)


# Of TensorFlow, in its words: "A deterministic GPU implementation of … is not currently available", which ends a job.
NOT_ON_A_GPU = {
    *("AdjustContrastv2", "CropAndResizeGradBoxes", "CropAndResizeGradImage", "DepthwiseConv2dNativeBackpropFilter"),
    *("ResizeNearestNeighborGrad", "SparseTensorDenseMatMul"),
}


def test_jobs_are_made_of_operations_that_a_gpu_can_do_in_one_order(with_two_kinds_of_blas):
    used = set((with_two_kinds_of_blas[0] / "ops.txt").read_text().split())
    assert {"Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"} <= used
    assert not used & NOT_ON_A_GPU


def test_what_a_gpu_makes_is_held_against_what_the_cpu_makes(with_two_kinds_of_blas, tmp_path):
    """The comparison of `pytest -m gpu`, of two kinds of CPU here."""
    one, other = with_two_kinds_of_blas
    gpu.assert_close(one, other)
    for kind, (pattern, _) in gpu.PICTURES.items():
        changed = tmp_path / kind
        shutil.copytree(other, changed)
        path = next(changed.glob(pattern))
        Image.fromarray(np.asarray(Image.open(path).convert("RGB")) ^ 4).save(path)
        with pytest.raises(AssertionError, match=kind):
            gpu.assert_close(one, changed)
    history = changed / "pix2pix.csv"
    shutil.copytree(other, changed, dirs_exist_ok=True)
    rows = pd.read_csv(history)
    rows.loc[1, "discriminator"] *= 1.03
    rows.to_csv(history, index=False)
    with pytest.raises(AssertionError):
        gpu.assert_close(one, changed)
    assert len(gpu.instructions(one)) == 1


def test_no_picture_is_drawn_by_functions_that_differ_between_processors():
    painters = [f"datasets.paintings.{name}" for name in PAINTERS]
    drawn_by = sources(*painters, "datasets.crops", "datasets.facades.dataset")
    for path in set(drawn_by) - {"src/aiart/datasets/elementary.py"}:
        text = (SRC.parent / path).read_text()
        assert not BY_INSTRUCTIONS.findall(text), path
        powers = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.BinOp | ast.AugAssign)]
        powers = {ast.unparse(node.right) for node in powers if isinstance(node.op, ast.Pow)}
        # Squares are products, and the others are powers of whole numbers of Python's.
        assert powers <= {"2", "32", "octave"}, path


def test_elementary_functions_keep_the_type_of_what_they_are_given():
    numbers = np.linspace(-3, 3, 1001)
    for kind in (np.float32, np.float64):
        given = numbers.astype(kind)
        for name in ("sin", "cos", "exp", "arctan"):
            found, expected = getattr(elementary, name)(given), getattr(np, name)(given.astype(np.float64))
            assert found.dtype == kind
            np.testing.assert_array_equal(found, expected.astype(kind))
    assert elementary.power(np.float32([4]), 0.5).dtype == elementary.arctan2(1.0, np.float32([4])).dtype == np.float32
    assert elementary.sin(1).dtype == elementary.power(2.0, 3).dtype == np.float64


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_everything_is_the_same_with_every_blas(tmp_path, threads):
    assert_same_bytes(run_with("everything", tmp_path, [blas(core, threads) for core in CORES]))
