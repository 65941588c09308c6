# SPDX-License-Identifier: Apache-2.0
"""Cells: the spans in which a chord may change, with the weights of the notes in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from models.theory.score import Score, Sound
from models.theory.steps import Steps

_MAX_CELLS_A_SOUND = 64  # a sound held for longer says nothing new
_STEP_SOUNDS = 500
_CHORDAL_LAYERS = 1.8  # as many notes at once on average sound like chords
_SHORTEST_BEATS = 1e-6
_AFTER_CLOSE = 0.5  # nothing new is said after the last cadence
_STACKS = frozenset(
    frozenset(stack)
    for stack in ((0, 4, 7), (0, 3, 7), (0, 3, 6), (0, 4, 7, 10), (0, 4, 7, 11), (0, 3, 7, 10))
)
_CALM_BPM = 140.0  # chords may change with every pulse up to here
_LOWEST_TUNE = 52  # a lower line is a bass
_TUNE_LEVEL = 0.6  # of a pulse in a tune like a hymn's: between a pulse and a pulse group
_STEP = 2  # semitones
_ENDING = 1.4  # a last note this many times as long as usual is an ending
_LEFT_BY_STEP = 0.55  # a weak short note that moves on by step is likely a passing note


@dataclass(frozen=True, slots=True)
class Span:
    """A place for a chord: `level` is 1 at a bar line, 0.75 at a pulse group, 0.5 at a pulse."""

    start_beats: float
    end_beats: float
    level: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A span with what sounds in it.

    Attributes:
        start_beats, end_beats: its place.
        change_cost: what a new chord here costs.
        hold_score: what keeping the chord is worth.
        weights: for each pitch class how much it sounds.
        bass: pitch class of the lowest voice, where there is harmony above it.
        bass_weight: how much that says.
        fullness: 0 for a lone line, 1 where whole chords sound.
        closes: a phrase ends in it.
        final: the last one of the score does.
        spelled: the pitch classes, where they spell out a chord; no cadence outweighs that.
    """

    start_beats: float
    end_beats: float
    change_cost: float
    hold_score: float
    weights: tuple[float, ...]
    bass: int | None = None
    bass_weight: float = 0.0
    fullness: float = 0.0
    closes: bool = False
    final: bool = False
    spelled: frozenset[int] = frozenset()


def group_spans(score: Score) -> Steps[list[Span]]:
    """Spans of bars and pulse groups; of pulses where chords move, or a tune like a hymn's."""
    groups: list[Span] = []
    pulses: list[float] = []
    for bar, starts in zip(score.bars, score.groups, strict=True):
        edges = [*starts, bar.end_beats]
        for index, start in enumerate(starts):
            low, high = max(start, score.start_beats), min(edges[index + 1], score.end_beats)
            if high - low > _SHORTEST_BEATS:
                groups.append(Span(low, high, 0.75 if index else 1.0))
                pulses.append(bar.metre.pulse_beats)
    inside = yield from _spread(score.pitched, groups)
    spans: list[Span] = []
    calm = score.frame.tempo_at(score.start_beats) <= _CALM_BPM
    for group, sounds, pulse in zip(groups, inside, pulses, strict=True):
        covered = sum(
            min(s.end_beats, group.end_beats) - max(s.start_beats, group.start_beats)
            for s in sounds
        )
        chordal = covered >= _CHORDAL_LAYERS * (group.end_beats - group.start_beats)
        if chordal:
            spans += pulse_spans(group, pulse)
        elif calm and _in_pulses(group, sounds, pulse):
            spans += pulse_spans(group, pulse, _TUNE_LEVEL)
        else:
            spans.append(group)
        yield
    return spans


def _in_pulses(group: Span, sounds: Sequence[Sound], pulse_beats: float) -> bool:
    """Whether a lone tune has one note for each of the group's pulses, as hymns have."""
    begun = [sound for sound in sounds if sound.start_beats >= group.start_beats - 0.1]
    pulses = round((group.end_beats - group.start_beats) / pulse_beats)
    return (
        pulses > 1
        and len(begun) == pulses
        and len({sound.line for sound in sounds}) == 1
        and any(abs(b.pitch - a.pitch) <= _STEP for a, b in pairwise(begun))  # no broken chord
        and all(sound.strength >= 0.5 and sound.pitch >= _LOWEST_TUNE for sound in begun)
    )


