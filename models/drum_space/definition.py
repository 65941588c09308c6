# SPDX-License-Identifier: Apache-2.0
"""The drum network in torch, for training; `twin` computes the same in numpy.

A variational autoencoder of hits, velocities and offsets (Gillick et al. 2019; Roberts et al.
2018). A window of any length and metre is gathered into slots by attention on the places of its
steps, so that the point behind them has one size. The decoder decides on all steps at once and on
the lanes of a step one after another, in any order (Uria et al. 2014): what is given comes first.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # torch's own convention

from models.drum_space.config import (
    EPSILON,
    LANE_COUNT,
    MAX_BARS,
    MAX_STEPS,
    PLACE_FEATURES,
    WIDEN,
    DrumConfig,
)


class Places(NamedTuple):
    """Tensors of a frame: index, place and bar [batch, steps], features [batch, steps, n]."""

    index: Tensor
    place: Tensor
    bar: Tensor
    features: Tensor


class DrumNetwork(nn.Module):
    """The whole network; its parameters are named as `config.shapes` says."""

    def __init__(self, config: DrumConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.lanes = Lanes(config)
        self.touch = Touch(config)


class Side(nn.Module):
    """What encoder and decoder share: places, slots, blocks."""

    def __init__(self, config: DrumConfig, layers: int) -> None:
        super().__init__()
        c = config
        self.config = config
        self.index = nn.Embedding(MAX_STEPS, c.width)
        self.place = nn.Embedding(MAX_STEPS, c.width)
        self.bar = nn.Embedding(MAX_BARS, c.width)
        self.features = nn.Linear(PLACE_FEATURES, c.width, bias=False)
        self.look = nn.Linear(c.width, c.slots, bias=False)
        self.norm = nn.RMSNorm(c.width, EPSILON)
        self.blocks = nn.ModuleList(Block(c.width, c.heads) for _ in range(layers))
        for table in (self.index, self.place, self.bar):
            nn.init.normal_(table.weight, std=0.3)
        nn.init.normal_(self.look.weight, std=0.3)

    def where(self, places: Places) -> Tensor:
        """A vector for each step's place."""
        tables = self.index(places.index) + self.place(places.place) + self.bar(places.bar)
        return tables + self.features(places.features)

    def inside(self, steps: Tensor) -> Tensor:
        """Through the blocks."""
        for block in self.blocks:
            steps = block(steps)
        return self.norm(steps)


class Encoder(Side):
    """Hits and what is known of them → mean and log variance of the point."""

    def __init__(self, config: DrumConfig) -> None:
        super().__init__(config, config.encoder_layers)
        c = config
        self.cells = nn.Linear(c.inputs, c.width, bias=False)
        self.gather = nn.Linear(c.width, c.slot_width, bias=False)
        self.shrink = nn.Linear(c.slots * c.slot_width, c.hidden)
        self.deepen = nn.Linear(c.hidden, c.hidden)
        self.point = nn.Linear(c.hidden, 2 * c.latent)

    def forward(self, inputs: Tensor, places: Places) -> tuple[Tensor, Tensor]:
        """Mean and log variance, [batch, latent] each."""
        where = self.where(places)
        steps = self.inside(self.cells(inputs) + where)
        weights = torch.softmax(self.look(where), dim=-2).transpose(-1, -2)
        slots = weights @ self.gather(steps)
        hidden = _gelu(self.shrink(slots.flatten(-2)))
        hidden = hidden + _gelu(self.deepen(hidden))
        mean, spread = self.point(hidden).chunk(2, dim=-1)
        return mean, spread.clamp(-10, 4)


