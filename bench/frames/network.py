# SPDX-License-Identifier: Apache-2.0
"""The clip model's transformer for frames: more pitch inputs, and an output that moves pitches.

To the logits of the table of tokens come those of intervals: the stream makes one small kernel
for each source of pitches (the frame before, the notes said so far, ...), and a pitch is as likely
as the kernel's value at its distance from the source's pitches; sources of which only the key
matters count by pitch class. Voice leading, chords and scales are so learnt once for all keys;
BALSTM ties its weights over transpositions for the same end (Johnson 2017).

Shapes: B sequences, T positions, W width, S sources, P pitches, V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.network import NetworkConfig
from models.transformer import Transformer

SPAN = 12  # semitones of a kernel either way
REACHED = 2 * SPAN + 1
OCTAVE = 12
ILLEGAL = -1e9


@dataclass(frozen=True, slots=True)
class FrameBatch:
    """Windows of pieces, padded on the right.

    Attributes:
        tokens: (B, T), what was said last.
        targets: (B, T), what comes next.
        features: (B, T, F).
        rolls: (B, T, S, P), the sources of pitches.
        legal: (B, T, V), true where a token may come.
        weights: (B, T), 1 where the target counts.
    """

    tokens: Tensor
    targets: Tensor
    features: Tensor
    rolls: Tensor
    legal: Tensor
    weights: Tensor

    def to(self, device: torch.device | str) -> FrameBatch:
        """The same batch on another device."""
        given = (getattr(self, field.name) for field in fields(self))
        return FrameBatch(*(tensor.to(device, non_blocking=True) for tensor in given))


class FrameNetwork(Transformer):
    """Tokens, features and rolls in, logits of the next token out.

    Args:
        config: of the transformer.
        near, scales: how many sources count by distance, and how many by pitch class.
        pitches: in each roll.
    """

    def __init__(self, config: NetworkConfig, near: int, scales: int, pitches: int) -> None:
        super().__init__(config)
        self.near = near
        self.sounding = nn.Embedding((near + scales) * pitches, config.width)
        self.kernels = nn.Embedding(near * REACHED, config.width)
        self.classes = nn.Embedding(scales * OCTAVE, config.width)
        nn.init.normal_(self.sounding.weight, std=0.02)
        nn.init.zeros_(self.kernels.weight)
        nn.init.zeros_(self.classes.weight)

    def forward(self, tokens: Tensor, features: Tensor, rolls: Tensor) -> Tensor:
        """Logits (B, T, V)."""
        x = self.stream(tokens, features, rolls.flatten(-2))  # (B, T, W)
        logits = functional.linear(x, self.token.weight)
        pitches = rolls.shape[-1]
        rolls = rolls.to(logits.dtype)
        moved = by_distance(rolls[..., : self.near, :], functional.linear(x, self.kernels.weight))
        moved = moved + by_class(
            rolls[..., self.near :, :], functional.linear(x, self.classes.weight)
        )
        return torch.cat((logits[..., :pitches] + moved, logits[..., pitches:]), -1)


def by_distance(rolls: Tensor, kernels: Tensor) -> Tensor:
    """(B, T, P) of rolls (B, T, S, P): kernels (B, T, S * 25) laid at every pitch and summed."""
    padded = functional.pad(rolls, (SPAN, SPAN)).unfold(-1, REACHED, 1)  # (B, T, S, P, 25)
    columns = padded.transpose(-2, -3).flatten(-2)  # (B, T, P, S * 25)
    return (columns @ kernels[..., None])[..., 0]


def by_class(rolls: Tensor, kernels: Tensor) -> Tensor:
    """(B, T, P) of rolls (B, T, S, P): the same by pitch class, with kernels (B, T, S * 12)."""
    pitches = rolls.shape[-1]
    octaves = -(-pitches // OCTAVE)
    padded = functional.pad(rolls, (0, octaves * OCTAVE - pitches))
    classes = padded.unflatten(-1, (octaves, OCTAVE)).sum(-2).clamp(max=1)  # (B, T, S, 12)
    around = torch.cat((classes, classes), -1).unfold(-1, OCTAVE, 1)[..., :OCTAVE, :]
    columns = around.transpose(-2, -3).flatten(-2)  # (B, T, 12, S * 12)
    moved = (columns @ kernels[..., None])[..., 0]
    return moved.repeat(*(1,) * (moved.dim() - 1), octaves)[..., :pitches]


def log_probabilities(model: nn.Module, batch: FrameBatch) -> Tensor:
    """(B, T, V) in nats, normalised over the legal tokens."""
    logits = model(batch.tokens, batch.features, batch.rolls).float()
    return functional.log_softmax(logits.masked_fill(~batch.legal, ILLEGAL), -1)


def loss(model: nn.Module, batch: FrameBatch) -> tuple[Tensor, Tensor]:
    """Sum of the NLL in nats of the targets that count, and how many they are."""
    each = log_probabilities(model, batch).gather(-1, batch.targets[..., None])[..., 0]
    return -(each * batch.weights).sum(), batch.weights.sum()
