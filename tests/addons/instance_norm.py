"""Instance norm by the real tensorflow-addons, for test_instance_norm.py.

Usage: python instance_norm.py IN.npz OUT.npz, in an environment made from requirements.lock, which is

    uv pip compile requirements.in --python-version 3.11 --python-platform x86_64-manylinux_2_28 \\
        --generate-hashes --no-header --no-annotate --no-build

For every case `<n>/x`, `<n>/gamma`, `<n>/beta` of IN, OUT holds the layer's output `<n>/y` with its default
epsilon, and `<n>/gradient`, the gradient of the sum of the output's cubes by x.
"""

import sys

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa

given, made = np.load(sys.argv[1]), {}
for case in sorted({name.split("/")[0] for name in given.files}):
    x = tf.constant(given[f"{case}/x"])
    layer = tfa.layers.InstanceNormalization()
    layer.build(x.shape)
    layer.set_weights([given[f"{case}/gamma"], given[f"{case}/beta"]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x)
        loss = tf.reduce_sum(y**3)
    made |= {f"{case}/y": y.numpy(), f"{case}/gradient": tape.gradient(loss, x).numpy()}
np.savez(sys.argv[2], **made)
