"""What counts as other code, and what does not."""

import subprocess
import sys

import pytest

from aiart import sources
from aiart.code_digest import code_digest, code_digests
from aiart.params.cyclegan import CycleGAN
from aiart.params.pix2pix import Pix2Pix
from aiart.translation.begin import code_of

TEXT = '''
"""A module."""
import math  # for pi

RATE: float = 1e-3
"""A rate."""


class Loss(object):
    """A loss."""

    name = 'least "squares"'

    def of(self, *, real: bool = True, **rest) -> float:
        """Its value."""
        try:
            return {**rest, 'a': [1, 0x10, 2.50, 1j, b'x\\xff', ..., None]}[f"{real!r:>{4}}" f'{{{rest["b"]}}}' 'c']
        except* (ValueError, TypeError) as error:
            raise RuntimeError(f"{error=}") from None
        finally:
            pass

    def empty(self): "Nothing."
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  # for pi", ""),
        ("import math", "\n\n# maths\nimport math"),
        ('"""A module."""', ""),
        ('"""A rate."""', '"""The rate."""'),
        ('        """Its value."""\n', ""),
        ("'least \"squares\"'", '"least \\"squares\\""'),
        ("1e-3", "0.001"),
        ("0x10", "16"),
        ("*, real: bool = True, **rest", "\n        *,\n        real: bool = True,\n        **rest,\n    "),
        ('"Nothing."', "pass"),
        (") as error", ") \\\n            as error"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(old, new):
    assert old in TEXT
    assert code_digest(TEXT.replace(old, new)) == code_digest(TEXT)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1e-3", "2e-3"),
        ("1e-3", "'1e-3'"),
        ("[1,", "[True,"),
        ("[1,", "[1.0,"),
        ("b'x", "'x"),
        ("...", "None"),
        (">{4}", "<{4}"),
        ("'c'", "'d'"),
        ("'c'", "''"),
        ("'a': ", "'b': "),
        ("bool = True", "bool = False"),
        ("except*", "except"),
        ("RATE: float", "RATE"),
        ("return {", "yield {"),
        ("empty", "full"),
    ],
)
def test_everything_else_counts(old, new):
    assert old in TEXT
    assert code_digest(TEXT.replace(old, new, 1)) != code_digest(TEXT)


def test_texts_that_change_places_are_seen():
    assert code_digest("x = {1: 'ab', 2: ''}") != code_digest("x = {1: 'a', 2: 'b'}")
    assert code_digest("f('a', 'b')") != code_digest("f('ab')")
    assert code_digest("if a:\n    b()\nc()") != code_digest("if a:\n    b()\n    c()")


def test_every_python_finds_the_same():
    """The digest as Python 3.11, 3.12 and 3.13 give it."""
    assert code_digest(TEXT) == "86389dafe206"


def test_what_a_training_runs_counts_and_what_looks_on_does_not():
    code = code_of("cyclegan", CycleGAN())
    steps = ("cyclegan/learner", "cyclegan/data", "cyclegan/pool", "losses", "adam", "schedule", "batches", "trainer")
    assert {f"translation/{name}.py" for name in steps} <= code.keys()
    assert {"networks/resnet.py", "images/read.py", "cli/runtime.py"} <= code.keys()
    # The other method, the writing of results, their grids and their judgement.
    others = (
        "translation/pix2pix/learner.py",
        "translation/model_file.py",
        "images/write.py",
        "translation/judging.py",
    )
    assert not code.keys() & {*others, "cli/train.py", "translation/show.py", "networks/states.py"}


def test_a_loss_over_features_depends_on_the_network_and_on_its_row_in_the_table():
    plain, perceptual = code_of("pix2pix", Pix2Pix()), code_of("pix2pix", Pix2Pix(lambda_perceptual=1))
    assert perceptual.keys() - plain.keys() >= {"networks/vgg.py", "params/feature_networks.py vgg19_slim"}


def test_they_are_found_wherever_the_package_lies(tmp_path):
    """Beside other packages, for instance, where pip puts it."""
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "aiart").symlink_to(sources.ROOT / "aiart")
    code = "from aiart.code_digest import code_digests; print(code_digests('translation.losses'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(tmp_path / "site-packages")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(code_digests("translation.losses"))
