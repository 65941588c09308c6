# SPDX-License-Identifier: Apache-2.0
"""Exact NLL of whole splits, alone or averaged over transpositions, of one network or of several.

The averaged model puts the same past to the network in several transpositions, brings every
next-token distribution back and mixes them: the arithmetic mean, or the geometric mean normalised
again over the legal tokens. Either is a distribution over the next token given the past alone, so
the result is still a normalised autoregressive model. Several networks are mixed in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from frames.batches import Array, Piece, Window, covering, stack
from frames.data import Table
from frames.network import log_probabilities
from models.training.trainer import autocast

Mixing = Literal["plain", "arithmetic", "geometric"]
MIXINGS: tuple[Mixing, ...] = ("plain", "arithmetic", "geometric")
AVERAGED = tuple(range(-5, 6))
BATCH_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class Scores:
    """NLL in nats per frame, or per (voice, frame) where a table has voices.

    Attributes:
        frames: mean over all frames.
        without_first: mean over all frames but the first of each piece.
        pieces: mean over pieces of each piece's mean.
        pieces_without_first: the same without first frames.
    """

    frames: float
    without_first: float
    pieces: float
    pieces_without_first: float


def scores(per_frame: Sequence[Array], cells: int) -> Scores:
    """The scores of the NLL of every frame of every piece."""
    each = [np.asarray(nll, np.float64) / cells for nll in per_frame]
    later = [nll[1:] for nll in each if len(nll) > 1]

    def mean(parts: Sequence[Array]) -> float:
        return float(np.concatenate(parts).mean())

    def mean_of_pieces(parts: Sequence[Array]) -> float:
        return float(np.mean([part.mean() for part in parts]))

    return Scores(mean(each), mean(later), mean_of_pieces(each), mean_of_pieces(later))


@torch.no_grad()
def frame_nll(
    models: Sequence[nn.Module],
    table: Table,
    pieces: Sequence[Piece],
    shifts: Sequence[int] = AVERAGED,
    precision: str = "auto",
) -> dict[Mixing, list[Array]]:
    """NLL in nats of every frame of every piece, by how the transpositions are mixed.

    Args:
        models: in evaluation mode, on the device to use; several are mixed as one.
        table: how the pieces are put to the network.
        pieces: of one split.
        shifts: transpositions to average over; 0 must be one of them.
        precision: of the matrices, as in `models.training.trainer`; softmax is in float32.
    """
    found: dict[Mixing, list[Array]] = {
        mixing: [np.zeros(piece.frames) for piece in pieces] for mixing in MIXINGS
    }
    numbers = {id(piece): number for number, piece in enumerate(pieces)}
    cast = autocast(next(models[0].parameters()).device, precision)
    for windows in _groups(covering(table, pieces), len(shifts)):
        with cast():
            said = torch.cat([shifted(model, table, windows, shifts) for model in models], 1)
        for mixing in MIXINGS:
            each = _target_nll(table, windows, mix(said, shifts, mixing))
            for window, nll in zip(windows, each, strict=True):
                counted = slice(window.counted - window.begin, window.end - window.begin)
                frames = window.piece.frame[window.counted : window.end]
                np.add.at(found[mixing][numbers[id(window.piece)]], frames, nll[counted])
    return found


def _groups(windows: list[Window], shifts: int) -> Iterator[list[Window]]:
    """Windows of like length together."""
    windows = sorted(windows, key=lambda window: window.end - window.begin)
    group: list[Window] = []
    for window in windows:
        if group and (len(group) + 1) * shifts * (window.end - window.begin) > BATCH_TOKENS:
            yield group
            group = []
        group.append(window)
    if group:
        yield group


def shifted(
    model: nn.Module, table: Table, windows: Sequence[Window], shifts: Sequence[int]
) -> Tensor:
    """Log probabilities (windows, shifts, T, V), every transposition brought back to the pitch."""
    device = next(model.parameters()).device
    rows = [window._replace(shift=shift) for window in windows for shift in shifts]
    said = log_probabilities(model, stack(table, rows).to(device))
    said = said.unflatten(0, (len(windows), len(shifts)))
    pitches = table.alphabet.pitches
    back = [said[:, n, :, :pitches].roll(-shift, -1) for n, shift in enumerate(shifts)]
    return torch.cat((torch.stack(back, 1), said[..., pitches:]), -1)


def mix(said: Tensor, shifts: Sequence[int], mixing: Mixing) -> Tensor:
    """One distribution (windows, T, V) of N models in S shifts each (windows, N * S, T, V)."""
    if mixing == "plain":
        said = said[:, list(shifts).index(0) :: len(shifts)]
    if mixing != "geometric":
        return said.logsumexp(1) - math.log(said.shape[1])
    return said.mean(1).log_softmax(-1)  # what is illegal is so in every transposition


def _target_nll(table: Table, windows: Sequence[Window], said: Tensor) -> list[Array]:
    targets = stack(table, windows).targets.to(said.device)
    return list(-said.gather(-1, targets[..., None])[..., 0].double().cpu().numpy())
