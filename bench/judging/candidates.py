# SPDX-License-Identifier: Apache-2.0
"""What really follows in held-out music, and the same spoilt in ways that one hears."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from types import MappingProxyType

from continuing.baselines import SHAPE

from judging.excerpts import Excerpt
from models.clip import Clip, Note
from models.engine import Answer, Request
from models.engine import Result as EngineResult
from models.engines.clip.ask import Ask
from models.engines.motif.engine import Motif
from models.tokens.rules import PartRules
from models.tokens.scene import Part, Scene, cells_of
from models.tokens.vocabulary import DRUM_ROLES

BARS = 4  # asked for, after as many that are known
FEWEST_NOTES = 6

Cells = tuple[tuple[Note, ...], ...]


@dataclass(frozen=True)
class Case:
    """One ask with the true answer, and excerpts of other works for wrong ones."""

    excerpt: Excerpt
    part: int
    ask: Ask
    truth: Cells
    others: Sequence[tuple[Excerpt, int]]

    @property
    def role(self) -> str:
        """Of the part that is asked for."""
        return self.excerpt.parts[self.part].role

    @property
    def source(self) -> tuple[Note, ...]:
        """The bars of the part that are known."""
        edge = self.excerpt.bars[BARS].start_beats
        return tuple(n for n in self.excerpt.parts[self.part].clip.notes if n.start_beats < edge)


def cases(found: Sequence[Excerpt], task: str) -> Iterator[Case]:
    """A part of every excerpt that plays before and after the edge, alone or among the others."""
    rng = Random(f"ranking {task}")
    by_role: dict[str, list[tuple[Excerpt, int]]] = defaultdict(list)
    for excerpt in found:
        for part, own in enumerate(excerpt.parts):
            by_role[own.role].append((excerpt, part))
    for excerpt in found:
        able = [n for n in range(len(excerpt.parts)) if _plays(excerpt, n)]
        if not able or (task == "accompany" and len(excerpt.parts) < 2):
            continue
        part = rng.choice(able)
        role, bar = excerpt.parts[part].role, excerpt.bars[0].ticks
        others = [
            (other, n)
            for other, n in by_role[role]
            if other.work != excerpt.work and other.bars[0].ticks == bar and _plays(other, n)
        ]
        alone = task == "continue" and rng.random() < 0.5
        if others:
            yield (
                case_of(_alone(excerpt, part), 0, task, others)
                if alone
                else case_of(excerpt, part, task, others)
            )


def _alone(excerpt: Excerpt, part: int) -> Excerpt:
    return replace(excerpt, parts=(excerpt.parts[part],))


def _plays(excerpt: Excerpt, part: int) -> bool:
    """Whether the part has enough notes on both sides of the edge."""
    edge = excerpt.bars[BARS].start_beats
    early = sum(n.start_beats < edge for n in excerpt.parts[part].clip.notes)
    late = len(excerpt.parts[part].clip.notes) - early
    return min(early, late) >= FEWEST_NOTES


def case_of(excerpt: Excerpt, part: int, task: str, others: Sequence[tuple[Excerpt, int]]) -> Case:
    """The ask for the last bars of a part, or for all of it under the others."""
    first = 0 if task == "accompany" else BARS
    wanted = range(first, len(excerpt.bars))
    cells = cells_of([part], wanted)
    clip = excerpt.parts[part].clip
    truth = tuple(_inside(clip.notes, excerpt, bar) for bar in wanted)
    edge = excerpt.bars[first].start_beats
    stays = clip.with_notes(n for n in clip.notes if n.start_beats < edge - 1 / 48)
    parts = [Part(p.role, stays if n == part else p.clip) for n, p in enumerate(excerpt.parts)]
    scene = Scene(task, tuple(parts), excerpt.bars, cells, 0, excerpt.tempo_bpm, excerpt.key)
    ask = Ask(scene, {part: PartRules()}, (), lambda span, cells: (), lambda cells: Answer(()))
    return Case(excerpt, part, ask, truth, others)


def _inside(notes: Sequence[Note], excerpt: Excerpt, bar: int) -> tuple[Note, ...]:
    low, high = excerpt.bars[bar].start_beats, excerpt.bars[bar].end_beats
    return tuple(n for n in notes if low - 1 / 48 <= n.start_beats < high - 1 / 48)


# Each makes a wrong answer of the true one, or None where it would be no different.
Spoiler = Callable[[Case, Random], Cells | None]


def semitone_up(case: Case, rng: Random) -> Cells | None:
    """In the wrong key."""
    return None if case.role in DRUM_ROLES else _mapped(case, lambda n: n.pitch + 1)


def random_pitches(case: Case, rng: Random) -> Cells | None:
    """Any pitches in the range of the truth, or any of its pads."""
    pitches = [n.pitch for cell in case.truth for n in cell]
    if case.role in DRUM_ROLES:
        pads = sorted(set(pitches))
        return _mapped(case, lambda n: rng.choice(pads))
    return _mapped(case, lambda n: rng.randint(min(pitches), max(pitches)))


def own_pitches(case: Case, rng: Random) -> Cells | None:
    """The pitches of the truth in another order."""
    pitches = [n.pitch for cell in case.truth for n in cell]
    rng.shuffle(pitches)
    left = iter(pitches)
    return _mapped(case, lambda n: next(left))


def shuffled_bars(case: Case, rng: Random) -> Cells | None:
    """The bars of the truth in another order."""
    order = list(range(len(case.truth)))
    rng.shuffle(order)
    return _reordered(case, order)


def frozen_bar(case: Case, rng: Random) -> Cells | None:
    """The first bar again and again."""
    return _reordered(case, [0] * len(case.truth))


def shaken_rhythm(case: Case, rng: Random) -> Cells | None:
    """Half of the notes a sixteenth or two late."""

    def late(cell: Sequence[Note]) -> tuple[Note, ...]:
        return tuple(
            replace(n, start_beats=n.start_beats + rng.choice((0, 0, 0.25, 0.5))) for n in cell
        )

    return tuple(_ended(late(cell), case, n) for n, cell in enumerate(case.truth))


def thinned(case: Case, rng: Random) -> Cells | None:
    """Two thirds of the notes are gone."""
    return tuple(tuple(n for n in cell if rng.random() < 1 / 3) for cell in case.truth)


def another_piece(case: Case, rng: Random) -> Cells | None:
    """What the same role plays in another work, moved to this key."""
    excerpt, part = rng.choice(case.others)
    by = 0
    if case.role not in DRUM_ROLES and None not in (case.excerpt.key, excerpt.key):
        by = (case.excerpt.key - excerpt.key + 5) % 12 - 5
    first = len(excerpt.bars) - len(case.truth)
    cells = []
    for place in range(len(case.truth)):
        here, there = case.excerpt.bars[-len(case.truth) + place], excerpt.bars[first + place]
        moved = (
            replace(n.moved(here.start_beats - there.start_beats), pitch=_key(n.pitch + by))
            for n in _inside(excerpt.parts[part].clip.notes, excerpt, first + place)
        )
        cells.append(_ended(tuple(moved), case, place))
    return tuple(cells)


def source_again(case: Case, rng: Random) -> Cells | None:
    """The known bars once more: no fault, but no continuation either."""
    shift = case.excerpt.bars[BARS].start_beats
    notes = [n.moved(shift) for n in case.source]
    return tuple(_inside(notes, case.excerpt, BARS + n) for n in range(len(case.truth)))


SPOILERS: Mapping[str, Spoiler] = MappingProxyType(
    {
        "random pitches": random_pitches,
        "its pitches, shuffled": own_pitches,
        "a semitone up": semitone_up,
        "rhythm shaken": shaken_rhythm,
        "thinned": thinned,
        "first bar frozen": frozen_bar,
        "bars shuffled": shuffled_bars,
        "another work": another_piece,
        "source again": source_again,
    }
)


def motif_takes(case: Case, takes: int, seed: int) -> list[Cells]:
    """What engine `motif` makes of the known bars."""
    engine = Motif()
    engine.load("cpu")
    part, edge = case.excerpt.parts[case.part], case.excerpt.bars[BARS].start_beats
    clip = Clip(case.source, edge, metre=part.clip.metre, kind=part.clip.kind)
    request = Request("continue", (clip,), MOTIF_ARGS, seed, takes)
    events = list(engine.generate(request))
    result = next(e for e in events if isinstance(e, EngineResult))
    return [
        tuple(
            _inside([note.moved(edge) for note in answer.parts[0].notes], case.excerpt, BARS + n)
            for n in range(len(case.truth))
        )
        for answer in result.answers
    ]


MOTIF_ARGS: Mapping[str, object] = MappingProxyType(
    {**SHAPE, "bars": BARS, "adventure": 0.5, "similarity": 0.5}
)


def spoilt(case: Case, rng: Random) -> Iterator[tuple[str, Cells]]:
    """Every wrong answer that differs from the truth."""
    for name, spoiler in SPOILERS.items():
        if case.ask.scene.task == "accompany" and name == "source again":
            continue
        cells = spoiler(case, rng)
        if cells is not None and _content(cells) != _content(case.truth) and any(cells):
            yield name, cells


def _content(cells: Cells) -> list[set[tuple[float, int]]]:
    return [{(round(24 * n.start_beats), n.pitch) for n in cell} for cell in cells]


def _mapped(case: Case, pitch_of: Callable[[Note], int]) -> Cells:
    return tuple(tuple(replace(n, pitch=_key(pitch_of(n))) for n in cell) for cell in case.truth)


def _key(pitch: int) -> int:
    return min(127, max(0, pitch))


def _reordered(case: Case, order: Sequence[int]) -> Cells:
    bars = case.excerpt.bars[-len(case.truth) :]
    return tuple(
        tuple(
            n.moved(bars[place].start_beats - bars[origin].start_beats) for n in case.truth[origin]
        )
        for place, origin in enumerate(order)
    )


def _ended(notes: Sequence[Note], case: Case, place: int) -> tuple[Note, ...]:
    """Only what begins inside the cell."""
    bar = case.excerpt.bars[-len(case.truth) + place]
    return tuple(n for n in notes if bar.start_beats - 1 / 48 <= n.start_beats < bar.end_beats)
