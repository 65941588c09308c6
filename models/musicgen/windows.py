# SPDX-License-Identifier: Apache-2.0
"""Pieces longer than the network hears: windows that slide, each beginning with the last one's end.

As in facebookresearch/audiocraft (`models/musicgen.py`): windows of 30 s, 18 s apart, so that each
is told the 12 s before it as tokens, without a detour through audio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

WINDOW_S = 30
STRIDE_S = 18


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a piece that is generated at once.

    Attributes:
        start: the frame of the piece it begins with.
        known: how many of its frames are there already.
        frames: all of its frames.
    """

    start: int
    known: int
    frames: int


def windows(total: int, known: int, longest: int, stride: int) -> Iterator[Window]:
    """The windows of a piece of `total` frames, of which the first `known` are given.

    Args:
        total: frames of the piece.
        known: frames of the prompt, fewer than `longest`.
        longest: frames of a window.
        stride: frames from one window's start to the next one's.
    """
    assert 0 < stride < longest
    assert known < longest
    start = 0
    while start + known < total:
        frames = min(total - start, longest)
        yield Window(start, known, frames)
        start += stride
        known = frames - stride
