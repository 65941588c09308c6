# SPDX-License-Identifier: Apache-2.0
"""Whether an accompaniment listens: chords, roots, and bass and bass drum together.

Every share stands beside what chance gives: the same notes held against the chords of all other
strong beats of the window, or the same onsets moved by every other number of sixteenths within a
bar. So a part that only stays in the key, or is only busy, gains nothing.

Chords are estimated (`models/theory`) in three ways. From all real parts together: that is the same
for every system, but favours the real part, since it helped to say what the chords are. From the
parts given and the one that is judged: what a listener hears; any bass makes some chords its own.
From the given parts alone: all that a player can know; where they leave the harmony open, so does
this. Engine `rules` reads chords with the same code, which favours it in all three.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from statistics import fmean

from continuing.metrics import STEPS_PER_BEAT, overlap
from harmonising.systems import read_harmony

from generation.players import Players, Question, Reply, labelled
from generation.systems import key_shift, settings, shifted
from generation.windows import Ensemble, excerpt
from models.clip import Note, note_order
from models.corpus.piece import PiecePart
from models.theory.chords import Chord
from models.theory.harmony import Reading

ROLES = ("bass", "chords", "drums")
STRONG = 0.75  # of a bar line or half bar
KICKS = (35, 36)

Sounding = frozenset[int]


@dataclass(frozen=True)
class Heard:
    """A window with its chords, and a part that somebody plays to it."""

    window: Ensemble
    reading: Reading
    notes: tuple[Note, ...]

    @property
    def strong_beats(self) -> list[float]:
        """Where bars and half bars begin."""
        metre = self.window.real.metre
        beats = range(int(self.window.real.length_beats))
        return [float(b) for b in beats if metre.strength(b % metre.bar_beats) >= STRONG]

    def pairs(self) -> list[tuple[Sounding, Chord]]:
        """What sounds at each strong beat, where something does, and the chord there."""
        found = ((sounding(self.notes, b), self.reading.at(b).chord) for b in self.strong_beats)
        return [(pitches, chord) for pitches, chord in found if pitches]


def sounding(notes: Sequence[Note], beat: float) -> Sounding:
    """The pitches that sound at a beat; onsets a little late count."""
    return frozenset(n.pitch for n in notes if n.start_beats <= beat + 0.05 < n.end_beats)


# -- harmony -------------------------------------------------------------------------------------


def chord_tones(pitches: Sounding, chord: Chord) -> float:
    """The share of the pitches that belong to the chord."""
    return fmean(float(pitch % 12 in chord.tones) for pitch in pitches)


def root_below(pitches: Sounding, chord: Chord) -> float:
    """Whether the lowest pitch is the root."""
    return float(min(pitches) % 12 == chord.root)


def share_and_chance(
    pairs: Sequence[tuple[Sounding, Chord]], score: Callable[[Sounding, Chord], float]
) -> tuple[float, float]:
    """The mean score, and the mean over all pairings of pitches with another beat's chord."""
    share = fmean(score(pitches, chord) for pitches, chord in pairs)
    crossed = [
        score(pitches, chord)
        for mine, (pitches, _) in enumerate(pairs)
        for other, (_, chord) in enumerate(pairs)
        if mine != other
    ]
    return share, fmean(crossed) if crossed else share


# -- rhythm --------------------------------------------------------------------------------------


def steps(notes: Sequence[Note]) -> set[int]:
    """Onsets on a sixteenth grid."""
    return {round(note.start_beats * STEPS_PER_BEAT) for note in notes}


def coincidence(left: set[int], right: set[int], bar_steps: int, count: int) -> tuple[float, float]:
    """F1 of two sets of onsets; and its mean when one is moved round, by less than a bar.

    Args:
        left: steps with an onset.
        right: steps with an onset, to be moved.
        bar_steps: steps a bar.
        count: steps in all, round which is moved.
    """

    def f1(moved: int) -> float:
        other = {(step + moved) % count for step in right}
        return 2 * len(left & other) / (len(left) + len(other))

    return f1(0), fmean(f1(moved) for moved in range(1, bar_steps))


def _together(heard: Heard) -> tuple[float, float] | None:
    """Coincidence of bass and bass drum; one of them is the part in question."""
    role = heard.window.role
    wanted = {"bass": ("drums",), "drums": ("bass", "B")}.get(role, ())
    partner = next((part for part in heard.window.others if part.role in wanted), None)
    if partner is None:
        return None
    sides = [heard.notes, partner.clip.notes]
    bass, drums = sides if role == "bass" else reversed(sides)
    kicks = steps([note for note in drums if note.pitch in KICKS])
    if not kicks or not bass:
        return None
    bar = round(heard.window.real.metre.bar_beats * STEPS_PER_BEAT)
    return coincidence(steps(bass), kicks, bar, 8 * bar)


# -- systems -------------------------------------------------------------------------------------


