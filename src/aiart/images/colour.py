"""Keeping the colours of a picture that takes the style of another.

The methods of Gatys, Bethge, Hertzmann and Shechtman, "Preserving Color in Neural Artistic
Style Transfer", 2016, https://arxiv.org/abs/1606.05897: luminance-only transfer, for which the
painting's luminance is matched first, and colour statistics matching.
"""

import numpy as np

from aiart.images.array import as_picture
from aiart.linear_algebra import covariance, eigen_symmetric, product

# Luma of gamma-encoded RGB (Rec. ITU-R BT.601), the Y of YIQ and YUV.
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)

# A direction in RGB space whose standard deviation is below one 8-bit level holds rounding and
# compression noise rather than colour.
_NOISE_VARIANCE = 1.0


def preserve_luminance_colours(painted: np.ndarray, content: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Return the luma of `painted` with the chroma of `content`, or with one between both where `strength`, 0 to 1,
    is below 1; of strength 0 it is `painted`.

    Both are (height, width, 3) of equal size, 0 to 255; so is the result, float32. Colours that
    leave the range are clipped, and there the luma is kept only as far as the range allows.
    Raises ValueError where the sizes differ.
    """
    painted = as_picture(painted, "painted")
    content = as_picture(content, "content")
    if painted.shape != content.shape:
        raise ValueError(
            f"painted is {painted.shape[0]} × {painted.shape[1]} pixels and content "
            f"{content.shape[0]} × {content.shape[1]}; resize one to the other first."
        )
    # To change Y of YIQ alone is to add the difference to R, G and B alike.
    recoloured = np.clip(content + product(painted - content, _LUMA)[..., np.newaxis], 0, 255)
    return _between(painted, recoloured, strength)


def match_luminance(source: np.ndarray, target: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Give the luma of `source` the mean and standard deviation of the target's, and leave its chroma (section 3.2 of
    the paper); where `strength`, 0 to 1, is below 1, a picture between both.

    Both are (height, width, 3), 0 to 255, and may differ in size; the result has the size of `source`, float32, clipped
    to 0 to 255, which can move both a little. A source without contrast gets none.
    """
    source = as_picture(source, "source")
    luma, wanted = (product(picture.astype(np.float64), _LUMA) for picture in (source, as_picture(target, "target")))
    contrast = np.sqrt(wanted.var() / luma.var()) if luma.var() >= _NOISE_VARIANCE else 0.0
    difference = (luma - luma.mean()) * contrast + wanted.mean() - luma
    matched = np.clip(source + difference[..., np.newaxis], 0, 255).astype(np.float32)
    return _between(source, matched, strength)


def match_colour_statistics(source: np.ndarray, target: np.ndarray, strength: float = 1.0) -> np.ndarray:
    """Recolour `source` so that the mean and covariance of its RGB samples equal the target's; where `strength`, 0 to
    1, is below 1, a picture between both.

    The affine map x → A (x − μ_source) + μ_target with A = Σ_target^½ Σ_source^−½, the paper's
    form by eigendecomposition ("Image Analogies" colour matching). Directions in which the source
    has a standard deviation below 1, such as the chroma of a greyscale picture, are left out of
    the inverse, which would only amplify their noise; the covariance is then matched in the others.

    Both are (height, width, 3), 0 to 255, and may differ in size; the result has the size of
    `source`, float32, clipped to 0 to 255, which can move the statistics a little.
    """
    source = as_picture(source, "source")
    samples = source.reshape(-1, 3).astype(np.float64)
    target_samples = as_picture(target, "target").reshape(-1, 3).astype(np.float64)
    matrix = product(_root(covariance(target_samples)), _inverse_root(covariance(samples)))
    mapped = product(samples - samples.mean(axis=0), matrix.T) + target_samples.mean(axis=0)
    matched = np.clip(mapped, 0, 255).astype(np.float32).reshape(source.shape)
    return _between(source, matched, strength)


def _between(picture: np.ndarray, recoloured: np.ndarray, strength: float) -> np.ndarray:
    """As far on the way from one picture to the other as `strength` says; each end to the byte."""
    if strength in (0, 1):
        return recoloured if strength else picture
    return picture + np.float32(strength) * (recoloured - picture)


def _root(matrix: np.ndarray) -> np.ndarray:
    """Return the symmetric square root of a covariance."""
    variances, directions = eigen_symmetric(matrix)
    # Of a singular matrix, rounding makes some eigenvalues slightly negative.
    return product(directions * np.sqrt(np.maximum(variances, 0)), directions.T)


def _inverse_root(matrix: np.ndarray) -> np.ndarray:
    """Return the inverse of the symmetric square root over the directions that are not noise."""
    variances, directions = eigen_symmetric(matrix)
    scales = np.where(variances >= _NOISE_VARIANCE, 1 / np.sqrt(np.maximum(variances, _NOISE_VARIANCE)), 0)
    return product(directions * scales, directions.T)
