# SPDX-License-Identifier: Apache-2.0
"""The network of the melody space in torch, for training; `space` computes the same with numpy.

A variational autoencoder of two bars (Kingma and Welling 2014; the recipe is that of MusicVAE,
Roberts et al. 2018). It goes quarter by quarter: the encoder reads six slots as one vector, runs
both ways over the quarters, and hands each quarter's own numbers to the latent too. The decoder
runs forward over the quarters with its part of the latent and the quarter before (a third of which
is hidden in training, so that it can't lean on it), and writes the slots of a quarter one after
the other from sums of what stands before them (as NADE, Larochelle and Murray 2011).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.melody_space.config import SpaceConfig
from models.melody_space.frame import METRE_CLASSES, PLACES, SLOTS
from models.melody_space.symbols import FIRST_PITCH, STATES

HIDDEN_SHARE = 0.35
FREE_NATS = 0.1  # a number of the latent that cost nothing
MOST_BETA = 0.2
BETA_STEPS = 800  # batches until beta is the most


@dataclass
class Batch:
    """Windows.

    Attributes:
        tokens: (B, N, 6) states.
        chords: (B, N, 6) shapes below strikes.
        open: (B, N, 6) slots that are there.
        places, metres: (B, N); those behind the last quarter count one past the last class.
        before, before_chords: (B, 6) the quarter before.
        known: (B,) whether there is one.
        number: of the batch, by which beta rises.
    """

    tokens: Tensor
    chords: Tensor
    open: Tensor
    places: Tensor
    metres: Tensor
    before: Tensor
    before_chords: Tensor
    known: Tensor
    number: int = 0

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        names = (name for name in self.__dataclass_fields__ if name != "number")
        return replace(self, **{name: getattr(self, name).to(device) for name in names})


class MelodyNetwork(nn.Module):
    """Two bars → numbers → two bars.

    Args:
        config: sizes.
        hidden_share: of what the decoder has written that it does not see in training.
    """

    def __init__(self, config: SpaceConfig, hidden_share: float = HIDDEN_SHARE) -> None:
        super().__init__()
        self.config = config
        self.hidden_share = hidden_share
        width, hidden, chords = config.width, config.hidden, len(config.chords)
        given = config.address + width
        self.states = nn.Embedding(SLOTS * STATES, width)
        self.chords = nn.Embedding(chords, width)
        self.slot_gain = nn.Parameter(torch.ones(SLOTS, width))
        self.places = nn.Embedding(PLACES + 1, width)
        self.metres = nn.Embedding(METRE_CLASSES + 1, width)
        self.mix = nn.Linear(width, width)
        self.encoder = nn.GRU(width, config.encoder, batch_first=True, bidirectional=True)
        self.address_in = nn.Linear(width, config.address)
        self.to_latent = nn.Linear(2 * config.encoder + PLACES * config.address, 2 * config.latent)
        self.address_out = nn.Linear(config.latent, PLACES * config.address)
        self.given = nn.Linear(2 * width + config.address, given)
        self.start = nn.Linear(config.latent, config.decoder)
        self.decoder = nn.GRU(given, config.decoder, batch_first=True)
        self.plan = nn.Linear(config.decoder + config.address, hidden)
        self.slots = nn.Parameter(torch.zeros(SLOTS, hidden))
        self.seen = nn.Embedding(SLOTS * STATES, hidden)
        self.seen_chords = nn.Embedding(chords, hidden)
        self.deepen = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, width)
        self.state_bias = nn.Parameter(torch.zeros(SLOTS, STATES))
        self.struck = nn.Embedding(STATES, hidden)
        self.chord_out = nn.Linear(hidden, width)
        self.chord_bias = nn.Parameter(torch.zeros(chords))
        for table in (self.states, self.chords, self.places, self.metres):
            nn.init.normal_(table.weight, std=0.1)
        for table in (self.seen, self.seen_chords, self.struck):
            nn.init.normal_(table.weight, std=0.05)

    def quarters(self, states: Tensor, chords: Tensor, open_slots: Tensor) -> Tensor:
        """(..., 6) slots → (..., width) quarters."""
        slot = torch.arange(SLOTS, device=states.device)
        vectors = self.states(slot * STATES + states)
        struck = (states >= FIRST_PITCH).unsqueeze(-1)
        vectors = vectors + struck * self.slot_gain * self.chords(chords)
        total = (vectors * open_slots.unsqueeze(-1)).sum(-2)
        return total + functional.silu(self.mix(total))

    def encode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Mean and log variance of the latent."""
        vectors = self.quarters(batch.tokens, batch.chords, batch.open)
        there = batch.open[:, :, :1].to(vectors.dtype)
        lengths = there.sum((1, 2)).long().cpu()
        read = vectors + self.places(batch.places) + self.metres(batch.metres)
        packed = nn.utils.rnn.pack_padded_sequence(read, lengths, True, enforce_sorted=False)
        last = self.encoder(packed)[1]
        own = functional.silu(self.address_in(read)) * there
        spread = own.new_zeros(len(own), PLACES + 1, self.config.address)
        spread = spread.scatter_add(1, batch.places.unsqueeze(-1).expand_as(own), own)
        joined = torch.cat((last[0], last[1], spread[:, :PLACES].flatten(1)), -1)
        mean, spread_log = self.to_latent(joined).chunk(2, -1)
        return mean, spread_log.clamp(-8, 4)

    def decode(self, latent: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The sums from which each slot is written, what stands before them given.

        Returns:
            (B, N, 6, hidden), without and with the state of the slot itself.
        """
        seen = self._hide(torch.ones_like(batch.open, dtype=latent.dtype)) * batch.open
        vectors = self._earlier(batch, seen)
        here = self.places(batch.places) + self.metres(batch.metres)
        own = self.address_out(latent).view(-1, PLACES, self.config.address)
        index = batch.places.clamp(max=PLACES - 1).unsqueeze(-1)
        own = own.gather(1, index.expand(-1, -1, self.config.address))
        given = functional.silu(self.given(torch.cat((own, vectors, here), -1)))
        start = torch.tanh(self.start(latent)).unsqueeze(0)
        run = self.decoder(given, start)[0]
        plan = self.plan(torch.cat((run, own), -1))
        return self._slots(plan, batch, seen)

    def _earlier(self, batch: Batch, seen: Tensor) -> Tensor:
        """Vector of the quarter before each quarter."""
        states = torch.cat((batch.before.unsqueeze(1), batch.tokens[:, :-1]), 1)
        chords = torch.cat((batch.before_chords.unsqueeze(1), batch.chords[:, :-1]), 1)
        first = self._hide(batch.known.to(seen.dtype))[:, None, None].expand(-1, 1, SLOTS)
        return self.quarters(states, chords, torch.cat((first, seen[:, :-1]), 1))

    def _slots(self, plan: Tensor, batch: Batch, seen: Tensor) -> tuple[Tensor, Tensor]:
        slot = torch.arange(SLOTS, device=plan.device)
        written = self.seen(slot * STATES + batch.tokens)
        struck = (batch.tokens >= FIRST_PITCH).unsqueeze(-1)
        written = (written + struck * self.seen_chords(batch.chords)) * seen.unsqueeze(-1)
        before = written.cumsum(-2) - written
        sums = plan.unsqueeze(-2) + self.slots + before
        return sums, sums + self.struck(batch.tokens)

    def state_logits(self, sums: Tensor) -> Tensor:
        """(B, N, 6, hidden) → (B, N, 6, states)."""
        wide = self.out(self._deep(sums))
        tables = self.states.weight.view(SLOTS, STATES, -1)
        return torch.einsum("bnsw,stw->bnst", wide, tables) + self.state_bias

    def chord_logits(self, sums: Tensor) -> Tensor:
        """(..., hidden) → (..., shapes)."""
        wide = self.chord_out(self._deep(sums))
        return functional.linear(wide, self.chords.weight, self.chord_bias)

    def _deep(self, sums: Tensor) -> Tensor:
        active = functional.silu(sums)
        return active + functional.silu(self.deepen(active))

    def _hide(self, shown: Tensor) -> Tensor:
        """Some of them hidden in training."""
        return shown * (torch.rand_like(shown) > self.hidden_share) if self.training else shown


def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """Sum over windows of -log p(notes | latent) + beta * KL, and the number of windows."""
    assert isinstance(model, MelodyNetwork)
    mean, log_variance = model.encode(batch)
    latent = mean
    if model.training:
        latent = mean + torch.randn_like(mean) * (log_variance / 2).exp()
    written = reconstruction(model, latent, batch)
    divergence = (mean**2 + log_variance.exp() - 1 - log_variance) / 2
    divergence = divergence.clamp(min=FREE_NATS).sum()
    return written + _beta(model, batch) * divergence, mean.new_tensor(float(len(mean)))


def reconstruction(model: MelodyNetwork, latent: Tensor, batch: Batch) -> Tensor:
    """Sum of -log p(notes | latent) over all windows."""
    sums, with_state = model.decode(latent, batch)
    states = functional.cross_entropy(
        model.state_logits(sums).float().flatten(0, 2), batch.tokens.flatten(), reduction="none"
    )
    struck = (batch.tokens >= FIRST_PITCH) & batch.open
    chords = functional.cross_entropy(
        model.chord_logits(with_state[struck]).float(), batch.chords[struck], reduction="sum"
    )
    return (states * batch.open.flatten()).sum() + chords


def _beta(model: MelodyNetwork, batch: Batch) -> float:
    if not model.training:
        return MOST_BETA
    return MOST_BETA * min(1.0, batch.number / BETA_STEPS)
