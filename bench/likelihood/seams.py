# SPDX-License-Identifier: Apache-2.0
"""Seams: how surprising the first written bar is, and how well the end leads back to the start.

    seam surprise = nats(first written bar | prompt) - nats(true next bar | prompt)
    loop seam     = nats(bar 0 | written end before it) - nats(bar 0 | real bars before it)

Both are nats a bar under the network; 0 is as the composer did it, above 0 is more surprising.
Clips begin at beat 0 and are whole bars long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from likelihood.continuations import drawn
from likelihood.scoring import Scorer
from likelihood.windows import EARLY_BEATS, PROMPT_BARS, Window, key_told
from models.clip import Clip, Note
from models.tokens.grid import grid_bars
from models.tokens.scene import Part, Scene, cells_of


class Question(NamedTuple):
    """What comes before a bar line, and the bar after it."""

    role: str
    before: Clip
    after: Clip


@dataclass(frozen=True)
class Loop:
    """A part that turns in a loop: its first bar, and two ways to come to it."""

    role: str
    first: Clip
    written_end: Clip
    real_before: Clip


def bar_nats(
    scorer: Scorer, questions: Sequence[Question], *, key: bool = True
) -> list[float | None]:
    """Nats of the first bar of each `after`; None where the scene is too long for the network.

    Args:
        scorer: of the network.
        questions: of parts that stand alone.
        key: tell the key that `before` shows.
    """
    scenes = [bar_scene(question, key=key) for question in questions]
    fitting = [n for n, scene in enumerate(scenes) if scorer.fits(scene)]
    scored = scorer([scenes[n] for n in fitting])
    found = dict(zip(fitting, (one.total for one in scored), strict=True))
    return [found.get(n) for n in range(len(scenes))]


def seam_surprise(
    scorer: Scorer, written: Sequence[Question], truth: Sequence[Question]
) -> list[float | None]:
    """Seam surprise of each continuation beside what really followed the same prompt."""
    return _differences(bar_nats(scorer, written), bar_nats(scorer, truth))


def loop_seam(scorer: Scorer, loops: Sequence[Loop]) -> list[float | None]:
    """Loop seam of each loop; the key is not told, since both ways must be told the same."""
    written = [Question(loop.role, loop.written_end, loop.first) for loop in loops]
    real = [Question(loop.role, loop.real_before, loop.first) for loop in loops]
    return _differences(bar_nats(scorer, written, key=False), bar_nats(scorer, real, key=False))


def _differences(left: Sequence[float | None], right: Sequence[float | None]) -> list[float | None]:
    both = zip(left, right, strict=True)
    return [None if a is None or b is None else a - b for a, b in both]


def bar_scene(question: Question, *, key: bool) -> Scene:
    """The bar asked for behind what comes before it."""
    role, before, after = question
    seam = before.length_beats
    bar = next(iter(after.bars(0.0, after.length_beats)))
    notes = [
        replace(note, start_beats=max(0.0, note.start_beats)).moved(seam)
        for note in after.notes
        if -EARLY_BEATS <= note.start_beats < bar.end_beats - EARLY_BEATS
    ]
    heard = [note for note in before.notes if note.start_beats < seam - EARLY_BEATS]
    whole = replace(
        before, notes=(*heard, *notes), length_beats=seam + bar.end_beats, loop_end_beats=-1.0
    )
    grid = grid_bars(whole.bars(0.0, whole.length_beats))
    first = next(n for n, b in enumerate(grid) if b.start_beats > seam - EARLY_BEATS)
    part = Part(role, whole)
    return Scene(
        "continue",
        (part,),
        grid,
        cells_of([0], range(first, len(grid))),
        tempo_bpm=before.tempo_bpm,
        key=key_told([part], seam) if key else None,
    )


def piece_of(window: Window, part: int, first: int, end: int) -> Clip:
    """Bars `first` to `end` - 1 of a window as a clip from beat 0."""
    start = window.bars[first].start_beats
    notes = tuple(note.moved(-start) for note in window.notes(part, first, end))
    clip = window.parts[part].clip
    length = window.bars[end - 1].end_beats - start
    return Clip(notes, length, metre=clip.metre, tempo_bpm=clip.tempo_bpm, kind=clip.kind)


def _transposed(clip: Clip, semitones: int) -> Clip:
    def moved(note: Note) -> Note:
        return replace(note, pitch=min(127, max(0, note.pitch + semitones)))

    return clip if clip.kind == "drums" else clip.with_notes(map(moved, clip.notes))


def measure(corpus: Path, sets: Sequence[str], scorer: Scorer, count: int) -> dict[str, Any]:
    """Seam surprise of plain answers: it must tell the worse ones from the better."""
    chosen = [one for name in sets for one in drawn(corpus, name, "test", count)]
    ways: dict[str, list[float]] = {}
    for name, cut in _WAYS.items():
        written, truth = [], []
        for number, (window, part) in enumerate(chosen):
            role, prompt = window.parts[part].role, piece_of(window, part, 0, PROMPT_BARS)
            other = next(
                (c for c in (*chosen[number + 1 :], *chosen) if _fits(c, (window, part))), None
            )
            if other is None:
                continue
            written.append(Question(role, prompt, cut(window, part, other)))
            truth.append(
                Question(role, prompt, piece_of(window, part, PROMPT_BARS, PROMPT_BARS + 1))
            )
        ways[name] = [v for v in seam_surprise(scorer, written, truth) if v is not None]
    return ways


Drawn = tuple[Window, int]


def _fits(other: Drawn, one: Drawn) -> bool:
    """Another work's part of the same role in the same metre."""
    (there, m), (here, n) = other, one
    alike = there.parts[m].role == here.parts[n].role and there.bars[0].metre == here.bars[0].metre
    return alike and there.label.work != here.label.work


def _foreign(window: Window, part: int, other: Drawn) -> Clip:
    """The next bar of another song, in this one's key."""
    here, there = window.label.key, other[0].label.key
    shift = 0 if here is None or there is None else (here.tonic - there.tonic + 6) % 12 - 6
    return _transposed(piece_of(*other, PROMPT_BARS, PROMPT_BARS + 1), shift)


_WAYS = {
    "last bar again": lambda w, p, _: piece_of(w, p, PROMPT_BARS - 1, PROMPT_BARS),
    "first bar again": lambda w, p, _: piece_of(w, p, 0, 1),
    "bar 5 again": lambda w, p, _: piece_of(w, p, 4, 5),
    "last bar, a semitone up": lambda w, p, _: _transposed(
        piece_of(w, p, PROMPT_BARS - 1, PROMPT_BARS), 1
    ),
    "another song's bar, in key": _foreign,
}
