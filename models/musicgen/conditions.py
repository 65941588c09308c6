# SPDX-License-Identifier: Apache-2.0
"""What a generation listens to, in the form the network reads: text and, for some models, a melody.

A model without melody attends to the text's states; words that are only padding are masked, so
that a prompt means the same whatever stands beside it in the batch. A melody model has chroma
frames and text states as a prefix of its sequence, in this order, as transformers'
`MusicgenMelodyForConditionalGeneration` means it. (There the prefix is dropped in the versions
named in docs/musicgen.md; here it is seen, which a test shows.)

Guidance compares with the same network told nothing: no text, and a melody of silence. Where
nothing was told in the first place both streams are the same, so one of them is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.errors import BadArgument
from models.musicgen.network import Weights

TEXT_STEP = 16  # texts are padded to a multiple, so that few lengths need a graph of their own


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the network is told.

    Attributes:
        batch: how many takes, B.
        guided: whether a second stream without the conditions runs beside each take.
        text: (B, N, W) states to attend to, or None where there are none.
        text_mask: (B, 1, 1, N), which of them are real.
        prefix: (R, P, W) states before the first token, or None.
    """

    batch: int
    guided: bool
    text: Tensor | None = None
    text_mask: Tensor | None = None
    prefix: Tensor | None = None

    @property
    def streams(self) -> int:
        """Rows that the network computes."""
        return self.batch * (2 if self.guided else 1)

    @property
    def prefix_length(self) -> int:
        """Places before the first token."""
        return 0 if self.prefix is None else self.prefix.shape[1]

    @property
    def text_length(self) -> int:
        """Text states attended to, padding included."""
        return 0 if self.text is None else self.text.shape[1]


@dataclass(frozen=True, slots=True)
class Text:
    """States of the text encoder (B, N, width) and which are real (B, N)."""

    states: Tensor
    mask: Tensor

    def repeated(self, takes: int) -> Text:
        """Each row so many times."""
        return Text(self.states.repeat_interleave(takes, 0), self.mask.repeat_interleave(takes, 0))


def conditions(
    weights: Weights, batch: int, text: Text | None, chroma: Tensor | None, guidance: float
) -> Conditions:
    """What the network is told, for a model of either kind.

    Args:
        weights: of the network.
        batch: how many takes.
        text: None for no prompt.
        chroma: (B, frames, bins) of a melody, or None.
        guidance: of the sampling; 1 asks for no second stream.

    Raises:
        BadArgument: a melody for a model that follows none.
    """
    if weights.sizes.melody:
        return _as_prefix(weights, batch, text, chroma, guidance)
    if chroma is not None:
        raise BadArgument(
            "This model follows no melody; take one whose name has melody in it.", where="melody"
        )
    if text is None:
        return Conditions(batch, guided=False)
    states, mask = _padded(_projected(weights, text), text.mask.bool())
    return Conditions(batch, guidance > 1, states, mask[:, None, None])


def _projected(weights: Weights, text: Text) -> Tensor:
    """Text states in the network's width (B, N, W), zero where they are padding."""
    states = text.states.float()
    if weights.text is not None:
        states = functional.linear(states, *weights.text)
    return states * text.mask[..., None]


def _padded(states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """States and mask with their length rounded up; the first state is always looked at.

    A row without any real word has zeros there: it reads nothing, which is what it should.
    """
    more = -states.shape[1] % TEXT_STEP
    mask = functional.pad(mask, (0, more))
    mask[:, 0] = True
    return functional.pad(states, (0, 0, 0, more)), mask


def _as_prefix(
    weights: Weights, batch: int, text: Text | None, chroma: Tensor | None, guidance: float
) -> Conditions:
    """Chroma, then text, before the tokens; a second set without either where it differs."""
    sizes, device = weights.sizes, weights.device
    if text is None:
        words = torch.zeros((batch, 1, sizes.width), device=device)
    else:
        words = _projected(weights, text)
    silence = torch.zeros((batch, 1, sizes.chroma_bins), device=device)
    silence[..., 0] = 1  # the loudest class of silence is the first
    told = torch.cat([_melody(weights, silence if chroma is None else chroma), words], dim=1)
    if guidance <= 1 or (text is None and chroma is None):
        return Conditions(batch, guided=False, prefix=told)
    untold = torch.cat([_melody(weights, silence), torch.zeros_like(words)], dim=1)
    return Conditions(batch, guided=True, prefix=torch.cat([told, untold]))


def _melody(weights: Weights, chroma: Tensor) -> Tensor:
    """Chroma frames (B, frames, bins) in the stream (B, chroma_frames, W), short ones repeated."""
    frames = weights.sizes.chroma_frames
    turns = math.ceil(frames / chroma.shape[1])
    chroma = chroma.float().repeat(1, turns, 1)[:, :frames]
    return chroma if weights.chroma is None else functional.linear(chroma, *weights.chroma)
