# SPDX-License-Identifier: Apache-2.0
"""Holes: spans of a clip as cells, and what of a clip stands round them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from models.clip import Clip, Note
from models.tokens.grid import GridBar
from models.tokens.vocabulary import TICKS_PER_QUARTER

_SLACK_TICKS = 1e-6


def ticks_in(bar: GridBar, low_beats: float, high_beats: float) -> tuple[int, int] | None:
    """The ticks of a bar that lie in a span, last + 1; None where there is none."""
    low = math.ceil((low_beats - bar.start_beats) * TICKS_PER_QUARTER - _SLACK_TICKS)
    high = math.floor((high_beats - bar.start_beats) * TICKS_PER_QUARTER + _SLACK_TICKS)
    low, high = max(0, low), min(bar.ticks, high)
    if high_beats >= bar.end_beats - 1e-9:
        high = bar.ticks
    return (low, high) if low < high else None


def hole_of(bar: GridBar, ticks: tuple[int, int]) -> tuple[int, int] | None:
    """The hole of a cell; None where it is the whole bar."""
    return None if ticks == (0, bar.ticks) else ticks


def by_bar(pieces: Iterable[Sequence[GridBar]], first: int = 0) -> tuple[tuple[int, int], ...]:
    """First and last + 1 grid bar of every bar, where long bars are several."""
    spans, at = [], first
    for grid in pieces:
        spans.append((at, at + len(grid)))
        at += len(grid)
    return tuple(spans)


def locked(note: Note, args: Mapping[str, Any]) -> bool:
    """Whether the note must not change: muted, or its lane or itself is locked."""
    by_id = note.id is not None and note.id in args.get("lock_ids", ())
    return note.mute or note.pitch in args.get("lock", ()) or by_id


def with_new(clip: Clip, kept: Iterable[Note], new: Iterable[Note]) -> Clip:
    """The clip with some of its own notes, which stay as they are, and new ones behind them."""
    return clip.with_notes((*as_kept(clip.with_notes(kept)).notes, *new))


def as_kept(clip: Clip) -> Clip:
    """The clip with every note said to be kept, as it is before anything is written."""
    return clip.with_notes(
        note if note.origin == "kept" else replace(note, origin="kept") for note in clip.notes
    )
