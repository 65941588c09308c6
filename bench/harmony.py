# SPDX-License-Identifier: Apache-2.0
"""How well engine `rules` harmonises, beside the composers and beside simple baselines.

    python bench/harmony.py FOLDER... [--files 40] [--seed 1]

Each folder holds four-part MIDI files with the tracks soprano, alto, tenor, bass in this order.
Prints Markdown tables; docs/quality-harmony.md keeps a run of it.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from harmonising.systems import (
    Piece,
    System,
    ask,
    composer,
    lines_of,
    read_folder,
    read_harmony,
    rules,
    thirds_below,
    triad_block,
)
from harmonising.tally import RULES, measure, row_values

from models.theory.keys import Key, estimate_key, key_of
from models.theory.score import read_score
from models.theory.steps import finish
from models.theory.voiceleading import Tone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--files", type=int, default=40, help="at most so many of each folder")
    parser.add_argument("--pattern", default="*.mid", help="which files, such as test_*.mid")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for folder in options.folders:
        pieces = list(read_folder(folder, options.pattern, options.files, options.seed))
        print(f"\n## {folder.name}: {len(pieces)} pieces\n")
        print_harmony(pieces, options.seed)
        print_bass(pieces, options.seed)
        print_keys(pieces)


def print_harmony(pieces: Sequence[Piece], seed: int) -> None:
    systems: dict[str, System] = {
        "composer": composer,
        "rules": rules(seed),
        "rules, adventure 0": rules(seed, 0.0),
        "triads as blocks": triad_block,
        "thirds below": thirds_below,
    }
    heads = ["composer-chord tones %", "clean chords %", "LT resolved %", *RULES, "ms/beat"]
    print("### Soprano to four voices (rules: per 100 chord changes)\n")
    tallies = {name: measure(pieces, system) for name, system in systems.items()}
    print("| | " + " | ".join(tallies) + " |")
    print("|---|" + "---|" * len(tallies))
    columns = [row_values(tally) for tally in tallies.values()]
    for index, head in enumerate(heads):
        print(f"| {head} | " + " | ".join(column[index] for column in columns) + " |")
    print()


# -- bass ----------------------------------------------------------------------------------------


def print_bass(pieces: Sequence[Piece], seed: int) -> None:
    """The bass under the upper three voices, and under the soprano alone."""
    print("### Bass, on the strong beats (bar lines and half bars)\n")
    print("| given | bass by | chord tones % | chance % | as composer % |")
    print("|---|---|---|---|---|")
    for given, label in ((3, "soprano, alto, tenor"), (1, "soprano")):
        for name in ("composer", "rules", "tonic pedal", "random of scale"):
            fit, chance, same = bass_scores(pieces, given, name, seed)
            print(f"| {label} | {name} | {fit:.1f} | {chance:.1f} | {same:.1f} |")
    print()


def bass_scores(
    pieces: Sequence[Piece], given: int, name: str, seed: int
) -> tuple[float, float, float]:
    """Chord-tone share, its chance level and agreement with the composer, in percent."""
    fits = same = total = 0
    chance = 0.0
    for piece in pieces:
        bass = bass_of(piece, given, name, seed)
        real = lines_of(piece.voices[3:])[0]
        metre = piece.voices[0].metre
        for beat in range(int(piece.voices[0].length_beats)):
            if metre.strength(beat % metre.bar_beats) < 0.75:
                continue
            played, wanted = sounding(bass, beat), sounding(real, beat)
            if played is None or wanted is None:
                continue
            chord = piece.reading.at(beat).chord
            total += 1
            fits += played % 12 in chord.tones
            same += played % 12 == wanted % 12
            chance += len(chord.tones) / 12
    return 100 * fits / total, 100 * chance / total, 100 * same / total


def bass_of(piece: Piece, given: int, name: str, seed: int) -> list[Tone]:
    if name == "composer":
        return lines_of(piece.voices[3:])[0]
    if name == "rules":
        answer = ask("accompany", piece.voices[:given], seed, role="bass", density=1.0)
        return lines_of(answer.answers[0].parts)[0]
    key = read_harmony(piece.voices[:given])[0]
    rng = random.Random(f"{seed}/{piece.name}")
    scale = sorted(key.pitch_classes)
    beats = range(int(piece.voices[0].length_beats))
    pedal = name == "tonic pedal"
    return [Tone(b, b + 1, 36 + (key.tonic if pedal else rng.choice(scale))) for b in beats]


def sounding(line: Sequence[Tone], beat: float) -> int | None:
    return next((t.pitch for t in line if t.start_beats <= beat + 0.05 < t.end_beats), None)


# -- keys ----------------------------------------------------------------------------------------


def print_keys(pieces: Sequence[Piece]) -> None:
    """Agreement with the key signature, which a major key shares with its relative minor."""
    known = [piece for piece in pieces if piece.signature]
    print("### Key\n")
    if not known:
        last = [p for p in pieces if ends_on(p)]
        print(f"No signatures; the last chord's root is the tonic in {len(last)} of {len(pieces)}.")
        return
    print("| from | signature agrees % | of the surer half % |")
    print("|---|---|---|")
    for label, count in (("four voices", 4), ("soprano", 1)):
        keys = [(estimate(piece, count), piece.signature[0]) for piece in known]
        right = [agrees(key, tonic) for key, tonic in keys]
        surer = sorted(keys, key=lambda item: -item[0].confidence)[: (len(keys) + 1) // 2]
        share = sum(agrees(key, tonic) for key, tonic in surer) / len(surer)
        print(f"| {label} | {100 * sum(right) / len(right):.1f} | {100 * share:.1f} |")


def estimate(piece: Piece, count: int) -> Key:
    return estimate_key(finish(read_score(piece.voices[:count])).pitched)


def agrees(key: Key, tonic: int) -> bool:
    return key.pitch_classes == key_of(tonic, minor=False).pitch_classes


def ends_on(piece: Piece) -> bool:
    bass = lines_of(piece.voices[3:])[0]
    return bass[-1].pitch % 12 == piece.key.tonic


if __name__ == "__main__":
    main()
