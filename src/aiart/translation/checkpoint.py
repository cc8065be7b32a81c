"""The variables of a training as arrays, and back."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from aiart.translation.adam import Adam


def network_state(networks: dict[str, keras.Model], adams: dict[str, Adam]) -> dict[str, tf.Variable]:
    """Variables of networks and of their optimisers, by names that do not depend on Keras's counters."""
    state = {f"{name}/{i:03}": v.value for name, network in networks.items() for i, v in enumerate(network.variables)}
    for name, adam in adams.items():
        state |= {f"{name}_adam/mean/{i:03}": v for i, v in enumerate(adam.means)}
        state |= {f"{name}_adam/square/{i:03}": v for i, v in enumerate(adam.squares)}
    return state


def read_variables(state: dict[str, tf.Variable], strategy: tf.distribute.Strategy) -> dict[str, np.ndarray]:
    """Values of all variables; one for each device of those that devices keep for themselves (image pools)."""
    arrays = {}
    for name, variable in state.items():
        for i, local in enumerate(_copies(variable, strategy)):
            arrays[f"{name}@{i}"] = local.numpy()
    return arrays


def write_variables(
    state: dict[str, tf.Variable], arrays: dict[str, np.ndarray], strategy: tf.distribute.Strategy
) -> None:
    """The inverse of `read_variables`."""
    for name, variable in state.items():
        copies = _copies(variable, strategy)
        if len(copies) == 1:
            variable.assign(arrays[f"{name}@0"])
        else:
            for i, local in enumerate(copies):
                local.assign(arrays[f"{name}@{i}"])


def _copies(variable: tf.Variable, strategy: tf.distribute.Strategy) -> tuple:
    if getattr(variable, "synchronization", None) != tf.VariableSynchronization.ON_READ:
        return (variable,)
    return strategy.experimental_local_results(variable)
