"""Nodes without a network: everything that computes, in an empty network namespace."""

from __future__ import annotations

import subprocess
import sys

import pytest
from helpers.checkout import TINY_PARAMS, copy_checkout

DREAM = """\
deep_dream:
  defaults: {long_side: 48, octaves: 1, iterations: 1}
  pictures:
    cat: {picture: chelsea, layers: conv2_1}
"""
CUT = ["unshare", "--net", "--map-root-user"]
LOOK = "import socket; print([name for _, name in socket.if_nameindex()]); socket.create_connection(('192.0.2.1', 80))"


@pytest.mark.slow
def test_everything_is_trained_painted_and_dreamed_with_the_network_cut(tmp_path):
    look = subprocess.run([*CUT, sys.executable, "-c", LOOK], capture_output=True, text=True, check=False)
    if "['lo']" not in look.stdout:
        pytest.skip(f"this machine does not permit an empty network namespace: {look.stderr.strip()}")
    assert "Network is unreachable" in look.stderr
    checkout = copy_checkout(tmp_path, TINY_PARAMS.replace("deep_dream: {}\n", DREAM))
    checkout.run(*CUT, "snakemake", "--cores", "2")
    assert (tmp_path / "results/deep_dream/pictures/cat.png").exists()
    assert (tmp_path / "results/pix2pix/runs/houses.json").exists()
    assert (tmp_path / "results/style_transfer/grids/variation.png").exists()
    assert checkout.jobs() == {}
