# SPDX-License-Identifier: Apache-2.0
"""One step of the loop, at fixed addresses: on a GPU it is recorded once and replayed as a graph.

A step embeds the newest column, runs the layers over the cache, applies guidance, draws the next
column, puts what the delay pattern gives in its place, and moves on; nothing in it looks at the
host. How much of the cache it reads grows in steps of `BUCKET` slots, each with a graph of its
own, so that the first seconds do not pay for the thirtieth. Elsewhere the same code runs eagerly.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.musicgen.conditions import Conditions
from models.musicgen.network import (
    Cache,
    Place,
    Weights,
    embed,
    empty_cache,
    logits,
    passing,
    text_cache,
    through,
    timing,
)
from models.musicgen.pattern import OPEN
from models.musicgen.sampling import NOISE_STEPS, Sampling, draw, guided
from models.theory.steps import Steps

BUCKET = 256  # slots; each count of them that is read is a graph of its own
EAGER_BUCKET = 64  # where nothing is recorded, less is read beyond what is there
EAGER_PREFILL = 128  # places of what is known that go through a layer at once
WARM_UPS = 2  # runs before a graph is recorded, in which libraries choose their kernels


@dataclass(frozen=True, slots=True)
class Room:
    """What the state of a generation is sized for; of like sizes it is used again.

    Attributes:
        batch: takes.
        guided: whether each has a second stream.
        text: text states, 0 for none.
        prefix: places before the first token.
        slots: of the cache, a multiple of `BUCKET`.
    """

    batch: int
    guided: bool
    text: int
    prefix: int
    slots: int

    @classmethod
    def of(cls, told: Conditions, columns: int) -> Room:
        """Room for a generation of so many columns."""
        needed = told.prefix_length + columns
        slots = -(-needed // BUCKET) * BUCKET
        return cls(told.batch, told.guided, told.text_length, told.prefix_length, slots)


class State:
    """Everything that a step reads and writes, in tensors that stay where they are."""

    def __init__(self, weights: Weights, room: Room) -> None:
        sizes, device = weights.sizes, weights.device
        self.room = room
        streams = room.batch * (2 if room.guided else 1)
        own = empty_cache(weights, streams, room.slots)
        text = None
        if room.text:
            text = empty_cache(weights, room.batch, room.text)
        self.cache = Cache(own, text)
        self.text_mask = torch.ones((room.batch, 1, 1, room.text), dtype=torch.bool, device=device)
        self.timing = timing(sizes, room.slots, device)
        self.slots = torch.arange(room.slots, device=device)
        self.position = torch.zeros(1, dtype=torch.long, device=device)  # column that goes in next
        shape = (room.batch, sizes.codebooks, room.slots)
        self.columns = torch.full(shape, sizes.nothing, device=device)
        self.given = torch.full(shape, OPEN, device=device)
        classes = (room.batch, sizes.codebooks, sizes.vocabulary)
        self.noise = torch.ones((NOISE_STEPS, *classes), device=device)
        self.guidance = torch.ones((), device=device)
        self.temperature = torch.ones((), device=device)

    def begin(self, weights: Weights, told: Conditions, given: Tensor, how: Sampling) -> None:
        """Take in a new generation: its conditions, and what is known of its columns."""
        if self.cache.text is not None:
            self.cache.text.copy_(text_cache(weights, told.text))
            self.text_mask.copy_(told.text_mask)
        self.given.fill_(weights.sizes.nothing)
        self.given[..., : given.shape[-1]] = given
        self.columns.copy_(self.given.clamp_min(0))
        self.position.zero_()
        self.guidance.fill_(how.guidance)
        self.temperature.fill_(max(how.temperature, 1e-6))


class Stepper:
    """Runs a network step by step; keeps the last state, and the graphs recorded for it."""

    def __init__(self, weights: Weights, graphs: bool | None = None) -> None:
        """A stepper.

        Args:
            weights: of the network.
            graphs: whether steps are recorded; None records them where the device can.
        """
        self.weights = weights
        self.graphs = weights.device.type == "cuda" if graphs is None else graphs
        self._state: State | None = None
        self._recorded: dict[tuple[int, Sampling], torch.cuda.CUDAGraph] = {}

    @property
    def held_bytes(self) -> int:
        """What the last state takes, which the next one of its size takes over."""
        if self._state is None:
            return 0
        parts = (self._state.cache.own, self._state.cache.text, self._state.noise)
        return sum(part.nbytes for part in parts if part is not None)

    def begin(self, told: Conditions, given: Tensor, how: Sampling) -> State:
        """The state of a new generation; an earlier one is no longer valid."""
        room = Room.of(told, given.shape[-1])
        if self._state is None or self._state.room != room:
            self.forget()
            self._state = State(self.weights, room)
        self._state.begin(self.weights, told, given, how)
        return self._state

    def forget(self) -> None:
        """Give the state's memory back."""
        self._recorded.clear()
        self._state = None

    def wait(self) -> None:
        """Until the device has done what it was given."""
        if self.weights.device.type == "cuda":
            torch.cuda.current_stream(self.weights.device).synchronize()

    def prefill(self, state: State, told: Conditions, known: int) -> Steps[None]:
        """Run the prefix and the first `known` columns; draws nothing.

        Pauses after every layer, and where the host does the work takes in `EAGER_PREFILL` places
        at a time, so that it can be stopped there.
        """
        parts = [] if told.prefix is None else [told.prefix]
        if known:
            tokens = embed(self.weights, state.columns[..., :known])
            parts.append(torch.cat([tokens, tokens]) if told.guided else tokens)
        if parts:
            x = torch.cat(parts, dim=1)
            x = x + state.timing[: x.shape[1]]
            size = x.shape[1] if self.graphs else EAGER_PREFILL
            for start in range(0, x.shape[1], size):
                yield from self._taking_in(state, x[:, start : start + size], start)
        state.position.fill_(known)

    def _taking_in(self, state: State, x: Tensor, start: int) -> Steps[Tensor]:
        """Run a stretch of the sequence that begins at slot `start`."""
        end = start + x.shape[1]
        slots, mask = state.slots[start:end], None
        if start:
            mask = (state.slots[:end] <= slots[:, None])[None, None]
        place = Place(slots, end, mask, state.text_mask)
        return passing(self.weights, x, state.cache, place)

    def step(self, state: State, column: int, how: Sampling) -> None:
        """Draw the column after `column`, which the host counts along with the device."""
        bucket = BUCKET if self.graphs else EAGER_BUCKET
        seen = min(state.room.slots, -(-(state.room.prefix + column + 1) // bucket) * bucket)
        if self.graphs:
            self._graph(state, seen, how).replay()
        else:
            one_step(self.weights, state, seen, how)

    def _graph(self, state: State, seen: int, how: Sampling) -> torch.cuda.CUDAGraph:
        """The recorded step that reads so many slots; scalars it takes from the state."""
        key = (seen, Sampling(float(not how.greedy), how.top_k, how.top_p, 1.0))
        if key not in self._recorded:
            self._recorded[key] = _record(self.weights, state, seen, how)
        return self._recorded[key]


def one_step(weights: Weights, state: State, seen: int, how: Sampling) -> None:
    """One step of a state, nothing of which the host has to know."""
    room = state.room
    newest = state.columns.index_select(2, state.position)
    slot = state.position + room.prefix
    x = embed(weights, newest) + functional.embedding(slot, state.timing)
    if room.guided:
        x = torch.cat([x, x])
    mask = (state.slots[:seen] <= slot)[None, None, None]
    place = Place(slot, seen, mask, state.text_mask)
    found = logits(weights, through(weights, x, state.cache, place)[:, -1])
    if room.guided:
        found = guided(found, state.guidance)
    noise = state.noise.index_select(0, state.position % NOISE_STEPS)[0]
    drawn = draw(found, how, state.temperature, noise)
    state.position += 1
    known = state.given.index_select(2, state.position)[..., 0]
    state.columns.index_copy_(2, state.position, torch.where(known < 0, drawn, known)[..., None])


def _record(weights: Weights, state: State, seen: int, how: Sampling) -> torch.cuda.CUDAGraph:
    """A step as a CUDA graph; the state is as it was before."""
    before = state.position.clone(), state.columns.clone()
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(WARM_UPS):
            one_step(weights, state, seen, how)
            state.position.copy_(before[0])
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        one_step(weights, state, seen, how)
    state.position.copy_(before[0])
    state.columns.copy_(before[1])
    return graph
