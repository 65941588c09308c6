# SPDX-License-Identifier: Apache-2.0
"""Four-part pieces, and who harmonises them: their composers, engine `rules`, two baselines."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import mido

from models.clip import Clip, Note
from models.engine import Request, Result
from models.engines.rules import Rules
from models.errors import NextbarError
from models.midi import read_midi
from models.theory.cells import fill_cells, group_spans, phrase_ends
from models.theory.harmony import Reading, build_lattice, read_chords
from models.theory.keys import Key, score_key
from models.theory.score import melody_line, read_score
from models.theory.steps import finish
from models.theory.voiceleading import Tone

ARGS: dict[str, Any] = {
    "adventure": 0.5, "density": 1.0, "similarity": 0.5, "scale_lock": True,
    "low_pitch": None, "high_pitch": None, "voices": "soprano",
}  # fmt: skip
KEY_NAMES = {"C": 0, "G": 7, "D": 2, "A": 9, "E": 4, "B": 11, "F#": 6, "C#": 1,
             "F": 5, "Bb": 10, "Eb": 3, "Ab": 8, "Db": 1, "Gb": 6, "Cb": 11}  # fmt: skip
Lines = list[list[Tone]]
System = Callable[["Piece"], Lines]


@dataclass(frozen=True)
class Piece:
    """One four-part piece: its voices, its key and chords as estimated from all of them."""

    name: str
    voices: tuple[Clip, ...]
    key: Key
    reading: Reading
    signature: tuple[int, ...] = ()


def read_folder(folder: Path, pattern: str, limit: int, seed: int) -> Iterator[Piece]:
    """A sample of the four-part files of a folder."""
    paths = sorted(folder.rglob(pattern))
    random.Random(seed).shuffle(paths)
    found = 0
    for path in paths:
        piece = read_piece(path)
        if piece is not None and found < limit:
            found += 1
            yield piece


def read_piece(path: Path) -> Piece | None:
    """The piece, or None where it is not in four monophonic parts."""
    try:
        parts = [part.clip for part in read_midi(path).parts]
    except NextbarError:
        return None
    piece = piece_of(path.name, parts)
    return piece and replace(piece, signature=signature_of(path))


def piece_of(name: str, parts: Sequence[Clip], fewest_notes: int = 12) -> Piece | None:
    """The piece of four parts, or None where they are not four lines with enough notes."""
    if len(parts) != 4 or any(len(part.notes) < fewest_notes for part in parts):
        return None
    voices = tuple(quantised(part) for part in parts)
    if any(polyphonic(voice) for voice in voices):
        return None
    length = max(note.end_beats for voice in voices for note in voice.notes)
    voices = tuple(replace(v, length_beats=length, loop_end_beats=length) for v in voices)
    key, reading = read_harmony(voices)
    return Piece(name, voices, key, reading)


def quantised(clip: Clip) -> Clip:
    """The plain notes on a grid of 24 a beat, in one metre, without scale."""
    notes = tuple(
        Note(n.pitch, round(n.start_beats * 24) / 24, max(round(n.duration_beats * 24), 1) / 24)
        for n in clip.notes
    )
    end = max(note.end_beats for note in notes)
    return Clip(notes, end, metre=clip.metre_at(1.0), name=clip.name.lower())


def polyphonic(clip: Clip) -> bool:
    line = sorted(clip.notes, key=lambda n: n.start_beats)
    return any(b.start_beats < a.end_beats - 0.01 for a, b in pairwise(line))


def signature_of(path: Path) -> tuple[int, ...]:
    """The major tonic of the first key signature, where there is one."""
    for track in mido.MidiFile(path).tracks:
        for message in track:
            if message.type == "key_signature":
                name = str(message.key)
                tonic = KEY_NAMES[name.removesuffix("m")]
                return ((tonic + 3) % 12 if name.endswith("m") else tonic,)
    return ()


def read_harmony(clips: Sequence[Clip]) -> tuple[Key, Reading]:
    score = finish(read_score(clips))
    key = score_key(score)
    spans = finish(group_spans(score))
    ends = finish(phrase_ends(score, finish(melody_line(score))))
    cells = finish(fill_cells(score, spans, ends))
    return key, finish(read_chords(finish(build_lattice(key, cells))))


def ask(command: str, clips: tuple[Clip, ...], seed: int, **args: Any) -> Result:
    """The engine's answer."""
    *_, event = Rules().generate(Request(command, clips, {**ARGS, **args}, seed))
    assert isinstance(event, Result)
    return event


# -- four voices ---------------------------------------------------------------------------------


def lines_of(clips: Sequence[Clip]) -> Lines:
    return [
        [Tone(n.start_beats, n.end_beats, n.pitch) for n in sorted(c.notes, key=by_start)]
        for c in clips
    ]


def by_start(note: Note) -> float:
    return note.start_beats


def composer(piece: Piece) -> Lines:
    return lines_of(piece.voices)


def rules(seed: int, adventure: float = 0.5) -> System:
    def system(piece: Piece) -> Lines:
        answer = ask("harmonise", piece.voices[:1], seed, adventure=adventure)
        return lines_of(answer.answers[0].parts)

    return system


def triad_block(piece: Piece) -> Lines:
    """The chords read from the melody alone, in root position, moved as a block."""
    reading = read_harmony(piece.voices[:1])[1]
    soprano = lines_of(piece.voices[:1])[0]
    lines: Lines = [soprano, [], [], []]
    for tone in soprano:
        chord = reading.at(tone.start_beats).chord
        root = 48 + (chord.root - 48) % 12
        stack = (root + (chord.tones[2] - root) % 12, root + (chord.tones[1] - root) % 12, root)
        for voice, pitch in enumerate(stack, 1):
            lines[voice].append(replace(tone, pitch=pitch))
    return lines


def thirds_below(piece: Piece) -> Lines:
    """Each voice a third of the scale below the next one."""
    key = read_harmony(piece.voices[:1])[0]
    ladder = [pitch for pitch in range(128) if pitch % 12 in key.pitch_classes]
    lines: Lines = lines_of(piece.voices[:1])
    for _ in range(3):
        lines.append(
            [replace(t, pitch=[p for p in ladder if p < t.pitch - 2][-1]) for t in lines[-1]]
        )
    return lines
