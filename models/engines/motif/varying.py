# SPDX-License-Identifier: Apache-2.0
"""`vary`: the same loop with some notes changed.

Scale lock binds what is written: a note gets another pitch only inside the scale. A note that is
only moved, cut or touched keeps its own pitch, in the scale or not, because it is the user's.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import groupby
from random import Random

from models.engine import Request
from models.engines.motif.changing import Line, change_bars
from models.engines.motif.score import sounding
from models.engines.motif.sketch import Sketch
from models.engines.motif.space import pitch_space
from models.engines.motif.span import Settings
from models.engines.motif.study import Study, study
from models.engines.motif.take import Take, Writing, spans_of
from models.engines.motif.vary_drums import DrumVariation
from models.engines.motif.vary_line import LineVariation


def learn(request: Request) -> Generator[None, None, Study | None]:
    """Study the clip; None when all of it is locked, or nothing sounds in the loop."""
    clip = request.clips[0]
    if not clip.playing():
        return None
    notes = sounding(clip)
    yield
    found = yield from study(clip, notes, pitch_space(clip, notes, request.args))
    return found if found.score.slices else None


def write(source: Study, request: Request, rng: Random, settings: Settings) -> Writing:
    """One take; its spans come with it, because any note may still change."""
    clip, grid = source.clip, source.score.grid
    amount, density = float(request.args["amount"]), settings.density
    sketch = yield from Sketch.of(clip, request.args)
    line: Line
    if source.score.space.drums:
        line = drums = DrumVariation(source, sketch)
        drums.fill(amount, rng)
    else:
        line = LineVariation(source, sketch, settings)

    def more(rng: Random) -> int:
        wanted = rng.random() < min(1.0, abs(density - 1))
        return 0 if not wanted else 1 if density > 1 else -1

    yield from change_bars(line, sketch, grid, rng, amount, more)
    if amount > 0:
        yield from _at_least_one(line, sketch, rng)
    kept = sketch.kept()
    yield None
    starts = [note.start_beats for _, note in sketch.notes]
    bars = [grid.start_beats(bar) for bar, _ in groupby(starts, key=grid.bar_at)]
    yield None
    spans = spans_of(sketch.changed(), [clip.loop_start_beats, *bars[1:], clip.loop_end_beats])
    share = 1 - len(kept) / len(clip.notes)
    return Take(clip, kept, spans, abs(share - amount))


def _at_least_one(line: Line, sketch: Sketch, rng: Random) -> Iterator[None]:
    """Change some note where chance has changed none, if there is one that can."""
    places = [place for place, (index, _) in enumerate(sketch.notes) if sketch.free(index)]
    for place in rng.sample(places, len(places)):
        if sketch.touched:
            return
        line.change(place, rng)
        yield None
