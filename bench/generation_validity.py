# SPDX-License-Identifier: Apache-2.0
"""Whether every answer to a real request is valid: by the contract, and by the rules of its scene.

    python bench/generation_validity.py CORPUS [--weights FILE] [--requests 2000] [--jobs 2]

The contract (`models/contract.py`) judges what a client gets; `models/tokens/check.py` judges
every candidate that engine clip wrote, also those that were not chosen, by its notes alone. A
refusal with a code is an answer too, and counted apart; so is what another engine wrote instead.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, cast

from generation.players import INSTEAD, Players, Question, concluded, prepared
from generation.requests import COMMANDS_ASKED, random_question
from generation.windows import ensembles

from models.clip import note_order
from models.engine import Engine
from models.engines.clip.engine import ClipModel
from models.engines.clip.writer import Writer
from models.errors import EngineFault, NextbarError
from models.tokens.check import faults
from models.tokens.grammar import Grammar
from models.tokens.rules import PartRules
from models.tokens.scene import Scene


@dataclass(frozen=True)
class Verdict:
    """What became of a request: `outcome` is valid, instead, refused or broken; `words` say why."""

    command: str
    metre: str
    outcome: str
    words: str = ""
    candidates: int = 0
    seconds: float = 0.0


class Watched:
    """A writer of engine clip whose every draft is judged."""

    def __init__(self, writer: Any) -> None:
        self.writer = writer
        self.faults: list[str] = []
        self.candidates = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.writer, name)

    def write(
        self, scene: Scene, rules: Mapping[int, PartRules], *args: Any, **named: Any
    ) -> Iterator[Any]:
        """As the writer, with every draft judged before it is passed on."""
        for event in self.writer.write(scene, rules, *args, **named):
            for draft in getattr(event, "drafts", ()):
                if len(draft.cells) == len(scene.cells):  # else it was left when another was chosen
                    self._judge(scene, rules, draft.cells)
            yield event

    def _judge(self, scene: Scene, rules: Mapping[int, PartRules], cells: Any) -> None:
        self.candidates += 1
        lenient = Grammar(scene, rules).lost > 0
        ordered = [sorted(cell, key=note_order) for cell in cells]
        self.faults += faults(scene, rules, ordered, lenient_hints=lenient)


def verdict(question: Question) -> Verdict:
    """What becomes of one request."""
    metre = str(question.clips[0].metre) if question.clips else "none"
    base = Verdict(question.command, metre, "valid")
    begun = time.perf_counter()
    watched: Watched | None = None
    try:
        engine, request = prepared(question)
        engine, watched = watch(engine)
        result = concluded((engine, request))
    except EngineFault as error:
        return replace(base, outcome="broken", words=str(error))
    except NextbarError as error:
        return replace(base, outcome="refused", words=f"{error.code}: {error}")
    except Exception as error:  # whatever an engine lets out is its fault
        return replace(base, outcome="broken", words=f"{type(error).__name__}: {error}")
    spent = replace(
        base,
        seconds=time.perf_counter() - begun,
        candidates=watched.candidates if watched else 0,
    )
    if watched and watched.faults:
        return replace(spent, outcome="broken", words=watched.faults[0])
    instead = [words for words in result.degraded if INSTEAD in words]
    return replace(spent, outcome="instead", words=instead[0]) if instead else spent


def watch(engine: Engine) -> tuple[Engine, Watched | None]:
    """The engine with a judge before its writer, where it has one."""
    if not isinstance(engine, ClipModel) or engine.network is None:
        return engine, None
    writer = engine.network
    watched = Watched(writer.writer if isinstance(writer, Watched) else writer)
    engine.network = cast(Writer, watched)
    return engine, watched


def table(verdicts: Sequence[Verdict]) -> list[list[str]]:
    """A row for each command."""
    outcomes = ("valid", "instead", "refused", "broken")
    rows = [["", "requests", *outcomes, "candidates judged", "metres"]]
    for command in (*dict.fromkeys(v.command for v in verdicts), "all"):
        own = [v for v in verdicts if command in {v.command, "all"}]
        counts = Counter(v.outcome for v in own)
        cells = [len(own), *(counts[outcome] for outcome in outcomes)]
        cells += [sum(v.candidates for v in own), len({v.metre for v in own})]
        rows.append([command, *(f"{cell:,}" for cell in cells)])
    return rows


def questions(corpus: Path, engine: str, commands: Sequence[str], count: int) -> list[Question]:
    """So many requests, in turn of all commands."""
    found = ensembles(corpus, ("bass", "chords", "drums", "melody"), 12)
    sources = [window for windows in found.values() for window in windows]
    return [
        random_question(Random(n), engine, commands[n % len(commands)], sources)
        for n in range(count)
    ]


def measure(asked: Sequence[Question], players: Players) -> list[Verdict]:
    """The verdicts, and to standard error what was broken or refused, each kind once."""
    verdicts = players.all(verdict, asked)
    told: Counter[str] = Counter()
    for question, found in zip(asked, verdicts, strict=True):
        kind = f"{found.command}, {found.outcome}: {found.words}"
        if found.words and not told[kind]:
            print(f"seed {question.seed}: {kind}", file=sys.stderr)
        told[kind] += 1
    return verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--engine", default="clip")
    parser.add_argument("--commands", default=",".join(COMMANDS_ASKED))
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    commands = options.commands.split(",")
    asked = questions(options.corpus, options.engine, commands, options.requests)
    asked = [replace(question, weights=options.weights) for question in asked]
    with Players(options.jobs) as players:
        verdicts = measure(asked, players)
    for row in table(verdicts):
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
