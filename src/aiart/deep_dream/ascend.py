"""Gradient ascent at one size."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
from scipy.ndimage import gaussian_filter

from aiart.deep_dream.fourier import FourierAscent
from aiart.deep_dream.objective import Objective
from aiart.deep_dream.tiles import PictureEvaluation, evaluate_picture
from aiart.deep_dream.transforms import Resampling, random_resampling
from aiart.errors import UserError
from aiart.params.deep_dream import DeepDream

# Keeps a gradient that is 0 everywhere at 0; others are larger by orders of magnitude.
EPSILON = 1e-12
# Grey levels before black and white within which steps towards them shorten, as film's highlights do: cut off there,
# a dream would lose what it has drawn and turn neon.
SHOULDER = 64.0


def ascend(
    objective: Objective,
    picture: np.ndarray,
    scales: np.ndarray,
    settings: DeepDream,
    random: np.random.Generator,
    observe: Callable[[PictureEvaluation], None],
    stopped: Sequence[int] = (),
    guide: np.ndarray | None = None,
) -> np.ndarray:
    """`picture` (height, width, 3; RGB 0..255) after `settings.iterations` steps up the objective.

    observe is called after every evaluation, which is that of the picture before the step. Once `stopped` holds
    something, the step under way is the last one. guide: of a caricature, shaped like the picture; it is moved with
    it. Raises UserError when a step is not finite.
    """
    fourier = FourierAscent(picture, settings.learning_rate) if settings.parametrization == "fourier" else None
    for _ in range(settings.iterations):
        down, right = random.integers(-settings.jitter, settings.jitter + 1, 2)
        resampling = random_resampling(picture.shape[:2], settings, random)
        seen, beside = (None if whole is None else _moved(whole, down, right, resampling) for whole in (picture, guide))
        evaluation = evaluate_picture(
            objective, seen, scales, tile=settings.tile, overlap=settings.overlap, guide=beside
        )
        observe(evaluation)
        gradient = resampling.pull_back(evaluation.gradient) if resampling else evaluation.gradient
        gradient = roll(gradient, -down, -right)
        with np.errstate(over="ignore", invalid="ignore"):  # it is looked at below
            if settings.tv_weight:
                gradient = gradient - settings.tv_weight * total_variation_gradient(picture)
            if fourier:
                after = fourier.step(gradient)
            else:
                after = picture + shorten(settings.step_size * _direction(gradient, settings), picture)
        if not np.isfinite(after).all():
            rate = "learning_rate" if fourier else "step_size"
            raise UserError(f"A step of the dream is not finite; lower tv_weight or {rate}.")
        picture = np.clip(after, 0, 255)
        if stopped:
            break
    return picture


def _moved(picture: np.ndarray, down: int, right: int, resampling: Resampling | None) -> np.ndarray:
    rolled = roll(picture, down, right)
    return resampling.apply(rolled) if resampling else rolled


def _direction(gradient: np.ndarray, settings: DeepDream) -> np.ndarray:
    """Where the step goes, of normalised length."""
    if settings.laplacian_levels:
        gradient = equalise_bands(gradient, settings.laplacian_levels)
    if settings.smoothing:
        gradient = smooth(gradient, settings.smoothing)
    return normalise(gradient, settings.gradient_normalization)


def shorten(step: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """`step`, shorter where it leads from within `SHOULDER` grey levels of 0 or 255 towards that end."""
    room = np.where(step > 0, 255 - picture, picture)
    return step * np.minimum(room / SHOULDER, 1)


def roll(picture: np.ndarray, down: int, right: int) -> np.ndarray:
    """Shift with wrap-around; undone exactly by `roll(rolled, -down, -right)`."""
    return np.roll(picture, (down, right), (0, 1))


def normalise(gradient: np.ndarray, normalization: str) -> np.ndarray:
    """Gradient of mean absolute value 1 (`mean_abs`) or standard deviation 1 (`std`)."""
    scale = np.abs(gradient).mean() if normalization == "mean_abs" else gradient.std()
    if not np.isfinite(scale) and gradient.dtype != np.float64:
        # Sums and squares leave the range of float32 where the numbers do not.
        return normalise(gradient.astype(np.float64), normalization).astype(gradient.dtype)
    return gradient / max(scale, EPSILON)


def smooth(gradient: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian of standard deviation `sigma` pixels over height and width."""
    return gaussian_filter(gradient, (sigma, sigma, 0), mode="nearest")


def equalise_bands(gradient: np.ndarray, levels: int) -> np.ndarray:
    """The gradient's frequency bands and its coarse rest, each divided by its standard deviation, added up.

    After TensorFlow's 2016 tutorial (lap_normalize). Its Laplacian pyramid halves the picture from band to
    band; here the bands are differences of Gaussians of 1, 2, 4 … pixels at full size.
    """
    result = np.zeros_like(gradient)
    finer = gradient
    for level in range(levels):
        coarser = smooth(gradient, 2.0**level)
        result += normalise(finer - coarser, "std")
        finer = coarser
    return result + normalise(finer, "std")


def total_variation_gradient(picture: np.ndarray) -> np.ndarray:
    """Gradient of Σ|Δx| + Σ|Δy|, divided by the number of pixel values, of a (height, width, 3) picture."""
    pixels = tf.constant(picture)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        loss = tf.image.total_variation(pixels) / picture.size
    return tape.gradient(loss, pixels).numpy()
