# SPDX-License-Identifier: Apache-2.0
"""The grammar on trial: random logits, random requests, every answer checked by its notes.

    python bench/grammar.py [--decodes 10000] [--seed 1]

Prints how many answers were valid, and what a step costs in microseconds (tracker, features and
mask together, without the network).
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import Counter

from models.tokens import vocabulary as v
from models.tokens.check import faults
from models.tokens.decode import decode
from models.tokens.encode import encode
from models.tokens.grammar import Grammar
from models.tokens.reading import tracker_behind
from models.tokens.state import DONE
from models.tokens.trial import random_choice, random_request

MOST_TOKENS = 50_000


def one(seed: int, costs: list[float]) -> tuple[list[str], int, Counter[str]]:
    """One decode: its faults, its tokens, and what kind of request it was."""
    rng = random.Random(seed)
    scene, rules = random_request(rng)
    grammar = Grammar(scene, rules)
    flags = {"velocities": rng.random() < 0.3, "micro": rng.random() < 0.2}
    encoded = encode(scene, **flags)
    choose = random_choice(rng)
    tracker = tracker_behind(encoded.context)
    target: list[int] = []
    while tracker.phase != DONE and len(target) < MOST_TOKENS:
        begun = time.perf_counter()
        mask = grammar.allowed(tracker)
        asked = time.perf_counter()
        token = choose(mask)
        chosen = time.perf_counter()
        tracker.step(token)
        tracker.features()
        costs.append(time.perf_counter() - chosen + asked - begun)
        target.append(token)
    if tracker.phase != DONE:
        return ["no end"], len(target), Counter()
    answer = decode(scene, encoded, target)
    kinds = Counter(f"hint {cell.hint}" for cell in scene.cells)
    kinds.update("hole" for cell in scene.cells if cell.hole)
    kinds["notes"] = sum(map(len, answer))
    kinds["cells"] = len(scene.cells)
    kinds["requests with fitted hints"] = grammar.lost > 0
    lenient = grammar.lost > 0
    return faults(scene, rules, answer, lenient_hints=lenient), len(target), kinds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decodes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    costs: list[float] = []
    kinds: Counter[str] = Counter()
    valid = tokens = 0
    for number in range(args.decodes):
        seed = args.seed * 1_000_000 + number
        found, count, kind = one(seed, costs)
        valid += not found
        tokens += count
        kinds.update(kind)
        if found:
            print(f"seed {seed}: {found[0]} ({len(found)} faults)")
    costs.sort()
    print(f"{valid} of {args.decodes} decodes valid; {tokens} tokens; vocabulary {v.SIZE}")
    print(", ".join(f"{name} {count}" for name, count in sorted(kinds.items())))
    print(
        f"a step: median {statistics.median(costs) * 1e6:.1f} us, "
        f"99 % below {costs[len(costs) * 99 // 100] * 1e6:.1f} us"
    )


if __name__ == "__main__":
    main()
