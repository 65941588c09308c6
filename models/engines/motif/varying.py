# SPDX-License-Identifier: Apache-2.0
"""`vary`: the same loop with some notes changed."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import groupby
from random import Random

from models.engine import Request
from models.engines.motif.score import Pitches, sounding
from models.engines.motif.sketch import Sketch
from models.engines.motif.space import pitch_space
from models.engines.motif.study import Study, study
from models.engines.motif.take import Take, TakeSpan
from models.engines.motif.vary_drums import DrumVariation
from models.engines.motif.vary_line import LineVariation
from models.engines.motif.writer import Settings

_HEARTBEAT_NOTES = 32
_OWN_WAY = 0.25  # chance that a repeated bar is not varied like its model


def learn(request: Request) -> Generator[None, None, Study | None]:
    """Study the clip; None when all of it is locked, or nothing sounds in the loop."""
    clip = request.clips[0]
    if not clip.playing():
        return None
    notes = sounding(clip)
    yield
    found = yield from study(clip, notes, pitch_space(clip, notes, request.args))
    return found if found.score.slices else None


def write(
    source: Study, request: Request, rng: Random, settings: Settings
) -> Generator[TakeSpan | None, None, Take]:
    """One take; yields each bar when it is finished, None as heartbeat."""
    clip, amount = source.clip, float(request.args["amount"])
    sketch = Sketch(clip, request.args)
    yield None
    drums = source.score.space.drums
    turns = DrumVariation(source, sketch) if drums else None
    line = turns or LineVariation(source, sketch, settings)
    if turns is not None:
        turns.fill(amount, rng)
    bars = _by_bar(source, sketch)
    spans: list[TakeSpan] = []
    grid = source.score.grid
    chances = _chance_by_bar(source, [bar for bar, _ in bars], rng)
    for number, (bar, places) in enumerate(bars):
        for place in places:
            _consider(line, sketch, place, chances[number], (amount, settings.density))
            if place % _HEARTBEAT_NOTES == 0:
                yield None
        last = number == len(bars) - 1
        changed = sketch.take_changes([sketch.notes[place][0] for place in places])
        start = max(clip.loop_start_beats, grid.start_beats(bar))
        end = clip.loop_end_beats if last else grid.start_beats(bar + 1)
        spans.append(TakeSpan(number, len(bars), start, max(start, end), changed))
        yield spans[-1]
    yield None
    kept = sketch.kept()
    share = 1 - len(kept) / len(clip.notes)
    return Take(clip, kept, tuple(spans), abs(share - amount))


def _chance_by_bar(source: Study, bars: list[int], rng: Random) -> list[Random]:
    """A random generator for each bar: equal bars mostly get equal ones.

    So what repeats in the source mostly repeats in the variation too; the last bar goes its own
    way, as turnarounds do.
    """
    seed = rng.getrandbits(32)
    models: dict[tuple[tuple[int, Pitches], ...], int] = {}
    found = []
    for bar in bars:
        content = tuple((tick, p.pitches) for tick, p in sorted(source.score.bar(bar).items()))
        model = models.setdefault(content, bar)
        own = bar == bars[-1] or rng.random() < _OWN_WAY
        found.append(Random(f"{seed}/{bar}/own" if own else f"{seed}/{model}"))
    return found


def _by_bar(source: Study, sketch: Sketch) -> list[tuple[int, list[int]]]:
    """Places of the loop's notes, grouped by bar."""
    grid = source.score.grid
    places: Iterator[int] = iter(range(len(sketch.notes)))
    groups = groupby(places, key=lambda place: grid.bar_at(sketch.notes[place][1].start_beats))
    return [(bar, list(group)) for bar, group in groups]


def _consider(
    line: LineVariation | DrumVariation,
    sketch: Sketch,
    place: int,
    rng: Random,
    shape: tuple[float, float],
) -> None:
    """Change a note with a chance of `amount`; density decides whether notes come or go."""
    amount, density = shape
    spared = line.protect(place)
    chance = amount * (spared + (1 - spared) * amount)
    if rng.random() >= chance or not sketch.free(sketch.notes[place][0]):
        return
    more = 0
    if rng.random() < min(1.0, abs(density - 1)):
        more = 1 if density > 1 else -1
    line.change(place, rng, more)
