"""Ascent over the spectrum of a picture in decorrelated colours, after lucid (optvis/param/spatial.py and color.py).

Coefficients are divided by what their frequency has in photographs, so that equal steps are equally visible, and a
sigmoid keeps the picture between black and white.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

# Square root of the correlation of ImageNet's colours: RGB by decorrelated colour, its longest column of length 1.
COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLOURS = COLOURS / np.sqrt((COLOURS**2).sum(axis=0).max())
# lucid divides the picture by it, before its colours.
DIVISOR = 4.0
# Black and white have no logit; a quarter of a grey level inside is written as they are.
END = 0.25 / 255
# Adam's, as in TensorFlow.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class FourierAscent:
    """A picture (height, width, 3; RGB 0..255) that is climbed by Adam on its spectrum."""

    def __init__(self, picture: np.ndarray, learning_rate: float):
        self.picture = picture
        self.learning_rate = learning_rate
        self.scale = frequency_scale(*picture.shape[:2])
        self.parameters = encode(picture, self.scale)
        self.mean = np.zeros_like(self.parameters)
        self.square = np.zeros_like(self.parameters)
        self.steps = 0

    def step(self, gradient: np.ndarray) -> np.ndarray:
        """The picture after one step along `gradient`, which is that of the picture as it was."""
        if not gradient.any() and not self.steps:
            return self.picture  # and not what the spectrum gives, a quarter of a level beside it
        parameters = tf.constant(self.parameters)
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            decoded = decode(parameters, self.scale, self.picture.shape)
        # The objective is a mean over the picture; as a sum it is far above Adam's epsilon.
        upstream = tf.constant(gradient * np.float32(gradient.size))
        slope = tape.gradient(decoded, parameters, output_gradients=upstream).numpy()
        self.steps += 1
        self.mean = BETA_1 * self.mean + (1 - BETA_1) * slope
        self.square = BETA_2 * self.square + (1 - BETA_2) * slope**2
        mean, square = self.mean / (1 - BETA_1**self.steps), self.square / (1 - BETA_2**self.steps)
        self.parameters = self.parameters + self.learning_rate * mean / (np.sqrt(square) + EPSILON)
        self.picture = decode(tf.constant(self.parameters), self.scale, self.picture.shape).numpy()
        return self.picture


def frequency_scale(height: int, width: int) -> tf.Tensor:
    """What each coefficient (height, width // 2 + 1) is multiplied by: √pixels / its frequency."""
    frequency = np.sqrt(np.fft.fftfreq(height)[:, np.newaxis] ** 2 + np.fft.rfftfreq(width) ** 2)
    scale = np.sqrt(height * width) / np.maximum(frequency, 1 / max(height, width))
    return tf.constant(scale, tf.float32)


def encode(picture: np.ndarray, scale: tf.Tensor) -> np.ndarray:
    """Parameters float32 (2, 3, height, width // 2 + 1), real and imaginary, that `decode` makes the picture of."""
    share = np.clip(picture.astype(np.float64) / 255, END, 1 - END)
    logit = tf.math.log(tf.constant(share)) - tf.math.log(tf.constant(1 - share))
    plain = DIVISOR * tf.tensordot(logit, tf.constant(inverse(COLOURS).T), 1)
    spectrum = tf.signal.rfft2d(tf.transpose(plain, [2, 0, 1])) / tf.cast(scale, tf.complex128)
    return tf.cast(tf.stack([tf.math.real(spectrum), tf.math.imag(spectrum)]), tf.float32).numpy()


def decode(parameters: tf.Tensor, scale: tf.Tensor, shape: tuple[int, int, int]) -> tf.Tensor:
    """The picture (height, width, 3), RGB 0..255, of `shape`."""
    spectrum = tf.complex(parameters[0] * scale, parameters[1] * scale)
    plain = tf.transpose(tf.signal.irfft2d(spectrum, shape[:2]), [1, 2, 0]) / DIVISOR
    return 255 * tf.sigmoid(tf.tensordot(plain, tf.constant(COLOURS.T, tf.float32), 1))


def inverse(matrix: np.ndarray) -> np.ndarray:
    """Of a 3 × 3 matrix, by cross products, which go through no BLAS."""
    a, b, c = matrix
    return np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1) / (a * np.cross(b, c)).sum()
