# SPDX-License-Identifier: Apache-2.0
"""Windows as things to learn: a task, the cells whose answer is hidden, and what is told of them.

Half the examples or more are holes, as in MIDI-GPT; the others are continuations (a third of them
leading back into the first bars), whole parts, four voices, drafts to rework, and whole scenes.
Everything is drawn from the random generator that is passed in, so an example is known by its seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from random import Random
from types import MappingProxyType

from models.clip import Note
from models.corpus.piece import Piece
from models.corpus.styles import style_of
from models.tokens.feel import feel_of
from models.tokens.scene import Cell, Hint, Part, Scene
from models.tokens.vocabulary import TICKS_PER_QUARTER
from models.training.augment import VOICES, Source, at_home, augmented
from models.training.telling import with_controls
from models.training.windows import Window, excerpt, window_of

MIX: Mapping[str, float] = MappingProxyType(
    {
        "continue": 0.28,
        "infill": 0.24,
        "accompany": 0.23,
        "harmonise": 0.10,
        "vary": 0.09,
        "generate": 0.06,
    }
)
TURN_SHARE = 1 / 3  # of continuations that lead back into the first bars
MOST_TARGET_BARS = 8
HOLE_SHARE = 0.15  # of infills that leave a piece of a bar
LOCK_SHARE = 0.1  # of infills and variations with notes that stand
DRUMS_SHARE = 0.5  # of accompaniments where there are drums: elsewhere they hear least of others
FORGET = 0.2  # chance that tempo, key, feel or style is not told
HINTS: tuple[tuple[Hint, float], ...] = (("rhythm", 0.35), ("pitches", 0.25), ("rework", 0.4))

Maker = Callable[[Window, Random], Iterable[Cell]]


def source_of(piece: Piece) -> Source:
    """What is learned from in a piece of the corpus."""
    key = piece.label.key
    return Source(
        tuple((part.role, part.clip) for part in piece.parts),
        None if key is None else key.place,
        feel_of(note.start_beats for part in piece.parts for note in part.clip.notes),
        style_of(piece.label),
    )


def example(
    source: Source, rng: Random, mix: Mapping[str, float] = MIX, *, augment: bool = True
) -> Scene | None:
    """A scene whose target cells hold the answer; None where this draw offers none.

    Args:
        source: the piece.
        rng: decides everything.
        mix: task → share; tasks that a window has no parts for fall to the others.
        augment: whether to change keys, octaves, pads and touch; not for validation.
    """
    cut = excerpt(source, rng)
    if cut is None:
        return None
    cut = augmented(cut, rng) if augment else at_home(cut)
    task = _draw_task(cut, rng, mix)
    if not task:
        return None
    window = window_of(cut, rng, TURN_SHARE if task == "continue" else 0.0)
    window = _part_alone(window, rng) if task == "continue" else window
    cells = tuple(MAKERS[task](window, rng))
    if not _holds_notes(window, cells):
        return None
    scene = _locked(_scene(task, window, cells), rng)
    return with_controls(_told(scene, rng), rng)


def _draw_task(source: Source, rng: Random, mix: Mapping[str, float]) -> str:
    """One of the tasks that this many parts and bars allow."""
    roles = [role for role, _ in source.parts]
    bars = len(list(source.parts[0][1].bars()))
    unable = set()
    if len(roles) < 2:
        unable.add("accompany")
    if sum(role in VOICES for role in roles) < 2:
        unable.add("harmonise")
    if bars < 2:
        unable.add("continue")
    able = {task: share for task, share in mix.items() if task not in unable and share > 0}
    return rng.choices(list(able), list(able.values()))[0] if able else ""


def _part_alone(window: Window, rng: Random) -> Window:
    """Half of the continuations see one part alone."""
    if rng.random() < 0.5:
        return window
    return replace(window, parts=(rng.choice(window.parts),))


def _scene(task: str, window: Window, cells: tuple[Cell, ...]) -> Scene:
    ordered = sorted(cells, key=lambda cell: (cell.bar, cell.part))
    return Scene(
        task,
        window.parts,
        window.bars,
        tuple(ordered),
        window.turned,
        window.tempo_bpm,
        window.key,
        window.feel,
        window.style,
    )


# One maker of cells for each task.


def _continue(window: Window, rng: Random) -> Iterable[Cell]:
    """The last bars of one part, or of all."""
    room = len(window.bars) - max(1, window.turned)
    count = rng.randint(1, max(1, min(MOST_TARGET_BARS, room)))
    every = range(len(window.parts))
    parts = every if rng.random() < 0.25 else [rng.choice(every)]
    return _whole(parts, range(len(window.bars) - count, len(window.bars)))


def _infill(window: Window, rng: Random) -> Iterable[Cell]:
    """Some bars in a row of some parts, or cells here and there; at times a piece of a bar."""
    bars, parts = range(len(window.bars)), range(len(window.parts))
    if rng.random() < 0.3:
        share = rng.uniform(0, 0.5)  # as MIDI-GPT masks
        cells = [cell for cell in _whole(parts, bars) if rng.random() < share]
        return cells or [Cell(rng.choice(parts), rng.choice(bars))]
    count = min(len(bars), rng.randint(1, 4))
    first = rng.randrange(len(bars) - count + 1)
    chosen = _some(parts, rng)
    if rng.random() < HOLE_SHARE:
        return [Cell(part, first, hole=_hole(window, first, rng)) for part in chosen]
    return _whole(chosen, bars[first : first + count])


def _accompany(window: Window, rng: Random) -> Iterable[Cell]:
    """All of one part, or of several but not all, from the others."""
    parts = range(len(window.parts))
    drums = [n for n in parts if window.parts[n].drums]
    if drums and len(drums) < len(parts) and rng.random() < DRUMS_SHARE:
        return _whole([rng.choice(drums)], range(len(window.bars)))
    count = 1 if rng.random() < 0.75 else rng.randint(1, max(1, len(parts) - 1))
    return _whole(rng.sample(parts, count), range(len(window.bars)))


def _harmonise(window: Window, rng: Random) -> Iterable[Cell]:
    """Any of the four voices from any others; at times all of them from nothing."""
    voices = [n for n, part in enumerate(window.parts) if part.role in VOICES]
    return _whole(_some(voices, rng), range(len(window.bars)))


def _vary(window: Window, rng: Random) -> Iterable[Cell]:
    """Bars of one part of which the rhythm, the pitches, or a draft is told."""
    hint = rng.choices([name for name, _ in HINTS], [share for _, share in HINTS])[0]
    part = rng.randrange(len(window.parts))
    count = rng.randint(1, min(MOST_TARGET_BARS, len(window.bars)))
    first = rng.randrange(len(window.bars) - count + 1)
    draft = _spoilt(window.parts[part], rng) if hint == "rework" else None
    return [Cell(part, bar, hint=hint, draft=draft) for bar in range(first, first + count)]


def _generate(window: Window, rng: Random) -> Iterable[Cell]:
    """Everything; or all but a part of chords, which is then the progression."""
    parts = range(len(window.parts))
    chords = [n for n in parts if window.parts[n].role == "chords"]
    given = chords[:1] if len(parts) > 1 and rng.random() < 0.5 else []
    return _whole([n for n in parts if n not in given], range(len(window.bars)))


MAKERS: Mapping[str, Maker] = MappingProxyType(
    {
        "continue": _continue,
        "infill": _infill,
        "accompany": _accompany,
        "harmonise": _harmonise,
        "vary": _vary,
        "generate": _generate,
    }
)


def _whole(parts: Iterable[int], bars: Iterable[int]) -> list[Cell]:
    chosen = sorted(parts)
    return [Cell(part, bar) for bar in bars for part in chosen]


def _some(parts: Iterable[int], rng: Random) -> list[int]:
    """One or more of them; one as often as any other number."""
    known = list(parts)
    return rng.sample(known, rng.randint(1, len(known))) if known else []


def _hole(window: Window, bar: int, rng: Random) -> tuple[int, int] | None:
    """A piece of a bar between two eighths, at least a quarter long; None for short bars."""
    marks = range(0, window.bars[bar].ticks + 1, 12)
    if len(marks) < 4:
        return None
    low = rng.randrange(len(marks) - 2)
    high = rng.randrange(low + 2, len(marks))
    return None if high - low == len(marks) - 1 else (marks[low], marks[high])


def _spoilt(part: Part, rng: Random) -> tuple[Note, ...]:
    """A draft: the part with notes lost, moved in pitch or in time."""
    harm = rng.uniform(0.1, 0.6)
    notes = []
    for note in part.clip.notes:
        if rng.random() >= harm:
            notes.append(note)
        elif rng.random() < 0.7:
            notes.append(_moved(note, rng, drums=part.drums))
    return tuple(notes)


def _moved(note: Note, rng: Random, *, drums: bool) -> Note:
    if drums or rng.random() < 0.3:
        start = max(0.0, note.start_beats + rng.choice((-0.5, -0.25, 0.25, 0.5)))
        return replace(note, start_beats=start)
    step = rng.choice((-4, -3, -2, -1, 1, 2, 3, 4))
    return replace(note, pitch=min(127, max(0, note.pitch + step)))


def _holds_notes(window: Window, cells: tuple[Cell, ...]) -> bool:
    """Whether the answer has a note; silence alone teaches little."""
    for cell in cells:
        bar = window.bars[cell.bar]
        low, high = cell.hole or (0, bar.ticks)
        first, end = (bar.start_beats + tick / TICKS_PER_QUARTER for tick in (low, high))
        notes = window.parts[cell.part].clip.notes
        if any(first <= note.start_beats < end for note in notes):
            return True
    return False


def _locked(scene: Scene, rng: Random) -> Scene:
    """At times some notes of the answer are given away as notes that stand."""
    if scene.task not in {"infill", "vary"} or rng.random() >= LOCK_SHARE:
        return scene
    share = rng.uniform(0.1, 0.6)
    targets = {cell.part for cell in scene.cells}
    parts = []
    for index, part in enumerate(scene.parts):
        places = range(len(part.clip.notes)) if index in targets else ()
        locked = frozenset(n for n in places if rng.random() < share)
        parts.append(replace(part, locked=locked))
    return replace(scene, parts=tuple(parts))


def _told(scene: Scene, rng: Random) -> Scene:
    """Forget some of what is known of the piece, so that it may be left out when asking."""
    return replace(
        scene,
        tempo_bpm=scene.tempo_bpm if rng.random() >= FORGET else None,
        key=scene.key if rng.random() >= FORGET else None,
        feel=scene.feel if rng.random() >= FORGET else None,
        style=scene.style if rng.random() >= FORGET else None,
    )
