# SPDX-License-Identifier: Apache-2.0
"""Gated recurrent layers in numpy, batched: what small networks compute with when they play.

The twins of `torch.nn.GRU` with `batch_first`, with its very names of weights, so that a trained
module's arrays are used as they are (Cho et al. 2014, in the variant of cuDNN).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float32]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class GRU:
    """Stacked layers.

    Attributes:
        arrays: weights by name.
        prefix: of their names, such as `encoder.`; torch's names follow.
        layers: how many lie on each other.
        both_ways: whether each layer also runs backwards; its outputs are then joined.
    """

    arrays: Arrays
    prefix: str
    layers: int
    both_ways: bool = False

    def __call__(
        self, inputs: Reals, lengths: NDArray[np.int64] | None = None, state: Reals | None = None
    ) -> tuple[Reals, Reals]:
        """Run over a batch of sequences.

        Args:
            inputs: [batch, steps, width].
            lengths: steps of each sequence; all of them when None. Outputs past it are 0.
            state: where to begin, [layers x directions, batch, width]; zeros when None.

        Returns:
            Outputs [batch, steps, directions x width], and the last state of each layer and
            direction, in the order of `state`.
        """
        count = 1 + self.both_ways
        mask = None if lengths is None else np.arange(inputs.shape[1]) < lengths[:, None]
        last: list[Reals] = []
        outputs = inputs
        for layer in range(self.layers):
            runs = []
            for back in range(count):
                start = None if state is None else state[layer * count + back]
                run, end = self._run(f"l{layer}" + "_reverse" * back, outputs, mask, start)
                runs.append(run)
                last.append(end)
            outputs = np.concatenate(runs, axis=-1) if self.both_ways else runs[0]
        return outputs, np.stack(last)

    def _run(
        self, name: str, inputs: Reals, mask: NDArray[np.bool_] | None, start: Reals | None
    ) -> tuple[Reals, Reals]:
        """One layer in one direction."""
        inner, outer, inner_bias, outer_bias = (
            self.arrays[f"{self.prefix}{part}_{name}"]
            for part in ("weight_hh", "weight_ih", "bias_hh", "bias_ih")
        )
        width = inner.shape[1]
        batch, steps, _ = inputs.shape
        gates = inputs @ outer.T + outer_bias
        recurrent = np.ascontiguousarray(inner.T)
        state = np.zeros((batch, width), np.float32) if start is None else start
        outputs = np.zeros((batch, steps, width), np.float32)
        order = range(steps)[::-1] if name.endswith("_reverse") else range(steps)
        for step in order:
            new = step_gru(gates[:, step], state @ recurrent + inner_bias, state)
            if mask is not None:
                inside = mask[:, step, None]
                outputs[:, step] = np.where(inside, new, 0)
                state = np.where(inside, new, state)
            else:
                outputs[:, step] = state = new
        return outputs, state

    def width(self) -> int:
        """Length of one direction's state."""
        return int(self.arrays[f"{self.prefix}weight_hh_l0"].shape[1])


def step_gru(outer: Reals, inner: Reals, state: Reals) -> Reals:
    """One step: gates from the input, gates from the state, the state → the new state.

    Args:
        outer: [batch, 3 x width]: reset, update and new, from the input, bias included.
        inner: the same from the state.
        state: [batch, width].
    """
    width = state.shape[1]
    both = sigmoid(outer[:, : 2 * width] + inner[:, : 2 * width])
    update = both[:, width:]
    new = np.tanh(outer[:, 2 * width :] + both[:, :width] * inner[:, 2 * width :])
    return np.asarray(new + update * (state - new), np.float32)


def sigmoid(values: Reals) -> Reals:
    """The logistic function; no overflow for large values of either sign."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * values)), np.float32)
