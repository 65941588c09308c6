# SPDX-License-Identifier: Apache-2.0
"""The steps of decoding in ONNX Runtime, with weights of 8 bits and arithmetic on whole numbers.

A step reads every weight, so a quarter of the bytes is most of the gain; the rest is one call in
place of some hundred. Contexts are still read by numpy in float32, in pieces that can be stopped
between. `MatMulNBits` takes the rows of the weight file as they are, one scale a row, and rounds
each row of activations to 8 bits by blocks of 64, whatever other rows are computed beside it.

The context's keys are many and the rows few, so scores are computed as keys @ queries: the kernels
then read the keys as they lie instead of packing them anew at each step.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from models.decoding.decoder import Decoder, Prefix
from models.decoding.onnx_bytes import Graph
from models.network import EPSILON, NetworkConfig
from models.weights import Weights

Array = np.ndarray[Any, Any]

BLOCK = 64  # activations that share a scale; every side of the matrices is a multiple
OLDEST = (1, 23)  # ONNX Runtime with 8 bits in MatMulNBits
WHOLE_NUMBERS = 4  # accuracy_level: 8-bit activations
OUTPUTS = ("logits", "keys", "values", "stream")
HELD = ("context_keys", "context_values", "keys", "values")  # fed for each layer
SLOWEST = 2.0  # times numpy's step; without kernels for this processor it would be ten or more


class OnnxDecoder(Decoder):
    """A decoder whose steps run in ONNX Runtime.

    Args:
        weights: as `models.weights.read` gives them.
        kept: how many contexts to keep.

    Raises:
        ImportError: ONNX Runtime is not installed, or too old.
        ValueError: the network's sides are no multiples of `BLOCK`.
    """

    def __init__(self, weights: Weights, kept: int = 4) -> None:
        super().__init__(weights, kept)
        self._session = _session(_model(weights))
        layers = range(weights.config.layers)
        names = [[f"{name}{layer}" for layer in layers] for name in HELD]
        self._names = [name for row in names for name in row]

    def step(
        self,
        x: Array,
        positions: Array,
        mask: Array,
        prefix: Prefix,
        slots: tuple[Array, Array],
    ) -> tuple[Array, Array, Array, Array]:
        """As `Decoder.step`."""
        rows, before = len(x), prefix.length
        held = chain(prefix.keys, prefix.values, *slots)
        feeds = dict(zip(self._names, held, strict=True))
        feeds["x"] = x
        feeds["positions"] = positions[None].astype(np.int64, copy=False)
        feeds["mask"] = np.concatenate((np.zeros((rows, before), np.float32), mask), axis=1)
        feeds["sides"] = np.array((before, mask.shape[1] - rows, rows), np.int64)
        found: tuple[Array, Array, Array, Array] = tuple(self._session.run(OUTPUTS, feeds))
        return found


def fastest(weights: Weights) -> Decoder:
    """The faster decoder of this machine: ONNX Runtime where it is installed and has kernels."""
    try:
        quick = OnnxDecoder(weights)
    except (ImportError, ValueError):
        return Decoder(weights)
    own, plain = _step_seconds(quick, OnnxDecoder.step), _step_seconds(quick, Decoder.step)
    return quick if own < SLOWEST * plain else Decoder(weights)


def _step_seconds(decoder: OnnxDecoder, step: Callable[..., object]) -> float:
    """The best of a few steps of one row behind a short context."""
    config, slots = decoder.config, 64
    x = np.ones((1, config.width), np.float32)
    mask = np.zeros((1, slots + 1), np.float32)
    keys = np.zeros((config.layers, config.heads, slots, config.head_width), np.float32)
    values = np.ascontiguousarray(keys.swapaxes(2, 3))
    prefix, ones = Prefix(keys, values, np.zeros(0)), np.ones(1, np.intp)
    work = partial(step, decoder, positions=ones, mask=mask, prefix=prefix, slots=(keys, values))
    return min(_seconds(partial(work, x=x.copy())) for _ in range(5))


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _session(model: bytes) -> Any:
    import onnxruntime

    version = tuple(int(part) for part in onnxruntime.__version__.split(".")[:2])
    if version < OLDEST:
        raise ImportError(f"ONNX Runtime {onnxruntime.__version__} is too old")
    onnxruntime.disable_telemetry_events()  # builds for Windows trace their use otherwise
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # it never gives back what the largest step took
    options.log_severity_level = 3
    # The graph is written as it shall run: fused transposes read the keys more slowly.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _model(weights: Weights) -> bytes:
    """The step as an ONNX model: R rows, S slots, a prefix of P, as in `Decoder.step`."""
    config, graph = weights.config, Graph()
    if config.width % BLOCK:
        raise ValueError(f"a width of {config.width} is no multiple of {BLOCK}")
    maker = _Step(graph, weights)
    stream = graph.input("x", "float32", ("R", config.width))
    branch, keys, values = "", [], []
    for layer in range(config.layers):
        stream, normed = maker.normed(stream, branch, f"blocks.{layer}.attention_norm.weight")
        mixed, key, value = maker.attention(layer, normed)
        branch = maker.product(mixed, f"blocks.{layer}.out.weight")
        stream, normed = maker.normed(stream, branch, f"blocks.{layer}.mlp_norm.weight")
        branch = maker.mlp(layer, normed)
        keys.append(key)
        values.append(value)
    _, normed = maker.normed(stream, branch, "norm.weight")
    logits = maker.product(normed, "token.weight")
    graph.output("logits", logits, "float32", ("R", config.vocabulary))
    graph.output("stream", normed, "float32", ("R", config.width))
    shape = (config.layers, config.heads, "R", config.head_width)
    graph.output("keys", graph.node("Concat", *keys, axis=0), "float32", shape)
    graph.output("values", graph.node("Concat", *values, axis=0), "float32", shape)
    return graph.model()


class _Step:
    """Writes the parts of a step into a graph; axes are (1, heads, rows, D) in attention."""

    def __init__(self, graph: Graph, weights: Weights) -> None:
        config = weights.config
        heads, head = config.heads, config.head_width
        self._graph, self._config, self._arrays = graph, config, weights.arrays
        self._positions = graph.input("positions", "int64", (1, "R"))
        self._mask = graph.input("mask", "float32", ("R", "A"))
        self._sides = graph.input("sides", "int64", (3,))  # of the prefix, slots, rows
        self._turns = [graph.constant(part) for part in _turns(config)]
        self._plain = graph.constant(np.ones(head, np.float32))
        self._split = graph.constant(np.array([1, -1, 3 * heads, head], np.int64))
        self._flat = graph.constant(np.array([-1, config.width], np.int64))
        self._turned_and_not = graph.constant(np.array([2 * heads, heads], np.int64))
        self._halves = graph.constant(np.array([heads, heads], np.int64))

    def product(self, rows: str, name: str) -> str:
        """Rows @ weight.T, where the weight (out, in) is kept in 8 bits with one scale a row."""
        matrix = self._arrays[name]
        out, width = matrix.shape
        largest = np.abs(matrix).max(axis=1)
        scale = np.where(largest > 0, largest / 127, 1).astype(np.float32)
        whole = np.rint(matrix / scale[:, None]) + 128  # 128 stands for 0
        blocks = width // BLOCK
        return self._graph.node(
            ".MatMulNBits",
            rows,
            self._graph.constant(whole.astype(np.uint8).reshape(out, blocks, BLOCK)),
            self._graph.constant(np.repeat(scale[:, None], blocks, axis=1)),
            K=width,
            N=out,
            bits=8,
            block_size=BLOCK,
            accuracy_level=WHOLE_NUMBERS,
        )

    def normed(self, stream: str, branch: str, name: str) -> tuple[str, str]:
        """The stream with a branch added, and that normed."""
        gains = self._graph.constant(self._arrays[name])
        if not branch:
            return stream, self._norm(stream, gains)
        wanted = (True, False, False, True)
        kind, inputs = ".SkipSimplifiedLayerNormalization", (stream, branch, gains)
        normed, added = self._graph.nodes(kind, inputs, wanted, epsilon=EPSILON)
        return added, normed

    def attention(self, layer: int, rows: str) -> tuple[str, str, str]:
        """What the heads find (R, W), and the rows' keys and values."""
        graph, heads, head = self._graph, self._config.heads, self._config.head_width
        query, key, value = self._heads(layer, rows)
        across = graph.node("Transpose", query, perm=(0, 1, 3, 2))
        sides = (("context_", "P"), ("", "S"))
        keys = [graph.input(f"{n}keys{layer}", "float32", (heads, s, head)) for n, s in sides]
        values = [graph.input(f"{n}values{layer}", "float32", (heads, head, s)) for n, s in sides]
        found = [graph.node("MatMul", part, across) for part in (*keys, key)]
        scores = graph.node("Concat", *found, axis=2)
        masked = graph.node("Add", graph.node("Transpose", scores, perm=(0, 1, 3, 2)), self._mask)
        shares = graph.node("Softmax", masked, axis=-1)
        *old, new = graph.nodes("Split", (shares, self._sides), (True, True, True), axis=3)
        mixed = graph.node(".FusedMatMul", value, new, transA=1, transB=1)
        for part, share in zip(values, old, strict=True):
            mixed = graph.node("Add", mixed, graph.node(".FusedMatMul", part, share, transB=1))
        turned = graph.node("Transpose", mixed, perm=(0, 3, 1, 2))
        return graph.node("Reshape", turned, self._flat), key, value

    def mlp(self, layer: int, rows: str) -> str:
        """The block's MLP with squared ReLU."""
        up = self._graph.node("Relu", self.product(rows, f"blocks.{layer}.up.weight"))
        return self.product(self._graph.node("Mul", up, up), f"blocks.{layer}.down.weight")

    def _heads(self, layer: int, rows: str) -> tuple[str, str, str]:
        """Queries and keys, normed and turned, and values, each (1, H, R, D)."""
        graph, both = self._graph, (True, True)
        split = graph.node("Reshape", self.product(rows, f"blocks.{layer}.qkv.weight"), self._split)
        split = graph.node("Transpose", split, perm=(0, 2, 1, 3))
        turned, value = graph.nodes("Split", (split, self._turned_and_not), both, axis=1)
        gained = graph.node("Mul", self._norm(turned, self._plain), self._gains(layer))
        turned = graph.node(".RotaryEmbedding", gained, self._positions, *self._turns)
        query, key = graph.nodes("Split", (turned, self._halves), both, axis=1)
        return query, key, value

    def _gains(self, layer: int) -> str:
        """(2 H, 1, D); the queries' share holds the 1 / sqrt(D) of attention."""
        heads, head = self._config.heads, self._config.head_width
        query, key = (
            np.repeat(self._arrays[f"blocks.{layer}.{name}_norm.weight"][None], heads, 0)
            for name in ("query", "key")
        )
        both = np.concatenate((query / np.sqrt(head), key))[:, None]
        return self._graph.constant(both.astype(np.float32))

    def _norm(self, rows: str, gains: str) -> str:
        kind = "SimplifiedLayerNormalization"
        return self._graph.node(kind, rows, gains, axis=-1, epsilon=EPSILON, stash_type=1)


def _turns(config: NetworkConfig) -> tuple[Array, Array]:
    """Cosines and sines (context, D / 2)."""
    half = config.head_width // 2
    speeds = config.rope_base ** -(np.arange(half) / half)
    angles = np.arange(config.context)[:, None] * speeds
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
