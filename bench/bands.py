# SPDX-License-Identifier: Apache-2.0
"""The bands of the clip engine's judge, measured on the training split of a corpus.

    python bench/bands.py FOLDER > models/engines/clip/bands.json

FOLDER holds shards as `python -m models.corpus` builds them. From each piece, four bars and the
four after them are drawn from every part that plays in both; so many pieces from every set, and
only from sets that may train weights that ship.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import fmean, median

from judging.excerpts import Excerpt, excerpts

from models.engines.clip.bands import FAMILIES
from models.engines.clip.company import company
from models.engines.clip.footing import footing, hearing_of
from models.engines.clip.portrait import Portrait, heard_classes, home, kinship, portrait

BARS = 4
FEWEST = 100  # pairs, for a feature to be known

Pair = tuple[float, float | None]  # what the later bars measure, and the earlier ones


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pieces", type=int, default=80, help="most pieces a set")
    args = parser.parse_args()
    pairs: dict[str, dict[str, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for excerpt in excerpts(args.folder, "train", args.pieces, 2 * BARS, Random("bands")):
        for part in range(len(excerpt.lines)):
            for name, pair in measured(excerpt, part):
                pairs[FAMILIES[excerpt.lines[part].role]][name].append(pair)
    table = {
        family: {name: band(rows) for name, rows in sorted(found.items()) if len(rows) >= FEWEST}
        for family, found in sorted(pairs.items())
    }
    print(text_of(table))


def measured(excerpt: Excerpt, part: int) -> Iterator[tuple[str, Pair]]:
    """Every feature of the later bars, with that of the earlier ones where it has one."""
    line = excerpt.lines[part]
    others = [other for n, other in enumerate(excerpt.lines) if n != part]
    early, late = tuple(range(BARS)), tuple(range(BARS, 2 * BARS))
    if len(line.hits(early)) < 4 or len(line.hits(late)) < 4:
        return
    before: Portrait = portrait(line, early) | company(line, early, others)
    after: Portrait = portrait(line, late) | company(line, late, others)
    for name, value in after.items():
        yield name, (value, before.get(name))
    chords = hearing_of(excerpt.lines, [part], excerpt.key)
    for name, value in footing(line, late, chords).items():
        yield name, (value, None)
    heard = heard_classes(
        [line.hits(early), *(o.hits(early + late) for o in others if not o.drums)]
    )
    for name, value in (kinship(line, late, line, early) | home(line, late, heard)).items():
        yield name, (value, None)


def band(rows: Sequence[Pair]) -> list[float]:
    """Mean, spread, pull and rest; spreads from the middle half, which odd pieces don't move."""
    values = [value for value, _ in rows]
    mean, floor = fmean(values), 0.02
    spread = max(floor, _spread(value - mean for value in values))
    known = [(value - mean, source - mean) for value, source in rows if source is not None]
    if len(known) < FEWEST:
        return [round(number, 3) for number in (mean, spread, 0.0, spread)]
    power = sum(source * source for _, source in known)
    pull = sum(value * source for value, source in known) / power if power else 0.0
    rest = max(floor, _spread(value - pull * source for value, source in known))
    return [round(number, 3) for number in (mean, spread, pull, rest)]


def _spread(away: Iterable[float]) -> float:
    """Half way between the standard deviation and the one that the middle half suggests."""
    rows = sorted(away)
    deviation = (fmean(row * row for row in rows)) ** 0.5
    middle = 1.4826 * median(abs(row) for row in rows)
    return (deviation + middle) / 2


def text_of(table: dict[str, dict[str, list[float]]]) -> str:
    """JSON with a line a feature."""
    families = []
    for family, rows in table.items():
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
        families.append(f" {json.dumps(family)}: {{\n{lines}\n }}")
    return "{\n" + ",\n".join(families) + "\n}"


if __name__ == "__main__":
    main()
