# SPDX-License-Identifier: Apache-2.0
"""Tiny sets for the tests of the corpus, from music made by code."""

import json
import random

from models.clip import Clip, Note
from models.midi import song_of, write_midi

FIFTHS = [60, 67, 64, 65, 62, 69, 67, 71, 72, 65, 69, 62, 67, 59, 62, 60]


def line(pitches, *, step=1.0, length=None, shift=0.0, chord=(0,), name="", kind="melodic"):
    """A clip that steps through pitches, each the root of a chord of these intervals."""
    notes = tuple(
        Note(pitch + above, shift + number * step, length or step)
        for number, pitch in enumerate(pitches)
        for above in chord
    )
    return Clip(notes, max(4.0, shift + len(pitches) * step), name=name, kind=kind)


def tune(seed, notes=64, low=60):
    """A line nobody else has: pitches and rhythm at random."""
    rng = random.Random(seed)
    start, made = 0.0, []
    for _ in range(notes):
        step = rng.choice((0.25, 0.5, 0.5, 1.0))
        made.append(Note(low + rng.randrange(17), start, step))
        start += step
    return Clip(tuple(made), start)


def midi_file(path, clips):
    """Write clips as the tracks of a MIDI file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_midi(song_of(clips), path)


def write_index(root, files):
    """Write a set's index: for each file its (name, notes, role) of tracks."""
    root.mkdir(parents=True, exist_ok=True)
    with (root / "index.jsonl").open("w", encoding="utf-8") as index:
        for path, tracks in files.items():
            listed = [{"name": n, "notes": count, "role": role} for n, count, role in tracks]
            index.write(json.dumps({"file": path, "tracks": listed}) + "\n")
