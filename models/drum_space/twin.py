# SPDX-License-Identifier: Apache-2.0
"""The drum network in numpy: exactly what `definition` computes, for playing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.drum_space.config import EPSILON, LANE_COUNT, DrumConfig
from models.drum_space.frame import Frame
from models.recurrent import sigmoid
from models.safetensors_file import Arrays

Reals = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Twin:
    """The network's parts as functions of arrays; [batch, steps, ...], one frame for the batch."""

    config: DrumConfig
    arrays: Arrays

    def encode(self, inputs: Reals, frame: Frame) -> tuple[Reals, Reals]:
        """Mean and log variance of the point of each window, [batch, latent] each."""
        where = self._where("encoder", frame)
        steps = self._inside("encoder", self._linear("encoder.cells", inputs) + where)
        weights = _softmax(self._linear("encoder.look", where).T)
        slots = weights @ self._linear("encoder.gather", steps)
        hidden = _gelu(self._linear("encoder.shrink", slots.reshape(len(slots), -1)))
        hidden = hidden + _gelu(self._linear("encoder.deepen", hidden))
        mean, spread = np.split(self._linear("encoder.point", hidden), 2, axis=-1)
        return mean, np.clip(spread, -10, 4)

    def steps(self, points: Reals, frame: Frame, kit: NDArray[np.bool_]) -> Reals:
        """A vector for each step of each window, [batch, steps, width]."""
        where = self._where("decoder", frame)
        hidden = _gelu(self._linear("decoder.grow", points))
        hidden = hidden + _gelu(self._linear("decoder.deepen", hidden))
        slots = self._linear("decoder.spread", hidden)
        slots = slots.reshape(len(points), self.config.slots, self.config.slot_width)
        steps = _softmax(self._linear("decoder.look", where)) @ slots
        lanes = self._linear("decoder.kit", np.asarray(kit, np.float32))
        return self._inside("decoder", self._linear("decoder.scatter", steps) + where + lanes)

    def lane_bases(self, steps: Reals) -> Reals:
        """What each lane of each step begins with, [batch, steps, lanes, cell width]."""
        return self._linear("lanes.base", steps).reshape(*steps.shape[:-1], LANE_COUNT, -1)

    def known(self, lane: int, hits: NDArray[np.bool_]) -> Reals:
        """What the other lanes hear of one lane, [..., cell width]."""
        rows = self.arrays["lanes.known.weight"]
        return np.asarray(np.where(hits[..., None], rows[2 * lane + 1], rows[2 * lane]))

    def logit(self, lane: int, bases: Reals, heard: Reals) -> Reals:
        """The logit of a lane, given what it heard of others."""
        weight, bias = self.arrays["lanes.out.weight"], self.arrays["lanes.out.bias"]
        return np.asarray(_gelu(bases[..., lane, :] + heard) @ weight[lane] + bias[lane])

    def touch(self, steps: Reals, hits: NDArray[np.bool_]) -> tuple[Reals, Reals, Reals, Reals]:
        """Velocity, its scale, offset, its scale: of Laplace distributions, by cell."""
        struck = self._linear("touch.struck", hits.astype(np.float32))
        found = self._linear("touch.out", _gelu(self._linear("touch.base", steps) + struck))
        loud, loud_spread, late, late_spread = np.split(found, 4, axis=-1)
        middle = np.asarray(0.5 * np.tanh(late), np.float32)
        return sigmoid(loud), scale(loud_spread), middle, scale(late_spread)

    def _where(self, side: str, frame: Frame) -> Reals:
        tables = (("index", frame.index), ("place", frame.place), ("bar", frame.bar))
        found = self._linear(f"{side}.features", frame.features)
        for name, rows in tables:
            found = found + self.arrays[f"{side}.{name}.weight"][rows]
        return found

    def _inside(self, side: str, steps: Reals) -> Reals:
        layers = self.config.encoder_layers if side == "encoder" else self.config.decoder_layers
        for number in range(layers):
            steps = self._block(f"{side}.blocks.{number}.", steps)
        return self._norm(f"{side}.norm", steps)

    def _block(self, prefix: str, steps: Reals) -> Reals:
        batch, count, width = steps.shape
        heads = self.config.heads
        mixed = self._linear(prefix + "mix", self._norm(prefix + "before", steps))
        asked, keys, values = (
            part.reshape(batch, count, heads, -1).swapaxes(1, 2)
            for part in np.split(mixed, 3, axis=-1)
        )
        weights = _softmax(asked @ keys.swapaxes(-1, -2) / np.float32((width // heads) ** 0.5))
        heard = (weights @ values).swapaxes(1, 2).reshape(batch, count, width)
        steps = steps + self._linear(prefix + "join", heard)
        wide = _gelu(self._linear(prefix + "widen", self._norm(prefix + "after", steps)))
        return steps + self._linear(prefix + "narrow", wide)

    def _linear(self, name: str, values: Reals) -> Reals:
        """A linear layer; batch and steps are joined, so that one product serves all."""
        weight: NDArray[Any] = self.arrays[f"{name}.weight"]
        flat = np.ascontiguousarray(values).reshape(-1, values.shape[-1]) @ weight.T
        bias = self.arrays.get(f"{name}.bias")
        if bias is not None:
            flat += bias
        return np.asarray(flat.reshape(*values.shape[:-1], weight.shape[0]))

    def _norm(self, name: str, values: Reals) -> Reals:
        mean = np.mean(values * values, axis=-1, keepdims=True)
        return np.asarray(values / np.sqrt(mean + EPSILON) * self.arrays[f"{name}.weight"])


def scale(spread: Reals) -> Reals:
    """The scale of a Laplace distribution from what the network says: 0.01 to 0.3."""
    return np.asarray(0.01 + 0.29 * sigmoid(spread), np.float32)


def _softmax(values: Reals) -> Reals:
    """Over the last axis."""
    raised = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)


def _gelu(values: Reals) -> Reals:
    """The hyperbolic form of the Gaussian error linear unit."""
    inner = values * (0.7978845608 + 0.0356774081 * values * values)
    return np.asarray(0.5 * values * (1 + np.tanh(inner)), np.float32)
