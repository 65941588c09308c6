# SPDX-License-Identifier: Apache-2.0
"""A computation as the bytes of an ONNX model, for ONNX Runtime.

The format is protocol buffers; field numbers are those of `onnx/onnx.proto` (IR version 8). So
much of it is small enough to be written here, and a weight file in safetensors stays the only file:
the graph is made from it when it is loaded, without the `onnx` package.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Attribute = int | float | Sequence[int]

IR_VERSION = 8
OPSET = 17
CONTRIB = "com.microsoft"  # ONNX Runtime's own operators, version 1

_DTYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
_FLOAT, _INT, _INTS = 1, 2, 7  # AttributeProto.type


class Graph:
    """A graph that grows node by node; values are known by name."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._constants: list[bytes] = []
        self._inputs: list[bytes] = []
        self._outputs: list[bytes] = []
        self._names = 0

    def constant(self, array: Array) -> str:
        """An array of the model."""
        name = self._name()
        dims = b"".join(_number(1, side) for side in array.shape)
        kind = _number(2, _DTYPES[array.dtype.name])
        data = _blob(9, np.ascontiguousarray(array).tobytes())
        self._constants.append(dims + kind + _blob(8, name.encode()) + data)
        return name

    def input(self, name: str, dtype: str, shape: Sequence[int | str]) -> str:
        """What is fed; sides that vary are named."""
        self._inputs.append(_value(name, dtype, shape))
        return name

    def output(self, name: str, source: str, dtype: str, shape: Sequence[int | str]) -> None:
        """What is asked for."""
        self._nodes.append(_node("Identity", (source,), (name,)))
        self._outputs.append(_value(name, dtype, shape))

    def node(self, kind: str, *inputs: str, **attributes: Attribute) -> str:
        """One operator with one output, of the standard or, with a dot before it, a contrib one."""
        return self.nodes(kind, inputs, (True,), **attributes)[0]

    def nodes(
        self, kind: str, inputs: Sequence[str], wanted: Sequence[bool], **attributes: Attribute
    ) -> list[str]:
        """One operator with several outputs; those that are not wanted get no name."""
        names = [self._name() if want else "" for want in wanted]
        self._nodes.append(_node(kind, inputs, names, **attributes))
        return [name for name in names if name]

    def model(self) -> bytes:
        """The whole model."""
        graph = b"".join(
            _blob(field, part)
            for field, parts in (
                (1, self._nodes),
                (2, [b"step"]),
                (5, self._constants),
                (11, self._inputs),
                (12, self._outputs),
            )
            for part in parts
        )
        standard = _blob(1, b"") + _number(2, OPSET)
        contrib = _blob(1, CONTRIB.encode()) + _number(2, 1)
        return _number(1, IR_VERSION) + _blob(7, graph) + _blob(8, standard) + _blob(8, contrib)

    def _name(self) -> str:
        self._names += 1
        return f"v{self._names}"


def _node(
    kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Attribute
) -> bytes:
    domain = CONTRIB if kind.startswith(".") else ""
    parts = [_blob(1, name.encode()) for name in inputs]
    parts += [_blob(2, name.encode()) for name in outputs]
    parts.append(_blob(4, kind.removeprefix(".").encode()))
    parts += [_blob(5, _attribute(name, value)) for name, value in attributes.items()]
    parts.append(_blob(7, domain.encode()))
    return b"".join(parts)


def _attribute(name: str, value: Attribute) -> bytes:
    named = _blob(1, name.encode())
    if isinstance(value, int):
        return named + _number(3, value) + _number(20, _INT)
    if isinstance(value, float):
        return named + _varint(2 << 3 | 5) + struct.pack("<f", value) + _number(20, _FLOAT)
    return named + b"".join(_number(8, item) for item in value) + _number(20, _INTS)


def _value(name: str, dtype: str, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(
        _blob(1, _number(1, side) if isinstance(side, int) else _blob(2, side.encode()))
        for side in shape
    )
    tensor = _number(1, _DTYPES[dtype]) + _blob(2, dims)
    return _blob(1, name.encode()) + _blob(2, _blob(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _blob(field: int, data: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # negative numbers take ten bytes
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
