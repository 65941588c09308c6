# SPDX-License-Identifier: Apache-2.0
"""Writes clip.json, the facts of the shipped weights that their model card is made from.

    python bench/clip_card.py WEIGHTS CORPUS --minutes 110 --machine "two cores"
    python docs/generate.py

Size, steps, tokens, loss and date come from the weight file; the corpus gives its hash and the
pieces whose licence asks to name somebody. Where a training began with weights of another,
`--after` names their file, and their steps and tokens are counted too.
"""

import argparse
import json
import sys
from pathlib import Path

from models import weights
from models.corpus.credits import facts

FACTS = Path(__file__).parents[1] / "models/engines/clip/weights/clip.json"
COUNTED = ("steps", "tokens")


def main(arguments=None):
    options = _parser().parse_args(arguments)
    found = weights.read(options.weights)
    earlier = [weights.read(path).card for path in options.after]
    known = [
        *((key, sum(int(card[key]) for card in (found.card, *earlier))) for key in COUNTED),
        ("parameters", sum(array.size for array in found.arrays.values())),
        ("context", found.config.context),
        ("bytes", options.weights.stat().st_size),
        ("sha256", found.sha256),
        ("minutes", options.minutes),
        ("machine", options.machine),
    ]
    text = json.dumps(facts(found.card, options.corpus, known), ensure_ascii=False, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(f"{options.out.name}: {dict(known)['steps']} steps, sha256 {found.sha256}")
    return 0


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("weights", type=Path, help="the file that ships")
    parser.add_argument("corpus", type=Path, help="the folder of shards that it was trained on")
    parser.add_argument("--after", type=Path, nargs="*", default=[], help="trainings before it")
    parser.add_argument("--minutes", type=float, required=True, help="of training, in all")
    parser.add_argument("--machine", required=True, help="what it was trained on, in words")
    parser.add_argument("-o", "--out", type=Path, default=FACTS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
