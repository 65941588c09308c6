# SPDX-License-Identifier: Apache-2.0
"""Random requests and random decodes, to put the grammar on trial; `models.tokens.check` judges."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import compress

from models.clip import Clip, Note
from models.metre import Metre, MetreChange
from models.tokens import vocabulary as v
from models.tokens.encode import Encoded
from models.tokens.grammar import Grammar
from models.tokens.reading import tracker_behind
from models.tokens.rules import PartRules
from models.tokens.scene import Cell, Hint, Part, Scene, bars_of
from models.tokens.state import DONE

_METRES = (
    *(Metre(4, 4), Metre(4, 4), Metre(3, 4), Metre(6, 8), Metre(7, 8), Metre(12, 8), Metre(5, 4)),
    *(
        Metre(2, 2),
        Metre(5, 8),
        Metre(11, 8),
        Metre(13, 16),
        Metre(4, 2),
        Metre(3, 32),
        Metre(7, 4),
    ),
)
_SCALES = (frozenset({0, 2, 4, 5, 7, 9, 11}), frozenset({0, 3, 5, 7, 10}), frozenset({6}))
_HINTS: tuple[Hint, ...] = ("nothing", "rhythm", "pitches", "rework")

Choose = Callable[[bytes | bytearray], int]


def random_request(rng: random.Random) -> tuple[Scene, dict[int, PartRules]]:
    """A scene with anything in it that a user could ask for, and rules for its parts."""
    frame = _random_frame(rng)
    bars = bars_of(frame, 0.0, rng.randint(1, 6))
    parts = tuple(_random_part(rng, frame, bars[-1].end_beats) for _ in range(rng.randint(1, 3)))
    cells = _random_cells(rng, len(parts), [bar.ticks for bar in bars])
    scene = Scene(
        rng.choice(v.TASKS),
        parts,
        bars,
        cells,
        loop_bars=rng.choice((0, 0, 1, len(bars))),
        tempo_bpm=rng.choice((None, 60.0, 174.0)),
        key=rng.choice((None, 24, rng.randrange(24))),
    )
    return scene, {part: _random_rules(rng, parts[part]) for part in range(len(parts))}


def random_choice(rng: random.Random) -> Choose:
    """A network of random logits: a bias for each token, and fresh noise at each step."""
    strength = rng.choice((0.0, 0.0, 3.0, 10.0))
    bias = [rng.gauss(0.0, strength) for _ in range(v.SIZE)]

    def choose(mask: bytes | bytearray) -> int:
        allowed = list(compress(range(v.SIZE), mask))
        if strength == 0.0 or len(allowed) == 1:
            return rng.choice(allowed)
        return max(allowed, key=lambda token: bias[token] + rng.gauss(0.0, 1.0))

    return choose


def random_decode(encoded: Encoded, grammar: Grammar, choose: Choose, most: int) -> list[int]:
    """The target that the choices give; it stops at END, or after `most` tokens without one."""
    tracker = tracker_behind(encoded.context)
    target: list[int] = []
    while tracker.phase != DONE and len(target) < most:
        target.append(choose(grammar.allowed(tracker)))
        tracker.step(target[-1])
    return target


def _random_frame(rng: random.Random) -> Clip:
    metre = rng.choice(_METRES)
    changes: tuple[MetreChange, ...] = ()
    if rng.random() < 0.3:
        at = rng.choice((1, 2, 2.5)) * metre.bar_beats
        changes = (MetreChange(at, rng.choice(_METRES)),)
    return Clip((), 64.0, metre=metre, metre_changes=changes)


def _random_part(rng: random.Random, frame: Clip, end_beats: float) -> Part:
    role = rng.choice(("drums", *v.ROLES))
    count = int(rng.choice((0, 1, 3, 6)) * end_beats)
    low = rng.randint(0, 100)
    notes = [
        Note(
            rng.randint(low, min(127, low + rng.choice((0, 3, 27)))),
            rng.choice((rng.uniform(-0.5, end_beats), rng.randint(0, int(end_beats * 12)) / 12)),
            rng.choice((0.01, 0.25, 1 / 3, 1.0, 4.0, rng.uniform(0.05, 40.0))),
            rng.uniform(1, 127),
            mute=rng.random() < 0.05,
        )
        for _ in range(min(count, 90))
    ]
    share = rng.choice((0.0, 0.0, 0.2))
    locked = frozenset(n for n in range(len(notes)) if rng.random() < share)
    return Part(role, frame.with_notes(notes), locked)


def _random_cells(rng: random.Random, parts: int, ticks: list[int]) -> tuple[Cell, ...]:
    hints: list[Hint | None] = [rng.choice((*_HINTS, None)) for _ in range(parts)]
    share = rng.choice((0.3, 0.6, 1.0))
    cells = []
    for bar, bar_ticks in enumerate(ticks):
        for part in range(parts):
            if rng.random() > share:
                continue
            chosen = hints[part]
            hint = rng.choice(_HINTS) if chosen is None else chosen
            ends = sorted(rng.sample(range(bar_ticks + 1), 2)) if rng.random() < 0.2 else None
            hole = (ends[0], ends[1]) if ends else None
            cells.append(Cell(part, bar, hole, hint))
    return tuple(cells) or (Cell(0, 0),)


def _random_rules(rng: random.Random, part: Part) -> PartRules:
    low = rng.randint(0, 110)
    wide = rng.random() < 0.3
    scale = None if part.drums or rng.random() < 0.5 else rng.choice(_SCALES)
    locks = 0 if scale == _SCALES[-1] else rng.choice((0, 0, 3))
    return PartRules(
        polyphony=rng.choice((1, 1, 2, 4, 16)),
        low_pitch=0 if wide else low,
        high_pitch=127 if wide else min(127, low + rng.choice((12, 17, 30))),
        scale=scale,
        scale_penalty=rng.choice((0.0, 2.0)),
        min_notes=rng.choice((0, 0, 1, 4, 30)),
        max_notes=rng.choice((1, 8, 40, 256)),
        max_tokens=rng.choice((0, 30, 120)),
        overhang_ticks=rng.choice((0, 0, 12, 400)),
        locked_pitches=frozenset(rng.sample(range(128), locks)),
    )
