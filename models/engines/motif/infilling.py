# SPDX-License-Identifier: Apache-2.0
"""`infill`: new notes in one span of a clip; everything else stays."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Mapping, Sequence
from random import Random
from typing import Any

from models.clip import Clip, Note
from models.engine import Request
from models.engines.motif.drummer import Drummer
from models.engines.motif.grid import BarGrid
from models.engines.motif.lanes import SHORTEST_BEATS, Lanes
from models.engines.motif.onsets import Onsets
from models.engines.motif.plan import plan_hole
from models.engines.motif.score import Slice, sounding
from models.engines.motif.sketch import locks
from models.engines.motif.space import pitch_space
from models.engines.motif.span import Settings, Span
from models.engines.motif.study import Study, study
from models.engines.motif.take import Take, Writing, spans_as_written
from models.engines.motif.writer import Writer
from models.errors import BadArgument

MAX_BARS = 2048
_ENOUGH_SLICES = 4  # fewer than these outside the hole: learn from its old notes as well
_SLACK_BEATS = 1e-6
_AHEAD_BEATS = 1 / 24  # no hand is a grid: a note so early is one of what comes after the hole
_CLOSE = 0.75  # similarity from which on the old notes of the hole are learned too


def learn(request: Request) -> Generator[None, None, Study | None]:
    """Study what stays, or the whole clip where too little does; None when all is locked."""
    clip, args = request.clips[0], request.args
    low, high = hole(clip, args)
    notes = sounding(clip)
    yield
    space = pitch_space(clip, notes, args)
    outside = [note for note in notes if not _in_hole(note, (low, high))]
    enough = len({note.start_beats for note in outside}) >= _ENOUGH_SLICES
    enough = enough and _whole_bar_outside(clip, outside, (low, high))
    density = args.get("density", 1.0)
    if len(outside) == len(notes) or (enough and args.get("similarity", 0.5) < _CLOSE):
        found = yield from study(clip, outside, space, density, (low, high))
    else:
        found = yield from study(clip, notes, space, density)
    if not found.score.slices:
        found = yield from study(clip, notes, space, density)
    return found if found.score.slices else None


def write(source: Study, request: Request, rng: Random, settings: Settings) -> Writing:
    """One take."""
    clip, args, score = source.clip, request.args, source.score
    low, high = hole(clip, args)
    yield None
    stay = staying(clip, args, (low, high))
    kept = tuple(note for index, note in enumerate(clip.notes) if index in stay)
    grid = score.grid
    bars = list(range(grid.bar_at(low), max(grid.bar_at(low), grid.bar_at(high - 1e-6)) + 1))
    length = grid.ticks(bars[0])
    in_hole = any(_in_hole(n, (low, high)) for piece in score.slices for n in piece.notes)

    def usable(bar: int) -> bool:
        whole = bar != source.pickup_bar and (in_hole or not bars[0] <= bar <= bars[-1])
        return whole and bool(score.bar(bar)) and grid.ticks(bar) == length

    start = _line_free_from(source, kept, (low, high))
    span = Span(start, high, Lanes(kept), _following(source, high))
    yield None
    plans, rhythms = yield from Onsets(source, settings, rng, span).fitted(
        lambda: plan_hole(rng, score, bars, usable, settings.similarity),
        _onsets_a_beat(source, (low, high)),
    )
    writer = Writer(source, settings, rng, span)
    written = writer.write(plans, rhythms)
    if score.space.drums:
        line = Drummer(source, args, (low, high))
        written = line.loosened(kept, written, settings, rng, ending=False)
    edges = [low, *(grid.start_beats(bar) for bar in bars[1:]), high]
    spans = yield from spans_as_written(written, edges)
    return Take(clip, kept, spans, writer.cost())


def hole(clip: Clip, args: Mapping[str, Any]) -> tuple[float, float]:
    """Where the hole begins and ends, inside the clip.

    Raises:
        BadArgument: it is empty or too short, reaches outside the clip, or has too many bars.
    """
    low, high = float(args["from_beats"]), float(args["to_beats"])
    starts = [note.start_beats for note in clip.notes]
    first = min(0.0, clip.start_marker_beats, clip.loop_start_beats, *starts)
    last = max(clip.length_beats, clip.loop_end_beats)
    if low >= high:
        raise BadArgument(
            f"The span's start, beat {low:g}, does not come before its end, beat {high:g}; choose "
            f"a start before the end, both between beat {first:g} and beat {last:g}.",
            where="to_beats",
        )
    if low < first - _SLACK_BEATS or high > last + _SLACK_BEATS:
        where = "to_beats" if first - _SLACK_BEATS <= low < last else "from_beats"
        raise BadArgument(
            f"The span from {low:g} to {high:g} does not lie in the clip; choose one between beat "
            f"{first:g} and beat {last:g}.",
            where=where,
        )
    if high - low < SHORTEST_BEATS:
        raise BadArgument(
            f"The span from {low:g} to {high:g} is too short for a note; choose at least "
            f"{SHORTEST_BEATS:g} beats.",
            where="to_beats",
        )
    bars = (high - low) / clip.metre_at(low).bar_beats
    if bars > MAX_BARS:
        raise BadArgument(
            f"The span has {bars:.0f} bars; choose at most {MAX_BARS}.", where="to_beats"
        )
    return low, min(high, last)


def staying(clip: Clip, args: Mapping[str, Any], span_beats: tuple[float, float]) -> set[int]:
    """Which notes, by their place in the clip, must come back as they are."""
    locked = locks(args)
    return {
        index
        for index, note in enumerate(clip.notes)
        if not _in_hole(note, span_beats) or note.mute or locked(note)
    }


def _in_hole(note: Note, span_beats: tuple[float, float]) -> bool:
    """Whether it begins in the hole, and not just ahead of the beat that the hole ends on."""
    low, high = span_beats
    ahead = high - note.start_beats
    if ahead <= _AHEAD_BEATS < (high - low) / 4 and note.end_beats > high + ahead:
        return False
    return low <= note.start_beats < high


def _whole_bar_outside(
    clip: Clip, outside: Sequence[Note], span_beats: tuple[float, float]
) -> bool:
    """Whether a note begins in a bar that the hole leaves alone."""
    grid = BarGrid(clip, 1)
    first, last = grid.bar_at(span_beats[0]), grid.bar_at(span_beats[1] - 1e-6)
    return any(not first <= grid.bar_at(note.start_beats) <= last for note in outside)


def _onsets_a_beat(source: Study, span_beats: tuple[float, float]) -> float:
    """Onsets a beat outside the hole, in the loop."""
    low, high = span_beats
    times = [source.score.grid.beats(*piece.place) for piece in source.score.slices]
    outside = sum(not low <= time < high for time in times)
    clip = source.clip
    cut = max(0.0, min(high, clip.loop_end_beats) - max(low, clip.loop_start_beats))
    return outside / max(1.0, clip.loop_beats - cut)


def _line_free_from(
    source: Study, kept: tuple[Note, ...], span_beats: tuple[float, float]
) -> float:
    """Where a single line may begin: after the note that sounds into the hole, if it ends there."""
    low, high = span_beats
    if not source.single_line:
        return low
    held = [n.end_beats for n in kept if not n.mute and n.start_beats < low < n.end_beats]
    end = max(held, default=low)
    return end if end < high - 0.25 else low


def _following(source: Study, high_beats: float) -> Slice | None:
    """The slice right after the hole, or the one that the loop comes back to."""
    score = source.score
    after = bisect_left([piece.place for piece in score.slices], score.grid.snap(high_beats))
    return score.slices[after] if after < len(score.slices) else None
