# SPDX-License-Identifier: Apache-2.0
"""Who continues a prompt: the baselines, and engines by name with settings of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from continuing.baselines import PLAIN, Guess, repeat_last_four
from continuing.metrics import histogram
from continuing.windows import TRUTH_BARS, Window, trimmed

from generation.players import Players, Question, Reply
from models.clip import Note

Notes = tuple[Note, ...]


def unigram(window: Window, others: Sequence[Window]) -> Notes:
    """The last four bars' rhythm with pitches drawn from the whole prompt."""
    rng = Random(f"unigram/{window.name}")
    pitches = [note.pitch for note in window.prompt.notes]
    rhythm = repeat_last_four(window, others)
    drawn = (replace(note, pitch=rng.choice(pitches)) for note in rhythm)
    return tuple({(note.start_beats, note.pitch): note for note in drawn}.values())


def other_piece(window: Window, others: Sequence[Window]) -> Notes:
    """What followed in a random other work, in the same length of bar, moved into the key."""
    pool = [w for w in others if w.piece != window.piece]
    same = [w for w in pool if w.bar_beats == window.bar_beats]
    chosen = Random(f"other/{window.name}").choice(same or pool or [window])
    shift = 0 if window.role == "drums" else key_shift(chosen.prompt.notes, window.prompt.notes)
    return shifted(chosen.truth, shift)


def key_shift(notes: Sequence[Note], wanted: Sequence[Note]) -> int:
    """The transposition, -6 to 5, that brings one pitch-class histogram nearest to another."""
    have, want = histogram(notes), histogram(wanted)

    def overlap(shift: int) -> float:
        return sum(min(have[(pc - shift) % 12], want[pc]) for pc in range(12))

    return max(sorted(range(-6, 6), key=abs), key=overlap)


def shifted(notes: Sequence[Note], semitones: int) -> Notes:
    """The notes transposed; at the ends of the keyboard the same pitch class an octave inside."""

    def moved(pitch: int) -> int:
        wanted = pitch + semitones
        return wanted - 12 if wanted > 127 else wanted + 12 if wanted < 0 else wanted

    return tuple(replace(note, pitch=moved(note.pitch)) for note in notes)


BASELINES: Mapping[str, Guess] = {
    **PLAIN,
    "unigram pitches, last rhythm": unigram,
    "random other piece, key-matched": other_piece,
}


def settings(system: str) -> tuple[str, dict[str, str]]:
    """The engine and the settings in words such as `motif adventure=0 similarity=1`."""
    name, *pairs = system.split()
    return name, dict(pair.split("=", 1) for pair in pairs)


def continuations(
    windows: Sequence[Window], systems: Sequence[str], players: Players
) -> tuple[dict[str, list[Notes]], dict[str, list[Reply]]]:
    """For each baseline and engine the notes it writes after each window, cut to its bars.

    A window that an engine refuses has no notes. The replies of the engines come second.
    """
    found = {
        name: [_cut(w, guess(w, windows)) for w in windows] for name, guess in BASELINES.items()
    }
    replies = {}
    for system in systems:
        engine, given = settings(system)
        asked = [
            Question(engine, "continue", (w.prompt,), {"bars": TRUTH_BARS, **given})
            for w in windows
        ]
        replies[system] = players.answers(asked)
        found[system] = [
            _cut(w, reply.parts[0].notes if reply.parts else ())
            for w, reply in zip(windows, replies[system], strict=True)
        ]
    return found, replies


def _cut(window: Window, notes: Notes) -> Notes:
    return trimmed(tuple(notes), TRUTH_BARS * window.bar_beats)
