"""An ONNX graph that is put together node by node, with pictures (N, C, H, W) as ONNX has them.

Needs the package onnx, of the extra `onnx`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from aiart import __version__
from aiart.errors import UserError

OPSET = 18
# Of the format, which older runtimes refuse above what they know; 8 is of ONNX 1.13, with which opset 18 came.
IR_VERSION = 8
# A message of protobuf cannot be longer.
MOST_BYTES = 2**31 - 2**20


def check_onnx() -> None:
    """UserError where the package is not installed."""
    if importlib.util.find_spec("onnx") is None:
        raise UserError(
            "the package onnx is not installed; run `pip install 'onnx>=1.16'`, which aiart[onnx] asks for."
        )


class Graph:
    """Nodes and weights in the order in which they were added, from which all names follow."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: dict[str, np.ndarray] = {}

    def add(self, operation: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """A node of one output, whose name is returned."""
        from onnx import helper

        output = name or f"{operation.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, inputs, [output], output, **attributes))
        return output

    def weight(self, name: str, array: np.ndarray) -> str:
        """Numbers that a node reads, as float32."""
        self._weights[name] = np.asarray(array, np.float32)
        return name

    def integers(self, *values: int) -> str:
        """A vector of whole numbers that a node reads."""
        name = "_".join(["integers", *map(str, values)])
        self._weights[name] = np.array(values, np.int64)
        return name

    def convolution(
        self,
        name: str,
        x: str,
        kernel: np.ndarray,
        bias: np.ndarray | None = None,
        *,
        transposed: bool = False,
        **options,
    ) -> str:
        """kernel: as in Keras, (height, width, in, out), of a transposed one (height, width, out, in). options: `pads`,
        (top, left, bottom, right), and `strides`."""
        weights = [self.weight(f"{name}/kernel", kernel.transpose(3, 2, 0, 1))]
        weights += [] if bias is None else [self.weight(f"{name}/bias", bias)]
        return self.add(
            "ConvTranspose" if transposed else "Conv", x, *weights, kernel_shape=kernel.shape[:2], **options
        )

    def padded(self, x: str, pixels: int, mode: str = "reflect") -> str:
        """x with so many more pixels on each side."""
        return self.add("Pad", x, self.integers(0, 0, pixels, pixels, 0, 0, pixels, pixels), mode=mode)

    def serialized(
        self,
        name: str,
        inputs: Mapping[str, Sequence[int | str]],
        outputs: Mapping[str, Sequence[int | str]],
        texts: Mapping[str, str],
    ) -> bytes:
        """The model as a file has it, checked; equal ones are equal to the byte. inputs, outputs: shapes of float32, of
        which names stand for any number. texts: what else it says of itself. Raises UserError when it is too large."""
        import onnx
        from onnx import TensorProto, helper, numpy_helper

        if sum(array.nbytes for array in self._weights.values()) > MOST_BYTES:
            raise UserError(
                f"{name}: has more than 2 GB of weights, which no .onnx file holds; export it as .safetensors."
            )
        described = [
            [helper.make_tensor_value_info(key, TensorProto.FLOAT, shape) for key, shape in shapes.items()]
            for shapes in (inputs, outputs)
        ]
        weights = [numpy_helper.from_array(array, key) for key, array in self._weights.items()]
        model = helper.make_model(
            helper.make_graph(self._nodes, name, *described, initializer=weights),
            producer_name="aiart",
            producer_version=__version__,
            ir_version=IR_VERSION,
            opset_imports=[helper.make_opsetid("", OPSET)],
        )
        helper.set_model_props(model, dict(sorted(texts.items())))
        onnx.checker.check_model(model)
        return model.SerializeToString(deterministic=True)
