# SPDX-License-Identifier: Apache-2.0
"""Chorale: the given voices kept as they are, and the others written round them."""

from __future__ import annotations

import random
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass

from models.clip import Clip, Note
from models.engine import Answer, EngineEvent, Progress, Request, Result
from models.engines.rules.delivery import Pacer, bar_partials, framed
from models.engines.rules.feel import Event, Feel
from models.engines.rules.voices import check_lines, named_voices, shifted_ranges
from models.errors import BadClip
from models.theory.harmony import Lattice, best_chords, build_lattice
from models.theory.keys import Key, score_key
from models.theory.ornament import add_passing_notes
from models.theory.satb import Chosen, Slot, harmonise_slots
from models.theory.score import Score, Sound, read_score
from models.theory.slots import Lines, build_slots
from models.theory.steps import Steps
from models.theory.voiceleading import VOICES, Tone

_TRIES = 4
_CHORDS_A_SLOT = 4
_HEPTATONIC = 7
_PASSING = {3: 0.9, 2: 0.5, 1: 0.5}  # share of the thirds that may be filled, by voice
Parts = tuple[tuple[Note, ...], ...]


@dataclass(frozen=True, slots=True)
class _Task:
    """What all takes of a request share."""

    score: Score
    lines: Lines
    slots: Sequence[Slot]
    lattice: Lattice
    feel: Feel
    adventure: float


def harmonise(request: Request) -> Generator[EngineEvent, None, None]:
    """Yield the new voices bar by bar for every take, then the takes."""
    if not request.clips:
        raise BadClip(
            "rules writes voices round a given one; give a melody, or name another engine.",
            where="clips",
        )
    given = named_voices(request.args.get("voices", "soprano"), request.clips)
    pacer = Pacer(request.takes)
    score = yield from pacer.run(read_score(tuple(given.values())))
    task = yield from pacer.run(_prepare(score, given, request.args.get("adventure", 0.5)))
    answers: list[Parts] = []
    for take in range(request.takes):
        pacer.take = take
        for attempt in range(_TRIES):
            rng = random.Random(f"{request.seed}/{take}/{attempt}")
            parts = yield from pacer.run(_write(task, rng, take + attempt))
            if parts not in answers:
                for voice in set(range(4)) - given.keys():
                    yield from bar_partials(
                        score.frame, score.bars, parts[voice], len(answers), voice
                    )
                answers.append(parts)
                break
    yield Progress(1.0, notes=sum(len(notes) for parts in answers for notes in parts))
    missing = request.takes - len(answers)
    degraded = [f"{missing} of {request.takes} takes would have been repeats"] if missing else []
    yield Result(tuple(_answer(score, given, parts) for parts in answers), tuple(degraded))


def _prepare(score: Score, given: Mapping[int, Clip], adventure: float) -> Steps[_Task]:
    """The slots and the chords that may stand in them."""
    by_clip: list[list[Sound]] = [[] for _ in given]
    for sound in score.pitched:
        by_clip[sound.line].append(sound)
    yield
    lines = yield from check_lines(dict(zip(given, by_clip, strict=True)))
    key = score_key(score)
    slots = yield from build_slots(score, lines)
    cells = [slot.cell for slot in slots]
    lattice = yield from build_lattice(key, cells, _chord_tones(score, key))
    return _Task(score, lines, slots, lattice, Feel(score), adventure)


def _chord_tones(score: Score, key: Key) -> frozenset[int] | None:
    """What chords may consist of where the music keeps to its scale; None for anything.

    A scale of five or six notes has too few triads, so there a chord outside only costs more.
    """
    if not key.keeps_scale or len(key.pitch_classes) < _HEPTATONIC:
        return None
    return key.pitch_classes | {sound.pitch % 12 for sound in score.pitched}


def _write(task: _Task, rng: random.Random, number: int) -> Steps[Parts]:
    """One take: chords, voicings, passing notes."""
    spread = (0.05 + 0.3 * task.adventure) * min(number + 0.3, 3.0)
    rated = yield from best_chords(task.lattice, rng, spread, _CHORDS_A_SLOT)
    key = task.lattice.key
    chosen = yield from harmonise_slots(key, task.slots, rated, shifted_ranges(task.lines))
    voices = yield from _tones(task, chosen)
    ways = {v: p * (0.2 + task.adventure) for v, p in _PASSING.items() if v not in task.lines}
    flowing = yield from add_passing_notes(voices, key, ways, rng)
    yield
    parts: list[tuple[Note, ...]] = []
    for voice, line in enumerate(flowing):
        events = [] if voice in task.lines else [_event(tone) for tone in line]
        parts.append((yield from task.feel.notes(events, snap=False)))
    return tuple(parts)


def _event(tone: Tone) -> Event:
    return Event(tone.pitch, tone.start_beats, tone.end_beats, -4.0)


def _tones(task: _Task, chosen: Sequence[Chosen]) -> Steps[list[list[Tone]]]:
    """The chosen pitches as lines; repeated ones are struck again where a given voice is."""
    lines: list[list[Tone]] = [[] for _ in range(4)]
    for voice, line in task.lines.items():
        lines[voice] = [Tone(s.start_beats, s.end_beats, s.pitch) for s in line]
    yield
    ends = _sounding_ends(task)
    yield
    for slot, place, end in zip(task.slots, chosen, ends, strict=True):
        if place.pitches is None:
            continue
        start = slot.cell.start_beats
        for voice in set(range(4)) - task.lines.keys():
            own, pitch = lines[voice], place.pitches[voice]
            tied = own and own[-1].pitch == pitch and own[-1].end_beats >= start - 1e-6
            if tied and not slot.struck:
                own[-1] = Tone(own[-1].start_beats, end, pitch)
            else:
                own.append(Tone(start, end, pitch))
    return lines


def _sounding_ends(task: _Task) -> list[float]:
    """Where the new notes of each slot end: with the given ones where a rest follows."""
    ends = []
    for index, slot in enumerate(task.slots):
        end = slot.cell.end_beats
        last = index + 1 == len(task.slots)
        if last or task.slots[index + 1].silent:
            low = slot.cell.start_beats
            heard = [
                min(s.end_beats, end)
                for line in task.lines.values()
                for s in line
                if s.start_beats < end and s.end_beats > low
            ]
            end = max(heard, default=end)
        ends.append(end)
    return ends


def _answer(score: Score, given: Mapping[int, Clip], parts: Parts) -> Answer:
    """The four voices; the given ones are the clips that came, untouched."""
    return Answer(
        tuple(
            given[voice] if voice in given else framed(score.frame, parts[voice], name.title())
            for voice, name in enumerate(VOICES)
        )
    )
