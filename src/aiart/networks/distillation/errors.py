"""By how much a student's features miss its teacher's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import tensorflow as tf

from aiart.networks.distillation.crops import random_crops
from aiart.networks.distillation.paint_over import gram_matrices

HELD_OUT_BATCHES = 16
# Held-out crops come from the same generator as training ones, at steps that training never reaches.
HELD_OUT_STEP = 10**9


def embedding_errors(student, layer: str, feature: tf.Tensor, target: tf.Tensor):
    """Relative errors of the embedded features: of the activations (share of the variance that is not
    explained) and of their Gram matrices."""
    target = target / student.target_rms[layer]
    embedded = student.embed(layer, feature)
    spread = tf.reduce_mean(tf.math.squared_difference(target, tf.reduce_mean(target, [0, 1, 2])))
    feature_error = tf.reduce_mean(tf.math.squared_difference(embedded, target)) / spread
    gram, gram_target = gram_matrices(embedded), gram_matrices(target)
    gram_error = tf.reduce_sum((gram - gram_target) ** 2) / tf.reduce_sum(gram_target**2)
    return feature_error, gram_error


def evaluate(student, teach, layers, settings, pictures, seed) -> pd.DataFrame:
    """Errors per layer on undisturbed crops, and the sizes of the activations, as a table."""
    sums = {layer: np.zeros(4) for layer in layers}
    for index in range(HELD_OUT_BATCHES):
        image = tf.constant(
            random_crops(
                pictures,
                seed=seed,
                step=HELD_OUT_STEP + index,
                batch=settings.batch,
                crop=settings.crop,
                scale=settings.scale,
            )
        )
        targets, found = teach(image), student.features(image, layers)
        for layer in layers:
            feature, gram = embedding_errors(student, layer, found[layer], targets[layer])
            squares = tf.reduce_mean(found[layer] ** 2), tf.reduce_mean(targets[layer] ** 2)
            sums[layer] += [float(feature), float(gram), *(float(s) for s in squares)]
    rows = []
    for layer in layers:
        feature, gram, student_square, teacher_square = sums[layer] / HELD_OUT_BATCHES
        rows.append(
            {
                "layer": layer,
                "feature_error": feature,
                "gram_error": gram,
                "student_rms": student_square**0.5,
                "teacher_rms": teacher_square**0.5,
            }
        )
    return pd.DataFrame(rows)