def real(window: Ensemble, others: Sequence[Ensemble]) -> tuple[Note, ...]:
    return window.real.notes


def other_piece(window: Ensemble, others: Sequence[Ensemble]) -> tuple[Note, ...]:
    """The part of a random other work in the same length of bar, moved into the key."""
    pool = [w for w in others if w.piece != window.piece]
    same = [w for w in pool if w.real.metre.bar_beats == window.real.metre.bar_beats]
    chosen = Random(f"other/{window.name}").choice(same or pool or [window])
    inside = excerpt(chosen.real, 0.0, min(window.real.length_beats, chosen.real.length_beats))
    if window.role == "drums":
        return inside.notes
    return shifted(inside.notes, key_shift(_pitched(chosen.others), _pitched(window.others)))


def _pitched(parts: Sequence[PiecePart]) -> list[Note]:
    return [note for p in parts if p.clip.kind == "melodic" for note in p.clip.notes]


BASELINES = {"real part": real, "random other piece, key-matched": other_piece}


def table(
    role: str, windows: Sequence[Ensemble], systems: Sequence[str], players: Players
) -> tuple[list[list[str]], dict[str, list[Reply]]]:
    """A row for each system; the replies of the engines come second."""
    parts = {name: [play(w, windows) for w in windows] for name, play in BASELINES.items()}
    replies = {}
    for system in systems:
        engine, given = settings(system)
        asked = [Question(engine, "accompany", w.clips, {"role": role, **given}) for w in windows]
        replies[system] = players.answers(asked)
        parts[labelled(system, replies[system])] = [
            r.parts[0].notes if r.parts else () for r in replies[system]
        ]
    readings = [read_harmony([p.clip for p in w.others] + [w.real])[1] for w in windows]
    heads = {"drums": _HEADS_OF_DRUMS, "chords": _HEADS[:-2]}.get(role, _HEADS)
    rows = [["", *heads]]
    for name, written in parts.items():
        heard = [Heard(*row) for row in zip(windows, readings, written, strict=True) if row[2]]
        rows.append(
            [name, *(_drum_cells(heard) if role == "drums" else _cells(heard))[: len(heads)]]
        )
    return rows, replies


_HEADS = (
    "chord tones on strong beats", "over chance", "root in the bass", "over chance",
    "heard with it: chord tones", "root", "of the given alone: chord tones", "root",
    "PCH as real", "notes as real", "with the bass drum", "over chance",
)  # fmt: skip
_HEADS_OF_DRUMS = ("with the bass", "over chance", "onset F1 with real", "notes as real")


def _cells(heard: Sequence[Heard]) -> list[str]:
    pairs = [found for h in heard if len(found := h.pairs()) > 1]
    scores = (chord_tones, root_below)
    cells = []
    for score in scores:
        cells += _share_cells([share_and_chance(found, score) for found in pairs])
    cells += _shares([heard_with_it(h) for h in heard]) + _shares([heard_alone(h) for h in heard])
    same = fmean(overlap(h.notes, h.window.real.notes) for h in heard) if heard else 0.0
    cells += [f"{same:.3f}", _density(heard)]
    return cells + _share_cells([found for h in heard if (found := _together(h))])


def _drum_cells(heard: Sequence[Heard]) -> list[str]:
    cells = _share_cells([found for h in heard if (found := _together(h))])
    pairs = [(steps(h.notes), steps(h.window.real.notes)) for h in heard]
    same = fmean(2 * len(a & b) / (len(a) + len(b)) for a, b in pairs) if pairs else 0.0
    return [*cells, f"{same:.3f}", _density(heard)]


def heard_with_it(heard: Heard) -> Heard:
    """The same part, with the chords that it and the given parts make."""
    part = heard.window.real.with_notes(sorted(heard.notes, key=note_order))
    return replace(heard, reading=read_harmony([*heard.window.clips, part])[1])


def heard_alone(heard: Heard) -> Heard:
    """The same part, with the chords that the given parts make."""
    return replace(heard, reading=read_harmony(heard.window.clips)[1])


def _shares(heard: Sequence[Heard]) -> list[str]:
    """Chord tones, and roots in the bass."""
    pairs = [found for h in heard if len(found := h.pairs()) > 1]
    if not pairs:
        return ["–", "–"]
    shares = [[share_and_chance(found, s)[0] for found in pairs] for s in (chord_tones, root_below)]
    return [f"{fmean(share):.3f}" for share in shares]


def _share_cells(found: Sequence[tuple[float, float]]) -> list[str]:
    if not found:
        return ["–", "–"]
    share = fmean(pair[0] for pair in found)
    return [f"{share:.3f}", f"{share - fmean(pair[1] for pair in found):+.3f}"]


def _density(heard: Sequence[Heard]) -> str:
    """Notes over those of the real part, all windows together."""
    wanted = sum(len(h.window.real.notes) for h in heard)
    return f"{sum(len(h.notes) for h in heard) / max(1, wanted):.2f}"