class Decoder(Side):
    """A point and a kit → a vector for each step."""

    def __init__(self, config: DrumConfig) -> None:
        super().__init__(config, config.decoder_layers)
        c = config
        self.kit = nn.Linear(LANE_COUNT, c.width, bias=False)
        self.grow = nn.Linear(c.latent, c.hidden)
        self.deepen = nn.Linear(c.hidden, c.hidden)
        self.spread = nn.Linear(c.hidden, c.slots * c.slot_width)
        self.scatter = nn.Linear(c.slot_width, c.width, bias=False)

    def forward(self, point: Tensor, places: Places, kit: Tensor) -> Tensor:
        """[batch, steps, width].

        Args:
            point: [batch, latent].
            places: of the window.
            kit: 1 for each lane that may play, [batch, lanes].
        """
        where = self.where(places)
        hidden = _gelu(self.grow(point))
        hidden = hidden + _gelu(self.deepen(hidden))
        slots = self.spread(hidden)
        slots = slots.unflatten(-1, (self.config.slots, self.config.slot_width))
        steps = torch.softmax(self.look(where), dim=-1) @ slots
        return self.inside(self.scatter(steps) + where + self.kit(kit)[:, None])


class Lanes(nn.Module):
    """The lanes of a step, one after another."""

    def __init__(self, config: DrumConfig) -> None:
        super().__init__()
        self.base = nn.Linear(config.width, LANE_COUNT * config.cell_width, bias=False)
        self.known = nn.Embedding(2 * LANE_COUNT, config.cell_width)
        self.out = nn.Linear(config.cell_width, LANE_COUNT)
        nn.init.normal_(self.known.weight, std=0.1)

    def forward(self, steps: Tensor, hits: Tensor, earlier: Tensor) -> Tensor:
        """Logits of hits, [batch, steps, lanes].

        Args:
            steps: as the decoder gives them.
            hits: the truth, 0 or 1, [batch, steps, lanes].
            earlier: [batch, lanes, lanes]: 1 where the second lane is known to the first.
        """
        base = self.base(steps).unflatten(-1, (LANE_COUNT, -1))
        rows = self.known.weight.unflatten(0, (LANE_COUNT, 2))
        silent = earlier @ rows[:, 0]
        struck = (earlier[:, None] * hits[:, :, None]) @ (rows[:, 1] - rows[:, 0])
        heard = silent[:, None] + struck
        return (_gelu(base + heard) * self.out.weight).sum(-1) + self.out.bias


class Touch(nn.Module):
    """How hard and how late the hits of a step are: Laplace distributions, given all its hits."""

    def __init__(self, config: DrumConfig) -> None:
        super().__init__()
        self.base = nn.Linear(config.width, config.cell_width, bias=False)
        self.struck = nn.Linear(LANE_COUNT, config.cell_width, bias=False)
        self.out = nn.Linear(config.cell_width, 4 * LANE_COUNT)

    def forward(self, steps: Tensor, hits: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Velocity, its log scale, offset, its log scale, [batch, steps, lanes] each."""
        found = self.out(_gelu(self.base(steps) + self.struck(hits)))
        loud, loud_spread, late, late_spread = found.chunk(4, dim=-1)
        return torch.sigmoid(loud), loud_spread, 0.5 * torch.tanh(late), late_spread


class Block(nn.Module):
    """Attention over the steps, then a layer for each step; pre-norm, without biases."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before = nn.RMSNorm(width, EPSILON)
        self.mix = nn.Linear(width, 3 * width, bias=False)
        self.join = nn.Linear(width, width, bias=False)
        self.after = nn.RMSNorm(width, EPSILON)
        self.widen = nn.Linear(width, WIDEN * width, bias=False)
        self.narrow = nn.Linear(WIDEN * width, width, bias=False)

    def forward(self, steps: Tensor) -> Tensor:
        """[batch, steps, width] → the same."""
        mixed = self.mix(self.before(steps)).unflatten(-1, (3, self.heads, -1))
        asked, keys, values = mixed.permute(2, 0, 3, 1, 4)
        heard = F.scaled_dot_product_attention(asked, keys, values)
        steps = steps + self.join(heard.transpose(1, 2).flatten(-2))
        return steps + self.narrow(_gelu(self.widen(self.after(steps))))


def _gelu(values: Tensor) -> Tensor:
    return F.gelu(values, approximate="tanh")
