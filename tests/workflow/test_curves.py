"""`curves: true` in a sweep of each room, as a whole workflow."""

from __future__ import annotations

import json

import pytest
from helpers.checkout import TINY_PARAMS, copy_checkout

from aiart.images import read_image
from aiart.params.root import ROOMS

# The same of a training of each method, and of a dream.
SIZES = (
    "image_side: 16, generator_width: 4, discriminator_width: 4, receptive_field: 16, epochs: 3, decay_epochs: 0, "
    "validate_every: 1, samples: 1, sample_pictures: 1, log_every: 1, threads: 1, keep: best"
)
SWEEPS = f"""
deep_dream:
  defaults: {{long_side: 48, octaves: 1, iterations: 4, layers: conv2_1, jitter: 0}}
  sweeps:
    steps: {{title: Steps, curves: true, columns: {{step_size: [1, 4]}}, base: {{picture: chelsea}}}}
cyclegan:
  defaults: {{{SIZES}, blocks: 1}}
  sweeps:
    pools: {{title: Pools, curves: true, columns: {{pool_capacity: [0, 2]}}, base: {{dataset: synthetic_paintings}}}}
pix2pix:
  defaults: {{{SIZES}}}
  sweeps:
    weights: {{title: Weights, curves: true, columns: {{lambda_l1: [10, 100]}}, base: {{dataset: synthetic_facades}}}}
style_transfer:"""


@pytest.mark.slow
def test_every_room_has_curves(tmp_path):
    head, rest = TINY_PARAMS.split("deep_dream:")[0], TINY_PARAMS.split("style_transfer:")[1]
    checkout = copy_checkout(tmp_path, f"{head}{SWEEPS.lstrip()}{rest}")
    sweeps = {"style_transfer": "variation", "deep_dream": "steps", "pix2pix": "weights", "cyclegan": "pools"}
    assert set(sweeps) == set(ROOMS)
    checkout.snakemake(*sweeps)
    for room, sweep in sweeps.items():
        assert read_image(tmp_path / f"results/{room}/curves/{sweep}.png").min() < 100
    # Paintings and dreams are also timed; of a log that was not written Snakemake makes an empty file.
    timed = [path for path in tmp_path.glob("logs/*/curves/*_over_time.png") if path.stat().st_size]
    assert {path.parent.parent.name for path in timed} == {"style_transfer", "deep_dream"}
    (judged,) = tmp_path.glob("results/cyclegan/sweeps/pools/pool_capacity=2.json")
    assert json.loads(judged.read_text())["measured"]["a_to_b"]["pictures"] == 2
