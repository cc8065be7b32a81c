"""Linear algebra of small matrices, with the same bits on every machine: plain operations in one order.

NumPy's `@`, `dot`, `cov` and `linalg`, SciPy's `linalg` and its splines hand their work to a BLAS and LAPACK, whose
order of additions depends on its maker, the processor and the number of threads. Here only + − × ÷ and √ are used,
which are rounded alike everywhere, and NumPy's own sums, whose order is fixed. Large matrices are TensorFlow's.
"""

from __future__ import annotations

import math
from functools import reduce
from operator import add

import numpy as np

# Rotations over all pairs; those of 3 × 3 matrices end after 4 to 6.
MOST_SWEEPS = 50


def product(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`one @ other` of (..., k) and (k,) or (k, m), for a small k: the sum in the order of k."""
    if other.ndim == 1:
        return reduce(add, (one[..., i] * other[i] for i in range(len(other))))
    return reduce(add, (one[..., i, np.newaxis] * other[i] for i in range(len(other))))


def norms(vectors: np.ndarray) -> np.ndarray:
    """Euclidean norms (..., 1) of vectors (..., k)."""
    return np.sqrt(np.square(vectors).sum(axis=-1, keepdims=True))


def orthonormal(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors at right angles, as many as `vectors` (n, k), which have to be independent: each is what is left of
    one of them beside those before it (modified Gram-Schmidt), float64."""
    left = np.array(vectors, np.float64)
    for row in range(len(left)):
        left[row] /= norms(left[row])
        left[row + 1 :] -= (left[row + 1 :] * left[row]).sum(axis=1, keepdims=True) * left[row]
    return left


def covariance(samples: np.ndarray) -> np.ndarray:
    """The covariance (k, k), of sums divided by n, of samples (n, k)."""
    channels = np.ascontiguousarray(samples.T)
    centred = channels - channels.mean(axis=1, keepdims=True)
    return np.array([[(one * other).mean() for other in centred] for one in centred])


def eigen_symmetric(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (k,), in no order, and eigenvectors as columns (k, k) of a symmetric matrix, float64.

    Jacobi's method by rows (Golub and Van Loan, "Matrix Computations", §8.5): rotations that make one element after
    another 0, until all beside the diagonal are below rounding.
    """
    rotated, directions = np.array(matrix, np.float64), np.eye(len(matrix))
    negligible = np.finfo(np.float64).eps * np.abs(rotated).max(initial=0.0) / len(matrix)
    for _ in range(MOST_SWEEPS):
        pairs = [(p, q) for q in range(len(matrix)) for p in range(q) if abs(rotated[p, q]) > negligible]
        if not pairs:
            break
        for p, q in pairs:
            cosine, sine = _rotation(float(rotated[p, p]), float(rotated[p, q]), float(rotated[q, q]))
            for array in (rotated.T, rotated, directions):
                first, second = array[:, p].copy(), array[:, q].copy()
                array[:, p], array[:, q] = cosine * first - sine * second, sine * first + cosine * second
    return np.diagonal(rotated).copy(), directions


def _rotation(first: float, between: float, second: float) -> tuple[float, float]:
    """Cosine and sine of the smaller rotation that diagonalises [[first, between], [between, second]]."""
    if between == 0.0:
        return 1.0, 0.0
    ratio = (second - first) / (2.0 * between)
    tangent = math.copysign(1.0, ratio) / (abs(ratio) + math.sqrt(ratio * ratio + 1.0))
    cosine = 1.0 / math.sqrt(tangent * tangent + 1.0)
    return cosine, tangent * cosine


def solve_tridiagonal(lower: np.ndarray, diagonal: np.ndarray, upper: np.ndarray, right: np.ndarray) -> np.ndarray:
    """x (n, m) of a tridiagonal system with the right sides (n, m), by elimination without exchange of rows.

    diagonal: (n,); lower and upper: (n − 1,), below and above it. For matrices that need no exchange, such as those of
    splines.
    """
    solved, pivots = np.array(right, np.float64), np.array(diagonal, np.float64)
    for row in range(1, len(pivots)):
        factor = lower[row - 1] / pivots[row - 1]
        pivots[row] -= factor * upper[row - 1]
        solved[row] -= factor * solved[row - 1]
    solved[-1] /= pivots[-1]
    for row in range(len(pivots) - 2, -1, -1):
        solved[row] = (solved[row] - upper[row] * solved[row + 1]) / pivots[row]
    return solved
