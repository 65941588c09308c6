# SPDX-License-Identifier: Apache-2.0
"""`continue`: the next bars of a clip."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from random import Random

from models.clip import Clip, Note
from models.edit import continuation_frame
from models.engine import Request
from models.engines.motif.drummer import Drummer
from models.engines.motif.lanes import Lanes
from models.engines.motif.onsets import Onsets
from models.engines.motif.plan import plan_continuation
from models.engines.motif.score import sounding
from models.engines.motif.space import pitch_space
from models.engines.motif.span import Settings, Span
from models.engines.motif.study import Study, study
from models.engines.motif.take import Take, Writing, spans_as_written
from models.engines.motif.writer import Writer


def learn(request: Request) -> Generator[None, None, Study]:
    """Study the source."""
    clip = request.clips[0]
    notes = sounding(clip)
    yield
    space = pitch_space(clip, notes, request.args)
    # What is written goes on in the last metre heard, whatever the clip does after its loop.
    changes = [c for c in clip.metre_changes if c.start_beats < clip.loop_end_beats - 1e-6]
    frame = replace(clip, metre_changes=tuple(changes))
    return (yield from study(frame, notes, space, request.args.get("density", 1.0)))


def write(source: Study, request: Request, rng: Random, settings: Settings) -> Writing:
    """One take."""
    clip, score, bars = source.clip, source.score, source.bars
    count = int(request.args["bars"])
    bar_beats = clip.metre_at(clip.loop_end_beats - 1e-6).bar_beats
    plans = plan_continuation(rng, score, bars, count, (settings.similarity, settings.adventure))
    seam = score.grid.start_beats(bars.end)
    span = Span(seam, seam + count * bar_beats, Lanes())
    frame = continuation_frame(clip, count * bar_beats)
    yield None
    rhythms = yield from Onsets(source, settings, rng, span).write(plans)
    writer = Writer(source, settings, rng, span)
    written = writer.write(plans, rhythms)
    if score.space.drums:
        line = Drummer(source, request.args, (span.start_beats, span.end_beats))
        written = line.loosened((), written, settings, rng, ending=True)
    moved = ([_moved(n, seam, frame) for n in bar] if bar is not None else None for bar in written)
    edges = [index * bar_beats for index in range(count + 1)]
    spans = yield from spans_as_written(moved, edges)
    return Take(frame, (), spans, writer.cost())


def _moved(note: Note, seam_beats: float, frame: Clip) -> Note:
    """The note in the new clip's time, where rounding must not carry it over the edges."""
    start = max(0.0, note.start_beats - seam_beats)
    length = note.duration_beats
    while start + length > frame.length_beats:
        length = (frame.length_beats - start) * (1 - 1e-15)
        start -= 0.0 if length > 0 else 1e-9
    return replace(note, start_beats=start, duration_beats=length)
