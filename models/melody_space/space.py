# SPDX-License-Identifier: Apache-2.0
"""The melody space in numpy: two bars to a point, and points to two bars.

The twin of `network`. What is written keeps to the grammar of a line: nothing is held that does
not sound, closed slots stay closed, and only the states and chords that the caller allows come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.melody_space.config import SpaceConfig
from models.melody_space.frame import PLACES, SLOTS, Array, Frame
from models.melody_space.symbols import FIRST_PITCH, HOLD_STATE, REST_STATE, STATES, Symbols
from models.recurrent import GRU, sigmoid, step_gru

NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a window lies: its quarters' places, metres and open slots.

    Attributes:
        places, metres: (N,).
        open: (N, 6).
    """

    places: Array
    metres: Array
    open: Array

    @classmethod
    def of(cls, frame: Frame, window: slice) -> Stage:
        """That of a frame's window."""
        return cls(frame.places(window), frame.metres[window], frame.open[window])


@dataclass(frozen=True, slots=True)
class Way:
    """How points are written out.

    Attributes:
        temperature: 0 takes the likeliest.
        noise: (B, N, 6, states + shapes) standard Gumbel numbers; what shares them shares its
            luck. May have 1 in place of B.
        bonus: (B or 1, N, 6, states) added to the logits; `NEVER` forbids.
        chord_bonus: (B or 1, N, 6, shapes) the same for the chord below a strike.
        fitting: (states, shapes) whether a chord may hang below a state.
    """

    temperature: float
    noise: Array
    bonus: Array | float = 0.0
    chord_bonus: Array | float = 0.0
    fitting: Array | None = None


