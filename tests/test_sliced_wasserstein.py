"""The sliced Wasserstein distance: known cases, and what it must not depend on."""

import numpy as np
import pytest

from aiart.translation.metrics import jackknife_error
from aiart.translation.sliced_wasserstein import (
    BLOCKS,
    laplacian_pyramid,
    project,
    sliced_distance,
    sliced_distances_without,
)


def noise(seed, count=12, side=32):
    return np.random.default_rng(seed).normal(128, 40, (count, side, side, 3)).astype(np.float32)


def test_the_levels_of_the_pyramid_add_up_to_the_picture():
    pictures = noise(0, 1, 64)
    levels = laplacian_pyramid(pictures)
    assert [level.shape[1] for level in levels] == [64, 32, 16]
    assert [level.shape[1] for level in laplacian_pyramid(noise(0, 1, 100))] == [100, 50, 25]
    assert len(laplacian_pyramid(noise(0, 1, 16))) == 1
    # A picture of one colour has no detail on any level but the last.
    *bands, rest = laplacian_pyramid(np.full((1, 32, 32, 3), 90, np.float32))
    assert max(np.abs(band).max() for band in bands) < 1e-3
    np.testing.assert_allclose(rest, 90, rtol=1e-5)


def test_a_set_is_at_no_distance_from_itself_and_near_another_of_its_kind():
    pictures = project(noise(0))
    same, alike = sliced_distance(pictures, project(noise(0))), sliced_distance(pictures, project(noise(1)))
    stripes = noise(2)
    stripes[:, ::2] = 0
    assert same == 0
    assert 0 < alike < 0.4 * sliced_distance(pictures, project(stripes))


def test_it_is_the_mean_distance_of_sorted_projections():
    # On one level (16 px), against the definition written out.
    one, other = noise(3, 10, 16), noise(4, 10, 16)
    (seen,), (seen_other,) = project(one), project(other)
    expected = np.mean(
        [np.abs(np.sort(a) - np.sort(b)).mean() for a, b in zip(seen.values, seen_other.values, strict=True)]
    )
    assert sliced_distance([seen], [seen_other]) == pytest.approx(1e3 * expected, rel=1e-6)
    # Normalised patches along unit directions have about unit deviation.
    assert seen.values.std() == pytest.approx(1, abs=0.05)


def test_a_tint_and_a_contrast_alone_are_no_distance():
    pictures = noise(5)
    tinted = pictures * 0.5 + np.array([40, 0, -10], np.float32)
    assert sliced_distance(project(pictures), project(tinted)) < 0.5


def test_equal_seeds_give_equal_figures_and_others_nearly_equal_ones():
    one, other = noise(6), np.cumsum(noise(7), axis=2)
    by_seed = [sliced_distance(project(one, seed), project(other, seed)) for seed in (1, 1, 2)]
    assert by_seed[0] == by_seed[1]
    assert by_seed[0] != by_seed[2]
    assert by_seed[0] == pytest.approx(by_seed[2], rel=0.1)


def test_leaving_out_a_block_is_the_distance_of_the_others():
    one, other = noise(8, 20), noise(9, 20)
    seen, seen_other = project(one), project(other)
    without = sliced_distances_without(seen, seen_other)
    assert without.shape == (BLOCKS,)
    assert without.mean() == pytest.approx(sliced_distance(seen, seen_other), rel=0.1)
    assert 0 < jackknife_error(without) < without.mean()
    assert np.isnan(sliced_distances_without(project(noise(8, 9)), project(noise(9, 9)))).all()
