# SPDX-License-Identifier: Apache-2.0
"""Windows: some bars of a piece, moved to beat 0, sometimes turned so that the end leads back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from models.clip import Clip, Note
from models.metre import Bar, MetreChange
from models.tokens.grid import GridBar, grid_bars
from models.tokens.scene import Part, sort_parts
from models.training.augment import Source

BARS = (2, 4, 4, 6, 8, 8, 8, 8, 12, 16, 16)  # one is drawn
MOST_BARS = max(BARS)
MOST_NOTES = 280  # about 1,000 tokens with their places and lengths
DROP_PART = 0.1
EARLY_BEATS = 1 / 48  # a note played this much before a bar line belongs to the bar


@dataclass(frozen=True, slots=True)
class Window:
    """Bars from beat 0 and the parts that play in them.

    Attributes:
        parts: in the order of their cells.
        bars: as the tokens say them.
        turned: so many first bars are what really follows the last one; 0 where unknown.
        tempo_bpm, key, feel, style: of the piece, None when unknown.
    """

    parts: tuple[Part, ...]
    bars: tuple[GridBar, ...]
    turned: int = 0
    tempo_bpm: float | None = None
    key: int | None = None
    feel: str | None = None
    style: str | None = None


def excerpt(source: Source, rng: Random) -> Source | None:
    """Some bars of a piece, moved to beat 0; None where nothing plays there."""
    if not source.parts:
        return None
    frame = source.parts[0][1]
    end_beats = max(clip.length_beats for _, clip in source.parts)
    bars = list(frame.bars(0.0, end_beats))
    count = min(rng.choice(BARS), len(bars))
    if not count:
        return None
    first = rng.randrange(len(bars) - count + 1)
    chosen = _light(source, bars[first : first + count])
    cut = ((role, _cut(clip, frame, chosen)) for role, clip in source.parts)
    parts = tuple((role, clip) for role, clip in cut if clip.notes)
    return replace(source, parts=parts) if parts else None


def _light(source: Source, bars: list[Bar]) -> list[Bar]:
    """The first of the bars, so many as hold no more notes than a context does."""
    low, high = bars[0].start_beats, bars[-1].end_beats
    starts = sorted(
        note.start_beats
        for _, clip in source.parts
        for note in clip.notes
        if low <= note.start_beats < high
    )
    if len(starts) <= MOST_NOTES:
        return bars
    return [bar for bar in bars if bar.end_beats <= starts[MOST_NOTES]] or bars[:1]


def _cut(clip: Clip, frame: Clip, bars: Sequence[Bar]) -> Clip:
    """The notes that begin in the bars, moved to beat 0, in the piece's frame."""
    low, high = bars[0].start_beats, bars[-1].end_beats
    notes = tuple(
        note.moved(-low)
        for note in clip.notes
        if low - EARLY_BEATS <= note.start_beats < high - EARLY_BEATS and not note.mute
    )
    changes = tuple(
        MetreChange(change.start_beats - low, change.metre)
        for change in frame.metre_changes
        if low < change.start_beats < high
    )
    return Clip(
        notes,
        high - low,
        metre=bars[0].metre,
        metre_changes=changes,
        tempo_bpm=frame.tempo_at(low),
        kind=clip.kind,
    )


def window_of(source: Source, rng: Random, turn_share: float) -> Window:
    """An excerpt as a window; some parts dropped, and in some the end leads into the first bars.

    Args:
        source: an excerpt from beat 0 with a part.
        rng: decides.
        turn_share: how many of those that can be turned are.
    """
    frame = source.parts[0][1]
    bars = list(frame.bars(0.0, frame.length_beats))[:MOST_BARS]
    even = len({(bar.metre, bar.end_beats - bar.start_beats) for bar in bars}) == 1
    turned = 0
    if even and len(bars) > 3 and rng.random() < turn_share:
        turned = rng.choice((1, 1, 2))
    parts = [(role, _turned(clip, bars, turned)) for role, clip in source.parts]
    kept = [part for part in parts if rng.random() >= DROP_PART]
    kept = kept if len(kept) >= 2 else parts
    grid = grid_bars(bars)
    return Window(
        sort_parts(Part(role, clip) for role, clip in kept),
        grid,
        turned * (len(grid) // len(bars)),
        frame.tempo_bpm,
        source.key,
        source.feel,
        source.style,
    )


def _turned(clip: Clip, bars: Sequence[Bar], turned: int) -> Clip:
    """The last `turned` bars put first; what they hold ends with them."""
    length = bars[-1].end_beats
    inside = [note for note in clip.notes if note.start_beats < length - EARLY_BEATS]
    if not turned:
        return clip.with_notes(inside)
    seam = bars[-turned].start_beats

    def moved(note: Note) -> Note:
        if note.start_beats < seam - EARLY_BEATS:
            return note.moved(length - seam)
        room = length - note.start_beats
        return replace(note.moved(-seam), duration_beats=min(note.duration_beats, room))

    return clip.with_notes(sorted(map(moved, inside), key=lambda note: note.start_beats))
