"""Figures with the digits that mean something."""

import json

import numpy as np
import pandas as pd

from aiart.cli.records import write_report
from aiart.digits import rounded
from aiart.gallery import write_frame


def test_real_numbers_are_rounded_wherever_they_stand_and_nothing_else_is():
    values = {"a": [1 / 3, {"b": np.float32(0.1)}], "n": 12345678, "yes": True, "none": None, "text": "1.23456789"}
    values |= {"nan": float("nan"), "inf": float("inf"), "large": 1.23456789e300, "whole": 2.0}
    found = rounded(values)
    assert found.pop("nan") != 0
    assert found == {
        "a": [0.333333, {"b": 0.1}],
        "n": 12345678,
        "yes": True,
        "none": None,
        "text": "1.23456789",
        "inf": float("inf"),
        "large": 1.23457e300,
        "whole": 2.0,
    }
    assert isinstance(found["n"], int) and isinstance(found["whole"], float) and found["yes"] is True


def test_a_report_rounds_what_was_measured_and_no_setting(tmp_path):
    write_report(tmp_path / "r.json", {"kid": 1 / 3, "of": {"n": 7, "fid": 2 / 3}}, {"rate": 0.123456789}, seed=1)
    assert json.loads((tmp_path / "r.json").read_text()) == {
        "measured": {"kid": 0.333333, "of": {"n": 7, "fid": 0.666667}},
        "settings": {"rate": 0.123456789},
        "seed": 1,
    }


def test_a_history_is_rounded_and_may_be_empty(tmp_path):
    frame = pd.DataFrame({"step": [1, 2], "loss": [1 / 3, 2e-7 / 3], "validation": [None, 0.1 + 0.2]})
    write_frame(tmp_path / "h.csv", frame)
    assert (tmp_path / "h.csv").read_text() == "step,loss,validation\n1,0.333333,\n2,6.66667e-08,0.3\n"
    write_frame(tmp_path / "h.csv", pd.DataFrame({"step": [], "loss": []}))
    assert (tmp_path / "h.csv").read_text() == "step,loss\n"
