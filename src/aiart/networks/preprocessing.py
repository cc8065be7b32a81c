"""What feature networks do to a picture first, by Keras's names."""

from __future__ import annotations

import tensorflow as tf

# Caffe's channel means, in the B, G, R order that the weights expect; there is no division by a deviation.
CAFFE_MEAN_BGR = (103.939, 116.779, 123.68)


def preprocess(image: tf.Tensor, form: str) -> tf.Tensor:
    """RGB 0..255, shape unchanged.

    caffe  B, G, R, each less the mean of ImageNet
    tf     −1..1
    """
    return {"caffe": _caffe, "tf": _tf}[form](image)


def _caffe(image: tf.Tensor) -> tf.Tensor:
    return tf.reverse(image, axis=[-1]) - tf.constant(CAFFE_MEAN_BGR, image.dtype)


def _tf(image: tf.Tensor) -> tf.Tensor:
    return image / 127.5 - 1.0
