# SPDX-License-Identifier: Apache-2.0
"""Next-4-bars prediction: motif and its baselines on held-out MIDI files, as markdown tables.

    python bench/continuation.py FOLDER [--share 10] [--per-part 2] [--most 400]

Eight bars are the prompt, the next four the truth. One file in `share` is used, chosen by the
hash of its name, so that trained engines can be compared on the same files later.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import fmean

from continuing.baselines import GUESSES
from continuing.bits import NAMES as BIT_NAMES
from continuing.bits import bits_per_note
from continuing.metrics import NAMES, scores
from continuing.windows import ROLES, TRUTH_BARS, Window, trimmed, windows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--share", type=int, default=10, help="use one file in this many")
    parser.add_argument("--per-part", type=int, default=2, help="most windows a part")
    parser.add_argument("--most", type=int, default=400, help="most windows a role")
    args = parser.parse_args()
    found = list(windows(args.folder, args.share, args.per_part))
    for role in ROLES:
        chosen = [window for window in found if window.role == role]
        if len(chosen) > args.most:
            chosen = Random("windows").sample(chosen, args.most)
        if len(chosen) >= 10:
            report(args.folder.name, role, chosen)


def report(folder: str, role: str, chosen: Sequence[Window]) -> None:
    pieces = len({window.piece for window in chosen})
    print(f"### {folder}: {role} ({len(chosen)} windows of {pieces} files)\n")
    print("| | " + " | ".join(NAMES) + " |")
    print("|---" * (len(NAMES) + 1) + "|")
    for name, guess in GUESSES.items():
        rows = [measured(window, guess(window, chosen)) for window in chosen]
        means = [fmean(column) for column in zip(*rows, strict=True)]
        print(f"| {name} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    print()
    if role in {"melody", "bass"}:
        bits = [found for window in chosen if (found := bits_per_note(window))]
        means = [fmean(column) for column in zip(*bits, strict=True)]
        cells = (f"{name} {mean:.2f}" for name, mean in zip(BIT_NAMES, means, strict=True))
        print("Bits a note of the truth's pitches, given the onsets: " + ", ".join(cells) + ".\n")


def measured(window: Window, guess: Sequence) -> tuple[float, ...]:
    """The metrics of one guess, cut to the window."""
    length = TRUTH_BARS * window.bar_beats
    notes = trimmed(tuple(guess), length)
    return scores(notes, window.truth, window.prompt.notes, window.bar_beats)


if __name__ == "__main__":
    main()
