"""Model files that somebody else made or that were damaged: one sentence, before much is built."""

import json

import numpy as np
import pytest

from aiart.errors import UserError
from aiart.params.pix2pix import Pix2Pix
from aiart.translation import methods
from aiart.translation.model_file import load_model, save_model

SETTINGS = Pix2Pix(image_side=16, generator_width=2, receptive_field=16)
DAMAGED = "is not a model of `aiart train`, or is damaged ("


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.npz"
    generator = methods.part("pix2pix", "learner").build_generator(SETTINGS, seed=1)
    save_model(path, "pix2pix", {"b_to_a": generator}, SETTINGS.model_dump(), steps=1)
    with np.load(path) as file:
        found = {name: file[name] for name in file.files}
    assert load_model(path).directions == ("b_to_a",)
    return found


def about(members, **settings):
    said = json.loads(str(members["model"]))
    said["settings"].update(settings)
    return {"model": json.dumps(said)}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda m: {"b_to_a/000": np.full_like(m["b_to_a/000"], np.nan)}, "b_to_a/000 holds what is no finite number"),
        (lambda m: {"b_to_a/000": np.full_like(m["b_to_a/000"], np.inf)}, "b_to_a/000 holds what is no finite number"),
        (lambda m: {"b_to_a/000": m["b_to_a/000"].astype(complex)}, f"{DAMAGED}b_to_a/000 holds complex128"),
        (lambda m: {"b_to_a/000": m["b_to_a/000"].astype(int)}, "b_to_a/000 holds what is no finite number"),
        (lambda m: {"b_to_a/000": None}, "its weights do not fit its settings"),
        (lambda m: about(m, generator_width=512), "its weights do not fit its settings"),
        (lambda m: about(m, generator_width=3000), "generator_width is 3000"),
        (lambda m: about(m, image_side=1024), "its weights do not fit its settings"),
        (lambda m: {"model": None}, f"{DAMAGED}it says nothing of a model)"),
        (lambda m: {"model": "{}"}, f"{DAMAGED}it says nothing of its settings)"),
        (lambda m: {"model": "[" * 100_000}, f"{DAMAGED}what it says of its model is no JSON)"),
        (
            lambda m: {"model": '{"method": ["a"], "settings": {}, "facts": {}}'},
            f"{DAMAGED}it says of no known method that it made it)",
        ),
        (lambda m: dict.fromkeys(set(m) - {"model"}), f"{DAMAGED}it holds no weights)"),
    ],
)
def test_a_model_that_is_none_is_refused_in_one_sentence(members, tmp_path, change, expected):
    changed = {**members, **change(members)}
    path = tmp_path / "m.npz"
    np.savez(path, **{name: value for name, value in changed.items() if value is not None})
    with pytest.raises(UserError) as caught:
        load_model(path)
    assert str(caught.value).startswith(f"{path}: {expected}")
    assert "\n" not in str(caught.value)