def pulse_spans(group: Span, pulse_beats: float, inner_level: float = 0.5) -> list[Span]:
    """The span cut into pulses; what is left over at its end goes with the last one."""
    spans = []
    start, level = group.start_beats, group.level
    while start < group.end_beats - _SHORTEST_BEATS:
        end = start + pulse_beats
        if group.end_beats - end < pulse_beats / 3:
            end = group.end_beats
        spans.append(Span(start, end, level))
        start, level = end, inner_level
    return spans


def fill_cells(
    score: Score,
    spans: Sequence[Span],
    phrase_ends: Sequence[float] = (),
    *,
    change_costs: tuple[float, float, float] = (0.35, 0.75, 1.6),
    hold_score: float = 0.0,
    whole_bars: bool = True,
) -> Steps[list[Cell]]:
    """Weigh the score's notes in every span.

    Args:
        score: what sounds.
        spans: in order, without gaps.
        phrase_ends: onsets of the notes that end a phrase.
        change_costs: cost of a new chord at a bar line, a pulse group and a pulse.
        hold_score: what keeping a chord is worth.
        whole_bars: whether a bar may spell a chord out that no span of it does.
    """
    inside = yield from _spread(score.pitched, spans)
    pulse = score.frame.metre.pulse_beats
    ends = sorted(phrase_ends)
    last = ends[-1] if ends else None
    cells: list[Cell] = []
    first = 0  # cell that the bar begins with
    for index, (span, sounds) in enumerate(zip(spans, inside, strict=True)):
        closing = [e for e in ends if span.start_beats - 0.1 <= e < span.end_beats - 0.1]
        over = last is not None and span.start_beats > last + 0.1
        weights, bass, bass_weight, fullness = _weigh(span, sounds, pulse)
        cell = Cell(
            span.start_beats,
            span.end_beats,
            _change_cost(span, change_costs) + _AFTER_CLOSE * over,
            hold_score + _AFTER_CLOSE * over,
            weights,
            bass,
            bass_weight,
            fullness,
            closes=bool(closing),
            final=last in closing,
            spelled=_spelled(weights),
        )
        cells.append(cell)
        if whole_bars and (index + 1 == len(spans) or spans[index + 1].level >= 1):
            cells[first:] = _spelled_together(cells[first:])
            first = len(cells)
        if index % 16 == 0:
            yield
    return cells


def _spelled(weights: Sequence[float]) -> frozenset[int]:
    """The pitch classes that sound, where they stack up to a whole chord; else none."""
    heard = frozenset(pc for pc, weight in enumerate(weights) if weight > _SHORTEST_BEATS)
    if not 3 <= len(heard) <= 4:
        return frozenset()
    stacked = any(frozenset((pc - root) % 12 for pc in heard) in _STACKS for root in heard)
    return heard if stacked else frozenset()


def _spelled_together(bar: Sequence[Cell]) -> list[Cell]:
    """The bar's cells; those too short to spell a chord take the one that the bar spells."""
    if len(bar) > _MAX_CELLS_A_SOUND:
        return list(bar)
    whole = _spelled([sum(column) for column in zip(*(cell.weights for cell in bar), strict=True)])
    return [cell if cell.spelled else replace(cell, spelled=whole) for cell in bar]


def _change_cost(span: Span, costs: tuple[float, float, float]) -> float:
    bar, group, pulse = costs
    if span.level >= 1:
        return bar
    if span.level >= 0.75:
        return group
    return (group + pulse) / 2 if span.level >= _TUNE_LEVEL else pulse