class Space:
    """A trained space.

    Args:
        config: sizes.
        arrays: weights by name.
    """

    def __init__(self, config: SpaceConfig, arrays: dict[str, Array]) -> None:
        self.config = config
        self._w = arrays
        self._tables = arrays["states.weight"].reshape(SLOTS, STATES, -1)
        self._seen = arrays["seen.weight"].reshape(SLOTS, STATES, -1)
        self._encoder = GRU(arrays, "encoder.", 1, both_ways=True)

    @property
    def sliders(self) -> Array:
        """(3, latent) the directions of `sliders`."""
        return self._w["sliders"]

    def encode(self, symbols: Symbols, stage: Stage) -> tuple[Array, Array]:
        """Means and log variances (B, latent) of windows of one stage.

        Args:
            symbols: (B, N, 6) arrays.
            stage: that all of them have.
        """
        read = self._quarters(symbols.states, symbols.chords, stage.open) + self._here(stage)
        last = self._encoder(read)[1]
        own = silu(self._linear("address_in", read))
        spread = np.zeros((len(own), PLACES, self.config.address), np.float32)
        spread[:, stage.places] = own
        joined = np.concatenate((last[0], last[1], spread.reshape(len(own), -1)), -1)
        mean, log_variance = np.split(self._linear("to_latent", joined), 2, -1)
        return mean, log_variance.clip(-8, 4)

    def decode(
        self, points: Array, stage: Stage, way: Way, before: Symbols | None = None
    ) -> Symbols:
        """Points (B, latent) written out on a stage; see `write`."""
        return self.write(points, stage, way, before)[0]

    def write(
        self, points: Array, stage: Stage, way: Way, before: Symbols | None = None
    ) -> tuple[Symbols, Array]:
        """Points (B, latent) written out on a stage, and nats (B,) of each.

        The nats are -log p under the network as it learned, without what the way adds.

        Args:
            points: to write.
            stage: where.
            way: how.
            before: the quarter before, (B, 6) arrays; None where the music begins.
        """
        count, quarters = len(points), len(stage.places)
        found = Symbols(
            np.zeros((count, quarters, SLOTS), np.int64),
            np.zeros((count, quarters, SLOTS), np.int64),
        )
        none = np.zeros((count, SLOTS), np.int64)
        shown = before or Symbols(none, none)
        known = np.full(SLOTS, before is not None)
        earlier = self._quarters(shown.states, shown.chords, known)
        sounding = shown.states[:, -1] != REST_STATE
        own = self._linear("address_out", points).reshape(count, PLACES, -1)[:, stage.places]
        here = np.broadcast_to(self._here(stage), (count, quarters, self.config.width))
        run = np.tanh(self._linear("start", points))
        nats = np.zeros(count)
        for place in range(quarters):
            given = np.concatenate((own[:, place], earlier, here[:, place]), -1)
            run = self._step(silu(self._linear("given", given)), run)
            plan = self._linear("plan", np.concatenate((run, own[:, place]), -1))
            sounding = self._quarter(found, plan, place, (stage, way, sounding, nats))
            earlier = self._quarters(
                found.states[:, place], found.chords[:, place], stage.open[place]
            )
        return found, nats

    def _quarter(
        self, found: Symbols, sums: Array, place: int, how: tuple[Stage, Way, Array, Array]
    ) -> Array:
        """The slots of one quarter, one after the other; whether something sounds at its end."""
        stage, way, sounding, nats = how
        for slot in np.flatnonzero(stage.open[place]).tolist():
            here = sums + self._w["slots"][slot]
            logits = self._out("out", here) @ self._tables[slot].T + self._w["state_bias"][slot]
            leaned = logits + _at(way.bonus, place, slot)
            leaned[:, HOLD_STATE] = np.where(sounding, leaned[:, HOLD_STATE], NEVER)
            states = self._choose(leaned, way, way.noise[:, place, slot, :STATES])
            nats += _nats(logits, states)
            struck = states >= FIRST_PITCH
            found.states[:, place, slot] = states
            sums = sums + self._seen[slot][states]
            if struck.any():
                chords = self._chords(
                    here + self._w["struck.weight"][states], states, way, (place, slot)
                )
                found.chords[:, place, slot] = chords * struck
                sums = sums + struck[:, None] * self._w["seen_chords.weight"][chords]
            sounding = struck | ((states == HOLD_STATE) & sounding)
        return sounding

    def _chords(self, sums: Array, states: Array, way: Way, at: tuple[int, int]) -> Array:
        logits = self._out("chord_out", sums) @ self._w["chords.weight"].T + self._w["chord_bias"]
        logits = logits + _at(way.chord_bonus, *at)
        if way.fitting is not None:
            logits = np.where(way.fitting[states], logits, NEVER)
        return self._choose(logits, way, way.noise[:, at[0], at[1], STATES:])

    def _choose(self, logits: Array, way: Way, noise: Array) -> Array:
        return np.asarray((logits + way.temperature * noise).argmax(-1))

    def _quarters(self, states: Array, chords: Array, open_slots: Array) -> Array:
        """(..., 6) slots → (..., width) quarters."""
        slot = np.arange(SLOTS)
        struck = (states >= FIRST_PITCH)[..., None]
        vectors = self._tables[slot, states]
        vectors = vectors + struck * self._w["slot_gain"] * self._w["chords.weight"][chords]
        total = (vectors * open_slots[..., None]).sum(-2).astype(np.float32)
        return np.asarray(total + silu(self._linear("mix", total)))

    def _here(self, stage: Stage) -> Array:
        return np.asarray(
            self._w["places.weight"][stage.places] + self._w["metres.weight"][stage.metres]
        )

    def _step(self, given: Array, run: Array) -> Array:
        w = self._w
        outer = given @ w["decoder.weight_ih_l0"].T + w["decoder.bias_ih_l0"]
        inner = run @ w["decoder.weight_hh_l0"].T + w["decoder.bias_hh_l0"]
        return step_gru(outer, inner, run)

    def _out(self, name: str, sums: Array) -> Array:
        active = silu(sums)
        return self._linear(name, active + silu(self._linear("deepen", active)))

    def _linear(self, name: str, values: Array) -> Array:
        return np.asarray(values @ self._w[f"{name}.weight"].T + self._w[f"{name}.bias"])


def silu(values: Array) -> Array:
    """The values times their logistic function."""
    return np.asarray(values * sigmoid(values))


def gumbel(rng: np.random.Generator, quarters: int, shapes: int, count: int = 1) -> Array:
    """Noise for `Way`."""
    return rng.gumbel(size=(count, quarters, SLOTS, STATES + shapes)).astype(np.float32)


def stacked(symbols: Sequence[Symbols]) -> Symbols:
    """Windows of one size as one batch."""
    return Symbols(np.stack([s.states for s in symbols]), np.stack([s.chords for s in symbols]))


def _nats(logits: Array, chosen: Array) -> Array:
    """-log p of what was chosen, (B,)."""
    most = logits.max(-1)
    whole = np.log(np.exp(logits - most[:, None]).sum(-1)) + most
    return np.asarray(whole - logits[np.arange(len(logits)), chosen])


def _at(bonus: Any, place: int, slot: int) -> Any:
    return bonus[:, place, slot] if isinstance(bonus, np.ndarray) else bonus
