"""The devices, and perhaps machines, that share a training."""

from __future__ import annotations

import os

import tensorflow as tf

from aiart.errors import UserError


def choose_strategy(devices: int) -> tf.distribute.Strategy:
    """TensorFlow's strategy for one device, several GPUs of one machine, or several machines.

    devices: GPUs of each machine that share a batch; without any visible GPU the CPU trains alone. Several machines
    are those that the environment variable TF_CONFIG names, or the tasks of a Slurm step (`srun --ntasks=2 aiart
    train …`), one training process each. To be called before TensorFlow computes anything. Raises UserError when
    there are some GPUs, but too few.
    """
    if "TF_CONFIG" in os.environ:
        return tf.distribute.MultiWorkerMirroredStrategy()
    # SLURM_STEP_NUM_TASKS is there only within `srun`; a batch script alone is one process, whatever it was given.
    if int(os.environ.get("SLURM_STEP_NUM_TASKS", "1")) > 1:
        resolver = tf.distribute.cluster_resolver.SlurmClusterResolver()
        return tf.distribute.MultiWorkerMirroredStrategy(cluster_resolver=resolver)
    gpus = tf.config.list_logical_devices("GPU")
    if devices == 1 or not gpus:
        return tf.distribute.get_strategy()
    if len(gpus) < devices:
        raise UserError(f"devices is {devices}, but only {len(gpus)} GPUs are visible; lower it or ask for more GPUs.")
    return tf.distribute.MirroredStrategy([gpu.name for gpu in gpus[:devices]])


def shared_batches(batches: tf.data.Dataset, batch: int, strategy: tf.distribute.Strategy):
    """The batches, each spread over the devices in order; every machine makes its own part.

    Written out, because `experimental_distribute_dataset` gives each machine all of a dataset that does not come
    from files. Raises UserError when the devices cannot share a batch equally.
    """
    replicas = strategy.num_replicas_in_sync
    if batch % replicas:
        raise UserError(f"batch is {batch}, which {replicas} devices cannot share; make it a multiple of {replicas}.")

    def of_machine(context: tf.distribute.InputContext) -> tf.data.Dataset:
        part = batch // context.num_input_pipelines
        start = part * context.input_pipeline_id
        mine = batches.map(lambda *arrays: tuple(array[start : start + part] for array in arrays))
        return mine.rebatch(batch // replicas, drop_remainder=True).prefetch(2)

    return strategy.distribute_datasets_from_function(of_machine)


def writes_files(strategy: tf.distribute.Strategy) -> bool:
    """Whether this process is the one that writes checkpoints and results: the only one, or the first of several."""
    resolver = strategy.cluster_resolver
    return resolver is None or not resolver.task_id
