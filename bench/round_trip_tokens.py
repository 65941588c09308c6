# SPDX-License-Identifier: Apache-2.0
"""Clip -> tokens -> clip on folders of MIDI files: what comes back exactly, and at what price.

    python bench/round_trip_tokens.py FOLDER [FOLDER ...] [--files 150] [--bars 16]

A row a folder, as Markdown: each part of up to so many files (drawn with a fixed seed) is cut into
windows of so many bars, encoded without velocities and micro-timing, and read back. Shares are of
all notes that sound: `said` is written at all (a flam inside one tick is not), `pitch` comes back
as it was, `1/48` has its onset within 1/48 beat, `duration` is the nearest of the table.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from pathlib import Path

from models.clip import Clip
from models.drums import DRUM_CHANNEL
from models.errors import NextbarError
from models.midi import read_midi
from models.tokens.decode import decode
from models.tokens.encode import encode
from models.tokens.grid import GridBar, grid_bars
from models.tokens.scene import Part, Scene, cells_of
from models.tokens.vocabulary import DURATIONS_TICKS

TABLE_BEATS = [ticks / 24 for ticks in DURATIONS_TICKS]


def measure(clip: Clip, bars: tuple[GridBar, ...], *, drums: bool) -> Counter[str]:
    """One window of one part."""
    first, end = bars[0].start_beats, bars[-1].end_beats
    notes = [n for n in clip.notes if not n.mute and first <= n.start_beats < end]
    if not notes:
        return Counter()
    part = Part("drums" if drums else "other", clip.with_notes(notes))
    scene = Scene("generate", (part,), bars, cells_of([0], range(len(bars))))
    encoded = encode(scene)
    back = [note for cell in decode(scene, encoded, encoded.target) for note in cell]
    counts = Counter(notes=len(notes), bars=len(bars), tokens=len(encoded.target))
    counts["said"] = len(back)
    written = sorted(
        encoded.written, key=lambda w: (w.note.start_beats - w.late_beats, w.note.pitch)
    )
    for note, said in zip(back, written, strict=True):
        own = said.note
        counts["pitch"] += note.pitch == own.pitch
        counts["1/48"] += abs(note.start_beats - own.start_beats) <= 1 / 48 + 1e-9
        ticks = max(1, round(own.duration_beats * 24)) / 24
        nearest = min(abs(ticks - beats) for beats in TABLE_BEATS)
        counts["duration"] += drums or abs(note.duration_beats - ticks) <= nearest + 1e-9
        counts["same length"] += drums or abs(note.duration_beats - ticks) < 1e-9
    return counts


def folder_counts(folder: Path, files: int, bars: int) -> Counter[str]:
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in {".mid", ".midi"})
    random.Random(1).shuffle(paths)
    total: Counter[str] = Counter()
    for path in paths[:files]:
        try:
            song = read_midi(path.read_bytes())
        except NextbarError:
            total["unread"] += 1
            continue
        total["files"] += 1
        for part in song.parts:
            drums = part.channel == DRUM_CHANNEL
            grid = grid_bars(part.clip.bars(0.0, part.clip.length_beats))
            for start in range(0, len(grid), bars):
                total += measure(part.clip, grid[start : start + bars], drums=drums)
    return total


def row(name: str, c: Counter[str]) -> str:
    def share(key: str) -> str:
        return f"{100 * c[key] / max(1, c['notes']):.2f}"

    cells = (
        name,
        str(c["files"]),
        f"{c['notes']:,}",
        *(share(key) for key in ("said", "pitch", "1/48", "duration", "same length")),
        f"{c['tokens'] / max(1, c['notes']):.2f}",
        f"{c['tokens'] / max(1, c['bars']):.1f}",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--bars", type=int, default=16)
    args = parser.parse_args()
    print(
        "| set | files | notes | said % | pitch % | onset within 1/48 % | nearest duration % "
        "| same duration in ticks % | tokens a note | tokens a bar and part |"
    )
    print("|---|" + "---:|" * 9)
    for folder in args.folders:
        print(row(folder.name, folder_counts(folder, args.files, args.bars)), flush=True)


if __name__ == "__main__":
    main()