def _spread(sounds: Sequence[Sound], spans: Sequence[Span]) -> Steps[list[list[Sound]]]:
    """For each span what sounds in it."""
    inside: list[list[Sound]] = [[] for _ in spans]
    first = 0
    for count, sound in enumerate(sounds):
        while first < len(spans) - 1 and spans[first].end_beats <= sound.start_beats + 1e-6:
            first += 1
        for index in range(first, min(first + _MAX_CELLS_A_SOUND, len(spans))):
            if spans[index].start_beats >= sound.end_beats - 1e-6:
                break
            inside[index].append(sound)
        if count % _STEP_SOUNDS == 0:
            yield
    return inside


def _weigh(
    span: Span, sounds: Sequence[Sound], pulse_beats: float
) -> tuple[tuple[float, ...], int | None, float, float]:
    """Pitch-class weights, the lowest voice with its weight, and fullness."""
    weights = [0.0] * 12
    total_beats = span.end_beats - span.start_beats
    per_pitch: dict[int, float] = {}
    covered = 0.0
    for index, sound in enumerate(sounds):
        beats = min(sound.end_beats, span.end_beats) - max(sound.start_beats, span.start_beats)
        covered += beats
        weight = beats / pulse_beats * _importance(span, sounds, index)
        weights[sound.pitch % 12] += weight
        per_pitch[sound.pitch] = per_pitch.get(sound.pitch, 0.0) + weight
    # Four doublings of a note are one opinion, not four.
    limit = 1.2 * total_beats / pulse_beats
    limited = tuple(min(weight, limit) for weight in weights)
    layers = covered / total_beats
    fullness = min(max(layers - 1.2, 0.0) / 1.8, 1.0) * total_beats / pulse_beats
    if layers < 1.5 or not per_pitch:
        return limited, None, 0.0, fullness
    heard = [pitch for pitch, weight in per_pitch.items() if weight > 0.15]
    lowest = min(heard or per_pitch)
    return limited, lowest % 12, min(per_pitch[lowest], limit), fullness


def _importance(span: Span, sounds: Sequence[Sound], index: int) -> float:
    """How much a note says of the harmony: its accent, and whether it merely passes."""
    sound = sounds[index]
    weight = 0.6 + 0.6 * sound.strength
    if sound.start_beats < span.start_beats - 0.1:
        weight = 0.8  # held from before: it may be a suspension
    following = sounds[index + 1] if index + 1 < len(sounds) else None
    if following is None or following.line != sound.line or sound.strength >= 0.5:
        return weight
    by_step = 0 < abs(following.pitch - sound.pitch) <= 2
    touching = abs(following.start_beats - sound.end_beats) < 0.2
    return weight * _LEFT_BY_STEP if by_step and touching else weight


def phrase_ends(score: Score, line: Sequence[Sound]) -> Steps[list[float]]:
    """Onsets of notes that end a phrase: long ones, and those before a rest.

    The last note is one too, unless it moves on as if the loop led back to its start.
    """
    if not line:
        return []
    lengths = sorted(sound.end_beats - sound.start_beats for sound in line)
    usual = lengths[len(lengths) // 2]
    ends = []
    since = line[0].start_beats
    for index, sound in enumerate(line[:-1]):
        if index % _STEP_SOUNDS == 0:
            yield
        gap = line[index + 1].start_beats - sound.start_beats
        if gap < max(2 * usual, score.frame.metre.pulse_beats * 1.5) or sound.strength < 0.5:
            continue
        bar_beats = score.frame.metre_at(sound.start_beats).bar_beats
        if sound.start_beats - since >= 1.4 * bar_beats:
            ends.append(sound.start_beats)
            since = line[index + 1].start_beats
    last = len(line) - 1
    bar_beats = score.frame.metre_at(line[last].start_beats).bar_beats
    while (
        last
        and line[last - 1].pitch == line[last].pitch
        and (line[-1].end_beats - line[last - 1].start_beats <= bar_beats + _SHORTEST_BEATS)
    ):
        last -= 1  # a repeated last note closes where it is reached
    if last and score.end_beats - line[last].start_beats < _ENDING * usual:
        return ends  # the loop leads back to its start
    return [*ends, line[last].start_beats]
