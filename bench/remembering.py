# SPDX-License-Identifier: Apache-2.0
"""How far the clip engine trusts the network, and how far the part's own memory.

    python bench/remembering.py CORPUS WEIGHTS [-o models/engines/clip/memory.json]

fits the exponents of the product on continuations of the validation split, all sets together and
as many decisions of each, with eight bars of prompt and with one, two or four. They are few and
depend on the weights a little: fit them again for newer ones (some minutes).
`bench/quality.py likelihood` tells what the product gains on the test split.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from likelihood.continuations import drawn
from likelihood.mixing import Examples
from likelihood.remembered import Decision, Key, remembered, shortened
from likelihood.run import MAJOR
from likelihood.scoring import Scorer
from likelihood.windows import Window, continuation, rank

from models import weights
from models.engines.clip.remembering import FEWEST_NOTES
from models.memory.mixing import Exponents
from models.memory.stream import KINDS
from models.tokens.scene import Scene

MOST = 8000  # decisions of a kind
STEPS = 400
SHORT_BARS = (1, 2, 4)
OUT = Path(__file__).parents[1] / "models" / "engines" / "clip" / "memory.json"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corpus", type=Path, help="folder that models.corpus wrote")
    parser.add_argument("weights", type=Path, help="weight file, or checkpoint of a training (.pt)")
    parser.add_argument("-o", "--out", type=Path, default=OUT)
    parser.add_argument("--windows", type=int, default=24, help="of each set")
    options = parser.parse_args()
    fitted = fit(options.corpus, Scorer.of(options.weights), options.windows)
    options.out.write_text(written(fitted, options.weights, options.windows), encoding="utf-8")
    return 0


def fit(corpus: Path, scorer: Scorer, count: int) -> dict[Key, Exponents]:
    """The exponents of each kind of decision."""
    found: dict[Key, Examples] = defaultdict(lambda: Examples(MOST))
    for name in MAJOR:
        for one in decided(corpus, name, scorer, count):
            found[one.key].take(one.said, one.mask, one.answer)
        print(f"{name}: {sum(map(len, found.values()))} decisions", file=sys.stderr, flush=True)
    return {key: examples.fit(STEPS) for key, examples in sorted(found.items())}


def decided(corpus: Path, name: str, scorer: Scorer, count: int) -> Iterator[Decision]:
    """Decisions of one set's continuations, as many of each kind from each of them."""
    each = MOST // len(MAJOR) // (2 * count)
    for window, part in drawn(corpus, name, "valid", count):
        for scene in scenes(window, part):
            if scorer.fits(scene):
                for table in scorer.tables([scene]):
                    yield from _some(remembered(*table), each)


def _some(every: Iterable[Decision], each: int) -> Iterator[Decision]:
    """So many of each kind, from beginning to end."""
    kinds: dict[Key, list[Decision]] = defaultdict(list)
    for one in every:
        kinds[one.key].append(one)
    for rows in kinds.values():
        yield from rows[:: max(1, -(-len(rows) // each))]


def scenes(window: Window, part: int) -> Iterator[Scene]:
    """The continuation of one part, and again with a shorter prompt."""
    scene = continuation(window, part)
    yield scene
    bars = SHORT_BARS[rank(window.name, "prompt") % len(SHORT_BARS)]
    short = shortened(scene, bars)
    seam = scene.bars[scene.cells[0].bar].start_beats
    if sum(n.start_beats < seam for n in short.parts[0].clip.notes) >= FEWEST_NOTES:
        yield short


def written(fitted: Mapping[Key, Exponents], file: Path, windows_each: int) -> str:
    """As the engine reads it."""
    card: Mapping[str, Any] = {} if file.suffix == ".pt" else weights.read(file).card
    about = {
        "how": "python bench/remembering.py CORPUS WEIGHTS",
        "steps of the weights": int(card.get("steps") or 0),
        "sets": list(MAJOR),
        "windows of each set": windows_each,
        "rows": "a, b of exponent = softplus(a + b * trust); network, views, earlier bars, network",
    }
    rows = {
        f"{'drums ' if drums else ''}{KINDS[kind]}": one.values.round(4).tolist()
        for (kind, drums), one in fitted.items()
    }
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
    return f'{{\n "about": {json.dumps(about)},\n "exponents": {{\n{lines}\n }}\n}}\n'


if __name__ == "__main__":
    sys.exit(main())
