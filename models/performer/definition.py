# SPDX-License-Identifier: Apache-2.0
"""The performer as a torch module: what is trained. `network` is its twin in numpy.

Notes at one time are summed into an event (Zaheer et al. 2017, "Deep Sets"), recurrent layers
run over the events both ways, and each note is answered for from its event and itself. One head
gives medians, learned with the absolute error; the other gives mixtures of five normal
distributions to draw from (Bishop 1994).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from models.performer.config import MIXTURES, OUTPUTS, PerformerConfig
from models.performer.features import OFFSET_MS, features
from models.performer.network import NARROWEST, VELOCITY
from models.performer.takes import Played

MIXTURE_WEIGHT = 0.35  # of the likelihood beside the absolute error


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows, their features flattened, and what was played.

    Attributes:
        notes: [notes, features].
        events: [events, features], window by window.
        event_of: event of each note.
        lengths: events of each window.
        offset, velocity: targets in the network's units.
        wanted: [notes, 2] weight of each note's offset and velocity; 0 where it was told.
    """

    notes: Tensor
    events: Tensor
    event_of: Tensor
    lengths: Tensor
    offset: Tensor
    velocity: Tensor
    wanted: Tensor

    @property
    def tokens(self) -> Tensor:
        """Its size for the progress bar: one a note."""
        return self.offset

    def to(self, device: torch.device) -> Batch:
        """The batch on a device; the lengths stay with the processor, as packing wants."""
        moved = {
            field.name: getattr(self, field.name).to(device)
            for field in fields(self)
            if field.name != "lengths"
        }
        return replace(self, **moved)


class Performer(nn.Module):
    """Features of notes and events → medians and mixtures of each note."""

    def __init__(self, config: PerformerConfig, dropout: float = 0.0) -> None:
        super().__init__()
        self.config = config
        self.note = nn.Linear(config.note_features, config.note_width)
        self.event = nn.Linear(config.event_features + config.note_width, config.event_width)
        self.gru = nn.GRU(
            config.event_width,
            config.hidden,
            config.layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout,
        )
        self.mix = nn.Linear(2 * config.hidden + 2 * config.note_width, config.head_width)
        self.answer = nn.Linear(config.head_width, OUTPUTS)
        self.dropout = nn.Dropout(dropout)

    def forward(self, batch: Batch) -> Tensor:
        """[notes, OUTPUTS]."""
        note = functional.silu(self.note(batch.notes))
        chord = note.new_zeros(len(batch.events), note.shape[1])
        chord = chord.index_add(0, batch.event_of, note)
        event = functional.silu(self.event(torch.cat((batch.events, chord), 1)))
        heard = self._heard(self.dropout(event), batch.lengths)
        both = torch.cat((heard[batch.event_of], chord[batch.event_of], note), 1)
        mixed: Tensor = self.answer(self.dropout(functional.silu(self.mix(self.dropout(both)))))
        return mixed

    def _heard(self, events: Tensor, lengths: Tensor) -> Tensor:
        """What the recurrent layers make of the events, flat again."""
        padded = nn.utils.rnn.pad_sequence(events.split(lengths.tolist()), batch_first=True)
        packed = pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)
        run: PackedSequence = self.gru(packed)[0]
        heard, _ = pad_packed_sequence(run, batch_first=True)
        inside = (
            torch.arange(heard.shape[1], device=heard.device) < lengths.to(heard.device)[:, None]
        )
        return heard[inside]


def loss(model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
    """Absolute error and weighted likelihood, summed, and the number of notes it is summed over."""
    answer = model(batch).float()
    errors = zip((batch.offset, batch.velocity), range(2), strict=True)
    total = answer.new_zeros(())
    for target, kind in errors:
        first = 2 + 3 * MIXTURES * kind
        absolute = (answer[:, kind] - target).abs()
        surprise = mixture_nats(answer[:, first : first + 3 * MIXTURES], target)
        total = total + (batch.wanted[:, kind] * (absolute + MIXTURE_WEIGHT * surprise)).sum()
    return total, batch.wanted.sum() / 2


def mixture_nats(answer: Tensor, target: Tensor) -> Tensor:
    """Negative log density of each target in its mixture of normal distributions."""
    share, centre, width = answer.chunk(3, dim=1)
    log_width = width.clamp(min=math.log(NARROWEST))
    away = (target[:, None] - centre) / log_width.exp()
    log_density = -0.5 * away**2 - log_width - 0.5 * math.log(2 * math.pi)
    return -torch.logsumexp(functional.log_softmax(share, 1) + log_density, 1)


def batch_of(played: Played) -> Batch:
    """A table of windows as a batch; targets that are NaN weigh nothing."""
    given = features(played.notes)
    targets = np.stack((played.offset_ms / OFFSET_MS, played.velocity / VELOCITY))
    wanted = ~np.isnan(targets)
    offset, velocity = torch.from_numpy(np.where(wanted, targets, 0).astype(np.float32))
    return Batch(
        torch.from_numpy(given.notes),
        torch.from_numpy(given.events),
        torch.from_numpy(given.event_of),
        torch.from_numpy(np.unique(given.sequence_of, return_counts=True)[1]),
        offset,
        velocity,
        torch.from_numpy(wanted.T.astype(np.float32)),
    )
