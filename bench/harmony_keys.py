# SPDX-License-Identifier: Apache-2.0
"""How often the key of a fiddle tune is found, modes included.

    python bench/harmony_keys.py FOLDER/midi/ryans FOLDER/abc/ryansMammoth [--majors 250] [--seed 1]

The first folder holds MIDI files, the second an ABC file of the same name for each, whose K field
is the answer. All tunes in minor and in a mode are read and a sample of those in major; whole,
and cut to their bars 1-4 and 5-8.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from models.clip import Clip
from models.errors import NextbarError
from models.midi import read_midi
from models.theory.keys import MODES, Key, estimate_key, key_of, key_of_mode
from models.theory.score import read_score
from models.theory.steps import finish

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11, "#": 1, "b": -1, "": 0}


@dataclass(frozen=True)
class Tune:
    """A tune with the key that its book gives."""

    clip: Clip
    key: Key

    @property
    def group(self) -> str:
        """What it is counted with."""
        return "mode" if self.key.mode else "minor" if self.key.minor else "major"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("midi", type=Path)
    parser.add_argument("abc", type=Path)
    parser.add_argument("--majors", type=int, default=250)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tunes = list(read_tunes(options.midi, options.abc))
    majors = [tune for tune in tunes if tune.group == "major"]
    random.Random(options.seed).shuffle(majors)
    tunes = majors[: options.majors] + [tune for tune in tunes if tune.group != "major"]
    print("| tunes | in | number | scale found % | tonic found % |\n|---|---|---|---|---|")
    report("whole", tunes)
    report("four bars", [piece for tune in tunes for piece in pieces(tune)])


def read_tunes(midi: Path, abc: Path) -> Iterator[Tune]:
    for path in sorted(midi.glob("*.mid")):
        source = abc / f"{path.stem}.abc"
        fields = re.findall(r"^K:\s*(\S+)", source.read_text("utf-8", "replace"), re.MULTILINE)
        key = named(fields[0]) if len(fields) == 1 else None
        if key is None:
            continue
        try:
            clip = read_midi(path).parts[0].clip
        except NextbarError:
            continue
        yield Tune(replace(clip, scale=None), key)


def named(text: str) -> Key | None:
    """The key of an ABC K field; None for what is no major, minor, or known mode."""
    match = re.fullmatch(r"([A-G])([#b]?)(\w*)", text)
    if match is None:
        return None
    tonic = (_LETTERS[match[1]] + _LETTERS[match[2]]) % 12
    kind = match[3].lower()
    if kind in {"", "m"} or kind[:3] in {"maj", "min"}:
        return key_of(tonic, minor=kind == "m" or kind.startswith("min"))
    found = [mode for mode in MODES if kind[:3] == mode[:3]]
    return key_of_mode(tonic, found[0]) if found else None


def pieces(tune: Tune) -> Iterator[Tune]:
    """Bars 1-4 and 5-8."""
    bar = tune.clip.metre_at(1.0).bar_beats
    for first in (0, 4):
        low = first * bar
        notes = [n for n in tune.clip.notes if low - 1e-6 <= n.start_beats < low + 4 * bar - 1e-6]
        moved = tuple(replace(n, start_beats=max(n.start_beats - low, 0.0)) for n in notes)
        if len(moved) >= 6:
            yield Tune(Clip(moved, 4 * bar, metre=tune.clip.metre_at(1.0)), tune.key)


def report(label: str, tunes: list[Tune]) -> None:
    count: Counter[str] = Counter()
    scale: Counter[str] = Counter()
    tonic: Counter[str] = Counter()
    for tune in tunes:
        key = estimate_key(finish(read_score((tune.clip,))).pitched)
        count[tune.group] += 1
        scale[tune.group] += key.pitch_classes == tune.key.pitch_classes
        tonic[tune.group] += key.tonic == tune.key.tonic
    for group, number in count.items():
        shares = (100 * found[group] / number for found in (scale, tonic))
        print(f"| {label} | {group} | {number} | " + " | ".join(f"{s:.1f}" for s in shares) + " |")


if __name__ == "__main__":
    main()
