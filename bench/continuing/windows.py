# SPDX-License-Identifier: Apache-2.0
"""Prompts and what really followed, cut from a folder of MIDI files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from models.clip import Clip, Note
from models.engines.motif.score import monophonic
from models.errors import NextbarError
from models.midi import read_midi

PROMPT_BARS = 8
TRUTH_BARS = 4
FEWEST_PROMPT_NOTES = 8
FEWEST_TRUTH_NOTES = 4
ROLES = ("melody", "bass", "chords", "drums")


@dataclass(frozen=True)
class Window:
    """An 8-bar prompt that begins at beat 0, and the 4 bars after it, from beat 0 as well.

    `piece` says whose music it is, `name` which window of it, `group` what it is counted with.
    """

    piece: str
    role: str
    prompt: Clip
    truth: tuple[Note, ...]
    name: str = ""
    group: str = ""

    @property
    def bar_beats(self) -> float:
        """Length of a bar, which is the same in prompt and truth."""
        return self.prompt.metre.bar_beats


def held_out(path: Path, share: int = 10) -> bool:
    """Whether a file belongs to the test set: one in `share`, by the hash of its name."""
    digest = hashlib.sha1(path.name.encode("utf-8"), usedforsecurity=False).hexdigest()
    return int(digest, 16) % share == 0


def windows(folder: Path, share: int, per_part: int) -> Iterator[Window]:
    """Windows of every part of every held-out file, at most `per_part` a part."""
    for path in sorted(folder.rglob("*.mid")):
        if not held_out(path, share):
            continue
        try:
            song = read_midi(path)
        except NextbarError:
            continue
        for part in song.parts:
            yield from list(cut(path.name, part.clip))[:per_part]


def cut(piece: str, clip: Clip, role: str = "") -> Iterator[Window]:
    """Windows every 4 bars, where the metre holds and both sides have enough notes.

    Their role is judged by the notes unless it is given.
    """
    bars = [bar for bar in clip.bars(0.0, clip.length_beats) if bar.start_beats >= 0]
    notes = sorted(clip.notes, key=lambda n: (n.start_beats, n.pitch))
    for first in range(0, len(bars) - PROMPT_BARS - TRUTH_BARS + 1, TRUTH_BARS):
        span = bars[first : first + PROMPT_BARS + TRUTH_BARS]
        if len({bar.metre for bar in span}) > 1:
            continue
        start, seam, end = span[0].start_beats, span[PROMPT_BARS].start_beats, span[-1].end_beats
        heard = [n.moved(-start) for n in notes if start <= n.start_beats < seam]
        truth = tuple(n.moved(-seam) for n in notes if seam <= n.start_beats < end)
        if len(heard) < FEWEST_PROMPT_NOTES or len(truth) < FEWEST_TRUTH_NOTES:
            continue
        metre, tempo = span[0].metre, clip.tempo_at(start)
        prompt = Clip(tuple(heard), seam - start, metre=metre, tempo_bpm=tempo, kind=clip.kind)
        yield Window(piece, role or _role(prompt), prompt, truth, name=str(first))


def _role(clip: Clip) -> str:
    if clip.kind == "drums":
        return "drums"
    if not monophonic(clip.notes):
        return "chords"
    mean = sum(note.pitch for note in clip.notes) / len(clip.notes)
    return "bass" if mean < 50 else "melody"


def trimmed(notes: tuple[Note, ...], length_beats: float) -> tuple[Note, ...]:
    """Notes cut off at the end of the window."""
    kept = (n for n in notes if 0 <= n.start_beats < length_beats)
    return tuple(
        replace(n, duration_beats=min(n.duration_beats, length_beats - n.start_beats)) for n in kept
    )
