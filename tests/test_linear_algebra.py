"""Linear algebra in plain operations, against NumPy's and SciPy's."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from scipy.linalg import solve_banded

from aiart.datasets.fields import spline
from aiart.linear_algebra import covariance, eigen_symmetric, norms, orthonormal, product, solve_tridiagonal

RANDOM = np.random.default_rng(5)


@pytest.mark.parametrize(
    ("one", "other"), [((4, 3), (3,)), ((5, 4, 3), (3,)), ((7, 3), (3, 3)), ((2, 6, 5), (5, 4)), ((3, 1), (1, 2))]
)
def test_a_product_is_the_matrix_product_in_its_type(one, other):
    one, other = RANDOM.random(one), RANDOM.random(other)
    np.testing.assert_allclose(product(one, other), one @ other, rtol=1e-13)
    assert product(one.astype(np.float32), other.astype(np.float32)).dtype == np.float32


def test_norms_keep_their_axis():
    vectors = RANDOM.normal(size=(4, 5, 3))
    np.testing.assert_allclose(norms(vectors), np.linalg.norm(vectors, axis=-1, keepdims=True), rtol=1e-14)


def test_the_covariance_is_that_of_numpy():
    samples = RANDOM.normal(100, 30, (500, 3))
    np.testing.assert_allclose(covariance(samples), np.cov(samples, rowvar=False, bias=True), rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-200, 1e-6, 1.0, 1e6, 1e200])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_eigenvalues_and_directions_make_the_matrix_again(size, scale):
    half = RANDOM.normal(size=(size, size))
    matrix = (half + half.T) * scale
    values, directions = eigen_symmetric(matrix)
    np.testing.assert_allclose(np.sort(values), np.linalg.eigvalsh(matrix), atol=1e-13 * size * scale)
    np.testing.assert_allclose(directions.T @ directions, np.eye(size), atol=1e-14 * size)
    np.testing.assert_allclose(directions * values @ directions.T, matrix, atol=1e-13 * size * scale)


@pytest.mark.parametrize(
    ("matrix", "values"),
    [
        (np.zeros((3, 3)), [0, 0, 0]),
        (np.full((3, 3), 7.0), [0, 0, 21]),
        (np.diag([1e300, 1.0, 1e-300]), [1e-300, 1, 1e300]),
        (np.array([[1, 1e-20], [1e-20, 1]]), [1, 1]),
    ],
)
def test_special_matrices_have_their_eigenvalues(matrix, values):
    np.testing.assert_allclose(np.sort(eigen_symmetric(matrix)[0]), values, rtol=1e-14, atol=1e-14)


def test_a_tridiagonal_system_is_solved():
    lower, upper = RANDOM.random((2, 6))
    diagonal, right = 2 + RANDOM.random(7), RANDOM.random((7, 2))
    banded = np.array([[0, *upper], diagonal, [*lower, 0]])
    np.testing.assert_allclose(
        solve_tridiagonal(lower, diagonal, upper, right), solve_banded((1, 1), banded, right), rtol=1e-12
    )


@pytest.mark.parametrize("count", [3, 4, 5, 9])
def test_a_spline_is_that_of_scipy(count):
    points = RANDOM.random((count, 2)) * 100
    chord = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    expected = CubicSpline(chord, points)(np.linspace(0, chord[-1], 50))
    np.testing.assert_allclose(spline(points, 50), expected, atol=1e-9)


def test_orthonormal_vectors_span_what_the_others_do():
    vectors = np.random.default_rng(0).standard_normal((5, 9))
    found = orthonormal(vectors)
    np.testing.assert_allclose(found @ found.T, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(vectors @ found.T @ found, vectors, atol=1e-12)
