# SPDX-License-Identifier: Apache-2.0
"""The engine: from a request to parts by theory; fallback, and baseline for networks."""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.clip import Kind, Note
from models.engine import Answer, EngineEvent, EngineInfo, Progress, Request, Result
from models.engines.rules import bass, chorale, comp, counter, drums
from models.engines.rules.delivery import Pacer, bar_partials, framed
from models.engines.rules.feel import Event, Feel
from models.engines.rules.palette import Palette, palette
from models.theory.cells import fill_cells, group_spans, phrase_ends
from models.theory.harmony import Lattice, Reading, build_lattice, read_chords
from models.theory.keys import Key, score_key
from models.theory.score import Score, melody_line, read_score
from models.theory.steps import Steps

_Write = Callable[[Score, Reading, Palette, Mapping[str, Any], random.Random], Steps[list[Event]]]
_TRIES = 6  # seeds tried for a take that came out like an earlier one


@dataclass(frozen=True, slots=True)
class _Role:
    """How one role is written: by which function, in which register, as what kind of clip."""

    write: _Write
    register: tuple[int, int]
    name: str
    kind: Kind = "melodic"


_ROLES = {
    "bass": _Role(bass.bass_line, bass.REGISTER, "Bass"),
    "chords": _Role(comp.chord_part, comp.REGISTER, "Chords"),
    "counter": _Role(counter.counter_line, counter.REGISTER, "Counter-line"),
    "drums": _Role(drums.drum_part, drums.REGISTER, "Drums", "drums"),
}


class Rules:
    """Accompaniment and four-voice harmony by theory alone."""

    info = EngineInfo(
        name="rules",
        doc="Bass, chords, counter-lines, drums and four voices by rule; needs no weights.",
        commands=("harmonise", "accompany"),
        roles=tuple(_ROLES),
        honours=("adventure", "density", "low_pitch", "high_pitch", "scale_lock", "similarity"),
        max_bars=1024,
    )

    def load(self, device: str) -> None:
        """There is nothing to load."""

    def generate(self, request: Request) -> Iterator[EngineEvent]:
        """Yield the new notes bar by bar for every take, then the takes."""
        serve = chorale.harmonise if request.command == "harmonise" else _accompany
        yield from serve(request)


def _accompany(request: Request) -> Generator[EngineEvent, None, None]:
    role = _ROLES[request.args["role"]]
    pacer = Pacer(request.takes)
    score = yield from pacer.run(read_score(request.clips))
    key = score_key(score)
    unlocked = {**request.args, "scale_lock": False}
    args = unlocked if role.kind == "drums" else request.args
    pitches = palette(score, key, args, role.register)
    lattice = yield from pacer.run(_analyse(score, key, pitches.pitch_classes))
    feel = Feel(score)
    answers: list[tuple[Note, ...]] = []
    for take in range(request.takes):
        pacer.take = take
        for attempt in range(_TRIES):
            rng = random.Random(f"{request.seed}/{take}/{attempt}")
            task = _Task(request, score, lattice, pitches, feel)
            notes = yield from pacer.run(_write(task, role, rng, take + attempt))
            if notes not in answers:
                yield from bar_partials(score.frame, score.bars, notes, len(answers))
                answers.append(notes)
                break
    yield Progress(1.0, notes=sum(len(notes) for notes in answers))
    parts = (framed(score.frame, notes, role.name, role.kind) for notes in answers)
    missing = request.takes - len(answers)
    degraded = [f"{missing} of {request.takes} takes would have been repeats"] if missing else []
    if not score.pitched and role.kind == "melodic":
        degraded.append(f"nothing pitched to follow, so it is in {key}")
    yield Result(tuple(Answer((part,)) for part in parts), tuple(degraded))


@dataclass(frozen=True, slots=True)
class _Task:
    """What all takes of a request share."""

    request: Request
    score: Score
    lattice: Lattice
    pitches: Palette
    feel: Feel


def _write(task: _Task, role: _Role, rng: random.Random, number: int) -> Steps[tuple[Note, ...]]:
    """One take: a reading of the chords, then the part."""
    args = task.request.args
    spread = (0.1 + 0.25 * args.get("adventure", 0.5)) * min(number + 0.4, 3.0)
    reading = yield from read_chords(task.lattice, rng, spread)
    events = yield from role.write(task.score, reading.merged(), task.pitches, args, rng)
    return (yield from task.feel.notes(events))


def _analyse(score: Score, key: Key, allowed: frozenset[int]) -> Steps[Lattice]:
    """The candidate chords of every span."""
    spans = yield from group_spans(score)
    melody = yield from melody_line(score)
    ends = yield from phrase_ends(score, melody)
    cells = yield from fill_cells(score, spans, ends)
    return (yield from build_lattice(key, cells, None if len(allowed) == 12 else allowed))
