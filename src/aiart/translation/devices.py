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
    gpus = tf.config.get_visible_devices("GPU")
    if gpus and len(gpus) < devices:
        raise UserError(f"devices is {devices}, but only {len(gpus)} GPUs are visible; lower it or ask for more GPUs.")
    # A strategy of several machines would take all that it sees.
    gpus = gpus[:devices]
    tf.config.set_visible_devices(gpus, "GPU")
    if "TF_CONFIG" in os.environ:
        return tf.distribute.MultiWorkerMirroredStrategy()
    # SLURM_STEP_NUM_TASKS is there only within `srun`; a batch script alone is one process, whatever it was given.
    if (tasks := int(os.environ.get("SLURM_STEP_NUM_TASKS", "1"))) > 1:
        return tf.distribute.MultiWorkerMirroredStrategy(_slurm_tasks(tasks, gpus=len(gpus)))
    if devices == 1 or not gpus:
        return tf.distribute.get_strategy()
    return tf.distribute.MirroredStrategy()


def _slurm_tasks(tasks: int, gpus: int) -> tf.distribute.cluster_resolver.ClusterResolver:
    """The tasks of this Slurm step by address, each with so many GPUs.

    SlurmClusterResolver counts GPUs by itself, for which it needs nvidia-smi and at least one GPU for each task: it
    is told of one, and only asked for the addresses. Its ports are the same for every job, so they are chosen here.
    """
    step = int(os.environ["SLURM_JOB_ID"]) + int(os.environ["SLURM_STEP_ID"])
    found = tf.distribute.cluster_resolver.SlurmClusterResolver(
        port_base=20_000 + 8 * (step % 1500), gpus_per_node=tasks, gpus_per_task=1, auto_set_gpu=False
    )
    addresses = found.cluster_spec()
    return tf.distribute.cluster_resolver.SimpleClusterResolver(
        addresses, task_type=found.task_type, task_id=found.task_id, num_accelerators={"GPU": gpus}, rpc_layer="grpc"
    )


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
