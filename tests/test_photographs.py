"""The default content photographs come out of scikit-image's wheel, without a network."""

import socket

import numpy as np
import pytest

from aiart.datasets.photographs import PHOTOGRAPHS, load_photograph
from aiart.errors import UserError

EXPECTED = {
    "astronaut": ((512, 512, 3), (141.56, 105.75, 96.47)),
    "chelsea": ((300, 451, 3), (147.67, 111.44, 86.80)),
    "coffee": ((400, 600, 3), (158.56, 85.80, 51.48)),
    "rocket": ((427, 640, 3), (52.27, 61.29, 82.27)),
    "hubble_deep_field": ((872, 1000, 3), (18.58, 19.79, 19.09)),
    "retina": ((1411, 1411, 3), (159.12, 63.51, 46.01)),
}


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a photograph must not open a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def test_the_table_is_complete():
    assert set(PHOTOGRAPHS) == set(EXPECTED)
    for photograph in PHOTOGRAPHS.values():
        assert photograph.shows
        assert photograph.credit
        assert photograph.licence in {"CC0", "public domain"}


@pytest.mark.parametrize("name", EXPECTED)
def test_photograph_has_its_size_and_mean_colour(name):
    shape, mean = EXPECTED[name]
    picture = load_photograph(name)
    assert picture.shape == shape
    assert picture.dtype == np.float32
    assert picture.min() >= 0.0
    assert picture.max() <= 255.0
    # JPEG decoders may differ by a level or so.
    np.testing.assert_allclose(picture.mean(axis=(0, 1)), mean, atol=0.5)
    assert "x".join(map(str, shape[:2])) in PHOTOGRAPHS[name].shows


def test_unknown_photograph_names_the_nearest_and_all():
    with pytest.raises(UserError) as caught:
        load_photograph("astronout")
    assert str(caught.value) == (
        "No photograph is called 'astronout'; the nearest name is 'astronaut', and the photographs are "
        "astronaut, chelsea, coffee, rocket, hubble_deep_field, retina."
    )


def test_missing_file_is_a_user_error(monkeypatch, tmp_path):
    monkeypatch.setattr("aiart.datasets.photographs.resources.files", lambda package: tmp_path)
    with pytest.raises(UserError) as caught:
        load_photograph("coffee")
    assert str(caught.value) == (
        f"The photograph 'coffee' is missing from the installed scikit-image at {tmp_path / 'data' / 'coffee.png'}; "
        "reinstall scikit-image 0.25 or later."
    )
