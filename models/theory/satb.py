# SPDX-License-Identifier: Apache-2.0
"""Four-voice harmony: a beam search over chords and voicings at once.

Costs follow the rules in `models.theory.voiceleading`; compare Ebcioğlu's rule-based chorale
harmoniser (Computer Music Journal 12(3), 1988) and the dynamic programming over voicings in
Tymoczko, *A Geometry of Music* (2011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.theory.cells import Cell
from models.theory.chords import Chord
from models.theory.harmony import Moves, Rated, step_score
from models.theory.keys import Key
from models.theory.partwriting import Voicing, movement, voicings
from models.theory.steps import Steps

_BEAM = 12
_PER_CHORD = 14
_OPENING_COST = 1.0  # of beginning on an inversion
Fixed = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for one chord of four voices.

    Attributes:
        cell: its span and the weights of the given notes.
        fixed: pitch of each given voice at its start; None where a voice is free.
        left: the same at its end.
        silent: no given voice sounds: all rest.
        struck: a given voice begins a note here.
    """

    cell: Cell
    fixed: Fixed
    left: Fixed
    silent: bool = False
    struck: bool = True


@dataclass(frozen=True, slots=True)
class Chosen:
    """A slot's chord and its four pitches; none where all rest."""

    chord: Chord
    pitches: Voicing | None


@dataclass(slots=True)
class _Node:
    """One end of a path in the beam."""

    cost: float
    chord: Chord
    pitches: Voicing | None
    left: Voicing | None
    parent: _Node | None


def harmonise_slots(
    key: Key,
    slots: Sequence[Slot],
    candidates: Sequence[Sequence[Rated]],
    ranges: Sequence[tuple[int, int]],
) -> Steps[list[Chosen]]:
    """The cheapest chords and voicings found.

    Args:
        key: of the piece.
        slots: in order of time.
        candidates: chords of each slot.
        ranges: lowest and highest pitch of each voice, soprano first.
    """
    beam: list[_Node] = []
    moves: Moves = {}
    known: dict[tuple[Fixed, Chord], list[tuple[float, Voicing]]] = {}
    for slot, rated in zip(slots, candidates, strict=True):
        if slot.silent:
            beam = [_Node(0.0, rated[0].chord, None, None, min(beam, key=_cost, default=None))]
            yield
            continue
        options = []
        for item in rated:
            place = (slot.fixed, item.chord)
            if place not in known:
                known[place] = voicings(key, item.chord, slot.fixed, ranges)[:_PER_CHORD]
            options += [(cost - item.fit, item.chord, pitches) for cost, pitches in known[place]]
            yield
        beam = _advance(key, slot, options, beam, moves)
        yield
    return _trace(min(beam, key=_cost))


def _advance(
    key: Key,
    slot: Slot,
    options: Sequence[tuple[float, Chord, Voicing]],
    beam: Sequence[_Node],
    moves: Moves,
) -> list[_Node]:
    """The best continuations of the beam into one slot."""
    found = []
    for own, chord, pitches in options:
        base = own + _closing_cost(slot.cell, chord, pitches)
        base += 0.0 if beam or pitches[3] % 12 == chord.root else _OPENING_COST
        best, parent = 1e18, None
        for node in beam:
            cost = node.cost - step_score(key, slot.cell, node.chord, chord, moves)
            if cost < best and node.left is not None:
                cost += movement(key, node.chord, node.left, chord, pitches)
            if cost < best:
                best, parent = cost, node
        left = tuple(
            pitch if late is None else late for pitch, late in zip(pitches, slot.left, strict=True)
        )
        found.append(_Node(base + (best if parent else 0.0), chord, pitches, left, parent))
    found.sort(key=_cost)
    return found[:_BEAM]


def _closing_cost(cell: Cell, chord: Chord, pitches: Voicing) -> float:
    """A phrase ends on a root-position chord."""
    if not cell.closes or pitches[3] % 12 == chord.root:
        return 0.0
    return 3.0 if cell.final else 1.5


def _cost(node: _Node) -> float:
    return node.cost


def _trace(node: _Node | None) -> list[Chosen]:
    path = []
    while node is not None:
        path.append(Chosen(node.chord, node.pitches))
        node = node.parent
    return path[::-1]
