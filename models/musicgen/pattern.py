# SPDX-License-Identifier: Apache-2.0
"""The delay pattern: codebook k of a frame stands d(k) columns later than its first codebook.

Column 0 is empty; frame t of codebook k stands in column 1 + t + d(k). What lies outside is the
token "nothing". A known frame (a prompt) is given, not drawn.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.musicgen.config import NetworkSizes

OPEN = -1  # a place where a token is drawn


def columns_for(sizes: NetworkSizes, frames: int) -> int:
    """How many columns so many frames take."""
    return 1 + frames + max(sizes.delays)


def frames_ready(sizes: NetworkSizes, columns: int, frames: int) -> int:
    """How many frames are whole when so many columns are known."""
    return min(frames, max(0, columns - 1 - max(sizes.delays)))


def given(sizes: NetworkSizes, prompt: Tensor, frames: int) -> Tensor:
    """What stands in each column (B, K, columns), or `OPEN`.

    Args:
        sizes: of the network.
        prompt: (B, K, P) known frames, P at most `frames`.
        frames: in all.
    """
    batch, books, known = prompt.shape
    length = columns_for(sizes, frames)
    made = torch.full((batch, books, length), sizes.nothing, dtype=torch.long, device=prompt.device)
    for book, delay in enumerate(sizes.delays):
        made[:, book, 1 + delay : 1 + delay + frames] = OPEN
        made[:, book, 1 + delay : 1 + delay + known] = prompt[:, book]
    return made


def straight(sizes: NetworkSizes, columns: Tensor, start: int, end: int) -> Tensor:
    """Frames `start` to `end` (B, K, n) of delayed columns (B, K, columns)."""
    late = (1 + delay for delay in sizes.delays)
    rows = [columns[:, k, start + d : end + d] for k, d in enumerate(late)]
    return torch.stack(rows, dim=1)
